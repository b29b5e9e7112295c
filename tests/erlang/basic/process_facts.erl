%% process_info, process_flag, is_process_alive, spawn options.
-module(process_facts).
-export([start/0, id/1, parked/1]).

start() ->
    Me = self(),
    erlang:display([item(I) || I <- [trap_exit, priority, registered_name, links, monitors, message_queue_len, messages, dictionary,
                                     error_handler, status, current_function, suspending, min_heap_size, fullsweep_after]]),
    erlang:display([element(1, process_info(Me, I)) || I <- [memory, heap_size, stack_size, total_heap_size, reductions, group_leader, initial_call,
                                                             current_location, current_stacktrace, garbage_collection, binary, backtrace]]),
    Me ! a, Me ! {b, 2},
    erlang:display({process_info(Me, messages), process_info(Me, message_queue_len)}),
    receive a -> ok end, receive {b, _} -> ok end,
    Pid = spawn(?MODULE, parked, [Me]),
    receive ready -> ok end,
    erlang:display(wait_for(Pid, {status, waiting}, status)),
    erlang:display({process_info(Pid, initial_call), process_info(Pid, current_function), process_info(Pid, [priority, trap_exit]), process_info(Pid, dictionary)}),
    erlang:display(process_info(Pid, [])),
    Pid ! {set, priority, high}, Pid ! {set, trap_exit, true}, Pid ! {sync, Me},
    receive synced -> ok end,
    erlang:display(process_info(Pid, [priority, trap_exit, message_queue_len])),
    link(Pid),
    erlang:display({process_info(Pid, links) =:= {links, [Me]}, process_info(Me, links) =:= {links, [Pid]}}),
    unlink(Pid),
    erlang:display({is_process_alive(Pid), exit(Pid, kill), dead_soon(Pid), is_process_alive(Pid), process_info(Pid, status), process_info(Pid)}),
    erlang:display([c(fun() -> process_info(id(P), id(I)) end) || {P, I} <- [{Me, nothing}, {x, status}, {Me, 1}, {Me, [status | x]}, {Me, [nothing]}]]),
    erlang:display({process_flag(trap_exit, true), process_flag(trap_exit, false), process_flag(priority, low), process_flag(priority, normal)}),
    erlang:display([c(fun() -> process_flag(id(F), id(V)) end) || {F, V} <- [{trap_exit, 1}, {priority, x}, {nothing, 1}, {min_heap_size, -1}, {save_calls, 0},
                                                                              {sensitive, false}, {fullsweep_after, 10}, {fullsweep_after, 65535}]]),
    erlang:display([c(fun() -> is_process_alive(id(P)) end) || P <- [Me, x]]),
    erlang:display([c(fun() -> spawn(id(M), id(F), id(A)) end) || {M, F, A} <- [{1, f, []}, {m, 1, []}, {m, f, x}, {m, f, [1 | 2]}]]),
    erlang:display([c(fun() -> spawn(id(F)) end) || F <- [a, 1, "x"]]),
    erlang:display([c(fun() -> spawn_opt(fun() -> ok end, id(O)) end) || O <- [a, [nothing], [{priority, x}], [link | x]]]),
    erlang:display([spawned(O) || O <- [[], [link], [{priority, high}], [{fullsweep_after, 0}], [{message_queue_data, off_heap}], [{max_heap_size, 0}]]]),
    erlang:display({heap_limit(), pid_text()}),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, simple(Reason)} end.

simple({badarity, _}) -> badarity;
simple(R) -> R.

item(I) ->
    case process_info(self(), I) of
        {I, V} when is_integer(V), I =/= message_queue_len -> {I, integer};
        {I, V} -> {I, V};
        [] -> {I, []}
    end.

parked(From) ->
    put(key, value),
    From ! ready,
    loop().

loop() ->
    receive
        {set, F, V} -> process_flag(F, V), loop();
        {sync, From} -> From ! synced, loop()
    end.

wait_for(Pid, Want, Item) ->
    case process_info(Pid, Item) of
        Want -> Want;
        _ -> receive after 1 -> wait_for(Pid, Want, Item) end
    end.

dead_soon(Pid) ->
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, _, _, R} -> R =:= killed orelse R =:= noproc end.

spawned(Options) ->
    Me = self(),
    P = spawn_opt(fun() -> Me ! {self(), process_info(self(), [priority, message_queue_data])} end, Options),
    receive {P, Info} -> Info end.

heap_limit() ->
    {Pid, Ref} = spawn_opt(fun() -> grow([]) end, [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
    receive {'DOWN', Ref, _, Pid, R} -> R end.

grow(L) -> grow([{L, length(L)} | L]).

pid_text() ->
    P = self(),
    list_to_pid(pid_to_list(P)) =:= P.
