%% Ports over handles that are open already; commands to a program that does not read.
-module(ports_handles).
-export([start/0]).

start() ->
    handles(),
    busy(),
    ok.

%% A named pipe, open for both: what is written comes back.
handles() ->
    Name = "/tmp/ports_handles_" ++ os:getpid(),
    "" = os:cmd("mkfifo " ++ Name),
    {ok, File} = prim_file:open(Name, [raw, read, write, device]),
    _ = file:delete(Name),
    <<Handle:32/native>> = prim_file:get_handle(File),
    Port = open_port({fd, Handle, Handle}, [binary, {packet, 2}]),
    say(name, erlang:port_info(Port, name) =:= {name, lists:concat([Handle, "/", Handle])}),
    say(os_pid, erlang:port_info(Port, os_pid)),
    true = port_command(Port, ["round ", <<"and round">>]),
    say(heard, receive {Port, {data, D}} -> D after 5000 -> nothing end),
    say(closed, port_close(Port)),
    say(gone, erlang:port_info(Port)),
    say(file, prim_file:close(File)),           % the handle was open all the time
    say(bad, [catch_it(fun() -> open_port({fd, In, Out}, []) end) || {In, Out} <- [{a, 1}, {0, b}]]).

busy() ->
    process_flag(trap_exit, true),
    Port = open_port({spawn, "sleep 20"}, [binary]),
    true = port_command(Port, binary:copy(<<"x">>, 1000000)),
    say(nosuspend, port_command(Port, <<"y">>, [nosuspend])),
    say(send, erlang:send(Port, {self(), {command, <<"y">>}}, [nosuspend])),
    say(force, catch_it(fun() -> port_command(Port, <<"y">>, [force]) end)),
    {Pid, Monitor} = spawn_monitor(fun() -> exit(catch_it(fun() -> port_command(Port, <<"y">>) end)) end),
    say(asleep, receive {'DOWN', Monitor, _, _, R} -> R after 100 -> asleep end),
    {os_pid, Os} = erlang:port_info(Port, os_pid),
    "" = os:cmd("kill " ++ integer_to_list(Os)),
    say(ended, receive {'EXIT', Port, Reason} -> Reason after 5000 -> still_there end),
    say(woken, receive {'DOWN', Monitor, process, Pid, Why} -> Why after 5000 -> asleep end).

catch_it(F) -> try F() catch C:R -> {C, R} end.

say(What, Value) -> io:format("~s: ~0tp~n", [What, Value]).
