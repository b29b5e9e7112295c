%% group: processes
%% sizes: 1000 4000 16000, 150 75 38
%% Linked processes that end, noticed by one that traps exits.
-module(link_many).
-export([start/0]).

start() ->
    process_flag(trap_exit, true),
    erlang:display(rounds(150, 0)),
    ok.

rounds(0, Acc) -> Acc;
rounds(R, Acc) ->
    [spawn_link(fun() -> exit({N, band_}) end) || N <- seq(1000)],
    rounds(R - 1, gather(1000, Acc)).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

gather(0, Acc) -> Acc;
gather(N, Acc) -> receive {'EXIT', _, {V, _}} -> gather(N - 1, Acc + V) end.
