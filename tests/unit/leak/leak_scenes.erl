%% Scenes: what a host may find alive when it destroys a VM, and programs of which each allocation is
%% made to fail.
-module(leak_scenes).
-compile([export_all, nowarn_export_all]).

%% ---- for teardown: everything is alive when it returns -------------------------------------

alive() ->
    process_flag(trap_exit, true),
    register(scene_name, self()),
    put(key, lists:seq(1, 50)),
    Big = binary:copy(<<"0123456789">>, 100),
    Pids = [spawn_link(?MODULE, holder, [Big, I]) || I <- lists:seq(1, 20)],
    _ = [monitor(process, P, [{alias, explicit_unalias}, {tag, {tag, P}}]) || P <- Pids],
    _ = [P ! {mail, Big, I} || {P, I} <- lists:zip(Pids, lists:seq(1, 20))],
    _ = erlang:send_after(100000000, self(), {later, Big}),
    _ = erlang:start_timer(100000000, scene_name, Big),
    exit(hd(Pids), kill),
    persistent_term:put(scene, {Big, #{a => lists:seq(1, 20)}}),
    F = fun(X) -> {X, Big} end,
    hold({F, Pids, <<Big/binary, "more">>}).

holder(Big, I) ->
    put(I, Big),
    receive never -> Big after 100000000 -> ok end.

hold(Kept) -> receive never -> Kept end.

%% ---- for the failing of allocations ------------------------------------------------------------

%% Each in a process of its own, as its memory runs out.
spawns() ->
    _ = [spawn_opt(?MODULE, ending, [lists:seq(1, 10)], [link, monitor]) || _ <- [1, 2, 3]],
    _ = [receive {'DOWN', _, _, _, _} -> ok end || _ <- [1, 2, 3]],
    ok.
ending(_) -> ok.

signals() ->
    P = spawn(?MODULE, wait, []),
    register(scene_signals, P),
    link(P),
    M = monitor(process, P),
    A = monitor(process, scene_signals, [{alias, reply_demonitor}, {tag, {down, [1]}}]),
    P ! {large, lists:seq(1, 40), binary:copy(<<"x">>, 100)},
    A ! {to, alias},
    T = erlang:send_after(10000, self(), {never, [1, 2, 3]}),
    _ = erlang:cancel_timer(T),
    _ = process_info(P, [messages, links, monitored_by]),
    demonitor(M, [flush]),
    unlink(P),
    unregister(scene_signals),
    exit(P, {shutdown, [1, 2, 3]}),
    ok.
wait() -> receive stop -> ok after 1000 -> ok end.

appends() -> byte_size(append(<<>>, 60)).
append(B, 0) -> B;
append(B, N) -> append(<<B/binary, N:64>>, N - 1).

maps() ->
    M = lists:foldl(fun(I, A) -> A#{I => [I]} end, #{}, lists:seq(1, 80)),
    #{40 := [40]} = maps:merge(M, maps:map(fun(_, V) -> V end, M)),
    map_size(maps:without(lists:seq(1, 70), M)).

bigints() -> bigints(1 bsl 100, 12).
bigints(X, 0) -> length(integer_to_list(X div 7));
bigints(X, N) -> bigints(X * X rem ((1 bsl 600) - 1) + N, N - 1).

external() ->
    T = {lists:seq(1, 30), #{a => 1.5, <<"key">> => [x]}, self(), make_ref(), fun ?MODULE:wait/0,
        1 bsl 200, binary:copy(<<"y">>, 100)},
    T = binary_to_term(term_to_binary(T)),
    T = binary_to_term(term_to_binary(T, [compressed])),
    ok.

exceptions() ->
    try error({reason, lists:seq(1, 10)}) catch error:_:S -> {S, (catch hd(wrong()))} end.
wrong() -> [] ++ not_a_list.

texts() ->
    B = unicode:characters_to_binary(lists:seq(1000, 1100)),
    L = unicode:characters_to_list(B),
    [_ | _] = binary:split(<<"a,b,c">>, <<",">>, [global]),
    _ = iolist_to_binary([B, L -- [0], float_to_list(1.5)]),
    A = list_to_atom("scene_atom_" ++ integer_to_list(7)),
    {A, atom_to_list(A), lists:sort(fun(X, Y) -> X >= Y end, lists:seq(1, 40))}.

dictionary() ->
    _ = [put({key, I}, [I]) || I <- lists:seq(1, 40)],
    _ = [erase({key, I}) || I <- lists:seq(1, 40)],
    persistent_term:put(scene_term, {a, [1, 2]}),
    persistent_term:put(scene_term, {b, [1, 2]}),
    persistent_term:erase(scene_term),
    erlang:garbage_collect().

hibernation() ->
    self() ! go,
    erlang:hibernate(?MODULE, wait_go, []).
wait_go() -> receive go -> ok end.

%% ---- what Erlang is told of memory ------------------------------------------------------------

memory() ->
    M = #{total := Total, peak := Peak, limit := Limit, free := Free} = atomvm:memory(),
    Kinds = maps:without([total, peak, limit, free], M),
    Total = lists:sum([Bytes || {Bytes, _} <- maps:values(Kinds)]),
    true = Peak >= Total,
    true = Limit =:= Free orelse Limit =:= Total + Free,
    true = [] =:= [K || {K, {0, Objects}} <- maps:to_list(Kinds), Objects =/= 0],
    #{processes := {_, N0}} = M,
    P = spawn(?MODULE, wait, []),
    #{processes := {_, N1}, links := {_, L0}} = atomvm:memory(),
    true = N1 =:= N0 + 1,
    link(P),
    receive after 1 -> ok end,
    #{links := {_, L1}} = atomvm:memory(),
    2 = L1 - L0,
    unlink(P),
    exit(P, kill),
    receive after 1 -> ok end,
    #{processes := {_, N0}, links := {_, L0}} = atomvm:memory(),
    true = erlang:memory(total) =:= erlang:memory(processes) + erlang:memory(system),
    halt(0).
