%% Compiles files with the stock compiler, on `erl` and on the other machine alike. Its plain arguments
%% are the folder to write to and the files; it prints the processor time of each in microseconds.
-module(compiled).
-export([start/0]).

start() ->
    [Out | Files] = init:get_plain_arguments(),
    io:format("~ntimes: ~w.~n", [[{list_to_atom(F), compile(F, Out)} || F <- Files]]).

compile(File, Out) ->
    Folder = filename:dirname(File),
    Kernel = code:lib_dir(kernel),
    Includes = [{i, F} || F <- [Folder, filename:join(Folder, "../include"), filename:join(Kernel, "include"),
                                filename:join(Kernel, "src"), filename:join(code:lib_dir(stdlib), "include")]],
    _ = erlang:statistics(runtime),
    Before = cpu(),
    case compile:file(File, [debug_info, report_errors, {outdir, Out} | Includes]) of
        {ok, _} -> cpu() - Before;
        error -> error
    end.

cpu() -> element(1, erlang:statistics(runtime)).
