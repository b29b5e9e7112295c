%% Building, reading and updating tuples, with every refused index.
-module(tuples).
-export([start/0, id/1]).
-record(p, {x = 0, y = 0, z}).

start() ->
    T = id({a, 2, [3], <<4>>}),
    erlang:display({element(1, T), element(4, T), tuple_size(T), setelement(2, T, two)}),
    erlang:display([c(fun() -> element(id(I), T) end) || I <- [0, 5, -1, a, 1.0, 1 bsl 70]]),
    erlang:display([c(fun() -> setelement(id(I), T, x) end) || I <- [0, 4, 5, a]]),
    erlang:display([c(fun() -> element(id(1), X) end) || X <- [{}, [], #{}, 1]]),
    erlang:display({tuple_to_list(T), list_to_tuple(id([1, 2])), list_to_tuple(id([]))}),
    erlang:display([c(fun() -> list_to_tuple(id(X)) end) || X <- [[1 | 2], a]]),
    erlang:display({make_tuple(3, x), erlang:make_tuple(id(4), 0, [{2, b}, {4, d}, {2, again}])}),
    erlang:display({erlang:append_element(T, 5), erlang:delete_element(2, T), erlang:insert_element(1, T, z)}),
    erlang:display([c(fun() -> erlang:make_tuple(id(N), a) end) || N <- [-1, a, 1.5]]),
    P = #p{y = id(3)},
    erlang:display({P, P#p{x = 1, z = 9}, P#p.y, c(fun() -> (id({q, 1, 2, 3}))#p.x end)}),
    erlang:display(updates(P, 5)),
    Wide = list_to_tuple(seq(1, 300)),
    erlang:display({tuple_size(Wide), element(300, Wide), sum(Wide, 300)}),
    {A, {B, [C | D]}, _} = id({1, {2, [3, 4]}, ignored}),
    erlang:display({A, B, C, D}),
    erlang:display(c(fun() -> {X, X} = id({1, 2}), X end)),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

make_tuple(N, X) -> erlang:make_tuple(id(N), X).

updates(P, 0) -> P;
updates(#p{x = X, y = Y} = P, N) -> updates(P#p{x = X + 1, y = Y * 2}, N - 1).

sum(_, 0) -> 0;
sum(T, N) -> element(N, T) + sum(T, N - 1).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].
