%% unicode:characters_to_*: encodings, deep input, cut and wrong input, long input that must yield.
-module(unicode_native).
-export([start/0, id/1]).

start() ->
    Text = [<<"aé"/utf8>>, 8364, ["x", [128512]], <<"z">>],
    erlang:display([c(fun() -> unicode:characters_to_binary(id(Text), unicode, E) end) || E <- encodings()]),
    erlang:display([c(fun() -> unicode:characters_to_list(unicode:characters_to_binary(Text, unicode, E), E) end) || E <- encodings() -- [latin1]]),
    erlang:display([c(fun() -> unicode:characters_to_list(id(B)) end) || B <- wrong()]),
    erlang:display([c(fun() -> unicode:characters_to_binary(id(B)) end) || B <- wrong()]),
    erlang:display([c(fun() -> unicode:characters_to_list(id(B), {utf16, big}) end) || B <- [<<0, 97>>, <<216, 0>>, <<216, 0, 220, 0>>, <<216, 0, 0, 1>>, <<0>>, <<220, 0, 0, 97>>]]),
    erlang:display([c(fun() -> unicode:characters_to_list(id(B), {utf32, little}) end) || B <- [<<97, 0, 0, 0>>, <<0, 216, 0, 0>>, <<0, 0, 17, 0>>, <<97, 0>>]]),
    erlang:display([c(fun() -> unicode:characters_to_binary(id(B), latin1, unicode) end) || B <- [<<233, 97>>, "é", [300], [<<255>>, 1]]]),
    erlang:display([c(fun() -> unicode:characters_to_binary(id(B), unicode, latin1) end) || B <- [<<"é"/utf8>>, [8364, 97], ["abc", 8364, "def"]]]),
    erlang:display([c(fun() -> unicode:characters_to_list(id(B)) end) || B <- [a, 1, [a], [1 | 2], ["a" | <<"b">>], [55296], [1114112], [-1], <<1:3>>]]),
    Long = long(17, <<"abcé€😀"/utf8>>),
    L = unicode:characters_to_list(Long),
    erlang:display({byte_size(Long), length(L), unicode:characters_to_binary(L) =:= Long}),
    erlang:display({unicode:bin_is_7bit(<<"abc">>), unicode:bin_is_7bit(<<200>>), c(fun() -> unicode:bin_is_7bit(id(x)) end)}),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

encodings() -> [latin1, utf8, utf16, {utf16, little}, utf32, {utf32, little}].

wrong() ->
    [<<97, 255, 98>>, <<97, 195>>, <<226, 130>>, <<240, 159, 152>>, <<192, 128>>, <<237, 160, 128>>, <<244, 144, 128, 128>>, [<<97>>, <<195>>], [<<195>>, <<169>>], ["ok", <<128>>, "rest"], [<<97, 226>>, 98], [97, <<255>>, [98]]].

long(0, B) -> B;
long(N, B) -> long(N - 1, <<B/binary, B/binary>>).
