%% group: sequential
%% sizes: 10000 40000 160000, 80 40 20
%% A map of 10,000 keys: insert, look up, update, remove.
-module(maps_many).
-export([start/0]).

start() ->
    M = fill(10000, #{}),
    erlang:display({look(80, M, 0), map_size(churn(500000, M))}),
    ok.

fill(0, M) -> M;
fill(N, M) -> fill(N - 1, M#{key(N) => N}).

key(N) -> (N * 7919) band 16#FFFFFF.

look(0, _, Acc) -> Acc;
look(R, M, Acc) -> look(R - 1, M, look_all(10000, M, Acc)).

look_all(0, _, Acc) -> Acc;
look_all(N, M, Acc) -> look_all(N - 1, M, Acc + map_get(key(N), M)).

churn(0, M) -> M;
churn(N, M) -> K = N rem 20000, churn(N - 1, case M of #{K := _} -> maps:remove(K, M); #{} -> M#{K => N} end).
