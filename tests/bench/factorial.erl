%% group: sequential
%% sizes: 12000 24000 48000
%% Integers of thousands of digits, and their decimal text.
-module(factorial).
-export([start/0]).

start() -> erlang:display({erlang:phash2(fact(12000)), sum(integer_to_list(fact(8000)), 0)}), ok.

fact(N) -> fact(N, 1).
fact(0, Acc) -> Acc;
fact(N, Acc) -> fact(N - 1, N * Acc).

sum([], Acc) -> Acc;
sum([C | T], Acc) -> sum(T, Acc + C - $0).
