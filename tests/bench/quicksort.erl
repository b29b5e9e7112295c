%% group: sequential
%% sizes: 20000 80000 320000, 60 30 15
%% Sorting pseudo-random numbers by list comprehension and append.
-module(quicksort).
-export([start/0]).

start() -> erlang:display(loop(60, random(20000, 42), 0)), ok.

loop(0, _, Acc) -> Acc;
loop(N, L, Acc) -> loop(N - 1, L, Acc + hd(sort(L))).

sort([]) -> [];
sort([P | T]) -> sort([X || X <- T, X < P]) ++ [P | sort([X || X <- T, X >= P])].

random(0, _) -> [];
random(N, Seed) -> [Seed | random(N - 1, (Seed * 1103515245 + 12345) band 16#7FFFFFFF)].
