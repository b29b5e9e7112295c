%% Episodes of calls of crypto and zlib: the same from one seed on every machine. An episode prints one line
%% a call, or of all lines a hash. Whatever a call raises is shown without the C file and its line.
-module(crypto_sweep).
-export([run/3]).

run(Calls, Seeds, Mode) ->
    [episode(Calls, Seed, Mode) || Seed <- Seeds],
    ok.

episode(Calls, Seed, Mode) ->
    put(draw, (Seed * 2654435761 + 88172645463325252) band 16#ffffffffffffffff),
    _ = [below(2) || _ <- lists:seq(1, 4)],
    Lines = [line() || _ <- lists:seq(1, Calls)],
    case Mode of
        lines -> [io:format("~ts~n", [L]) || L <- Lines];
        hash -> io:format("~b ~b~n", [Seed, erlang:phash2(erlang:md5(Lines))])
    end.

line() ->
    {Name, Fun} = call(),
    Outcome = try Fun() catch
        Class:{Kind, {_, _}, Text} -> {Class, Kind, Text};
        Class:Reason -> {Class, Reason}
    end,
    io_lib:format("~0p -> ~0p", [Name, short(Outcome)]).

%% Long binaries by their hash.
short(B) when is_binary(B), byte_size(B) > 40 -> {bytes, byte_size(B), erlang:md5(B)};
short(T) when is_tuple(T) -> list_to_tuple([short(E) || E <- tuple_to_list(T)]);
short(L) when is_list(L) -> try lists:map(fun short/1, L) catch _:_ -> L end;
short(X) -> X.

%% ---- drawing ----

below(N) ->
    A = get(draw),
    B = (A bxor (A bsl 13)) band 16#ffffffffffffffff,
    C = B bxor (B bsr 7),
    D = (C bxor (C bsl 17)) band 16#ffffffffffffffff,
    put(draw, D),
    (D bsr 20) rem N.

one_of(L) -> lists:nth(below(length(L)) + 1, L).
chance(N) -> below(100) < N.

bytes(0) -> <<>>;
bytes(N) when N > 64 -> B = bytes(61), binary:part(binary:copy(B, N div 61 + 1), 0, N);
bytes(N) -> list_to_binary([below(256) || _ <- lists:seq(1, N)]).

size() ->
    case below(20) of
        0 -> 0;
        N when N < 12 -> below(70);
        N when N < 17 -> below(1000);
        N when N < 19 -> below(30000);
        _ -> below(100001)
    end.

%% A text as a binary, a part of one, a list.
text() -> shape(bytes(size())).

shape(B) ->
    case below(8) of
        0 -> <<_:3, Part/bitstring>> = <<1:3, B/binary, 0:5>>, Size = byte_size(B), <<Whole:Size/binary, _/bitstring>> = Part, Whole;
        1 when byte_size(B) < 3000 -> binary_to_list(B);
        2 -> Size = byte_size(B) div 3, <<P:Size/binary, Q/binary>> = B, [[P], [] | Q];
        _ -> B
    end.

wrong() -> one_of([foo, 1, -1, 1.5, {}, [a], [300], <<1:3>>, [1 | 2], "x", <<>>, undefined, #{}, 1 bsl 70]).

%% Sometimes another term.
or_wrong(T) -> case chance(2) of true -> wrong(); false -> T end.

%% ---- calls ----

call() ->
    case below(28) of
        N when N < 4 -> hash();
        N when N < 7 -> mac();
        N when N < 11 -> one_time();
        N when N < 14 -> stream();
        N when N < 18 -> aead();
        18 -> exor();
        19 -> password();
        20 -> compressed();
        21 -> inflated();
        22 -> numbers();
        23 -> infos();
        24 -> secret();
        25 -> new_key();
        26 -> signature();
        27 -> encryption()
    end.

digest() -> one_of([md5, ripemd160, sha, sha224, sha256, sha384, sha512]).

hash() ->
    Type = or_wrong(digest()),
    Text = or_wrong(text()),
    case chance(50) of
        true -> {{hash, Type}, fun() -> crypto:hash(Type, Text) end};
        false ->
            Cuts = [text() || _ <- lists:seq(1, below(6))],
            {{hash_pieces, Type}, fun() ->
                S0 = crypto:hash_init(Type),
                States = lists:foldl(fun(T, [S | _] = L) -> [crypto:hash_update(S, T) | L] end, [S0], [Text | Cuts]),
                [crypto:hash_final(S) || S <- States]
            end}
    end.

mac() ->
    {Kind, Sub, Key0} = case below(6) of
        0 -> {poly1305, undefined, bytes(one_of([32, 32, 32, 31]))};
        1 -> {C, K} = one_of([{aes_128_cbc, 16}, {aes_192_cbc, 24}, {aes_256_cbc, 32}, {aes_cbc, 16}, {des_ede3_cbc, 24}, {des_cbc, 8}, {aes_128_cbc, 17}]),
             {cmac, C, bytes(K)};
        _ -> {hmac, digest(), bytes(one_of([0, 1, 20, 63, 64, 65, 127, 128, 129, 200]))}
    end,
    [K1, S1, Key] = [or_wrong(X) || X <- [Kind, Sub, shape(Key0)]],
    Text = or_wrong(text()),
    case chance(60) of
        true -> {{mac, K1, S1}, fun() -> crypto:mac(K1, S1, Key, Text) end};
        false ->
            More = [text() || _ <- lists:seq(1, below(5))],
            {{mac_pieces, K1, S1}, fun() ->
                S = lists:foldl(fun(T, S) -> crypto:mac_update(S, T) end, crypto:mac_init(K1, S1, Key), [Text | More]),
                crypto:mac_final(S)
            end}
    end.

cipher() ->
    one_of([{aes_128_cbc, 16, 16}, {aes_192_cbc, 24, 16}, {aes_256_cbc, 32, 16}, {aes_cbc, 24, 16}, {aes_128_ecb, 16, 0}, {aes_256_ecb, 32, 0},
            {aes_128_cfb8, 16, 16}, {aes_256_cfb8, 32, 16}, {aes_128_cfb128, 16, 16}, {aes_192_cfb128, 24, 16}, {aes_cfb128, 32, 16},
            {aes_128_ctr, 16, 16}, {aes_192_ctr, 24, 16}, {aes_256_ctr, 32, 16}, {aes_128_ofb, 16, 16}, {aes_256_ofb, 32, 16},
            {des_cbc, 8, 8}, {des_ecb, 8, 0}, {des_cfb, 8, 8}, {des_ede3_cbc, 24, 8}, {des_ede3_cfb, 24, 8}, {chacha20, 32, 16},
            {aes_128_gcm, 16, 12}, {aes_ecb, 24, 0}]).

options() ->
    case below(8) of
        0 -> true;
        1 -> false;
        2 -> [];
        3 -> or_wrong([{encrypt, one_of([true, false, foo])}]);
        _ -> [{padding, one_of([undefined, none, zero, pkcs_padding, foo, pkcs_padding])}, {encrypt, chance(60)}]
    end.

key_and_iv() ->
    {Cipher, K, I} = cipher(),
    Miss = fun(N) -> case chance(3) of true -> N + one_of([-1, 1, 8]); false -> N end end,
    Iv = case I of 0 -> <<>>; _ -> shape(bytes(max(0, Miss(I)))) end,
    %% OpenSSL's DES takes keys of any size and fails later.
    {or_wrong(Cipher), or_wrong(shape(bytes(max(1, Miss(K))))), case or_wrong(Iv) of undefined -> foo; W -> W end}.

%% A text that a padded decryption may accept.
one_time() ->
    {Cipher, Key, Iv} = key_and_iv(),
    Options = options(),
    Text = or_wrong(text()),
    case chance(30) of
        true -> {{there_and_back, Cipher}, fun() ->
            Padding = {padding, pkcs_padding},
            C = crypto:crypto_one_time(Cipher, Key, Iv, Text, [Padding, {encrypt, true}]),
            P = crypto:crypto_one_time(Cipher, Key, Iv, C, [Padding, {encrypt, false}]),
            {C, P =:= iolist_to_binary(Text)}
        end};
        false -> {{one_time, Cipher, Options}, fun() -> crypto:crypto_one_time(Cipher, Key, Iv, Text, Options) end}
    end.

stream() ->
    {Cipher, Key, Iv} = key_and_iv(),
    Options = options(),
    Texts = [or_wrong(text()) || _ <- lists:seq(1, below(6))],
    {{stream, Cipher, Options}, fun() ->
        S = crypto:crypto_init(Cipher, Key, Iv, Options),
        Given = [crypto:crypto_update(S, T) || T <- Texts],
        Before = crypto:crypto_get_data(S),
        Last = try crypto:crypto_final(S) catch error:{Kind, _, Text} -> {Kind, Text} end,
        {Given, Before, Last, crypto:crypto_get_data(S)}
    end}.

aead() ->
    {Cipher, K, Ivs, Tags} = one_of([
        {aes_128_gcm, 16, [12, 12, 12, 1, 8, 16, 17, 128, 129], [16, 16, 12, 4, 1, 0, 17]},
        {aes_192_gcm, 24, [12], [16]}, {aes_256_gcm, 32, [12, 60], [16, 15, 8]}, {aes_gcm, 32, [12], [16]},
        {aes_128_ccm, 16, [7, 8, 12, 13, 6, 14], [16, 14, 4, 8, 3, 2, 18]}, {aes_256_ccm, 32, [12, 13], [16, 12]}, {aes_ccm, 24, [11], [10]},
        {chacha20_poly1305, 32, [12, 12, 12, 8], [16, 16, 12, 1, 0, 17]}, {aes_128_cbc, 16, [16], [16]}]),
    Key = or_wrong(shape(bytes(case chance(3) andalso Cipher =/= chacha20_poly1305 of true -> K + 1; false -> K end))),
    Iv = or_wrong(shape(bytes(one_of(Ivs)))),
    Tag = or_wrong(one_of(Tags)),
    Text = or_wrong(text()),
    Data = or_wrong(text()),
    Damage = below(8),
    Encode = chance(97),
    {{aead, Cipher, Tag, Damage}, fun() ->
        {C, T} = crypto:crypto_one_time_aead(Cipher, Key, Iv, Text, Data, Tag, case Encode of true -> true; false -> foo end),
        {C1, T1, D1} = case Damage of
            0 -> {C, flip(T), Data};
            1 -> {flip(C), T, Data};
            2 -> {C, T, [Data, 0]};
            3 -> {C, binary:part(T, 0, byte_size(T) - 1), Data};
            4 -> {C, <<T/binary, 0>>, Data};
            _ -> {C, T, Data}
        end,
        {C, T, crypto:crypto_one_time_aead(Cipher, Key, Iv, C1, D1, T1, false) =:= iolist_to_binary(Text),
         try crypto:crypto_one_time_aead(Cipher, Key, Iv, C1, D1, T1, false) catch error:{E, _, M} -> {E, M} end}
    end}.

flip(<<>>) -> <<0>>;
flip(B) -> N = byte_size(B) - 1, <<Head:N/binary, Last>> = B, <<Head/binary, (Last bxor 4)>>.

exor() ->
    A = bytes(size()),
    B = case chance(90) of true -> bytes(byte_size(A)); false -> bytes(byte_size(A) + 1) end,
    [A1, B1] = [or_wrong(shape(X)) || X <- [A, B]],
    case chance(60) of
        true -> {exor, fun() -> crypto:exor(A1, B1) end};
        false -> {hash_equals, fun() -> {crypto:hash_equals(A, A), crypto:hash_equals(A1, B1)} end}
    end.

password() ->
    [T, P, S, I, L] = [or_wrong(X) || X <- [one_of([sha, sha224, sha256, sha384, sha512, md5]), bytes(below(150)), bytes(below(40)), below(40), below(150)]],
    {{pbkdf2, T, I, L}, fun() -> crypto:pbkdf2_hmac(T, P, S, I, L) end}.

numbers() ->
    Big = fun() -> binary:decode_unsigned(bytes(1 + below(40))) end,
    [B, E, M] = [Big(), Big(), one_of([Big(), Big() bor 1, 0, 1, 2])],
    {{mod_pow, B, E, M}, fun() -> crypto:mod_pow(B, E, M) end}.

%% ---- keys ----

curve() -> one_of([secp192r1, secp224r1, secp256r1, secp384r1, secp521r1, secp192k1, secp224k1, secp256k1, prime256v1,
                   brainpoolP256r1, brainpoolP384r1, brainpoolP512r1]).

%% A private key below the order of every curve, or one that is none.
scalar(Curve) ->
    {_, _, _, Order, _} = crypto_ec_curves:curve(Curve),
    case below(20) of
        0 -> <<>>;
        1 -> <<0>>;
        2 -> <<0, 0, 0, (bytes(8))/binary>>;
        3 -> binary:copy(<<255>>, byte_size(Order) + 4);
        _ -> <<(1 + below(100)), (bytes(byte_size(Order) - 2))/binary>>
    end.

new_key() ->
    {Curve, Key} = case below(4) of
        0 -> {x25519, bytes(one_of([32, 32, 32, 31]))};
        1 -> {x448, bytes(one_of([56, 56, 56, 57]))};
        _ -> C = curve(), {C, scalar(C)}
    end,
    %% Without one a key is drawn.
    K = case or_wrong(Key) of undefined -> foo; W -> W end,
    {{new_key, Curve}, fun() -> crypto:generate_key(ecdh, Curve, K) end}.

secret() ->
    case below(3) of
        0 ->
            {C, N} = one_of([{x25519, 32}, {x448, 56}]),
            [P, K] = [or_wrong(bytes(one_of([N, N, N, N, N + 1]))) || _ <- [1, 2]],
            {{secret, C}, fun() -> crypto:compute_key(ecdh, P, K, C) end};
        _ ->
            C = curve(),
            [A, B] = [scalar(C) || _ <- [1, 2]],
            Damage = below(8),
            {{secret, C, Damage}, fun() ->
                {P, _} = crypto:generate_key(ecdh, C, A),
                crypto:compute_key(ecdh, point(Damage, C, P), B, C)
            end}
    end.

point(0, _, P) -> flip(P);
point(1, _, P) -> binary:part(P, 0, byte_size(P) - 1);
point(2, _, <<4, R/binary>>) -> <<5, R/binary>>;
point(3, _, <<4, R/binary>>) -> N = byte_size(R) div 2, <<X:N/binary, Y/binary>> = R, <<(2 + (binary:last(Y) band 1)), X/binary>>;
point(4, _, <<4, R/binary>>) -> <<(6 + (binary:last(R) band 1)), R/binary>>;
point(_, _, P) -> P.

signature() ->
    Text = or_wrong(text()),
    Digest = or_wrong(digest()),
    case below(3) of
        0 ->
            C = curve(),
            K = scalar(C),
            Damage = below(6),
            {{ecdsa, C, Digest, Damage}, fun() ->
                {P, _} = crypto:generate_key(ecdh, C, K),
                S = crypto:sign(ecdsa, Digest, Text, [K, C]),
                crypto:verify(ecdsa, Digest, Text, signed(Damage, S), [P, C])
            end};
        _ ->
            [E, N, D | _] = Key = rsa_key(),
            Options = one_of([[], [], [{rsa_padding, rsa_pkcs1_padding}], [{rsa_padding, rsa_no_padding}], [{rsa_padding, foo}], [foo], foo,
                              [{rsa_padding, rsa_pkcs1_pss_padding}], [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, one_of([-1, 0, 5, 70, -3])}],
                              [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_mgf1_md, digest()}]]),
            Private = one_of([Key, Key, [E, N, D], [E, N], foo, []]),
            Given = case chance(20) andalso is_atom(Digest) of true -> {digest, bytes(one_of([16, 20, 28, 32, 48, 64]))}; false -> Text end,
            Damage = below(6),
            {{rsa, Digest, Options, Damage}, fun() ->
                S = crypto:sign(rsa, Digest, Given, Private, Options),
                Shown = case lists:member({rsa_padding, rsa_pkcs1_pss_padding}, Options) of true -> byte_size(S); false -> S end,
                {Shown, crypto:verify(rsa, Digest, Given, signed(Damage, S), [E, N], Options)}
            end}
    end.

signed(0, S) -> flip(S);
signed(1, S) -> <<S/binary, 0>>;
signed(2, <<A, B, R/binary>>) -> <<A, (B bxor 1), R/binary>>;
signed(_, S) -> S.

encryption() ->
    [E, N | _] = Key = rsa_key(),
    Text = or_wrong(bytes(one_of([0, 1, 20, 53, 54, 60, 85, 86, 96, 97]))),
    Options = one_of([[], [{rsa_padding, rsa_pkcs1_padding}], [{rsa_padding, rsa_pkcs1_oaep_padding}], [{rsa_padding, rsa_no_padding}],
                      [{rsa_padding, rsa_pkcs1_oaep_padding}, {rsa_oaep_md, digest()}],
                      [{rsa_padding, rsa_pkcs1_oaep_padding}, {rsa_mgf1_md, digest()}, {rsa_oaep_label, bytes(below(20))}], rsa_pkcs1_padding, [foo]]),
    Damage = below(6),
    case chance(50) of
        true -> {{public_encrypt, Options, Damage}, fun() ->
            C = crypto:public_encrypt(rsa, Text, [E, N], Options),
            P = crypto:private_decrypt(rsa, C, Key, Options),
            {P, P =:= Text}
        end};
        false -> {{private_encrypt, Options, Damage}, fun() ->
            C = crypto:private_encrypt(rsa, Text, Key, Options),
            {C, crypto:public_decrypt(rsa, C, [E, N], Options),
             try crypto:public_decrypt(rsa, signed(Damage, C), [E, N], Options) catch error:{K, _, M} -> {K, M} end}
        end}
    end.

%% A key of 768 bits that guards nothing.
rsa_key() ->
    [16#10001,
     16#ba74104ba47289854f1d8030b9f29624b9177b43ee1a82b895093b1ccdb9ff33ba2d0ac01eafd905db23460f70dd98f7ba3dc5b8e72dc6389f04c7f18c75f5cd6e9542edda8813522bd590eb33d8644c27d5054d39c4dd7ec3fc6e2c91ae480d,
     16#45553762096a95fcbe68a7ec7698e080135bc9f87ea7d9082e535a69e18e5279b7b75c1208d7370a586c8b76de6f689bc32dd543e9993075f41ce8a6d81eeb8890732acf512ad3ef78117a532cef1ad6724d8250a992c9488cce95827fe63639,
     16#e64cfb4f7db7175e4b127c8849868eed1f40fda102be63e02d5b773d2db4a53ecd8e47e067dbde1c335b4b4207b988bb,
     16#cf427de086c29c4a1cf4a91da9510eaf1b1fa0faf2c88f6c7d526e2c41a80b8d5f46ec2b55afe7eca8b721441bbba9d7,
     16#e09abb8e6f211d9d4cc21eca1c4b2b217f95b6c64d12b9fd6cbf03af9adfcf394ce832995d3145916354ea34dfabc6f9,
     16#a55e955747cf11aae4cda5fe3fb1a838b938945686ced5f927495514c4d2535d5a8f19333e6c5b6dedf4287bd270fb03,
     16#558431c610a18fcdfed82baf5de069d232cdb73cbd432e0ebc70a634474f8847d3aba92acbbe144c36ec27b40cd1a426].

infos() ->
    X = one_of([aes_128_cbc, aes_gcm, chacha20, chacha20_poly1305, aes_256_ccm, des_cbc, foo, 1, aes_192_ctr, md5, sha, sha512, ripemd160]),
    case chance(50) of
        true -> {{cipher_info, X}, fun() -> crypto:cipher_info(X) end};
        false -> {{hash_info, X}, fun() -> crypto:hash_info(X) end}
    end.

%% ---- zlib ----

%% Text that has something to be found in it.
plain() ->
    case below(3) of
        0 -> bytes(size());
        1 -> iolist_to_binary([one_of(["the same ", "words ", "again and ", bytes(3)]) || _ <- lists:seq(1, below(2000))]);
        2 -> binary:copy(bytes(1 + below(9)), below(3000))
    end.

compressed() ->
    Text = plain(),
    Shape = or_wrong(shape(Text)),
    case below(4) of
        0 -> F = one_of([compress, zip, gzip]), {{zlib, F}, fun() -> zlib:F(Shape) end};
        1 -> {G, U} = one_of([{compress, uncompress}, {zip, unzip}, {gzip, gunzip}]),
             {{zlib, G, U}, fun() -> zlib:U(cut(zlib:G(Text))) end};
        _ -> deflated(Text)
    end.

cut(B) -> one_of([B, [B], [binary:part(B, 0, byte_size(B) div 2), binary:part(B, byte_size(B), -(byte_size(B) - byte_size(B) div 2))]]).

deflated(Text) ->
    Level = one_of([default, none, best_speed, best_compression, 0, 3, 6, 9, 10]),
    Bits = one_of([15, -15, 31, 9, -9, 12, 8, 25]),
    Memory = one_of([1, 8, 9, 5]),
    Strategy = one_of([default, filtered, huffman_only, rle]),
    Dictionary = one_of([none, none, bytes(30), <<"the same words again and ">>]),
    Flushes = [{plain(), one_of([none, none, sync, full])} || _ <- lists:seq(1, below(5))],
    Params = one_of([none, none, {9, default}, {0, huffman_only}]),
    Chunk = one_of([none, 1, 100, 4000]),
    {{deflate, Level, Bits, Memory, Strategy, Params, Chunk}, fun() ->
        Z = zlib:open(),
        try
            ok = zlib:deflateInit(Z, Level, deflated, Bits, Memory, Strategy),
            Sum = case Dictionary of none -> none; _ -> zlib:deflateSetDictionary(Z, Dictionary) end,
            Parts = [iolist_to_binary(zlib:deflate(Z, T, F)) || {T, F} <- Flushes],
            case Params of none -> ok; {L, S} -> ok = zlib:deflateParams(Z, L, S) end,
            Last = iolist_to_binary(zlib:deflate(Z, Text, finish)),
            ok = zlib:deflateEnd(Z),
            All = iolist_to_binary([Parts, Last]),
            {Sum, Parts, Last, (catch inflate(All, Bits, Dictionary, Chunk)) =:= iolist_to_binary([[T || {T, _} <- Flushes], Text])}
        after
            zlib:close(Z)
        end
    end}.

inflate(All, Bits, Dictionary, Chunk) ->
    Z = zlib:open(),
    try
        ok = zlib:inflateInit(Z, Bits),
        case Dictionary =/= none andalso Bits < 0 of true -> zlib:inflateSetDictionary(Z, Dictionary); false -> ok end,
        Out = case {Chunk, Dictionary} of
            {none, none} -> zlib:inflate(Z, All);
            {none, _} when Bits > 0 -> zlib:inflate(Z, All, [{exception_on_need_dict, false}]);
            _ when Dictionary =:= none; Bits < 0 -> safe(Z, zlib:safeInflate(Z, All), []);
            _ -> zlib:inflate(Z, All, [{exception_on_need_dict, false}])
        end,
        iolist_to_binary(case Out of
            {need_dictionary, _, Before} -> ok = zlib:inflateSetDictionary(Z, Dictionary), [Before | zlib:inflate(Z, [])];
            _ -> Out
        end)
    after
        zlib:close(Z)
    end.

safe(_, {finished, Out}, Acc) -> lists:reverse([Out | Acc]);
safe(Z, {continue, Out}, Acc) -> safe(Z, zlib:safeInflate(Z, []), [Out | Acc]).

%% What is damaged, cut, followed by more.
inflated() ->
    Text = plain(),
    {Bits, F} = one_of([{15, compress}, {-15, zip}, {31, gzip}, {47, gzip}, {47, compress}]),
    Behavior = one_of([error, reset, cut]),
    Damage = below(6),
    {{inflate, Bits, F, Behavior, Damage}, fun() ->
        C = zlib:F(Text),
        Bytes = case Damage of
            0 -> binary:part(C, 0, byte_size(C) div 2);
            1 -> N = byte_size(C) div 2, <<A:N/binary, X, B/binary>> = C, <<A/binary, (X bxor 255), B/binary>>;
            2 -> <<C/binary, "more">>;
            3 -> <<C/binary, C/binary>>;
            _ -> C
        end,
        Z = zlib:open(),
        try
            ok = zlib:inflateInit(Z, Bits, Behavior),
            Out = iolist_to_binary(zlib:inflate(Z, cut(Bytes))),
            {Out, try zlib:inflateEnd(Z) catch error:E -> E end}
        after
            zlib:close(Z)
        end
    end}.
