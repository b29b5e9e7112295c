%% What the code server does where none runs: the on_load of a module before its first call goes through,
%% and answers to the stock module `code`.
-module(atomvm_code).
-export([undefined_function/3, serve/0, loaded/1]).

-define(NAME, atomvm_on_load).
-define(MODULE_OF_NOBODY, '').

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

%% path: the folders, `unknown` until somebody asks; files: where modules came from that did not come from
%% the path.
-record(code, {path = unknown, files = #{}}).

%% The machine starts this process, registered as code_server, when that name is first looked for. It
%% finds what the machine finds: erlang:module_loaded/1 asks packs and host.
-spec serve() -> no_return().
serve() ->
    true = erts_internal:group_leader(atomvm_host:leader(), self()),
    serve(#code{}).

%% What the table of the stock server, which `code` of OTP 26 and later reads, would have for Module.
-spec loaded(module()) -> [{module(), term()}].
loaded(Module) ->
    Monitor = monitor(process, code_server),
    code_server ! {code_call, self(), {is_loaded, Module}},
    receive
        {code_server, {file, File}} -> demonitor(Monitor, [flush]), [{Module, File}];
        {code_server, _} -> demonitor(Monitor, [flush]), [];
        {'DOWN', Monitor, process, _, _} -> []
    end.

serve(S) ->
    receive
        {code_call, From, Request} -> serve(call(Request, From, S));
        _ -> serve(S)
    end.

call(Request, From, S) ->
    try answer(Request, S) of
        {load, Module, File, Bytes} -> load_bytes(Module, File, Bytes, From, S);
        {look, Module} -> spawn(fun() -> reply(From, look(Module, path(S))) end), S;
        {finish, Prepared, Module, File} -> finish(Prepared, Module, File, From, S);
        {reply, Answer, New} -> reply(From, Answer), New;
        Answer -> reply(From, Answer), S
    catch
        _:Reason -> reply(From, {error, Reason}), S
    end.

reply(From, Answer) -> From ! {code_server, Answer}.

answer(get_mode, _) -> embedded;
answer(all_loaded, S) -> [{Module, file(Module, S)} || Module <- erlang:loaded()];
answer({finish_loading, Prepared, Ensure}, S) -> finish_all(not_yet(Prepared, Ensure), S);
answer({What, Module}, _) when What =:= ensure_loaded; What =:= get_object_code_for_loading ->
    case present(Module) of
        {module, _} = Loaded -> Loaded;
        {error, _} -> {look, Module}
    end;
answer({is_loaded, Module}, S) -> erlang:module_loaded(Module) andalso {file, file(Module, S)};
answer({is_sticky, _}, _) -> false;
answer({F, _}, _) when F =:= stick_mod; F =:= unstick_mod; F =:= stick_dir; F =:= unstick_dir -> ok;
answer({delete, Module}, S) ->
    {reply, (catch erlang:delete_module(Module)) =:= true, S#code{files = maps:remove(Module, S#code.files)}};
answer({purge, Module}, _) ->
    {_, Killed} = erts_code_purger:purge(Module),
    Killed;
answer({soft_purge, Module}, _) -> erts_code_purger:soft_purge(Module);
answer({load_binary, Module, File, Bytes}, _) ->
    erlang:check_old_code(Module) andalso erts_code_purger:purge(Module),
    {load, Module, File, Bytes};
answer({load_abs, File, Module}, _) ->
    Name = absolute(name(File) ++ ".beam"),
    case prim_file:read_file(Name) of
        {ok, Bytes} -> {load, Module, Name, Bytes};
        _ -> {error, nofile}
    end;
answer({load_file, Module}, S) ->
    case find(Module, path(S)) of
        {File, Bytes} -> {load, Module, absolute(File), Bytes};
        none -> present(Module)
    end;
answer({get_object_code, Module}, S) ->
    case find(Module, path(S)) of
        {File, Bytes} -> {Module, Bytes, File};
        none -> error
    end;
answer({dir, Dir}, S) -> dir(Dir, path(S));
answer(get_path, S) -> path(S);
answer({add_path, Where, Folder}, S) -> add_path(Where, [Folder], S, {error, bad_directory});
answer({add_paths, Where, Folders}, S) -> add_path(Where, Folders, S, ok);
answer({del_path, Name}, S) -> replace_path(name(Name), [], S);
answer({replace_path, Name, Folder}, S) -> replace_path(name(Name), [name(Folder)], S);
answer({set_path, Folders}, S) ->
    Names = [name(F) || F <- Folders],
    case lists:all(fun is_folder/1, Names) of
        true -> set_path(Names, S);
        false -> {error, bad_directory}
    end;
%% What `code` of OTP 26 and later asks: paths that may be cached, modules prepared by who asks.
answer({add_path, Where, Folder, _}, S) -> answer({add_path, Where, Folder}, S);
answer({add_paths, Where, Folders, _}, S) -> answer({add_paths, Where, Folders}, S);
answer({replace_path, Name, Folder, _}, S) -> answer({replace_path, Name, Folder}, S);
answer({set_path, Folders, _}, S) -> answer({set_path, Folders}, S);
answer({del_paths, Names}, S) -> del_paths(Names, S);
answer(clear_cache, _) -> ok;
answer({where_is_file, File}, S) -> where_is_file(name(File), path(S));
answer({load_module, _, Module, _, _, true}, _) ->
    present(Module);
answer({load_module, Prepared, Module, File, Purge, false}, _) ->
    Purge andalso erlang:check_old_code(Module) andalso erts_code_purger:purge(Module),
    {finish, Prepared, Module, File};
answer(_, _) -> {error, bad_name}.

present(Module) ->
    case erlang:module_loaded(Module) of
        true -> {module, Module};
        false -> {error, nofile}
    end.

%% ---- loading ----

load_bytes(Module, File, Bytes, From, S) ->
    case erlang:load_module(Module, Bytes) of
        {module, Module} = Loaded ->
            reply(From, Loaded),
            S#code{files = (S#code.files)#{Module => File}};
        {error, on_load} ->
            spawn(fun() -> reply(From, run_on_load(Module)) end),
            S#code{files = (S#code.files)#{Module => File}};
        {error, badfile} ->
            spawn(fun() -> error_logger:error_msg("Loading of ~ts failed: ~p\n", [File, badfile]) end),
            reply(From, {error, badfile}),
            S;
        Error ->
            reply(From, Error),
            S
    end.

finish(Prepared, Module, File, From, S) ->
    Waits = erlang:has_prepared_code_on_load(Prepared),
    case erlang:finish_loading([Prepared]) of
        ok when Waits -> spawn(fun() -> reply(From, run_on_load(Module)) end);
        ok -> reply(From, {module, Module});
        {on_load, _} -> spawn(fun() -> reply(From, run_on_load(Module)) end);
        {Why, _} -> reply(From, {error, Why})
    end,
    S#code{files = (S#code.files)#{Module => File}}.

%% code:atomic_load/1: all of them or none.
not_yet(Prepared, false) -> Prepared;
not_yet(Prepared, true) ->
    Loaded = erlang:loaded(),
    [One || {Module, _} = One <- Prepared, not lists:member(Module, Loaded)].

finish_all([], _) -> ok;
finish_all(Prepared, S) ->
    case erlang:finish_loading([Code || {_, {Code, _}} <- Prepared]) of
        ok ->
            Files = maps:from_list([{Module, File} || {Module, {_, File}} <- Prepared]),
            {reply, ok, S#code{files = maps:merge(S#code.files, Files)}};
        {Why, Modules} -> {error, [{Module, Why} || Module <- Modules]}
    end.

%% The module was deleted, or waits for its on_load: a first call finds it, as any call does, in a process
%% of its own whose calls end here.
look(Module, Path) ->
    process_flag(error_handler, ?MODULE_OF_NOBODY),
    _ = catch Module:module_info(module),
    case present(Module) of
        {module, _} = Loaded -> Loaded;
        {error, nofile} -> {error, why_not(find(Module, Path), Module)}
    end.

why_not(none, _) -> nofile;
why_not({_, Bytes}, Module) ->
    case erlang:prepare_loading(Module, Bytes) of
        {error, Why} -> Why;
        _ -> on_load_failure
    end.

%% In a process of its own, since an on_load may ask this server.
run_on_load(Module) ->
    {_, Monitor} = spawn_monitor(fun() -> load(Module) end),
    receive
        {'DOWN', Monitor, process, _, _} -> ok
    end,
    case erlang:module_loaded(Module) of
        true -> {module, Module};
        false -> {error, on_load_failure}
    end.

%% ---- the path ----

path(#code{path = unknown}) ->
    case atomvm:code_path() of
        [] -> [];
        Folders -> ["." | [F || F <- Folders, library(F) =/= "erts"]]
    end;
path(#code{path = Path}) -> Path.

set_path(Path, S) ->
    ok = atomvm:set_code_path([absolute(F) || F <- Path]),
    {reply, true, S#code{path = Path}}.

add_path(Where, Folders, S, Otherwise) ->
    case [F || F <- [name(F) || F <- Folders], is_folder(F)] of
        [] -> Otherwise;
        New when Where =:= first, Otherwise =:= ok -> ok(set_path(lists:reverse(New) ++ (path(S) -- New), S));
        New when Where =:= first -> set_path(New ++ (path(S) -- New), S);
        New -> added(Otherwise, set_path(path(S) ++ (New -- path(S)), S))
    end.

added(ok, Reply) -> ok(Reply);
added(_, Reply) -> Reply.

ok({reply, true, S}) -> {reply, ok, S}.

%% Name is a folder of the path or the name of a library.
replace_path(Name, New, S) ->
    Path = path(S),
    case [F || F <- Path, F =:= Name orelse library(F) =:= Name] of
        [] when New =:= [] -> false;
        [] -> set_path(New ++ Path, S);
        [Old | _] ->
            {Before, [_ | After]} = lists:splitwith(fun(F) -> F =/= Old end, Path),
            set_path(Before ++ New ++ After, S)
    end.

del_paths(Names, S) ->
    {reply, _, New} = lists:foldl(fun(Name, {reply, _, Now} = Same) ->
                                      case replace_path(name(Name), [], Now) of
                                          false -> Same;
                                          Reply -> Reply
                                      end
                                  end, {reply, true, S}, Names),
    {reply, ok, New}.

where_is_file(_, []) -> non_existing;
where_is_file(File, [Folder | Path]) ->
    Name = filename:append(Folder, File),
    case prim_file:read_file_info(Name) of
        {ok, _} -> Name;
        _ -> where_is_file(File, Path)
    end.

%% `lists` of ".../lists-1.0/ebin"; the folder's own name when it is not of that kind.
library(Folder) ->
    case lists:reverse(filename:split(Folder)) of
        ["ebin", Library | _] -> hd(string:split(Library, "-"));
        [Other | _] -> Other;
        [] -> ""
    end.

dir(root_dir, Path) -> filename:dirname(dir(lib_dir, Path));
dir(lib_dir, Path) -> parent(dir({lib_dir, stdlib}, Path));
dir(compiler_dir, Path) -> dir({lib_dir, compiler}, Path);
dir({lib_dir, Library}, Path) ->
    Name = name(Library),
    case [filename:dirname(F) || F <- Path, filename:basename(F) =:= "ebin", library(F) =:= Name] of
        [Folder | _] -> Folder;
        [] -> {error, bad_name}
    end;
dir({priv_dir, Library}, Path) -> dir({lib_dir, Library, priv}, Path);
dir({lib_dir, Library, Sub}, Path) -> below(dir({lib_dir, Library}, Path), Sub);
dir(_, _) -> 'bad request to code'.

parent({error, _}) -> "/";
parent(Folder) -> filename:dirname(Folder).

below({error, _} = Error, _) -> Error;
below(Folder, Sub) -> filename:join(Folder, Sub).

%% The file that the module is loaded from, and its bytes.
find(_, []) -> none;
find(Module, [Folder | Path]) ->
    File = filename:append(Folder, atom_to_list(Module) ++ ".beam"),
    case prim_file:read_file(File) of
        {ok, Bytes} -> {File, Bytes};
        _ -> find(Module, Path)
    end.

file(Module, #code{files = Files} = S) ->
    case Files of
        #{Module := File} -> File;
        #{} -> file_in(Module, path(S))
    end.

file_in(Module, []) -> atom_to_list(Module) ++ ".beam";
file_in(Module, [Folder | Path]) ->
    File = filename:append(Folder, atom_to_list(Module) ++ ".beam"),
    case prim_file:read_file_info(File) of
        {ok, _} -> absolute(File);
        _ -> file_in(Module, Path)
    end.

is_folder(Name) ->
    case prim_file:read_file_info(Name) of
        {ok, Info} -> element(3, Info) =:= directory;
        _ -> false
    end.

absolute(Name) -> filename:absname(Name).

name(Name) when is_atom(Name) -> atom_to_list(Name);
name(Name) -> filename:flatten(Name).
