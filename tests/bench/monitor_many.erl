%% group: processes
%% sizes: 1000 4000 16000, 120 60 30
%% Monitored processes that end; and monitors set and taken back.
-module(monitor_many).
-export([start/0]).

start() ->
    P = spawn(fun() -> receive stop -> ok end end),
    erlang:display({rounds(120, 0), back(150000, P)}),
    ok.

rounds(0, Acc) -> Acc;
rounds(R, Acc) ->
    [spawn_monitor(fun() -> exit(N) end) || N <- seq(1000)],
    rounds(R - 1, gather(1000, Acc)).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

gather(0, Acc) -> Acc;
gather(N, Acc) -> receive {'DOWN', _, process, _, V} -> gather(N - 1, Acc + V) end.

back(0, P) -> is_process_alive(P);
back(N, P) -> true = demonitor(monitor(process, P), [flush]), back(N - 1, P).
