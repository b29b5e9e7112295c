%% Tables: 4 processes on one table of 10,000 keys, nine lookups to one update of a counter.
-module(table_shared).
-export([start/0]).

start() ->
    Me = self(),
    T = ets:new(t, [public]),
    ets:insert(T, [{K, 0} || K <- lists:seq(0, 9999)]),
    Workers = [spawn_link(fun() -> work(T, 100000, W * 2500), Me ! {self(), done} end)
               || W <- lists:seq(0, 3)],
    [receive {P, done} -> ok end || P <- Workers],
    400000 = lists:sum([N || {_, N} <- ets:tab2list(T)]),
    ok.

work(_, 0, _) -> ok;
work(T, N, K) ->
    ets:update_counter(T, K, 1),
    look(T, 9, K),
    work(T, N - 1, (K + 7919) rem 10000).

look(_, 0, _) -> ok;
look(T, N, K) ->
    [{K, _}] = ets:lookup(T, K),
    look(T, N - 1, (K + 31) rem 10000).
