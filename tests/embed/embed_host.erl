%% What the tests of tests/embed run.
-module(embed_host).
-export([collect/1, sleep/0, wait/0, spin/0, eat/0, add/2, links/0, storm/1, twice/1, version/0]).

%% Ends with all_of_them when Count whole messages have come.
collect(0) -> exit(all_of_them);
collect(Count) ->
    receive
        {I, Text, [I, J], 1.5, Big} when J =:= I + 1, byte_size(Text) =:= I rem 200,
                                         Big =:= (1 bsl 63) - 1 - I ->
            collect(Count - 1)
    end.

sleep() -> receive after 50 -> ok end.

wait() -> receive stop -> ok end.

spin() -> spin().

eat() -> eat([]).

eat(L) -> eat([L, L | {L, binary:copy(<<0>>, 1000)}]).

add(A, B) -> A + B.

links() -> {links, Links} = process_info(self(), links), length(Links).

%% Many processes that are linked to, watched and killed at once; all have gone when it ends.
storm(Count) ->
    process_flag(trap_exit, true),
    Pids = [spawn_link(fun() -> receive _ when I rem 3 =:= 0 -> exit(bye); _ -> ok end end)
            || I <- to(Count, [])],
    Monitors = [erlang:monitor(process, P) || P <- Pids],
    [P ! {go, to(10, []), <<0:1000>>} || P <- Pids],
    [exit(P, kill) || P <- Pids],
    [receive {'DOWN', M, process, _, _} -> ok end || M <- Monitors],
    [receive {'EXIT', P, _} -> ok end || P <- Pids],
    Count.

to(0, L) -> L;
to(N, L) -> to(N - 1, [N | L]).

%% Natives of the host in two versions of a module.
twice(_) -> erlang:nif_error(not_loaded).

version() -> 1.
