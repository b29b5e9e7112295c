%% What programs do with whole tables: files, queries, specifications from funs, what the shell shows.
-module(ets_tools).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").
-include_lib("stdlib/include/ms_transform.hrl").
-include_lib("stdlib/include/qlc.hrl").

-record(person, {name, age = 0, town}).

start() -> in_folder(fun calls/0).

calls() ->
    [?P(file(Type, Options)) || Type <- [set, ordered_set, bag, duplicate_bag],
                                Options <- [[], [{extended_info, [md5sum]}], [{extended_info, [object_count]}], [{extended_info, [md5sum, object_count]}, {sync, true}]]],
    ?P(properties()),
    ?P(large()),
    ?P(broken()),
    ?P(wrong_files()),
    [?P(from_fun(N, MS)) || {N, MS} <- funs()],
    ?P(failed(catch apply(ets, fun2ms, [fun(X) -> X end]))),
    [?P(queries(Type)) || Type <- [set, ordered_set, bag]],
    ?P(joined()),
    ?P(traversals()),
    [?P(tests(T, S)) || {T, S} <- specs()],
    ?P(all()),
    [?P(information(Type)) || Type <- [set, ordered_set, bag, duplicate_bag]],
    ?P(shown()),
    ?P(paged()),
    ?P(init()),
    ?P(to_dets()),
    ok.

filled(Type, Options) ->
    T = ets:new(people, [Type, {keypos, #person.name} | Options]),
    ets:insert(T, [#person{name = N, age = 17 * I rem 60, town = {town, I rem 3}} || {N, I} <- lists:zip(names(), lists:seq(1, length(names())))]),
    T.

names() -> [anna, "bert", <<"carl">>, {d, 1}, 5, 6.0, [], #{g => 7}, anna2, 1 bsl 70].

%% How a call failed, without the stack.
failed({'EXIT', {Reason, Stack}}) when is_list(Stack) -> {failed, Reason};
failed(Other) -> Other.

sorted(T) -> lists:sort(ets:tab2list(T)).

%% ---- files ----

file(Type, Options) ->
    T = filled(Type, [named_table]),
    Written = ets:tab2file(T, "table", Options),
    Before = sorted(T),
    ets:delete(T),
    {ok, Info} = ets:tabfile_info("table"),
    {ok, Read} = ets:file2tab("table", [{verify, Options =/= []}]),
    After = sorted(Read),
    Same = {Read, ets:info(Read, type), ets:info(Read, keypos), ets:info(Read, protection), Before =:= After},
    Again = (failed(catch ets:file2tab("table"))),
    ets:delete(Read),
    {Written, lists:sort([I || {K, _} = I <- Info, K =/= version]), lists:keyfind(version, 1, Info), Same, Again, file:delete("table")}.

%% What a table is comes back with it.
properties() ->
    T = ets:new(x, [bag, public, compressed, {keypos, 2}, {read_concurrency, true}, {write_concurrency, true}]),
    ets:insert(T, [{1, a}, {2, a}, {1, b}]),
    ok = ets:tab2file(T, "properties"),
    {ok, U} = ets:file2tab("properties"),
    [{I, ets:info(U, I)} || I <- [name, type, protection, keypos, size, named_table, compressed, read_concurrency, write_concurrency]]
    ++ [T =/= U, sorted(U) =:= sorted(T), file:delete("properties")].

large() ->
    T = ets:new(x, [public]),
    ets:insert(T, [{N, lists:seq(1, N rem 20), <<N:200>>} || N <- lists:seq(1, 5000)]),
    ok = ets:tab2file(T, "large", [{extended_info, [md5sum, object_count]}]),
    {ok, U} = ets:file2tab("large", [{verify, true}]),
    {ets:info(U, size), sorted(T) =:= sorted(U), file:delete("large")}.

%% A file that was cut or changed.
broken() ->
    T = filled(set, []),
    ok = ets:tab2file(T, "broken", [{extended_info, [md5sum]}]),
    {ok, Whole} = file:read_file("broken"),
    Size = byte_size(Whole),
    Cut = [begin
               ok = file:write_file("broken", binary:part(Whole, 0, Size - N)),
               kind(failed(catch ets:file2tab("broken", [{verify, true}])))
           end || N <- [1, 20, 100, Size div 2]],
    <<Head:(Size - 60)/binary, Byte, Tail/binary>> = Whole,
    ok = file:write_file("broken", [Head, Byte bxor 1, Tail]),
    Changed = kind(failed(catch ets:file2tab("broken", [{verify, true}]))),
    {Cut, Changed, file:delete("broken")}.

kind({ok, _}) -> ok;
kind({error, Why}) when is_tuple(Why) -> {error, element(1, Why)};
kind(Other) -> Other.

wrong_files() ->
    ok = file:write_file("none", "no table"),
    T = filled(set, []),
    Results = [kind(failed(catch ets:file2tab("none"))), kind(failed(catch ets:file2tab("missing"))), kind(failed(catch ets:tabfile_info("missing"))),
               failed(catch ets:tab2file(T, "x", [{extended_info, [x]}])), failed(catch ets:tab2file(T, "x", [foo])), failed(catch ets:tab2file(nosuch, "x")),
               failed(catch ets:tab2file(T, "no/such/dir")), failed(catch ets:file2tab("none", [foo])), failed(catch ets:file2tab("none", [{verify, x}]))],
    {Results, file:delete("none")}.

%% ---- specifications from funs ----

funs() ->
    Limit = 30,
    [{all, ets:fun2ms(fun(X) -> X end)},
     {names, ets:fun2ms(fun(#person{name = N}) -> N end)},
     {old, ets:fun2ms(fun(#person{name = N, age = A}) when A > Limit -> {N, A} end)},
     {either, ets:fun2ms(fun(#person{age = A} = P) when A < 20; A > 50 -> P end)},
     {both, ets:fun2ms(fun(#person{name = N, age = A, town = {town, T}}) when is_atom(N), A rem 2 =:= 1 -> [N, T, A * 2] end)},
     {clauses, ets:fun2ms(fun(#person{name = anna}) -> first; (#person{town = {town, 1}, name = N}) -> {one, N} end)},
     {map, ets:fun2ms(fun(#person{name = N, age = A}) -> #{name => N, age => A + Limit} end)},
     {bindings, ets:fun2ms(fun(#person{age = A, town = T}) when A =/= T -> bindings() end)},
     {object, ets:fun2ms(fun(P) when element(3, P) > 40 -> object() end)},
     {record, ets:fun2ms(fun(#person{age = A} = P) when is_record(P, person) -> P#person{age = A} end)}].

from_fun(_, MS) ->
    T = filled(set, []),
    R = {MS, lists:sort(failed(catch ets:select(T, MS)))},
    ets:delete(T),
    R.

%% ---- queries ----

queries(Type) ->
    T = filled(Type, []),
    Town = 1,
    R = [lists:sort(qlc:e(qlc:q([N || #person{name = N} <- ets:table(T)]))),
         lists:sort(qlc:e(qlc:q([{N, A} || #person{name = N, age = A, town = {town, W}} <- ets:table(T), W =:= Town, A > 10]))),
         qlc:e(qlc:q([P || #person{name = N} = P <- ets:table(T), N =:= anna])),
         lists:sort(qlc:e(qlc:q([A || #person{age = A} <- ets:table(T, [{n_objects, 2}])]))),
         lists:sort(qlc:e(qlc:q([A || #person{age = A} <- ets:table(T, [{traverse, first_next}])]))),
         lists:sort(qlc:e(qlc:q([X || X <- ets:table(T, [{traverse, {select, [{#person{age = '$1', _ = '_'}, [{'>', '$1', 30}], ['$1']}]}}])]))),
         qlc:fold(fun(#person{age = A}, Sum) -> A + Sum end, 0, ets:table(T)),
         cursor(T)],
    ets:delete(T),
    R.

cursor(T) ->
    C = qlc:cursor(qlc:q([A || #person{age = A} <- ets:table(T)])),
    R = lists:sort(qlc:next_answers(C, 3) ++ qlc:next_answers(C, all_remaining)),
    {R, qlc:delete_cursor(C)}.

joined() ->
    T = filled(ordered_set, []),
    U = ets:new(towns, []),
    ets:insert(U, [{{town, 0}, "Aa"}, {{town, 1}, "Bb"}, {{town, 2}, "Cc"}]),
    lists:sort(qlc:e(qlc:q([{N, Name} || #person{name = N, town = W} <- ets:table(T), {V, Name} <- ets:table(U), W =:= V]))).

traversals() ->
    T = filled(ordered_set, [named_table]),
    [failed(catch ets:table(nosuch)), failed(catch ets:table(T, [foo])), failed(catch ets:table(T, [{n_objects, -1}])), is_tuple(ets:table(T)), ets:delete(T)].

%% ---- test_ms ----

specs() ->
    [{{1, 2}, [{{'$1', '$2'}, [], ['$$']}]}, {{1, 2}, [{{'$1', '$1'}, [], ['$$']}]}, {{1}, [{'_', [{'>', {element, 1, '$_'}, 0}], [{{'$_', {self}}}]}]},
     {{1}, []}, {{1}, x}, {{1}, [x]}, {{1}, [{x}]}, {{1}, [{'_', x, []}]}, {{1}, [{'_', [], x}]}, {{1}, [{'_', [], []}]}, {{1}, [{x, [], [true]}]},
     {{1}, [{'_', [{foo, 1}], [true]}]}, {{1}, [{'_', ['$1'], ['$2']}]}, {{1}, [{{'$1'}, [{'+', '$1'}, {'-', 1, 2, 3}], ['$7']}]},
     {{1}, [{'_', [], [{foo}, {bar, 1}, {}]}]}, {x, [{'_', [], [true]}]}, {[1], [{'_', [], [true]}]}, {{a}, [{{'$1'}, [], [{is_record, '$1', a}]}]},
     {{1}, [{'_', [], [{return_trace}]}]}, {{1}, [{'_', [], [{message, 1}]}]}, {{1}, [{{'$1'}, [{'andalso', '$1'}], ['$1']}]}].

tests(T, S) -> ets:test_ms(T, S).

%% ---- what there is ----

all() ->
    Before = ets:all(),
    T = ets:new(a, []),
    n = ets:new(n, [named_table]),
    New = ets:all() -- Before,
    ets:delete(T),
    ets:delete(n),
    {lists:sort(New) =:= lists:sort([T, n]), ets:all() -- Before}.

information(Type) ->
    T = ets:new(i, [Type, named_table, {heir, self(), x}]),
    ets:insert(T, [{N, N} || N <- lists:seq(1, 10)]),
    ets:safe_fixtable(T, true),
    ets:safe_fixtable(T, true),
    {Time, Fixes} = ets:info(T, safe_fixed),
    {Mono, Fixes} = ets:info(T, safe_fixed_monotonic_time),
    R = {[{I, ets:info(T, I)} || I <- [name, node, named_table, type, keypos, protection, size, fixed, compressed, read_concurrency,
                                       write_concurrency, decentralized_counters]],
         [K || {K, _} <- ets:info(T)], ets:info(T, owner) =:= self(), ets:info(T, heir) =:= self(), Fixes =:= [{self(), 2}],
         tuple_size(Time), is_integer(Mono), is_integer(ets:info(T, memory)), ets:info(T, id) =:= ets:whereis(T), ets:info(T, binary),
         case ets:info(T, stats) of Stats when is_tuple(Stats) -> tuple_size(Stats); Stats -> Stats end,
         failed(catch ets:info(T, x)), ets:info(nosuch), ets:info(nosuch, size), failed(catch ets:info(1))},
    ets:delete(T),
    R.

%% ---- what the shell shows ----

%% Lines that Fun prints, and reads from Answers.
talk(Fun, Answers) ->
    Old = group_leader(),
    Me = self(),
    Server = spawn_link(fun() -> serve(Me, Answers, []) end),
    group_leader(Server, self()),
    Result = (failed(catch Fun())),
    group_leader(Old, self()),
    Server ! stop,
    receive {text, Text} -> {Result, string:lexemes(lists:flatten(Text), "\n")} end.

serve(Me, Answers, Text) ->
    receive
        {io_request, From, Ref, Request} ->
            {Reply, Answers1, Put} = reply(Request, Answers),
            From ! {io_reply, Ref, Reply},
            serve(Me, Answers1, [Text, Put]);
        stop -> Me ! {text, Text}
    end.

reply({put_chars, _, Chars}, A) -> {ok, A, unicode:characters_to_list(Chars)};
reply({put_chars, _, M, F, Args}, A) -> {ok, A, unicode:characters_to_list(apply(M, F, Args))};
reply({get_line, _, Prompt}, [A | As]) -> {A, As, io_lib:format("~ts~n", [Prompt])};
reply({get_line, _, _}, []) -> {eof, [], "eof\n"};
reply(_, A) -> {{error, request}, A, ""}.

shown() ->
    T = filled(set, [named_table]),
    {ok, Lines} = talk(fun() -> ets:i() end, []),
    ets:delete(T),
    [string:lexemes(L, " -") || L <- [hd(Lines)]] ++ [lists:sublist(string:lexemes(L, " "), 4) || L <- Lines, hd(string:lexemes(L, " ")) =:= "people"].

paged() ->
    T = ets:new(page, [named_table, ordered_set]),
    ets:insert(T, [{N, lists:duplicate(N, x)} || N <- lists:seq(1, 30)]),
    R = {talk(fun() -> ets:i(T) end, ["\n", "p5\n", "/x, *x\n", "q\n"]), failed(catch ets:i(nosuch)), talk(fun() -> ets:i(T, 5) end, [])},
    ets:delete(T),
    R.

%% ---- tables from elsewhere ----

init() ->
    T = ets:new(x, [ordered_set]),
    Put = ets:init_table(T, chunks([[{1}, {2}], [{3}], []])),
    {Put, ets:tab2list(T), failed(catch ets:init_table(T, fun(read) -> foo; (close) -> ok end)), failed(catch ets:from_dets(T, nosuch))}.

chunks(Chunks) ->
    fun(read) -> case Chunks of [] -> end_of_input; [C | Cs] -> {C, chunks(Cs)} end;
       (close) -> ok
    end.

to_dets() ->
    T = filled(set, []),
    {ok, D} = dets:open_file(d, [{file, "dets"}, {keypos, 2}]),
    D = ets:to_dets(T, D),
    U = ets:new(u, [{keypos, 2}]),
    {ets:from_dets(U, D), sorted(T) =:= sorted(U), dets:close(D), file:delete("dets")}.
