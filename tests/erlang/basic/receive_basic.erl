%% Receiving: order, selection, timeouts, nesting, the mailbox afterwards.
-module(receive_basic).
-export([start/0, id/1]).

start() ->
    Me = self(),
    [Me ! {n, I} || I <- [1, 2, 3, 4, 5]],
    erlang:display([take(3), take(1), take(5), rest()]),
    Me ! a, Me ! b, Me ! c,
    receive b -> erlang:display(b_first) end,
    erlang:display(receive X -> X end),
    erlang:display(receive Y -> Y end),
    erlang:display(receive nothing -> nothing after 0 -> empty end),
    erlang:display(receive nothing -> nothing after 10 -> waited end),
    Me ! late,
    erlang:display(receive late -> now after infinity -> never end),
    erlang:display(timeouts([0, 1, id(5), id(1 bsl 32 - 1)])),
    erlang:display([c(fun() -> receive after id(T) -> ok end end) || T <- [-1, a, 1.0, 1 bsl 32, 1 bsl 70]]),
    nested(Me),
    erlang:display(echo(10)),
    erlang:display(selective_flood(2000)),
    erlang:display(reference_receive()),
    Me ! {big, id(1 bsl 100), <<"binary">>, #{m => [1, 2]}, fun(Z) -> Z + 1 end},
    receive {big, I, B, M, F} -> erlang:display({I, B, M, F(1)}) end,
    self() ! 1, Me ! 2,
    receive N when N > 1 -> erlang:display({guarded, N}) end,
    receive M1 -> erlang:display({left, M1}) end,
    erlang:display({Me ! sent, receive sent -> got end}),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

take(N) -> receive {n, N} -> {took, N} end.

rest() -> receive {n, N} -> [N | rest()] after 0 -> [] end.

timeouts([]) -> [];
timeouts([T | Ts]) ->
    case T > 1000 of
        true -> self() ! wake;
        false -> ok
    end,
    R = receive wake -> woken after T -> timeout end,
    [R | timeouts(Ts)].

nested(Me) ->
    Me ! one, Me ! two, Me ! three,
    R = receive
        three ->
            receive
                one -> receive two -> all after 100 -> no_two end
            after 100 -> no_one
            end
    end,
    erlang:display(R).

echo(N) ->
    Pid = spawn(fun echo_loop/0),
    R = echo(Pid, N),
    Pid ! stop,
    R.

echo(_, 0) -> [];
echo(Pid, N) ->
    Pid ! {self(), N},
    [receive {Pid, M} -> M end | echo(Pid, N - 1)].

echo_loop() ->
    receive
        {From, N} -> From ! {self(), N * N}, echo_loop();
        stop -> ok
    end.

%% The wanted message comes last, behind thousands.
selective_flood(N) ->
    Me = self(),
    spawn(fun() -> flood(Me, N), Me ! last end),
    receive last -> drain(0) end.

flood(_, 0) -> ok;
flood(To, N) -> To ! {flood, N}, flood(To, N - 1).

drain(Sum) -> receive {flood, N} -> drain(Sum + N) after 0 -> Sum end.

reference_receive() ->
    Pid = spawn(fun() -> receive {call, From, Ref, V} -> From ! noise, From ! {Ref, V + 1} end end),
    Ref = make_ref(),
    Pid ! {call, self(), Ref, 1},
    V = receive {Ref, R} -> R end,
    receive noise -> {V, noise} end.
