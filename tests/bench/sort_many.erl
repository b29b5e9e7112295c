%% group: real
%% sizes: 1000000 2000000 4000000
%% lists:sort of a million: integers, tuples by key, what is sorted but for a few.
-module(sort_many).
-export([start/0]).

start() ->
    Numbers = numbers(1000000, 42, []),
    Sorted = lists:sort(Numbers),
    Pairs = lists:keysort(2, pairs(Numbers, 0)),
    Almost = lists:usort([0, 1000, 7 | Sorted]),
    erlang:display({hash(Sorted, 0), hash([A || {A, _} <- Pairs], 0), hash(Almost, 0)}),
    ok.

numbers(0, _, Acc) -> Acc;
numbers(N, S, Acc) -> numbers(N - 1, (S * 1103515245 + 12345) band 16#7FFFFFFF, [S bsr 4 | Acc]).

pairs([_, N | T], I) when I < 200000 -> [{I, N} | pairs(T, I + 1)];
pairs(_, _) -> [].

hash([], H) -> H;
hash([N | T], H) -> hash(T, (H * 31 + N) band 16#FFFFFFF).
