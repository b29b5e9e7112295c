%% What avm_call of the C API runs: a call whose outcome is a message to the host.
-module(atomvm_host).
-export([call/4, leader/0]).

%% Host gets {self(), ok, Value} or {self(), Class, Reason}.
-spec call(pid(), module(), atom(), [term()]) -> term().
call(Host, Module, Function, Arguments) ->
    serve(whereis(init)),
    true = erts_internal:group_leader(leader(), self()),     % erlang:group_leader/2 is stock code
    Host ! outcome(Module, Function, Arguments).

outcome(Module, Function, Arguments) ->
    try {self(), ok, apply(Module, Function, Arguments)}
    catch Class:Reason -> {self(), Class, Reason}
    end.

%% Stock modules ask the process `init`, also when they only print.
serve(undefined) -> _ = start(init, fun atomvm_init:serve/0), true;
serve(_) -> true.

%% A process that registers itself: one that could not would never be found again.
start(Name, Serve) ->
    Parent = self(),
    {Pid, Monitor} = spawn_monitor(fun() ->
        register(Name, self()),
        Parent ! {self(), Name},
        Serve()
    end),
    receive
        {Pid, Name} -> demonitor(Monitor, [flush]), Pid;
        {'DOWN', Monitor, process, Pid, {Reason, _}} -> error(Reason);
        {'DOWN', Monitor, process, Pid, Reason} -> error(Reason)
    end.

%% The process that serves io:format/2 and the like: started when there is none.
-spec leader() -> pid().
leader() ->
    case whereis(user) of
        undefined -> start(user, fun atomvm_io:start/0);
        Io -> Io
    end.
