%% List operators and natives, improper lists, comprehensions.
-module(lists_native).
-export([start/0, id/1]).

start() ->
    L = id([1, 2, 3, 4, 5]),
    erlang:display({hd(L), tl(L), length(L), L ++ [6], L ++ [], [] ++ L, [0 | L] -- [3, 1, 9], L -- L}),
    erlang:display([c(fun() -> hd(id(X)) end) || X <- [[], a, {}, [1 | 2]]]),
    erlang:display([c(fun() -> tl(id(X)) end) || X <- [[], a, [1 | 2]]]),
    erlang:display([c(fun() -> length(id(X)) end) || X <- [[], a, [1 | 2], [1, 2 | 3]]]),
    erlang:display([c(fun() -> id(X) ++ id(Y) end) || {X, Y} <- [{[1], 2}, {[1 | 2], [3]}, {a, []}, {[], a}]]),
    erlang:display([c(fun() -> id(X) -- id(Y) end) || {X, Y} <- [{[1 | 2], [1]}, {a, []}, {[1, 1, 2], [1]}, {[1], a}]]),
    erlang:display([1.0, 2, 1, 1.0] -- id([1])),
    erlang:display({lists:reverse(L), lists:reverse(L, tail), lists:member(3, L), lists:member(9, L)}),
    erlang:display({lists:keyfind(b, 1, id([{a, 1}, x, {b, 2}])), lists:keymember(1.0, 2, id([{a, 1}])),
                    lists:keysearch(c, 1, id([{a, 1}])), lists:keyfind(1, 3, [{1}, {1, 2}])}),
    erlang:display([c(fun() -> lists:reverse(id(X)) end) || X <- [[1 | 2], a, []]]),
    erlang:display([c(fun() -> lists:member(a, id(X)) end) || X <- [[b | a], a, [a | b]]]),
    erlang:display([X * Y || X <- L, X rem 2 =:= 1, Y <- [10, 20], X + Y > 11]),
    erlang:display([{X, Y} || {X, Y} <- [{1, 2}, nothing, {3, 4}], X > 1]),
    erlang:display(c(fun() -> [X || X <- id(improper([1, 2]))] end)),
    erlang:display([X || <<X:4>> <= id(<<16#12, 16#34>>)]),
    erlang:display([1, 2 | id(three)]),
    Long = seq(1, 20000),
    erlang:display({length(Long ++ Long), length(Long -- evens(Long)), hd(lists:reverse(Long))}),
    ok.

id(X) -> X.

improper(L) -> L ++ bad.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

evens(L) -> [X || X <- L, X rem 2 =:= 0].
