%% Messages: 32 rings of 32 processes each, in each of which a number goes round 2,500 times.
-module(many_rings).
-export([start/0]).

start() ->
    Me = self(),
    Rings = [spawn_link(fun() -> Me ! {self(), ring(32, 32 * 2500)} end) || _ <- lists:seq(1, 32)],
    [0] = lists:usort([receive {P, Last} -> Last end || P <- Rings]),
    ok.

ring(Members, Steps) ->
    First = self(),
    Next = lists:foldl(fun(_, Next) -> spawn_link(fun() -> pass(Next) end) end, First, lists:seq(2, Members)),
    Next ! Steps,
    pass_first(Next).

pass(Next) ->
    receive N -> Next ! N - 1, pass(Next) end.

pass_first(Next) ->
    receive
        N when N =< 32 -> 0;
        N -> Next ! N - 1, pass_first(Next)
    end.
