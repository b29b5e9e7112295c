%% The programs of embed_driver_test.c: each returns ok.
-module(embed_ports).
-export([opening/1, commands/1, controls/1, calls/1, messages/1, timers/1, handles/1, busy/1, suspended_forever/1,
         monitors/1, exits/1, flushed/1, ends/1, without_functions/1, keep/1, kept/1, storm/1, storm_of_links/1,
         storm_of_owners/1, storm_of_busy/1]).

-define(TEXT, 0).
-define(TIMER, 1).
-define(NO_TIMER, 2).
-define(BUSY, 3).
-define(EXIT, 4).
-define(SEND, 5).
-define(HOLD, 6).

mirror() -> open_port({spawn_driver, "mirror"}, [binary]).

c(F) -> try F() catch Class:Reason -> {Class, Reason} end.

got(P) -> receive {P, M} -> M after 2000 -> nothing end.

opening(_) ->
    {error, eagain} = c(fun() -> open_port({spawn, "mirror refuses"}, []) end),
    {error, badarg} = c(fun() -> open_port({spawn_driver, "mirro"}, []) end),
    P = open_port({spawn, "mirror with words"}, []),
    {name, "mirror with words"} = erlang:port_info(P, name),
    true = is_port(P),
    port_command(P, "ab"),
    {data, "ab"} = got(P),
    true = port_close(P),
    ok.

commands(_) ->
    P = mirror(),
    true = port_command(P, [<<"a">>, $b, ["c"]]),
    {data, <<"abc">>} = got(P),
    P ! {self(), {command, <<"by message">>}},
    {data, <<"by message">>} = got(P),
    Large = <<0:1000000/unit:8>>,
    true = port_command(P, Large),
    {data, Large} = got(P),
    {input, 1000013} = erlang:port_info(P, input),
    {output, 1000013} = erlang:port_info(P, output),
    P ! {self(), close},
    closed = got(P),
    undefined = erlang:port_info(P),
    ok.

controls(_) ->
    P = mirror(),
    "text" = port_control(P, ?TEXT, "text"),
    <<"binary">> = port_control(P, ?NO_TIMER, <<"binary">>),
    {error, badarg} = c(fun() -> port_control(P, 77, "x") end),
    {error, badarg} = c(fun() -> port_control(P, -1, "x") end),
    <<>> = port_control(P, ?SEND, []),
    said = got(P),
    true = port_close(P),
    ok.

calls(_) ->
    P = mirror(),
    Terms = [a, 1.5, {<<"b">>, #{c => [self()]}}, lists(1000)],
    Terms = [begin {T, T} = erlang:port_call(P, 1, T), T end || T <- Terms],
    {error, badarg} = c(fun() -> erlang:port_call(P, 99, x) end),
    true = port_close(P),
    ok.

lists(0) -> [];
lists(N) -> [{N} | lists(N - 1)].

messages(_) ->
    P = mirror(),
    P ! {some, "message"},
    {data, <<"{some,\"message\"}">>} = got(P),
    true = port_close(P),
    ok.

timers(_) ->
    P = mirror(),
    port_control(P, ?TIMER, []),
    {data, <<"time">>} = got(P),
    port_control(P, ?TIMER, []),
    port_control(P, ?NO_TIMER, []),
    receive {P, _} = M -> M after 30 -> port_close(P), ok end.

handles(_) ->
    P = open_port({spawn_driver, "mirror pipe"}, [binary]),
    port_command(P, "through a pipe"),
    {data, <<"through a pipe">>} = got(P),
    port_command(P, "again"),
    {data, <<"again">>} = got(P),
    port_close(P),
    ok.

%% Who sends to a busy port sleeps until it is not, or is told.
busy(_) ->
    P = mirror(),
    port_control(P, ?BUSY, []),
    false = port_command(P, "not now", [nosuspend]),
    nosuspend = erlang:send(P, {self(), {command, "not now"}}, [nosuspend]),
    true = port_command(P, "forced", [force]),
    {data, <<"forced">>} = got(P),
    true = port_command(P, "later"),
    {data, <<"time">>} = got(P),
    {data, <<"later">>} = got(P),
    port_control(P, ?BUSY, []),
    P ! {self(), {command, "later still"}},
    {data, <<"time">>} = got(P),
    {data, <<"later still">>} = got(P),
    port_close(P),
    ok.

%% The port ends while a process sleeps for it; a process that sleeps is killed.
suspended_forever(_) ->
    P = mirror(),
    port_control(P, ?BUSY, []),
    port_control(P, ?NO_TIMER, []),
    {A, M} = spawn_monitor(fun() -> exit(c(fun() -> port_command(P, "x") end)) end),
    {B, N} = spawn_monitor(fun() -> P ! {self(), {command, "x"}} end),
    receive after 5 -> ok end,
    {status, suspended} = process_info(A, status),
    exit(B, kill),
    receive {'DOWN', N, _, _, killed} -> ok end,
    port_close(P),
    receive {'DOWN', M, _, _, {error, badarg}} -> ok end.

monitors(_) ->
    P = mirror(),
    Pid = spawn(fun() -> receive R -> exit(R) end end),
    watched = erlang:port_call(P, 1, {monitor, Pid}),
    {monitors, [{process, Pid}]} = erlang:port_info(P, monitors),
    Pid ! over,
    {data, <<"over">>} = got(P),
    false = erlang:port_call(P, 1, demonitor),
    noproc = erlang:port_call(P, 1, {monitor, Pid}),
    Other = spawn(fun() -> receive R -> exit(R) end end),
    watched = erlang:port_call(P, 1, {monitor, Other}),
    true = erlang:port_call(P, 1, demonitor),
    Other ! over,
    port_close(P),
    ok.

exits(_) ->
    process_flag(trap_exit, true),
    P = mirror(),
    M = monitor(port, P),
    _ = c(fun() -> port_control(P, ?EXIT, []) end),
    receive {'EXIT', P, mirror_broke} -> ok end,
    receive {'DOWN', M, port, P, mirror_broke} -> ok end,
    Q = mirror(),
    exit(Q, kill),
    receive {'EXIT', Q, killed} -> ok end,
    process_flag(trap_exit, false),
    ok.

%% Closed with something to write: it is gone for programs, stop comes when all is written.
flushed(_) ->
    P = open_port({spawn_driver, "mirror pipe"}, [binary]),
    port_control(P, ?HOLD, []),
    port_close(P),
    undefined = erlang:port_info(P),
    receive after 20 -> ok end.

ends(_) ->
    Self = self(),
    {Owner, M} = spawn_monitor(fun() -> Self ! {port, mirror()}, receive stop -> ok end end),
    P = receive {port, Port} -> Port end,
    N = monitor(port, P),
    Owner ! stop,
    receive {'DOWN', M, _, _, normal} -> ok end,
    receive {'DOWN', N, port, P, normal} -> ok end.

without_functions(_) ->
    P = open_port({spawn_driver, "silent"}, []),
    {error, badarg} = c(fun() -> port_command(P, "x") end),
    {error, badarg} = c(fun() -> port_control(P, 1, "x") end),
    {error, badarg} = c(fun() -> erlang:port_call(P, 1, x) end),
    {error, notsup} = c(fun() -> port_command(P, "x", [force]) end),
    process_flag(trap_exit, true),
    P ! what_is_this,
    receive {'EXIT', P, badsig} -> ok end,
    process_flag(trap_exit, false),
    port_close(P),
    ok.

%% A port that outlives the call: a process of its own has it.
keep(_) ->
    Self = self(),
    spawn(fun() ->
        P = mirror(),
        register(embed_port, P),
        register(embed_owner, self()),
        Self ! {port, P},
        receive {P, {data, <<"from_outside">>}} -> ok end,
        receive {kept, From} -> From ! kept end
    end),
    receive {port, P} -> P end.

kept(_) ->
    M = monitor(port, embed_port),
    embed_owner ! {kept, self()},
    receive kept -> ok end,
    receive {'DOWN', M, port, _, normal} -> ok end.

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).

storm(N) ->
    each(N, fun() ->
        P = mirror(),
        true = port_command(P, <<"12345">>),
        {data, <<"12345">>} = got(P),
        _ = erlang:port_info(P),
        erlang:port_set_data(P, {large, <<0:1000>>, [1, 2, 3]}),
        {{_, a}, {_, a}} = erlang:port_call(P, 1, {<<1:2000>>, a}),
        true = port_close(P)
    end).

storm_of_links(N) ->
    process_flag(trap_exit, true),
    each(N, fun() ->
        P = mirror(),
        M = monitor(port, P),
        _ = monitor(port, P),
        Pid = spawn(fun() -> link(P), P ! {self(), close}, receive never -> ok end end),
        exit(P, {reason, [Pid]}),
        receive {'EXIT', P, _} -> ok end,
        receive {'DOWN', M, port, P, _} -> ok end,
        receive {'DOWN', _, port, P, _} -> ok end,
        exit(Pid, kill),
        catch link(P),
        receive {'EXIT', P, noproc} -> ok after 0 -> ok end
    end),
    process_flag(trap_exit, false),
    ok.

storm_of_owners(N) ->
    each(N, fun() ->
        {_, M} = spawn_monitor(fun() ->
            P = mirror(),
            Q = mirror(),
            port_command(P, <<"unread">>),
            watched = erlang:port_call(Q, 1, {monitor, self()}),
            register(embed_storm, P),
            exit(over)
        end),
        receive {'DOWN', M, _, _, over} -> ok end,
        case whereis(embed_storm) of
            undefined -> ok;
            Port -> PM = monitor(port, Port), receive {'DOWN', PM, port, Port, _} -> ok end
        end
    end).

storm_of_busy(N) ->
    each(N, fun() ->
        P = mirror(),
        port_control(P, ?BUSY, []),
        port_control(P, ?NO_TIMER, []),
        {A, MA} = spawn_monitor(fun() -> P ! {self(), {command, "x"}} end),
        {_, MB} = spawn_monitor(fun() -> port_command(P, "x") end),
        erlang:yield(),
        exit(A, kill),
        receive {'DOWN', MA, _, _, _} -> ok end,
        port_close(P),
        receive {'DOWN', MB, _, _, _} -> ok end
    end).
