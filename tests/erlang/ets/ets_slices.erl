%% Long calls on tables: others run meanwhile, and see all of it or nothing.
-module(ets_slices).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/ticking.hrl").

-define(MANY, 9000).

start() ->
    [types(Type) || Type <- [set, ordered_set, duplicate_bag]],
    [?P(ticks(Type)) || Type <- [set, bag, ordered_set]],
    [?P(together(Type)) || Type <- [set, ordered_set]],
    ?P(doomed()),
    ?P(killed()),
    ?P(renamed()),
    ?P(binaries()),
    ok.

types(Type) ->
    T = ets:new(t, [Type, public]),
    Objects = [{N, N} || N <- lists:seq(1, ?MANY)],
    ?P(watched(T, fun() -> ets:insert(T, Objects) end)),
    ?P(ets:insert_new(T, [{-1, 0} | Objects])),
    ?P(ets:insert_new(T, [{-N, N} || N <- lists:seq(1, ?MANY)])),
    ?P(ets:insert(T, Objects ++ [x])),
    ?P(ets:info(T, size)),
    ?P(ets:select_count(T, [{{'$1', '_'}, [{'>', '$1', 0}], [true]}])),
    ?P(ets:select_delete(T, [{{'$1', '_'}, [{'<', '$1', 0}], [true]}])),
    ?P(ets:select_replace(T, [{{'$1', '$2'}, [], [{{'$1', {'+', '$2', 1}}}]}])),
    ?P(lists:sum(ets:select(T, [{{'_', '$1'}, [], ['$1']}]))),
    ?P(length(ets:tab2list(T))),
    ets:safe_fixtable(T, true),
    [ets:delete(T, N) || N <- lists:seq(1, ?MANY)],
    ?P({ets:info(T, size), ets:first(T)}),
    ?P(ets:safe_fixtable(T, false)),
    ets:insert(T, Objects),
    ?P(watched(T, fun() -> ets:delete_all_objects(T) end)),
    ?P({ets:info(T, size), ets:tab2list(T)}),
    ets:insert(T, Objects),
    ?P(ets:delete(T)),
    ?P(ets:info(T)).

%% Another process looks at the size all the time: it is what it was, or what it will be.
watched(T, Fun) ->
    Me = self(),
    Before = ets:info(T, size),
    Pid = spawn_link(fun() -> watch(Me, T, []) end),
    receive ready -> ok end,
    Fun(),
    Pid ! stop,
    receive {seen, Sizes} -> lists:usort(Sizes) -- [Before, ets:info(T, size)] end.

watch(Me, T, []) -> Me ! ready, watch(Me, T, [ets:info(T, size)]);
watch(Me, T, Sizes) ->
    receive stop -> Me ! {seen, Sizes}
    after 0 -> watch(Me, T, [ets:info(T, size) | lists:sublist(Sizes, 3)])
    end.

%% Killed in the midst: the table is whole.
killed() ->
    T = ets:new(t, [public]),
    Objects = [{N, <<N:800>>} || N <- lists:seq(1, ?MANY)],
    [begin
         {Pid, Ref} = spawn_monitor(fun() -> ets:insert(T, Objects) end),
         erlang:yield(),
         exit(Pid, kill),
         receive {'DOWN', Ref, process, Pid, _} -> ok end,
         Size = ets:info(T, size),
         true = Size =:= 0 orelse Size =:= ?MANY,
         ets:delete_all_objects(T)
     end || _ <- [1, 2]],
    ets:delete(T).

%% A process that does not touch the table runs on meanwhile: it gets a turn for each few thousand objects,
%% when they are copied and again when they are put.
ticks(Type) ->
    T = ets:new(t, [Type, public]),
    Objects = [{N, N} || N <- lists:seq(1, 30000)],
    Put = ticking(fun() -> true = ets:insert(T, Objects) end),
    New = ticking(fun() -> false = ets:insert_new(T, [{-N, N} || N <- lists:seq(1, 30000)] ++ [{30000, 1}]) end),
    30000 = ets:info(T, size),
    ets:safe_fixtable(T, true),
    [ets:delete(T, N) || N <- [1, 100, 30000]],
    Clear = ticking(fun() -> true = ets:delete_all_objects(T) end),
    {is_otp() orelse lists:min([Put, New, 2 * Clear]) >= 10, ets:info(T, size), ets:member(T, 7), ets:delete(T)}.

%% Many at one table, whose lists share keys: one of those that want new ones wins, all of its objects are
%% there, and none of another's.
together(Type) ->
    T = ets:new(t, [Type, public]),
    Me = self(),
    [spawn_link(fun() ->
         Me ! {done, ets:insert_new(T, [{N * I, I} || N <- lists:seq(1, ?MANY)] ++ [{common, I}])}
     end) || I <- [1, 2, 3, 5]],
    Won = [receive {done, W} -> W end || _ <- [1, 2, 3, 5]],
    I = ets:lookup_element(T, common, 2),
    {lists:sort(Won), ets:info(T, size), lists:usort([J || {_, J} <- ets:tab2list(T)]) =:= [I]}.

%% The table goes away in the midst.
doomed() ->
    [begin
         T = ets:new(t, [public]),
         Objects = [{N, N} || N <- lists:seq(1, ?MANY)],
         {_, Ref} = spawn_monitor(fun() -> exit(catch ets:insert(T, Objects)) end),
         [erlang:yield() || _ <- lists:seq(1, Yields)],
         true = ets:delete(T),
         receive
             {'DOWN', Ref, process, _, true} -> ok;
             {'DOWN', Ref, process, _, {'EXIT', {badarg, _}}} -> ok
         end
     end || Yields <- [0, 1, 2, 3, 4, 5, 6, 7]].

%% A walk goes on with its table whatever becomes of the name.
renamed() ->
    n = ets:new(n, [named_table, public]),
    ets:insert(n, [{N} || N <- lists:seq(1, ?MANY)]),
    Me = self(),
    Pid = spawn_link(fun() -> Me ! {all, length(ets:select(n, [{{'$1'}, [{'>', '$1', 0}], ['$1']}]))} end),
    receive {all, Count} -> ok end,
    unlink(Pid),
    ets:delete(n),
    Count.

binaries() ->
    T = ets:new(t, [private]),
    Large = binary:copy(<<"x">>, 1000),
    ets:insert(T, [{1, Large}, {2, small}, {3, [Large, <<"short">>]}]),
    L = [element(2, B) || B <- ets:info(T, binary)],
    ets:delete(T),
    {length(L), lists:usort(L)}.
