%% crypto:supports/1 is truthful: what it names works, and everything else that OTP has a name for raises
%% what OTP raises when the library lacks it. What is supported differs between libraries, so only
%% agreement is printed.
-module(crypto_truthful).
-export([start/0]).

start() ->
    [io:format("~s ~s: ~0p~n", [What, Name, agrees(lists:member(Name, crypto:supports(Category)), F)])
     || {What, Category, Names, Calls} <- all(), Name <- Names, F <- [fun() -> Calls(Name) end]],
    [io:format("~0p~n", [eddsa(C)]) || C <- [ed25519, ed448]],
    io:format("~0p~n", [lists:sort(crypto:supports()) =:= lists:sort([{K, crypto:supports(K)} || {K, _} <- crypto:supports()])]),
    io:format("~0p~n", [crypto:ec_curves() -- crypto:supports(curves)]),
    ok.

all() ->
    K = fun(N) -> binary:copy(<<7>>, N) end,
    [{hash, hashs, hashes(), fun(H) -> crypto:hash(H, "abc") end},
     {hash_init, hashs, hashes(), fun(H) -> crypto:hash_final(crypto:hash_update(crypto:hash_init(H), "abc")) end},
     {hmac, hashs, hashes() -- [shake128, shake256], fun(H) -> crypto:mac(hmac, H, K(20), "abc") end},
     {cipher, ciphers, [C || {C, _, _} <- ciphers()], fun(C) ->
         {_, Key, Iv} = lists:keyfind(C, 1, ciphers()),
         <<"text">> = binary:part(crypto:crypto_one_time(C, K(Key), K(Iv),
             crypto:crypto_one_time(C, K(Key), K(Iv), <<"text", 0:96>>, true), false), 0, 4) end},
     {aead, ciphers, [aes_128_gcm, aes_256_gcm, aes_192_ccm, aes_256_ccm, chacha20_poly1305], fun(C) ->
         #{key_length := N} = crypto:cipher_info(C),
         {X, T} = crypto:crypto_one_time_aead(C, K(N), K(12), <<"text">>, <<>>, true),
         <<"text">> = crypto:crypto_one_time_aead(C, K(N), K(12), X, <<>>, T, false) end},
     {curve, curves, curves(), fun(C) ->
         {P, S} = crypto:generate_key(ecdh, C),
         {P2, S2} = crypto:generate_key(ecdh, C),
         true = crypto:compute_key(ecdh, P, S2, C) =:= crypto:compute_key(ecdh, P2, S, C) end}].

hashes() -> [md4, md5, ripemd160, sha, sha224, sha256, sha384, sha512, sha3_224, sha3_256, sha3_384, sha3_512, blake2b, blake2s].

ciphers() -> [{rc4, 16, 0}, {rc2_cbc, 16, 8}, {blowfish_cbc, 16, 8}, {blowfish_ecb, 16, 0}, {des_cbc, 8, 8}, {des_ede3_cbc, 24, 8},
              {aes_128_cbc, 16, 16}, {aes_256_ecb, 32, 0}, {aes_128_cfb8, 16, 16}, {aes_192_cfb128, 24, 16}, {aes_256_ofb, 32, 16},
              {aes_256_ctr, 32, 16}, {chacha20, 32, 16}].

curves() -> [secp112r1, secp160k1, secp192k1, secp192r1, prime192v1, secp224k1, secp224r1, secp256k1, secp256r1, prime256v1, secp384r1, secp521r1,
             prime239v1, sect113r1, sect283k1, brainpoolP160r1, brainpoolP192r1, brainpoolP256r1, brainpoolP320t1, brainpoolP384r1, brainpoolP512r1,
             wtls4, x25519, x448].

agrees(true, F) -> F(), true;
agrees(false, F) -> refused(F).

%% {notsup, {File, Line}, Text}, with the argument that is at fault in the stack trace.
refused(F) ->
    try F() of
        Other -> {done, Other}
    catch
        error:{notsup, {File, Line}, [_ | _] = Text}:Stack when is_integer(Line) ->
            [{crypto, _, _, Where} | _] = Stack,
            #{erl_function_arg_num := N} = proplists:get_value(error_info, Where),
            is_list(File) andalso lists:all(fun is_integer/1, Text) andalso (is_integer(N) orelse N =:= undefined);
        C:R:S -> {C, R, hd(S)}
    end.

eddsa(Curve) ->
    Sign = fun() ->
        {P, S} = crypto:generate_key(eddsa, Curve),
        true = crypto:verify(eddsa, none, <<"text">>, crypto:sign(eddsa, none, <<"text">>, [S, Curve]), [P, Curve])
    end,
    case lists:member(Curve, crypto:supports(curves)) of
        true -> agrees(true, Sign);
        false ->
            refused(Sign) andalso refused(fun() -> crypto:sign(eddsa, none, <<"text">>, [<<1:256>>, Curve]) end)
                andalso refused(fun() -> crypto:verify(eddsa, none, <<"text">>, <<1:512>>, [<<1:256>>, Curve]) end)
                andalso not lists:member(eddsa, crypto:supports(public_keys))
    end.
