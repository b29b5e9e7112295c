%% Ports of programs: what is sent and received, how they end, who owns them, what is said of them.
-module(ports).
-export([start/0]).

-define(P(Expression), erlang:display({??Expression, value(fun() -> Expression end)})).

start() ->
    process_flag(trap_exit, true),
    Before = length(erlang:ports()),
    plain(), info(), lines(), packets(), ends(), refused(), owners(), names(), signals(), options(),
    many(), large(),
    erlang:display(length(erlang:ports()) - Before),
    ok.

value(Fun) -> try Fun() catch Class:Reason -> {Class, Reason} end.

%% All that a port says until it is silent for a while, with the port left out.
heard(Port) -> heard(Port, 10000).
heard(Port, Time) ->
    receive
        {Port, Said} -> [Said | heard(Port, 300)];
        {'EXIT', Port, Reason} -> [{exit, Reason} | heard(Port, 300)];
        {'DOWN', _, Type, Port, Reason} -> [{down, Type, Reason} | heard(Port, 300)];
        {'DOWN', _, Type, {Name, _}, Reason} -> [{down, Type, Name, Reason} | heard(Port, 300)]
    after Time -> []
    end.

%% Until the exit signal.
until_exit(Port) ->
    receive
        {Port, Said} -> [Said | until_exit(Port)];
        {'EXIT', Port, Reason} -> [{exit, Reason}]
    after 20000 -> [timeout]
    end.

close(Port) -> true = port_close(Port), receive {'EXIT', Port, normal} -> closed after 10000 -> none end.

plain() ->
    Port = open_port({spawn, "cat"}, [binary]),
    ?P(port_command(Port, <<"one">>)),
    ?P(heard(Port)),
    ?P(Port ! {self(), {command, ["t", [<<"w">>, $o]]}} =:= ok),
    ?P(heard(Port)),
    ?P(port_command(Port, [])),
    ?P(erlang:port_info(Port, input)),
    ?P(erlang:port_info(Port, output)),
    ?P({is_port(Port), is_pid(Port), is_reference(Port), is_port(self())}),
    ?P({Port > self(), Port > make_ref(), Port > fun() -> ok end, Port < {}, Port =:= Port}),
    ?P(binary_to_term(term_to_binary(Port)) =:= Port),
    ?P(list_to_port(port_to_list(Port)) =:= Port),
    ?P(lists:member(Port, erlang:ports())),
    ?P(node(Port) =:= node()),
    ?P(close(Port)),
    ?P(erlang:port_info(Port)),
    ?P(port_close(Port)),
    ?P(port_command(Port, "x")),
    ?P(Port ! {self(), {command, "x"}} =:= ok),
    ?P(lists:member(Port, erlang:ports())).

info() ->
    Port = open_port({spawn, "cat -u"}, []),
    ?P([element(1, Item) || Item <- erlang:port_info(Port)]),
    ?P(erlang:port_info(Port, name)),
    ?P(erlang:port_info(Port, links) =:= {links, [self()]}),
    ?P(erlang:port_info(Port, connected) =:= {connected, self()}),
    ?P([erlang:port_info(Port, Item)
        || Item <- [registered_name, input, output, monitors, monitored_by, queue_size, parallelism, locking]]),
    ?P(is_integer(element(2, erlang:port_info(Port, os_pid)))),
    ?P(erlang:port_info(Port, nothing)),
    ?P(erlang:port_info(foo)),
    ?P(erlang:port_info(foo, name)),
    ?P(erlang:port_info(17)),
    ?P(lists:member(Port, element(2, process_info(self(), links)))),
    ?P(erlang:port_set_data(Port, {some, "data"})),
    ?P(erlang:port_get_data(Port)),
    ?P(port_control(Port, 1, "x")),
    ?P(erlang:port_call(Port, 1, x)),
    ?P(close(Port)),
    ?P(erlang:port_get_data(Port)).

lines() ->
    Port = open_port({spawn, "cat"}, [{line, 4}, binary]),
    Say = fun(Text) -> port_command(Port, Text), heard(Port, 1000) end,
    [?P(Say(Text)) || Text <- ["abcd\n", "abcde\n", "abcdefghijk\nxx", "\n\n", "abcd", "\n", "ab\r\n"]],
    close(Port),
    ?P(until_exit(open_port({spawn, "printf abcde"}, [{line, 4}]))),
    ?P(until_exit(open_port({spawn, "printf abc"}, [{line, 4}]))).

packets() ->
    [begin
         Port = open_port({spawn, "cat"}, [{packet, Bytes}, binary]),
         port_command(Port, "first"),
         port_command(Port, ["second", <<>>]),
         port_command(Port, ""),
         ?P({Bytes, heard(Port)}),
         close(Port)
     end || Bytes <- [1, 2, 4]],
    Port = open_port({spawn, "cat"}, [{packet, 1}]),
    ?P(port_command(Port, lists:duplicate(255, $a))),
    ?P(length(element(2, hd(heard(Port))))),
    ?P(port_command(Port, lists:duplicate(256, $a))),
    ?P(heard(Port)),
    ?P(until_exit(open_port({spawn, "printf '\\000\\003abc\\000\\005d'"}, [{packet, 2}]))).

ends() ->
    ?P(until_exit(open_port({spawn, "true"}, [exit_status]))),
    ?P(until_exit(open_port({spawn, "sh -c 'echo out; exit 7'"}, [exit_status]))),
    ?P(until_exit(open_port({spawn, "sh -c 'kill -9 $$'"}, [exit_status]))),
    ?P(until_exit(open_port({spawn, "no_such_command_at_all 2>/dev/null"}, [exit_status]))),
    ?P(until_exit(open_port({spawn, "true"}, []))),
    Port = open_port({spawn, "echo said"}, [eof, exit_status]),
    ?P(said_and_ended(Port)),
    ?P(close(Port)).

said_and_ended(Port) ->
    [receive {Port, Said} -> Said after 10000 -> none end || _ <- [data, exit_status, eof]].

refused() ->
    ?P(open_port({spawn_driver, "no_such_driver"}, [])),
    ?P(open_port({spawn_executable, "/no/such/file"}, [])),
    ?P(open_port({spawn_executable, "/etc/passwd"}, [])),
    ?P(open_port({spawn, "cat"}, [{packet, 3}])),
    ?P(open_port({spawn, "cat"}, [{line, 0}])),
    ?P(open_port({spawn, "cat"}, [{line, 5}, {packet, 1}])),
    ?P(open_port({spawn, "cat"}, [{args, ["a"]}])),
    ?P(open_port({spawn, "cat"}, [stderr_to_stdout, nouse_stdio])),
    ?P(open_port({spawn, "cat"}, [nothing])),
    ?P(open_port({spawn, "cat"}, nothing)),
    ?P(open_port({spawn, "cat"}, [{env, [{"A=B", "C"}]}])),
    ?P(open_port({spawn, "cat"}, [{env, [a]}])),
    ?P(open_port({spawn, ""}, [])),
    ?P(open_port({spawn, [a]}, [])),
    ?P(open_port({other, "cat"}, [])).

owners() ->
    Self = self(),
    Port = open_port({spawn, "cat"}, []),
    Other = spawn(fun() ->
        receive go -> ok end,
        true = port_connect(Port, self()),
        Self ! {connected, self()},
        receive {Port, Said} -> Self ! {other, Said} end,
        receive stop -> ok end
    end),
    Other ! go,
    receive {connected, Other} -> ok end,
    ?P(erlang:port_info(Port, connected) =:= {connected, Other}),
    ?P(lists:sort(element(2, erlang:port_info(Port, links))) =:= lists:sort([Self, Other])),
    port_command(Port, "for the other"),
    ?P(receive {other, Said} -> Said after 10000 -> none end),
    Other ! stop,
    ?P(until_exit(Port)),
    Second = open_port({spawn, "cat"}, []),
    ?P(Second ! {Self, {connect, Self}} =:= ok),
    ?P(heard(Second)),
    ?P(Second ! {Self, close} =:= ok),
    ?P(heard(Second)),
    ?P(port_connect(Second, Self)).

names() ->
    Port = open_port({spawn, "cat"}, []),
    ?P(register(a_port, Port)),
    ?P(whereis(a_port) =:= Port),
    ?P(register(b_port, Port)),
    ?P(lists:member(a_port, registered())),
    ?P(erlang:port_info(a_port, registered_name)),
    a_port ! {self(), {command, "by name"}},
    ?P(heard(Port)),
    {a_port, node()} ! {self(), {command, "by name and node"}},
    ?P(heard(Port)),
    ?P(port_command(a_port, "again")),
    ?P(heard(Port)),
    ?P(is_reference(monitor(port, a_port))),
    ?P(is_reference(monitor(port, Port))),
    ?P(element(2, process_info(self(), monitors)) =:= [{port, Port}, {port, {a_port, node()}}]
        orelse element(2, process_info(self(), monitors)) =:= [{port, {a_port, node()}}, {port, Port}]),
    ?P(port_close(a_port)),
    ?P(lists:sort(heard(Port))),
    ?P(whereis(a_port)),
    ?P(is_reference(monitor(port, a_port))),
    ?P(heard(a_port)),
    ?P(is_reference(monitor(port, Port))),
    ?P(heard(Port)).

signals() ->
    [begin
         Port = open_port({spawn, "cat"}, []),
         ?P(exit(Port, Reason)),
         ?P({Reason, heard(Port)})
     end || Reason <- [normal, kill, {some, "reason"}]],
    Port = open_port({spawn, "cat"}, []),
    ?P(Port ! garbage),
    ?P(heard(Port)),
    ?P(Port ! {spawn(fun() -> ok end), close} =:= ok),
    ?P(heard(Port)),
    ?P(unlink(Port)),
    ?P(erlang:port_info(Port, links)),
    ?P(link(Port)),
    ?P(exit(spawn(fun() -> exit(Port, normal) end), none)),
    ?P(heard(Port, 300)),
    ?P(close(Port)),
    ?P(link(Port)),
    ?P(heard(Port)),
    Self = self(),
    {Owner, Watch} = spawn_monitor(fun() -> Self ! {port, open_port({spawn, "cat"}, [])}, receive stop -> ok end end),
    Third = receive {port, P} -> P end,
    Second = monitor(port, Third),
    exit(Owner, stop),
    ?P(receive {'DOWN', Watch, process, Owner, Why} -> Why end),
    ?P(receive {'DOWN', Second, port, Third, Why} -> Why after 10000 -> none end),
    {_, Fourth} = spawn_monitor(fun() -> open_port({spawn, "cat"}, []) ! nonsense, receive stop -> ok end end),
    ?P(receive {'DOWN', Fourth, _, _, Why} -> Why after 10000 -> none end).

options() ->
    Run = fun(Arguments, Options) ->
        until_exit(open_port({spawn_executable, "/bin/sh"}, [{args, Arguments}, exit_status | Options]))
    end,
    ?P(Run(["-c", "echo $0 $1 $2", "zero", "one", <<"two">>], [])),
    ?P(Run(["-c", "echo $VARIABLE"], [{env, [{"VARIABLE", "a value"}]}])),
    ?P(Run(["-c", "echo x$HOME"], [{env, [{"HOME", false}]}])),
    os:putenv("OF_THE_VM", "its value"),
    ?P(Run(["-c", "echo $OF_THE_VM"], [])),
    ?P(Run(["-c", "pwd"], [{cd, "/"}])),
    ?P(Run(["-c", "echo wrong >&2"], [stderr_to_stdout])),
    Port = open_port({spawn_executable, "/bin/sh"},
        [{args, ["-c", "read line <&3; echo got $line >&4"]}, nouse_stdio]),
    port_command(Port, "this\n"),
    ?P(until_exit(Port)),
    ?P(until_exit(open_port({spawn_executable, "/bin/sh"}, [{arg0, "named"}, {args, ["-c", "echo $0"]}]))).

many() ->
    Ports = [open_port({spawn, "cat"}, [binary]) || _ <- lists:seq(1, 20)],
    [port_command(Port, integer_to_list(N)) || {N, Port} <- lists:zip(lists:seq(1, 20), Ports)],
    ?P([receive {Port, {data, Data}} -> Data after 20000 -> none end || Port <- Ports]),
    ?P(lists:usort([close(Port) || Port <- Ports])).

%% More than the pipes hold: the sender sleeps while the port is busy.
large() ->
    Port = open_port({spawn, "cat"}, [binary]),
    Self = self(),
    Size = 3000000,
    spawn(fun() ->
        [port_command(Port, binary:copy(<<N>>, Size div 100)) || N <- lists:seq(1, 100)],
        Self ! sent
    end),
    ?P(count(Port, Size)),
    ?P(receive sent -> sent after 20000 -> none end),
    ?P(close(Port)).

count(_, 0) -> all;
count(Port, Left) ->
    receive {Port, {data, Data}} -> count(Port, Left - byte_size(Data)) after 20000 -> Left end.
