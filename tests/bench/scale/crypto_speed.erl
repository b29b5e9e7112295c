%% What 100 MB cost in crypto and zlib: a line `OPERATION CPU-MS` each, the best of three.
-module(crypto_speed).
-export([run/1]).

-define(SIZE, 100000000).

run(Names) ->
    Text = text(),
    [io:format("~s ~b~n", [Name, best(fun() -> Call(Given) end)])
     || {Name, Make, Call} <- cases(), Names =:= [] orelse lists:member(Name, Names), Given <- [Make(Text)]],
    ok.

%% Words in an order that does not come again: deflate has to look for them.
text() ->
    Words = list_to_tuple([list_to_binary(lists:sublist("abcdefghijklmnop", 1 + N rem 7, 2 + N rem 9) ++ " ") || N <- lists:seq(1, 97)]),
    Part = iolist_to_binary(words(200000, 12345, Words)),
    binary:part(binary:copy(Part, ?SIZE div byte_size(Part) + 1), 0, ?SIZE).

words(0, _, _) -> [];
words(N, X, Words) -> Y = (X * 1103515245 + 12345) band 16#7fffffff, [element(1 + (Y bsr 8) rem 97, Words) | words(N - 1, Y, Words)].

best(F) -> lists:min([time(F) || _ <- lists:seq(1, 3)]).

time(F) ->
    erlang:garbage_collect(),
    {From, _} = erlang:statistics(runtime),
    _ = F(),
    {To, _} = erlang:statistics(runtime),
    To - From.

same(B) -> B.

cases() ->
    K = <<1:128>>,
    [{"sha256", fun same/1, fun(B) -> crypto:hash(sha256, B) end},
     {"sha512", fun same/1, fun(B) -> crypto:hash(sha512, B) end},
     {"hmac-sha256", fun same/1, fun(B) -> crypto:mac(hmac, sha256, K, B) end},
     {"aes-128-ctr", fun same/1, fun(B) -> crypto:crypto_one_time(aes_128_ctr, K, K, B, true) end},
     {"aes-128-cbc", fun same/1, fun(B) -> crypto:crypto_one_time(aes_128_cbc, K, K, B, true) end},
     {"aes-128-gcm", fun same/1, fun(B) -> crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, B, <<>>, true) end},
     {"chacha20-poly1305", fun same/1, fun(B) -> crypto:crypto_one_time_aead(chacha20_poly1305, <<1:256>>, <<1:96>>, B, <<>>, true) end},
     {"deflate", fun same/1, fun(B) -> zlib:compress(B) end},
     {"inflate", fun(B) -> zlib:compress(B) end, fun(C) -> zlib:uncompress(C) end},
     {"crc32", fun same/1, fun(B) -> erlang:crc32(B) end}].
