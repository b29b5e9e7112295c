%% zlib: whole texts, streams in pieces, dictionaries, checksums, what is refused.
-module(std_zlib).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    Text = text(20000),
    [?P(zlib:F(Text)) || F <- [compress, zip, gzip]],
    [?P(zlib:U(zlib:C([Text, [Text]])) =:= <<Text/binary, Text/binary>>)
     || {C, U} <- [{compress, uncompress}, {zip, unzip}, {gzip, gunzip}]],
    ?P(zlib:uncompress(<<"no compressed bytes">>)), ?P(zlib:gunzip(<<1, 2, 3>>)), ?P(zlib:uncompress([])), ?P(zlib:compress([])), ?P(zlib:compress([a])),
    ?P(zlib:gunzip([zlib:gzip("one"), zlib:gzip("two")])),
    [?P(erlang:md5(deflated(Text, L, S))) || L <- [none, 1, default, 9], S <- [default, filtered, huffman_only, rle]],
    streams(Text), dictionaries(Text), chunks(Text), refused(), checksums(Text), owners(Text),
    ok.

text(N) -> list_to_binary([[integer_to_list(I * I rem 977), " a line of text\n"] || I <- lists:seq(1, N div 20)]).

deflated(Text, Level, Strategy) ->
    with(fun(Z) ->
        ok = zlib:deflateInit(Z, Level, deflated, 15, 8, Strategy),
        B = zlib:deflate(Z, Text, finish),
        ok = zlib:deflateEnd(Z),
        Text = zlib:uncompress(B),
        iolist_to_binary(B)
    end).

with(F) -> Z = zlib:open(), try F(Z) after zlib:close(Z) end.

streams(Text) ->
    with(fun(Z) ->
        ok = zlib:deflateInit(Z),
        Parts = [zlib:deflate(Z, P, Flush) || {P, Flush} <- lists:zip(pieces(Text, 700), flushes(Text, 700, [none, sync, full]))],
        Last = zlib:deflate(Z, [], finish),
        ?P(erlang:md5(iolist_to_binary([Parts, Last]))), ?P(zlib:deflateReset(Z)), ?P(zlib:deflate(Z, "again", finish)), ?P(zlib:deflateEnd(Z)),
        ?P(zlib:uncompress([Parts, Last]) =:= Text)
    end),
    with(fun(Z) ->
        ok = zlib:deflateInit(Z),
        A = zlib:deflate(Z, Text),
        ?P(zlib:deflateParams(Z, best_speed, huffman_only)),
        B = zlib:deflate(Z, Text, finish),
        ?P(erlang:md5(iolist_to_binary([A, B]))), ?P(byte_size(zlib:uncompress([A, B]))), ?P(zlib:deflateEnd(Z)), ?P(zlib:deflateEnd(Z))
    end).

pieces(<<>>, _) -> [];
pieces(B, N) when byte_size(B) =< N -> [B];
pieces(B, N) -> <<P:N/binary, R/binary>> = B, [P | pieces(R, N)].

flushes(Text, N, Flushes) -> [lists:nth(I rem length(Flushes) + 1, Flushes) || I <- lists:seq(1, length(pieces(Text, N)))].

dictionaries(Text) ->
    Dictionary = binary:part(Text, 0, 400),
    Bytes = with(fun(Z) ->
        ok = zlib:deflateInit(Z),
        ?P(zlib:deflateSetDictionary(Z, Dictionary)),
        iolist_to_binary(zlib:deflate(Z, Text, finish))
    end),
    with(fun(Z) ->
        ok = zlib:inflateInit(Z),
        ?P(zlib:inflate(Z, Bytes)), ?P(zlib:inflateSetDictionary(Z, "wrong")), ?P(zlib:inflateSetDictionary(Z, [Dictionary])),
        ?P(iolist_to_binary(zlib:inflate(Z, [])) =:= Text), ?P(byte_size(zlib:inflateGetDictionary(Z))), ?P(zlib:inflateEnd(Z))
    end),
    with(fun(Z) ->
        ok = zlib:inflateInit(Z),
        ?P(element(1, zlib:inflate(Z, Bytes, [{exception_on_need_dict, false}]))), ?P(zlib:inflateReset(Z)), ?P(zlib:inflateEnd(Z))
    end).

chunks(Text) ->
    Bytes = zlib:compress(binary:copy(Text, 20)),
    with(fun(Z) ->
        ok = zlib:inflateInit(Z),
        ?P(sizes(zlib:safeInflate(Z, Bytes), Z)), ?P(zlib:inflateEnd(Z))
    end),
    with(fun(Z) ->
        ok = zlib:inflateInit(Z, 15, error),
        ?P(zlib:inflate(Z, <<Bytes/binary, "more">>)), ?P(zlib:inflate(Z, "more"))
    end),
    with(fun(Z) ->
        ok = zlib:inflateInit(Z, 15, cut),
        ?P(byte_size(iolist_to_binary(zlib:inflate(Z, <<Bytes/binary, "more">>)))), ?P(zlib:inflate(Z, "more")), ?P(zlib:inflateEnd(Z))
    end),
    with(fun(Z) ->
        ok = zlib:inflateInit(Z),
        ?P(iolist_size(zlib:inflate(Z, binary:part(Bytes, 0, 100)))), ?P(zlib:inflateEnd(Z))
    end).

sizes({continue, Part}, Z) -> [[byte_size(B) || B <- Part] | sizes(zlib:safeInflate(Z, []), Z)];
sizes({finished, Part}, _) -> [[byte_size(B) || B <- Part]].

refused() ->
    Z = zlib:open(),
    ?P(zlib:deflate(Z, "text")), ?P(zlib:inflateEnd(Z)), ?P(zlib:deflateInit(Z, 10)), ?P(zlib:deflateInit(Z, default, deflated, 77, 8, default)),
    ?P(zlib:inflateInit(Z, 99)), ?P(zlib:inflateInit(Z)), ?P(zlib:inflateInit(Z)), ?P(zlib:inflate(Z, <<"rubbish, not zlib's">>)), ?P(zlib:close(Z)), ?P(zlib:close(Z)),
    ?P(zlib:inflate(Z, "x")), ?P(zlib:close(make_ref())), ?P(zlib:close(zlib)), ?P(zlib:deflateInit(make_ref())).

checksums(Text) ->
    with(fun(Z) ->
        ?P(zlib:crc32(Z, Text)), ?P(zlib:adler32(Z, Text)), ?P(zlib:crc32(Text)), ?P(zlib:crc32_combine(zlib:crc32(Text), zlib:crc32("abc"), 3)),
        ok = zlib:deflateInit(Z, 6, deflated, -15, 8, default),
        Raw = zlib:deflate(Z, Text, finish),
        ?P(iolist_to_binary(Raw) =:= zlib:zip(Text)), ?P(zlib:zip(Text) =:= zlib:zip([[T] || T <- pieces(Text, 3)]))
    end).

owners(Text) ->
    Z = zlib:open(),
    ok = zlib:deflateInit(Z),
    Self = self(),
    F = fun() -> Self ! (catch zlib:deflate(Z, Text, finish)) end,
    spawn(F),
    ?P(receive {'EXIT', {R, _}} -> R end),
    Pid = spawn(fun() -> receive go -> F() end end),
    ?P(zlib:set_controlling_process(Z, Pid)),
    Pid ! go,
    ?P(receive L when is_list(L) -> zlib:uncompress(L) =:= Text end), ?P(catch element(1, element(2, catch zlib:close(Z)))).
