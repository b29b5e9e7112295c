%% Building binaries and bitstrings: integers, floats, UTF, sizes and units, endianness, failures.
-module(bin_build).
-export([start/0, id/1]).

start() ->
    I = id(16#1234567890ABCDEF),
    N = id(-2),
    erlang:display([<<I:S>> || S <- [0, 1, 3, 7, 8, 9, 12, 16, 31, 32, 33, 63, 64, 65, 128]]),
    erlang:display([<<I:S/little>> || S <- [0, 1, 3, 7, 8, 9, 12, 16, 31, 32, 33, 63, 64, 65, 128]]),
    erlang:display([<<N:S/signed>> || S <- [1, 8, 13, 64, 70]]),
    erlang:display([<<N:S/little-signed>> || S <- [1, 8, 13, 64, 70]]),
    Big = id(1 bsl 200 + 16#ABCDEF),
    erlang:display([<<Big:S>> || S <- [8, 64, 200, 201, 208, 256]]),
    erlang:display([<<(-Big):S/little>> || S <- [8, 64, 201, 256]]),
    F = id(1.5),
    erlang:display({<<F/float>>, <<F:32/float>>, <<F:16/float>>, <<F/little-float>>, <<F:32/little-float>>, <<F:16/little-float>>}),
    erlang:display([<<V:64/float>> || V <- [0, 1, -1, 1 bsl 60, 1 bsl 70, -0.0]]),
    erlang:display([<<V:16/float>> || V <- [0.0, 65504.0, 6.0e-8, 0.1, -2.5]]),
    erlang:display([c(fun() -> <<V:S/float>> end) || {V, S} <- [{1.0e40, 32}, {1.0e6, 16}, {1.0, 8}, {a, 64}, {1 bsl 2000, 64}]]),
    erlang:display([<<C/utf8>> || C <- [0, 127, 128, 2047, 2048, 65535, 65536, 1114111]]),
    erlang:display([<<C/utf16>> || C <- [0, 255, 65535, 65536, 1114111]]),
    erlang:display([<<C/utf16-little>> || C <- [255, 65536]]),
    erlang:display([{<<C/utf32>>, <<C/utf32-little>>} || C <- [255, 65536]]),
    erlang:display([c(fun() -> <<(id(C))/utf8>> end) || C <- [-1, 16#D800, 16#DFFF, 1114112, a, 1.0]]),
    erlang:display([c(fun() -> <<(id(C))/utf16>> end) || C <- [16#D800, 1114112]]),
    erlang:display([c(fun() -> <<(id(C))/utf32>> end) || C <- [16#D800, 1114112]]),
    B = id(<<"abcdef">>),
    Bits = id(<<5:3, 17:7>>),
    erlang:display({<<B/binary, B/binary>>, <<1, B:3/binary, 2>>, <<1:1, B/binary, 0:7>>, <<Bits/bits, Bits/bits>>,
                    <<B:(id(2))/binary-unit:4>>, <<Bits:(id(3))/bits>>}),
    erlang:display([c(fun() -> <<(id(X)):S/binary>> end) || {X, S} <- [{B, 7}, {B, -1}, {B, a}, {a, 1}, {Bits, 1}, {B, 0}]]),
    erlang:display([c(fun() -> <<(id(X))/binary>> end) || X <- [Bits, a, B]]),
    erlang:display([c(fun() -> <<1:(id(S))>> end) || S <- [-1, a, 1.0, 8]]),
    erlang:display([c(fun() -> <<(id(X)):8>> end) || X <- [a, 1.0, 1 bsl 70, -1]]),
    erlang:display({<<"lit", 1, "æ"/utf8, "ab"/utf16, "xy":16>>, <<>>, <<0:0>>}),
    erlang:display(<< <<(X * 2)>> || <<X>> <= B >>),
    erlang:display(<< <<X:3>> || X <- [1, 2, 3, 4, 5] >>),
    erlang:display(<< <<X:4, Y:2>> || X <- [1, 2], <<Y:2>> <= <<27>> >>),
    erlang:display(append(<<>>, 1000)),
    erlang:display(bits(<<>>, 30)),
    erlang:display({bit_size(Bits), byte_size(Bits), byte_size(<<B/binary, 0:1>>), I}),
    erlang:display(<<N:16/native>> =:= <<N:16/little>> orelse <<N:16/native>> =:= <<N:16/big>>),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

%% Appending in place, then from an older version of the same binary: the older one must not change.
append(B, 0) ->
    Old = binary_part(B, 0, 1000),
    X = <<B/binary, "one">>,
    Y = <<B/binary, "two">>,
    {byte_size(X), binary_part(X, byte_size(X), -5), binary_part(Y, byte_size(Y), -5), erlang:crc32(Old)};
append(B, N) -> append(<<B/binary, N:16>>, N - 1).

bits(B, 0) -> B;
bits(B, N) -> bits(<<B/bits, N:5>>, N - 1).
