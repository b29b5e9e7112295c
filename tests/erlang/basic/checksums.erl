%% crc32, adler32, md5 over iodata, in pieces and combined; what is refused.
-module(checksums).
-export([start/0]).

start() ->
    Data = [<<>>, [], "abc", <<"abc">>, ["a", <<"b">> | <<"c">>], lists:duplicate(1000, $x), binary:copy(<<"hello">>, 5000), odd()],
    [show(F, [D]) || F <- [crc32, adler32, md5], D <- Data],
    [show(F, [O, D]) || F <- [crc32, adler32], O <- [0, 1, 16#ffffffff, 123456789, 16#100000000, -1, a], D <- Data],
    [show(F, [A, B, C]) || F <- [crc32_combine, adler32_combine], A <- [0, 1, 16#fff1fff0, a], B <- [0, 16#87654321, -1],
                           C <- [0, 1, 65521, 1000000, 16#ffffffff, 16#100000000]],
    [show(F, [D]) || F <- [crc32, adler32, md5], D <- [a, [a], [256], [<<1:1>>]]],
    [show(md5, [binary:copy(<<"q">>, N)]) || N <- lists:seq(50, 130, 3)],
    Md5 = lists:foldl(fun(P, C) -> erlang:md5_update(C, P) end, erlang:md5_init(), ["a", <<"bc">>, lists:duplicate(200, $d), []]),
    erlang:display({erlang:md5_final(Md5), erlang:md5(["abc", lists:duplicate(200, $d)])}),
    [show(F, A) || {F, A} <- [{md5_update, [<<1>>, "a"]}, {md5_update, [Md5, a]}, {md5_final, [<<1>>]}, {md5_final, [a]}]],
    Whole = binary:copy(<<"0123456789">>, 1000),
    {Left, Right} = split_binary(Whole, 3333),
    erlang:display([{erlang:F(Whole), erlang:Combine(erlang:F(Left), erlang:F(Right), byte_size(Right)), erlang:F(erlang:F(Left), Right)}
                    || {F, Combine} <- [{crc32, crc32_combine}, {adler32, adler32_combine}]]),
    ok.

odd() ->
    <<_:3, Odd:80/bits, _/bits>> = list_to_binary(lists:seq(1, 20)),
    Odd.

show(F, Arguments) ->
    erlang:display({F, [size_of(A) || A <- Arguments], try apply(erlang, F, Arguments) catch C:R -> {C, R} end}).

size_of(A) when is_list(A), length(A) > 100 -> {list, length(A)};
size_of(A) when is_binary(A), byte_size(A) > 80 -> {binary, byte_size(A)};
size_of(A) -> A.
