%% Messages: order between two processes, large ones, many senders, literals, sub-binaries, to the dead.
-module(messages).
-export([start/0]).

start() ->
    Me = self(),
    erlang:display(ordered(10000)),
    erlang:display(senders(50, 200)),
    erlang:display(large()),
    erlang:display(parts()),
    Dead = spawn(fun() -> ok end),
    R = monitor(process, Dead),
    receive {'DOWN', R, _, _, _} -> ok end,
    erlang:display({Dead ! x, erlang:send(Dead, y), erlang:send(Dead, z, [nosuspend, noconnect])}),
    erlang:display([c(fun() -> erlang:send(To, m, O) end) || {To, O} <- [{Me, [x]}, {Me, x}, {1, []}, {nobody, []}]]),
    erlang:display({receive M -> M after 0 -> none end}),
    erlang:display(relay(200)),
    erlang:display(off_heap()),
    erlang:display(while_collecting(2000)),
    ok.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

ordered(N) ->
    Me = self(),
    P = spawn(fun() -> count_up(Me, 1, N) end),
    send_all(P, 1, N),
    receive {P, Answer} -> Answer end.

send_all(_, I, N) when I > N -> ok;
send_all(P, I, N) -> P ! I, send_all(P, I + 1, N).

count_up(To, I, N) when I > N -> To ! {self(), in_order};
count_up(To, I, N) -> receive X when X =:= I -> count_up(To, I + 1, N); Y -> To ! {self(), {out_of_order, Y, I}} end.

senders(Processes, Each) ->
    Me = self(),
    [spawn(fun() -> [Me ! {from, P, I} || I <- seq(Each)] end) || P <- seq(Processes)],
    collect(Processes * Each, #{}).

collect(0, Last) -> {map_size(Last), all_zero(maps:values(Last))};
collect(N, Last) ->
    receive
        {from, P, I} ->
            Expected = case Last of #{P := L} -> L - 1; #{} -> I end,
            true = I =:= Expected,
            collect(N - 1, Last#{P => I})
    end.

all_zero(L) -> [X || X <- L, X =/= 1] =:= [].

large() ->
    T = {seq(50000), #{k => seq(100)}, << <<X:16>> || X <- seq(5000) >>, 1 bsl 5000},
    Me = self(),
    P = spawn(fun() -> receive X -> Me ! {X =:= T, X} end end),
    P ! T,
    receive {Same, Back} -> {Same, Back =:= T} end.

parts() ->
    B = << <<X:8>> || X <- seq(1000) >>,
    <<_:3, Bits:4001/bits, _/bits>> = B,
    <<_:100/binary, Part:200/binary, _/binary>> = B,
    Me = self(),
    spawn(fun() -> receive {X, Y} -> Me ! {Y, X, erlang:crc32(Y), bit_size(X)} end end) ! {Bits, Part},
    receive {Part, Bits, Crc, Size} -> {Crc, Size} end.

relay(N) ->
    Me = self(),
    Chain = chain(N, Me),
    Chain ! {pass, [start]},
    receive {pass, L} -> length(L) end.

chain(0, P) -> P;
chain(N, P) -> chain(N - 1, spawn(fun() -> receive {pass, L} -> P ! {pass, [N | L]} end end)).

off_heap() ->
    Me = self(),
    P = spawn_opt(fun() -> receive go -> ok end, Me ! {sum, drain(0)} end, [{message_queue_data, off_heap}]),
    [P ! {I, seq(10)} || I <- seq(500)],
    P ! go,
    receive {sum, S} -> S end.

drain(Sum) -> receive {I, L} -> drain(Sum + I + length(L)) after 0 -> Sum end.

%% Messages arrive while the receiver builds garbage.
while_collecting(N) ->
    Me = self(),
    spawn(fun() -> [Me ! {data, I, seq(I rem 20)} || I <- seq(N)] end),
    busy(N, 0).

busy(0, Sum) -> Sum;
busy(N, Sum) ->
    _ = seq(200),
    receive {data, I, L} -> busy(N - 1, Sum + I + length(L)) end.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].
