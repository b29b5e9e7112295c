%% Match specifications drawn at random, over terms and over tables: what they give and how they fail.
-module(ets_match).
-export([episode/2]).

episode(Seed, Emit) ->
    ets_draw:seed(Seed),
    [Emit(step(ets_draw:below(10))) || _ <- lists:seq(1, 100)],
    tables(Emit),
    ok.

step(N) when N < 4 ->
    Term = tuple(),
    Spec = ets_draw:shape(ets_draw:spec(Term)),
    {test, Term, Spec, ets_model:outcome(fun() -> raw(ets:test_ms(Term, Spec)) end)};
step(N) when N < 8 ->
    Terms = [T | _] = [tuple() || _ <- lists:seq(1, 4)],
    Spec = ets_draw:shape(ets_draw:spec(T)),
    {run, Terms, Spec, ets_model:outcome(fun() -> ets:match_spec_run(Terms, ets:match_spec_compile(Spec)) end)};
step(8) ->
    %% any term may be matched by a compiled specification
    Term = ets_draw:term(2),
    Spec = [{ets_draw:pattern(Term), [], ['$$']}],
    {any, Term, Spec, ets_model:outcome(fun() -> ets:match_spec_run([Term], ets:match_spec_compile(Spec)) end)};
step(9) ->
    Term = ets_draw:one_of({tuple(), ets_draw:term(2)}),
    Spec = ets_draw:shape(ets_draw:spec(Term)),
    {raw, Term, Spec, ets_model:outcome(fun() -> raw(erlang:match_spec_test(Term, Spec, table)) end)}.

%% What is wrong in maps OTP tells in an order of its own, some of it twice.
raw({error, List}) -> {error, lists:usort(List)};
raw(Other) -> Other.

tuple() -> list_to_tuple([ets_draw:one_of({ets_draw:below(6), ets_draw:key(), ets_draw:value()}) || _ <- lists:seq(1, ets_draw:one_of({1, 2, 2, 3, 3, 4, 0}))]).

%% Each specification over a table of each kind.
tables(Emit) ->
    Objects = [ets_draw:object(1, ets_draw:key()) || _ <- lists:seq(1, ets_draw:one_of({0, 1, 5, 30, 200}))],
    Tables = [ets:new(t, [Type]) || Type <- [set, ordered_set, bag, duplicate_bag]],
    [ets:insert(T, Objects) || T <- Tables],
    [tables(Tables, case Objects of [] -> {1, 2}; _ -> ets_draw:one_of(Objects) end, Emit) || _ <- lists:seq(1, 12)],
    [ets:delete(T) || T <- Tables].

tables(Tables, Like, Emit) ->
    Spec = ets_draw:shape(ets_draw:spec(Like)),
    Limit = ets_draw:one_of({1, 2, 3, 7, 1000}),
    Emit({spec, Spec, Limit, [table(T, Spec, Limit) || T <- Tables]}),
    Replace = ets_draw:spec(Like, fun replacement/1),
    Delete = ets_draw:shape(ets_draw:spec(Like, fun(_) -> ets_draw:one_of({true, true, true, false, '$1', '$_'}) end)),
    Pattern = ets_draw:one_of({ets_draw:pattern(Like), element(1, hd(ets_draw:spec(Like)))}),
    Emit({pattern, Pattern, [pattern(T, Pattern, Limit) || T <- Tables]}),
    Emit({replace, Replace, [changed(T, fun() -> ets:select_replace(T, Replace) end) || T <- Tables]}),
    Emit({delete, Delete, [changed(T, fun() -> ets:select_delete(T, Delete) end) || T <- Tables]}).

table(T, Spec, Limit) ->
    Ordered = ets:info(T, type) =:= ordered_set,
    {ets_model:outcome(fun() -> order(Ordered, ets:select(T, Spec)) end),
     ets_model:outcome(fun() -> order(Ordered, ets:select_reverse(T, Spec)) end),
     ets_model:outcome(fun() -> ets:select_count(T, Spec) end),
     ets_model:outcome(fun() -> chunks(Ordered, ets:select(T, Spec, Limit), fun(C) -> ets:select(C) end) end),
     ets_model:outcome(fun() -> chunks(Ordered, ets:select_reverse(T, Spec, Limit), fun(C) -> ets:select_reverse(C) end) end)}.

pattern(T, Pattern, Limit) ->
    Ordered = ets:info(T, type) =:= ordered_set,
    {ets_model:outcome(fun() -> order(Ordered, ets:match(T, Pattern)) end),
     ets_model:outcome(fun() -> order(Ordered, ets:match_object(T, Pattern)) end),
     ets_model:outcome(fun() -> chunks(Ordered, ets:match(T, Pattern, Limit), fun(C) -> ets:match(C) end) end),
     ets_model:outcome(fun() -> chunks(Ordered, ets:match_object(T, Pattern, Limit), fun(C) -> ets:match_object(C) end) end)}.

%% In an ordered_set each chunk and the end are what they must be, elsewhere all together.
chunks(true, Result, Next) -> chain(Result, Next);
chunks(false, Result, Next) -> ets_draw:sorted(lists:append([L || L <- chain(Result, Next), is_list(L)])).

chain({List, '$end_of_table'}, _) -> [List, last];
chain({List, Continuation}, Next) -> [List | chain(Next(Continuation), Next)];
chain('$end_of_table', _) -> ['end'].

order(true, List) -> List;
order(false, List) -> ets_draw:sorted(List).

%% What a change gave, and what is there then; all is put back.
changed(T, Fun) ->
    Before = ets:tab2list(T),
    Outcome = ets_model:outcome(Fun),
    %% A failure leaves what was changed before it, which depends on the order of the hash.
    After = case {Outcome, ets:info(T, type)} of
        {{failed, _, _, _}, Type} when Type =/= ordered_set -> unknown;
        _ -> ets_draw:sorted(ets:tab2list(T))
    end,
    ets:delete_all_objects(T),
    ets:insert(T, Before),
    {Outcome, After}.

%% A tuple with the key of the pattern, most times.
replacement(Head) when is_tuple(Head), tuple_size(Head) > 0 ->
    case ets_draw:below(8) of
        0 -> '$_';
        1 -> {{element(1, Head), '$1'}};
        2 -> {{{element, 1, '$_'}, {const, x}}};
        3 -> {{{const, foo}, 1}};
        4 -> {setelement, 2, '$_', {const, y}};
        5 -> {{element(1, Head)}};
        _ -> {list_to_tuple([element(1, Head) | [ets_draw:below(5) || _ <- tl(tuple_to_list(Head))]])}
    end;
replacement(_) -> ets_draw:one_of({'$_', {{1, 2}}, {{'$1'}}}).
