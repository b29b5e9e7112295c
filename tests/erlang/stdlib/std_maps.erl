%% The stock module maps.
-module(std_maps).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    M = #{a => 1, b => 2, c => 3},
    B = maps:from_list([{I, I * I} || I <- lists:seq(1, 500)]),
    ?P(maps:map(fun(_, V) -> V * 10 end, M)), ?P(maps:filter(fun(_, V) -> V > 1 end, M)), ?P(maps:filtermap(fun(_, 1) -> false; (_, 2) -> true; (_, V) -> {true, -V} end, M)), ?P(maps:fold(fun(K, V, A) -> [{K, V} | A] end, [], M)),
    ?P(maps:foreach(fun(_, _) -> x end, M)), ?P(maps:with([a, z], M)), ?P(maps:without([a, z], M)), ?P(maps:to_list(M)), ?P(maps:size(B)), ?P(maps:merge_with(fun(K, X, Y) -> {K, X, Y} end, M, #{b => x, d => y})),
    ?P(maps:intersect(M, #{a => z, q => 1})), ?P(maps:intersect_with(fun(_, X, Y) -> {X, Y} end, M, #{a => z, q => 1})), ?P(maps:update_with(a, fun(V) -> V + 1 end, M)), ?P(maps:update_with(z, fun(V) -> V end, M)), ?P(maps:update_with(z, fun(V) -> V end, 0, M)),
    ?P(maps:groups_from_list(fun(X) -> X rem 3 end, [1, 2, 3, 4, 5])), ?P(maps:groups_from_list(fun(X) -> X rem 2 end, fun(X) -> -X end, [1, 2, 3])), ?P(maps:next(maps:iterator(#{}))), ?P(maps:next(maps:iterator(#{k => v}))),
    ?P(lists:sort(maps:to_list(maps:filter(fun(K, _) -> K rem 100 =:= 0 end, B)))), ?P(maps:fold(fun(K, V, A) -> K + V + A end, 0, B)), ?P(lists:sum(maps:keys(B))), ?P(lists:sum(maps:values(B))), ?P(maps:size(maps:without(lists:seq(1, 480), B))),
    ?P(maps:with([499, 7], B)), ?P(walk(maps:iterator(B), 0)), ?P(maps:get(600, B, none)), ?P(maps:take(500, M)), ?P(element(1, maps:take(500, B))), ?P(maps:map(fun(_, V) -> V end, x)), ?P(maps:fold(x, 0, M)), ?P(maps:from_list([a])), ?P(maps:get(zz, M)), ?P(maps:merge(M, [])),
    ?P(maps:is_key(a, M)), ?P(maps:find(q, M)), ?P(maps:put(q, 1, M)), ?P(maps:remove(a, M)), ?P(maps:new()), ?P(maps:update(q, 1, M)), ?P(maps:from_keys([x, y], 0)), ?P(maps:to_list(maps:iterator(M))), ?P(erlang:phash2(maps:map(fun(K, V) -> {K, V} end, B))),
    ok.

walk(I, Sum) ->
    case maps:next(I) of
        none -> Sum;
        {K, V, Next} -> walk(Next, Sum + K * V)
    end.
