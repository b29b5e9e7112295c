%% What the code server does for modules with an on_load: runs it before the first call goes through.
-module(atomvm_code).
-export([undefined_function/3]).

-define(NAME, atomvm_on_load).

%% Module was found and waits for its on_load, which runs in a process of its own, one at a time. Then
%% the call is made again; if on_load did not return ok, Module is gone and the call is undef.
-spec undefined_function(module(), atom(), [term()]) -> term().
undefined_function(Module, Function, Arguments) ->
    case process_info(self(), registered_name) of
        {registered_name, ?NAME} ->
            erlang:raise(error, undef, [{Module, Function, Arguments, []}]);
        _ ->
            {_, Monitor} = spawn_monitor(fun() -> load(Module) end),
            receive
                {'DOWN', Monitor, process, _, _} -> ok
            end,
            case erlang:module_loaded(Module) of
                true -> apply(Module, Function, Arguments);
                false -> erlang:raise(error, undef, [{Module, Function, Arguments, []}])
            end
    end.

load(Module) ->
    try register(?NAME, self()) of
        true -> erlang:module_loaded(Module) orelse run(Module)
    catch
        error:badarg ->
            Monitor = monitor(process, ?NAME),
            receive
                {'DOWN', Monitor, process, _, _} -> load(Module)
            end
    end.

run(Module) ->
    case catch erlang:call_on_load_function(Module) of
        ok ->
            erlang:finish_after_on_load(Module, true);
        Result ->
            logger(Module, Result),
            erlang:finish_after_on_load(Module, false),
            erts_internal:purge_module(Module, prepare_on_load),
            erts_internal:purge_module(Module, complete)
    end.

logger(Module, Result) ->
    Text = "The on_load function for module ~s returned:~n~P\n",
    logger ! {log, warning, Text, [Module, Result, 10],
              #{pid => self(), gl => group_leader(), time => os:system_time(microsecond),
                error_logger => #{emulator => true, tag => warning_msg}}}.
