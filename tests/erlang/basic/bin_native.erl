%% Natives on binaries in `erlang`: parts, conversions, iolists, text, errors.
-module(bin_native).
-export([start/0, id/1]).

start() ->
    B = id(<<"hello world">>),
    <<_:3, Odd:40/bits, _/bits>> = B,
    erlang:display({binary_part(B, 2, 3), binary_part(B, 5, -3), binary_part(B, {11, 0}), split_binary(B, 4)}),
    erlang:display([c(fun() -> binary_part(B, id(S), id(L)) end) || {S, L} <- [{0, 12}, {12, 0}, {-1, 1}, {3, -4}, {a, 1}, {1 bsl 70, 1}]]),
    erlang:display({Odd, bit_size(Odd), byte_size(Odd), is_binary(Odd), is_bitstring(<<1:3>>), is_binary(<<1:3>>)}),
    erlang:display({binary_to_list(B), binary_to_list(B, 2, 4), bitstring_to_list(<<1, 2, 3:3>>), list_to_bitstring([1, <<2:2>>, <<3:6>>])}),
    erlang:display([c(fun() -> binary_to_list(B, id(X), id(Y)) end) || {X, Y} <- [{0, 1}, {1, 12}, {3, 2}, {1, 11}]]),
    erlang:display({list_to_binary([1, "ab", [<<"cd">>, [3 | <<"e">>]], []]), iolist_to_binary(B), iolist_size([B, 1, [B | B]])}),
    erlang:display([c(fun() -> list_to_binary(id(X)) end) || X <- [[256], [-1], [a], [1 | 2], <<1>>, [<<1:1>>], [1.0], [[[[]]]]]]),
    erlang:display([c(fun() -> iolist_size(id(X)) end) || X <- [[256], a, [<<1:1>>], <<1:3>>, []]]),
    erlang:display({atom_to_binary(abc), atom_to_binary('é', latin1), atom_to_binary('é', utf8), binary_to_atom(<<"xyz">>),
                    binary_to_existing_atom(<<"start">>), c(fun() -> binary_to_existing_atom(<<"no such atom at all">>) end)}),
    erlang:display([c(fun() -> binary_to_atom(id(X), utf8) end) || X <- [<<255>>, <<1:3>>, a, <<"é"/utf8>>]]),
    erlang:display({erlang:md5(B), erlang:crc32(B), erlang:adler32(B), erlang:crc32(1, [B, 1]), erlang:adler32(1, [B])}),
    erlang:display({<<Odd/bits, 1:1>> =:= <<1>>, <<1, 2>> < <<1, 3>>, <<1>> < <<1, 0:1>>, <<0:9>> > <<0:8>>}),
    erlang:display([{X, hash(X)} || X <- [<<>>, <<1>>, <<"abc">>, <<5:3>>]]),
    erlang:display(binary_to_term(term_to_binary({a, [1, 2.5], B, #{k => v}, <<1:5>>, "str", 1 bsl 100}))),
    erlang:display({term_to_binary(id([1, a, {b}])), byte_size(term_to_binary(B)), erlang:external_size(B)}),
    erlang:display([c(fun() -> binary_to_term(id(X)) end) || X <- [<<>>, <<131>>, <<130, 97, 1>>, <<131, 97>>, <<131, 104, 2, 97, 1>>, a]]),
    erlang:display({byte_size(large(17)), binary_part(large(10), 1000, 10)}),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

hash(X) -> {erlang:phash2(X), erlang:phash2(X, 100)}.

large(0) -> <<"x">>;
large(N) -> B = large(N - 1), <<B/binary, B/binary>>.
