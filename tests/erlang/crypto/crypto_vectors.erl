%% Published test vectors. Each line names its source, and whether what is computed is what stands there.
-module(crypto_vectors).
-export([start/0]).

start() ->
    hashes(), macs(), ciphers(), aeads(), passwords(),
    ok.

-define(V(Source, Want, Got), vector(Source, h(Want), fun() -> Got end)).

vector(Source, Want, Got) ->
    case try Got() catch _:Reason -> Reason end of
        Want -> io:format("~ts: as published~n", [Source]);
        Other -> io:format("~ts: ~p, not ~p~n", [Source, Other, Want])
    end.

h(B) when is_binary(B) -> B;
h({A, B}) -> {h(A), h(B)};
h(Text) -> binary:decode_hex(list_to_binary([C || C <- Text, C =/= $\s, C =/= $\n])).

hashes() ->
    Two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    ?V("FIPS 180-4, SHA-1 of abc", "a9993e364706816aba3e25717850c26c9cd0d89d", crypto:hash(sha, "abc")),
    ?V("FIPS 180-4, SHA-1 of two blocks", "84983e441c3bd26ebaae4aa1f95129e5e54670f1", crypto:hash(sha, Two)),
    ?V("FIPS 180-4, SHA-224 of abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7", crypto:hash(sha224, "abc")),
    ?V("FIPS 180-4, SHA-256 of abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", crypto:hash(sha256, "abc")),
    ?V("FIPS 180-4, SHA-256 of two blocks", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
       crypto:hash(sha256, Two)),
    ?V("FIPS 180-4, SHA-256 of a million a", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
       crypto:hash(sha256, binary:copy(<<"a">>, 1000000))),
    ?V("FIPS 180-4, SHA-384 of abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
       crypto:hash(sha384, "abc")),
    ?V("FIPS 180-4, SHA-512 of abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", crypto:hash(sha512, "abc")),
    ?V("RFC 1321, MD5 of nothing", "d41d8cd98f00b204e9800998ecf8427e", crypto:hash(md5, "")),
    ?V("RFC 1321, MD5 of message digest", "f96b697d7cb7938d525a2f31aaf161d0", crypto:hash(md5, "message digest")),
    ?V("RIPEMD-160 of abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc", crypto:hash(ripemd160, "abc")).

macs() ->
    Jefe = "what do ya want for nothing?",
    Long = binary:copy(<<16#aa>>, 131),
    ?V("RFC 4231, case 2, SHA-224", "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44", crypto:mac(hmac, sha224, "Jefe", Jefe)),
    ?V("RFC 4231, case 2, SHA-256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", crypto:mac(hmac, sha256, "Jefe", Jefe)),
    ?V("RFC 4231, case 2, SHA-384", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
       crypto:mac(hmac, sha384, "Jefe", Jefe)),
    ?V("RFC 4231, case 2, SHA-512", "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737", crypto:mac(hmac, sha512, "Jefe", Jefe)),
    ?V("RFC 4231, case 6, SHA-256", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
       crypto:mac(hmac, sha256, Long, "Test Using Larger Than Block-Size Key - Hash Key First")),
    ?V("RFC 2202, MD5, case 2", "750c783e6ab0b503eaa86e310a5db738", crypto:mac(hmac, md5, "Jefe", Jefe)),
    ?V("RFC 2202, SHA-1, case 2", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", crypto:mac(hmac, sha, "Jefe", Jefe)),
    Key = h("2b7e151628aed2a6abf7158809cf4f3c"),
    Text = blocks(),
    ?V("RFC 4493, example 1", "bb1d6929e95937287fa37d129b756746", crypto:mac(cmac, aes_128_cbc, Key, "")),
    ?V("RFC 4493, example 2", "070a16b46b4d4144f79bdd9dd04a287c", crypto:mac(cmac, aes_128_cbc, Key, binary:part(Text, 0, 16))),
    ?V("RFC 4493, example 3", "dfa66747de9ae63030ca32611497c827", crypto:mac(cmac, aes_128_cbc, Key, binary:part(Text, 0, 40))),
    ?V("RFC 4493, example 4", "51f0bebf7e3b9d92fc49741779363cfe", crypto:mac(cmac, aes_128_cbc, Key, Text)),
    ?V("RFC 8439, 2.5.2", "a8061dc1305136c6c22b8baf0c0127a9",
       crypto:mac(poly1305, h("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"), "Cryptographic Forum Research Group")).

blocks() ->
    h("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710").

%% NIST SP 800-38A, appendix F; both ways.
ciphers() ->
    K128 = h("2b7e151628aed2a6abf7158809cf4f3c"),
    K192 = h("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
    K256 = h("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
    Iv = h("000102030405060708090a0b0c0d0e0f"),
    Counter = h("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
    [both(S, C, K, I, binary:part(blocks(), 0, 32), W) || {S, C, K, I, W} <- [
        {"SP 800-38A, F.1.1", aes_128_ecb, K128, <<>>, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"},
        {"SP 800-38A, F.1.3", aes_192_ecb, K192, <<>>, "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef"},
        {"SP 800-38A, F.1.5", aes_256_ecb, K256, <<>>, "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"},
        {"SP 800-38A, F.2.1", aes_128_cbc, K128, Iv, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
        {"SP 800-38A, F.2.5", aes_256_cbc, K256, Iv, "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"},
        {"SP 800-38A, F.3.13", aes_128_cfb128, K128, Iv, "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"},
        {"SP 800-38A, F.4.1", aes_128_ofb, K128, Iv, "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"},
        {"SP 800-38A, F.5.1", aes_128_ctr, K128, Counter, "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"},
        {"SP 800-38A, F.5.5", aes_256_ctr, K256, Counter, "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"}]],
    both("SP 800-38A, F.3.7", aes_128_cfb8, K128, Iv, binary:part(blocks(), 0, 18), "3b79424c9c0dd436bace9e0ed4586a4f32b9"),
    Sunscreen = <<"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.">>,
    both("RFC 8439, 2.4.2", chacha20, h("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
         h("01000000 000000000000004a00000000"), Sunscreen,
         "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b357"
         "1639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
         "5af90bbf74a35be6b40b8eedf2785e42874d").

both(Source, Cipher, Key, Iv, Text, Want) ->
    ?V([Source, " encrypted"], Want, one_time(Cipher, Key, Iv, Text, true)),
    ?V([Source, " decrypted"], Text, one_time(Cipher, Key, Iv, h(Want), false)).

one_time(Cipher, Key, <<>>, Text, Way) -> crypto:crypto_one_time(Cipher, Key, Text, Way);
one_time(Cipher, Key, Iv, Text, Way) -> crypto:crypto_one_time(Cipher, Key, Iv, Text, Way).

aeads() ->
    Key = h("feffe9928665731c6d6a8f9467308308"),
    Data = h("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    Text = h("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
             "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"),
    aead("GCM specification, case 2", aes_128_gcm, <<0:128>>, <<0:96>>, <<0:128>>, <<>>,
         {"0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"}),
    aead("GCM specification, case 4", aes_128_gcm, Key, h("cafebabefacedbaddecaf888"), Text, Data,
         {"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
          "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091", "5bc94fbc3221a5db94fae95ae7121a47"}),
    aead("GCM specification, case 5", aes_128_gcm, Key, h("cafebabefacedbad"), Text, Data,
         {"61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
          "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598", "3612d2e79e3b0785561be14aaca2fccb"}),
    Ccm = h("404142434445464748494a4b4c4d4e4f"),
    aead("SP 800-38C, example 1", aes_128_ccm, Ccm, h("10111213141516"), h("20212223"), h("0001020304050607"), {"7162015b", "4dac255d"}),
    aead("SP 800-38C, example 2", aes_128_ccm, Ccm, h("1011121314151617"), h("202122232425262728292a2b2c2d2e2f"),
         h("000102030405060708090a0b0c0d0e0f"), {"d2a1f0e051ea5f62081a7792073d593d", "1fc64fbfaccd"}),
    aead("SP 800-38C, example 4", aes_128_ccm, Ccm, h("101112131415161718191a1b1c"), list_to_binary(lists:seq(16#20, 16#3f)),
         binary:copy(list_to_binary(lists:seq(0, 255)), 256),
         {"69915dad1e84c6376a68c2967e4dab615ae0fd1faec44cc484828529463ccf72", "b4ac6bec93e8598e7f0dadbcea5b"}),
    aead("RFC 8439, 2.8.2", chacha20_poly1305, list_to_binary(lists:seq(16#80, 16#9f)), h("070000004041424344454647"),
         <<"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.">>,
         h("50515253c0c1c2c3c4c5c6c7"),
         {"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
          "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
          "3ff4def08e4b7a9de576d26586cec64b6116", "1ae10b594f09e26a7e902ecbd0600691"}).

aead(Source, Cipher, Key, Iv, Text, Data, {_, Tag} = Want) ->
    T = h(Tag),
    {C, _} = h(Want),
    <<Some:7, Last:1>> = binary:part(T, byte_size(T), -1),
    Wrong = <<(binary:part(T, 0, byte_size(T) - 1))/binary, Some:7, (1 - Last):1>>,
    ?V([Source, " encrypted"], Want, crypto:crypto_one_time_aead(Cipher, Key, Iv, Text, Data, byte_size(T), true)),
    ?V([Source, " decrypted"], Text, crypto:crypto_one_time_aead(Cipher, Key, Iv, C, Data, T, false)),
    ?V([Source, " refused"], <<"error">>, atom_to_binary(crypto:crypto_one_time_aead(Cipher, Key, Iv, C, Data, Wrong, false))).

passwords() ->
    ?V("RFC 6070, 1 pass", "0c60c80f961f0e71f3a9b524af6012062fe037a6", crypto:pbkdf2_hmac(sha, <<"password">>, <<"salt">>, 1, 20)),
    ?V("RFC 6070, 4096 passes", "4b007901b765489abead49d926f721d065a429c1", crypto:pbkdf2_hmac(sha, <<"password">>, <<"salt">>, 4096, 20)),
    ?V("RFC 6070, 25 bytes", "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
       crypto:pbkdf2_hmac(sha, <<"passwordPASSWORDpassword">>, <<"saltSALTsaltSALTsaltSALTsaltSALTsalt">>, 4096, 25)),
    ?V("RFC 7914, 11", "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
       crypto:pbkdf2_hmac(sha256, <<"passwd">>, <<"salt">>, 1, 32)).
