%% Objects, keys and match specifications over every type of table.
-module(ets_select).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    [types(Type) || Type <- [set, ordered_set, bag, duplicate_bag]],
    ordered(),
    counters(),
    owners(),
    ok.

types(Type) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{N, N rem 7, {x, N * 1.5}} || N <- lists:seq(1, 5000)]),
    ets:insert(T, [{b, 1}, {b, 1}, {b, 2}, {m, #{a => 1, b => 2}}, {l, [1, 2, 3]}]),
    ?P(ets:info(T, size)),
    ?P(lists:sort(ets:lookup(T, b))),
    ?P(ets:lookup(T, none)),
    ?P(lists:sum(ets:select(T, [{{'$1', 3, '_'}, [{'<', '$1', 1000}], ['$1']}]))),
    ?P(ets:select(T, [{{17, '$1', '$2'}, [], [{{'$2', '$$', '$_', {const, {a}}}}]}])),
    ?P(ets:select_count(T, [{{'$1', '_', '_'}, [{is_integer, '$1'}, {'=:=', {'rem', '$1', 2}, 0}], [true]}])),
    ?P(ets:match(T, {m, #{a => '$1'}})),
    ?P(ets:match(T, {l, ['$2', '_' | '$1']})),
    ?P(ets:select(T, [{{'$1', '$2'}, [{'andalso', {is_atom, '$1'}, {is_map, '$2'}}], [{{'$1', {map_get, b, '$2'}}}]}])),
    ?P(length(chunks(ets:select(T, [{{'$1', '_', '_'}, [], ['$1']}], 100), []))),
    ?P(lists:sort(chunks(ets:match(T, {'$1', 5, '_'}, 7), [])) =:= lists:sort(ets:match(T, {'$1', 5, '_'}))),
    ?P(ets:select_delete(T, [{{'$1', '_', '_'}, [{'>', '$1', 100}], [true]}])),
    ?P(lists:sort(ets:tab2list(T)) =:= lists:sort(ets:foldl(fun(X, A) -> [X | A] end, [], T))),
    ?P(ets:info(T, size)),
    ets:safe_fixtable(T, true),
    ?P(length(walk(ets:first(T), T))),
    ?P(ets:info(T, size)),
    ets:safe_fixtable(T, false),
    ?P(ets:insert(T, {a})),
    ?P(ets:take(T, a)),
    ?P(ets:insert_new(T, [{k, 1}, {j, 2}])),
    ?P(ets:insert_new(T, [{n, 1}, {j, 2}])),
    ?P(ets:delete_all_objects(T)),
    ?P(ets:tab2list(T)),
    ?P(ets:delete(T)),
    ?P(ets:lookup(T, a)).

%% Deletes every key as it comes by.
walk('$end_of_table', _) -> [];
walk(K, T) -> ets:delete(T, K), [K | walk(ets:next(T, K), T)].

chunks('$end_of_table', Acc) -> Acc;
chunks({L, C}, Acc) -> chunks(ets:select(C), L ++ Acc).

ordered() ->
    T = ets:new(t, [ordered_set, {keypos, 2}]),
    ets:insert(T, [{v, N * 7919 rem 10007} || N <- lists:seq(1, 10006)]),
    ?P({ets:first(T), ets:last(T), ets:next(T, 4.5), ets:prev(T, 4.5), ets:next(T, 10006)}),
    ?P(ets:slot(T, 10)),
    ?P(ets:lookup(T, 3.0)),
    ?P(ets:select(T, [{{'_', '$1'}, [{'>', '$1', 10000}], ['$1']}])),
    ?P(ets:select_reverse(T, [{{'_', '$1'}, [{'>', '$1', 10000}], ['$1']}])),
    ?P(element(1, ets:select(T, [{{'_', '$1'}, [], ['$1']}], 4))),
    ?P(element(1, ets:select_reverse(T, [{{'_', '$1'}, [], ['$1']}], 4))),
    ?P(ets:tab2list(T) =:= [{v, N} || N <- lists:seq(1, 10006)]),
    ?P(ets:select_replace(T, [{{v, '$1'}, [{'<', '$1', 4}], [{{w, '$1'}}]}])),
    ?P(ets:match_object(T, {w, '_'})),
    ?P(ets:select_delete(T, [{{'_', '$1'}, [{'=/=', {'rem', '$1', 1000}, 0}], [true]}])),
    ?P(ets:tab2list(T)).

counters() ->
    T = ets:new(t, [set]),
    ets:insert(T, {c, 1, 2, x}),
    ?P(ets:update_counter(T, c, 5)),
    ?P(ets:update_counter(T, c, {3, 1 bsl 64})),
    ?P(ets:update_counter(T, c, [{2, 1}, {2, 1, 7, 0}, {3, -1}])),
    ?P(ets:update_counter(T, c, {4, 1})),
    ?P(ets:update_counter(T, c, {1, 1})),
    ?P(ets:update_counter(T, d, 3, {x, 10})),
    ?P(ets:update_element(T, c, [{4, "text"}, {2, <<0:800>>}])),
    ?P(ets:update_element(T, zz, {2, 1})),
    ?P(lists:sort(ets:tab2list(T))),
    ?P(ets:lookup_element(T, c, 4)),
    ?P(ets:lookup_element(T, c, 9)),
    ?P(ets:lookup_element(T, zz, 1)).

owners() ->
    Me = self(),
    {P, R} = spawn_monitor(fun() ->
        ets:new(mine, [named_table, {heir, Me, data}]),
        ets:insert(mine, {k, 1}),
        ets:new(other, [named_table])
    end),
    ?P(receive {'ETS-TRANSFER', mine, P, data} -> transferred after 1000 -> nothing end),
    ?P(receive {'DOWN', R, process, P, normal} -> down end),
    ?P({ets:lookup(mine, k), ets:whereis(other), ets:info(mine, owner) =:= Me}),
    ?P(ets:rename(mine, yours)),
    ?P(ets:info(yours, name)),
    ?P(ets:new(yours, [named_table])),
    Q = spawn(fun() -> receive {'ETS-TRANSFER', T, _, G} -> Me ! {got, T, G}, receive stop -> ok end end end),
    ?P(ets:give_away(yours, Q, gift)),
    ?P(receive {got, T, G} -> {T, G} end),
    ?P(ets:insert(yours, {x})),
    ?P(ets:test_ms({a, 1}, [{{'$1', '$2'}, [{is_atom, '$1'}], [{{'$2', '$1'}}]}])),
    ?P(ets:match_spec_run([{1}, {a, 2}, {3}], ets:match_spec_compile([{{'$1'}, [], ['$1']}]))).
