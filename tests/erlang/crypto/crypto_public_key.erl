%% public_key: certificates and keys made by the openssl command are decoded, a chain is verified, texts are
%% signed and encrypted.
-module(crypto_public_key).
-export([start/0]).
-include_lib("public_key/include/public_key.hrl").
-include("../support/show.hrl").

start() ->
    certificates(), chains(), keys(), signatures(), encryption(), round_trips(), ber(),
    ok.

der(Name) -> [{'Certificate', Der, not_encrypted}] = public_key:pem_decode(crypto_public_key_pems:pem(Name)), Der.

key(Name) -> [Entry | _] = lists:reverse(public_key:pem_decode(crypto_public_key_pems:pem(Name))), public_key:pem_entry_decode(Entry).

key(Name, Password) -> [Entry] = public_key:pem_decode(crypto_public_key_pems:pem(Name)), public_key:pem_entry_decode(Entry, Password).

certificates() ->
    [begin
        Cert = public_key:pkix_decode_cert(der(Name), otp),
        #'OTPCertificate'{tbsCertificate = T, signatureAlgorithm = A} = Cert,
        ?P({Name, T#'OTPTBSCertificate'.subject, T#'OTPTBSCertificate'.issuer}),
        ?P({T#'OTPTBSCertificate'.subjectPublicKeyInfo, A}),
        ?P(T#'OTPTBSCertificate'.extensions),
        ?P(public_key:pkix_encode('OTPCertificate', Cert, otp) =:= der(Name)),
        ?P(public_key:pkix_is_self_signed(Cert)),
        ?P(public_key:pkix_subject_id(Cert))
     end || Name <- [ca, mid, leaf]],
    [?P(try public_key:pkix_decode_cert(B, otp) catch error:{badmatch, {error, {asn1, {Why, _}}}} -> Why end)
     || B <- [binary:part(der(ca), 0, 100), <<>>]].

public(Name) ->
    Cert = public_key:pkix_decode_cert(der(Name), otp),
    #'OTPSubjectPublicKeyInfo'{algorithm = #'PublicKeyAlgorithm'{parameters = P}, subjectPublicKey = K} =
        (Cert#'OTPCertificate'.tbsCertificate)#'OTPTBSCertificate'.subjectPublicKeyInfo,
    case K of #'ECPoint'{} -> {K, P}; _ -> K end.

chains() ->
    [Ca, Mid, Leaf] = [der(N) || N <- [ca, mid, leaf]],
    [?P({C, public_key:pkix_is_issuer(X, Y), public_key:pkix_verify(X, public(Z))})
     || {C, X, Y, Z} <- [{1, Mid, Ca, ca}, {2, Leaf, Mid, mid}, {3, Leaf, Ca, ca}, {4, Ca, Ca, ca}]],
    ?P(element(1, public_key:pkix_path_validation(Ca, [Mid, Leaf], []))),
    ?P(public_key:pkix_path_validation(Ca, [Leaf], [])),
    ?P(public_key:pkix_path_validation(Mid, [Ca, Leaf], [])),
    N = byte_size(Leaf) - 3,
    <<Head:N/binary, B, End/binary>> = Leaf,
    ?P(public_key:pkix_path_validation(Ca, [Mid, <<Head/binary, (B bxor 1), End/binary>>], [])).

keys() ->
    ?P(key(leaf_key)),
    ?P(key(mid_key)),
    ?P(key(encrypted, "secret") =:= key(leaf_key)),
    ?P(key(pkcs8, "secret") =:= key(leaf_key)),
    ?P(try key(encrypted, "wrong"), same catch _:_ -> refused end).

signatures() ->
    Rsa = key(leaf_key), RsaPublic = public(leaf),
    Ec = key(mid_key), EcPublic = public(mid),
    Text = <<"a text">>,
    [?P({D, public_key:sign(Text, D, Rsa)}) || D <- [md5, sha, sha224, sha256, sha384, sha512, ripemd160]],
    [begin
        S = public_key:sign(Text, D, K, Os),
        ?P({D, Os, public_key:verify(Text, D, S, P, Os), public_key:verify(<<"another">>, D, S, P, Os),
            public_key:verify(Text, D, flip(S), P, Os)}),
        Hash = crypto:hash(D, Text),
        ?P(public_key:verify({digest, Hash}, D, public_key:sign({digest, Hash}, D, K, Os), P, Os))
     end || {K, P, Os} <- [{Rsa, RsaPublic, []}, {Ec, EcPublic, []}, {Rsa, RsaPublic, [{rsa_padding, rsa_pkcs1_pss_padding}]},
                           {Rsa, RsaPublic, [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, -1}, {rsa_mgf1_md, sha}]},
                           {Rsa, RsaPublic, [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, 7}]}],
            D <- [sha, sha256]],
    ?P(public_key:verify(Text, sha256, <<>>, RsaPublic)),
    ?P(public_key:verify(Text, sha256, <<1, 2, 3>>, EcPublic)),
    ?P(try crypto:sign(rsa, none, Text, [3, 5]) catch error:{E, _, M} -> {E, M} end),
    big(Rsa, RsaPublic).

%% More than one slice of hashing.
big(Rsa, Public) ->
    Text = binary:copy(<<"0123456789abcdef">>, 200000),
    S = public_key:sign(Text, sha256, Rsa),
    ?P({S, public_key:verify(Text, sha256, S, Public)}).

flip(B) -> N = byte_size(B) - 1, <<Head:N/binary, Last>> = B, <<Head/binary, (Last bxor 4)>>.

encryption() ->
    Key = key(leaf_key), Public = public(leaf),
    Text = <<"a secret">>,
    [begin
        C = public_key:encrypt_public(Text, Public, Os),
        ?P({Os, byte_size(C), public_key:decrypt_private(C, Key, Os)}),
        ?P(try public_key:decrypt_private(flip(C), Key, Os) of Text -> same; _ -> other catch error:{E, _, M} -> {E, M} end =/= same)
     end || Os <- [[], [{rsa_padding, rsa_pkcs1_padding}], [{rsa_padding, rsa_pkcs1_oaep_padding}],
                   [{rsa_padding, rsa_pkcs1_oaep_padding}, {rsa_oaep_md, sha256}, {rsa_oaep_label, <<"label">>}],
                   [{rsa_padding, rsa_pkcs1_oaep_padding}, {rsa_oaep_md, sha256}, {rsa_mgf1_md, sha}]]],
    ?P(public_key:encrypt_private(Text, Key)),
    ?P(public_key:decrypt_public(public_key:encrypt_private(Text, Key), Public)),
    Whole = <<0, 1, 0:(125 * 8), 5>>,
    ?P(byte_size(Whole)),
    ?P(public_key:encrypt_public(Whole, Public, [{rsa_padding, rsa_no_padding}])),
    ?P(public_key:encrypt_private(Whole, Key, [{rsa_padding, rsa_no_padding}])),
    [?P(try crypto:public_encrypt(rsa, T, [65537, Public#'RSAPublicKey'.modulus], Os) catch error:{E, _, M} -> {E, M} end)
     || {T, Os} <- [{<<0:(118 * 8)>>, []}, {<<0:800>>, [{rsa_padding, rsa_pkcs1_oaep_padding}]}, {<<1>>, [{rsa_padding, rsa_no_padding}]},
                    {<<1>>, [{rsa_padding, foo}]}, {<<1>>, foo}, {foo, []}]].

round_trips() ->
    [begin
        E = public_key:pem_entry_encode(Type, Key),
        ?P({Type, public_key:pem_entry_decode(E) =:= Key, public_key:pem_decode(public_key:pem_encode([E])) =:= [E]})
     end || {Type, Key} <- [{'RSAPrivateKey', key(leaf_key)}, {'RSAPublicKey', public(leaf)}, {'SubjectPublicKeyInfo', public(leaf)},
                            {'SubjectPublicKeyInfo', public(mid)}, {'ECPrivateKey', key(mid_key)}]],
    Rsa = public_key:generate_key({rsa, 512, 65537}),
    S = public_key:sign(<<"x">>, sha, Rsa),
    ?P(public_key:verify(<<"x">>, sha, S, #'RSAPublicKey'{modulus = Rsa#'RSAPrivateKey'.modulus, publicExponent = 65537})),
    Ec = public_key:generate_key({namedCurve, secp256r1}),
    #'ECPrivateKey'{publicKey = Point, parameters = Parameters} = Ec,
    ?P(public_key:verify(<<"x">>, sha256, public_key:sign(<<"x">>, sha256, Ec), {#'ECPoint'{point = Point}, Parameters})),
    Other = public_key:generate_key({namedCurve, secp256r1}),
    ?P(public_key:compute_key(#'ECPoint'{point = Point}, Other) =:= public_key:compute_key(#'ECPoint'{point = Other#'ECPrivateKey'.publicKey}, Ec)).

%% BER as asn1's natives read and write it.
ber() ->
    [?P({B, asn1rt_nif:decode_ber_tlv(B)}) || B <- [
        <<2, 1, 5>>, <<48, 0>>, <<48, 6, 2, 1, 5, 4, 1, 0>>, <<48, 128, 2, 1, 5, 0, 0, 9>>, <<36, 128, 36, 128, 4, 1, 1, 0, 0, 0, 0>>,
        <<16#1f, 16#81, 1, 1, 7>>, <<16#bf, 40, 3, 4, 1, 7>>, <<4, 129, 2, 1, 2>>, <<4, 130, 0, 1, 2>>, <<16#df, 1, 0>>, <<4, 0, 1, 2, 3>>]],
    [?P({B, catch asn1rt_nif:decode_ber_tlv(B)}) || B <- [
        <<>>, <<2>>, <<2, 1>>, <<2, 2, 1>>, <<48, 3, 2, 5, 1>>, <<48, 128, 2, 1, 5, 0>>, <<2, 128, 0, 0>>, <<48, 128>>, <<16#1f, 16#81, 16#81, 1, 0>>,
        <<16#1f, 1>>, <<4, 133, 1, 0, 0, 0, 0>>, <<4, 132, 1, 0, 0, 0>>, <<4, 129>>, <<48, 2, 16#1f, 5>>, <<48, 4, 48, 128, 0, 0, 1>>]],
    [?P(catch asn1rt_nif:decode_ber_tlv(B)) || B <- [[48, [3, <<2, 1>>], 5], <<1:3>>, foo]],
    [?P({T, asn1rt_nif:encode_ber_tlv(T)}) || T <- [
        {2, <<5>>}, {16, []}, {16, [{2, <<5>>}, {4, [<<1>> | x]}]}, {16, [{2, <<5>>}, {16, [{4, <<>>}, {131072 + 3, [{5, <<>>}]}]}]},
        {30, <<1>>}, {31, <<1>>}, {127, <<1>>}, {128, <<1>>}, {65536 * 3 + 16383, <<1>>}, {4, <<0:(8 * 127)>>}, {4, <<0:(8 * 128)>>}, {4, <<0:(8 * 300)>>},
        {16, lists:duplicate(100, {2, <<1>>})}, foo, {2, foo}, {foo, <<1>>}, {-1, <<1>>}, {2, <<1:3>>}]],
    large_ber().

%% More than one slice.
large_ber() ->
    Wide = lists:duplicate(30000, {2, <<5>>}),
    Deep = lists:foldl(fun(_, T) -> {16, [T, {4, <<"abc">>}]} end, {16, Wide}, lists:seq(1, 50)),
    B = asn1rt_nif:encode_ber_tlv(Deep),
    ?P({byte_size(B), erlang:md5(B), asn1rt_nif:decode_ber_tlv(B) =:= {Deep, <<>>}}),
    ?P(erlang:phash2(asn1rt_nif:decode_ber_tlv(<<48, 128, (binary:copy(<<4, 1, 7>>, 20000))/binary, 0, 0, 1, 2>>))),
    ?P(catch asn1rt_nif:decode_ber_tlv(<<48, 128, (binary:copy(<<4, 1, 7>>, 20000))/binary, 4, 5>>)),
    ?P(asn1rt_nif:encode_ber_tlv({16, Wide ++ [foo]})).
