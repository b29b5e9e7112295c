%% Runs a test program and says how it ended: the same module on `erl` and on the other machine.
-module(oracle).
-export([main/1, bare/1, driven/1, show/2]).

%% Calls Module:start/0 and prints its result, or class, reason and stack, as the last line.
main(Module) ->
    Line = try Module:start() of
        Value -> {returned, Value}
    catch
        Class:Reason:Stack -> {Class, Reason, own_frames(Stack)}
    end,
    io:format("=> ~0tp~n", [plain(Line)]).

%% The frames below the program's own are the driver's, and differ by how it was started.
own_frames([{oracle, _, _, _} | _]) -> [];
own_frames([Frame | Stack]) -> [Frame | own_frames(Stack)];
own_frames([]) -> [].

%% `erl -s oracle driven NAME`.
driven([Name]) ->
    finish(fun() -> main(Name) end).

%% `erl -s oracle bare NAME`: start/0 alone; the status tells whether it returned ok or 0.
bare([Name]) ->
    finish(fun() -> Name:start() end).

finish(Fun) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({returned, Fun()}) end),
    receive
        {'DOWN', Ref, process, Pid, {returned, Value}} when Value =:= ok; Value =:= 0 -> halt(0);
        {'DOWN', Ref, process, Pid, _} -> halt(1)
    end.

%% Prints Text and the value of Fun(), or the class and reason it failed with.
show(Text, Fun) ->
    Result = try Fun() of
        Value -> Value
    catch
        Class:Reason -> {'FAILED', Class, Reason}
    end,
    io:format("~ts => ~0tp~n", [Text, plain(Result)]).

%% The term without what differs from run to run: pids, references, ports and funs.
plain(T) when is_pid(T) -> '<pid>';
plain(T) when is_reference(T) -> '<ref>';
plain(T) when is_port(T) -> '<port>';
plain(T) when is_function(T) -> {'<fun>', erlang:fun_info(T, arity)};
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(T) when is_map(T) -> maps:from_list(plain(maps:to_list(T)));
plain(T) -> T.
