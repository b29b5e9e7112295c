%% Keys, signatures, powers and secrets are computed for many at once, some of which are killed in the midst.
-module(crypto_at_once).
-export([start/0]).

start() ->
    process_flag(trap_exit, true),
    Kinds = [fun keys/1, fun rsa/1, fun exchange/1],
    Pids = [spawn_link(fun() -> exit({K rem 3, (lists:nth(K rem 3 + 1, Kinds))(K)}) end) || K <- lists:seq(1, 9)],
    Short = [spawn_link(fun() -> forever(K) end) || K <- lists:seq(1, 4)],
    [begin receive after 20 -> exit(P, kill) end end || P <- Short],
    Ends = [receive {'EXIT', P, R} -> R end || P <- Pids],
    {lists:sort(Ends), [receive {'EXIT', P, R} -> R end || P <- Short]}.

forever(K) ->
    _ = keys(K),
    _ = exchange(K),
    forever(K).

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
