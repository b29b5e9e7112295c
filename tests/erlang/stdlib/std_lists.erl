%% The stock module lists.
-module(std_lists).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    L = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5],
    K = [{b, 2}, {a, 1}, {c, 3}, {a, 0}],
    ?P(lists:sort(L)), ?P(lists:usort(L)), ?P(lists:sort(fun(A, B) -> A >= B end, L)), ?P(lists:usort(fun(A, B) -> A rem 3 =< B rem 3 end, L)),
    ?P(lists:keysort(1, K)), ?P(lists:ukeysort(1, K)), ?P(lists:keysort(2, K)), ?P(lists:keyfind(c, 1, K)), ?P(lists:keyfind(z, 1, K)),
    ?P(lists:keydelete(a, 1, K)), ?P(lists:keyreplace(a, 1, K, {x, y})), ?P(lists:keystore(q, 1, K, {q, 4})), ?P(lists:keytake(b, 1, K)), ?P(lists:keytake(zz, 1, K)),
    ?P(lists:keymap(fun(X) -> {X} end, 2, K)), ?P(lists:keymerge(1, [{a, 1}, {c, 1}], [{b, 2}, {c, 2}])), ?P(lists:keysearch(a, 1, K)), ?P(lists:keymember(3, 2, K)),
    ?P(lists:map(fun(X) -> X * X end, L)), ?P(lists:filter(fun(X) -> X > 3 end, L)), ?P(lists:filtermap(fun(X) when X > 4 -> {true, -X}; (X) -> X =:= 1 end, L)),
    ?P(lists:foldl(fun(X, A) -> [X | A] end, [], L)), ?P(lists:foldr(fun(X, A) -> [X | A] end, [], L)), ?P(lists:mapfoldl(fun(X, A) -> {X * 2, A + X} end, 0, L)),
    ?P(lists:mapfoldr(fun(X, A) -> {X + A, A + 1} end, 0, L)), ?P(lists:flatmap(fun(X) -> [X, X] end, [a, b])), ?P(lists:foreach(fun(X) -> X end, L)),
    ?P(lists:all(fun is_integer/1, L)), ?P(lists:any(fun(X) -> X > 8 end, L)), ?P(lists:partition(fun(X) -> X rem 2 =:= 0 end, L)), ?P(lists:splitwith(fun(X) -> X < 5 end, L)),
    ?P(lists:takewhile(fun(X) -> X < 5 end, L)), ?P(lists:dropwhile(fun(X) -> X < 5 end, L)), ?P(lists:search(fun(X) -> X > 4 end, L)), ?P(lists:split(3, L)), ?P(lists:split(30, L)),
    ?P(lists:sublist(L, 3)), ?P(lists:sublist(L, 3, 4)), ?P(lists:sublist(L, 100, 1)), ?P(lists:nth(3, L)), ?P(lists:nth(0, L)), ?P(lists:nth(99, L)), ?P(lists:nthtail(9, L)), ?P(lists:last(L)), ?P(lists:last([])),
    ?P(lists:max(L)), ?P(lists:min(L)), ?P(lists:max([])), ?P(lists:sum(L)), ?P(lists:seq(1, 10, 3)), ?P(lists:seq(5, 1)), ?P(lists:seq(5, 1, -2)), ?P(lists:seq(1, 0)), ?P(lists:seq(1, 3, 0)),
    ?P(lists:append([[1], [2, 3], []])), ?P(lists:append([1], x)), ?P(lists:concat([a, 1, "b", 2.5])), ?P(lists:flatten([1, [2, [3, []], 4]])), ?P(lists:flatten([a, [b]], [c])), ?P(lists:flatlength([1, [2, [3]]])),
    ?P(lists:duplicate(3, x)), ?P(lists:droplast([1, 2, 3])), ?P(lists:delete(5, L)), ?P(lists:subtract(L, [1, 5])), ?P(lists:reverse(L, tail)), ?P(lists:join(0, [1, 2, 3])), ?P(lists:prefix("ab", "abc")), ?P(lists:suffix("bc", "abc")),
    ?P(lists:zip([1, 2], [a, b])), ?P(lists:zip([1, 2], [a])), ?P(lists:zip3([1], [2], [3])), ?P(lists:zipwith(fun(A, B) -> A + B end, [1, 2], [3, 4])), ?P(lists:zipwith3(fun(A, B, C) -> A + B + C end, [1], [2], [3])),
    ?P(lists:unzip([{1, a}, {2, b}])), ?P(lists:unzip3([{1, a, x}])), ?P(lists:merge([1, 3, 5], [2, 3, 4])), ?P(lists:umerge([1, 3, 5], [2, 3, 4])), ?P(lists:merge3([1], [0], [2])), ?P(lists:merge([[3], [1, 2], [0]])), ?P(lists:umerge([[1, 2], [2, 3]])),
    ?P(lists:enumerate([a, b])), ?P(lists:enumerate(5, [a, b])), ?P(lists:uniq([a, b, a, 1, 1.0])), ?P(lists:uniq(fun(X) -> X rem 3 end, L)), ?P(lists:rumerge([5, 3], [4, 3])), ?P(lists:member(9, L)),
    ?P(lists:map(fun(X) -> X end, [1 | 2])), ?P(lists:foldl(fun(X, A) -> X + A end, 0, [a])), ?P(lists:sort([c, 1.0, "s", {}, #{}, 1, <<>>, [], a])), ?P(lists:sort(a)), ?P(lists:nth(a, L)),
    ?P(lists:sort([{X rem 17, X} || X <- lists:seq(1, 60)])), ?P(erlang:phash2(lists:sort([(X * 7919) rem 10007 || X <- lists:seq(1, 5000)]))), ?P(erlang:phash2(lists:keysort(1, [{(X * 31) rem 101, X} || X <- lists:seq(1, 3000)]))),
    ok.
