%% on_load runs before any other function of the module.
-module(on_load).
-export([start/0]).
-on_load(setup/0).

setup() ->
    put(loaded_here, true),
    erlang:display(on_load_ran),
    ok.

start() ->
    erlang:display(started),
    ok.
