%% Spawning: 8 processes that each spawn 120,000 one after the other and wait for each.
-module(spawn_storms).
-export([start/0]).

start() ->
    Me = self(),
    Storms = [spawn_link(fun() -> Me ! {self(), storm(120000, 0)} end) || _ <- lists:seq(1, 8)],
    8 * 120000 = lists:sum([receive {P, Count} -> Count end || P <- Storms]),
    ok.

storm(0, Count) -> Count;
storm(N, Count) ->
    Me = self(),
    P = spawn(fun() -> Me ! {self(), N} end),
    receive {P, N} -> storm(N - 1, Count + 1) end.
