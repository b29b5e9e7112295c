%% Files are read and written for many at once, and directories, while others count, and are killed in the midst;
%% all that was opened is closed.
-module(files).
-export([start/0]).

start() ->
    Dir = "smp_files_" ++ os:getpid(),
    ok = file:make_dir(Dir),
    process_flag(trap_exit, true),
    Kinds = [fun(N) -> files(Dir, N) end, fun(N) -> names(Dir, N) end],
    Pids = [spawn_link(fun() -> exit({K rem 2, (lists:nth(K rem 2 + 1, Kinds))(K)}) end) || K <- lists:seq(1, 8)],
    Short = [spawn_link(fun() -> forever(Dir, K) end) || K <- lists:seq(1, 6)],
    Counter = spawn_link(fun() -> count(0) end),
    [begin receive after 20 -> exit(P, kill) end end || P <- Short],
    Ends = [receive {'EXIT', P, R} -> R end || P <- Pids],
    Killed = [receive {'EXIT', P, R} -> R end || P <- Short],
    Counter ! {stop, self()},
    Counted = receive {counted, N} -> N > 10 end,
    {lists:sort(Ends), Killed, Counted, file:del_dir_r(Dir)}.

count(N) ->
    receive {stop, From} -> From ! {counted, N} after 1 -> count(N + 1) end.

%% Killed while it waits.
forever(Dir, K) ->
    _ = files(Dir, 100 + K),
    _ = names(Dir, 100 + K),
    forever(Dir, K).

files(Dir, K) ->
    Name = filename:join(Dir, "file" ++ integer_to_list(K)),
    lists:usort([begin
         Bytes = binary:copy(<<K, I>>, 3000),
         ok = file:write_file(Name, Bytes),
         {ok, Bytes} = file:read_file(Name),
         {ok, F} = file:open(Name, [read, write, raw, binary]),
         {ok, <<K, I, K, I>>} = file:pread(F, 100, 4),
         ok = file:pwrite(F, 6000, <<"end">>),
         ok = file:sync(F),
         eof = file:pread(F, 7000, 1),
         ok = file:close(F),
         {error, einval} = file:pread(F, 0, 1),
         {error, enoent} = file:read_file(Name ++ "_none"),
         filelib:file_size(Name)
     end || I <- lists:seq(1, 15)]).

names(Dir, K) ->
    Own = filename:join(Dir, "dir" ++ integer_to_list(K)),
    lists:usort([begin
         ok = file:make_dir(Own),
         ok = file:write_file(filename:join(Own, "one"), <<>>),
         {ok, ["one"]} = file:list_dir(Own),
         ok = file:rename(filename:join(Own, "one"), filename:join(Own, "two")),
         {error, eexist} = file:del_dir(Own),
         ok = file:delete(filename:join(Own, "two")),
         file:del_dir(Own)
     end || _ <- lists:seq(1, 15)]).
