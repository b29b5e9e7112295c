%% Arguments that no function can have do not put a process to sleep.
-module(hibernate_arguments).
-export([start/0]).

start() ->
    [erlang:display(attempt(M, F, A)) || {M, F, A} <- [
        {x, y, lists:duplicate(5122, z)}, {x, y, [a | b]}, {x, y, [a, b | c]},
        {x, y, 1}, {{}, y, []}, {x, "y", []}]],
    ok.

attempt(M, F, A) ->
    try erlang:hibernate(M, F, A) catch Class:Reason -> {Class, Reason} end.
