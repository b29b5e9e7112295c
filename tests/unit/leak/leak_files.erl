%% Storms and scenes of files and streams: what the dead have opened is closed, once.
-module(leak_files).
-compile([export_all, nowarn_export_all]).

idle() -> receive _ -> idle() end.

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).

%% Descriptors of the whole process: the machine's own are always the same.
descriptors() ->
    case prim_file:list_dir("/proc/self/fd") of
        {ok, Names} -> length(Names);
        {error, _} -> unknown
    end.

exact(F) ->
    _ = F(),                            % what is loaded once is loaded
    Before = descriptors(),
    _ = F(),
    Before = descriptors(),
    ok.

open() -> {ok, #{handle := Ref}} = prim_open(), Ref.
prim_open() -> {ok, Fd} = prim_file:open("/dev/null", [read, write]), {ok, element(3, Fd)}.

ended(F) ->
    {_, Ref} = spawn_monitor(F),
    receive {'DOWN', Ref, _, _, Reason} -> Reason end.

%% Closed by the end of the owner, with references that others hold.
owner_dies(_, N) ->
    exact(fun() ->
        each(max(1, N div 2), fun() ->
            Self = self(),
            ended(fun() -> Self ! {files, open(), open()}, exit(done) end),
            receive {files, A, B} -> {error, einval} = prim_file:read_nif(A, 1), {error, einval} = prim_file:close_nif(B) end
        end)
    end).

%% By the last reference, before the owner ends.
dropped(_, N) ->
    exact(fun() -> each(max(1, N div 2), fun() -> ended(fun() -> _ = open(), erlang:garbage_collect(), exit(done) end) end) end).

closed_twice(_, N) ->
    exact(fun() ->
        each(max(1, N div 2), fun() ->
            F = open(),
            eof = prim_file:read_nif(F, 10),
            ok = prim_file:write_nif(F, [<<"bytes">>]),
            ok = prim_file:close_nif(F),
            {error, einval} = prim_file:close_nif(F)
        end)
    end).

folders(_, N) ->
    exact(fun() ->
        each(max(1, N div 2), fun() ->
            {ok, [_ | _]} = prim_file:list_dir("/"),
            {ok, Here} = prim_file:get_cwd(),
            ok = prim_file:set_cwd("/"),
            ok = prim_file:set_cwd(Here),
            {error, enoent} = prim_file:list_dir("/there/is/none"),
            {ok, _} = prim_file:read_file("/dev/null"),
            {error, eisdir} = prim_file:open("/", [read])
        end)
    end).

%% Streams and buffers that their owners leave as they are.
streams(_, N) ->
    each(max(1, N), fun() ->
        ended(fun() ->
            Z = zlib:open(),
            ok = zlib:deflateInit(Z),
            _ = zlib:deflate(Z, binary:copy(<<"text">>, 100)),
            B = prim_buffer:new(),
            ok = prim_buffer:write(B, [<<"small">>, binary:copy(<<"large">>, 50)]),
            <<"sm">> = prim_buffer:read(B, 2),
            exit(done)
        end)
    end).

%% ---- for failing allocations -------------------------------------------------------------

files() ->
    {ok, Fd} = prim_file:open("/dev/null", [read, write, {read_ahead, 100}]),
    eof = prim_file:read(Fd, 10),
    ok = prim_file:write(Fd, ["bytes", binary:copy(<<"more">>, 100)]),
    {ok, _} = prim_file:position(Fd, 0),
    {ok, _} = prim_file:read_handle_info(Fd),
    {ok, _} = prim_file:read_file_info("/dev/null"),
    {ok, _} = prim_file:read_file("/dev/null"),
    {ok, Here} = prim_file:get_cwd(),
    ok = prim_file:set_cwd(Here),
    {ok, _} = prim_file:list_dir("/dev"),
    {error, _} = prim_file:make_link("/there/is/none", "/nor/this"),
    ok = prim_file:close(Fd).

streams() ->
    Z = zlib:open(),
    ok = zlib:deflateInit(Z),
    B = zlib:deflate(Z, [binary:copy(<<"text">>, 100), "small"], finish),
    ok = zlib:deflateEnd(Z),
    ok = zlib:inflateInit(Z),
    405 = iolist_size(zlib:inflate(Z, B)),
    ok = zlib:close(Z).

%% ---- without files -----------------------------------------------------------------------

none() ->
    {error, enotsup} = prim_file:open("/dev/null", [read]),
    {error, enotsup} = prim_file:read_file("/dev/null"),
    {error, enotsup} = prim_file:list_dir("/"),
    {error, enotsup} = prim_file:get_cwd(),
    {error, enotsup} = prim_file:set_cwd("/"),
    {error, enotsup} = prim_file:read_file_info("/"),
    {error, enotsup} = prim_file:read_link("/"),
    {error, enotsup} = prim_file:rename("/tmp/a", "/tmp/b"),
    {error, enotsup} = prim_file:make_symlink("/tmp/a", "/tmp/b"),
    {error, enotsup} = prim_file:delete("/tmp/there/is/none"),
    {error, enotsup} = prim_file:make_dir("/tmp/none"),
    {error, enotsup} = prim_file:del_dir("/tmp/none"),
    {error, enotsup} = prim_file:file_desc_to_ref(0, [read]),
    {error, enotsup} = file:write_file("/tmp/none", "x", [raw]),
    {error, enotsup} = file:read_file("/dev/null"),
    {error, enotsup} = file:open("/dev/null", [read]),
    ok = atomvm:set_code_path(["/tmp"]),
    halt(0).

left_open() ->
    Files = [open(), open()],
    register(leak_files, self()),
    receive Files -> ok end.
