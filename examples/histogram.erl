%% What natives_host.c provides: a histogram in C, seen as a term.
-module(histogram).
-export([new/1, add/2, count/1, largest/1, report/1]).

%% Buckets of that width.
new(_Width) -> erlang:nif_error(not_loaded).
add(_Histogram, _Value) -> erlang:nif_error(not_loaded).
count(_Histogram) -> erlang:nif_error(not_loaded).
%% {FirstOfBucket, Count}
largest(_Histogram) -> erlang:nif_error(not_loaded).

%% Several processes fill one; it goes with the last term that refers to it.
report(N) ->
    Histogram = new(10),
    Parts = [spawn_monitor(fun() -> [add(Histogram, (I * J) rem 97) || J <- seq(1000)] end)
             || I <- seq(N)],
    [receive {'DOWN', Monitor, process, Pid, normal} -> ok end || {Pid, Monitor} <- Parts],
    {count(Histogram), largest(Histogram)}.

%% The host has no standard library: none is needed.
seq(N) -> seq(N, []).
seq(0, L) -> L;
seq(N, L) -> seq(N - 1, [N | L]).
