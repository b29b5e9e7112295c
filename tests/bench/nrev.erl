%% group: sequential
%% sizes: 1000 2000 4000, 150 100 50
%% Naive reverse: conses made and dropped.
-module(nrev).
-export([start/0]).

start() -> erlang:display(hd(loop(150, seq(1000)))), ok.

loop(0, L) -> L;
loop(N, L) -> loop(N - 1, nrev(L)).

nrev([]) -> [];
nrev([H | T]) -> append(nrev(T), [H]).

append([], L) -> L;
append([H | T], L) -> [H | append(T, L)].

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].
