%% group: sequential
%% sizes: 20000 80000 320000, 60000 120000 240000
%% A table of 20,000 objects, hashed and ordered.
-module(ets_many).
-export([start/0]).

start() -> erlang:display([work(ets:new(t, [Type])) || _ <- [1, 2, 3, 4, 5, 6, 7, 8, 9], Type <- [set, ordered_set]]), ok.

work(T) ->
    fill(20000, T),
    Sum = look(60000, T, 0),
    Picked = length(ets:select(T, [{{'$1', '$2'}, [{'<', '$2', 500}], ['$1']}])),
    [ets:delete(T, key(K)) || K <- seq(10000)],
    {Sum, Picked, ets:info(T, size), walk(ets:first(T), T, 0)}.

key(N) -> (N * 7919) band 16#FFFFFF.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

fill(0, _) -> ok;
fill(N, T) -> ets:insert(T, {key(N), N}), fill(N - 1, T).

look(0, _, Acc) -> Acc;
look(N, T, Acc) -> [{_, V}] = ets:lookup(T, key(N rem 20000 + 1)), look(N - 1, T, Acc + V).

walk('$end_of_table', _, Acc) -> Acc;
walk(K, T, Acc) -> walk(ets:next(T, K), T, Acc + K).
