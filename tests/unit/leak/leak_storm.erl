%% What runs the storms.
-module(leak_storm).
-export([run/3, run/4, collect/2]).

%% What fails halts the machine.
run(Module, Function, Survivor, N) -> guarded(Module, Function, [Survivor, N]).

run(Module, Function, Argument) -> guarded(Module, Function, [Argument]).

guarded(Module, Function, Arguments) ->
    try apply(Module, Function, Arguments)
    catch Class:Reason:Trace ->
        erlang:display({Module, Function, Class, Reason, Trace}),
        halt(1)
    end.

collect(Survivor, _) ->
    true = erlang:garbage_collect(Survivor),
    true = erlang:garbage_collect(Survivor).
