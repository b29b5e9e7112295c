%% Runs Fun() in a new folder, which is the current one meanwhile and gone afterwards.
in_folder(Fun) ->
    {ok, Before} = file:get_cwd(),
    Temporary = case os:getenv("TMPDIR") of false -> "/tmp"; T -> T end,
    Folder = filename:join(Temporary, lists:concat([?MODULE, ".", os:getpid(), ".", erlang:unique_integer([positive])])),
    ok = file:make_dir(Folder),
    ok = file:set_cwd(Folder),
    try Fun() after
        ok = file:set_cwd(Before),
        ok = file:del_dir_r(Folder)
    end.
