%% The group leader of what runs: `user`, which the machine starts when a host calls or spawns something.
-module(atomvm_host).
-export([leader/0]).

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
