%% Messages: 64 pairs that pass a message to and fro, 10,000 times each.
-module(many_rings).
-export([start/0]).

start() ->
    Me = self(),
    Pairs = [spawn_link(fun() -> pair(Me) end) || _ <- lists:seq(1, 64)],
    [receive {P, done} -> ok end || P <- Pairs],
    ok.

pair(Parent) ->
    Me = self(),
    Other = spawn_link(fun() -> other(Me) end),
    play(Other, 10000),
    Parent ! {Me, done}.

play(_, 0) -> ok;
play(Other, N) ->
    Other ! {self(), N},
    receive {Other, N} -> play(Other, N - 1) end.

other(Me) ->
    receive {Me, N} -> Me ! {self(), N}, other(Me) end.
