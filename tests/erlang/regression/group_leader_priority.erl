%% A process of normal priority that waits gets its group leader from one of priority max, though
%% processes of priority high never stop.
-module(group_leader_priority).
-export([start/0]).

start() ->
    process_flag(priority, max),
    Waiting = spawn_opt(fun() -> receive stop -> ok end end, [{priority, normal}]),
    receive after 10 -> ok end,
    Busy = [spawn_opt(fun spin/0, [{priority, high}])
            || _ <- lists:seq(1, 2 * erlang:system_info(schedulers))],
    erlang:display(group_leader(self(), Waiting)),
    erlang:display(process_info(Waiting, group_leader) =:= {group_leader, self()}),
    [exit(Pid, kill) || Pid <- Busy],
    Waiting ! stop,
    ok.

spin() -> spin().
