%% What becomes of ports when memory runs out: run by out_of_memory_test.c, which has a driver `fixture_echo`.
-module(leak_ports).
-export([servers/0, drivers/0, programs/0]).

servers() -> _ = [code:ensure_loaded(M) || M <- [erlang, lists, binary]], ok.

drivers() ->
    Port = open_port({spawn_driver, "fixture_echo and more"}, [binary]),
    true = register(leak_port, Port),
    Monitor = monitor(port, Port),
    leak_port ! {self(), {command, [<<"some">>, "data", binary:copy(<<"x">>, 300)]}},
    heard(Port),
    true = port_command(Port, binary:copy(<<"more">>, 100)),
    heard(Port),
    [_ | _] = port_control(Port, 1, "control"),
    {echo, {a, [term, 1.5]}} = erlang:port_call(Port, 1, {a, [term, 1.5]}),
    [_ | _] = erlang:port_info(Port),
    {Linked, Watch} = spawn_monitor(fun() -> link(Port), receive stop -> ok after 1000 -> ok end end),
    true = is_port(hd([P || P <- erlang:ports(), P =:= Port])),
    Linked ! stop,
    receive {'DOWN', Watch, process, Linked, _} -> ok after 2000 -> ok end,
    Port ! {self(), close},
    receive {Port, closed} -> ok after 2000 -> ok end,
    receive {'DOWN', Monitor, port, _, _} -> ok after 2000 -> ok end.

heard(Port) -> receive {Port, {data, _}} -> ok after 2000 -> ok end.

programs() ->
    Port = open_port({spawn_executable, "/bin/cat"}, [binary, stream, exit_status, {args, ["-"]},
        {env, [{"LEAK_PORTS", "value"}]}, {cd, "/"}]),
    true = port_command(Port, [<<"through ">>, "the program"]),
    heard(Port),
    true = port_close(Port).
