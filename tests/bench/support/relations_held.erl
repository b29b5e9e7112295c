%% What a link, a monitor and their undoing cost to a process that holds Held of them: nanoseconds of CPU
%% for each, as {Held, Link, Monitor, Exit}.
-module(relations_held).
-export([start/0]).

-define(TIMES, 200000).

start() ->
    [io:format("~w.~n", [row(Held)]) || Held <- [10, 10000, 100000]],
    ok.

row(Held) ->
    {P, R} = spawn_monitor(fun() -> exit(measure(Held)) end),
    receive {'DOWN', R, process, P, Row} -> Row end.

measure(Held) ->
    process_flag(trap_exit, false),
    Peers = hold(Held),
    One = spawn(fun wait/0),
    Link = each(fun() -> link(One), unlink(One) end),
    Monitor = each(fun() -> demonitor(monitor(process, One), [flush]) end),
    Exit = each(fun() -> spawn_link(fun() -> ok end), erlang:yield() end),
    [begin unlink(P), exit(P, kill) end || P <- Peers],
    {Held, Link, Monitor, Exit}.

hold(0) -> [];
hold(N) ->
    P = spawn_link(fun wait/0),
    _ = monitor(process, P),
    [P | hold(N - 1)].

wait() -> receive stop -> ok end.

each(Fun) ->
    Before = element(1, erlang:statistics(runtime)),
    times(?TIMES, Fun),
    (element(1, erlang:statistics(runtime)) - Before) * 1000000 div ?TIMES.

times(0, _) -> ok;
times(N, Fun) -> Fun(), times(N - 1, Fun).
