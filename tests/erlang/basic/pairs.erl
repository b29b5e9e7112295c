%% Instructions that have one body with what follows them: each with operands that the short way does not take,
%% so that the second runs by itself; and choices that only return constants.
-module(pairs).
-export([start/0, id/1, fib/1, tak/3, safe/3, poly/2, less/2, even/1, code/1, table/1, sum/3, length_of/1]).

start() ->
    Big = 1 bsl 59,
    Values = [0, -1, 7, Big - 1, -Big, Big * Big, 2.5, -0.0, a, [1], {1}],
    erlang:display([c(fun() -> fib(id(V)) end) || V <- [0, 9, 9.5, -(Big * Big), a]]),
    erlang:display([c(fun() -> tak(X, Y, Z) end) || {X, Y, Z} <- [{8, 4, 2}, {3.5, 2, 1}, {a, b, c}, {b, a, 1},
        {Big * Big, Big * Big - 1, Big * Big - 2}, {[], a, 0}]]),
    erlang:display([c(fun() -> safe(id(V), 1, [4, V, 2]) end) || V <- Values]),
    erlang:display([c(fun() -> safe(id(V), 1, [1.5, Big, Big * Big + 3]) end) || V <- Values]),
    erlang:display([c(fun() -> poly(id(V), id(W)) end) || V <- Values, W <- [3, Big, 2.0, a]]),
    erlang:display([[less(id(V), W) || W <- Values] || V <- Values]),
    erlang:display([c(fun() -> even(id(V)) end) || V <- Values]),
    erlang:display([c(fun() -> {code(V), table(V)} end) || V <- [add, sub, mul, halt, 0, 1, 4, 5, 9, 12, Big * Big, 1.0, "a"]]),
    erlang:display([c(fun() -> sum(id(N), 0, id(A)) end) || N <- [5, 0], A <- [1, Big, 1.5, x]]),
    erlang:display([c(fun() -> length_of(id(V)) end) || V <- [{3.0, 4.0}, {0.0, -0.0}, {1.0e200, 1.0}, {3, 4.0}, {x, 1.0}, 5]]),
    erlang:display([c(fun() -> math:sqrt(id(V)) end) || V <- [2.25, 0.0, 16, Big * Big, -1.0, -0.0, a]]),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason:Trace -> {Class, Reason, [{Name, A} || {pairs, Name, A, _} <- Trace, is_integer(A), Name =/= c]} end.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

tak(X, Y, Z) when Y >= X -> Z;
tak(X, Y, Z) -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y)).

safe(_, _, []) -> true;
safe(C, D, [Q | Qs]) -> C =/= Q andalso C =/= Q + D andalso C =/= Q - D andalso safe(C, D + 1, Qs).

poly(X, Y) -> (X + Y) band 16#FFFFFFF.

less(X, Y) ->
    {[Z || Z <- [X, Y], Z < X], [Z || Z <- [X, Y], Z >= Y], X =:= Y}.

even(X) -> X band 1 =:= 0.

code(add) -> 1; code(sub) -> two; code(mul) -> []; code(halt) -> 16#7FFFFFF; code(store) -> 5; code(_) -> other.

table(0) -> a; table(1) -> b; table(2) -> c; table(5) -> d; table(7) -> e; table(9) -> f; table(_) -> none.

sum(0, Sum, _) -> Sum;
sum(N, Sum, A) -> sum(N - 1, Sum + A * 2, A).

length_of({X, Y}) ->
    S = X * X + Y * Y,
    {S, math:sqrt(S) * (X - Y)}.
