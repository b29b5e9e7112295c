%% Spawning: 8 processes that each spawn 40,000 one after the other and wait for each.
-module(spawn_storms).
-export([start/0]).

start() ->
    Me = self(),
    Storms = [spawn_link(fun() -> storm(40000), Me ! {self(), done} end) || _ <- lists:seq(1, 8)],
    [receive {P, done} -> ok end || P <- Storms],
    ok.

storm(0) -> ok;
storm(N) ->
    Me = self(),
    P = spawn(fun() -> Me ! {self(), N} end),
    receive {P, N} -> storm(N - 1) end.
