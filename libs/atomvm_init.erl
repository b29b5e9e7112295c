%% Starts a program without the kernel application, and ends the machine with its status.
%%
%% The first process runs start/2. It makes the group leader (registered `user`), the process that
%% prints reports (`logger`) and the tables that stock modules read, runs the program in a process of
%% its own, and stays as `init` to answer what the stock module of that name asks.
-module(atomvm_init).
-export([start/2, serve/0]).

-record(init, {arguments, main, monitor, io, logger}).

%% Runs Module:start/0. Arguments are what stood after `--`, as strings.
-spec start(module(), [string()]) -> no_return().
start(Module, Arguments) ->
    replace(whereis(init)),
    register(init, self()),
    Io = atomvm_host:leader(),
    true = erts_internal:group_leader(Io, self()),
    Logger = atomvm_logger:spawn(),
    Init = self(),
    {Main, Monitor} = spawn_monitor(fun() -> run(Init, Module) end),
    loop(#init{arguments = Arguments, main = Main, monitor = Monitor, io = Io, logger = Logger}).

%% Registered as `init` where a host calls functions without a program: answers what stock modules ask.
-spec serve() -> no_return().
serve() -> answers(#init{arguments = []}).

answers(S) ->
    receive
        {stop, Status} -> halt(stop_status(Status));
        {From, Request} when is_pid(From) -> From ! {init, answer(Request, S)}, answers(S);
        _ -> answers(S)
    end.

replace(undefined) -> ok;
replace(Server) -> unregister(init), exit(Server, kill).

%% The process outlives the call: nothing linked to it sees an exit because the program is done.
run(Init, Module) ->
    Value = Module:start(),
    Init ! {returned, self(), status(Value)},
    receive after infinity -> ok end.

loop(#init{main = Main, monitor = Monitor} = S) ->
    receive
        {returned, Main, Status} ->
            halt(Status);
        {'DOWN', Monitor, process, Main, Reason} ->
            last(fun() -> ended(Reason) end, 1, S);
        {stop, Status} ->
            last(fun() -> ok end, stop_status(Status), S);
        {From, Request} when is_pid(From) ->
            From ! {init, answer(Request, S)},
            loop(S);
        _ ->
            loop(S)
    end.

%% Ends the machine, from another process: what formats a term may ask this one for its arguments.
last(Do, Status, S) ->
    spawn(fun() -> try try_last(Do, S) after halt(Status) end end),
    loop(S).

%% With no memory to format or print what it should, the program still ends.
try_last(Do, S) ->
    try
        Do(),
        atomvm_logger:sync(S#init.logger)
    catch
        _:Reason -> atomvm:write(2, [<<"start/0 failed, and why cannot be said: ">>, text(Reason), <<"\n">>])
    end.

text(Reason) when is_atom(Reason) -> atom_to_binary(Reason);
text(_) -> <<"an error">>.

status(ok) -> 0;
status(0) -> 0;
status(Value) ->
    say("Return value", Value),
    1.

%% A crash was reported by the machine already; an exit was not.
ended({_, [{_, _, _, _} | _]}) -> ok;
ended(Reason) -> say("start/0 exited", Reason).

say(What, Value) ->
    try atomvm:write(2, unicode:characters_to_binary(io_lib:format("~ts: ~tp~n", [What, Value])))
    catch error:undef -> atomvm:display(2, {list_to_atom(What), Value})     % an isolated program
    end.

stop_status({stop, Status}) -> stop_status(Status);
stop_status(stop) -> 0;
stop_status(Status) when is_integer(Status) -> Status;
stop_status(_) -> 1.

%% As the stock `init` answers when it was started without flags.
answer(get_arguments, _) -> [];
answer(get_plain_arguments, S) -> [unicode:characters_to_binary(A) || A <- S#init.arguments];
answer({get_argument, noshell}, _) -> {ok, [[]]};
answer({get_argument, _}, _) -> error;
answer(script_id, _) -> {"atomvm", "1"};
answer(get_status, _) -> {started, started};
answer({ensure_loaded, Module}, _) ->
    case erlang:module_loaded(Module) of
        true -> {module, Module};
        false -> not_allowed
    end;
answer(_, _) -> ok.
