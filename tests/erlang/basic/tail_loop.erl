-module(tail_loop).
-export([start/0]).

start() ->
    erlang:display(count(1000000, 0)),
    erlang:display(even(100001)),
    ok.

count(0, Sum) -> Sum;
count(N, Sum) -> count(N - 1, Sum + N).

even(0) -> true;
even(N) -> odd(N - 1).

odd(0) -> false;
odd(N) -> even(N - 1).
