%% Terms nested a million deep, and very long ones: compared, hashed, copied, encoded, sent, collected.
-module(deep_terms).
-export([start/0]).

-define(DEPTH, 1000000).

start() ->
    L = nest(?DEPTH, []),
    erlang:display({L =:= nest(?DEPTH, []), L == nest(?DEPTH, x), L < nest(?DEPTH, x)}),
    T = tuples(?DEPTH, x),
    erlang:display({T =:= tuples(?DEPTH, x), T < tuples(?DEPTH, y)}),
    M = maps_in(100000, x),
    erlang:display({M =:= maps_in(100000, x), M =:= maps_in(100000, y)}),
    erlang:display(erlang:phash2(L)),
    erlang:display(erlang:phash2(T)),
    erlang:garbage_collect(),
    erlang:display({depth(L, 0), tuple_depth(T, 0)}),
    Me = self(),
    P = spawn(fun() -> receive {A, B} -> Me ! {depth(A, 0), tuple_depth(B, 0)} end end),
    P ! {L, T},
    erlang:display(receive R -> R end),
    E = term_to_binary(T),
    erlang:display({byte_size(E), binary_to_term(E) =:= T}),
    erlang:display(byte_size(iolist_to_binary(strings(100000, [])))),
    erlang:display(iolist_size(strings(?DEPTH, []))),
    Long = seq(?DEPTH),
    erlang:display({length(Long), length(Long ++ Long), hd(lists:reverse(Long)), lists:member(none, Long)}),
    erlang:display({tuple_size(list_to_tuple(Long)), length(tuple_to_list(list_to_tuple(Long)))}),
    F = funs(100000, fun() -> bottom end),
    erlang:display(F()),
    ok.

nest(0, L) -> L;
nest(N, L) -> nest(N - 1, [L]).

tuples(0, T) -> T;
tuples(N, T) -> tuples(N - 1, {T, N}).

maps_in(0, M) -> M;
maps_in(N, M) -> maps_in(N - 1, #{k => M}).

strings(0, S) -> S;
strings(N, S) -> strings(N - 1, [$a, S, <<"b">>]).

funs(0, F) -> F;
funs(N, F) -> funs(N - 1, fun() -> F() end).

depth([], N) -> N;
depth([L], N) -> depth(L, N + 1).

tuple_depth({T, _}, N) -> tuple_depth(T, N + 1);
tuple_depth(_, N) -> N.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].
