%% Who has a table: heirs and their chain, tables given away, names used again, deaths in the midst of it.
-module(ets_owners).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    ?P(heir()), ?P(chain()), ?P(heir_dead()), ?P(heir_self()), ?P(gift()), ?P(gift_dead()), ?P(names()), ?P(fixed_owner()),
    ?P(down_after(set)), ?P(down_after(ordered_set)), ?P(deleted_by_other()), ?P(many()), ?P(link_order()),
    ok.

run(Fun) ->
    {Pid, Ref} = spawn_monitor(Fun),
    receive {'DOWN', Ref, process, Pid, Reason} -> Reason end.

failed(Fun) -> try Fun() catch Class:Reason -> {Class, Reason} end.

heir() ->
    Me = self(),
    run(fun() -> T = ets:new(t, [named_table, public, {heir, Me, {some, "data"}}]), ets:insert(T, {a, self() =:= ets:info(T, owner)}) end),
    %% the message is there before 'DOWN'
    Got = receive {'ETS-TRANSFER', t, From, Data} -> {is_pid(From), Data} after 0 -> none end,
    Result = {Got, ets:info(t, owner) =:= self(), ets:info(t, heir) =:= self(), ets:lookup(t, a)},
    ets:delete(t),
    Result.

%% Each heir dies in its turn and leaves the table to the next.
chain() ->
    Me = self(),
    Keep = fun Keep(0) -> receive {'ETS-TRANSFER', T, _, N} -> Me ! {last, T, N} end, receive stop -> ok end;
               Keep(N) -> Next = spawn(fun() -> Keep(N - 1) end),
                          receive {'ETS-TRANSFER', T, _, Was} -> ets:setopts(T, {heir, Next, Was + 1}), ets:insert(T, {N}) end
           end,
    First = spawn(fun() -> Keep(20) end),
    run(fun() -> ets:new(c, [public, named_table, {heir, First, 0}]) end),
    receive {last, T, N} -> R = {T, N, lists:sort(ets:tab2list(T))}, ets:delete(T), R end.

heir_dead() ->
    Dead = spawn(fun() -> ok end),
    run(fun() -> timer:sleep(1) end),
    run(fun() -> ets:new(d, [named_table, {heir, Dead, x}]) end),
    ets:whereis(d).

heir_self() -> run(fun() -> ets:new(s, [named_table, {heir, self(), x}]) end), ets:whereis(s).

gift() ->
    Me = self(),
    T = ets:new(g, [private]),
    ets:insert(T, [{N} || N <- lists:seq(1, 100)]),
    Pid = spawn(fun() -> receive {'ETS-TRANSFER', T, Me, D} -> receive go -> ok end, ets:insert(T, {D}), ets:give_away(T, Me, {back, ets:info(T, size)}) end end),
    ets:give_away(T, Pid, gift),
    Failed = failed(fun() -> ets:lookup(T, 1) end),
    Pid ! go,
    {Failed, receive {'ETS-TRANSFER', T, Pid, Back} -> Back end, ets:lookup(T, gift), ets:delete(T)}.

%% Given to a process that dies before it looks.
gift_dead() ->
    T = ets:new(g, [public]),
    {Pid, Ref} = spawn_monitor(fun() -> receive never -> ok end end),
    ets:give_away(T, Pid, x),
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, killed} -> {ets:info(T), failed(fun() -> ets:insert(T, {1}) end)} end.

names() ->
    [begin ets:new(n, [named_table]), ets:insert(n, {I}), X = ets:tab2list(n), ets:delete(n), X end || I <- [1, 2, 3]]
    ++ [begin ets:new(n, [named_table]), m = ets:rename(n, m), X = {ets:whereis(n), ets:info(m, name)}, ets:delete(m), X end]
    ++ [run(fun() -> ets:new(n, [named_table]) end) || _ <- [1, 2, 3]] ++ [ets:whereis(n)].

%% The owner dies while another one walks; the other's fixation goes with the table.
fixed_owner() ->
    Me = self(),
    Owner = spawn(fun() -> T = ets:new(f, [public]), ets:insert(T, [{N} || N <- lists:seq(1, 1000)]), Me ! T, receive stop -> ok end end),
    T = receive Table -> Table end,
    ets:safe_fixtable(T, true),
    [ets:delete(T, N) || N <- lists:seq(1, 1000, 2)],
    Ref = monitor(process, Owner),
    Owner ! stop,
    receive {'DOWN', Ref, process, Owner, normal} -> {failed(fun() -> ets:next(T, 2) end), ets:info(T), failed(fun() -> ets:safe_fixtable(T, false) end)} end.

%% A large table is gone when its owner's monitor speaks.
down_after(Type) ->
    {Pid, Ref} = spawn_monitor(fun() -> ets:new(big, [named_table, Type, public]), ets:insert(big, [{N, N} || N <- lists:seq(1, 12000)]), exit(done) end),
    receive {'DOWN', Ref, process, Pid, done} -> {ets:whereis(big), ets:new(big, [named_table]), ets:delete(big)} end.

deleted_by_other() ->
    T = ets:new(d, [public]),
    ets:insert(T, [{N} || N <- lists:seq(1, 10000)]),
    {run(fun() -> true = ets:delete(T) end), ets:info(T)}.

many() ->
    Before = length(ets:all()),
    Ts = [ets:new(m, [lists:nth(N rem 4 + 1, [set, bag, duplicate_bag, ordered_set])]) || N <- lists:seq(1, 1000)],
    [ets:insert(T, {N}) || {T, N} <- lists:zip(Ts, lists:seq(1, 1000))],
    During = length(ets:all()) - Before,
    [ets:delete(T) || T <- Ts],
    {During, length(ets:all()) - Before}.

%% A linked process sees the table gone, too.
link_order() ->
    process_flag(trap_exit, true),
    Pid = spawn_link(fun() -> ets:new(l, [named_table]), exit(bye) end),
    R = receive {'EXIT', Pid, Why} -> {Why, ets:whereis(l)} end,
    process_flag(trap_exit, false),
    R.
