%% What one process does to another beyond messages: asking a busy one, suspending, collecting,
%% leaders, limits, priorities; options of monitors and aliases; requests to spawn.
-module(process_control).
-export([start/0, busy/1, swallow/0]).

start() ->
    erlang:display(asking_the_busy()),
    erlang:display(asking_the_killed()),
    erlang:display(suspension()),
    erlang:display(collection()),
    erlang:display(leaders()),
    erlang:display(heap_limit()),
    erlang:display(undefined_function()),
    erlang:display(monitor_options()),
    erlang:display(alias_modes()),
    erlang:display(spawn_requests()),
    erlang:display(flags()),
    erlang:display(demonitors()),
    erlang:display(many_links(3000)),
    erlang:display(timers_to_the_dead()),
    erlang:display(receiver_that_never_allocates()),
    erlang:display(bad_calls()),
    ok.

c(F) -> try F() catch Class:Reason -> {Class, Reason} end.

busy(N) -> receive stop -> N after 0 -> busy(N + 1) end.

waiting() -> receive stop -> ok end.

flush() -> receive _ -> flush() after 0 -> ok end.

asking_the_busy() ->
    P = spawn(?MODULE, busy, [0]),
    L = [process_info(P, trap_exit), process_info(P, [priority, links]), is_process_alive(P),
         element(1, process_info(P, message_queue_len))],
    exit(P, kill),
    {L, is_process_alive(P), process_info(P, links), process_info(P)}.

asking_the_killed() ->
    P = spawn(fun waiting/0),
    [begin exit(P, kill), is_process_alive(P) end, process_info(P, status), c(fun() -> link(P) end)].

suspension() ->
    Me = self(),
    P = spawn(fun() -> receive go -> Me ! went end end),
    true = erlang:suspend_process(P),
    true = erlang:suspend_process(P),
    false = erlang:suspend_process(P, [unless_suspending]),
    P ! go,
    Early = receive went -> yes after 20 -> no end,
    S = process_info(P, status),
    true = erlang:resume_process(P),
    Still = receive went -> yes after 20 -> no end,
    true = erlang:resume_process(P),
    Late = receive went -> yes after 500 -> no end,
    {Early, S, Still, Late, c(fun() -> erlang:resume_process(P) end)}.

collection() ->
    P = spawn(fun waiting/0),
    B = spawn(?MODULE, busy, [0]),
    R = {erlang:garbage_collect(), erlang:garbage_collect(P), erlang:garbage_collect(B),
         erlang:garbage_collect(P, [{type, minor}]), erlang:garbage_collect(P, [{async, id}])},
    A = receive {garbage_collect, id, X} -> X after 500 -> timeout end,
    exit(P, kill), exit(B, kill),
    {R, A, erlang:garbage_collect(P), c(fun() -> erlang:garbage_collect(foo) end)}.

leaders() ->
    P = spawn(fun waiting/0),
    Old = group_leader(),
    true = group_leader(self(), P),
    R1 = process_info(P, group_leader) =:= {group_leader, self()},
    true = group_leader(P, self()),
    R2 = group_leader() =:= P,
    Q = spawn(fun waiting/0),
    R3 = process_info(Q, group_leader) =:= {group_leader, P},
    true = group_leader(Old, self()),
    exit(P, kill), exit(Q, kill),
    {R1, R2, R3, c(fun() -> group_leader(foo, self()) end), c(fun() -> group_leader(self(), P) end)}.

heap_limit() ->
    {P, M} = spawn_opt(fun() -> grow([]) end,
                       [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
    R1 = receive {'DOWN', M, process, P, R} -> R after 5000 -> timeout end,
    {Q, N} = spawn_opt(fun() -> exit({len, length(lists(20000))}) end,
                       [monitor, {max_heap_size, #{size => 5000, kill => false, error_logger => false}}]),
    {R1, receive {'DOWN', N, process, Q, S} -> S after 5000 -> timeout end}.

grow(L) -> grow([L, L | L]).

undefined_function() ->
    process_flag(trap_exit, true),
    {P, M} = spawn_monitor(fun() -> exit({shutdown, early}) end),
    R1 = receive {'DOWN', M, process, P, A} -> A end,
    Q = spawn_link(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, X} -> exit({got, X}) end end),
    exit(Q, bang),
    R2 = receive {'EXIT', Q, B} -> B end,
    process_flag(trap_exit, false),
    {R1, R2}.

monitor_options() ->
    P = spawn(fun waiting/0),
    R1 = monitor(process, P, [{tag, {my, tag}}]),
    R2 = monitor(process, P, [{alias, demonitor}, {tag, two}]),
    R3 = monitor(process, P),
    R2 ! through,
    L = [receive through -> got after 100 -> lost end],
    P ! stop,
    D = [receive {T, R, process, P, Why} -> {T, Why} after 500 -> timeout end || R <- [R1, R2, R3]],
    R2 ! through,
    {L, D, receive through -> got after 20 -> lost end,
     c(fun() -> monitor(process, P, [{alias, x}]) end), c(fun() -> monitor(process, P, foo) end)}.

alias_modes() ->
    A = alias(), B = alias([reply]),
    A ! 1, A ! 2, B ! 3, B ! 4,
    true = unalias(A),
    false = unalias(A),
    A ! 5,
    R = receive_all(),
    {R, unalias(B), c(fun() -> unalias(x) end), c(fun() -> alias([x]) end)}.

receive_all() -> receive X -> [X | receive_all()] after 10 -> [] end.

spawn_requests() ->
    Me = self(),
    R1 = erlang:spawn_request(fun() -> Me ! here end),
    A = receive {spawn_reply, R1, ok, P1} -> is_pid(P1) end,
    receive here -> ok end,
    R2 = erlang:spawn_request(fun() -> exit(x) end, [monitor, {reply_tag, tag}]),
    B = receive {tag, R2, ok, P2} -> is_pid(P2) end,
    C = receive {'DOWN', R2, process, P2, W} -> W end,
    R3 = erlang:spawn_request(fun() -> ok end, [bad]),
    D = receive {spawn_reply, R3, error, E} -> E end,
    _ = erlang:spawn_request(fun() -> ok end, [{reply, no}]),
    {A, B, C, D, receive_all(), erlang:spawn_request_abandon(make_ref())}.

flags() ->
    [process_flag(priority, high), process_flag(priority, normal), process_flag(trap_exit, true),
     process_flag(trap_exit, false), process_flag(min_heap_size, 1000), process_info(self(), min_heap_size),
     process_flag(fullsweep_after, 10), process_info(self(), fullsweep_after),
     process_flag(fullsweep_after, 65535), process_flag(message_queue_data, off_heap),
     process_flag(message_queue_data, on_heap), process_flag(error_handler, error_handler),
     process_flag(max_heap_size, 0),
     c(fun() -> process_flag(priority, x) end), c(fun() -> process_flag(trap_exit, 1) end),
     c(fun() -> process_flag(no_such_flag, true) end)].

demonitors() ->
    P = spawn(fun waiting/0),
    R1 = monitor(process, P), R2 = monitor(process, P),
    A = [erlang:demonitor(R1, [info]), erlang:demonitor(R1, [info]), erlang:demonitor(make_ref(), [info, flush])],
    P ! stop,
    receive after 20 -> ok end,
    B = [erlang:demonitor(R2, [flush, info]), receive_all()],
    {A, B, c(fun() -> erlang:demonitor(x) end), c(fun() -> erlang:demonitor(R1, [y]) end)}.

many_links(N) ->
    process_flag(trap_exit, true),
    Ps = [spawn_link(fun waiting/0) || _ <- lists(N)],
    {links, L} = process_info(self(), links),
    [P ! stop || P <- Ps],
    [receive {'EXIT', P, normal} -> ok end || P <- Ps],
    {links, Left} = process_info(self(), links),
    process_flag(trap_exit, false),
    {length(L), Left}.

lists(0) -> [];
lists(N) -> [N | lists(N - 1)].

timers_to_the_dead() ->
    flush(),
    {P, M} = spawn_monitor(fun waiting/0),
    T = erlang:start_timer(10000, P, x),
    A = is_integer(erlang:read_timer(T)),
    P ! stop,
    receive {'DOWN', M, process, P, normal} -> ok end,
    {A, erlang:read_timer(T), erlang:cancel_timer(T), erlang:cancel_timer(erlang:start_timer(5, P, x))}.

swallow() -> receive stop -> ok; _ -> swallow() end.

receiver_that_never_allocates() ->
    P = spawn(?MODULE, swallow, []),
    [begin [P ! {N, [a, b, c]} || N <- lists(500)], wait_until_empty(P) end || _ <- lists(40)],
    {memory, Bytes} = process_info(P, memory),
    P ! stop,
    Bytes < 300000.

wait_until_empty(P) ->
    case process_info(P, message_queue_len) of
        {message_queue_len, 0} -> ok;
        _ -> receive after 1 -> wait_until_empty(P) end
    end.

bad_calls() ->
    [c(F) || F <- [fun() -> link(x) end, fun() -> unlink(1) end, fun() -> exit(x, y) end,
                   fun() -> monitor(x, self()) end, fun() -> register(undefined, self()) end,
                   fun() -> register("x", self()) end, fun() -> unregister(no_such_name) end,
                   fun() -> whereis(1) end, fun() -> process_info(x) end,
                   fun() -> process_info(self(), no_such_item) end,
                   fun() -> process_info(self(), [status | x]) end,
                   fun() -> spawn(1, f, []) end, fun() -> spawn(m, f, [a | b]) end,
                   fun() -> spawn_opt(fun() -> ok end, [x]) end, fun() -> spawn_link(x) end,
                   fun() -> is_process_alive(x) end, fun() -> no_such_name ! x end,
                   fun() -> {no_such_name, node()} ! x end, fun() -> 1 ! x end,
                   fun() -> erlang:send(self(), x, [y]) end, fun() -> erlang:bump_reductions(0) end,
                   fun() -> erlang:start_timer(-1, self(), x) end,
                   fun() -> erlang:start_timer(1, {a, b}, x) end,
                   fun() -> erlang:cancel_timer(x) end, fun() -> erlang:suspend_process(self()) end]].
