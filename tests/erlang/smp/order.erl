%% What Erlang promises of order, however many schedulers there are: signals of one process to another
%% arrive as they were sent; an exit signal comes after the messages before it; a table of a process has
%% gone when its 'DOWN' comes; replies to a dead process's name fail as they should.
-module(order).
-export([start/0]).

start() ->
    [pairs(8, 400), before_exit(100), before_down(60), busy_neighbour(), one_loop()].

%% Each of N senders counts up; the receiver sees each sender's numbers in order.
pairs(N, Count) ->
    Me = self(),
    Receivers = [spawn_link(fun() -> receive_all(Me, N, Count, #{}) end) || _ <- lists:seq(1, 4)],
    [spawn_link(fun() -> send_all(K, Count, Receivers) end) || K <- lists:seq(1, N)],
    [receive {R, Result} -> Result end || R <- Receivers].

send_all(K, Count, Receivers) ->
    [R ! {K, I, lists:seq(1, I rem 7)} || I <- lists:seq(1, Count), R <- Receivers],
    ok.

receive_all(Parent, N, Count, Seen) ->
    case map_size(Seen) =:= N andalso lists:all(fun(V) -> V =:= Count end, maps:values(Seen)) of
        true ->
            Parent ! {self(), in_order};
        false ->
            receive
                {K, I, L} ->
                    I = maps:get(K, Seen, 0) + 1,
                    true = length(L) =:= I rem 7,
                    receive_all(Parent, N, Count, Seen#{K => I})
            after 20000 ->
                Parent ! {self(), {lost, Seen}}
            end
    end.

before_exit(0) ->
    ok;
before_exit(N) ->
    {P, M} = spawn_monitor(fun() -> receive go -> ok end, exit(done) end),
    Me = self(),
    Q = spawn(fun() -> [Me ! {self(), I} || I <- lists:seq(1, 5)], exit({self(), last}) end),
    R = erlang:monitor(process, Q),
    P ! go,
    [1, 2, 3, 4, 5] = [receive {Q, I} -> I after 20000 -> lost end || _ <- lists:seq(1, 5)],
    receive {'DOWN', R, process, Q, _} -> ok after 20000 -> exit(no_down) end,
    receive {'DOWN', M, process, P, done} -> ok after 20000 -> exit(no_down) end,
    before_exit(N - 1).

before_down(0) ->
    ok;
before_down(N) ->
    Me = self(),
    {P, M} = spawn_monitor(fun() ->
        T = ets:new(t, [public]),
        register(order_name, self()),
        Me ! {table, T},
        receive go -> ok end
    end),
    T = receive {table, X} -> X end,
    true = ets:insert(T, {a, N}),
    P ! go,
    receive {'DOWN', M, process, P, normal} -> ok after 20000 -> exit(no_down) end,
    undefined = ets:info(T),
    undefined = whereis(order_name),
    before_down(N - 1).

%% Endless loops on every scheduler, and somebody who has work.
busy_neighbour() ->
    Loops = [spawn(fun loop/0) || _ <- lists:seq(1, 9)],
    Me = self(),
    P = spawn_link(fun() -> echo() end),
    [begin P ! {Me, I}, receive {P, I} -> ok after 20000 -> exit(starved) end end || I <- lists:seq(1, 20)],
    [exit(L, kill) || L <- Loops],
    served.

%% One endless loop delays nobody by more than its slices, on whichever scheduler it is.
one_loop() ->
    Loop = spawn(fun loop/0),
    Me = self(),
    Echoes = [spawn_link(fun() -> echo() end) || _ <- lists:seq(1, 4)],
    From = erlang:monotonic_time(millisecond),
    [begin P ! {Me, I}, receive {P, I} -> ok after 20000 -> exit(starved) end end
     || I <- lists:seq(1, 100), P <- Echoes],
    exit(Loop, kill),
    erlang:monotonic_time(millisecond) - From < 4000.

loop() -> loop().

echo() ->
    receive {From, I} -> From ! {self(), I}, echo() end.
