%% The stock modules sets (both versions), ordsets, gb_sets.
-module(std_sets).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    [begin
         io:format("~p~n", [Name]),
         A = New([3, 1, 2, 3, b]), B = New([2, b, 5]),
         S = fun(X) -> case M:is_set(X) of true -> lists:sort(M:to_list(X)); false -> X end end,
         ?P(S(M:add_element(9, A))), ?P(S(M:del_element(1, A))), ?P(S(M:union(A, B))), ?P(S(M:intersection(A, B))), ?P(S(M:subtract(A, B))), ?P(S(M:union([A, B, M:new()]))), ?P(S(M:intersection([A, B]))),
         ?P(M:is_element(b, A)), ?P(M:is_element(x, A)), ?P(M:is_subset(New([1]), A)), ?P(M:is_subset(A, B)), ?P(M:is_disjoint(A, New([z]))), ?P(M:size(A)), ?P(S(M:filter(fun is_atom/1, A))), ?P(M:fold(fun(_, N) -> N + 1 end, 0, A)), ?P(M:is_set(x)),
         ?P(M:size(New(lists:seq(1, 2000)))), ?P(M:size(M:subtract(New(lists:seq(1, 2000)), New(lists:seq(500, 900)))))
     end || {Name, M, New} <- [{sets_v1, sets, fun(L) -> sets:from_list(L) end}, {sets_v2, sets, fun(L) -> sets:from_list(L, [{version, 2}]) end},
                               {ordsets, ordsets, fun ordsets:from_list/1}, {gb_sets, gb_sets, fun gb_sets:from_list/1}]],
    G = gb_sets:from_list([5, 3, 8, 1]),
    ?P(gb_sets:smallest(G)), ?P(gb_sets:largest(G)), ?P(gb_sets:to_list(gb_sets:balance(G))), ?P(element(1, gb_sets:take_smallest(G))), ?P(element(1, gb_sets:take_largest(G))), ?P(gb_sets:to_list(gb_sets:insert(4, G))), ?P(gb_sets:insert(5, G)), ?P(gb_sets:delete(99, G)),
    ?P(gb_sets:to_list(gb_sets:delete_any(99, G))), ?P(gb_sets:smallest(gb_sets:new())), ?P(element(1, gb_sets:next(gb_sets:iterator(G)))), ?P(element(1, gb_sets:next(gb_sets:iterator_from(4, G)))), ?P(gb_sets:is_empty(gb_sets:empty())), ?P(gb_sets:to_list(gb_sets:singleton(x))),
    ?P(ordsets:from_list([1, 1.0, 2])), ?P(sets:is_element(1.0, sets:from_list([1]))), ?P(sets:is_element(1.0, sets:from_list([1], [{version, 2}]))), ?P(ordsets:is_element(1.0, [1])), ?P(sets:from_list(x)),
    ok.
