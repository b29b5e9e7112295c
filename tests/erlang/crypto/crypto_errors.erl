%% What ciphers refuse and how: the class, the kind and the text of each error, and states on their way.
-module(crypto_errors).
-export([start/0]).

p(F) -> io:format("~0p~n", [shown(try F() catch C:{A, _, M}:_ -> {C, A, M}; C:R -> {C, R} end)]).

%% What every release prints alike: bytes as numbers, maps in order.
shown(B) when is_binary(B) -> {bytes, binary:decode_unsigned(<<1, B/binary>>)};
shown(T) when is_tuple(T) -> list_to_tuple([shown(E) || E <- tuple_to_list(T)]);
shown(M) when is_map(M) -> {map, lists:sort(maps:to_list(M))};
shown(X) -> X.

final(S) -> try crypto:crypto_final(S) catch error:{Kind, _, Text} -> {Kind, Text} end.

start() ->
    K = <<1:128>>,
    I = <<2:128>>,
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:(8*128)>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:(8*129)>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,0,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,1,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,17,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,<<>>,false) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,<<0:8>>,false) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,<<0:136>>,false) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:64>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:96>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:96>>,"x",<<>>,0,true) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:96>>,"x",<<>>,5,true) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:96>>,"x",<<>>,17,true) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:96>>,"x",<<>>,<<>>,false) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:96>>,"x",<<>>,<<0:160>>,false) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(chacha20_poly1305,<<0:256>>,<<0:104>>,"x",<<>>,16,true) end),
    [p(fun() -> {N,crypto:crypto_one_time_aead(aes_128_ccm,K,<<0:(8*N)>>,"x",<<>>,16,true)} end) || N <- [0,6,7,12,13,14]],
    [p(fun() -> {N,crypto:crypto_one_time_aead(aes_128_ccm,K,<<0:96>>,"x",<<>>,N,true)} end) || N <- [0,2,3,4,5,15,16,18]],
    [p(fun() -> {N,crypto:crypto_one_time_aead(aes_128_ccm,K,<<0:96>>,"x",<<>>,<<0:(8*N)>>,false)} end) || N <- [0,2,3,4,5,15,16,18]],
    [p(fun() -> {N,crypto:crypto_one_time_aead(aes_128_ccm,K,<<0:104>>,<<0:(8*N)>>,<<>>,4,true)} end) || N <- [0,65536]],
    [p(fun() -> {N,crypto:crypto_one_time_aead(aes_128_ccm,K,<<0:104>>,<<0:(8*N)>>,<<>>,<<0:32>>,false)} end) || N <- [0,65536]],
    p(fun() -> crypto:crypto_one_time_aead(aes_128_cbc,K,<<0:96>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(foo,K,<<0:96>>,"x",<<>>,16,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,16,foo) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,-1,true) end),
    p(fun() -> crypto:crypto_one_time_aead(aes_128_gcm,K,<<0:96>>,"x",<<>>,foo,false) end),
    p(fun() -> crypto:crypto_one_time_aead("aes",K,<<0:96>>,"x",<<>>,foo,false) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{foo,1}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{"foo"++[1,300],<<1>>}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{lists:duplicate(40,{a,b}),<<1>>}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[foo]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{padding,zero}|x]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{padding,zero},{padding,zero}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{padding,none}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{encrypt,false},{padding,none}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{encrypt,false},{padding,pkcs_padding}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"",[{encrypt,false},{padding,pkcs_padding}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"",[{encrypt,false},{padding,zero}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_cbc,K,I,"x",[{encrypt,false}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_ctr,K,I,"x",[{encrypt,false},{padding,pkcs_padding}]) end),
    p(fun() -> crypto:crypto_one_time(aes_128_ctr,K,I,"x",[{encrypt,true},{padding,pkcs_padding}]) end),
    p(fun() -> S=crypto:crypto_init(aes_128_cbc,K,I,[{padding,pkcs_padding}]), A=crypto:crypto_update(S,"abc"),G0=crypto:crypto_get_data(S), B=crypto:crypto_final(S), G=crypto:crypto_get_data(S), C=crypto:crypto_update(S,<<7:128>>),D=(catch final(S)), {A,G0,B,G,C,D,crypto:crypto_get_data(S)} end),
    p(fun() -> S=crypto:crypto_init(aes_128_cbc,K,I,[{padding,zero}]), A=crypto:crypto_update(S,"abc"), B=crypto:crypto_final(S), G=crypto:crypto_get_data(S), C=crypto:crypto_update(S,<<7:128>>),D=crypto:crypto_final(S), {A,B,G,C,D,crypto:crypto_get_data(S)} end),
    p(fun() -> S=crypto:crypto_init(aes_128_cbc,K,I,[]), A=crypto:crypto_update(S,"abc"), B=crypto:crypto_final(S), G=crypto:crypto_get_data(S), C=crypto:crypto_update(S,<<7:128>>),D=crypto:crypto_final(S), {A,B,G,C,D,crypto:crypto_get_data(S)} end),
    p(fun() -> S=crypto:crypto_init(aes_128_cbc,K,I,[{encrypt,false},{padding,pkcs_padding}]), A=crypto:crypto_update(S,crypto:crypto_one_time(aes_128_cbc,K,I,"hello",[{padding,pkcs_padding}])), B=crypto:crypto_final(S), G=crypto:crypto_get_data(S), C=crypto:crypto_update(S,<<7:128>>),D=(catch final(S)), {A,B,G,C,D,crypto:crypto_get_data(S)} end),
    p(fun() -> crypto:crypto_init(aes_128_gcm,K,I,[]) end),
    p(fun() -> crypto:crypto_init(aes_128_cbc,K,<<1:64>>,[]) end),
    p(fun() -> crypto:crypto_init(aes_128_cbc,K,foo,[]) end),
    p(fun() -> crypto:crypto_init(aes_128_cbc,foo,I,[]) end),
    p(fun() -> crypto:crypto_init("aes_128_cbc",foo,I,[]) end),
    p(fun() -> crypto:crypto_init(aes_128_cbc,K,foo) end),
    p(fun() -> crypto:crypto_update(foo,"x") end),
    p(fun() -> crypto:crypto_update(foo,x) end),
    p(fun() -> crypto:crypto_final(foo) end),
    p(fun() -> crypto:crypto_get_data(foo) end),
    p(fun() -> crypto:cipher_info(foo) end),
    p(fun() -> crypto:hash_info(foo) end),
    p(fun() -> crypto:cipher_info(aes_gcm) end),
    p(fun() -> crypto:crypto_init(aes_128_cbc,<<1:64>>,I,[]) end),
    ok.
