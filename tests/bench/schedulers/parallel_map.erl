%% Compute with messages in between: 300 tasks of about 2 ms, each a process that sends its result back.
-module(parallel_map).
-export([start/0]).

start() ->
    Results = map(fun(N) -> {N, fib(25)} end, lists:seq(1, 300)),
    300 = length([N || {{N, 75025}, N} <- lists:zip(Results, lists:seq(1, 300))]),
    ok.

map(F, List) ->
    Me = self(),
    Tasks = [begin Ref = make_ref(), spawn_link(fun() -> Me ! {Ref, F(X)} end), Ref end || X <- List],
    [receive {Ref, Result} -> Result end || Ref <- Tasks].

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
