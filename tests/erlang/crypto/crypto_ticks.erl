%% While 20 MB are hashed, encrypted, compressed, a process of equal priority gets its turns: a ticker counts its own.
-module(crypto_ticks).
-export([start/0]).

-define(SIZE, 20000000).
-define(FEWEST, 20).        % turns: a slice of 4,000 reductions at 256 bytes each

start() ->
    C = counters:new(1, []),
    Tickers = [spawn(fun() -> is_otp() orelse tick(C) end) || _ <- lists:seq(1, tickers())],
    B = binary:part(binary:copy(list_to_binary([[integer_to_list(I * I rem 7919), " of "] || I <- lists:seq(1, 10000)]), 1 + ?SIZE div 60000), 0, ?SIZE),
    K = <<1:128>>, N = <<1:96>>,
    Hash = fun(F) -> ticks(C, F, fun() -> binary:encode_hex(crypto:hash(F, B)) end) end,
    [Hash(F) || F <- [md5, sha, sha256, sha512]],
    ticks(C, hash_update, fun() -> crypto:hash_final(crypto:hash_update(crypto:hash_init(sha256), B)) end),
    ticks(C, hmac, fun() -> crypto:mac(hmac, sha256, K, B) end),
    ticks(C, cmac, fun() -> crypto:mac(cmac, aes_128_cbc, K, B) end),
    ticks(C, poly1305, fun() -> crypto:mac(poly1305, <<1:256>>, B) end),
    [begin
        E = ticks(C, Cipher, fun() -> crypto:crypto_one_time(Cipher, <<1:Bits>>, K, B, true) end),
        ticks(C, {back, Cipher}, fun() -> crypto:crypto_one_time(Cipher, <<1:Bits>>, K, E, false) =:= B end)
     end || {Cipher, Bits} <- [{aes_256_cbc, 256}, {aes_128_ctr, 128}, {chacha20, 256}]],
    [begin
        {E, T} = ticks(C, Cipher, fun() -> crypto:crypto_one_time_aead(Cipher, <<1:Bits>>, N, B, <<"data">>, 16, true) end),
        ticks(C, {back, Cipher}, fun() -> crypto:crypto_one_time_aead(Cipher, <<1:Bits>>, N, E, <<"data">>, T, false) =:= B end),
        ticks(C, {forged, Cipher}, fun() -> crypto:crypto_one_time_aead(Cipher, <<1:Bits>>, N, E, <<"date">>, T, false) end),
        ticks(C, {data, Cipher}, fun() -> crypto:crypto_one_time_aead(Cipher, <<1:Bits>>, N, <<>>, B, 16, true) end)
     end || {Cipher, Bits} <- [{aes_128_gcm, 128}, {chacha20_poly1305, 256}]],
    S = crypto:crypto_init(aes_128_ctr, K, K, true),
    ticks(C, crypto_update, fun() -> crypto:crypto_update(S, B) end),
    ticks(C, strong_rand_bytes, fun() -> byte_size(crypto:strong_rand_bytes(?SIZE)) end),
    ticks(C, pbkdf2_hmac, fun() -> crypto:pbkdf2_hmac(sha256, K, N, 400000, 16) end),
    Z = ticks(C, compress, fun() -> zlib:compress(B) end),
    ticks(C, uncompress, fun() -> zlib:uncompress(Z) =:= B end),
    ticks(C, gunzip, fun() -> zlib:gunzip(zlib:gzip(B)) =:= B end),
    ticks(C, inflate_chunks, fun() -> all_chunks(Z) end),
    [exit(Ticker, kill) || Ticker <- Tickers],
    ok.

all_chunks(Bytes) ->
    Z = zlib:open(),
    ok = zlib:inflateInit(Z),
    N = chunk(Z, zlib:safeInflate(Z, Bytes), 0),
    ok = zlib:close(Z),
    N.

chunk(Z, {continue, Part}, N) -> chunk(Z, zlib:safeInflate(Z, []), N + iolist_size(Part));
chunk(_, {finished, Part}, N) -> N + iolist_size(Part).

%% On OTP, whose natives go to threads of their own, a ticker would have a scheduler of its own: there is nothing to count.
ticks(C, What, F) ->
    erlang:garbage_collect(),
    Before = counters:get(C, 1),
    R = F(),
    Ticks = counters:get(C, 1) - Before,
    io:format("~p ~p ~p~n", [What, short(R), Ticks >= ?FEWEST orelse is_otp() orelse Ticks]),
    R.

short({A, B}) -> {short(A), short(B)};
short(B) when is_binary(B), byte_size(B) > 64 -> {byte_size(B), erlang:crc32(B)};
short(T) -> T.

is_otp() -> try atomvm:memory() of _ -> false catch error:undef -> true end.

%% With more schedulers the system may let another one stand still meanwhile: each has some in its queue.
tickers() ->
    case erlang:system_info(schedulers) of 1 -> 1; N -> 3 * N end.

tick(C) -> counters:add(C, 1, 1), erlang:yield(), tick(C).
