%% Many objects of one key: what reads or deletes them all is one point in time, and others run meanwhile.
-module(ets_runs).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/ticking.hrl").

-define(MANY, 30000).

start() ->
    [?P(results(Type, N)) || {Type, N} <- [{bag, 2500}, {duplicate_bag, ?MANY}]],
    ?P(fixed()),
    ?P(whole()),
    ?P(takers()),
    ?P(killed()),
    ?P(gone()),
    ?P(halves()),
    ?P(ticks()),
    ok.

%% Neighbours in the same bucket, and a short run, stay what they are.
table(Type, N) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{I, x} || I <- lists:seq(1, 200)]),
    [ets:insert(T, {k, I, <<I:32>>}) || I <- lists:seq(1, N)],
    ets:insert(T, [{short, 1}, {short, 2}]),
    T.

results(Type, N) ->
    T = table(Type, N),
    Numbers = lists:seq(1, N),
    Objects = [{k, I, <<I:32>>} || I <- Numbers],
    A = {ets:lookup(T, k) =:= Objects, ets:lookup_element(T, k, 2) =:= Numbers,
         ets:lookup_element(T, k, 1) =:= [k || _ <- Numbers], catch_class(fun() -> ets:lookup_element(T, k, 4) end)},
    ets:insert(T, {k, last}),
    B = {catch_class(fun() -> ets:lookup_element(T, k, 3) end), length(ets:lookup_element(T, k, 2)), ets:info(T, size)},
    C = {ets:take(T, k) =:= Objects ++ [{k, last}], ets:lookup(T, k), ets:info(T, size), ets:take(T, k)},
    [ets:insert(T, O) || O <- Objects],
    D = {ets:delete(T, k), ets:member(T, k), ets:info(T, size), lists:sum([I || {I, x} <- ets:tab2list(T)]),
         lists:sort(ets:lookup(T, short))},
    ets:delete(T),
    {A, B, C, D}.

catch_class(Fun) -> try Fun() catch C:R -> {C, R} end.

%% A walk finds its place again though the key it stands at goes.
fixed() ->
    T = table(duplicate_bag, ?MANY),
    ets:safe_fixtable(T, true),
    Before = lists:sort(keys(T, ets:first(T))),
    true = ets:delete(T, k),
    After = {ets:info(T, size), ets:member(T, k), lists:sort(keys(T, ets:first(T))) =:= Before -- [k], is_key(catch ets:next(T, k))},
    ets:insert(T, {k, new}),
    Again = {ets:lookup(T, k), ets:info(T, size)},
    ets:safe_fixtable(T, false),
    {After, Again, ets:lookup(T, k), ets:info(T, size), ets:delete(T)}.

is_key({'EXIT', _}) -> false;
is_key(_) -> true.

keys(_, '$end_of_table') -> [];
keys(T, Key) -> [Key | keys(T, ets:next(T, Key))].

%% One process puts all and deletes all again; whoever looks sees all or nothing.
whole() ->
    T = ets:new(t, [duplicate_bag, public]),
    Objects = [{k, I} || I <- lists:seq(1, ?MANY)],
    Me = self(),
    {Writer, Ref} = spawn_monitor(fun() -> [begin ets:insert(T, Objects), ets:delete(T, k) end || _ <- lists:seq(1, 10)] end),
    [spawn_link(fun() -> Me ! {seen, look(T, Writer, [])} end) || _ <- [1, 2]],
    receive {'DOWN', Ref, process, Writer, Reason} -> normal = Reason end,
    Seen = lists:append([receive {seen, Sizes} -> Sizes end || _ <- [1, 2]]),
    {lists:usort(Seen) -- [0, ?MANY], ets:info(T, size), ets:delete(T)}.

look(T, Writer, Sizes) ->
    Size = length(ets:lookup(T, k)),
    case is_process_alive(Writer) of
        true -> erlang:yield(), look(T, Writer, [Size, ets:info(T, size) | Sizes]);
        false -> [Size | Sizes]
    end.

%% Of those that take one gets all.
takers() ->
    T = table(duplicate_bag, ?MANY),
    Me = self(),
    [spawn_link(fun() -> Me ! {taken, length(ets:take(T, k))} end) || _ <- [1, 2, 3]],
    Taken = [receive {taken, N} -> N end || _ <- [1, 2, 3]],
    {lists:sort(Taken), ets:info(T, size), ets:delete(T)}.

%% Killed in the midst of it: all is there, or nothing.
killed() ->
    [begin
         T = table(duplicate_bag, ?MANY),
         {Pid, Ref} = spawn_monitor(fun() -> Do(T) end),
         erlang:yield(),
         exit(Pid, kill),
         receive {'DOWN', Ref, process, Pid, _} -> ok end,
         Size = length(ets:lookup(T, k)),
         {Size =:= 0 orelse Size =:= ?MANY, ets:info(T, size) - Size, ets:delete(T)}
     end || Do <- [fun(T) -> ets:lookup(T, k) end, fun(T) -> ets:take(T, k) end, fun(T) -> ets:delete(T, k) end]].

%% The table goes away in the midst of it: the lookup was before that, or fails.
gone() ->
    T = table(duplicate_bag, ?MANY),
    Me = self(),
    spawn_link(fun() -> Me ! {looked, try length(ets:lookup(T, k)) catch error:badarg -> ?MANY end} end),
    erlang:yield(),
    {ets:delete(T), receive {looked, N} -> N end, ets:info(T)}.

%% Every second one goes, or becomes another.
halves() ->
    T = table(duplicate_bag, 3 * ?MANY),
    Odd = fun(Mask) -> [{{k, '$1', '_'}, [{'=:=', {'band', '$1', Mask}, 0}], [true]}] end,
    R = [ets:select_delete(T, Odd(1)), ets:select_replace(T, [{{k, '$1', '_'}, [], [{{k, {'+', '$1', 1}, x}}]}]),
         ets:select_delete(T, Odd(2)), ets:info(T, size), lists:sum([I || {k, I, x} <- ets:lookup(T, k)]), ets:safe_fixtable(T, true),
         ets:select_delete(T, Odd(4)), ets:info(T, size), ets:safe_fixtable(T, false), length(ets:lookup(T, k))],
    ets:delete(T),
    R.

%% A process that does not touch the table gets a turn for each few thousand objects.
ticks() ->
    T = table(duplicate_bag, ?MANY),
    Counts = [ticking(Fun) || Fun <- [fun() -> ets:lookup(T, k) end, fun() -> ets:lookup_element(T, k, 2) end,
                                      fun() -> ets:take(T, k) end]],
    [ets:insert(T, {k, I}) || I <- lists:seq(1, ?MANY)],
    Delete = ticking(fun() -> ets:delete(T, k) end),
    Least = lists:min([Delete | Counts]),
    {is_otp() orelse Least >= 5 orelse [Delete | Counts], ets:delete(T)}.
