%% group: sequential
%% Calls, comparison and addition of small integers.
-module(fib).
-export([start/0]).

start() -> erlang:display(fib(36)), ok.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
