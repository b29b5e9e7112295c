%% Matching binaries: every segment type, sizes bound while matching, alignment, backtracking, tails.
-module(bin_match).
-export([start/0, id/1]).

start() ->
    B = id(<<16#12, 16#34, 16#56, 16#78, 16#9A, 16#BC, 16#DE, 16#F0, 1, 2, 3, 255>>),
    erlang:display([first(B, S) || S <- [0, 1, 5, 8, 9, 16, 27, 32, 33, 60, 64, 65, 90, 96, 97]]),
    erlang:display([first_little(B, S) || S <- [0, 1, 5, 8, 9, 16, 27, 32, 33, 60, 64, 65, 90, 96]]),
    erlang:display([signed(id(<<255, 254, 253, 252, 251, 250, 249, 248, 247>>), S) || S <- [1, 4, 8, 12, 32, 60, 63, 64, 65, 72]]),
    erlang:display([offset(B, O) || O <- [0, 1, 2, 3, 7, 8, 13, 31, 60]]),
    erlang:display([packet(id(P)) || P <- [<<>>, <<1>>, <<1, 2, 97, 98>>, <<1, 2, 97>>, <<2, 0, 3, 1, 2, 3, 9>>, <<3, 5:4, 1:4, 7>>,
                                           <<4, 63, 192, 0, 0>>, <<5, "key=value">>, <<9, 9>>, <<1:1>>]]),
    erlang:display([floats(F) || F <- [<<1.5/float>>, <<1.5:32/float>>, <<1.5:16/float>>, <<0:1, 255:8, 0:55>>, <<255, 255, 0, 0>>,
                                       <<16#7C00:16>>, <<1:16>>, <<127, 240, 0, 0, 0, 0, 0, 0>>, <<>>]]),
    erlang:display([utf8(T) || T <- [<<"aé€😀"/utf8>>, <<"ab", 16#C0, 16#80>>, <<16#ED, 16#A0, 16#80>>, <<16#F4, 16#90, 128, 128>>,
                                     <<16#E2, 16#82>>, <<>>, <<255>>, <<16#F0, 16#9F, 16#98, 16#80, $z>>]]),
    erlang:display([utf16(T) || T <- [<<"aé€😀"/utf16>>, <<16#D8, 0>>, <<16#D8, 0, 0, 1>>, <<16#DC, 0>>, <<1>>]]),
    erlang:display([utf32(T) || T <- [<<"a😀"/utf32>>, <<0, 0, 16#D8, 0>>, <<0, 17, 0, 0>>, <<0, 0, 0>>]]),
    erlang:display([utf16l(T) || T <- [<<"a😀"/utf16-little>>, <<"a😀"/utf16-big>>]]),
    erlang:display([tail(T) || T <- [<<1, 2, 3>>, <<1:1>>, <<1, 1:1>>, <<>>, a, <<1, 2, 3:4>>]]),
    erlang:display([literal(T) || T <- [<<"GET /">>, <<"POST /x">>, <<"GE">>, <<1:4, 2:4>>, <<0:1, 1:7>>, <<"PUT">>]]),
    erlang:display(sum(id(<<1, 2, 3, 4, 5, 6, 7, 8, 9, 10>>), 0)),
    erlang:display(split(id(<<"a,bc,,def">>), <<>>, [])),
    erlang:display(nibbles(id(<<16#DE, 16#AD, 16#B:4>>))),
    erlang:display([skip(T, N) || T <- [B, <<1, 2>>], N <- [0, 1, 5, 12, 20, -1]]),
    <<_:3, Unaligned/bits>> = B,
    <<U1:16, U2:2/binary, U3/bits>> = Unaligned,
    erlang:display({Unaligned, U1, U2, U3, bit_size(U3), U2 =:= <<U2/binary>>}),
    <<S:8, V:S/unit:2, _/bits>> = id(<<4, 255, 255>>),
    erlang:display({S, V}),
    erlang:display([c(fun() -> <<X:4/binary>> = id(T), X end) || T <- [<<1, 2, 3, 4>>, <<1, 2>>, <<>>, 7]]),
    erlang:display(reuse(B)),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

first(B, S) -> case B of <<V:S, _/bits>> -> V; _ -> none end.
first_little(B, S) -> case B of <<V:S/little, _/bits>> -> V; _ -> none end.
signed(B, S) ->
    case B of
        <<V:S/signed, _/bits>> -> <<W:S/signed-little, _/bits>> = B, {V, W};
        _ -> none
    end.
offset(B, O) ->
    case B of
        <<_:O, A:8, C:12/little, D:33, _/bits>> -> {A, C, D};
        <<_:O, A:8, R/bits>> -> {A, bit_size(R)}
    end.

packet(<<1, Len, Text:Len/binary>>) -> {text, Text};
packet(<<2, Len:16, Data:Len/binary, Rest/binary>>) -> {data, Data, Rest};
packet(<<3, A:4, 1:4, R/binary>>) -> {nibble, A, R};
packet(<<4, F:32/float>>) -> {float, F};
packet(<<5, K:3/binary, $=, V/binary>>) -> {K, V};
packet(<<N, _/binary>>) -> {other, N};
packet(<<>>) -> empty;
packet(X) -> {odd, X}.

floats(<<F/float>>) -> {f64, F};
floats(<<F:32/float>>) -> {f32, F};
floats(<<F:16/float>>) -> {f16, F > 0.0, trunc(F * 1024 * 1024 * 16)};
floats(B) -> {none, B}.

utf8(B) -> utf8(B, []).
utf8(<<C/utf8, R/binary>>, Acc) -> utf8(R, [C | Acc]);
utf8(R, Acc) -> {Acc, R}.
utf16(<<C/utf16, R/binary>>) -> [C | utf16(R)];
utf16(R) -> [R].
utf16l(<<C/utf16-little, R/binary>>) -> [C | utf16l(R)];
utf16l(R) -> [R].
utf32(<<C/utf32, R/binary>>) -> [C | utf32(R)];
utf32(R) -> [R].

tail(<<_, R/binary>>) -> {bytes, R};
tail(<<_, R/bits>>) -> {bits, R};
tail(<<B/bits>>) -> {all, B};
tail(X) -> {no, X}.

literal(<<"GET ", P/binary>>) -> {get, P};
literal(<<"POST ", P/binary>>) -> {post, P};
literal(<<1:4, N:4>>) -> {nibbles, N};
literal(<<0:1, N:7>>) -> {seven, N};
literal(<<"P", _/binary>>) -> p;
literal(_) -> none.

sum(<<A:16, R/binary>>, Acc) -> sum(R, Acc + A);
sum(<<>>, Acc) -> Acc.

split(<<$,, R/binary>>, Acc, Out) -> split(R, <<>>, [Acc | Out]);
split(<<C, R/binary>>, Acc, Out) -> split(R, <<Acc/binary, C>>, Out);
split(<<>>, Acc, Out) -> [Acc | Out].

nibbles(<<N:4, R/bits>>) -> [N | nibbles(R)];
nibbles(<<>>) -> [].

skip(B, N) ->
    case B of
        <<_:N/binary, X, _/binary>> -> X;
        _ -> none
    end.

%% The match context is used again after a part of it was taken as a binary.
reuse(<<A, R/binary>> = All) ->
    <<B, R2/binary>> = R,
    {A, B, byte_size(R), byte_size(R2), byte_size(All), reuse2(R2)}.

reuse2(<<X:8, Y:8, Z/binary>>) when X > Y -> {X, Z};
reuse2(<<X:16, Z/binary>>) -> {wide, X, Z}.
