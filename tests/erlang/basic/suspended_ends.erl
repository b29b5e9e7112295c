%% A process that was suspended ends: who suspended it no longer does.
-module(suspended_ends).
-export([start/0]).

start() ->
    P = spawn(fun forever/0),
    true = erlang:suspend_process(P),
    true = erlang:suspend_process(P, [asynchronous]),
    erlang:display(length(suspending())),
    exit(P, kill),
    M = monitor(process, P),
    receive {'DOWN', M, process, P, _} -> ok end,
    erlang:display(suspending()),
    erlang:display(catch erlang:suspend_process(P, [asynchronous])),
    erlang:display(suspending()),
    Q = spawn(fun forever/0),
    true = erlang:suspend_process(Q),
    {R, N} = spawn_monitor(fun() -> erlang:suspend_process(Q), exit(Q, kill), receive after 50 -> ok end, exit(suspending()) end),
    receive {'DOWN', N, process, R, Left} -> erlang:display(Left) end,
    erlang:display(suspending()),
    ok.

suspending() -> element(2, process_info(self(), suspending)).

forever() -> receive never -> ok end.
