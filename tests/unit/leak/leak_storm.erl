%% What runs the storms.
-module(leak_storm).
-export([run/4, collect/2]).

%% A storm that fails halts the machine.
run(Module, Function, Survivor, N) ->
    try Module:Function(Survivor, N)
    catch Class:Reason:Trace ->
        erlang:display({Module, Function, Class, Reason, Trace}),
        halt(1)
    end.

collect(Survivor, _) ->
    true = erlang:garbage_collect(Survivor),
    true = erlang:garbage_collect(Survivor).
