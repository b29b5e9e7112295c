%% group: processes
%% sizes: 1000 4000 16000
%% Receiving a chosen message behind others; calls with a reference behind a full mailbox.
-module(selective).
-export([start/0]).

start() ->
    erlang:display(rounds(400, 0)),
    P = spawn(fun serve/0),
    [self() ! {noise, N} || N <- seq(1000)],
    erlang:display(calls(400000, P, 0)),
    ok.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

rounds(0, Acc) -> Acc;
rounds(R, Acc) ->
    [self() ! {n, N} || N <- seq(300)],
    rounds(R - 1, Acc + backwards(1, 0)).

backwards(301, Acc) -> Acc;
backwards(N, Acc) -> receive {n, N} -> backwards(N + 1, Acc + N) end.

serve() -> receive {From, Ref, X} -> From ! {Ref, X + 1}, serve() end.

calls(0, _, Acc) -> Acc;
calls(N, P, Acc) ->
    Ref = make_ref(),
    P ! {self(), Ref, N},
    receive {Ref, V} -> calls(N - 1, P, (Acc + V) band 16#FFFFFF) end.
