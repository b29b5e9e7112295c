%% What the test runners share: running commands, working in parallel, comparing texts. A runner loads
%% it from its source, so that nothing need be built before.
-module(harness).
-export([command/4, command/5, quote/1, in_parallel/3, key/1, key_of/1, compile_to/3, main_module/4, difference/3, first_lines/2,
         matches/2]).

%% Runs a shell command with its outputs in files: gives {Status, Stdout, Stderr}; status 124 is the
%% time limit. erl's emulator ends the lines it prints itself with a return, for terminals: taken off. Prefix names the files, in Dir; Input is the file it reads.
command(Command, Dir, Prefix, Seconds) -> command(Command, Dir, Prefix, Seconds, "/dev/null").

command(Command, Dir, Prefix, Seconds, Input) ->
    Out = filename:join(Dir, Prefix ++ ".out"),
    Err = filename:join(Dir, Prefix ++ ".err"),
    Line = io_lib:format("LC_ALL=C.UTF-8 TZ=UTC ERL_CRASH_DUMP_SECONDS=0 exec timeout -k 2 ~b ~ts <'~ts' >'~ts' 2>'~ts'",
                         [Seconds, Command, Input, Out, Err]),
    Port = open_port({spawn_executable, "/bin/sh"},
                     [exit_status, {args, ["-c", unicode:characters_to_binary(Line)]}]),
    receive
        {Port, {exit_status, Status}} when Status =:= 126; Status =:= 127 ->
            io:format(standard_error, "cannot run: ~ts~n", [Command]),
            halt(69);
        {Port, {exit_status, Status}} ->
            {ok, Text} = file:read_file(Out),
            {ok, Errors} = file:read_file(Err),
            [file:delete(F) || F <- [Out, Err]],
            {Status, binary:replace(Text, <<"\r\n">>, <<"\n">>, [global]), Errors}
    end.

quote(Text) -> ["'", Text, "'"].

%% Gives the results in any order.
in_parallel(Jobs, Fun, Items) ->
    Self = self(),
    Queue = spawn_link(fun() -> hand_out(Items) end),
    Workers = [spawn_link(fun() -> Self ! {self(), work(Queue, Fun, [])} end)
               || _ <- lists:seq(1, Jobs)],
    lists:append([receive {W, Results} -> Results end || W <- Workers]).

hand_out([]) -> receive {next, From} -> From ! stop, hand_out([]) end;
hand_out([Item | Rest]) -> receive {next, From} -> From ! {item, Item}, hand_out(Rest) end.

work(Queue, Fun, Done) ->
    Queue ! {next, self()},
    receive
        {item, Item} -> work(Queue, Fun, [Fun(Item) | Done]);
        stop -> Done
    end.

%% A short name for the contents of files on this version of erl.
key(Files) ->
    Texts = [element(2, {ok, _} = file:read_file(F)) || F <- Files],
    <<Key:64, _/bits>> = erlang:md5([erlang:system_info(version) | Texts]),
    integer_to_list(Key, 36).

key_of(Text) ->
    <<Key:64, _/bits>> = erlang:md5(Text),
    integer_to_list(Key, 36).

%% The source's base name stands in stack traces, so that no path of the machine does.
compile_to(Source, Dir, Flags) ->
    case compile:file(Source, [binary, report_errors, return_errors, {source, filename:basename(Source)} | Flags]) of
        {ok, Module, Code} ->
            File = filename:join(Dir, atom_to_list(Module) ++ ".beam"),
            ok = filelib:ensure_dir(File),
            ok = file:write_file(File, Code),
            {ok, File};
        Error -> {error, Error}
    end.

%% Writes a module Name whose start/0 is Module:Function(Arguments...).
main_module(Name, {Module, Function}, Arguments, File) ->
    Call = {call, 1, {remote, 1, {atom, 1, Module}, {atom, 1, Function}},
            [erl_parse:abstract(A, 1) || A <- Arguments]},
    {ok, Name, Code} = compile:forms([{attribute, 1, module, Name}, {attribute, 1, export, [{start, 0}]},
                                      {function, 1, start, 0, [{clause, 1, [], [], [Call]}]}]),
    ok = filelib:ensure_dir(File),
    ok = file:write_file(File, Code).

%% Lines of a unified diff, at most 40; none when the texts are the same.
difference(Same, Same, _) -> [];
difference(Want, Got, Dir) ->
    Files = [filename:join(Dir, N ++ os:getpid()) || N <- ["want.", "got."]],
    [ok = file:write_file(F, T) || {F, T} <- lists:zip(Files, [Want, Got])],
    Shell = lists:flatten(io_lib:format("diff -a -U1 --label erl --label atomvm '~ts' '~ts'", Files)),
    Diff = unicode:characters_to_binary(os:cmd(Shell)),
    [file:delete(F) || F <- Files],
    [["  ", L, "\n"] || L <- first_lines(Diff, 40)].

first_lines(Text, Count) ->
    lists:sublist([safe(L) || L <- binary:split(Text, <<"\n">>, [global]), L =/= <<>>], Count).

safe(Line) ->
    Short = binary:part(Line, 0, min(byte_size(Line), 400)),
    case unicode:characters_to_list(Short) of
        Text when is_list(Text) -> Text;
        _ -> binary_to_list(Short)
    end.

%% Text matches a pattern of the shell's `*` and `?`.
matches(Text, Glob) ->
    Quoted = re:replace(Glob, "[.+^$(){}|\\[\\]\\\\]", "\\\\&", [global, {return, list}]),
    Stars = re:replace(Quoted, "\\*", ".*", [global, {return, list}]),
    re:run(Text, "^" ++ re:replace(Stars, "\\?", ".", [global, {return, list}]) ++ "$") =/= nomatch.
