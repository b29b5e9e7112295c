%% Storms of monitors, aliases, names and questions about processes.
-module(leak_monitors).
-compile([export_all, nowarn_export_all]).

-define(ORDER(N, Op), ((N) bsl 4 bor (Op))).

idle() ->
    process_flag(fullsweep_after, 5),          % else a storm sees one now and then
    await_order().

await_order() ->
    receive
        Order when is_integer(Order) -> obey(Order band 15, Order bsr 4), await_order();
        {ask, Alias, Value} -> Alias ! {answer, Value}, await_order()
    end.

obey(_, 0) -> ok;
obey(0, N) ->
    {_, M} = spawn_monitor(?MODULE, child, []),
    receive {'DOWN', M, process, _, normal} -> ok end,
    obey(0, N - 1);
obey(1, N) ->
    {P, M} = spawn_opt(?MODULE, wait, [], [link, monitor]),
    P ! stop,
    receive {'DOWN', M, process, P, normal} -> ok end,
    obey(1, N - 1);
obey(2, N) ->
    {P, M} = spawn_monitor(?MODULE, wait, []),
    P ! stop,
    demonitor(M, [flush]),
    obey(2, N - 1);
obey(3, N) ->
    {_, M} = spawn_monitor(?MODULE, no_such_function, []),
    receive {'DOWN', M, process, _, {undef, _}} -> ok end,
    obey(3, N - 1).

%% Two survivors: one does as it is told to the other.
pair() ->
    Other = spawn(?MODULE, wait, []),
    pair(Other).

pair(Other) ->
    receive N when is_integer(N) -> tie(Other, N) end,
    pair(Other).

tie(_, 0) -> ok;
tie(Other, N) ->
    true = demonitor(monitor(process, Other)),
    M = monitor(process, Other, [{alias, demonitor}, {tag, {tag, Other}}]),
    link(Other),
    true = demonitor(M, [flush]),
    unlink(Other),
    tie(Other, N - 1).

child() -> ok.
wait() -> receive stop -> ok end.

%% 1, 2, 7: the survivor watches.
spawn_monitor_received(S, N) -> S ! ?ORDER(N, 0).
between_survivors(S, N) -> S ! N.
spawn_opt_both(S, N) -> S ! ?ORDER(N, 1).
demonitor_in_flight(S, N) -> S ! ?ORDER(N, 2).
spawn_undefined(S, N) -> _ = erlang:system_flag(backtrace_depth, 8), S ! ?ORDER(N div 20 + 1, 3).

%% 2: the watcher dies first.
watcher_first(S, N) -> each(N, fun() -> spawn(?MODULE, watcher, [S]) end).
watcher(S) -> monitor(process, S).

%% 2: 'DOWN' comes and nobody reads it.
down_not_received(_, N) ->
    each(N div 10 + 1, fun() -> spawn(?MODULE, watch_ten, []) end).
watch_ten() ->
    _ = [spawn_monitor(?MODULE, child, []) || _ <- lists:seq(1, 10)],
    receive after 1 -> ok end.

watched_and_watcher_at_once(_, N) ->
    each(N, fun() ->
        A = spawn(?MODULE, wait, []),
        B = spawn(?MODULE, watcher_then_wait, [A]),
        exit(A, kill),
        exit(B, kill)
    end).
watcher_then_wait(P) -> monitor(process, P), wait().

%% 3: nothing is kept for what does not exist.
noproc(S, N) ->
    {Dead, M0} = spawn_monitor(?MODULE, child, []),
    receive {'DOWN', M0, _, _, _} -> ok end,
    each(N, fun() ->
        M1 = monitor(process, Dead),
        receive {'DOWN', M1, process, Dead, noproc} -> ok end,
        M2 = monitor(process, no_such_name),
        receive {'DOWN', M2, process, {no_such_name, nonode@nohost}, noproc} -> ok end,
        M3 = monitor(process, self()),
        true = demonitor(M3),
        M4 = monitor(process, S),
        spawn(?MODULE, foreign, [M4]),
        demonitor(M4, [flush, info])
    end).
foreign(M) -> (catch demonitor(M)).

%% 3: who does not own the reference does not take the monitor away.
foreign_demonitor(_, N) ->
    each(N, fun() ->
        {P, M} = spawn_monitor(?MODULE, wait, []),
        {F, MF} = spawn_monitor(?MODULE, foreign, [M]),
        receive {'DOWN', MF, process, F, _} -> ok end,
        P ! stop,
        receive {'DOWN', M, process, P, normal} -> ok end
    end).

%% 2: a 'DOWN' that has come and is flushed.
down_flushed(_, N) ->
    each(N, fun() ->
        {P, M} = spawn_monitor(?MODULE, child, []),
        await_down(),
        true = demonitor(M, [flush]),
        {messages, []} = process_info(self(), messages),
        M2 = monitor(process, P),
        false = demonitor(M2, [flush, info]) andalso receive {'DOWN', M2, _, _, _} -> true after 0 -> false end,
        {messages, []} = process_info(self(), messages)
    end).
await_down() ->
    case process_info(self(), message_queue_len) of
        {_, 1} -> ok;
        _ -> erlang:yield(), await_down()
    end.

%% 6: the monitor signal is queued to a process that dies before it handles it.
monitor_dying(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        exit(P, kill),
        M = monitor(process, P),
        receive {'DOWN', M, process, P, _} -> ok end
    end).

%% 9: demonitor with flush, info, both, in the middle and at the end of a function.
demonitor_forms(S, N) ->
    each(N, fun() ->
        true = tail(monitor(process, S)),
        true = tail_flush(monitor(process, S)),
        true = tail_info(monitor(process, S)),
        M = monitor(process, S),
        true = demonitor(M, [info, flush]),
        false = demonitor(M, [info])
    end).
tail(M) -> demonitor(M).
tail_flush(M) -> demonitor(M, [flush]).
tail_info(M) -> demonitor(M, [info]).

%% 10: badarg, and no lock held.
monitor_bad(S, N) ->
    each(N, fun() ->
        {'EXIT', {badarg, _}} = (catch monitor(port, self())),
        {'EXIT', {badarg, _}} = (catch monitor(nothing, self())),
        {'EXIT', {badarg, _}} = (catch demonitor(self())),
        demonitor(monitor(process, S))
    end).

%% 11: by name; the name goes on to another process.
by_name(_, N) ->
    each(N, fun() ->
        A = spawn(?MODULE, named, [self(), leak_name]),
        receive {A, ready} -> ok end,
        M = monitor(process, leak_name),
        A ! stop,
        receive {'DOWN', M, process, {leak_name, nonode@nohost}, normal} -> ok end,
        undefined = whereis(leak_name),
        M2 = monitor(process, leak_name),
        demonitor(M2, [flush])
    end).
named(Parent, Name) -> register(Name, self()), Parent ! {self(), ready}, wait().

names(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        register(leak_a, P),
        unregister(leak_a),
        register(leak_b, P),
        {'EXIT', {badarg, _}} = (catch register(leak_b, self())),
        {'EXIT', {badarg, _}} = (catch unregister(leak_a)),
        exit(P, kill),
        M = monitor(process, P),
        receive {'DOWN', M, _, _, _} -> ok end,
        undefined = whereis(leak_b)
    end).

%% 13: aliases, each way in which one ends; late replies.
aliases(S, N) ->
    each(N, fun() ->
        A1 = alias(), true = unalias(A1), A1 ! late,
        A2 = alias([reply]), S ! {ask, A2, 1}, receive {answer, 1} -> ok end, A2 ! late,
        M3 = monitor(process, S, [{alias, demonitor}]), demonitor(M3), M3 ! late,
        M4 = monitor(process, S, [{alias, reply_demonitor}]),
        S ! {ask, M4, 2}, receive {answer, 2} -> ok end, M4 ! late,
        M5 = monitor(process, S, [{alias, explicit_unalias}]), demonitor(M5),
        M5 ! {answer, 3}, receive {answer, 3} -> ok end, unalias(M5), M5 ! late,
        M6 = monitor(process, S, [{alias, reply_demonitor}]),
        receive never -> ok after 0 -> ok end, demonitor(M6, [flush]), M6 ! late,
        {messages, []} = process_info(self(), messages)
    end).

%% 13: ended by the owner's death, replies under way.
alias_owner_dies(S, N) -> each(N, fun() -> spawn(?MODULE, alias_owner, [S]) end).
alias_owner(S) ->
    A = alias(),
    M = monitor(process, S, [{alias, explicit_unalias}, {tag, {tagged, lists:seq(1, 5)}}]),
    S ! {ask, A, lists:seq(1, 10)},
    S ! {ask, M, lists:seq(1, 10)}.

%% The tag of a monitor.
tags(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        Tag = {tagged, lists:seq(1, 10), make_ref()},
        M = monitor(process, P, [{tag, Tag}]),
        M2 = monitor(process, P, [{tag, Tag}]),
        demonitor(M2),
        P ! stop,
        receive {Tag, M, process, P, normal} -> ok end
    end).

%% 14: questions to an idle and to an ending process.
process_info_idle(S, N) ->
    each(N, fun() ->
        {message_queue_len, 0} = process_info(S, message_queue_len),
        [_ | _] = process_info(S, [links, monitors, monitored_by, memory, current_function, dictionary]),
        N2 = process_info(S, status), true = is_tuple(N2)
    end).

process_info_ending(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        exit(P, kill),
        undefined = process_info(P, status),
        undefined = process_info(P, [links, messages])
    end).

%% spawn_request, answered and abandoned.
spawn_requests(_, N) ->
    each(N, fun() ->
        R = spawn_request(?MODULE, child, [], [monitor, link]),
        receive {spawn_reply, R, ok, _} -> ok end,
        receive {'DOWN', R, process, _, normal} -> ok end,
        R2 = spawn_request(?MODULE, child, [], [{reply, no}]),
        _ = spawn_request_abandon(R2)
    end).

%% suspend and resume, by one who lives and by one who dies.
suspensions(S, N) ->
    each(N, fun() ->
        erlang:suspend_process(S), erlang:suspend_process(S),
        erlang:resume_process(S), erlang:resume_process(S),
        spawn(?MODULE, suspender, [S])
    end).
suspender(S) -> erlang:suspend_process(S).

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).
