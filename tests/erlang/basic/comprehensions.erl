%% Comprehensions over lists and binaries, in all mixtures, with filters that fail.
-module(comprehensions).
-export([start/0, id/1]).

start() ->
    L = id([1, 2, 3, 4, 5, 6]),
    B = id(<<1, 2, 3, 4, 5, 6>>),
    erlang:display([X || X <- L, X > 2, X rem 2 =:= 0]),
    erlang:display([{X, Y} || X <- [a, b], Y <- L, is_integer(Y), Y < 3]),
    erlang:display([X || {ok, X} <- [{ok, 1}, error, {ok, 2}, {ok}]]),
    erlang:display([X || X <- L, id(X > 4)]),
    erlang:display(c(fun() -> [X || X <- L, id(X)] end)),
    erlang:display([X || X <- L, hd(X) =:= 1]),
    erlang:display(<< <<X:16>> || X <- L >>),
    erlang:display(<< <<X>> || <<X>> <= B, X > 3 >>),
    erlang:display([X || <<X:12>> <= B]),
    erlang:display([{X, Y} || <<X:4, Y:4>> <= <<16#1F, 16#2E>>]),
    erlang:display(<< <<(X + 1):3>> || <<X:2>> <= B >>),
    erlang:display([[Y || Y <- id(X), Y > 1] || X <- [[1, 2], [], [3]]]),
    erlang:display([F(10) || F <- [fun(A) -> A + X end || X <- [1, 2, 3]]]),
    erlang:display(c(fun() -> [X || X <- id([1 | 2])] end)),
    erlang:display(c(fun() -> [X || X <- id(atom)] end)),
    erlang:display(c(fun() -> << <<X>> || X <- id([1, a]) >> end)),
    erlang:display(c(fun() -> [X || <<X>> <= id(list)] end)),
    erlang:display([X || <<X/utf8>> <= <<"aé€"/utf8>>]),
    erlang:display([X || <<X/float>> <= <<1.0/float, 2.5/float>>]),
    erlang:display(length([{A, C, D} || A <- L, C <- L, D <- L, A * A + C * C =:= D * D])),
    erlang:display([X || X <- [1, 2], begin Z = X * 2, Z > 2 end]),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.
