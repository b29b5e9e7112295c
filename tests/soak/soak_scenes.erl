%% What a round of the soak is made of. round/3 runs parts drawn from a seed, some beside each other; each
%% checks what it computed. While memory may run out a part may fail; else its failure halts the machine.
-module(soak_scenes).
-export([prepare/1, round/3, collect/0, part/3]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, start_worker/1]).

-define(PARTS, {society, storm, maps, bigints, binaries, external, exceptions, texts, tables, terms,
                reload, supervisor, sorting, list_without_end, large_reasons, hibernation}).
-define(MAIL, [dead_mailbox, to_the_dead, unread, receive_after, time_out_against_end, timers,
               timers_of_the_dead, binaries_of_the_dead, appends, dictionaries, hibernation, natives,
               exceptions, heap_limits]).
-define(LINKS, [spawn_link_idle, spawn_opt_link, spawn_link_at_once, link_from_short_lived, link_twice,
                link_to_dead, unlink_and_link, link_to_dying, killed_at_birth, chain, both_at_once, hub,
                exit_signals]).
-define(MONITORS, [spawn_monitor_received, watcher_first, down_not_received, noproc, monitor_dying,
                   spawn_opt_both, spawn_undefined, demonitor_in_flight, demonitor_forms, by_name, names,
                   aliases, alias_owner_dies, tags, spawn_requests, suspensions]).

%% Everything once, so that what is loaded, and every atom, is there before the first round. Survivors of
%% the storms of tests/unit/leak live as long as the machine.
prepare(Beam) ->
    persistent_term:put(soak_beam, Beam),
    [register(Name, spawn(Module, idle, []))
     || {Name, Module} <- [{soak_links, leak_links}, {soak_monitors, leak_monitors}, {soak_mail, leak_mail}]],
    [await([start_part(element(I, ?PARTS), 7, sound)], 0, sound) || I <- lists:seq(1, tuple_size(?PARTS))],
    [storm(Module, Function, Name, 2)
     || {Name, Module, Functions} <- storms(), Function <- Functions],
    ok.

%% Every process gives back what it does not need; what a part that failed has left to everybody goes.
collect() ->
    [persistent_term:erase({soak, I}) || I <- lists:seq(0, 4)],
    [[erlang:garbage_collect(P) || P <- processes()] || _ <- [1, 2]],
    ok.

%% Mode: sound, when nothing may fail; failing, when allocations do; tight, when there is little memory.
round(Seed, Parts, Mode) ->
    process_flag(trap_exit, true),
    parts(soak_random:new(Seed), Parts, Mode, []).

parts(_, 0, Mode, Running) -> await(Running, 0, Mode);
parts(Random, Count, Mode, Running) ->
    {I, Random1} = soak_random:draw(Random, tuple_size(?PARTS)),
    {Seed, Random2} = soak_random:draw(Random1, 1000000),
    {Beside, Random3} = soak_random:draw(Random2, 4),
    Part = element(I + 1, ?PARTS),
    Ref = start_part(Part, Seed, Mode),
    parts(Random3, Count - 1, Mode, await([Ref | Running], Beside, Mode)).

start_part(Part, Seed, Mode) ->
    try element(2, spawn_monitor(?MODULE, part, [Part, Seed, Mode]))
    catch error:system_limit when Mode =/= sound -> none
    end.

%% Until no more than Beside parts run.
await(Running, Beside, Mode) when length(Running) > Beside ->
    receive
        {'DOWN', Ref, process, _, Reason} ->
            ok = judge(Reason, Mode),
            await(lists:delete(Ref, Running), Beside, Mode);
        _ -> await(Running, Beside, Mode)
    after 3600000 ->
        failed({still_running, [process_info(P, [current_stacktrace, messages, dictionary])
                                || P <- processes(), process_info(P, initial_call) =:= {initial_call, {?MODULE, part, 3}}]}, Mode),
        []
    end;
await(Running, _, _) -> Running.

judge(normal, _) -> ok;
judge(Reason, Mode) -> failed(Reason, Mode).

failed(Reason, sound) ->
    erlang:display(Reason),
    halt(1);
failed(_, _) -> ok.

%% ---- the parts ---------------------------------------------------------------------------------

part(society, Seed, _) -> soak_society:run(Seed, 24, 60 + Seed rem 100);
part(storm, Seed, sound) ->
    is_alone() andalso storm(Seed),
    ok;
part(storm, _, _) -> ok;
part(maps, Seed, _) ->
    Keys = [(Seed * I) rem 997 || I <- lists:seq(1, 20 + Seed rem 400)],
    Map = lists:foldl(fun(K, M) -> M#{K => {K, [K]}, {K} => K} end, #{}, Keys),
    Unique = lists:usort(Keys),
    true = map_size(Map) =:= 2 * length(Unique),
    Left = maps:without([{K} || K <- Keys], Map),
    Unique = lists:sort(maps:keys(Left)),
    true = Left =:= maps:from_list([{K, {K, [K]}} || K <- Unique]),
    Sum = maps:fold(fun(K, {K, [K]}, Acc) -> Acc + K end, 0, Left),
    Sum = lists:sum(Unique),
    ok;
part(bigints, Seed, _) ->
    A = (1 bsl (100 + Seed rem 3000)) + Seed * 7919,
    B = (Seed + 3) * ((1 bsl (64 + Seed rem 500)) - 1),
    P = A * B,
    {A, 0} = {P div B, P rem B},
    P = list_to_integer(integer_to_list(P)),
    P = binary_to_integer(integer_to_binary(P, 16), 16),
    ok;
part(binaries, Seed, _) ->
    N = 10 + Seed rem 300,
    Text = append(<<>>, N),
    Text = iolist_to_binary([<<I:24, (I rem 8):8>> || I <- lists:seq(N, 1, -1)]),
    Holders = [spawn_link(fun() -> receive {part, B} -> B end end) || _ <- [1, 2, 3]],
    [H ! {part, binary:part(Text, 0, byte_size(Text) div 2)} || H <- Holders],
    N = length(bits(Text, [])),
    ok;
part(external, Seed, _) ->
    Term = {lists:seq(1, Seed rem 200), #{a => 1.5, <<"key">> => [x]}, self(), make_ref(),
            fun ?MODULE:part/3, 1 bsl (Seed rem 900), binary:copy(<<"y">>, Seed rem 300)},
    Term = binary_to_term(term_to_binary(Term)),
    Term = binary_to_term(term_to_binary(Term, [compressed])),
    ok;
part(exceptions, Seed, _) ->
    {'EXIT', {{badmatch, _}, [_ | _]}} = (catch 1 = deep(Seed rem 300, [])),
    caught = try deep(Seed rem 200, throw) catch throw:{deep, Seed1} when is_integer(Seed1) -> caught end,
    after_it = try try error(inside) after put(soak, after_it) end catch error:inside -> erase(soak) end,
    ok;
part(texts, Seed, _) ->
    Text = unicode:characters_to_binary([1000 + (Seed + I) rem 1000 || I <- lists:seq(1, 100)]),
    100 = length(unicode:characters_to_list(Text)),
    Line = iolist_to_binary(lists:join(",", [integer_to_list(I) || I <- lists:seq(1, 1 + Seed rem 100)])),
    true = length(binary:split(Line, <<",">>, [global])) =:= 1 + Seed rem 100,
    _ = [expression(Line, Seed) || erlang:function_exported(re, run, 3)],
    ok;
part(tables, Seed, _) ->
    Heir = spawn_link(fun heir/0),
    {Pid, Ref} = spawn_monitor(fun() -> table(Seed, Heir) end),
    receive {'DOWN', Ref, process, Pid, Reason} -> normal = Reason end,
    Heir ! {done, self(), Done = make_ref()},
    receive {Done, Count} -> Count = 50 + Seed rem 100, ok end;
part(terms, Seed, _) ->
    Key = {soak, Seed rem 5},
    persistent_term:put(Key, {Seed, lists:seq(1, Seed rem 50), binary:copy(<<"t">>, 200)}),
    Holders = [spawn_link(fun() -> holder(persistent_term:get(Key, none)) end) || _ <- [1, 2]],
    persistent_term:put(Key, {Seed, again}),
    _ = persistent_term:erase(Key),
    [H ! stop || H <- Holders],
    ok;
part(reload, _, sound) ->
    is_alone() andalso reload(),
    ok;
part(reload, _, _) -> ok;
part(supervisor, Seed, _) ->
    process_flag(trap_exit, true),
    case supervisor:start_link(?MODULE, {supervisor, Seed rem 4}) of
        {ok, Supervisor} -> supervised(Supervisor);
        {error, _} -> ok
    end;
part(sorting, Seed, _) ->
    List = [(Seed * I) rem 1009 || I <- lists:seq(1, 500)],
    Sorted = lists:sort(List),
    Sorted = lists:reverse(lists:sort(fun(A, B) -> A >= B end, List)),
    [] = List -- Sorted,
    ok;
part(list_without_end, _, tight) ->
    {Pid, Ref} = spawn_monitor(fun() -> without_end([]) end),
    receive {'DOWN', Ref, process, Pid, _} -> ok end;
part(list_without_end, _, _) -> ok;
part(large_reasons, Seed, _) ->
    process_flag(trap_exit, true),
    Reason = {large, lists:duplicate(Seed rem 60, self()), binary:copy(<<"r">>, 150)},
    Pids = [spawn_link(fun() -> receive go -> exit(Reason) end end) || _ <- [1, 2, 3, 4, 5]],
    [P ! go || P <- Pids],
    [receive {'EXIT', P, R} -> true = R =:= Reason end || P <- Pids],
    ok;
part(hibernation, _, _) ->
    Kept = lists:seq(1, 100),
    Pid = spawn_link(fun() -> proc_lib:hibernate(erlang, apply, [fun(K) -> receive {ask, F} -> F ! {kept, K} end end, [Kept]]) end),
    receive after 1 -> ok end,
    Pid ! {ask, self()},
    receive {kept, Kept} -> ok end.

storms() ->
    [{soak_links, leak_links, ?LINKS}, {soak_monitors, leak_monitors, ?MONITORS}, {soak_mail, leak_mail, ?MAIL}].

storm(Seed) ->
    {Name, Module, Functions} = lists:nth(1 + Seed rem 3, storms()),
    storm(Module, lists:nth(1 + Seed rem length(Functions), Functions), Name, 10 + Seed rem 50).

storm(Module, Function, Survivor, Times) ->
    case whereis(Survivor) of
        undefined -> ok;
        Pid -> leak_storm:run(Module, Function, Pid, Times), ok
    end.

append(B, 0) -> B;
append(B, N) -> append(<<B/binary, N:24, (N rem 8):8>>, N - 1).

bits(<<_:29, _:3, Rest/binary>>, Acc) -> bits(Rest, [byte_size(Rest) | Acc]);
bits(<<>>, Acc) -> Acc.

deep(0, throw) -> throw({deep, 1});
deep(0, T) -> {T};
deep(N, T) -> case deep(N - 1, T) of {X} -> {[N | X]} end.

expression(Line, Seed) ->
    {match, [_, Last]} = re:run(Line, "(?:.*,|^)([0-9]+)$", [{capture, all, binary}]),
    true = binary_to_integer(Last) =:= 1 + Seed rem 100,
    re:replace(Line, "[13579]", "<&>", [global, {return, binary}]).

heir() -> heir(0).
heir(Count) ->
    receive
        {'ETS-TRANSFER', Table, _, Rows} ->
            Rows = ets:info(Table, size),
            [{_, <<"row", _/binary>>} | _] = ets:lookup(Table, ets:first(Table)),
            ets:delete(Table),
            heir(Count + Rows);
        {done, From, Ref} -> From ! {Ref, Count}
    end.

table(Seed, Heir) ->
    Rows = 50 + Seed rem 100,
    Table = ets:new(soak_table, [element(1 + Seed rem 2, {set, ordered_set}), {heir, Heir, Rows}]),
    ets:insert(Table, [{I, <<"row", I:512>>} || I <- lists:seq(1, 2 * Rows)]),
    ets:safe_fixtable(Table, true),
    true = Rows =:= ets:select_delete(Table, [{{'$1', '_'}, [{'>', '$1', Rows}], [true]}]),
    true = Rows =:= length(ets:select(Table, [{{'$1', '_'}, [], ['$1']}])),
    ets:safe_fixtable(Table, false),
    ok.

%% The first of those that do what only one can do at a time.
is_alone() ->
    try register(soak_alone, self())
    catch error:badarg -> false
    end.

reload() ->
    Keeper = spawn(leak_reload, keeper, []),
    erlang:yield(),
    leak_reload:run(persistent_term:get(soak_beam), Keeper, 1),
    exit(Keeper, kill).

holder(Term) -> receive stop -> Term after 1000 -> Term end.

without_end(L) -> without_end([{<<"growing">>, self()} | L]).

%% ---- a supervisor and its workers ------------------------------------------------------------------

supervised(Supervisor) ->
    Children = [P || {_, P, _, _} <- supervisor:which_children(Supervisor), is_pid(P)],
    [(catch gen_server:call(P, ping)) || P <- Children],
    [exit(P, kill) || P <- Children],
    [(catch gen_server:call(P, {stop, 1})) || {_, P, _, _} <- supervisor:which_children(Supervisor), is_pid(P)],
    unlink(Supervisor),
    Ref = monitor(process, Supervisor),
    exit(Supervisor, shutdown),
    receive {'DOWN', Ref, process, _, _} -> ok end.

start_worker(N) -> gen_server:start_link(?MODULE, {worker, N}, []).

init({supervisor, Strategy}) ->
    Flags = #{strategy => element(Strategy + 1, {one_for_one, one_for_all, rest_for_one, one_for_one}),
              intensity => 100, period => 1},
    {ok, {Flags, [#{id => I, start => {?MODULE, start_worker, [I]}} || I <- [1, 2, 3]]}};
init({worker, N}) -> {ok, {N, lists:seq(1, 30)}}.

handle_call(ping, _, State) -> {reply, pong, State};
handle_call({stop, _}, _, State) -> {stop, {shutdown, asked}, ok, State}.
handle_cast(_, State) -> {noreply, State}.
handle_info(_, State) -> {noreply, State}.
terminate(_, _) -> ok.
