%% Tables that many processes use at once, from several schedulers: counters whose sums are exact, lists that are
%% put whole or not, walks beside writers, names that only one gets, owners that end, heirs and gifts.
-module(tables).
-export([start/0]).

-define(WORKERS, 6).

start() ->
    Before = length(ets:all()),
    Types = [set, ordered_set, bag, duplicate_bag],
    [{counters, [{T, counters(T)} || T <- [set, ordered_set]]},
     {crowds, [{T, crowds(T)} || T <- [set, ordered_set]]},
     {whole_lists, [{T, whole_lists(T)} || T <- [set, ordered_set]]},
     {insert_new, insert_new()},
     {takes, [{T, takes(T)} || T <- Types]},
     {long_keys, [{T, long_keys(T)} || T <- [bag, duplicate_bag]]},
     {walks, [{T, walks(T)} || T <- Types]},
     {selects, [{T, selects(T)} || T <- Types]},
     {names, names()},
     {renames, renames()},
     {owners, owners()},
     {heirs, heirs()},
     {gifts, gifts()},
     {binaries, binaries()},
     {specs, specs()},
     {left, settled(Before, 2000)}].

%% All of Jobs at once: what each gives, in their order.
together(Jobs) ->
    Me = self(),
    Pids = [spawn_monitor(fun() -> receive go -> Me ! {self(), Job()} end end) || Job <- Jobs],
    [P ! go || {P, _} <- Pids],
    [receive
         {P, Result} -> receive {'DOWN', M, _, _, normal} -> Result end;
         {'DOWN', M, _, _, Reason} -> {failed, Reason}
     end || {P, M} <- Pids].

workers(Job) ->
    together([fun() -> Job(K) end || K <- lists:seq(1, ?WORKERS)]).

repeat(0, _) -> ok;
repeat(N, Job) -> Job(N), repeat(N - 1, Job).

counters(Type) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{K, 0, 0} || K <- lists:seq(1, 5)]),
    Times = 600,
    Done = workers(fun(K) ->
        repeat(Times, fun(N) ->
            ets:update_counter(T, N rem 5 + 1, 1),
            ets:update_counter(T, 1, [{2, 0}, {3, 1 bsl 70}]),
            ets:update_counter(T, {K, N rem 7}, {2, 2}, {x, 0}),
            [_] = ets:lookup(T, N rem 5 + 1),
            true = ets:member(T, 3)
        end)
    end),
    Sum = lists:sum([C || {K, C, _} <- ets:tab2list(T), is_integer(K)]),
    Own = lists:sum([C || {{_, _}, C} <- ets:tab2list(T)]),
    Result = {lists:usort(Done), Sum, Own, ets:lookup_element(T, 1, 3) bsr 70, ets:info(T, size)},
    ets:delete(T),
    Result.

%% Single elements that are changed and read by all at once. In c the second never falls behind the third, at any
%% time that anybody sees; what one alone puts in p grows; what a guard let through is what is given; none is lost
%% when the counters grow out of a word or the table grows.
crowds(Type) ->
    T = ets:new(t, [Type, public]),
    Start = (1 bsl 59) - 12000,
    ets:insert(T, [{c, 0, 0}, {p, 0}, {big, Start}, {even, 0, lists:seq(1, 2000)} | [{K, 0} || K <- lists:seq(1, 20)]]),
    Times = 12000,
    Even = [{{even, '$1', '$2'}, [{'=:=', {'rem', '$1', 2}, 0}, {'>', {length, '$2'}, 9}], ['$_']}],
    Done = together([
        fun() -> repeat(Times, fun(N) ->
            ets:update_counter(T, c, 1),
            N rem 50 =:= 0 andalso ets:update_counter(T, c, {3, 1}),
            ets:insert(T, {p, Times - N}),
            N rem 500 =:= 0 andalso ets:insert(T, {{new, N}, N})
        end) end,
        fun() -> repeat(Times, fun(N) ->
            ets:update_counter(T, N rem 20 + 1, 1),
            ets:update_counter(T, big, 1),
            ets:update_element(T, even, {2, N})
        end) end,
        fun() -> repeat(Times, fun(N) ->
            ets:update_counter(T, N rem 20 + 1, 1),
            ets:update_counter(T, big, 1),
            N rem 300 =:= 0 andalso ets:delete(T, {new, N})
        end) end,
        fun() -> lists:foldl(fun(N, Last) ->
            [{c, A, B}] = ets:lookup(T, c),
            true = A >= B,
            [{p, P}] = ets:lookup(T, p),
            true = P >= Last,
            case N rem 50 of
                0 -> [true = E rem 2 =:= 0 || {even, E, _} <- ets:select(T, Even)];
                _ -> ok
            end,
            P
        end, 0, lists:seq(1, Times)), ok end]),
    Sum = lists:sum([N || {K, N} <- ets:tab2list(T), is_integer(K)]),
    Rest = {ets:lookup(T, c), ets:lookup(T, p), ets:lookup_element(T, even, 2)},
    Result = {Done, Sum, Rest, ets:lookup_element(T, big, 2) - Start},
    ets:delete(T),
    Result.

%% A list is put at one point in time: who selects sees all of it or none; so with long ones, in slices.
whole_lists(Type) ->
    T = ets:new(t, [Type, public]),
    Put = fun(Version, Count) -> ets:insert(T, [{I, Version} || I <- lists:seq(1, Count)]) end,
    Seen = [begin
         Put(0, Count),
         Results = together(
             [fun() -> repeat(Times, fun(N) -> Put({K, N}, Count) end) end || K <- [1, 2]]
             ++ [fun() -> views(T, Count, Times) end || _ <- [1, 2]]),
         ets:delete_all_objects(T),
         {Count, lists:usort(Results)}
     end || {Count, Times} <- [{20, 200}, {1500, 6}]],
    ets:delete(T),
    Seen.

views(_, _, 0) ->
    ok;
views(T, Count, N) ->
    First = ets:lookup_element(T, 1, 2),
    Seen = ets:select_count(T, [{{'_', '_'}, [], [true]}]),
    [{Count, _}] = [{Seen, First}],
    views(T, Count, N - 1).

insert_new() ->
    T = ets:new(t, [public]),
    Won = workers(fun(K) ->
        length([N || N <- lists:seq(1, 400), ets:insert_new(T, [{N, K}, {{N, more}, K}])])
    end),
    Pairs = [ets:lookup_element(T, N, 2) =:= ets:lookup_element(T, {N, more}, 2) || N <- lists:seq(1, 400)],
    Result = {lists:sum(Won), lists:usort(Pairs), ets:info(T, size)},
    ets:delete(T),
    Result.

%% Each object is taken by exactly one.
takes(Type) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{N, x} || N <- lists:seq(1, 2000)]),
    Taken = workers(fun(K) ->
        length(lists:append([ets:take(T, (N * K) rem 2003) || N <- lists:seq(1, 2002)]))
    end),
    Result = {lists:sum(Taken), ets:info(T, size), ets:first(T)},
    ets:delete(T),
    Result.

%% Lookups of keys with thousands of objects go in slices: they see one point in time.
long_keys(Type) ->
    T = ets:new(t, [Type, public]),
    Objects = [{k, N} || N <- lists:seq(1, 5000)],
    ets:insert(T, Objects),
    Result = together(
        [fun() -> lists:usort([length(ets:lookup(T, k)) rem 5000 || _ <- lists:seq(1, 5)]) end || _ <- [1, 2]]
        ++ [fun() -> repeat(4, fun(_) -> ets:delete(T, k), ets:insert(T, Objects) end) end]),
    Left = length(ets:take(T, k)),
    ets:delete(T),
    {Result, Left}.

%% What is there all the time is met once by each walk, whatever others put and delete beside it.
walks(Type) ->
    T = ets:new(t, [Type, public]),
    Stays = lists:seq(1, 3000, 3),
    ets:insert(T, [{N, stays} || N <- Stays]),
    Walkers = [fun() -> [walk(T, How) =:= Stays || How <- [next, chunks, fold, last]] end || _ <- [1, 2]],
    Writers = [fun() ->
                   repeat(3, fun(_) ->
                       [begin ets:insert(T, {N, K}), ets:delete(T, N - 1) end
                        || N <- lists:seq(3, 3000, 3)]
                   end)
               end || K <- [1, 2]],
    Result = together(Walkers ++ Writers),
    Info = {ets:info(T, fixed), lists:sort([N || {N, stays} <- ets:tab2list(T)]) =:= Stays},
    ets:delete(T),
    {Result, Info}.

walk(T, next) ->
    true = ets:safe_fixtable(T, true),
    Keys = keys(T, ets:first(T), []),
    true = ets:safe_fixtable(T, false),
    lists:usort([K || K <- Keys, K rem 3 =:= 1]);
walk(T, chunks) ->
    true = ets:safe_fixtable(T, true),
    Keys = chunks(ets:select(T, [{{'$1', stays}, [], ['$1']}], 50)),
    true = ets:safe_fixtable(T, false),
    lists:sort(Keys);
walk(T, fold) ->
    lists:sort(ets:foldl(fun({K, stays}, Acc) -> [K | Acc]; (_, Acc) -> Acc end, [], T));
walk(T, last) ->
    lists:usort([K || {K, stays} <- ets:match_object(T, {'_', stays})]).

keys(_, '$end_of_table', Acc) -> Acc;
keys(T, K, Acc) -> keys(T, ets:next(T, K), [K | Acc]).

chunks('$end_of_table') -> [];
chunks({L, Next}) -> L ++ chunks(ets:select(Next)).

%% Deletes and replaces by specification, beside others: the sums of what they say they did.
selects(Type) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{N, N rem 10, node} || N <- lists:seq(1, 6000)]),
    Guarded = [{{'$1', '$2', '_'}, [{'<', '$2', 5}, {'=:=', {node}, {node, {self}}}], [true]}],
    Deleters = [fun() -> ets:select_delete(T, [{{'_', D, '_'}, [], [true]}]) end || D <- [7, 8, 7, 8]],
    Counters = [fun() -> ets:select_count(T, Guarded) end || _ <- [1, 2, 3]],
    Results = together(Deleters ++ Counters),
    {Gone, Counted} = lists:split(4, Results),
    Replaced = case Type of
        bag -> none;
        _ ->
            Spec = [{{'$1', '$2', node}, [{'<', '$2', 3}], [{{'$1', '$2', replaced}}]}],
            lists:sum(workers(fun(_) -> ets:select_replace(T, Spec) end))
    end,
    Match = length(ets:match(T, {'$1', '_', '_'})),
    ets:match_delete(T, {'_', 1, '_'}),
    Result = {lists:sum(Gone), Counted, Replaced, Match, ets:info(T, size)},
    ets:delete(T),
    Result.

%% Many make a table of the same name: one at a time has it.
names() ->
    Won = workers(fun(_) -> length([N || N <- lists:seq(1, 200), won(N)]) end),
    Total = lists:sum(Won),
    Once = [length([ok || ok <- workers(fun(K) -> named_once(N, K) end)]) || N <- lists:seq(1, 20)],
    {Total > 0, lists:usort(Once), ets:whereis(contested)}.

won(N) ->
    try ets:new(contested, [named_table, public]) of
        contested ->
            true = ets:insert(contested, {n, N}),
            Me = self(),
            Me = ets:info(contested, owner),
            [{n, N}] = ets:lookup(contested, n),
            ets:delete(contested)
    catch
        error:badarg -> false
    end.

named_once(N, K) ->
    Name = list_to_atom("named_" ++ integer_to_list(N)),
    Result = try Name = ets:new(Name, [named_table]), ok catch error:badarg -> taken end,
    case Result of
        ok ->
            true = is_reference(ets:whereis(Name)),
            receive after 20 -> ok end;
        taken ->
            _ = (catch ets:insert(Name, {K, x}))
    end,
    Result.

%% A table goes round under three names, while others ask for it by each.
renames() ->
    Names = [renamed_a, renamed_b, renamed_c],
    ets:new(renamed_a, [named_table, public]),
    ets:insert(renamed_a, {k, 1}),
    Me = self(),
    Askers = [spawn_monitor(fun() -> ask(Names, Me) end) || _ <- [1, 2, 3]],
    Last = lists:foldl(fun(N, At) ->
        To = lists:nth(N rem 3 + 1, Names),
        To = ets:rename(At, To),
        undefined = ets:whereis(At),
        To
    end, renamed_a, lists:seq(1, 999)),
    [P ! stop || {P, _} <- Askers],
    Reasons = [receive {'DOWN', M, _, _, R} -> R end || {_, M} <- Askers],
    Result = {Last, lists:usort(Reasons), ets:lookup(Last, k)},
    ets:delete(Last),
    Result.

ask(Names, Owner) ->
    receive
        stop -> ok
    after 0 ->
        [case catch ets:lookup(Name, k) of
             [{k, 1}] -> ok;
             {'EXIT', {badarg, _}} -> ok
         end || Name <- Names],
        [true = lists:member(ets:info(Name, owner), [Owner, undefined]) || Name <- Names],
        ask(Names, Owner)
    end.

%% Tables are gone when it is seen that their owner has ended; who is at one then gets badarg.
owners() ->
    workers(fun(K) ->
        repeat(40, fun(N) ->
            Me = self(),
            {Owner, M} = spawn_monitor(fun() ->
                T = ets:new(t, [lists:nth(N rem 4 + 1, [set, bag, ordered_set, duplicate_bag]), public]),
                ets:insert(T, [{I, K} || I <- lists:seq(1, 10 + N rem 3 * 1000)]),
                Me ! {self(), T},
                receive stop -> ok end
            end),
            T = receive {Owner, Table} -> Table end,
            User = spawn_link(fun() -> use(T, 1) end),
            case N rem 2 of 0 -> Owner ! stop; 1 -> exit(Owner, kill) end,
            receive {'DOWN', M, _, _, _} -> ok end,
            undefined = ets:info(T),
            false = lists:member(T, ets:all()),
            {'EXIT', {badarg, _}} = (catch ets:lookup(T, 1)),
            Mon = erlang:monitor(process, User),
            receive {'DOWN', Mon, _, _, _} -> ok end
        end)
    end).

use(T, N) ->
    try
        ets:insert(T, {N, x}),
        _ = ets:select(T, [{{'$1', x}, [], ['$1']}], 10),
        true = ets:safe_fixtable(T, true),
        ets:delete(T, N),
        _ = ets:next(T, ets:first(T)),
        use(T, N + 1)
    catch
        error:badarg -> ok
    end.

%% A chain of heirs: each gets the table with what the one before put in.
heirs() ->
    workers(fun(_) ->
        repeat(15, fun(N) ->
            Me = self(),
            Heir = spawn_link(fun() -> inherit(Me) end),
            {Owner, M} = spawn_monitor(fun() ->
                T = ets:new(t, [{heir, Heir, {data, N}}, public]),
                ets:insert(T, {owner, self()}),
                exit({made, T})
            end),
            T = receive {'DOWN', M, _, _, {made, Made}} -> Made end,
            receive {Heir, T, Owner, {data, N}, [{owner, Owner}]} -> ok end,
            undefined = ets:info(T, size)
        end)
    end).

inherit(To) ->
    receive
        {'ETS-TRANSFER', T, From, Data} ->
            Objects = ets:tab2list(T),
            true = ets:info(T, owner) =:= self(),
            true = ets:delete(T),
            To ! {self(), T, From, Data, Objects}
    end.

%% A ring that gives tables round, while others count in them.
gifts() ->
    Me = self(),
    Ring = [spawn_link(fun() -> receive {next, Next} -> pass(Next, Me) end end) || _ <- lists:seq(1, 4)],
    [P ! {next, N} || {P, N} <- lists:zip(Ring, tl(Ring) ++ [hd(Ring)])],
    Tables = [ets:new(t, [public]) || _ <- lists:seq(1, 4)],
    [ets:insert(T, {n, 0}) || T <- Tables],
    [ets:give_away(T, P, 40) || {T, P} <- lists:zip(Tables, Ring)],
    workers(fun(_) -> repeat(100, fun(N) ->
        ets:update_counter(lists:nth(N rem 4 + 1, Tables), n, 1)
    end) end),
    Back = [receive {'ETS-TRANSFER', T, _, back} -> ets:info(T, owner) =:= Me end || T <- Tables],
    Sum = lists:sum([ets:lookup_element(T, n, 2) || T <- Tables]),
    [ets:delete(T) || T <- Tables],
    [begin unlink(P), exit(P, kill) end || P <- Ring],
    {Back, Sum}.

pass(Next, Home) ->
    receive
        {'ETS-TRANSFER', T, _, 0} -> ets:give_away(T, Home, back);
        {'ETS-TRANSFER', T, _, N} -> ets:give_away(T, Next, N - 1)
    end,
    pass(Next, Home).

%% Large binaries in objects that are replaced and read at once.
binaries() ->
    T = ets:new(t, [public]),
    Make = fun(N) -> binary:copy(<<N:16>>, 200) end,
    ets:insert(T, {b, Make(0), self()}),
    Done = workers(fun(K) ->
        repeat(300, fun(N) ->
            [{b, B, _}] = ets:lookup(T, b),
            400 = byte_size(B),
            <<V:16, _/binary>> = B,
            B = Make(V),
            case N rem 3 of
                0 -> ets:insert(T, {b, Make(N * K), self()});
                1 -> ets:update_element(T, b, {2, Make(N + K)});
                2 -> ets:insert(T, {K, Make(K), fun() -> K end})
            end
        end)
    end),
    ets:delete(T),
    lists:usort(Done).

%% One compiled specification, run by all at once.
specs() ->
    Spec = ets:match_spec_compile([{{'$1', '$2'}, [{'>', '$1', 10}], [{{'$2', '$1', [{'+', '$1', '$2'}]}}]}]),
    List = [{N, N * 2} || N <- lists:seq(1, 500)],
    Expected = [{N * 2, N, [N * 3]} || N <- lists:seq(11, 500)],
    lists:usort(workers(fun(_) ->
        lists:usort([ets:match_spec_run(List, Spec) =:= Expected || _ <- lists:seq(1, 10)])
    end)).

settled(Before, Tries) ->
    case length(ets:all()) of
        Before -> true;
        Now when Tries =:= 0 -> {Before, Now};
        _ -> receive after 1 -> settled(Before, Tries - 1) end
    end.
