%% What the code server does where none runs: the on_load of a module before its first call goes through,
%% and answers to the stock module `code`.
-module(atomvm_code).
-export([undefined_function/3, serve/0]).

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

%% ---- code_server ----

%% The machine starts this process, registered as code_server, when that name is first watched or sent to.
%% There is no path: erlang:module_loaded/1 finds what there is to find.
-spec serve() -> no_return().
serve() ->
    receive
        {code_call, From, Request} ->
            From ! {code_server, try answer(Request) catch _:Reason -> {error, Reason} end};
        _ ->
            ok
    end,
    serve().

answer(get_path) -> [];
answer(get_mode) -> embedded;
answer(all_loaded) -> [{Module, file(Module)} || Module <- erlang:loaded()];
answer({finish_loading, [], _}) -> ok;
answer({load_file, Module}) -> present(Module);
answer({ensure_loaded, Module}) -> present(Module);
answer({is_loaded, Module}) -> erlang:module_loaded(Module) andalso {file, file(Module)};
answer({is_sticky, _}) -> false;
answer({get_object_code, _}) -> error;
answer({load_binary, Module, _, Binary}) ->
    erlang:check_old_code(Module) andalso erts_code_purger:purge(Module),
    erlang:load_module(Module, Binary);
answer({delete, Module}) -> erlang:delete_module(Module) =:= true;
answer({purge, Module}) ->
    {_, Killed} = erts_code_purger:purge(Module),
    Killed;
answer({soft_purge, Module}) -> erts_code_purger:soft_purge(Module);
answer(_) -> {error, bad_name}.

present(Module) ->
    case erlang:module_loaded(Module) of
        true -> {module, Module};
        false -> {error, nofile}
    end.

file(Module) -> atom_to_list(Module) ++ ".beam".
