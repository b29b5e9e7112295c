%% What an idle process costs. Says each step as a line of terms and waits for a line of input after it,
%% so that whoever runs it can look at the machine in between. The first line read is the number of
%% processes.
-module(footprint_idle).
-export([start/0, main/0]).

start() -> main(), ok.

main() ->
    N = list_to_integer(string:trim(io:get_line(""))),
    _ = spawn_idle(1),
    settle(),
    step([{before, erlang:memory(total)}]),
    First = clock(),
    _ = spawn_idle(N),
    settle(),
    Second = clock(),
    step([{idle, erlang:memory(total)}, {spawn, Second - First}]),
    Third = clock(),
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> [P ! stop || P <- processes(), P > Self], ok end),
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    settle(),
    step([{ended, erlang:memory(total)}, {stop, clock() - Third}]).

step(Terms) ->
    io:format("~w.~n", [Terms]),
    io:get_line("").

spawn_idle(0) -> ok;
spawn_idle(N) ->
    spawn(fun idle/0),
    spawn_idle(N - 1).

idle() -> receive stop -> ok end.

%% Nobody but this process has anything to do.
settle() ->
    receive after 20 -> ok end,
    case erlang:statistics(run_queue) of
        0 -> ok;
        _ -> settle()
    end.

clock() -> element(1, erlang:statistics(runtime)).
