%% Timers: 32 processes that each start a timer, cancel it, have a message sent later, and cancel that, 20,000 times.
-module(timers).
-export([start/0]).

start() ->
    Me = self(),
    Users = [spawn_link(fun() -> Me ! {self(), use(20000, 0)} end) || _ <- lists:seq(1, 32)],
    32 * 40000 = lists:sum([receive {P, Count} -> Count end || P <- Users]),
    ok.

use(0, Cancelled) -> Cancelled;
use(N, Cancelled) ->
    A = erlang:start_timer(5000 + N rem 100, self(), later),
    Left = erlang:cancel_timer(A),
    B = erlang:send_after(60000, self(), {later, N}),
    More = erlang:cancel_timer(B),
    use(N - 1, Cancelled + is_left(Left) + is_left(More)).

is_left(Left) when is_integer(Left), Left > 0 -> 1.
