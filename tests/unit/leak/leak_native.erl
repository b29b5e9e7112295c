%% The Erlang side of natives that the tests of memory register.
-module(leak_native).
-export([make/1, value/1, scene/0, storm/2, idle/0, keeps/0]).
-on_load(init/0).

init() -> erlang:load_nif("leak_native", 0).

make(_) -> erlang:nif_error(not_loaded).
value(_) -> erlang:nif_error(not_loaded).

%% Resources in the hands of everything that can hold a term.
scene() ->
    [R1, R2, R3] = [make(I) || I <- [1, 2, 3]],
    put(held, R1),
    self() ! {mail, R2},
    T = ets:new(any, []),
    true = ets:insert(T, {a, R3, [make(4)]}),
    {P, M} = spawn_monitor(fun() -> 1 = value(R1), exit({reason, R1}) end),
    {reason, Again} = receive {'DOWN', M, process, P, Why} -> Why end,
    1 = value(Again),
    receive {mail, Mailed} -> 2 = value(Mailed) end,
    [{a, Inside, [_]}] = ets:lookup(T, a),
    3 = value(Inside),
    ok.

%% Dies with resources in its mailbox, its dictionary, its tables and its funs.
storm(S, N) -> each(N, fun() ->
        S ! make(N),
        Before = make(0),
        {P, M} = spawn_monitor(fun holder/0),
        P ! {unread, Before, [make(1)]},
        erlang:yield(),
        exit(P, {reason, make(2)}),
        receive {'DOWN', M, process, P, {reason, R}} -> 2 = value(R) end,
        0 = value(Before)
    end).
holder() ->
    R = make(3),
    put(held, {R, fun() -> R end}),
    T = ets:new(any, [{heir, self(), R}]),
    ets:insert(T, {R, make(4)}),
    erlang:send_after(100000, self(), make(5)),
    monitor(process, spawn(fun() -> receive after 1 -> R end end), [{tag, {R}}]),
    receive never -> R end.

idle() -> process_flag(fullsweep_after, 5), await().
await() -> receive _ -> await() end.

%% Alive when the VM is destroyed.
keeps() ->
    T = ets:new(leak_resources, [named_table]),
    true = ets:insert(T, {a, make(1)}),
    persistent_term:put(leak_resource, make(2)),
    put(held, make(3)),
    self() ! make(4),
    erlang:send_after(100000000, self(), make(5)),
    receive never -> ok end.

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).
