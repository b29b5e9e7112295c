%% Where implementations of the same thing have differed: counters that begin anew, encodings that are not
%% the one of DER, points of small order and off the curve, paddings that are almost right.
-module(crypto_edges).
-export([start/0]).

start() ->
    counters(), tags(), encodings(), points(), low_order(), scalars(), rsa_blocks(), aes_padding(),
    ok.

p(What, F) -> io:format("~0p ~0p~n", [What, shown(try F() catch error:{E, _, M} -> {E, M}; error:E -> {raised, E} end)]).

shown(B) when is_binary(B) -> {bytes, byte_size(B), erlang:phash2(B)};
shown(T) when is_tuple(T) -> list_to_tuple([shown(E) || E <- tuple_to_list(T)]);
shown(L) when is_list(L) -> [shown(E) || E <- L];
shown(X) -> X.

%% ---- ciphers ----

counters() ->
    Key = <<5:128>>, Text = binary:copy(<<"0123456789">>, 20),
    [p({ctr, I}, fun() -> crypto:crypto_one_time(aes_128_ctr, Key, <<I:128>>, Text, true) end)
     || I <- [(1 bsl 128) - 1, (1 bsl 128) - 3, (1 bsl 64) - 1, (1 bsl 32) - 1, (1 bsl 8) - 1, ((1 bsl 64) - 1) bsl 64]],
    [p({chacha20, C, N}, fun() -> crypto:crypto_one_time(chacha20, <<5:256>>, <<C:32/little, N:96>>, Text, true) end)
     || C <- [0, 1, 16#fffffffd, 16#ffffffff], N <- [0, 1, (1 bsl 96) - 1]],
    %% A nonce that is not of 12 bytes is hashed, and the counter begins anywhere.
    [p({gcm, N, S}, fun() -> crypto:crypto_one_time_aead(aes_128_gcm, Key, binary:copy(<<S>>, N), Text, <<>>, true) end)
     || N <- [1, 11, 13, 15, 16, 17, 31, 32, 64, 128], S <- [0, 255]],
    [p({ccm, N, M}, fun() -> crypto:crypto_one_time_aead(aes_128_ccm, Key, binary:copy(<<N>>, N), Text, binary:copy(<<N>>, M), 10, true) end)
     || N <- lists:seq(7, 13), M <- [0, 1, 13, 14, 15, 16, 65279, 65280, 65281]].

tags() ->
    Key = <<5:256>>, Iv = <<9:96>>,
    [begin
        {C, T} = crypto:crypto_one_time_aead(Cipher, Key, Iv, <<"some text">>, <<"data">>, 16, true),
        Open = fun(Text, Data, Tag) -> crypto:crypto_one_time_aead(Cipher, Key, Iv, Text, Data, Tag, false) end,
        [p({Cipher, tag, Bit}, fun() -> Open(C, <<"data">>, flip(T, Bit)) end) || Bit <- [0, 1, 7, 8, 63, 64, 127]],
        [p({Cipher, text, Bit}, fun() -> Open(flip(C, Bit), <<"data">>, T) end) || Bit <- [0, 71]],
        p({Cipher, data}, fun() -> Open(C, <<"dat">>, T) end),
        p({Cipher, no_data}, fun() -> Open(C, <<>>, T) end),
        p({Cipher, empty}, fun() -> Open(<<>>, <<>>, T) end),
        [p({Cipher, tag_size, N}, fun() -> Open(C, <<"data">>, binary:part(T, 0, N)) end) || N <- [0, 4, 8, 12, 15]]
     end || Cipher <- [aes_256_gcm, aes_256_ccm, chacha20_poly1305]].

flip(B, Bit) ->
    <<Before:Bit, X:1, After/bits>> = B,
    <<Before:Bit, (1 - X):1, After/bits>>.

%% What a decryption takes for padding: each last block.
aes_padding() ->
    Key = <<3:128>>, Iv = <<0:128>>,
    [p({padding, N, M}, fun() ->
        Block = crypto:crypto_one_time(aes_128_cbc, Key, Iv, <<0:((16 - M) * 8), (binary:copy(<<N>>, M))/binary>>, true),
        crypto:crypto_one_time(aes_128_cbc, Key, Iv, Block, [{encrypt, false}, {padding, pkcs_padding}])
     end) || N <- [0, 1, 2, 15, 16, 17, 255], M <- [1, 2, 14, 15, 16]].

%% ---- signatures on curves ----

n() -> 16#ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551.

encodings() ->
    {P, K} = crypto:generate_key(ecdh, secp256r1, <<77:256>>),
    <<48, _, 2, RS, R:RS/unit:8, 2, SS, S:SS/unit:8>> = crypto:sign(ecdsa, sha256, <<"text">>, [K, secp256r1]),
    Verify = fun(What, Signature) -> p(What, fun() -> crypto:verify(ecdsa, sha256, <<"text">>, Signature, [P, secp256r1]) end) end,
    Body = [int(R), int(S)],
    Verify(good, seq(Body)),
    Verify(swapped, seq([int(S), int(R)])),
    %% The other signature that the same key could have made.
    Verify(negated, seq([int(R), int(n() - S)])),
    [Verify({number, A, B}, seq([int(value(A, R)), int(value(B, S))]))
     || {A, B} <- [{0, same}, {same, 0}, {0, 0}, {1, 1}, {n, same}, {same, n}, {plus_n, same}, {same, plus_n}, {minus, same}, {same, minus}, {less_n, less_n},
                   {huge, same}, {same, huge}]],
    Whole = iolist_to_binary(seq(Body)),
    Long = iolist_to_binary(Body),
    Verify(zeros_before, seq([[2, 1 + byte_size(num(R)), 0, num(R)], int(S)])),
    Verify(long_length, [48, 129, byte_size(Long), Long]),
    Verify(longer_length, [48, 130, 0, byte_size(Long), Long]),
    Verify(indefinite, [48, 128, Long, 0, 0]),
    Verify(more_after, [Whole, 0]),
    Verify(more_inside, seq([Body, 5, 0])),
    Verify(cut, binary:part(Whole, 0, byte_size(Whole) - 1)),
    Verify(length_short, [48, byte_size(Long) - 1, Long]),
    Verify(length_far, [48, byte_size(Long) + 1, Long]),
    Verify(set, [49, byte_size(Long), Long]),
    Verify(octets, seq([[4, byte_size(num(R)), num(R)], int(S)])),
    Verify(one_number, seq([int(R)])),
    Verify(three_numbers, seq([Body, int(1)])),
    Verify(no_bytes, seq([[2, 0], [2, 0]])),
    Verify(raw, <<R:256, S:256>>),
    Verify(empty, <<>>),
    Verify(huge_length, [48, 132, 255, 255, 255, 255, Long]),
    %% A hash longer than the order, and a text that hashes to less.
    [p({digest, D}, fun() -> crypto:verify(ecdsa, D, <<"text">>, crypto:sign(ecdsa, D, <<"text">>, [K, secp256r1]), [P, secp256r1]) end)
     || D <- [md5, sha, sha224, sha384, sha512]].

value(same, X) -> X;
value(n, _) -> n();
value(plus_n, X) -> X + n();
value(minus, X) -> -X;
value(less_n, _) -> n() - 1;
value(huge, X) -> X bsl 2000;
value(N, _) -> N.

seq(Parts) -> B = iolist_to_binary(Parts), [48, len(byte_size(B)), B].
int(N) -> B = num(N), [2, len(byte_size(B)), B].
len(N) when N < 128 -> N;
len(N) when N < 256 -> [129, N];
len(N) -> [130, N bsr 8, N band 255].
num(0) -> <<0>>;
num(N) when N < 0 -> Size = byte_size(binary:encode_unsigned(-N)) + 1, <<N:Size/unit:8>>;
num(N) -> case binary:encode_unsigned(N) of <<1:1, _/bits>> = B -> <<0, B/binary>>; B -> B end.

n521() -> 16#1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409.

%% ---- points ----

prime() -> 16#ffffffff00000001000000000000000000000000ffffffffffffffffffffffff.

points() ->
    {<<4, X:256, Y:256>>, K} = crypto:generate_key(ecdh, secp256r1, <<99:256>>),
    [p({point, What}, fun() -> crypto:compute_key(ecdh, iolist_to_binary(Point), K, secp256r1) end) || {What, Point} <- [
        {good, <<4, X:256, Y:256>>}, {negative, <<4, X:256, (prime() - Y):256>>}, {off, <<4, X:256, (Y bxor 1):256>>}, {zero, <<4, 0:512>>},
        {zero_x, <<4, 0:256, Y:256>>}, {infinity, <<0>>}, {infinities, <<0, 0>>}, {too_large, <<4, (X + 1):256, Y:256>>}, {prime, <<4, (prime()):256, Y:256>>},
        {not_reduced, <<4, ((X + prime()) band ((1 bsl 256) - 1)):256, Y:256>>}, {short, <<4, X:256>>}, {long, <<4, X:256, Y:256, 0>>}, {empty, <<>>},
        {even, <<2, X:256>>}, {odd, <<3, X:256>>}, {hybrid, <<(6 + Y band 1), X:256, Y:256>>}, {hybrid_wrong, <<(7 - Y band 1), X:256, Y:256>>},
        {form_1, <<1, X:256, Y:256>>}, {form_5, <<5, X:256, Y:256>>}, {no_root, <<2, 5:256>>}, {twist, <<2, 1:256>>}, {large_compressed, <<2, (prime()):256>>},
        {order_512, <<4, X:512, Y:512>>}]].

scalars() ->
    [p({scalar, C, What}, fun() -> element(1, crypto:generate_key(ecdh, C, K)) end)
     || {C, N} <- [{secp256r1, n()}, {secp521r1, n521()}],
        {What, K} <- [{zero, <<0>>}, {one, <<1>>}, {order_less, <<(N - 1):528>>}, {order_more, <<(N + 1):528>>}, {empty, <<>>},
                      {zeros, <<0:800, 5>>}]].

%% RFC 7748, 6: what is shared with these is 0, and refused.
low_order() ->
    K = <<16#a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4:256>>,
    P = (1 bsl 255) - 19,
    [p({x25519, U}, fun() -> crypto:compute_key(ecdh, <<U:256/little>>, K, x25519) end)
     || U <- [0, 1, P - 1, P, P + 1, 2 * P - 1, (1 bsl 255), (1 bsl 256) - 1, 9, P + 9,
              325606250916557431795983626356110631294008115727848805560023387167927233504,
              39382357235489614581723060781553021112529911719440698176882885853963445705823]],
    [p({x448, U}, fun() -> crypto:compute_key(ecdh, <<U:448/little>>, <<7:448>>, x448) end)
     || Q <- [(1 bsl 448) - (1 bsl 224) - 1], U <- [0, 1, Q - 1, Q, Q + 1, 5, (1 bsl 448) - 1]].

%% ---- RSA ----

%% A key of 768 bits that guards nothing.
rsa() ->
    [16#10001,
     16#ba74104ba47289854f1d8030b9f29624b9177b43ee1a82b895093b1ccdb9ff33ba2d0ac01eafd905db23460f70dd98f7ba3dc5b8e72dc6389f04c7f18c75f5cd6e9542edda8813522bd590eb33d8644c27d5054d39c4dd7ec3fc6e2c91ae480d,
     16#45553762096a95fcbe68a7ec7698e080135bc9f87ea7d9082e535a69e18e5279b7b75c1208d7370a586c8b76de6f689bc32dd543e9993075f41ce8a6d81eeb8890732acf512ad3ef78117a532cef1ad6724d8250a992c9488cce95827fe63639].

rsa_blocks() ->
    [E, N, _] = Key = rsa(),
    Size = 96,
    Hash = crypto:hash(sha256, <<"text">>),
    Info = <<16#3031300d060960864801650304020105000420:152>>,
    NoNull = <<16#302f300b0609608648016503040201:120, 4, 32>>,
    Pad = fun(Rest) -> <<0, 1, (binary:copy(<<255>>, Size - 3 - byte_size(Rest)))/binary, 0, Rest/binary>> end,
    Sign = fun(Block) -> crypto:private_encrypt(rsa, Block, Key, [{rsa_padding, rsa_no_padding}]) end,
    Verify = fun(S) -> crypto:verify(rsa, sha256, <<"text">>, S, [E, N]) end,
    [p({block, What}, fun() -> Verify(Sign(Block)) end) || {What, Block} <- [
        {good, Pad(<<Info/binary, Hash/binary>>)}, {no_null, Pad(<<NoNull/binary, Hash/binary>>)}, {bare, Pad(Hash)},
        {more_after, <<0, 1, (binary:copy(<<255>>, 8))/binary, 0, Info/binary, Hash/binary, 0:((Size - 11 - 51) * 8)>>},
        {type_2, setelement_(Pad(<<Info/binary, Hash/binary>>), 1, 2)}, {type_0, setelement_(Pad(<<Info/binary, Hash/binary>>), 1, 0)},
        {first, setelement_(Pad(<<Info/binary, Hash/binary>>), 0, 1)}, {padding, setelement_(Pad(<<Info/binary, Hash/binary>>), 5, 254)},
        {no_zero, setelement_(Pad(<<Info/binary, Hash/binary>>), Size - 52, 255)}, {other_hash, Pad(<<Info/binary, (crypto:hash(sha256, <<"x">>))/binary>>)},
        {short, Pad(<<Info/binary, (binary:part(Hash, 0, 31))/binary>>)}]],
    Good = Sign(Pad(<<Info/binary, Hash/binary>>)),
    <<S:768>> = Good,
    [p({signature, What}, fun() -> Verify(B) end) || {What, B} <- [
        {zero_before, <<0, Good/binary>>}, {zero_after, <<Good/binary, 0>>}, {plus_n, <<(S + N):776>>}, {zero, <<0:768>>}, {one, <<1:768>>}, {n, <<N:768>>},
        {n_less, <<(N - 1):768>>}, {empty, <<>>}, {short, binary:part(Good, 0, 95)}]],
    [p({decrypt, What}, fun() -> crypto:private_decrypt(rsa, crypto:public_encrypt(rsa, B, [E, N], [{rsa_padding, rsa_no_padding}]), Key, [{rsa_padding, P}]) end)
     || P <- [rsa_pkcs1_padding, rsa_pkcs1_oaep_padding],
        {What, B} <- [{good, <<0, 2, (binary:copy(<<7>>, 20))/binary, 0, 1:(73 * 8)>>}, {eight, <<0, 2, (binary:copy(<<7>>, 8))/binary, 0, 1:(85 * 8)>>},
                      {seven, <<0, 2, (binary:copy(<<7>>, 7))/binary, 0, 1:(86 * 8)>>}, {no_zero, <<0, 2, (binary:copy(<<7>>, 94))/binary>>},
                      {empty_text, <<0, 2, (binary:copy(<<7>>, 93))/binary, 0>>}, {type_1, <<0, 1, (binary:copy(<<255>>, 20))/binary, 0, 1:(73 * 8)>>},
                      {first, <<1, 2, (binary:copy(<<7>>, 20))/binary, 0, 1:(73 * 8)>>}]].

setelement_(B, At, Value) -> <<Head:At/binary, _, Tail/binary>> = B, <<Head/binary, Value, Tail/binary>>.
