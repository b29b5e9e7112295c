%% group: processes
%% sizes: 1000 4000 16000, 1200 600 300
%% A token round a ring of processes.
-module(ring).
-export([start/0]).

start() ->
    Me = self(),
    First = make(1000, Me),
    First ! {token, 0},
    erlang:display(rounds(1200, First)),
    ok.

make(0, Next) -> Next;
make(N, Next) -> make(N - 1, spawn(fun() -> node_loop(Next) end)).

node_loop(Next) -> receive {token, N} -> Next ! {token, N + 1}, node_loop(Next) end.

rounds(1, _) -> receive {token, N} -> N end;
rounds(R, First) -> receive {token, N} -> First ! {token, N}, rounds(R - 1, First) end.
