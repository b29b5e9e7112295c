%% What takes long is done for many at once: keys, signatures and secrets, files read and written, directories;
%% while others count, are killed in the midst, and all that was opened is closed.
-module(heavy).
-export([start/0]).

start() ->
    Dir = "heavy_files_" ++ os:getpid(),
    ok = file:make_dir(Dir),
    process_flag(trap_exit, true),
    Kinds = [fun keys/1, fun rsa/1, fun exchange/1, fun(N) -> files(Dir, N) end, fun(N) -> names(Dir, N) end],
    Pids = [spawn_link(fun() -> exit({K rem 5, (lists:nth(K rem 5 + 1, Kinds))(K)}) end) || K <- lists:seq(1, 15)],
    Short = [spawn_link(fun() -> forever(Dir, K) end) || K <- lists:seq(1, 6)],
    Counter = spawn_link(fun() -> count(0) end),
    [begin receive after 20 -> exit(P, kill) end end || P <- Short],
    Ends = [receive {'EXIT', P, R} -> R end || P <- Pids],
    Killed = [receive {'EXIT', P, R} -> R end || P <- Short],
    Counter ! {stop, self()},
    Counted = receive {counted, N} -> N > 10 end,
    {ok, Left} = file:list_dir(Dir),
    [ok = file:delete(filename:join(Dir, F)) || F <- Left],
    {lists:sort(Ends), Killed, Counted, file:del_dir(Dir)}.

count(N) ->
    receive {stop, From} -> From ! {counted, N} after 1 -> count(N + 1) end.

%% Killed while it computes or waits.
forever(Dir, K) ->
    _ = keys(K),
    _ = files(Dir, 100 + K),
    forever(Dir, K).

keys(_) ->
    [begin
         {Public, Private} = crypto:generate_key(ecdh, Curve),
         Text = crypto:strong_rand_bytes(100),
         Signed = crypto:sign(ecdsa, sha256, Text, [Private, Curve]),
         {crypto:verify(ecdsa, sha256, Text, Signed, [Public, Curve]),
          crypto:verify(ecdsa, sha256, [Text, 1], Signed, [Public, Curve])}
     end || Curve <- [secp256r1, secp384r1]].

rsa(_) ->
    {[E, N], [E, N, D | _]} = crypto:generate_key(rsa, {512, 65537}),
    Signed = crypto:sign(rsa, sha, <<"text">>, [E, N, D]),
    Secret = crypto:public_encrypt(rsa, <<"secret">>, [E, N], rsa_pkcs1_padding),
    {crypto:verify(rsa, sha, <<"text">>, Signed, [E, N]),
     crypto:private_decrypt(rsa, Secret, [E, N, D], rsa_pkcs1_padding), bad(fun() -> crypto:sign(rsa, sha, x, [E]) end)}.

bad(Fun) ->
    try Fun() catch error:{Kind, _, _} -> Kind; Class:_ -> Class end.

exchange(_) ->
    {A, PrivateA} = crypto:generate_key(ecdh, x25519),
    {B, PrivateB} = crypto:generate_key(ecdh, x25519),
    Power = crypto:mod_pow(3, 1 bsl 200, (1 bsl 521) - 1),
    {crypto:compute_key(ecdh, A, PrivateB, x25519) =:= crypto:compute_key(ecdh, B, PrivateA, x25519),
     crypto:bytes_to_integer(Power) rem 1000003}.

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
