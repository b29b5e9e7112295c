%% Ports of programs: data, packets, lines, exit status, owners, links, monitors, names, errors.
-module(ports_programs).
-export([start/0]).

start() ->
    erlang:display(echo([binary])),
    erlang:display(echo([])),
    erlang:display([packets(N) || N <- [1, 2, 4]]),
    erlang:display(lines(8)),
    erlang:display([status(S) || S <- ["exit 0", "exit 7", "kill -9 $$"]]),
    erlang:display(all("echo out; echo err >&2", [stderr_to_stdout])),
    erlang:display(all("echo $PORTS_A-$PORTS_B", [{env, [{"PORTS_A", "x"}, {"PORTS_B", false}]}])),
    erlang:display(all("pwd", [{cd, "/"}])),
    erlang:display(arguments(["a b", "", "c"])),
    erlang:display(info()),
    erlang:display(orders()),
    erlang:display(connecting()),
    erlang:display(linked()),
    erlang:display(monitored()),
    erlang:display(named()),
    erlang:display(killed_owner()),
    erlang:display(data()),
    erlang:display(large(1000000)),
    erlang:display(many_links(20000)),
    erlang:display([failing(W, O) || {W, O} <-
        [{{spawn_executable, "/nowhere/at/all"}, []}, {{spawn_driver, "no_such_driver"}, []},
         {{spawn, ""}, []}, {{spawn, 17}, []}, {{spawn, "cat"}, [unheard_of]}, {{spawn, "cat"}, [{packet, 3}]},
         {{spawn, "cat"}, [{line, 0}]}, {{spawn, "cat"}, [{packet, 2}, {line, 10}]}, {{spawn, "cat"}, [{args, ["x"]}]},
         {{spawn, "cat"}, [{env, [x]}]}, {{spawn, "cat"}, x}, {{spawn, "cat"}, [binary | x]}]]),
    P = open("cat", [binary]),
    true = port_close(P),
    erlang:display([c(F) || F <-
        [fun() -> port_close(P) end, fun() -> port_command(P, "x") end, fun() -> port_connect(P, self()) end,
         fun() -> port_control(P, 1, "x") end, fun() -> erlang:port_call(P, 1, x) end, fun() -> erlang:port_info(P) end,
         fun() -> erlang:port_info(P, name) end, fun() -> erlang:port_info(P, unheard_of) end, fun() -> port_command(self(), "x") end,
         fun() -> P ! {self(), {command, "x"}}, sent end, fun() -> unlink(P) end, fun() -> exit(P, kill) end,
         fun() -> register(ports_dead, P) end]]),
    Q = open("cat", [binary]),
    erlang:display([c(F) || F <-
        [fun() -> port_command(Q, [a]) end, fun() -> port_command(Q, [300]) end, fun() -> port_command(Q, "x", [force]) end,
         fun() -> port_command(Q, "x", [unheard_of]) end, fun() -> port_control(Q, 1, "x") end, fun() -> erlang:port_call(Q, 1, x) end,
         fun() -> port_connect(Q, not_a_pid) end, fun() -> erlang:port_info(Q, unheard_of) end]]),
    true = port_close(Q),
    erlang:display({is_port(Q), is_pid(Q), Q < self(), make_ref() < Q, binary_to_term(term_to_binary(Q)) =:= Q}),
    erlang:display(lists_member(Q, erlang:ports())),
    ok.

c(F) -> try F() catch Class:Reason -> {Class, Reason} end.

lists_member(X, [X | _]) -> true;
lists_member(X, [_ | T]) -> lists_member(X, T);
lists_member(_, []) -> false.

open(Command, Options) -> open_port({spawn, Command}, Options).

echo(Options) ->
    P = open("cat", Options),
    true = port_command(P, ["ab", <<"cd">>, [$e | <<"f">>]]),
    R = receive {P, {data, D}} -> D end,
    P ! {self(), close},
    receive {P, closed} -> {R, erlang:port_info(P)} end.

packets(N) ->
    P = open("cat", [binary, {packet, N}]),
    [port_command(P, S) || S <- ["one", "", lists_duplicate(200, $x)]],
    R = [receive {P, {data, D}} -> byte_size(D) end || _ <- [1, 2, 3]],
    port_close(P),
    R.

lists_duplicate(0, _) -> [];
lists_duplicate(N, X) -> [X | lists_duplicate(N - 1, X)].

lines(Max) ->
    P = open("printf 'short\\nexactly8\\nlonger than eight\\n\\nrest'", [{line, Max}, eof, exit_status]),
    collect_lines(P).

collect_lines(P) ->
    receive
        {P, {data, Line}} -> [Line | collect_lines(P)];
        {P, {exit_status, _}} -> collect_lines(P);
        {P, eof} -> port_close(P), []
    end.

status(Command) ->
    P = open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", Command]}, exit_status]),
    receive {P, {exit_status, S}} -> S end.

all(Command, Options) ->
    P = open(Command, [exit_status, eof | Options]),
    all_of(P, [], 2).

all_of(P, Acc, 0) -> port_close(P), Acc;
all_of(P, Acc, N) ->
    receive
        {P, {data, D}} -> all_of(P, Acc ++ D, N);
        {P, {exit_status, _}} -> all_of(P, Acc, N - 1);
        {P, eof} -> all_of(P, Acc, N - 1)
    end.

arguments(Args) ->
    P = open_port({spawn_executable, "/bin/sh"},
        [{args, ["-c", "for a; do echo \"<$a>\"; done; echo $0", "nought" | Args]}, {arg0, "me"}, exit_status, eof]),
    all_of(P, [], 2).

info() ->
    Self = self(),
    P = open("cat", [binary]),
    port_command(P, "12345"),
    receive {P, {data, _}} -> ok end,
    [{name, Name}, {links, [Self]}, {id, Id}, {connected, Self}, {input, In}, {output, Out}, {os_pid, Os}] = erlang:port_info(P),
    R = [Name, In, Out, is_integer(Id), is_integer(Os)]
        ++ [erlang:port_info(P, I) || I <- [name, input, output, registered_name, queue_size, monitors, monitored_by, locking]],
    port_close(P),
    R.

%% Who may say what.
orders() ->
    process_flag(trap_exit, true),
    P = open("cat", [binary]),
    Self = self(),
    P ! {Self, not_an_order},
    A = receive {'EXIT', P, R1} -> R1 after 1000 -> nothing end,
    P ! not_a_tuple,
    B = receive {'EXIT', P, R2} -> R2 after 100 -> nothing end,
    Other = spawn(fun() -> P ! {self(), close}, receive stop -> ok end end),
    C = receive {'EXIT', P, R3} -> R3 after 100 -> nothing end,
    Other ! stop,
    catch port_close(P),
    receive {'EXIT', P, _} -> ok after 100 -> ok end,
    process_flag(trap_exit, false),
    [A, B, C].

connecting() ->
    P = open("cat", [binary]),
    Self = self(),
    New = spawn(fun() -> receive {P, {data, D}} -> Self ! {new, D} end, receive stop -> ok end end),
    P ! {Self, {connect, New}},
    receive {P, connected} -> ok end,
    unlink(P),
    P ! {New, {command, "for new"}},
    A = receive {new, D} -> D end,
    true = port_connect(P, Self),
    P ! {Self, {command, "for us"}},
    B = receive {P, {data, D2}} -> D2 end,
    New ! stop,
    port_close(P),
    [A, B].

linked() ->
    process_flag(trap_exit, true),
    P = open("true", []),
    A = receive {'EXIT', P, R1} -> R1 end,
    Q = open("cat", []),
    exit(Q, because),
    B = receive {'EXIT', Q, R2} -> R2 end,
    T = open("cat", []),
    port_close(T),
    C = receive {'EXIT', T, R3} -> R3 end,
    process_flag(trap_exit, false),
    [A, B, C].

monitored() ->
    P = open("cat", []),
    M = monitor(port, P),
    N = monitor(port, P),
    demonitor(N, [flush]),
    port_close(P),
    A = receive {'DOWN', M, T1, P, R1} -> {T1, R1} end,
    D = monitor(port, P),
    B = receive {'DOWN', D, T2, P, R2} -> {T2, R2} end,
    C = c(fun() -> monitor(port, self()) end),
    [A, B, element(2, C), receive {'DOWN', N, _, _, _} -> late after 0 -> none end].

named() ->
    P = open("cat", [binary]),
    true = register(ports_name, P),
    ports_name ! {self(), {command, "by name"}},
    A = receive {P, {data, D}} -> D end,
    B = {whereis(ports_name) =:= P, erlang:port_info(P, registered_name)},
    M = monitor(port, ports_name),
    port_close(ports_name),
    C = receive {'DOWN', M, port, W, R} -> {W =:= {ports_name, node()}, R} end,
    [A, B, C, whereis(ports_name), c(fun() -> port_command(ports_name, "x") end)].

killed_owner() ->
    Self = self(),
    Owner = spawn(fun() -> P = open("cat", []), Self ! {port, P}, receive stop -> ok end end),
    P = receive {port, P1} -> P1 end,
    M = monitor(port, P),
    exit(Owner, kill),
    receive {'DOWN', M, port, P, R} -> R end.

data() ->
    P = open("cat", []),
    R = [c(fun() -> erlang:port_get_data(P) end), erlang:port_set_data(P, {some, <<"data">>}), erlang:port_get_data(P)],
    port_close(P),
    R.

%% All are told, and the port is gone at once for who closed it.
many_links(N) ->
    P = open("cat", []),
    Self = self(),
    each(N, fun() -> spawn_monitor(fun() -> process_flag(trap_exit, true), link(P), Self ! linked, receive {'EXIT', P, R} -> exit({told, R}) end end) end),
    each(N, fun() -> receive linked -> ok end end),
    port_close(P),
    Gone = erlang:port_info(P),
    each(N, fun() -> receive {'DOWN', _, process, _, {told, normal}} -> ok end end),
    Gone.

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).

%% More than a pipe holds, both ways.
large(Size) ->
    P = open("cat", [binary]),
    Bytes = <<0:Size/unit:8>>,
    true = port_command(P, Bytes),
    R = gather(P, Size, <<>>),
    port_close(P),
    R =:= Bytes.

gather(_, 0, Acc) -> Acc;
gather(P, Left, Acc) ->
    receive {P, {data, D}} -> gather(P, Left - byte_size(D), <<Acc/binary, D/binary>>) after 5000 -> {missing, Left} end.

failing(What, Options) ->
    c(fun() -> port_close(open_port(What, Options)) end).
