%% group: sequential
%% sizes: 40000 160000 640000, 45 22 11
%% Matching binaries: bytes, words, lengths, a small text protocol.
-module(binary_parse).
-export([start/0]).

start() ->
    B = make(40000, <<>>),
    erlang:display(loop(45, B, 0)),
    ok.

make(0, B) -> B;
make(N, B) -> Text = integer_to_binary(N), make(N - 1, <<B/binary, (byte_size(Text)), Text/binary, N:16, (N * 7):24/little, "key=", Text/binary, $\n>>).

loop(0, _, Acc) -> Acc;
loop(N, B, Acc) -> loop(N - 1, B, records(B, Acc)).

records(<<Size, Text:Size/binary, N:16, L:24/little, "key=", Rest/binary>>, Acc) -> line(Rest, digits(Text, 0) + N + L + Acc, 0);
records(<<>>, Acc) -> Acc band 16#FFFFFFFF.

digits(<<C, T/binary>>, N) when C >= $0, C =< $9 -> digits(T, N * 10 + C - $0);
digits(<<>>, N) -> N.

line(<<$\n, Rest/binary>>, Acc, N) -> records(Rest, Acc + N);
line(<<C, Rest/binary>>, Acc, N) -> line(Rest, Acc, N + C).
