%% group: processes
%% sizes: 1000 4000 16000, 200 100 50
%% Processes that start, send one message and end.
-module(spawn_many).
-export([start/0]).

start() -> erlang:display(rounds(200, 0)), ok.

rounds(0, Acc) -> Acc;
rounds(R, Acc) ->
    Me = self(),
    spawn_all(1000, Me),
    rounds(R - 1, gather(1000, Acc)).

spawn_all(0, _) -> ok;
spawn_all(N, Me) -> spawn(fun() -> Me ! {done, N band 7} end), spawn_all(N - 1, Me).

gather(0, Acc) -> Acc;
gather(N, Acc) -> receive {done, V} -> gather(N - 1, Acc + V) end.
