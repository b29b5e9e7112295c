%% Storms of ends: supervised children, ports that are not there, names in messages.
-module(leak_ends).
-compile([export_all, nowarn_export_all]).

idle() ->
    process_flag(fullsweep_after, 5),
    await().

await() -> receive _ -> await() end.

%% 16: the stock supervisor: it returns only when all children are dead and unregistered.
supervisors(_, N) ->
    process_flag(trap_exit, true),
    %% Kernel does not run: nothing is reported, no application has variables.
    persistent_term:put({logger_config, '$primary_config$'}, -1),
    _ = ets:new(ac_tab, [named_table, public]),
    each(N, fun() ->
        {ok, Sup} = supervisor:start_link(?MODULE, [one_for_all, rest_for_one]),
        Pids = [whereis(Name) || Name <- names()],
        true = lists:all(fun is_pid/1, Pids),
        ok = supervisor:terminate_child(Sup, leak_second),
        [undefined, undefined] = [whereis(Name) || Name <- [leak_second, leak_inner]],
        {ok, _} = supervisor:restart_child(Sup, leak_second),
        exit(whereis(leak_first), kill),        % all are started again, none under a name that is taken
        restarted(Pids, 100),
        exit(Sup, shutdown),
        receive {'EXIT', Sup, shutdown} -> ok end,
        [] = [Name || Name <- names(), whereis(Name) =/= undefined],
        [] = [P || P <- Pids, is_process_alive(P)]
    end).
names() -> [leak_first, leak_second, leak_inner].
restarted(_, 0) -> exit({not_restarted, process_info(self(), messages)});
restarted(Before, N) ->
    case [whereis(Name) || Name <- names()] of
        [A, B, C] when is_pid(A), is_pid(B), is_pid(C), A =/= hd(Before) -> ok;
        _ -> receive after 1 -> restarted(Before, N - 1) end
    end.
init([Strategy | Inner]) ->
    Children = [child(leak_first, {?MODULE, start_child, [leak_first, quick]}, worker, 1000)
        | [child(leak_second, {?MODULE, start_inner, [Inner]}, supervisor, infinity) || Inner =/= []]],
    case Inner of
        [] -> {ok, {{Strategy, 3, 1}, [child(leak_inner, {?MODULE, start_child, [leak_inner, slow]}, worker, brutal_kill)]}};
        _ -> {ok, {{Strategy, 3, 1}, Children}}
    end.
child(Id, Start, Type, Shutdown) -> {Id, Start, permanent, Shutdown, Type, [?MODULE]}.
start_inner(Strategies) -> supervisor:start_link({local, leak_second}, ?MODULE, Strategies).
start_child(Name, How) -> {ok, proc_lib:start_link(?MODULE, child_init, [self(), Name, How])}.
child_init(Parent, Name, How) ->
    process_flag(trap_exit, true),
    true = register(Name, self()),
    proc_lib:init_ack(Parent, self()),
    child_loop(Parent, How).
child_loop(Parent, quick) ->
    receive {'EXIT', Parent, Reason} -> exit(Reason) end;
child_loop(Parent, slow) ->
    receive {'EXIT', Parent, _} -> child_loop(Parent, slow) end.

%% 10, 12: links and monitors to ports that are not there.
ports(_, N) ->
    process_flag(trap_exit, true),
    Port = binary_to_term(<<131, 120, 119, 13, "nonode@nohost", 12345:64, 0:32>>),
    Node = node(),
    each(N, fun() ->
        true = link(Port),
        receive {'EXIT', Port, noproc} -> ok end,
        true = unlink(Port),
        M1 = monitor(port, Port),
        receive {'DOWN', M1, port, Port, noproc} -> ok end,
        M2 = monitor(port, no_such_port),
        receive {'DOWN', M2, port, {no_such_port, Node}, noproc} -> ok end,
        M3 = monitor(port, {no_such_port, Node}, [{tag, {tag, [1]}}]),
        receive {{tag, [1]}, M3, port, {no_such_port, Node}, noproc} -> ok end,
        true = demonitor(monitor(port, Port), [flush]),
        M4 = monitor(port, Port, [{alias, reply_demonitor}]),
        receive {'DOWN', M4, port, Port, noproc} -> ok end,
        false = unalias(M4),
        M5 = monitor(port, Port, [{alias, explicit_unalias}]),
        receive {'DOWN', M5, port, Port, noproc} -> ok end,
        M5 ! through_alias,
        receive through_alias -> ok end,
        true = unalias(M5),
        M5 ! late,
        true = exit(Port, kill),
        Port ! {self(), close},
        {'EXIT', {badarg, _}} = (catch monitor(port, self())),
        {'EXIT', {badarg, _}} = (catch monitor(process, Port)),
        {'EXIT', {badarg, _}} = (catch monitor(port, {no_such_port, self()})),
        {'EXIT', {badarg, _}} = (catch erlang:port_close(Port)),
        {'EXIT', {badarg, _}} = (catch erlang:open_port({spawn_driver, "no such driver"}, [])),
        {messages, []} = process_info(self(), messages),
        {P, M} = spawn_monitor(?MODULE, links_to, [Port]),
        receive {'DOWN', M, process, P, {noproc, [_ | _]}} -> ok; {'DOWN', M, process, P, noproc} -> ok end
    end).
links_to(Port) -> link(Port), receive never -> ok end.

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).
