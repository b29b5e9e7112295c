%% Storms of links. Each storm(Survivor, N) runs in a process of its own and ends; after it nothing may
%% be left, though the survivor was idle all the time, never allocated and was never asked to collect.
-module(leak_links).
-compile([export_all, nowarn_export_all]).

%% Orders are small integers, so that not even a message lies on the survivor's heap.
-define(ORDER(N, Op), ((N) bsl 4 bor (Op))).

idle() ->
    process_flag(fullsweep_after, 5),          % else a storm sees one now and then
    await_order().

trapping() ->
    process_flag(trap_exit, true),
    idle().

await_order() ->
    receive
        Order when is_integer(Order) -> obey(Order band 15, Order bsr 4), await_order()
    end.

obey(_, 0) -> ok;
obey(0, N) -> spawn_link(?MODULE, child, []), obey(0, N - 1);
obey(1, N) -> spawn_link(?MODULE, child, []), receive {'EXIT', _, normal} -> ok end, obey(1, N - 1);
obey(2, N) ->
    P = spawn_link(?MODULE, wait, []),
    exit(P, kill),
    receive {'EXIT', P, killed} -> ok end,
    obey(2, N - 1);
obey(3, N) ->
    P = spawn_link(?MODULE, wait, []),
    P ! stop,
    N rem 2 =:= 0 andalso erlang:yield(),
    unlink(P),
    receive {'EXIT', P, _} -> ok after 0 -> ok end,     % it was there before
    M = monitor(process, P),
    receive {'DOWN', M, process, P, _} -> ok end,
    receive {'EXIT', P, _} -> exit(unlinked) after 0 -> ok end,
    obey(3, N - 1);
obey(4, N) ->
    P = spawn_link(?MODULE, wait, []),
    unlink(P), link(P), link(P), unlink(P), link(P),
    P ! stop,
    obey(4, N - 1);
obey(5, N) -> spawn_opt(?MODULE, child, [], [link]), obey(5, N - 1);
obey(6, N) ->
    _ = [spawn_link(?MODULE, child, []) || _ <- [1, 2, 3, 4, 5, 6, 7, 8]],
    obey(6, N - 1);
obey(7, N) ->
    spawn_link(?MODULE, large_reason, []),
    receive {'EXIT', _, {large, _, _}} -> ok end,
    obey(7, N - 1).

child() -> ok.
wait() -> receive stop -> ok end.
large_reason() -> exit({large, lists:duplicate(50, self()), binary:copy(<<"reason">>, 50)}).

%% 1: the survivor makes the links.
spawn_link_idle(S, N) -> S ! ?ORDER(N, 0).
spawn_link_received(S, N) -> S ! ?ORDER(N, 1).
spawn_link_killed(S, N) -> S ! ?ORDER(N, 2).
spawn_opt_link(S, N) -> S ! ?ORDER(N, 5).
spawn_link_at_once(S, N) -> S ! ?ORDER(N div 8 + 1, 6).
%% 5: unlink while the exit is under way; linked again while the ack is.
unlink_in_flight(S, N) -> S ! ?ORDER(N, 3).
unlink_and_link(S, N) -> S ! ?ORDER(N, 4).
%% 15: a large exit reason.
large_exit_reason(S, N) -> S ! ?ORDER(N, 7).

%% 1: the short-lived make the links.
link_from_short_lived(_, 0) -> ok;
link_from_short_lived(S, N) ->
    spawn(?MODULE, linker, [S]),
    link_from_short_lived(S, N - 1).

linker(S) -> link(S).

%% 4: the short-lived take their links away before they end.
unlink_by_short_lived(_, 0) -> ok;
unlink_by_short_lived(S, N) ->
    spawn(?MODULE, unlinker, [S]),
    unlink_by_short_lived(S, N - 1).

unlinker(S) -> link(S), unlink(S).

%% 4: twice is one; unlink takes it away; to oneself is none.
link_twice(_, 0) -> ok;
link_twice(S, N) ->
    link(S), link(S), link(self()), unlink(S), unlink(S), link(S),
    N rem 2 =:= 0 andalso unlink(S),
    link_twice(S, N - 1).

%% 4: to a dead process.
link_to_dead(_, N) ->
    {Dead, M} = spawn_monitor(?MODULE, child, []),
    receive {'DOWN', M, _, _, _} -> ok end,
    link_to_dead_trapping(Dead, N),
    link_to_dead_not_trapping(Dead, N).

link_to_dead_trapping(Dead, N) ->
    process_flag(trap_exit, true),
    each(N, fun() -> link(Dead), receive {'EXIT', Dead, noproc} -> ok end end),
    process_flag(trap_exit, false).

link_to_dead_not_trapping(Dead, N) ->
    each(N, fun() -> spawn(?MODULE, linker_then_wait, [Dead]) end).

linker_then_wait(Dead) -> link(Dead), wait().

%% 6: the link signal is queued to a process that dies before it handles it.
link_to_dying(S, N) ->
    process_flag(trap_exit, true),
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        exit(P, kill),
        link(P),
        receive {'EXIT', P, _} -> ok end,
        link(S),
        unlink(S)
    end).

%% 8: ended while it is still being spawned.
killed_at_birth(S, N) ->
    each(N, fun() -> exit(spawn(?MODULE, linker, [S]), kill) end).

%% Chains: each ends the next.
chain(_, N) ->
    {_, M} = spawn_monitor(?MODULE, chain_link, [N div 100 + 1]),
    receive {'DOWN', M, _, _, broken} -> ok end.

chain_link(0) -> exit(broken);
chain_link(N) -> spawn_link(?MODULE, chain_link, [N - 1]), wait().

%% Both ends killed in the same slice.
both_at_once(_, N) ->
    each(N, fun() ->
        A = spawn(?MODULE, wait, []),
        B = spawn(?MODULE, linker_then_wait, [A]),
        exit(A, kill),
        exit(B, kill)
    end).

%% A hub with many links, taken away one by one and by its death.
hub(_, N) ->
    {Hub, M} = spawn_monitor(?MODULE, hub_run, [N div 50 + 1]),
    receive {'DOWN', M, process, Hub, normal} -> ok end.

hub_run(N) ->
    Pids = [spawn_link(?MODULE, wait, []) || _ <- lists:seq(1, N)],
    _ = [unlink(P) || P <- Pids],
    _ = [link(P) || P <- Pids],
    _ = [P ! stop || P <- Pids],
    ok.

%% Exit signals to the dead, to oneself, without effect, group leaders.
exit_signals(S, N) ->
    Dead = spawn(?MODULE, child, []),
    each(N, fun() ->
        exit(S, normal),
        exit(Dead, kill),
        P = spawn(?MODULE, wait, []),
        exit(P, {shutdown, lists:seq(1, 20)})
    end).

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).
