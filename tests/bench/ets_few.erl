%% group: sequential
%% A table of a few objects: insert, look up, update a counter.
-module(ets_few).
-export([start/0]).

start() ->
    T = ets:new(t, [set]),
    ets:insert(T, [{K, 0, data} || K <- [a, b, c, d, {1, 2}, "key", 7]]),
    erlang:display(loop(1200000, T, 0)),
    ok.

loop(0, _, Acc) -> Acc;
loop(N, T, Acc) ->
    [{_, V, _}] = ets:lookup(T, {1, 2}),
    ets:insert(T, {{1, 2}, (V + N) band 16#FFFF, data}),
    loop(N - 1, T, Acc + ets:update_counter(T, a, 1) band 3).
