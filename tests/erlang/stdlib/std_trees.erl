%% The stock modules gb_trees, dict, orddict.
-module(std_trees).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    T = lists:foldl(fun(K, A) -> gb_trees:insert(K, K * K, A) end, gb_trees:empty(), [5, 2, 8, 1, 9, 3]),
    ?P(gb_trees:to_list(T)), ?P(gb_trees:keys(T)), ?P(gb_trees:values(T)), ?P(gb_trees:size(T)), ?P(gb_trees:lookup(8, T)), ?P(gb_trees:lookup(7, T)), ?P(gb_trees:get(5, T)), ?P(gb_trees:get(6, T)), ?P(gb_trees:is_defined(1, T)), ?P(gb_trees:insert(1, x, T)),
    ?P(gb_trees:to_list(gb_trees:enter(1, x, T))), ?P(gb_trees:to_list(gb_trees:update(1, y, T))), ?P(gb_trees:update(7, y, T)), ?P(gb_trees:to_list(gb_trees:delete(5, T))), ?P(gb_trees:delete(7, T)), ?P(gb_trees:to_list(gb_trees:delete_any(7, T))), ?P(element(1, gb_trees:take(5, T))),
    ?P(gb_trees:smallest(T)), ?P(gb_trees:largest(T)), ?P(gb_trees:smallest(gb_trees:empty())), ?P(gb_trees:map(fun(K, V) -> {K, V} end, T)), ?P(gb_trees:next(gb_trees:iterator(gb_trees:empty()))), ?P(element(1, gb_trees:next(gb_trees:iterator_from(4, T)))),
    ?P(gb_trees:from_orddict([{1, a}, {2, b}, {3, c}])), ?P(gb_trees:balance(T)), ?P(gb_trees:is_empty(T)), ?P(element(1, gb_trees:take_smallest(T))), ?P(element(1, gb_trees:take_largest(T))), ?P(gb_trees:size(lists:foldl(fun(K, A) -> gb_trees:enter((K * 7919) rem 3001, K, A) end, gb_trees:empty(), lists:seq(1, 3000)))),
    D = dict:from_list([{K, K * 2} || K <- lists:seq(1, 50)]),
    S = fun(X) -> lists:sort(dict:to_list(X)) end,
    ?P(S(dict:filter(fun(K, _) -> K > 46 end, D))), ?P(dict:find(3, D)), ?P(dict:find(99, D)), ?P(dict:fetch(3, D)), ?P(dict:fetch(99, D)), ?P(lists:sort(dict:fetch_keys(D)) =:= lists:seq(1, 50)), ?P(dict:size(dict:erase(3, D))), ?P(dict:is_key(3, D)), ?P(dict:fold(fun(_, V, A) -> A + V end, 0, D)),
    ?P(S(dict:append(k, v, dict:append(k, u, dict:new())))), ?P(S(dict:append_list(k, [1, 2], dict:new()))), ?P(dict:append(1, x, D)), ?P(dict:fetch(1, dict:update(1, fun(V) -> V + 100 end, D))), ?P(dict:update(99, fun(V) -> V end, D)), ?P(dict:fetch(99, dict:update(99, fun(V) -> V end, init, D))), ?P(dict:fetch(7, dict:update_counter(7, 5, D))),
    ?P(dict:size(dict:merge(fun(_, A, B) -> A + B end, D, dict:from_list([{50, 1}, {51, 1}])))), ?P(dict:fetch(5, dict:map(fun(_, V) -> {V} end, D))), ?P(dict:size(lists:foldl(fun(K, A) -> dict:store(K, K, A) end, dict:new(), lists:seq(1, 2000)))), ?P(dict:is_empty(dict:new())), ?P(dict:take(1, dict:from_list([{1, a}])) =/= error),
    O = orddict:from_list([{b, 2}, {a, 1}, {c, 3}]),
    ?P(O), ?P(orddict:store(d, 4, O)), ?P(orddict:erase(a, O)), ?P(orddict:append(x, 1, orddict:new())), ?P(orddict:append(a, 1, O)), ?P(orddict:update(a, fun(V) -> -V end, O)), ?P(orddict:update_counter(a, 5, O)), ?P(orddict:fetch(q, O)), ?P(orddict:merge(fun(_, A, B) -> {A, B} end, O, [{a, z}, {q, w}])), ?P(orddict:filter(fun(_, V) -> V > 1 end, O)),
    ?P(orddict:map(fun(K, V) -> {K, V} end, O)), ?P(orddict:fold(fun(K, V, A) -> [K, V | A] end, [], O)), ?P(orddict:take(b, O)), ?P(orddict:find(b, O)), ?P(orddict:is_key(1, O)), ?P(orddict:size(O)), ?P(orddict:fetch_keys(O)),
    ok.
