%% Tables: 4 processes, each on a table of its own of 10,000 keys, as many lookups as inserts.
-module(tables_own).
-export([start/0]).

start() ->
    Me = self(),
    Workers = [spawn_link(fun() -> own(400000), Me ! {self(), done} end) || _ <- lists:seq(1, 4)],
    [receive {P, done} -> ok end || P <- Workers],
    ok.

own(Times) ->
    T = ets:new(t, []),
    ets:insert(T, [{K, 0} || K <- lists:seq(0, 9999)]),
    work(T, Times, 0),
    Times = lists:sum([N || {_, N} <- ets:tab2list(T)]).

work(_, 0, _) -> ok;
work(T, N, K) ->
    [{K, V}] = ets:lookup(T, K),
    ets:insert(T, {K, V + 1}),
    work(T, N - 1, (K + 7919) rem 10000).
