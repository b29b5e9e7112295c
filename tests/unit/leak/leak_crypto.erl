%% Storms and scenes of crypto: what processes leave of hashes, codes, ciphers and keys under way.
-module(leak_crypto).
-compile([export_all, nowarn_export_all]).

idle() ->
    load(),
    wait().

wait() -> receive _ -> wait() end.

load() ->
    _ = crypto:hash(sha, <<>>),
    _ = asn1rt_nif:encode_ber_tlv({5, <<>>}),
    ok.

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).

%% What is loaded once is loaded.
servers() ->
    load(),
    scene(),
    keys(),
    ok.

ended(F) ->
    {_, Ref} = spawn_monitor(F),
    receive {'DOWN', Ref, _, _, Reason} -> Reason end.

contexts() ->
    K = <<1:128>>,
    H = crypto:hash_update(crypto:hash_init(sha256), "abc"),
    M = crypto:mac_update(crypto:mac_init(hmac, sha, K), "abc"),
    C = crypto:mac_init(cmac, aes_128_cbc, K),
    E = crypto:crypto_init(aes_128_cbc, K, K, [{padding, pkcs_padding}]),
    D = crypto:crypto_init(chacha20, <<1:256>>, K, true),
    _ = crypto:crypto_update(E, <<"some text">>),
    [H, M, C, E, D].

%% They die with their owner, in the dictionary, in a mailbox.
dropped(_, N) ->
    each(max(1, N div 4), fun() ->
        Self = self(),
        done = ended(fun() -> put(contexts, contexts()), Self ! {held, contexts()}, exit(done) end),
        receive {held, [H | _]} -> 32 = byte_size(crypto:hash_final(H)) end
    end).

finished(_, N) ->
    each(max(1, N div 4), fun() ->
        [H, M, C, E, _] = contexts(),
        {32, 20, 16, 16} = {byte_size(crypto:hash_final(H)), byte_size(crypto:mac_final(M)), byte_size(crypto:mac_final(C)), byte_size(crypto:crypto_final(E))},
        {'EXIT', _} = (catch crypto:mac_final(M))
    end).

%% Killed in the middle of what takes many slices.
killed(_, N) ->
    Big = binary:copy(<<"0123456789abcdef">>, 200000),
    K = <<1:128>>,
    Works = [fun() -> crypto:mac(hmac, sha256, K, Big) end,
             fun() -> crypto:crypto_one_time(aes_128_cbc, K, K, Big, true) end,
             fun() -> crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, Big, Big, 16, true) end,
             fun() -> crypto:crypto_one_time_aead(aes_128_ccm, K, <<1:96>>, Big, <<>>, 16, true) end,
             fun() -> crypto:pbkdf2_hmac(sha, K, K, 1000000, 100) end,
             fun() -> crypto:generate_key(rsa, {4096, 65537}) end,
             fun() -> crypto:sign(rsa, sha256, Big, [3, 33, 7]) end,
             fun() -> crypto:strong_rand_bytes(10000000) end,
             fun() -> asn1rt_nif:encode_ber_tlv({16, lists:duplicate(100000, {2, <<5>>})}) end,
             fun() -> asn1rt_nif:decode_ber_tlv(<<48, 128, Big/binary>>) end,
             fun() -> zlib:compress(Big) end,
             fun() -> zlib:gunzip(zlib:gzip(Big)) end],
    {Fails, M} = spawn_monitor(fun() -> crypto:sign(rsa, sha256, K, [3, 33, 7]) end),    % what one that fails needs
    receive {'DOWN', M, process, Fails, _} -> ok end,
    each(max(1, N div 500), fun() ->
        [begin
            {P, R} = spawn_monitor(W),
            each(3, fun() -> erlang:yield() end),
            exit(P, kill),
            receive
                {'DOWN', R, _, _, killed} -> ok;
                {'DOWN', R, _, _, normal} -> ok;            % a key may be found at once
                {'DOWN', R, _, _, {{badarg, _, _}, _}} -> ok;
                {'DOWN', R, _, _, {{error, _, _}, _}} -> ok;    % so is a key that is too short
                {'DOWN', R, _, _, {error, {asn1, _}}} -> ok     % so is what is no BER
            end
         end || W <- Works]
    end),
    erlang:garbage_collect().

errors(_, N) ->
    each(max(1, N div 4), fun() ->
        K = <<1:128>>,
        {'EXIT', _} = (catch crypto:crypto_one_time(aes_128_cbc, K, K, <<"x">>, [{encrypt, false}, {padding, pkcs_padding}])),
        error = crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, <<"text">>, <<>>, <<0:128>>, false),
        {'EXIT', _} = (catch crypto:mac(hmac, foo, K, K)),
        {'EXIT', _} = (catch crypto:hash(blake2b, K)),
        {'EXIT', _} = (catch crypto:compute_key(ecdh, <<4, 0:512>>, K, secp256r1)),
        {'EXIT', _} = (catch crypto:sign(rsa, sha, K, [3, 5]))
    end).

%% ---- for failing allocations ---------------------------------------------------------------

scene() ->
    K = <<1:128>>,
    [_, M | _] = contexts(),
    20 = byte_size(crypto:mac_final(M)),
    Text = binary:copy(<<"some text">>, 100),
    C = crypto:crypto_one_time(aes_128_cbc, K, K, Text, [{padding, pkcs_padding}]),
    Text = crypto:crypto_one_time(aes_128_cbc, K, K, C, [{padding, pkcs_padding}, {encrypt, false}]),
    {G, T} = crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, [Text, "more"], <<"data">>, 16, true),
    <<Text:900/binary, "more">> = crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, G, <<"data">>, T, false),
    20 = byte_size(crypto:pbkdf2_hmac(sha, K, K, 3, 20)),
    #{size := 32} = crypto:hash_info(sha256),
    #{block_size := 16} = crypto:cipher_info(aes_128_cbc),
    true = lists:member(sha256, crypto:supports(hashs)),
    {{16, [{2, <<5>>}, {4, <<"text">>}]} = V, <<>>} = asn1rt_nif:decode_ber_tlv(asn1rt_nif:encode_ber_tlv({16, [{2, <<5>>}, {4, <<"text">>}]})),
    V,
    10 = byte_size(crypto:strong_rand_bytes(10)),
    ok.

%% Mbed TLS allocates for these.
keys() ->
    {P, K} = crypto:generate_key(ecdh, secp256r1),
    32 = byte_size(crypto:compute_key(ecdh, P, K, secp256r1)),
    S = crypto:sign(ecdsa, sha256, "text", [K, secp256r1]),
    true = crypto:verify(ecdsa, sha256, "text", S, [P, secp256r1]),
    {X, Y} = crypto:generate_key(ecdh, x25519),
    32 = byte_size(crypto:compute_key(ecdh, X, Y, x25519)),
    [E, N | _] = R = rsa(),
    true = crypto:verify(rsa, sha, "text", crypto:sign(rsa, sha, "text", R), [E, N]),
    <<"text">> = crypto:private_decrypt(rsa, crypto:public_encrypt(rsa, <<"text">>, [E, N], rsa_pkcs1_padding), R, rsa_pkcs1_padding),
    <<5>> = crypto:mod_pow(3, 5, 7),
    ok.

%% 768 bits that guard nothing.
rsa() ->
    [16#10001,
     16#ba74104ba47289854f1d8030b9f29624b9177b43ee1a82b895093b1ccdb9ff33ba2d0ac01eafd905db23460f70dd98f7ba3dc5b8e72dc6389f04c7f18c75f5cd6e9542edda8813522bd590eb33d8644c27d5054d39c4dd7ec3fc6e2c91ae480d,
     16#45553762096a95fcbe68a7ec7698e080135bc9f87ea7d9082e535a69e18e5279b7b75c1208d7370a586c8b76de6f689bc32dd543e9993075f41ce8a6d81eeb8890732acf512ad3ef78117a532cef1ad6724d8250a992c9488cce95827fe63639,
     16#e64cfb4f7db7175e4b127c8849868eed1f40fda102be63e02d5b773d2db4a53ecd8e47e067dbde1c335b4b4207b988bb,
     16#cf427de086c29c4a1cf4a91da9510eaf1b1fa0faf2c88f6c7d526e2c41a80b8d5f46ec2b55afe7eca8b721441bbba9d7,
     16#e09abb8e6f211d9d4cc21eca1c4b2b217f95b6c64d12b9fd6cbf03af9adfcf394ce832995d3145916354ea34dfabc6f9,
     16#a55e955747cf11aae4cda5fe3fb1a838b938945686ced5f927495514c4d2535d5a8f19333e6c5b6dedf4287bd270fb03,
     16#558431c610a18fcdfed82baf5de069d232cdb73cbd432e0ebc70a634474f8847d3aba92acbbe144c36ec27b40cd1a426].
