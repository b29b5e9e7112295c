%% The Erlang side of natives that the tests of memory register.
-module(leak_native).
-export([make/1, value/1, watch/2, unwatch/1, downs/1, scene/0, resources/2, watchers/2, idle/0, keeps/0]).
-on_load(init/0).

init() -> erlang:load_nif("leak_native", 0).

make(_) -> erlang:nif_error(not_loaded).
value(_) -> erlang:nif_error(not_loaded).
watch(_, _) -> erlang:nif_error(not_loaded).
unwatch(_) -> erlang:nif_error(not_loaded).
downs(_) -> erlang:nif_error(not_loaded).

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
    Mailed = receive {mail, Got} -> Got end,
    2 = value(Mailed),
    [{a, Inside, [_]}] = ets:lookup(T, a),
    3 = value(Inside),
    0 = watch(Inside, self()),
    Watched = spawn(fun() -> receive stop -> ok after 1000 -> ok end end),
    0 = watch(Mailed, Watched),
    0 = unwatch(Mailed),
    0 = watch(Mailed, Watched),
    ok.

%% Dies with resources in its mailbox, its dictionary, its tables and its funs.
resources(S, N) -> each(N, fun() ->
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

%% The destructor against the end of whom the resource watches, in every order; the watched one lives on, is
%% dead before, dies with the owner.
watchers(S, N) -> each(N, fun() ->
        R = make(N),
        Dead = spawn(fun() -> 0 = watch(R, self()) end),
        dead(Dead),
        true = watch(R, Dead) > 0,
        0 = watch(R, S),
        0 = unwatch(R),
        false = unwatch(R) =:= 0,
        Killed = spawn(fun wait/0),
        0 = watch(R, Killed),
        exit(Killed, kill),
        dead(Killed),
        downs_become(R, 2),
        dead(spawn(fun() -> 0 = watch(make(1), S) end)),                % the resource goes first
        dead(spawn(fun() -> 0 = watch(make(2), self()) end)),           % owned by whom it watches
        Other = spawn(fun wait/0),
        dead(spawn(fun() -> 0 = watch(make(4), Other), exit(Other, kill) end)),
        dead(Other),
        0 = watch(R, S)
    end).
%% Who of those that watch it hears first of an end is not promised.
downs_become(R, N) ->
    case downs(R) of
        N -> ok;
        Less when Less < N -> erlang:yield(), downs_become(R, N)
    end.
dead(P) -> M = monitor(process, P), receive {'DOWN', M, process, P, _} -> ok end.
wait() -> receive stop -> ok end.

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
