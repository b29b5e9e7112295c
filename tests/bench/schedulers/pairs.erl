%% Messages: 64 pairs that pass a message to and fro, 25,000 times each.
-module(pairs).
-export([start/0]).

start() ->
    Me = self(),
    Pairs = [spawn_link(fun() -> pair(Me) end) || _ <- lists:seq(1, 64)],
    64 * 25000 = lists:sum([receive {P, Count} -> Count end || P <- Pairs]),
    ok.

pair(Parent) ->
    Me = self(),
    Other = spawn_link(fun() -> other(Me) end),
    Parent ! {Me, play(Other, 25000, 0)}.

play(_, 0, Count) -> Count;
play(Other, N, Count) ->
    Other ! {self(), N},
    receive {Other, N} -> play(Other, N - 1, Count + 1) end.

other(Me) ->
    receive {Me, N} -> Me ! {self(), N}, other(Me) end.
