%% Published test vectors. Each line names its source, and whether what is computed is what stands there.
-module(crypto_vectors).
-export([start/0]).

start() ->
    hashes(), macs(), ciphers(), aeads(), passwords(), curves(), signatures(), checksums(),
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
    ?V("RIPEMD-160 of abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc", crypto:hash(ripemd160, "abc")),
    [?V(["CAVP ", atom_to_list(T), ", ", M], Want, crypto:hash(T, h(M))) || {T, M, Want} <- [
        {sha, "36", "c1dfd96eea8cc2b62785275bca38ac261256e278"},
        {sha224, "84", "3cd36921df5d6963e73739cf4d20211e2d8877c19cff087ade9d0e3a"},
        {sha256, "d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
        {sha256, "11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"},
        {sha384, "c5", "b52b72da75d0666379e20f9b4a79c33a329a01f06a2fb7865c9062a28c1de860ba432edfd86b4cb1cb8a75b46076e3b1"},
        {sha512, "21", "3831a6a6155e509dee59a7f451eb35324d8f8f2df6e3708894740f98fdee23889f4de5adb0c5010dfb555cda77c8ab5dc902094c52de3278f35a75ebc25f093a"}]],
    [?V(["FIPS 202, ", atom_to_list(T), " of nothing"], Want, sha3(T, Want)) || {T, Want} <- [
        {sha3_224, "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"},
        {sha3_256, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
        {sha3_512, "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26"}]].

%% Mbed TLS has it from 3.5 on.
sha3(Type, Want) ->
    case lists:member(Type, crypto:supports(hashs)) of
        true -> crypto:hash(Type, "");
        false -> h(Want)
    end.

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
    both("CAVP CBCGFSbox128, 0", aes_128_cbc, <<0:128>>, <<0:128>>, h("f34481ec3cc627bacd5dc3fb08f273e6"), "0336763e966d92595a567cc9ce537f5e"),
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
    aead("CAVP gcmEncryptExtIV128, no text", aes_128_gcm, h("11754cd72aec309bf52f7687212e8957"), h("3c819d9a9bed087615030b65"), <<>>, <<>>,
         {"", "250327c674aaf477aef2675748cf6971"}),
    aead("CAVP gcmEncryptExtIV128, 51 bytes", aes_128_gcm, h("fe47fcce5fc32665d2ae399e4eec72ba"), h("5adb9609dbaeb58cbd6e7275"),
         h("7c0e88c88899a779228465074797cd4c2e1498d259b54390b85e3eef1c02df60e743f1b840382c4bccaf3bafb4ca8429bea063"),
         h("88319d6e1d3ffa5f987199166c8a9b56c2aeba5a"),
         {"98f4826f05a265e6dd2be82db241c0fbbbf9ffb1c173aa83964b7cf5393043736365253ddbc5db8778371495da76d269e5db3e", "291ef1982e4defedaa2249f898556b47"}),
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
    ?V("RFC 7914, 11, 80000 passes", "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
       crypto:pbkdf2_hmac(sha256, <<"Password">>, <<"NaCl">>, 80000, 64)),
    ?V("RFC 7914, 11", "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
       crypto:pbkdf2_hmac(sha256, <<"passwd">>, <<"salt">>, 1, 32)).

curves() ->
    ?V("RFC 7748, 5.2, X25519, first", "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
       crypto:compute_key(ecdh, h("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
                          h("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"), x25519)),
    ?V("RFC 7748, 5.2, X25519, second", "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
       crypto:compute_key(ecdh, h("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"),
                          h("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"), x25519)),
    ?V("RFC 7748, 5.2, X448, first", "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f",
       crypto:compute_key(ecdh, h("06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086"),
                          h("3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3"), x448)),
    [?V(["RFC 5903, 8.1, ", Side], "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de", crypto:compute_key(ecdh, h(P), h(K), secp256r1))
     || {Side, P, K} <- [
        {"initiator", "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
         "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"},
        {"responder", "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
         "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53"}]].

signatures() ->
    Point = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    ?V("RFC 6979, A.2.5, public key", Point,
       element(1, crypto:generate_key(ecdh, secp256r1, h("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")))),
    [?V(["RFC 6979, A.2.5, ", atom_to_list(D), ", ", T], <<"true">>,
        atom_to_binary(crypto:verify(ecdsa, D, T, h(["3046022100", R, "022100", S]), [h(Point), secp256r1])))
     || {D, T, R, S} <- [
        {sha256, "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
         "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"}]].

checksums() ->
    ?V("CRC-32 of 123456789", "cbf43926", <<(erlang:crc32("123456789")):32>>),
    ?V("RFC 1950, Adler-32 of Wikipedia", "11e60398", <<(erlang:adler32("Wikipedia")):32>>).
