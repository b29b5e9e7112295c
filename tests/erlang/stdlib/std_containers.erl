%% The stock modules queue, array, proplists.
-module(std_containers).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    Q = queue:from_list([1, 2, 3]),
    ?P(queue:to_list(queue:in(4, Q))), ?P(queue:to_list(queue:in_r(0, Q))), ?P(element(1, queue:out(Q))), ?P(element(1, queue:out_r(Q))), ?P(queue:out(queue:new())), ?P(queue:len(Q)), ?P(queue:is_empty(Q)), ?P(queue:is_queue(x)), ?P(queue:peek(Q)), ?P(queue:peek_r(Q)), ?P(queue:get(Q)), ?P(queue:get(queue:new())), ?P(queue:drop(queue:new())),
    ?P(queue:to_list(queue:join(Q, Q))), ?P(queue:split(1, Q)), ?P(queue:split(9, Q)), ?P(queue:to_list(queue:reverse(Q))), ?P(queue:to_list(queue:filter(fun(X) -> X > 1 end, Q))), ?P(queue:member(2, Q)), ?P(queue:fold(fun(X, A) -> X + A end, 0, Q)), ?P(queue:any(fun(X) -> X > 2 end, Q)), ?P(queue:all(fun(X) -> X > 2 end, Q)), ?P(queue:to_list(queue:delete(2, Q))), ?P(queue:to_list(queue:filtermap(fun(X) -> {true, {X}} end, Q))),
    ?P(queue:to_list(lists:foldl(fun(X, A) -> {_, B} = queue:out(queue:in(X, queue:in(X, A))), B end, queue:new(), lists:seq(1, 20)))), ?P(queue:head(Q)), ?P(queue:to_list(queue:tail(Q))), ?P(queue:to_list(queue:cons(0, Q))), ?P(queue:last(Q)), ?P(queue:in(1, x)),
    A = array:from_list([a, b, c]),
    ?P(array:to_list(array:set(5, f, A))), ?P(array:get(1, A)), ?P(array:get(99, A)), ?P(array:get(-1, A)), ?P(array:size(A)), ?P(array:get(7, array:new(3))), ?P(array:set(7, x, array:new(3))), ?P(array:get(7, array:new([{default, 0}]))), ?P(array:to_list(array:new([{size, 3}, {fixed, true}, {default, d}]))), ?P(array:to_orddict(A)), ?P(array:sparse_to_list(array:set(50, z, A))),
    ?P(array:map(fun(I, V) -> {I, V} end, A)), ?P(array:foldl(fun(I, V, S) -> [{I, V} | S] end, [], A)), ?P(array:foldr(fun(I, V, S) -> [{I, V} | S] end, [], A)), ?P(array:to_list(array:resize(2, A))), ?P(array:reset(1, A)), ?P(array:is_array(x)), ?P(array:is_fix(array:fix(A))), ?P(array:from_orddict([{0, a}, {3, d}])), ?P(array:relax(A)), ?P(array:sparse_size(array:set(50, z, A))), ?P(array:default(A)),
    ?P(lists:sum(array:to_list(lists:foldl(fun(I, X) -> array:set(I, I, X) end, array:new(), lists:seq(0, 2000))))), ?P(array:new(-1)), ?P(array:new([{size, x}])),
    P = [a, {b, 1}, {c, 2}, {b, 3}, d, {a, false}],
    ?P(proplists:get_value(b, P)), ?P(proplists:get_value(a, P)), ?P(proplists:get_value(z, P)), ?P(proplists:get_value(z, P, def)), ?P(proplists:get_all_values(b, P)), ?P(proplists:get_bool(a, P)), ?P(proplists:get_bool(b, P)), ?P(proplists:lookup(c, P)), ?P(proplists:lookup_all(b, P)), ?P(proplists:is_defined(d, P)), ?P(proplists:delete(b, P)), ?P(proplists:get_keys([a, {b, 1}])),
    ?P(proplists:compact([{a, true}, {b, 1}])), ?P(proplists:unfold([a, {b, 1}])), ?P(proplists:expand([{a, [x, y]}], [a, b])), ?P(proplists:substitute_aliases([{a, aa}], P)), ?P(proplists:substitute_negations([{no_a, a}], [no_a, b])), ?P(proplists:normalize([no_a, {b, 1}], [{negations, [{no_a, a}]}])), ?P(proplists:split([a, {b, 1}, c], [a, b])), ?P(proplists:append_values(b, [{b, 1}, {b, [2]}])), ?P(proplists:to_map([a, {b, 1}, {b, 2}])), ?P(proplists:from_map(#{a => 1})), ?P(proplists:property(a, true)), ?P(proplists:get_value(a, x)),
    ok.
