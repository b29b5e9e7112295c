%% group: processes
%% Two processes answering each other.
-module(ping_pong).
-export([start/0]).

start() ->
    P = spawn(fun pong/0),
    erlang:display(ping(P, 1000000, 0)),
    ok.

ping(_, 0, Acc) -> Acc;
ping(P, N, Acc) -> P ! {self(), N}, receive {P, M} -> ping(P, N - 1, Acc + M) end.

pong() -> receive {From, N} -> From ! {self(), N band 7}, pong() end.
