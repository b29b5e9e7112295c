%% group: sequential
%% Integers of 256 bits: multiply and reduce, as elliptic curves do.
-module(bigint_256).
-export([start/0]).

start() ->
    P = (1 bsl 256) - (1 bsl 32) - 977,
    erlang:display([power(3, P - K, P) || K <- [2, 3, 5, 7, 11]] =/= []),
    erlang:display(loop(400000, 16#79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798, P)),
    ok.

power(_, 0, _) -> 1;
power(X, N, P) when N band 1 =:= 0 -> power(X * X rem P, N bsr 1, P);
power(X, N, P) -> X * power(X, N - 1, P) rem P.

loop(0, X, _) -> X;
loop(N, X, P) -> loop(N - 1, (X * X + N) rem P, P).
