%% group: sequential
%% sizes: 10000 40000 160000, 1500 750 375
%% Funs made, passed and called: map, fold, composition.
-module(closures_hot).
-export([start/0]).

start() -> erlang:display(loop(1500, seq(10000), 0)), ok.

loop(0, _, Acc) -> Acc;
loop(N, L, Acc) ->
    Add = fun(X) -> X + N end,
    Double = fun(X) -> X * 2 end,
    Both = compose(Add, Double),
    loop(N - 1, L, fold(fun(X, A) -> (X + A) band 16#FFFFFF end, Acc, map(Both, filter(fun(X) -> X band 1 =:= 0 end, L)))).

compose(F, G) -> fun(X) -> G(F(X)) end.

map(_, []) -> [];
map(F, [H | T]) -> [F(H) | map(F, T)].

filter(_, []) -> [];
filter(F, [H | T]) -> case F(H) of true -> [H | filter(F, T)]; false -> filter(F, T) end.

fold(_, Acc, []) -> Acc;
fold(F, Acc, [H | T]) -> fold(F, F(H, Acc), T).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].
