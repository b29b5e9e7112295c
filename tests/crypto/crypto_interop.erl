%% Files that say whether two makers of encrypted, signed and compressed bytes understand each other:
%% make(Dir) writes them from the file `text`, read(Dir) reads what any maker wrote and prints a verdict
%% on each. Names and parameters are known to tests/crypto/interop, which has openssl and gzip do both.
-module(crypto_interop).
-export([make/1, read/1]).
-include_lib("public_key/include/public_key.hrl").

key(N) -> binary:part(list_to_binary(lists:seq(1, 64)), 0, N).
iv(N) -> list_to_binary(lists:seq(101, 100 + N)).

make(Dir) ->
    Text = get(Dir, "text"),
    put(Dir, "text.gz", zlib:gzip(Text)),
    [put(Dir, ["text.", atom_to_list(C)], crypto:crypto_one_time(C, key(K), iv(I), Text, [{padding, pkcs_padding}, {encrypt, true}]))
     || {C, K, I} <- ciphers()],
    [put(Dir, ["text.", atom_to_list(D)], hex(crypto:hash(D, Text))) || D <- digests()],
    put(Dir, "text.hmac", hex(crypto:mac(hmac, sha256, key(20), Text))),
    put(Dir, "text.cmac", hex(crypto:mac(cmac, aes_128_cbc, key(16), Text))),
    Rsa = public_key:generate_key({rsa, 1024, 65537}),
    Ec = public_key:generate_key({namedCurve, secp256r1}),
    pem(Dir, "rsa.pem", 'RSAPrivateKey', Rsa),
    pem(Dir, "rsa.pub", 'SubjectPublicKeyInfo', rsa_public(Rsa)),
    pem(Dir, "ec.pem", 'ECPrivateKey', Ec),
    pem(Dir, "ec.pub", 'SubjectPublicKeyInfo', ec_public(Ec)),
    put(Dir, "locked.pem", public_key:pem_encode([public_key:pem_entry_encode('RSAPrivateKey', Rsa, {{"AES-256-CBC", iv(16)}, "secret"})])),
    put(Dir, "rsa.sig", public_key:sign(Text, sha256, Rsa)),
    put(Dir, "pss.sig", public_key:sign(Text, sha256, Rsa, [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, 32}])),
    put(Dir, "ec.sig", public_key:sign(Text, sha256, Ec)),
    put(Dir, "secret.rsa", public_key:encrypt_public(<<"a secret">>, rsa_public(Rsa), [{rsa_padding, rsa_pkcs1_oaep_padding}])),
    put(Dir, "secret.pkcs1", public_key:encrypt_public(<<"a secret">>, rsa_public(Rsa), [{rsa_padding, rsa_pkcs1_padding}])),
    #{cert := Cert} = public_key:pkix_test_root_cert("interop", [{key, Rsa}]),
    put(Dir, "cert.pem", public_key:pem_encode([{'Certificate', Cert, not_encrypted}])),
    put(Dir, "request.pem", request(Rsa)),
    %% What openssl's commands have not.
    {C, T} = crypto:crypto_one_time_aead(aes_256_gcm, key(32), key(12), Text, <<"data">>, 16, true),
    put(Dir, "text.gcm", [T, C]),
    {P, S} = crypto:crypto_one_time_aead(chacha20_poly1305, key(32), key(12), Text, <<"data">>, 16, true),
    put(Dir, "text.poly", [S, P]),
    put(Dir, "text.zlib", zlib:compress(Text)),
    {Public, Private} = crypto:generate_key(ecdh, x25519),
    {Other, Own} = crypto:generate_key(ecdh, x25519),
    put(Dir, "x25519", [Public, Own, crypto:compute_key(ecdh, Other, Private, x25519)]),
    ok.

read(Dir) ->
    Text = get(Dir, "text"),
    Is = fun(Name, F) -> verdict(Dir, Name, fun(B) -> F(B) =:= Text end) end,
    Is("text.gz", fun zlib:gunzip/1),
    Is("text.zlib", fun zlib:uncompress/1),
    [Is("text." ++ atom_to_list(C), fun(B) -> crypto:crypto_one_time(C, key(K), iv(I), B, [{padding, pkcs_padding}, {encrypt, false}]) end)
     || {C, K, I} <- ciphers()],
    Is("text.gcm", fun(<<T:16/binary, C/binary>>) -> crypto:crypto_one_time_aead(aes_256_gcm, key(32), key(12), C, <<"data">>, T, false) end),
    Is("text.poly", fun(<<T:16/binary, C/binary>>) -> crypto:crypto_one_time_aead(chacha20_poly1305, key(32), key(12), C, <<"data">>, T, false) end),
    [verdict(Dir, "text." ++ atom_to_list(D), fun(B) -> B =:= hex(crypto:hash(D, Text)) end) || D <- digests()],
    verdict(Dir, "text.hmac", fun(B) -> B =:= hex(crypto:mac(hmac, sha256, key(20), Text)) end),
    verdict(Dir, "text.cmac", fun(B) -> B =:= hex(crypto:mac(cmac, aes_128_cbc, key(16), Text)) end),
    Rsa = entry(Dir, "rsa.pem", not_encrypted), RsaPublic = entry(Dir, "rsa.pub", not_encrypted),
    Ec = entry(Dir, "ec.pem", not_encrypted), EcPublic = entry(Dir, "ec.pub", not_encrypted),
    verdict(Dir, "rsa.pub", fun(_) -> RsaPublic =:= rsa_public(Rsa) end),
    verdict(Dir, "ec.pub", fun(_) -> EcPublic =:= ec_public(Ec) end),
    verdict(Dir, "locked.pem", fun(_) -> entry(Dir, "locked.pem", "secret") =:= Rsa end),
    verdict(Dir, "rsa.sig", fun(S) -> public_key:verify(Text, sha256, S, RsaPublic) end),
    verdict(Dir, "pss.sig", fun(S) -> public_key:verify(Text, sha256, S, RsaPublic, [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, 32}]) end),
    verdict(Dir, "ec.sig", fun(S) -> public_key:verify(Text, sha256, S, EcPublic) end),
    verdict(Dir, "secret.rsa", fun(C) -> public_key:decrypt_private(C, Rsa, [{rsa_padding, rsa_pkcs1_oaep_padding}]) =:= <<"a secret">> end),
    verdict(Dir, "secret.pkcs1", fun(C) -> public_key:decrypt_private(C, Rsa, [{rsa_padding, rsa_pkcs1_padding}]) =:= <<"a secret">> end),
    verdict(Dir, "cert.pem", fun(Pem) ->
        [{'Certificate', Der, not_encrypted}] = public_key:pem_decode(Pem),
        public_key:pkix_verify(Der, RsaPublic) andalso public_key:pkix_is_self_signed(public_key:pkix_decode_cert(Der, otp))
    end),
    verdict(Dir, "request.pem", fun(Pem) -> is_request(Pem, RsaPublic) end),
    verdict(Dir, "x25519", fun(<<P:32/binary, K:32/binary, S/binary>>) -> crypto:compute_key(ecdh, P, K, x25519) =:= S end),
    ok.

verdict(Dir, Name, F) ->
    case file:read_file(filename:join(Dir, Name)) of
        {ok, B} -> io:format("~ts ~ts~n", [Name, try F(B) of true -> "ok"; _ -> "bad" catch C:R -> io_lib:format("~0p", [{C, R}]) end]);
        {error, enoent} -> ok
    end.

get(Dir, Name) -> {ok, B} = file:read_file(filename:join(Dir, Name)), B.
put(Dir, Name, Bytes) -> ok = file:write_file(filename:join(Dir, lists:flatten(Name)), Bytes).
hex(B) -> string:lowercase(binary:encode_hex(B)).
ciphers() -> [{aes_128_cbc, 16, 16}, {aes_256_cbc, 32, 16}, {aes_192_ctr, 24, 16}, {aes_128_cfb128, 16, 16}, {aes_256_ofb, 32, 16},
              {des_ede3_cbc, 24, 8}, {chacha20, 32, 16}].
digests() -> [md5, sha, sha224, sha256, sha384, sha512, ripemd160].
pem(Dir, Name, Type, Key) -> put(Dir, Name, public_key:pem_encode([public_key:pem_entry_encode(Type, Key)])).

entry(Dir, Name, not_encrypted) -> [E | _] = lists:reverse(public_key:pem_decode(get(Dir, Name))), public_key:pem_entry_decode(E);
entry(Dir, Name, Password) -> [E] = public_key:pem_decode(get(Dir, Name)), public_key:pem_entry_decode(E, Password).

rsa_public(#'RSAPrivateKey'{modulus = N, publicExponent = E}) -> #'RSAPublicKey'{modulus = N, publicExponent = E}.
ec_public(#'ECPrivateKey'{publicKey = P, parameters = C}) -> {#'ECPoint'{point = P}, C}.

%% PKCS#10.
request(Rsa) ->
    Name = {rdnSequence, [[#'AttributeTypeAndValue'{type = ?'id-at-commonName', value = <<12, 7, "interop">>}]]},
    Info = #'CertificationRequestInfo'{
        version = v1, subject = Name, attributes = [],
        subjectPKInfo = #'CertificationRequestInfo_subjectPKInfo'{
            algorithm = #'CertificationRequestInfo_subjectPKInfo_algorithm'{algorithm = ?rsaEncryption, parameters = {asn1_OPENTYPE, <<5, 0>>}},
            subjectPublicKey = public_key:der_encode('RSAPublicKey', rsa_public(Rsa))}},
    Der = public_key:der_encode('CertificationRequestInfo', Info),
    public_key:pem_encode([public_key:pem_entry_encode('CertificationRequest', #'CertificationRequest'{
        certificationRequestInfo = Info,
        signatureAlgorithm = #'CertificationRequest_signatureAlgorithm'{algorithm = ?sha256WithRSAEncryption, parameters = {asn1_OPENTYPE, <<5, 0>>}},
        signature = public_key:sign(Der, sha256, Rsa)})]).

is_request(Pem, Public) ->
    [Entry] = public_key:pem_decode(Pem),
    #'CertificationRequest'{certificationRequestInfo = Info, signature = S} = public_key:pem_entry_decode(Entry),
    public_key:verify(public_key:der_encode('CertificationRequestInfo', Info), sha256, S, Public).
