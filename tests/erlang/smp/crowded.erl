%% A process whose queue holds a million messages, which it looks through again and again, stops nobody else.
-module(crowded).
-export([start/0]).

start() ->
    Me = self(),
    Full = spawn_link(fun() -> receive never -> ok end end),
    fill(Full, 1000000),
    {message_queue_len, 1000000} = process_info(Full, message_queue_len),
    Answers = [spawn_link(fun() -> answer(Me) end) || _ <- lists:seq(1, 4)],
    Busy = spawn_link(fun() -> poke(Full) end),
    Times = [ask(Answers) || _ <- lists:seq(1, 200)],
    Ticks = [receive after 1 -> tick end || _ <- lists:seq(1, 20)],
    unlink(Busy),
    exit(Busy, kill),
    M = erlang:monitor(process, Full),
    Full ! never,
    receive {'DOWN', M, _, _, Reason} -> ok end,
    {length(Times), lists:max(Times) < 2000, length(Ticks), Reason}.

fill(_, 0) -> ok;
fill(P, N) -> P ! N, fill(P, N - 1).

poke(P) ->
    P ! poke,
    _ = process_info(P, status),
    poke(P).

answer(Me) -> receive {Me, R} -> Me ! {R, ok}, answer(Me) end.

ask(Answers) ->
    From = erlang:monotonic_time(millisecond),
    [begin R = make_ref(), A ! {self(), R}, receive {R, ok} -> ok end end || A <- Answers],
    erlang:monotonic_time(millisecond) - From.
