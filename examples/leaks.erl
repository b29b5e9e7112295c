%% For leak_test.c: a storm that leaves nothing, and one that does.
-module(leaks).
-export([tidy/0, untidy/0]).

%% Processes that are linked, watched and end in every way.
tidy() ->
    process_flag(trap_exit, true),
    Pids = [spawn_link(fun() -> ends(I rem 4) end) || I <- seq(200)],
    [receive {'EXIT', Pid, _} -> ok end || Pid <- Pids],
    Watched = [spawn_monitor(fun() -> ends(I rem 4) end) || I <- seq(200)],
    [receive {'DOWN', Monitor, process, _, _} -> ok end || {_, Monitor} <- Watched],
    ok.

ends(0) -> ok;
ends(1) -> exit(reason);
ends(2) -> exit(self(), kill), receive after infinity -> ok end;
ends(3) -> self() ! message, exit({a, "longer", reason}).

%% A process that nobody ends.
untidy() ->
    spawn(fun() -> receive never -> ok end end),
    ok.

seq(N) -> seq(N, []).
seq(0, L) -> L;
seq(N, L) -> seq(N - 1, [N | L]).
