%% Operations drawn at random on a few tables: what each gives, how it fails, what is left.
%%
%% Where OTP leaves an order to the hash, results are compared in an order of their own.
-module(ets_model).
-export([episode/2, outcome/1, run/3]).

-define(OPERATIONS, 500).

%% Runs the episodes of Seeds; Mode `hash` prints a line for each, `lines` every operation.
%% Each in a process of its own: nothing of one is left for the next.
run(Module, Seeds, Mode) -> [alone(fun() -> one(Module, Seed, Mode) end) || Seed <- Seeds], ok.

alone(Fun) ->
    {Pid, Ref} = spawn_monitor(Fun),
    receive {'DOWN', Ref, process, Pid, normal} -> ok; {'DOWN', Ref, process, Pid, Reason} -> exit(Reason) end.

one(Module, Seed, hash) ->
    put(hash, 0),
    Module:episode(Seed, fun(What) -> put(hash, erlang:phash2([get(hash) | What], 1 bsl 32)) end),
    io:put_chars([integer_to_list(Seed), " ", integer_to_list(get(hash)), "\n"]);
one(Module, Seed, lines) ->
    Module:episode(Seed, fun(What) -> io:format("~0p~n", [What]) end).

%% A value, or how the call failed and what erl would say of it.
outcome(Fun) ->
    try Fun() of
        Value -> {value, Value}
    catch
        Class:Reason:Stack -> {failed, Class, Reason, said(Reason, Stack)}
    end.

said(Reason, [{M, F, A, Info} | _] = Stack) ->
    Arity = case A of _ when is_list(A) -> length(A); _ -> A end,
    Text = case lists:keyfind(error_info, 1, Info) of
        {error_info, Map} ->
            try (maps:get(module, Map, M)):format_error(Reason, Stack) of
                Said -> maps:map(fun(_, T) -> iolist_to_binary(T) end, Said)
            catch C:R -> {C, R}
            end;
        false -> none
    end,
    {M, F, Arity, Text};
said(_, []) -> none.

%% ---- an episode ----

%% Tables are numbers 1 to 4, kept with what is known of them in the process dictionary.
episode(Seed, Emit) ->
    ets_draw:seed(Seed),
    put(other, spawn_link(fun other/0)),
    [make(N, Emit) || N <- [1, 2, 3]],
    [operation(Emit) || _ <- lists:seq(1, ?OPERATIONS)],
    [catch ets:delete(table(N)) || N <- [1, 2, 3]],
    unlink(get(other)),
    exit(get(other), kill),
    gone(get(other)).

gone(Pid) ->
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, process, Pid, _} -> ok end.

table(N) -> element(1, get({table, N})).
key_pos(N) -> element(2, get({table, N})).
type(N) -> element(3, get({table, N})).
ordered(N) -> type(N) =:= ordered_set.

make(N, Emit) ->
    Type = ets_draw:one_of({set, ordered_set, bag, duplicate_bag}),
    KeyPos = ets_draw:one_of({1, 1, 1, 2, 3}),
    Name = list_to_atom("t" ++ integer_to_list(N)),
    Named = ets_draw:chance(30) andalso ets:whereis(Name) =:= undefined,
    More = [O || O <- [compressed, {write_concurrency, true}, {read_concurrency, true}, {write_concurrency, auto},
                       {heir, get(other), data}, {decentralized_counters, true}], ets_draw:chance(15)],
    Protection = ets_draw:one_of({public, protected, private}),
    T = ets:new(Name, [Type, {keypos, KeyPos}, Protection | More] ++ [named_table || Named]),
    put({table, N}, {T, KeyPos, Type}),
    put({protection, N}, first),
    Emit({new, N, Type, KeyPos, Protection, Named}),
    Count = ets_draw:one_of({0, 3, 20, 20, 100, 300, 1000}),
    Objects = ets_draw:objects(KeyPos, Count, ets_draw:one_of({10, 100, 2000})),
    [ets:insert(T, O) || O <- Objects],
    Emit({fill, N, ets:info(T, size)}).

operation(Emit) ->
    N = ets_draw:one_of({1, 2, 3}),
    case ets_draw:below(200) of
        0 -> Emit({delete, N, outcome(fun() -> ets:delete(table(N)) end)}), make(N, Emit);
        1 -> Emit({all, N, outcome(fun() -> all(N) end)});
        _ ->
            {Name, What, Fun} = draw(N),
            Outcome = case ets_draw:chance(4) of
                true -> by_other(Fun);
                false -> outcome(Fun)
            end,
            Emit({Name, N, What, Outcome, count(N)})
    end.

count(N) -> ets:info(table(N), size).

all(N) ->
    List = ets:tab2list(table(N)),
    case ordered(N) of true -> List; false -> ets_draw:sorted(List) end.

%% erl 25 puts the objects of a list into a bag last one first.
bag(N, List) -> case type(N) of bag -> ets_draw:sorted(List); _ -> List end.

order(N, List) when is_list(List) -> case ordered(N) of true -> List; false -> ets_draw:sorted(List) end;
order(_, Other) -> Other.

%% The other process does it and says what came of it.
by_other(Fun) ->
    get(other) ! {run, self(), Fun, get()},
    receive {done, Outcome} -> {other, Outcome} end.

other() ->
    receive
        {run, From, Fun, Dictionary} ->
            [put(K, V) || {K, V} <- Dictionary],
            From ! {done, outcome(Fun)},
            other();
        {'ETS-TRANSFER', _, _, _} -> other()
    end.

%% A key that is there, most times.
key(_) ->
    case ets_draw:below(4) of
        0 -> ets_draw:key();
        1 -> ets_draw:below(2000);
        _ -> ets_draw:below(100)
    end.

object(N) -> ets_draw:object(key_pos(N), key(N)).

draw(N) ->
    T = table(N),
    K = key(N),
    case ets_draw:below(61) of
        I when I < 6 -> O = object(N), {insert, O, fun() -> ets:insert(T, O) end};
        6 -> L = list(N), {insert, L, fun() -> ets:insert(T, L) end};
        7 -> O = wrong(N), {insert, O, fun() -> ets:insert(T, O) end};
        8 -> O = object(N), {insert_new, O, fun() -> ets:insert_new(T, O) end};
        9 -> L = list(N), {insert_new, L, fun() -> ets:insert_new(T, L) end};
        10 -> O = wrong(N), {insert_new, O, fun() -> ets:insert_new(T, O) end};
        I when I < 14 -> {lookup, K, fun() -> bag(N, ets:lookup(T, K)) end};
        14 -> P = ets_draw:one_of({1, 2, 3, 4, 0, a}), {lookup_element, {K, P}, fun() -> bag(N, ets:lookup_element(T, K, P)) end};
        15 -> {member, K, fun() -> ets:member(T, K) end};
        %% erl 25 miscounts what it takes from a fixed bag
        16 -> {take, K, fun() -> case ordered(N) orelse not ets:info(T, fixed) of true -> bag(N, ets:take(T, K)); false -> fixed end end};
        I when I < 20 -> {delete, K, fun() -> ets:delete(T, K) end};
        20 -> O = there(N), {delete_object, O, fun() -> ets:delete_object(T, O) end};
        21 -> O = ets_draw:one_of({object(N), wrong(N)}), {delete_object, O, fun() -> ets:delete_object(T, O) end};
        %% erl 25 gives a table its first protection back, when it has to delete in more than one go
        22 -> case ets_draw:chance(20) andalso get({protection, N}) =:= first of
                  true -> {delete_all_objects, none, fun() -> ets:delete_all_objects(T) end};
                  false -> {size, none, fun() -> ets:info(T, size) end}
              end;
        I when I < 26 -> U = counter(N), {update_counter, {K, U}, fun() -> ets:update_counter(T, K, U) end};
        I when I < 28 -> U = counter(N), D = default(N),
            {update_counter, {K, U, D}, fun() -> ets:update_counter(T, K, U, D) end};
        I when I < 30 -> U = element(N), {update_element, {K, U}, fun() -> ets:update_element(T, K, U) end};
        30 -> {first, none, fun() -> place(N, ets:first(T)) end};
        31 -> {last, none, fun() -> place(N, ets:last(T)) end};
        32 -> {next, K, fun() -> beside(N, T, K, fun ets:next/2) end};
        33 -> {prev, K, fun() -> beside(N, T, K, fun ets:prev/2) end};
        34 -> {slots, none, fun() -> slots(N, T) end};
        35 -> {walk, none, fun() -> walk(N, T, fun(_) -> ok end) end};
        36 -> {walk_delete, none, fun() -> walk(N, T, fun(Key) -> ets:delete(T, Key) end) end};
        37 -> {walk_delete_some, none, fun() -> walk(N, T, fun(Key) -> case erlang:phash2(Key, 3) of 0 -> ets:delete(T, Key); _ -> ok end end) end};
        38 -> {walk_insert, none, fun() -> walk_insert(N, T) end};
        39 -> {walk_back, none, fun() -> ets:foldr(fun(O, A) -> [O | A] end, [], T), order(N, ets:foldr(fun(O, A) -> [O | A] end, [], T)) end};
        40 -> {fix, none, fun() -> ets:safe_fixtable(T, true) end};
        41 -> {unfix, none, fun() -> ets:safe_fixtable(T, false) end};
        42 -> {unfix, none, fun() -> ets:safe_fixtable(T, false) end};
        43 -> P = pattern(N), {match, P, fun() -> order(N, ets:match(T, P)) end};
        44 -> P = pattern(N), {match_object, P, fun() -> order(N, ets:match_object(T, P)) end};
        45 -> P = pattern(N), First = get({protection, N}) =:= first,
            {match_delete, P, fun() -> case is_atom(P) andalso not First of true -> all; false -> ets:match_delete(T, P) end end};
        46 -> S = spec(N), {select, S, fun() -> order(N, ets:select(T, S)) end};
        47 -> S = spec(N), {select_reverse, S, fun() -> order(N, ets:select_reverse(T, S)) end};
        48 -> S = spec(N), {select_count, S, fun() -> ets:select_count(T, S) end};
        %% What deletes all is internal_delete_all: of a fixed table erl 25 counts dead objects too, and see above.
        49 -> S = spec(N), First = get({protection, N}) =:= first,
            {select_delete, S, fun() ->
                D = bodies(true, S),
                case is_all(D) andalso (not First orelse ets:info(T, fixed)) of true -> all; false -> ets:select_delete(T, D) end
            end};
        50 -> S = spec(N), {select_replace, S, fun() -> replaced(N, T, S) end};
        51 -> S = spec(N), L = limit(), {select, {S, L}, fun() -> chunks(N, ets:select(T, S, L), fun ets:select/1) end};
        52 -> S = spec(N), L = limit(), {select_reverse, {S, L}, fun() -> chunks(N, ets:select_reverse(T, S, L), fun ets:select_reverse/1) end};
        53 -> P = pattern(N), L = limit(), {match, {P, L}, fun() -> chunks(N, ets:match(T, P, L), fun ets:match/1) end};
        54 -> S = spec(N), L = limit(), {select_while_deleting, {S, L}, fun() -> deleting(N, T, ets:select(T, S, L)) end};
        55 -> I = ets_draw:one_of({size, type, keypos, protection, named_table, name, node, compressed, fixed, read_concurrency,
                                   write_concurrency, decentralized_counters, foo, {a}}),
            {info, I, fun() -> ets:info(T, I) end};
        56 -> {info, all, fun() -> [I || {K1, _} = I <- ets:info(T), not lists:member(K1, [id, memory, owner, heir])] end};
        57 -> O = ets_draw:one_of({{protection, public}, {protection, protected}, {protection, private}, {heir, none}, {heir, a},
                                   [{protection, public}, {heir, none}], {protection, x}, foo, [{heir, none} | a]}),
            put({protection, N}, other),
            {setopts, O, fun() -> ets:setopts(T, O) end};
        58 -> bad(K);
        59 -> {give, none, fun() -> give(T) end};
        60 -> Name = ets_draw:one_of({t1, t2, other, "no"}), {rename, Name, fun() -> rename(N, T, Name) end}
    end.

%% Each key once: which object of a list stays in a set is not said.
list(N) ->
    L = lists:ukeysort(key_pos(N), [object(N) || _ <- lists:seq(1, ets_draw:one_of({0, 1, 2, 5, 30}))]),
    case ets_draw:below(20) of
        0 -> L ++ [wrong(N)];
        1 -> L ++ wrong(N);
        _ -> L
    end.

wrong(N) -> ets_draw:one_of({{}, {1}, foo, [foo], object(N), [{1, 2} | {1, 2}], 1, {1, 2}, <<>>}).

%% An object of the table: the smallest by a hash, so that every machine finds the same.
there(N) ->
    case ets_draw:sorted(try ets:lookup(table(N), key(N)) catch error:_ -> [] end) of
        [O | _] -> O;
        [] -> object(N)
    end.

counter(N) ->
    P = position(N),
    case ets_draw:below(12) of
        0 -> ets_draw:below(100) - 50;
        1 -> {P, ets_draw:below(10)};
        2 -> {P, ets_draw:below(10) - 5, ets_draw:below(20), ets_draw:below(3)};
        3 -> [{P, ets_draw:below(5)}, {position(N), -ets_draw:below(5), 0, 100}];
        4 -> [];
        5 -> {P, 1 bsl 62};
        6 -> {P, -(1 bsl 62), -(1 bsl 70), 1 bsl 65};
        7 -> ets_draw:one_of({foo, {P}, {P, 1, 2}, {P, a}, {P, 1, a, 2}, [{P, 1} | foo], [{P, 1}, foo], {a, 1}, {1.0, 1}, 1.5, 1 bsl 80, {P, 1 bsl 80}, {1 bsl 70, 1}, {0, 1}, {-1, 1}});
        8 -> [{P, 1}, {P, 1 bsl 62}, {P, 0}];
        _ -> {P, 1}
    end.

%% A tuple without a place for the key brings erl 25 down.
default(N) ->
    case ets_draw:one_of({object(N), object(N), wrong(N)}) of
        T when is_tuple(T), tuple_size(T) < 3 -> object(N);
        D -> D
    end.

position(N) -> key_pos(N) + ets_draw:one_of({1, 1, 1, 1, 1, 2, 0, -1, 3}).

element(N) ->
    P = position(N),
    case ets_draw:below(8) of
        0 -> [{P, ets_draw:value()}, {position(N), ets_draw:value()}];
        1 -> [];
        2 -> ets_draw:one_of({foo, {P}, {P, 1, 2}, [{P, 1} | foo], {a, 1}, [{P, a}, {1 bsl 70, 1}], {0, 1}, {1.0, a}});
        _ -> {P, ets_draw:one_of({ets_draw:value(), 5})}
    end.

pattern(N) ->
    O = object(N),
    case ets_draw:below(6) of
        0 -> ets_draw:pattern(O);
        1 -> setelement(key_pos(N), O, '$1');
        2 -> list_to_tuple([ets_draw:one_of({'$1', '$2', '$3', '_'}) || _ <- tuple_to_list(O)]);
        3 -> O;
        4 -> setelement(key_pos(N), list_to_tuple([ets_draw:one_of({'$1', '$2', '_'}) || _ <- tuple_to_list(O)]), key(N));
        5 -> ets_draw:one_of({'_', '$1', {'$1', '$2'}, {'_', '_', '_'}})
    end.

spec(N) ->
    case ets_draw:below(5) of
        0 -> ets_draw:shape(ets_draw:spec(object(N)));
        1 -> [{pattern(N), [], ['$_']}];
        2 -> [{pattern(N), [{'>', '$1', ets_draw:below(50)}], ['$$']}];
        3 -> [{pattern(N), [], ['$_']}, {pattern(N), [], ['$1']}];
        4 -> [{'_', [{'<', {element, key_pos(N), '$_'}, ets_draw:below(1000)}], [{element, key_pos(N), '$_'}]}]
    end.

limit() -> ets_draw:one_of({1, 2, 5, 50, 1000, 1, 7, 0, a, 1 bsl 80}).

is_all([{'_', [], [true]} | _]) -> true;
is_all([{V, [], [true]} | _]) when is_atom(V) -> true;
is_all(_) -> false.

bodies(Body, Spec) when is_list(Spec) ->
    [case C of {H, G, _} -> {H, G, [Body]}; _ -> C end || C <- catch lists:append(Spec, [])];
bodies(_, Spec) -> Spec.

%% All become what has their key: only where every clause is sure to give that.
replaced(N, T, Spec) ->
    KeyPos = key_pos(N),
    Size = KeyPos + 1,
    Body = list_to_tuple([case P of KeyPos -> '$1'; _ -> ets_draw:below(5) end || P <- lists:seq(1, Size)]),
    Head = list_to_tuple([case P of KeyPos -> '$1'; _ -> '_' end || P <- lists:seq(1, Size)]),
    Guards = case Spec of [{_, [G], _}] -> [G]; _ -> [] end,
    Result = ets:select_replace(T, [{Head, Guards, [{Body}]}]),
    {Result, order(N, ets:tab2list(T))}.

%% ---- what is the same in every order ----

place(N, Key) ->
    case ordered(N) orelse Key =:= '$end_of_table' of
        true -> Key;
        false -> 'some key'
    end.

%% Of the last key in a hash nobody knows; whether one that was deleted while the table was fixed still has
%% a place depends in erl 25 on how it was deleted.
beside(N, T, K, Fun) ->
    Key = case ordered(N) orelse ets:member(T, K) of true -> Fun(T, K); false -> none end,
    case ordered(N) of
        true -> Key;
        false -> any
    end.

slots(N, T) -> ets:info(T, size) > 0 andalso order(N, slots(T, 0, [])).
slots(T, I, Acc) ->
    case I > 100000 orelse ets:slot(T, I) of
        '$end_of_table' -> lists:append(lists:reverse(Acc));
        L -> slots(T, I + 1, [L | Acc])
    end.

walk(N, T, Fun) ->
    ets:safe_fixtable(T, true),
    try order(N, walk(T, ets:first(T), Fun, [])) after ets:safe_fixtable(T, false) end.
walk(_, '$end_of_table', _, Acc) -> lists:reverse(Acc);
walk(T, Key, Fun, Acc) -> Fun(Key), walk(T, ets:next(T, Key), Fun, [Key | Acc]).

%% Objects come while a walk goes on: it sees all that were there, once.
walk_insert(N, T) ->
    KeyPos = key_pos(N),
    Before = ets_draw:sorted(lists:usort([element(KeyPos, O) || O <- ets:tab2list(T)])),
    put(next, 10000),
    Seen = walk(N, T, fun(_) -> case get(next) of
                                    Max when Max > 10300 -> ok;
                                    I -> put(next, I + 1), ets:insert(T, list_to_tuple([I || _ <- lists:seq(1, KeyPos)]))
                                end end),
    Missed = Before -- Seen,
    Twice = Seen -- lists:usort(Seen),
    [ets:delete(T, I) || I <- lists:seq(10000, 10301)],
    {missed, Missed, twice, Twice}.

chunks(N, Result, Next) ->
    Chain = chain(Result, Next),
    case ordered(N) of true -> Chain; false -> ets_draw:sorted(lists:append([L || L <- Chain, is_list(L)])) end.

chain({List, '$end_of_table'}, _) -> [List, last];
chain({List, Continuation}, Next) -> [List | chain(Next(Continuation), Next)];
chain('$end_of_table', _) -> ['end'].

%% Between two chunks the next keys of an ordered_set go.
deleting(N, T, Result) ->
    case ordered(N) of true -> deleting(T, Result); false -> ok end.
deleting(T, {List, Continuation}) when Continuation =/= '$end_of_table' ->
    case ets:last(T) of '$end_of_table' -> ok; Last -> ets:delete(T, Last) end,
    case ets:next(T, 50) of '$end_of_table' -> ok; Key -> ets:delete(T, Key) end,
    [List | deleting(T, ets:select(Continuation))];
deleting(_, Other) -> [Other].

give(T) ->
    Me = self(),
    Pid = spawn(fun() -> receive {'ETS-TRANSFER', T1, From, Data} -> Me ! {got, From =:= Me, Data, ets:give_away(T1, Me, back)} end end),
    Given = try ets:give_away(T, Pid, {some, data}) catch C:R:S -> exit(Pid, kill), erlang:raise(C, R, S) end,
    receive {got, Same, Data, Back} -> ok end,
    receive {'ETS-TRANSFER', T, Pid, back} -> ok end,
    {Given, Same, Data, Back}.

rename(N, T, Name) ->
    Same = ets:rename(T, Name),
    put({table, N}, setelement(1, get({table, N}), case is_atom(T) of true -> Name; false -> T end)),
    {ets:info(Same, name), Same =:= T, is_atom(Same)}.

%% Calls that fail whatever is there.
bad(K) ->
    Id = ets_draw:one_of({nosuch, make_ref(), 1, {}, "t", self(), <<>>, [], '$end_of_table', undefined}),
    {Name, Fun} = ets_draw:one_of({
        {insert, fun() -> ets:insert(Id, {K}) end}, {lookup, fun() -> ets:lookup(Id, K) end}, {info, fun() -> ets:info(Id) end},
        {info, fun() -> ets:info(Id, size) end}, {delete, fun() -> ets:delete(Id) end}, {delete, fun() -> ets:delete(Id, K) end},
        {member, fun() -> ets:member(Id, K) end}, {first, fun() -> ets:first(Id) end}, {next, fun() -> ets:next(Id, K) end},
        {select, fun() -> ets:select(Id, [{'_', [], ['$_']}]) end}, {select, fun() -> ets:select(Id) end}, {select, fun() -> ets:select(Id, foo) end},
        {select, fun() -> ets:select(Id, [{'_', [], ['$_']}], 1) end}, {match, fun() -> ets:match(Id, '$1') end}, {match, fun() -> ets:match(Id) end},
        {match_object, fun() -> ets:match_object(Id, '$1') end}, {match_object, fun() -> ets:match_object(Id) end}, {match_delete, fun() -> ets:match_delete(Id, '$1') end},
        {whereis, fun() -> ets:whereis(Id) end}, {rename, fun() -> ets:rename(Id, x) end}, {tab2list, fun() -> ets:tab2list(Id) end},
        {new, fun() -> ets:delete(ets:new(Id, [])) end}, {new, fun() -> ets:delete(ets:new(t, Id)) end}, {new, fun() -> ets:delete(ets:new(t, [Id])) end}, {new, fun() -> ets:new(t, [named_table, Id]) end},
        {new, fun() -> ets:delete(ets:new(t, [{keypos, Id}])) end}, {new, fun() -> ets:delete(ets:new(t, [{heir, Id, Id}])) end}, {new, fun() -> ets:delete(ets:new(t, [set | Id])) end},
        {update_counter, fun() -> ets:update_counter(Id, K, 1) end}, {update_element, fun() -> ets:update_element(Id, K, {2, 1}) end},
        {lookup_element, fun() -> ets:lookup_element(Id, K, 1) end}, {safe_fixtable, fun() -> ets:safe_fixtable(Id, true) end},
        {safe_fixtable, fun() -> ets:safe_fixtable(table(1), Id) end}, {give_away, fun() -> ets:give_away(Id, self(), a) end},
        {give_away, fun() -> ets:give_away(table(1), Id, a) end}, {give_away, fun() -> ets:give_away(table(1), self(), a) end},
        {setopts, fun() -> ets:setopts(Id, []) end}, {slot, fun() -> ets:slot(Id, 0) end}, {slot, fun() -> is_list(ets:slot(table(1), Id)) end}, {slot, fun() -> ets:slot(table(1), -1) end},
        {slot, fun() -> ets:slot(table(1), 1000000) end},
        {take, fun() -> ets:take(Id, K) end}, {select_count, fun() -> ets:select_count(Id, []) end}, {select_delete, fun() -> ets:select_delete(Id, []) end},
        {select_replace, fun() -> ets:select_replace(Id, []) end}, {delete_all_objects, fun() -> ets:delete_all_objects(Id) end},
        {delete_object, fun() -> ets:delete_object(Id, {1}) end}, {insert_new, fun() -> ets:insert_new(Id, {1}) end}, {last, fun() -> ets:last(Id) end},
        {prev, fun() -> ets:prev(Id, K) end}, {select_reverse, fun() -> ets:select_reverse(Id) end}, {select_reverse, fun() -> ets:select_reverse(Id, foo, 1) end},
        {init_table, fun() -> ets:init_table(Id, fun(_) -> end_of_input end) end},
        {is_compiled_ms, fun() -> ets:is_compiled_ms(Id) end}, {match_spec_run, fun() -> ets:match_spec_run([{1}], Id) end},
        {match_spec_run, fun() -> ets:match_spec_run(Id, ets:match_spec_compile([{'_', [], [true]}])) end}, {match_spec_compile, fun() -> ets:match_spec_compile(Id) end},
        {repair_continuation, fun() -> ets:repair_continuation('$end_of_table', Id) end}}),
    {bad, {Name, K, case is_atom(Id) of true -> Id; false -> other end}, Fun}.
