%% Monitors: by pid and name, demonitor with its options, several on one process, DOWN exactly once.
-module(monitors).
-export([start/0, id/1]).

start() ->
    erlang:display([reason(F) || F <- [fun() -> ok end, fun() -> exit(a) end, fun() -> exit(kill) end]]),
    erlang:display(dead()),
    erlang:display(by_name()),
    erlang:display(several(5)),
    erlang:display(demonitored()),
    erlang:display(flushed()),
    erlang:display(info()),
    erlang:display(myself()),
    erlang:display(storm(300)),
    erlang:display(tagged()),
    erlang:display(aliases()),
    erlang:display(reply_alias()),
    erlang:display(spawn_variants()),
    erlang:display([c(fun() -> monitor(id(T), id(X)) end) || {T, X} <- [{process, 1}, {nothing, self()}, {process, "a"}, {process, {a, 1}}]]),
    erlang:display([c(fun() -> demonitor(id(X)) end) || X <- [a, make_ref()]]),
    erlang:display([c(fun() -> demonitor(make_ref(), id(X)) end) || X <- [a, [x], [flush], [info], [flush, info], [flush | info]]]),
    erlang:display(receive Left -> Left after 0 -> nothing_left end),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

idle() -> receive stop -> ok end.

reason(F) ->
    {Pid, Ref} = spawn_monitor(F),
    receive {'DOWN', Ref, process, Pid, R} -> R end.

dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    Ref2 = monitor(process, Pid),
    receive {'DOWN', Ref2, process, Pid, R} -> R end.

by_name() ->
    Pid = spawn(fun idle/0),
    register(monitored, Pid),
    R1 = monitor(process, monitored),
    R2 = monitor(process, {monitored, node()}),
    Pid ! stop,
    A = receive {'DOWN', R1, process, W1, X1} -> {W1 =:= {monitored, node()}, X1} end,
    B = receive {'DOWN', R2, process, W2, X2} -> {W2 =:= {monitored, node()}, X2} end,
    R3 = monitor(process, monitored),
    C = receive {'DOWN', R3, process, W3, X3} -> {W3 =:= {monitored, node()}, X3} end,
    {A, B, C, whereis(monitored)}.

several(N) ->
    Pid = spawn(fun idle/0),
    Refs = [monitor(process, Pid) || _ <- seq(N)],
    {monitored_by, By} = process_info(Pid, monitored_by),
    Pid ! stop,
    {length(By), [receive {'DOWN', R, process, Pid, X} -> X end || R <- Refs]}.

demonitored() ->
    Pid = spawn(fun idle/0),
    Ref = monitor(process, Pid),
    true = demonitor(Ref),
    exit(Pid, kill),
    receive {'DOWN', Ref, _, _, _} -> bad after 20 -> none end.

flushed() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    Ref2 = monitor(process, Pid),
    receive {'DOWN', Ref2, _, _, _} -> ok end,
    {demonitor(Ref, [flush]), receive {'DOWN', Ref, _, _, _} -> bad after 0 -> none end}.

info() ->
    Pid = spawn(fun idle/0),
    Ref = monitor(process, Pid),
    A = demonitor(Ref, [info]),
    B = demonitor(Ref, [info]),
    exit(Pid, kill),
    {Pid2, Ref2} = spawn_monitor(fun() -> ok end),
    Probe = monitor(process, Pid2),
    receive {'DOWN', Probe, _, _, _} -> ok end,
    {A, B, demonitor(Ref2, [flush, info]), demonitor(make_ref())}.

myself() ->
    Ref = monitor(process, self()),
    {is_reference(Ref), demonitor(Ref), process_info(self(), monitors)}.

storm(N) ->
    Refs = [element(2, spawn_monitor(fun() -> exit(I) end)) || I <- seq(N)],
    sum([receive {'DOWN', R, _, _, X} -> X end || R <- Refs]).

tagged() ->
    Pid = spawn(fun idle/0),
    Ref = monitor(process, Pid, [{tag, {my, tag}}]),
    Pid ! stop,
    receive {{my, tag}, Ref, process, Pid, R} -> R end.

aliases() ->
    A = alias(),
    A ! one,
    R1 = receive one -> got after 50 -> lost end,
    B = unalias(A),
    A ! two,
    R2 = receive two -> got after 20 -> lost end,
    C = alias([reply]),
    C ! three, C ! four,
    R3 = [receive M -> M after 20 -> lost end || _ <- [1, 2]],
    {R1, B, R2, unalias(A), R3, unalias(C), c(fun() -> alias(id([nope])) end), c(fun() -> unalias(id(x)) end)}.

reply_alias() ->
    Server = spawn(fun Loop() -> receive {From, X} -> From ! {From, X * 2}, Loop(); stop -> ok end end),
    Ref = monitor(process, Server, [{alias, reply_demonitor}]),
    Server ! {Ref, 21},
    R = receive {Ref, V} -> V end,
    Server ! {Ref, 22},
    Late = receive {Ref, W} -> W after 20 -> dropped end,
    Ref2 = monitor(process, Server, [{alias, explicit_unalias}]),
    Server ! {Ref2, 5},
    Again = receive {Ref2, Y} -> Y end,
    Ref3 = monitor(process, Server, [{alias, demonitor}]),
    demonitor(Ref3, [flush]),
    Server ! {Ref3, 6},
    Gone = receive {Ref3, Z} -> Z after 20 -> dropped end,
    Server ! stop,
    Down = receive {'DOWN', Ref2, _, _, D} -> D end,
    {R, Late, Again, Gone, Down, unalias(Ref2), unalias(Ref2)}.

spawn_variants() ->
    {P1, R1} = spawn_opt(fun() -> exit(one) end, [monitor]),
    {P2, R2} = spawn_opt(erlang, exit, [two], [monitor, {min_heap_size, 500}]),
    {P3, R3} = spawn_opt(fun() -> exit(three) end, [{monitor, [{tag, 'GONE'}]}]),
    [receive {'DOWN', R1, process, P1, A} -> A end, receive {'DOWN', R2, process, P2, B} -> B end,
     receive {'GONE', R3, process, P3, C} -> C end].

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

sum([]) -> 0;
sum([H | T]) -> H + sum(T).
