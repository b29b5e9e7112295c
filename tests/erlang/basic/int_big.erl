%% Integers of many digits: every operation, all sign combinations, identities that must hold.
-module(int_big).
-export([start/0, id/1]).

start() ->
    A = power(id(3), 200),
    B = power(id(7), 90),
    Pairs = [{X, Y} || X <- [A, -A, B, -B, 5, -5], Y <- [B, -B, 11, -11]],
    show(Pairs),
    shifts(A, [0, 1, 31, 32, 33, 63, 64, 65, 127, 200]),
    erlang:display(identities(A, B, 12)),
    erlang:display(squares(id(12345678901234567890), 6)),
    erlang:display({c(fun() -> A div id(0) end), c(fun() -> A rem id(0) end)}),
    erlang:display({c(fun() -> A + id(a) end), c(fun() -> A band id(1.0) end)}),
    erlang:display({A =:= id(A) + 0, A - A, A == B, A > B, -A < B, A =:= A + 0.0}),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

power(_, 0) -> 1;
power(X, N) when N rem 2 =:= 0 -> power(X * X, N div 2);
power(X, N) -> X * power(X, N - 1).

show([]) -> ok;
show([{X, Y} | Rest]) ->
    erlang:display({X + Y, X - Y, X * Y, X div Y, X rem Y}),
    erlang:display({X band Y, X bor Y, X bxor Y, bnot X, -X, abs(X)}),
    show(Rest).

shifts(_, []) -> ok;
shifts(A, [N | Ns]) ->
    erlang:display({N, A bsl N, A bsr N, -A bsl N, -A bsr N, (A bsl N) bsr N =:= A}),
    shifts(A, Ns).

identities(_, _, 0) -> true;
identities(A, B, N) ->
    Q = A div B,
    R = A rem B,
    Q * B + R =:= A andalso (A + B) * (A - B) =:= A * A - B * B
        andalso (A bor B) + (A band B) =:= A + B
        andalso (A bxor B) =:= (A bor B) - (A band B)
        andalso identities(B * B + N, A + N, N - 1).

squares(X, 0) -> X rem 1000000007;
squares(X, N) -> squares(X * X + N, N - 1).
