-module(fact_fib).
-export([start/0]).

start() ->
    erlang:display(fib(20)),
    erlang:display(fact(10)),
    erlang:display(fact(20)),
    erlang:display(fact(21)),
    erlang:display(fact(60)),
    ok.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).
