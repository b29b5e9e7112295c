%% Code that was deleted comes back at the next call, also while its old code is still there; and
%% code:ensure_loaded/1 of modules with an on_load, of damaged ones and of those that are not there.
-module(code_deleted).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    ?P(queue:len(queue:new())),
    ?P([code:purge(queue), code:delete(queue), code:is_loaded(queue), erlang:check_old_code(queue)]),
    ?P(queue:len(queue:new())),
    ?P([erlang:module_loaded(queue), erlang:check_old_code(queue)]),
    ?P([code:delete(queue), erlang:module_loaded(queue)]),
    ?P([code:purge(queue), code:delete(queue), code:purge(queue), erlang:module_loaded(queue)]),
    ?P(apply(queue, len, [queue:new()])),
    ?P([code:delete(queue), erlang:module_loaded(queue), code:ensure_loaded(queue), erlang:module_loaded(queue)]),
    F = fun queue:len/1, _ = code:purge(queue),
    ?P([code:delete(queue), F({[], []})]),
    in_folder(fun() -> {ok, Folder} = file:get_cwd(), of_files(Folder) end),
    ?P(code:ensure_loaded(module_of_nobody)).

of_files(Folder) ->
    true = code:add_patha(Folder),
    [compile(Folder, Name, OnLoad) || {Name, OnLoad} <- [{good_load, "ok"}, {bad_load, "{error, no}"}]],
    ok = file:write_file(filename:join(Folder, "damaged.beam"), <<"no code">>),
    logger:set_primary_config(level, none),
    ?P([code:ensure_loaded(M) || M <- [good_load, bad_load, damaged, good_load, bad_load]]),
    ?P([erlang:module_loaded(M) || M <- [good_load, bad_load, damaged]]),
    ?P(good_load:f()),
    ?P([code:delete(good_load), code:ensure_loaded(good_load), good_load:f()]).

compile(Folder, Name, OnLoad) ->
    Text = ["-module(", atom_to_list(Name), ").\n-export([f/0]).\n-on_load(l/0).\nl() -> ", OnLoad, ".\nf() -> here.\n"],
    File = filename:join(Folder, atom_to_list(Name)),
    ok = file:write_file(File ++ ".erl", Text),
    {ok, Name} = compile:file(File, [{outdir, Folder}]).
