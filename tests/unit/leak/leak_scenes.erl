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
    Types = [set, bag, duplicate_bag, ordered_set],
    Tables = [ets:new(scene_any, [Type, {heir, lists:last(Pids), {data, Big}}]) || Type <- Types],
    _ = [begin true = ets:insert(T, objects(40)), ets:safe_fixtable(T, true), ets:delete(T, {key, 3}) end
        || T <- [ets:new(scene_named, [named_table]) | Tables]],
    put(walk, [ets:select(T, [{'_', [], ['$_']}], 5) || T <- Tables]),
    put(array, {atomics:new(100, []), counters:new(10, [])}),
    put(compiled, catch re:compile("([a-z]+)=(.*)", [unicode, caseless])),
    put(stream, catch begin Z = zlib:open(), ok = zlib:deflateInit(Z), {Z, zlib:deflate(Z, Big)} end),
    put(bigint, 1 bsl 1000),
    put(alias, [alias() || _ <- [1, 2, 3]]),
    F = fun(X) -> {X, Big} end,
    hold({F, Pids, <<Big/binary, "more">>}).

holder(Big, I) ->
    put(I, Big),
    receive never -> Big after 100000000 -> ok end.

hold(Kept) -> receive never -> Kept end.

%% ---- for the failing of allocations ------------------------------------------------------------

start() -> ok.

%% With several schedulers what is asked of a process that runs is awaited by code of erts_internal.
servers() ->
    erts_internal = erts_internal:module_info(module),
    true = is_pid(whereis(code_server)).

%% For calls and mailboxes of the host.
called(Given) -> {called, Given, [1.5, <<"two">>]}.

talks(Host) ->
    link(Host),
    M = monitor(process, Host),
    leak_host ! {by, name},
    receive Text when is_list(Text) -> Host ! {heard, Text} after 1000 -> ok end,
    demonitor(M, [flush]),
    unlink(Host).

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

links() ->
    P = spawn(?MODULE, wait, []),
    Q = spawn_link(?MODULE, wait, []),
    link(P), unlink(P), link(P), unlink(Q),
    process_flag(trap_exit, true),
    exit(P, {reason, [1, 2, 3]}),
    receive {'EXIT', P, _} -> ok end,
    Q ! stop,
    exit({end_of, self()}).

monitors() ->
    P = spawn(?MODULE, wait, []),
    M1 = monitor(process, P),
    M2 = monitor(process, P, [{alias, explicit_unalias}, {tag, {down, [1, 2]}}]),
    M3 = monitor(process, no_such_name),
    receive {'DOWN', M3, _, _, noproc} -> ok end,
    demonitor(M1, [flush]),
    A = alias([reply]),
    A ! {through, alias},
    receive {through, alias} -> ok end,
    P ! stop,
    receive {{down, [1, 2]}, M2, process, P, _} -> ok end,
    unalias(M2).

requests() ->
    R = spawn_request(?MODULE, ending, [x], [link, {monitor, [{tag, {tag, 1}}]}, {reply_tag, {reply, 2}}]),
    ok = receive {{reply, 2}, R, Outcome, _} -> Outcome end,
    receive {{tag, 1}, R, process, _, _} -> ok end.

registers() ->
    P = spawn(?MODULE, wait, []),
    _ = [begin
        true = register(Name, P),
        P = whereis(Name),
        Name ! {by, name, [1]},
        true = lists:member(Name, registered()),
        true = unregister(Name)
    end || Name <- [scene_a, scene_b, scene_c]],
    register(scene_a, P),
    exit(P, kill).

timers() ->
    Big = {big, lists:seq(1, 20)},
    T1 = erlang:send_after(1, self(), {sent, Big}),
    T2 = erlang:start_timer(2, self(), Big),
    T3 = erlang:start_timer(100000, self(), Big),
    receive {sent, Big} -> ok end,
    receive {timeout, T2, Big} -> ok end,
    false = erlang:read_timer(T1),
    _ = erlang:cancel_timer(T3),
    receive never -> ok after 3 -> ok end,
    _ = erlang:send_after(100000, spawn(?MODULE, wait, []), Big),
    ok.

persistent() ->
    Big = binary:copy(<<"persistent">>, 20),
    persistent_term:put(scene_term, {a, [1, 2], Big}),
    {a, [1, 2], Big} = Held = persistent_term:get(scene_term),
    persistent_term:put(scene_term, #{b => Big}),
    persistent_term:put({scene, 2}, Held),
    _ = persistent_term:get(),
    persistent_term:erase({scene, 2}),
    persistent_term:erase(scene_term),
    {a, [1, 2], Big} = Held.

%% Tables: what is inserted is there whole, or not at all.
objects(N) -> [{{key, I}, I, binary:copy(<<"0123456789">>, 10), [I]} || I <- lists:seq(1, N)].

tables() -> [tables(Type) || Type <- [set, bag, duplicate_bag, ordered_set]].
tables(Type) ->
    T = ets:new(scene_table, [named_table, Type, {heir, self(), [1, 2]}]),
    U = ets:new(any, [Type, public, {heir, spawn(?MODULE, wait, []), {data, [1]}}]),
    scene_renamed = ets:rename(T, scene_renamed),
    true = ets:setopts(U, {heir, none}),
    _ = [ets:info(scene_renamed), ets:info(U), ets:all()],
    true = ets:delete(scene_renamed),
    true = ets:delete(U).

inserts() -> [inserts(Type) || Type <- [set, bag, ordered_set]].
inserts(Type) ->
    T = ets:new(any, [Type]),
    _ = [insert_one(T, Object, I) || {_, I, _, _} = Object <- objects(40)],
    [{{key, 7}, 7, _, [7]}] = ets:lookup(T, {key, 7}),
    Type =:= bag orelse begin
        17 = ets:update_counter(T, {key, 7}, {2, 10}),
        true = ets:update_element(T, {key, 8}, {4, lists:seq(1, 30)}),
        3 = ets:update_counter(T, new, {2, 1}, {new, 2, [x]})
    end,
    _ = [ets:take(T, {key, I}) || I <- lists:seq(1, 30)],
    ets:delete(T).
insert_one(T, Object, I) ->
    true = try ets:insert(T, Object)
        catch error:system_limit -> whole(ets:info(T, size) =:= I - 1), error(system_limit)
    end,
    whole(ets:info(T, size) =:= I).

insert_lists() -> [insert_lists(Type) || Type <- [set, duplicate_bag, ordered_set]].
insert_lists(Type) ->
    T = ets:new(any, [Type]),
    Objects = objects(20),
    insert_list(T, fun() -> ets:insert(T, Objects) end, 0, 20),
    Type =:= duplicate_bag orelse insert_list(T, fun() -> ets:insert(T, Objects) end, 20, 20),
    insert_list(T, fun() -> ets:insert_new(T, [{a, 1}, {b, 2}, {c, lists:seq(1, 50)}]) end, 20, 23),
    false = ets:insert_new(T, [{d, 1}, {a, 2}]),
    whole(ets:info(T, size) =:= 23),
    ets:delete(T).
insert_list(T, Insert, Before, After) ->
    true = try Insert() catch error:system_limit -> whole(ets:info(T, size) =:= Before), error(system_limit) end,
    whole(ets:info(T, size) =:= After).

%% What changes something fails with nothing changed: neither objects nor what the table says of itself.
changes() ->
    T = ets:new(scene_changed, [named_table, public, {heir, self(), [old]}]),
    true = ets:insert(T, [{n, 1, x}, {big, 1 bsl 70, [1, 2]} | objects(3)]),
    Other = spawn_link(?MODULE, wait, []),
    Long = lists:seq(1, 30),
    _ = [change(T, Change) || Change <- [
        fun() -> ets:update_counter(T, new, {2, 1}, {new, 2, Long}) end,
        fun() -> ets:update_counter(T, n, {2, 1 bsl 70}) end,
        fun() -> ets:update_counter(T, big, [{2, 1 bsl 80}, {2, 1}]) end,
        fun() -> ets:update_element(T, n, [{2, Long}, {3, "text"}]) end,
        fun() -> ets:insert(T, {big, Long, Long}) end,
        fun() -> ets:insert(T, [{new, Long}, {newer, Long}, {n, Long, Long}]) end,
        fun() -> ets:insert_new(T, [{newest, Long}, {last, Long}]) end,
        fun() -> ets:insert_new(T, [{I, I} || I <- lists:seq(1, 101)]) end,
        fun() -> ets:take(T, {key, 3}) end,
        fun() -> ets:setopts(T, [{heir, Other, Long}, {protection, protected}]) end,
        fun() -> ets:safe_fixtable(T, true) end,
        fun() -> ets:delete_all_objects(T) end,
        fun() -> ets:rename(T, T) end]],
    true = ets:insert(T, objects(3)),
    replaced(T, [{{{key, '$1'}, '$2', '_', '_'}, [], [{{{{key, '$1'}}, {{'$2', new}}, '$_'}}]}]),
    change(T, fun() -> ets:give_away(T, Other, Long) end),
    Other ! stop.

change(T, Change) ->
    Before = state(T),
    try Change() catch error:system_limit -> whole(state(T) =:= Before), error(system_limit) end.

state(T) ->
    {lists:sort(ets:select(T, [{'_', [], ['$_']}])), [{I, ets:info(T, I)} || I <- [size, owner, heir, protection, name, fixed]], ets:whereis(T)}.

%% Each object has been replaced or not.
replaced(T, Spec) ->
    try 3 = ets:select_replace(T, Spec)
    catch error:system_limit ->
        whole(lists:all(fun({{key, I}, I, _, [I]}) -> true; ({{key, I}, {I, new}, {{key, I}, I, _, [I]}}) -> true end,
                        ets:tab2list(T))),
        error(system_limit)
    end.

%% Half of something has happened: the test fails.
whole(true) -> true;
whole(false) -> halt(1).

selects() -> [selects(Type) || Type <- [set, ordered_set]].
selects(Type) ->
    T = ets:new(any, [Type]),
    true = ets:insert(T, objects(30)),
    Spec = [{{{key, '$1'}, '$2', '$3', '_'}, [{'orelse', {'<', '$1', 10}, {is_list, '$2'}}],
        [{{'$1', {const, [big, <<"const">>]}, '$$', #{k => '$3'}}}]}],
    9 = length(ets:select(T, Spec)),
    {[_, _], More} = ets:select(T, Spec, 2),
    {[_, _], _} = ets:select(More),
    30 = ets:select_count(T, [{'_', [], [true]}]),
    30 = length(ets:match(T, {'$1', '_', '$2', '_'})),
    Spec2 = [{{'$1', '$2', '_', '_'}, [{'>', '$2', 25}], [{{'$1', {{'$2', 5}}, '$_', x}}]}],
    5 = ets:select_replace(T, Spec2),
    5 = ets:select_delete(T, [{{{key, '$1'}, '_', '_', '_'}, [{'=<', '$1', 5}], [true]}]),
    [_ | _] = ets:match_spec_run([{1, 2}], ets:match_spec_compile([{'$1', [], ['$1']}])),
    _ = ets:foldl(fun(_, N) -> N + 1 end, 0, T),
    ets:delete(T).

transfers() ->
    P = spawn(?MODULE, wait, []),
    T = ets:new(any, [{heir, self(), {data, [1]}}]),
    true = ets:insert(T, objects(5)),
    true = ets:safe_fixtable(T, true),
    true = ets:give_away(T, P, {gift, [1, 2, 3]}),
    P ! stop,
    receive {'ETS-TRANSFER', T, P, {data, [1]}} -> ets:delete(T) after 5000 -> none end.

res() ->
    {match, [{2, 3}, {3, 1}]} = re:run("xxabcyy", "a(b)c"),
    {ok, Compiled} = re:compile("([a-z]+)(?<digits>[0-9]+)", [unicode, caseless]),
    {match, [[<<"ab12">>, <<"12">>], _]} = re:run(<<"ab12 CD34">>, Compiled, [global, {capture, [0, digits], binary}]),
    [_, _ | _] = re:split("a,b,c,d", ",", [{return, list}]),
    "a-b-c" = re:replace("a1b2c", "[0-9]", "-", [global, {return, list}]).

zlibs() ->
    Data = binary:copy(<<"compress me ">>, 50),
    Data = zlib:uncompress(zlib:compress(Data)),
    Data = zlib:gunzip(zlib:gzip(Data)),
    Z = zlib:open(),
    ok = zlib:deflateInit(Z),
    Deflated = iolist_to_binary([zlib:deflate(Z, Data), zlib:deflate(Z, Data, finish)]),
    ok = zlib:deflateEnd(Z),
    zlib:close(Z),
    <<Data:600/binary, _/binary>> = zlib:uncompress(Deflated),
    ok.

arrays() ->
    A = atomics:new(50, []),
    ok = atomics:put(A, 7, 1 bsl 40),
    1099511627777 = atomics:add_get(A, 7, 1),
    C = counters:new(50, [write_concurrency]),
    ok = counters:add(C, 3, 5),
    5 = counters:get(C, 3).

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
