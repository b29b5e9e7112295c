%% The external term format with all its options; unicode in all encodings, whole, cut and damaged; checksums joined; hashes with ranges.
-module(std_external).
-export([start/0]).
-include("../support/show.hrl").

start() -> formats(), sizes(), compressed(), decoding(), encodings(), cut(), normal_forms(), checksums(), ok.

terms() -> [0, 255, 256, -1, 1 bsl 27, -(1 bsl 31), 1 bsl 31, 1 bsl 64, -(1 bsl 2048), 1.5, -0.0, 1.0e300, a, '', list_to_atom([228]), list_to_atom([1078]), [], "abc", [1 | 2], [a, "b"], {}, {a, {b}}, list_to_tuple(lists:seq(1, 300)), <<>>, <<1, 2>>, <<5:3>>, #{}, #{a => 1, "b" => 2.0}, maps:from_list([{X, X * X} || X <- lists:seq(1, 40)]), fun lists:map/2, lists:seq(1, 70000), lists:duplicate(65535, 7), lists:duplicate(65536, 7), [binary:copy(<<"y">>, 300)]].

formats() ->
    [?P({I, O, erlang:md5(fixed(I, term_to_binary(T, O))), iolist_to_binary(term_to_iovec(T, O)) =:= term_to_binary(T, O)})
        || {I, T} <- numbered(terms()), O <- [[], [{minor_version, 0}], [{minor_version, 1}], [{minor_version, 2}], [deterministic], [{minor_version, 2}, deterministic]], not is_large_map(T) orelse lists:member(deterministic, O)],
    [?P({O, try term_to_binary(a, O) catch error:R -> R end}) || O <- [x, [x], [compressed | x], [{minor_version, 3}], [{minor_version, -1}], [{compressed, 10}], [{compressed, -1}], [{compressed, a}], [deterministic, compressed], [{compressed, 0}], [{minor_version, 1}, {minor_version, 2}], [safe]]].

%% The pairs of large maps come in any order but for `deterministic`.
is_large_map(T) -> is_map(T) andalso map_size(T) > 32.

fixed(_, B) -> B.

numbered(L) -> lists:zip(lists:seq(1, length(L)), L).

sizes() ->
    [?P({I, [erlang:external_size(T) | [erlang:external_size(T, [{minor_version, V}]) || V <- [0, 1]]], byte_size(term_to_binary(T)) =< erlang:external_size(T)}) || {I, T} <- numbered(terms())],
    [?P({O, try erlang:external_size(a, O) catch error:R -> R end}) || O <- [x, [x], [{minor_version, 3}], [{minor_version, a}], [compressed]]].

compressed() ->
    Ts = [lists:duplicate(5000, abc), binary:copy(<<"abc">>, 3000), lists:seq(1, 9000), a, {binary:copy(<<0>>, 100), [1, 2, 3]}],
    [?P({I, O, binary_to_term(B) =:= T, byte_size(B) < 2 * byte_size(term_to_binary(T)) div 3, binary:first(binary:part(B, 1, 1))}) || {I, T} <- numbered(Ts), O <- [[compressed] | [[{compressed, L}] || L <- lists:seq(0, 9)]], B <- [term_to_binary(T, O)]],
    Z = term_to_binary(lists:duplicate(3000, abc), [compressed]), <<131, 80, Size:32, Packed/binary>> = Z,
    [?P({N, try binary_to_term(B) of _ -> ok catch error:R -> R end}) || {N, B} <- [{longer, <<Z/binary, 1, 2>>}, {larger, <<131, 80, (Size + 1):32, Packed/binary>>}, {smaller, <<131, 80, (Size - 1):32, Packed/binary>>}, {none, <<131, 80, 0:32, Packed/binary>>}, {cut, binary:part(Z, 0, byte_size(Z) - 1)}, {head, <<131, 80, 1>>}, {twice, <<131, 80, (byte_size(Z) - 1):32, (zip(binary:part(Z, 1, byte_size(Z) - 1)))/binary>>}, {rubbish, <<131, 80, 100:32, 1, 2, 3, 4>>}]],
    ?P(element(2, binary_to_term(<<Z/binary, 1, 2>>, [used])) - byte_size(Z)).

zip(B) -> <<131, 80, _:32, Z/binary>> = term_to_binary(B, [compressed]), Z.

decoding() ->
    B = term_to_binary({a, [1, 2], <<"x">>}),
    [?P({O, try binary_to_term(<<B/binary, 7>>, O) catch error:R -> R end}) || O <- [[], [used], [safe], [safe, used], [used, used], [x], x, [used | x]]],
    Unknown = <<131, 119, 20, "atom_never_seen_here", ($0 + 1)>>, ?P(try binary_to_term(Unknown, [safe]) catch error:R1 -> R1 end),
    ?P(try binary_to_term(<<131, 113, 119, 12, "no_module_xy", 119, 12, "no_function_", 97, 3>>, [safe]) catch error:R2 -> R2 end),
    [?P({X, try binary_to_term(X) catch error:R3 -> R3 end}) || X <- [<<>>, <<131>>, <<130, 97, 1>>, <<131, 97>>, <<131, 104, 5, 97, 1>>, <<131, 108, 255, 255, 255, 255, 106>>, <<131, 109, 255, 255, 255, 255, 1>>, <<131, 110, 1, 2, 5>>, <<131, 110, 3, 0, 5, 0, 0>>, <<131, 111, 0, 0, 0, 1, 1, 5>>, <<131, 116, 0, 0, 0, 2, 97, 1, 97, 2, 97, 1, 97, 3>>, <<131, 99, "1.50000000000000000000e+00", 0:40>>, <<131, 70, 127, 240, 0:48>>, <<131, 70, 255:8, 255:8, 0:48>>, <<131, 77, 0, 0, 0, 1, 3, 160>>, <<131, 77, 0, 0, 0, 1, 9, 160>>, <<131, 77, 0, 0, 0, 0, 3>>, <<131, 118, 0, 2, 195, 40>>, <<131, 119, 1, 228>>, <<131, 100, 1, 0, (binary:copy(<<"a">>, 256))/binary>>, <<131, 107, 0, 3, 1, 2, 3>>, <<131, 200>>, <<131, 98, 255, 255, 255, 254>>, <<131, 104, 0>>, <<131, 105, 0, 0, 0, 1, 106>>]].

encodings() ->
    Texts = [{ascii, "abc"}, {latin1, [97, 228, 255]}, {bmp, [97, 1078, 8364, 16#ffff]}, {wide, [16#10000, 16#10ffff, $x]}, {empty, []}],
    All = [latin1, utf8, utf16, {utf16, little}, {utf16, big}, utf32, {utf32, little}, {utf32, big}, unicode],
    [?P({N, From, To, try unicode:characters_to_binary(unicode:characters_to_binary(T, unicode, From), From, To) catch error:R -> R end}) || {N, T} <- Texts, From <- All, To <- All, is_binary(unicode:characters_to_binary(T, unicode, From))],
    [?P({N, E, unicode:characters_to_binary(T, unicode, E)}) || {N, T} <- Texts, E <- All],
    Nested = [[<<97, 195>>, [<<164>>]], [[8364 | <<"z">>]], [], [[[[1078]]]] | <<240, 159>>],
    [?P({E, unicode:characters_to_list(Nested, E), unicode:characters_to_binary(Nested, E), catch unicode:characters_to_binary(Nested, E, {utf16, little})}) || E <- [utf8, latin1]],
    [?P({E, X, try unicode:characters_to_binary(X, E, utf8) catch error:R -> R end}) || E <- [latin1, utf8, utf16, bad, {utf16, middle}], X <- ["a", [256], [-1], [16#110000], [16#d800], [a], a, [<<1:1>>], [1 | 2], [<<255>>], [1.0], [1 bsl 70]]],
    [?P({E, X, try unicode:characters_to_list(X, E) catch error:R -> R end}) || E <- [latin1, utf8, utf16, {utf32, little}, bad], X <- [[97, <<0, 98>>], [<<0>>, <<97>>], [<<97, 0, 0, 0>>, <<98>>], <<216, 0, 220, 0>>, <<216, 0>>, <<220, 0, 0, 97>>, [256, -1], [a], x]],
    [?P({X, unicode:bom_to_encoding(X)}) || X <- [<<239, 187, 191, 1>>, <<254, 255>>, <<255, 254>>, <<255, 254, 0, 0>>, <<0, 0, 254, 255>>, <<>>, <<1>>]],
    ?P([unicode:encoding_to_bom(E) || E <- All]).

cut() ->
    [begin B = unicode:characters_to_binary([97, 228, 1078, 8364, 16#10ffff, 98], unicode, E),
        [?P({E, N, unicode:characters_to_list(binary:part(B, 0, N), E), unicode:characters_to_binary([binary:part(B, 0, N)], E)}) || N <- lists:seq(0, byte_size(B))] end || E <- [utf8, utf16, {utf16, little}, utf32]],
    [?P({X, unicode:characters_to_list(X), unicode:characters_to_binary(X), unicode:characters_to_list([<<"a">>, X, "b"])}) || X <- [<<192, 128>>, <<193, 191>>, <<224, 159, 191>>, <<224, 160>>, <<237, 160, 128>>, <<240, 143, 191, 191>>, <<244, 144, 128, 128>>, <<245>>, <<128>>, <<226, 40, 161>>, <<226, 130>>, <<226, 130, 40>>, <<240, 159, 152>>, <<195>>, <<195, 40>>, <<255, 97>>]].

normal_forms() ->
    Texts = [[228, 246, 252], [97, 776], [16#1e9b, 16#323], [16#fb01], [16#ac00, 16#11a8], [16#1100, 16#1161, 16#11a8], "abc", [8491], [16#0344], [97, 16#315, 16#300, 16#5ae, 16#300, 98]],
    [?P({T, [unicode:F(T) || F <- [characters_to_nfc_list, characters_to_nfd_list, characters_to_nfkc_list, characters_to_nfkd_list, characters_to_nfc_binary, characters_to_nfd_binary, characters_to_nfkc_binary, characters_to_nfkd_binary]]}) || T <- Texts],
    ?P(unicode:characters_to_nfc_list([97, <<255>>, 98])), ?P(unicode:characters_to_nfd_binary([97, -1])).

checksums() ->
    Parts = [<<>>, <<"a">>, binary:copy(<<"hello">>, 100), binary:copy(<<255>>, 70000)],
    [?P({erlang:crc32_combine(erlang:crc32(A), erlang:crc32(B), byte_size(B)) =:= erlang:crc32([A, B]), erlang:adler32_combine(erlang:adler32(A), erlang:adler32(B), byte_size(B)) =:= erlang:adler32([A, B]), erlang:crc32(erlang:crc32(A), B) =:= erlang:crc32([A | B])}) || A <- Parts, B <- Parts],
    C = lists:foldl(fun(P, X) -> erlang:md5_update(X, [P]) end, erlang:md5_init(), Parts), ?P(erlang:md5_final(C) =:= erlang:md5(Parts)),
    [?P({I, erlang:phash2(T), erlang:phash2(T, 1 bsl 32), erlang:phash2(T, 7)}) || {I, T} <- numbered(terms())].
