%% send_after, start_timer, cancel, read; absolute times; order of expiry.
-module(timers).
-export([start/0, id/1]).

start() ->
    Me = self(),
    R1 = erlang:send_after(20, Me, hello),
    erlang:display(receive hello -> hello after 1000 -> late end),
    R2 = erlang:start_timer(5, Me, {msg, 1}),
    erlang:display(receive {timeout, R2, M} -> M after 1000 -> late end),
    R3 = erlang:send_after(100000, Me, never),
    Left = erlang:read_timer(R3),
    erlang:display({is_integer(Left), Left > 90000, Left =< 100000}),
    C = erlang:cancel_timer(R3),
    erlang:display({is_integer(C), erlang:cancel_timer(R3), erlang:read_timer(R3), erlang:cancel_timer(R1)}),
    [erlang:send_after(T, Me, {at, T}) || T <- [60, 10, 40, 20, 0]],
    erlang:display([receive {at, T} -> T after 1000 -> late end || _ <- [1, 2, 3, 4, 5]]),
    register(timer_target, Me),
    erlang:send_after(1, timer_target, by_name),
    erlang:display(receive by_name -> ok after 1000 -> late end),
    erlang:send_after(1, nobody_at_all, lost),
    Abs = erlang:monotonic_time(millisecond) + 10,
    erlang:send_after(Abs, Me, absolute, [{abs, true}]),
    erlang:display(receive absolute -> erlang:monotonic_time(millisecond) >= Abs after 1000 -> late end),
    R4 = erlang:send_after(50000, Me, x),
    erlang:display({erlang:cancel_timer(R4, [{info, false}]), erlang:cancel_timer(R4, [{async, true}]), receive {cancel_timer, R4, V} -> V after 500 -> none end}),
    R5 = erlang:send_after(50000, Me, x),
    erlang:read_timer(R5, [{async, true}]),
    erlang:display(receive {read_timer, R5, W} -> W > 40000 after 500 -> none end),
    {Pid, Mon} = spawn_monitor(fun() -> erlang:send_after(10000, self(), x), ok end),
    erlang:display(receive {'DOWN', Mon, _, Pid, Why} -> Why end),
    erlang:display([c(fun() -> erlang:send_after(id(T), Me, x) end) || T <- [-1, a, 1.0]]),
    erlang:display([c(fun() -> erlang:send_after(1, id(D), x) end) || D <- [1, "x"]]),
    erlang:display([c(fun() -> erlang:cancel_timer(id(X)) end) || X <- [a, make_ref()]]),
    erlang:display(many(1000)),
    erlang:display([is_integer(erlang:monotonic_time(U)) || U <- [second, millisecond, microsecond, nanosecond, native, 1000]]),
    erlang:display(c(fun() -> erlang:monotonic_time(id(week)) end)),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

many(N) ->
    [erlang:send_after(I rem 17, self(), {t, I}) || I <- seq(N)],
    sum([receive {t, I} -> I end || _ <- seq(N)]).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

sum([]) -> 0;
sum([H | T]) -> H + sum(T).
