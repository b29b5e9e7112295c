%% What the tests of tests/embed run.
-module(embed_host).
-export([collect/1, sleep/0, wait/0, spin/0, eat/0, add/2, links/0, storm/1, tables/1, full/1, twice/1, version/0]).

%% Ends with all_of_them when Count whole messages have come.
collect(0) -> exit(all_of_them);
collect(Count) ->
    receive
        {I, Text, [I, J], 1.5, Big} when J =:= I + 1, byte_size(Text) =:= I rem 200,
                                         Big =:= (1 bsl 63) - 1 - I ->
            collect(Count - 1)
    end.

sleep() -> receive after 50 -> ok end.

wait() -> receive stop -> ok end.

spin() -> spin().

eat() -> eat([]).

eat(L) -> eat([L, L | {L, binary:copy(<<0>>, 1000)}]).

add(A, B) -> A + B.

links() -> {links, Links} = process_info(self(), links), length(Links).

%% Many processes that are linked to, watched and killed at once; all have gone when it ends.
storm(Count) ->
    process_flag(trap_exit, true),
    Pids = [spawn_link(fun() -> receive _ when I rem 3 =:= 0 -> exit(bye); _ -> ok end end)
            || I <- to(Count, [])],
    Monitors = [erlang:monitor(process, P) || P <- Pids],
    [P ! {go, to(10, []), <<0:1000>>} || P <- Pids],
    [exit(P, kill) || P <- Pids],
    [receive {'DOWN', M, process, _, _} -> ok end || M <- Monitors],
    [receive {'EXIT', P, _} -> ok end || P <- Pids],
    Count.

%% Count processes at one table; each has two of its own, and a name that all want. A third is killed at it,
%% what a third leaves goes to an heir, who ends with it.
tables(Count) ->
    T = ets:new(t, [public]),
    Walked = ets:new(t, [public, bag]),
    Heir = spawn(fun() -> receive stop -> ok end end),
    Workers = [spawn_monitor(fun() -> table_worker(I, T, Walked, Heir) end) || I <- to(Count, [])],
    [exit(P, kill) || {N, {P, _}} <- number(Workers, 0), N rem 3 =:= 0],
    [receive {'DOWN', M, process, _, _} -> ok end || {_, M} <- Workers],
    Gone = erlang:monitor(process, Heir),
    Heir ! stop,
    receive {'DOWN', Gone, process, _, _} -> ok end,
    true = ets:update_counter(T, n, 0) >= Count div 3,
    ets:delete(T),
    ets:delete(Walked),
    Count.

table_worker(I, T, Walked, Heir) ->
    Own = ets:new(own, [ordered_set]),
    Left = ets:new(left, [public | [{heir, Heir, I} || I rem 3 =:= 1]]),
    _ = (catch ets:new(wanted, [named_table, public])),
    _ = (catch ets:insert(wanted, {I, <<0:800>>})),
    [begin
         ets:insert(Own, {N, <<N:800>>}),
         ets:insert(Walked, [{N rem 7, I, <<N:800>>}, {N}]),
         ets:update_counter(T, n, 1, {n, 0}),
         ets:insert(T, {N, {I, <<I:1000>>}}),
         _ = ets:lookup(T, N + 1),
         _ = ets:take(T, N - 1)
     end || N <- to(20, [])],
    ets:insert(Left, ets:lookup(Own, 3)),
    true = ets:safe_fixtable(Walked, true),
    _ = ets:select(Walked, [{{3, '_', '$1'}, [], ['$1']}]),
    ets:delete(Walked, I rem 7),
    _ = ets:select_count(Walked, [{{'_'}, [], [true]}]),
    ets:delete(Own).

%% Eight make processes until no more may be: all of them are told so, there are never more than may be, and
%% who has seen one end, Turns times over, may make another: its place is free before that is told.
full(Turns) ->
    Limit = erlang:system_info(process_limit),
    Me = self(),
    Makers = [spawn_monitor(fun() -> receive go -> fill(Me, Turns, []) end end) || _ <- to(8, [])],
    Others = length(processes()),
    [P ! go || {P, _} <- Makers],
    Made = full(Makers, Limit),
    Limit = length(processes()),
    Limit = erlang:system_info(process_count),
    Limit = Made + Others,
    [P ! turn || {P, _} <- Makers],
    _ = full(Makers, Limit),
    Limit = length(processes()),
    [P ! stop || {P, _} <- Makers],
    [receive {'DOWN', M, process, _, normal} -> ok end || {_, M} <- Makers],
    Turns.

full([], _) -> 0;
full([{P, _} | Makers] = All, Limit) ->
    true = length(processes()) =< Limit,
    receive {P, full, Count} -> Count + full(Makers, Limit) after 0 -> full(All, Limit) end.

fill(Me, Turns, Pids) ->
    try spawn(fun wait/0) of
        P -> fill(Me, Turns, [P | Pids])
    catch
        error:system_limit ->
            Me ! {self(), full, length(Pids)},
            receive turn -> ok end,
            Others = turn(Turns, Pids),
            Me ! {self(), full, length(Others)},
            receive stop -> ok end,
            [ended(P) || P <- Others]
    end.

turn(0, Pids) -> Pids;
turn(_, []) -> [];
turn(N, [P | Pids]) ->
    ended(P),
    turn(N - 1, Pids ++ [spawn(fun wait/0)]).

ended(P) ->
    M = erlang:monitor(process, P),
    P ! stop,
    receive {'DOWN', M, process, P, normal} -> ok end.

number([], _) -> [];
number([X | L], N) -> [{N, X} | number(L, N + 1)].

to(0, L) -> L;
to(N, L) -> to(N - 1, [N | L]).

%% Natives of the host in two versions of a module.
twice(_) -> erlang:nif_error(not_loaded).

version() -> 1.
