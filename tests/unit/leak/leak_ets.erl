%% Storms of tables: whose owner dies, that are given away and inherited, that change under a walk.
-module(leak_ets).
-compile([export_all, nowarn_export_all]).

%% Takes what it is given, and frees it.
idle() ->
    process_flag(fullsweep_after, 5),
    await().

await() ->
    receive
        {'ETS-TRANSFER', Table, _, _} -> true = ets:delete(Table), await();
        _ -> await()
    end.

wait() -> receive stop -> ok end.

types() -> [set, bag, duplicate_bag, ordered_set].

%% Objects of every kind of term, some of them off-heap.
fill(Table) -> fill(Table, 8).
fill(Table, N) ->
    Big = binary:copy(<<"0123456789">>, 20),
    ets:insert(Table, [{{key, I}, Big, binary:part(Big, I, 70), [I, 1.5, 1 bsl 80], #{I => self()}, make_ref()}
        || I <- lists:seq(1, N)]),
    true = ets:insert(Table, {last, fun() -> Big end}).

ended(P) -> ended(P, monitor(process, P)).
ended(P, M) -> receive {'DOWN', M, process, P, Reason} -> Reason end.

%% Dies with tables of all types, fixed and half walked.
owner_dies(_, N) ->
    each(N, fun() ->
        {P, M} = spawn_monitor(?MODULE, owner, [self()]),
        Tables = receive {P, Made} -> Made end,
        4 = length([T || T <- Tables, ets:info(T, size) > 8]),
        exit(P, kill),
        killed = ended(P, M),
        [] = [T || T <- [leak_named | Tables], ets:info(T) =/= undefined],
        undefined = ets:whereis(leak_named)
    end).
owner(Parent) ->
    Tables = [ets:new(any, [Type, public]) || Type <- types()],
    _ = [fill(T) || T <- Tables],
    _ = ets:new(leak_named, [named_table, {heir, self(), unused}]),
    _ = [begin ets:safe_fixtable(T, true), ets:delete(T, {key, 3}), fill(T) end || T <- Tables],
    put(walk, [ets:select(T, [{'_', [], ['$_']}], 2) || T <- Tables]),
    Parent ! {self(), Tables},
    wait().

%% The name goes on to the next one, of another type.
name_again(_, N) ->
    each(N, fun() ->
        {P, M} = spawn_monitor(?MODULE, named, [self(), ordered_set]),
        receive {P, ready} -> ok end,
        {'EXIT', {badarg, _}} = (catch ets:new(leak_named, [named_table])),
        exit(P, kill),
        killed = ended(P, M),
        {'EXIT', {badarg, _}} = (catch ets:lookup(leak_named, a)),
        leak_named = ets:new(leak_named, [named_table, bag]),
        leak_other = ets:rename(leak_named, leak_other),
        leak_named = ets:new(leak_named, [named_table]),
        bag = ets:info(leak_other, type),
        true = ets:insert(leak_named, {a, 1}),
        true = ets:delete(leak_named),
        true = ets:delete(leak_other)
    end).
named(Parent, Type) ->
    _ = ets:new(leak_named, [named_table, Type]),
    fill(leak_named),
    Parent ! {self(), ready},
    wait().

%% From heir to heir; the last has none, and the table goes with it. An heir that died before is none.
heirs(_, N) ->
    each(N, fun() ->
        Self = self(),
        C = spawn(?MODULE, heir, [Self, none]),
        B = spawn(?MODULE, heir, [Self, C]),
        A = spawn(fun() ->
            T = ets:new(any, [{heir, B, {data, lists:seq(1, 10)}}]),
            fill(T),
            Self ! {self(), T}
        end),
        T = receive {A, Made} -> Made end,
        receive {B, has, T} -> ok end,
        B = ets:info(T, owner),
        9 = ets:info(T, size),
        exit(B, kill),
        receive {C, has, T} -> ok end,
        9 = ets:info(T, size),
        exit(C, kill),
        _ = ended(C),
        undefined = ets:info(T),
        D = spawn(fun() -> fill(ets:new(any, [{heir, C, late}])) end),
        _ = ended(D)
    end).
heir(Parent, Next) ->
    receive
        {'ETS-TRANSFER', T, _, {data, [1 | _]}} ->
            is_pid(Next) andalso ets:setopts(T, {heir, Next, {data, [1, 2]}}),
            Parent ! {self(), has, T},
            wait()
    end.

%% Given to one who lives, to one who never reads of it, and to one who is dead before it can.
give_away(S, N) ->
    each(N, fun() ->
        T = ets:new(any, []),
        fill(T),
        true = ets:give_away(T, S, {gift, [1, 2]}),
        {'EXIT', {badarg, _}} = (catch ets:insert(T, {a})),
        Unread = spawn(?MODULE, wait, []),
        U = ets:new(leak_given, [named_table]),
        fill(U),
        true = ets:give_away(U, Unread, {gift, binary:copy(<<"g">>, 100)}),
        Dying = spawn(?MODULE, wait, []),
        V = ets:new(any, []),
        fill(V),
        exit(Dying, kill),
        Given = (catch ets:give_away(V, Dying, {gift, [1]})) =:= true,
        _ = ended(Dying),
        true = Given orelse ets:delete(V),      % it may have been gone
        undefined = ets:info(V),
        {'EXIT', {badarg, _}} = (catch ets:give_away(ets:new(leak_kept, [named_table]), Dying, gift)),
        true = ets:delete(leak_kept),
        Unread ! stop,
        _ = ended(Unread),
        undefined = ets:info(leak_given)
    end).

%% Deleted object by object under a walk, by whoever fixed it and by others; then the table itself.
walks(_, N) -> [walks_of(Type, N div 4 + 1) || Type <- types()], ok.
walks_of(Type, N) ->
    each(N, fun() ->
        T = ets:new(any, [Type, public]),
        fill(T, 20),
        Fixer = spawn(?MODULE, fixer, [self(), T]),
        receive {Fixer, fixed} -> ok end,
        true = ets:safe_fixtable(T, true),
        true = ets:safe_fixtable(T, true),
        20 = delete_each(T, ets:first(T), 0) - 1,
        0 = ets:info(T, size),
        fill(T),
        {[_, _], More} = ets:select(T, [{'_', [], ['$_']}], 2),
        true = ets:delete_all_objects(T),
        '$end_of_table' = ets:select(More),
        true = ets:safe_fixtable(T, false),
        exit(Fixer, kill),
        _ = ended(Fixer),
        {_, [{Self, 1}]} = ets:info(T, safe_fixed),
        Self = self(),
        true = ets:safe_fixtable(T, false),
        false = ets:info(T, safe_fixed),
        fill(T),
        {_, Late} = ets:select(T, [{'_', [], ['$_']}], 2),
        true = ets:safe_fixtable(T, true),
        true = ets:delete(T),
        {'EXIT', {badarg, _}} = (catch ets:select(Late)),
        {'EXIT', {badarg, _}} = (catch ets:next(T, last)),
        {'EXIT', {badarg, _}} = (catch ets:safe_fixtable(T, false))
    end).
fixer(Parent, T) ->
    true = ets:safe_fixtable(T, true),
    put(place, ets:select(T, [{'_', [], ['$_']}], 3)),
    Parent ! {self(), fixed},
    wait().
delete_each(_, '$end_of_table', Count) -> Count;
delete_each(T, Key, Count) ->
    true = ets:delete(T, Key),
    delete_each(T, ets:next(T, Key), Count + 1).

%% Everything that changes objects; the table lives on.
changes(_, N) -> [changes_of(ets:new(any, [Type]), N div 4 + 1) || Type <- types()], ok.
changes_of(T, N) ->
    Counts = lists:member(ets:info(T, type), [set, ordered_set]),
    each(N, fun() ->
        fill(T),
        fill(T),
        Big = binary:copy(<<"new">>, 40),
        false = ets:insert_new(T, [{other, Big}, {last, Big}]),
        true = ets:insert_new(T, {other, Big, 1}),
        Counts andalso change_one(T, Big),
        [_ | _] = ets:take(T, {key, 1}),
        true = ets:match_delete(T, {{key, 2}, '_', '_', '_', '_', '_'}),
        _ = ets:select_delete(T, [{{{key, '$1'}, '_', '_', '_', '_', '_'}, [{'<', '$1', 5}], [true]}]),
        [_ | _] = ets:tab2list(T),
        true = ets:delete_object(T, {other, Big, 1}),
        true = ets:delete_all_objects(T)
    end).
change_one(T, Big) ->
    2 = ets:update_counter(T, other, {3, 1}),
    7 = ets:update_counter(T, counted, {2, 7}, {counted, 0, Big}),
    true = ets:update_element(T, other, [{2, <<Big/binary, Big/binary>>}, {3, 1}]),
    true = ets:update_element(T, other, {2, Big}),
    ets:select_replace(T, [{{{key, '$1'}, '$2', '_', '_', '_', '_'}, [{'>', '$1', 5}],
        [{{{{key, '$1'}}, '$2', '$2', '$1', Big, []}}]}]).

%% So many of one key that they are read and deleted in slices; who does it is killed meanwhile, or the table
%% goes away.
runs(_, N) ->
    each(N div 100 + 1, fun() ->
        [run_of(Do) || Do <- [fun(T) -> ets:lookup(T, k) end, fun(T) -> ets:lookup_element(T, k, 2) end,
            fun(T) -> ets:take(T, k) end, fun(T) -> ets:delete(T, k) end]]
    end).
run_of(Do) ->
    T = ets:new(any, [duplicate_bag, public]),
    Big = binary:copy(<<"run">>, 40),
    true = ets:insert(T, lists:duplicate(4500, {k, Big})),
    {P, M} = spawn_monitor(fun() -> Do(T) end),
    erlang:yield(),
    exit(P, kill),
    _ = ended(P, M),
    true = lists:member(length(ets:lookup(T, k)), [0, 4500]),
    true = ets:insert(T, lists:duplicate(4500, {k, Big})),
    {Q, R} = spawn_monitor(fun() -> catch Do(T) end),
    erlang:yield(),
    true = ets:delete(T),
    normal = ended(Q, R).

%% What is refused leaves nothing behind: no object, no fixation, no half of a table.
errors(_, N) ->
    T = ets:new(any, [ordered_set, {keypos, 2}]),
    each(N, fun() ->
        {'EXIT', {badarg, _}} = (catch ets:insert(T, [{a, 1}, {b, 2}, not_a_tuple])),
        {'EXIT', {badarg, _}} = (catch ets:insert_new(T, [{a, 1}, {too_short}])),
        {'EXIT', {badarg, _}} = (catch ets:select(T, [{{'$1', '_'}, [{no_such_guard, '$1'}], ['$_']}])),
        {'EXIT', {badarg, _}} = (catch ets:select_replace(filled_two(T), [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}])),
        {'EXIT', {badarg, _}} = (catch ets:new(any, [set, no_option])),
        {'EXIT', {badarg, _}} = (catch ets:new(any, [{heir, not_a_pid, lists:seq(1, 20)}])),
        {'EXIT', {badarg, _}} = (catch ets:update_counter(T, none, {3, 1}, {none, 1})),
        {'EXIT', {badarg, _}} = (catch ets:rename(T, <<"no name">>)),
        {'EXIT', _} = (catch ets:foldl(fun(_, _) -> exit(middle) end, 0, filled_two(T))),
        true = ets:delete_all_objects(T),
        false = ets:info(T, safe_fixed)
    end).
filled_two(T) -> true = ets:insert(T, [{1, a}, {2, b}]), T.

%% A 'DOWN', an 'EXIT', a closed alias are seen when the tables and the name of the dead are gone.
gone_before_down(_, N) ->
    process_flag(trap_exit, true),
    each(N, fun() ->
        {P, M} = spawn_monitor(?MODULE, holder, [self(), 40]),
        T = receive {P, Made} -> Made end,
        exit(P, kill),
        receive
            {'DOWN', M, process, P, killed} -> gone(T), receive {'EXIT', P, killed} -> ok end;
            {'EXIT', P, killed} -> gone(T), killed = ended(P, M)
        end
    end),
    %% So many objects that they are freed in more than one slice.
    {P, M} = spawn_monitor(?MODULE, holder, [self(), 20000]),
    T = receive {P, Made} -> Made end,
    exit(P, kill),
    receive {'EXIT', P, killed} -> gone(T) end,
    killed = ended(P, M),
    gone(T).
gone(T) ->
    undefined = ets:info(T),
    undefined = ets:whereis(leak_held),
    undefined = whereis(leak_holder),
    [] = [P || P <- processes(), process_info(P, registered_name) =:= {registered_name, leak_holder}].
holder(Parent, N) ->
    link(Parent),
    register(leak_holder, self()),
    T = ets:new(any, [public]),
    true = ets:insert(T, [{I, [I]} || I <- lists:seq(1, N)]),
    _ = ets:new(leak_held, [named_table, ordered_set]),
    true = ets:insert(leak_held, [{I} || I <- lists:seq(1, N)]),
    Parent ! {self(), T},
    wait().

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).
