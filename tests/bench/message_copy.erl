%% group: processes
%% sizes: 200 800 3200, 100000 50000 25000
%% Messages of some size: lists, tuples, maps and a shared binary.
-module(message_copy).
-export([start/0]).

start() ->
    Data = {seq(200), #{a => 1, b => {x, [1, 2, 3]}}, binary_copy(1000), [{K, K * 1.5, "text"} || K <- seq(40)]},
    P = spawn(fun answer/0),
    erlang:display(loop(P, 100000, Data, 0)),
    ok.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

binary_copy(N) -> << <<X>> || X <- seq(N) >>.

loop(_, 0, _, Acc) -> Acc;
loop(P, N, Data, Acc) -> P ! {self(), Data}, receive {size, S} -> loop(P, N - 1, Data, Acc + S) end.

answer() -> receive {From, {L, M, B, T}} -> From ! {size, hd(L) + map_size(M) + byte_size(B) + length(T)}, answer() end.
