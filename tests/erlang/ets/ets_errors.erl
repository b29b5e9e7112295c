%% What erl says of ets calls that fail: the text of the error, argument by argument.
-module(ets_errors).
-export([start/0]).

-define(E(Call), error_text(??Call, fun() -> Call end)).

error_text(Text, Fun) ->
    try Fun() of
        Value -> io:format("~ts => ~0tp~n", [Text, oracle_plain(Value)])
    catch
        Class:Reason:Stack ->
            Said = erl_error:format_exception(Class, Reason, Stack, #{stack_trim_fun => fun(_, _, _) -> true end, column => 1}),
            [First | _] = [io_lib:format("~ts", [L]) || L <- string:split(Said, "in call from", leading)],
            io:format("~ts => ~ts~n", [Text, hide(First)])
    end.

oracle_plain(T) when is_reference(T) -> '<ref>';
oracle_plain(T) -> T.

%% Without re, which 32-bit machines may lack.
hide(Text) -> identifiers(string:trim(unicode:characters_to_list(Text), trailing)).

identifiers("#Ref<" ++ Text) -> [$_ | identifiers(tl(string:find(Text, ">")))];
identifiers("<0." ++ Text) -> [$_ | identifiers(tl(string:find(Text, ">")))];
identifiers([C | Text]) -> [C | identifiers(Text)];
identifiers([]) -> [].

start() ->
    T = ets:new(t, [set]), B = ets:new(b, [bag]), O = ets:new(o, [ordered_set, {keypos, 2}]),
    ets:insert(T, {k, 1, x}), ets:insert(B, {k, 1}), ets:insert(O, {a, 1}),
    ?E(ets:insert(foo, {1})), ?E(ets:insert(make_ref(), {1})), ?E(ets:insert("t", {1})),
    ?E(ets:insert(T, 1)), ?E(ets:insert(T, {})), ?E(ets:insert(O, {1})), ?E(ets:insert(T, [{1}, 2])), ?E(ets:insert(T, [{1} | x])),
    ?E(ets:insert_new(T, x)), ?E(ets:lookup(foo, 1)), ?E(ets:lookup_element(T, none, 1)), ?E(ets:lookup_element(T, k, 9)),
    ?E(ets:lookup_element(T, k, 0)), ?E(ets:lookup_element(T, k, a)),
    ?E(ets:update_counter(T, none, 1)), ?E(ets:update_counter(T, k, {1, 1})), ?E(ets:update_counter(T, k, {9, 1})),
    ?E(ets:update_counter(T, k, {3, 1})), ?E(ets:update_counter(T, k, x)), ?E(ets:update_counter(B, k, 1)), ?E(ets:update_counter(T, k, {2, a})),
    ?E(ets:update_counter(T, q, 1, x)), ?E(ets:update_counter(T, k, [{2, 1} | a])),
    ?E(ets:update_element(T, k, {1, 2})), ?E(ets:update_element(T, k, {9, 2})), ?E(ets:update_element(B, k, {2, 2})), ?E(ets:update_element(T, k, x)),
    ?E(ets:delete(foo)), ?E(ets:delete(foo, 1)), ?E(ets:delete_object(T, x)), ?E(ets:delete_all_objects(foo)),
    ?E(ets:first(foo)), ?E(ets:last(foo)), ?E(ets:next(T, none)), ?E(ets:prev(T, none)), ?E(ets:slot(T, x)), ?E(ets:slot(T, 100000)),
    ?E(ets:select(T, x)), ?E(ets:select(T, [{'$1', [], []}])), ?E(ets:select(T, [{'$1', [{foo}], ['$1']}])), ?E(ets:select(T, [], 0)),
    ?E(ets:select(x)), ?E(ets:select({1, 2})), ?E(ets:select_count(T, x)), ?E(ets:select_delete(foo, [])), ?E(ets:select_replace(B, [])),
    ?E(ets:select_replace(T, [{{'$1', '$2', '_'}, [], [{{'$2', 1}}]}])), ?E(ets:match(foo, '_')), ?E(ets:match(T, '_', x)), ?E(ets:match(foo)),
    ?E(ets:match_object(foo, '_')), ?E(ets:match_delete(foo, '_')), ?E(ets:match_spec_compile(x)), ?E(ets:match_spec_run([{1}], x)),
    ?E(ets:new(x, y)), ?E(ets:new(x, [y])), ?E(ets:new("x", [])), ?E(ets:new(x, [{keypos, 0}])), ?E(ets:new(x, [{heir, a, b}])),
    ets:new(taken, [named_table]),
    ?E(ets:new(taken, [named_table])), ?E(ets:rename(taken, 1)), ?E(ets:rename(T, "x")), ?E(ets:rename(foo, bar)),
    ?E(ets:give_away(T, self(), x)), ?E(ets:give_away(T, x, x)), ?E(ets:setopts(T, x)), ?E(ets:setopts(T, [{protection, x}])), ?E(ets:setopts(foo, [])),
    ?E(ets:safe_fixtable(T, x)), ?E(ets:safe_fixtable(foo, true)), ?E(ets:info(1)), ?E(ets:info(T, nosuch)), ?E(ets:whereis("x")), ?E(ets:take(foo, 1)),
    ?E(ets:info(foo)), ?E(ets:info(foo, size)), ?E(ets:whereis(foo)), ?E(ets:tab2list(foo)), ?E(ets:foldl(fun(_, A) -> A end, 0, foo)),
    other(T),
    ok.

%% Another process: private, protected, not the owner.
other(T) ->
    Private = ets:new(p, [private]),
    {Pid, Ref} = spawn_monitor(fun() ->
        ?E(ets:lookup(Private, 1)), ?E(ets:insert(T, {1})), ?E(ets:delete(T)), ?E(ets:lookup(T, k)), ?E(ets:give_away(T, self(), x)),
        ?E(ets:setopts(T, {heir, none})), ?E(ets:info(Private, size)), ?E(ets:select(Private, [])), ?E(ets:update_counter(T, k, 1))
    end),
    receive {'DOWN', Ref, process, Pid, normal} -> ok end.
