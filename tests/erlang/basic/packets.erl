%% erlang:decode_packet/3: every type, cut short, with limits; lines of HTTP.
-module(packets).
-export([start/0]).

start() ->
    Framed = [{raw, <<"abc">>}, {0, <<>>}, {1, <<2, "abc">>}, {2, <<0, 2, "abc">>}, {4, <<0, 0, 0, 2, "abc">>}, {4, <<255, 255, 255, 255, 1>>},
              {asn1, <<48, 3, 1, 2, 3, 4>>}, {asn1, <<48, 130, 0, 3, 1, 2, 3, 4>>}, {asn1, <<63, 129, 130, 3, 2, 1, 2, 3>>},
              {asn1, <<48, 133, 0, 0, 0, 0, 1, 9>>}, {sunrm, <<128, 0, 0, 2, 1, 2, 3>>},
              {cdr, <<"GIOP", 1, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3>>}, {cdr, <<"GIOP", 1, 0, 1, 0, 2, 0, 0, 0, 1, 2, 3>>},
              {cdr, <<"GIOX", 1, 0, 1, 0, 2, 0, 0, 0>>}, {fcgi, <<1, 2, 0, 0, 0, 2, 1, 0, "ab", 0, "c">>}, {tpkt, <<3, 0, 0, 6, 1, 2, 3>>},
              {tpkt, <<3, 0, 0, 3, 1>>}, {line, <<"abc\ndef">>}, {line, <<"abc">>}, {ssl_tls, <<22, 3, 1, 0, 2, 1, 2, 3>>},
              {ssl_tls, <<128, 5, 1, 3, 0, 9, 9, 9>>}, {3, <<>>}, {foo, <<>>}, {raw, a}, {1, <<1, 2, 1:3>>}],
    [decode(T, B, []) || {T, B} <- Framed],
    [decode(T, binary:part(B, 0, N), []) || {T, B} <- Framed, is_binary(B), N <- lists:seq(0, byte_size(B) - 1)],
    [decode(T, B, O) || {T, B} <- Framed, O <- [[{packet_size, 1}], [{packet_size, 2}], [{line_length, 2}]]],
    [decode(line, <<"ab;cd\n">>, O) || O <- [[{line_delimiter, $;}], [{line_delimiter, 256}], [{line_length, 2}], [{packet_size, 3}], [foo], foo]],
    [decode(T, L, []) || T <- [http, http_bin], L <- first_lines()],
    [decode(T, L, []) || T <- [httph, httph_bin], L <- headers()],
    [decode(T, <<"GET / HTTP/1.1\r\nHost: x\r\n">>, [{packet_size, N}]) || T <- [http, httph], N <- [5, 15, 16, 17, 30]],
    ok.

decode(Type, Bytes, Options) ->
    erlang:display({Type, Bytes, Options, try erlang:decode_packet(Type, Bytes, Options) catch C:R -> {C, R} end}).

first_lines() ->
    [<<"GET / HTTP/1.1\r\nHost: x\r\n">>, <<"GET /a/b?c=d HTTP/1.0\n">>, <<"OPTIONS * HTTP/1.1\r\n">>, <<"FOO http://a.b:80/x HTTP/1.1\r\n">>,
     <<"PUT https://a.b HTTP/2.0\r\n">>, <<"GET http://a.b:8x/x HTTP/1.1\r\n">>, <<"GET HTTP://a.b:0/x HTTP/1.1\r\n">>, <<"GET foo:bar HTTP/1.1\r\n">>,
     <<"GET foo HTTP/1.1\r\n">>, <<"GET /\r\n">>, <<"GET\r\n">>, <<"GET  /  HTTP/1.1  \r\n">>, <<"GET / HTTP/1\r\n">>, <<"G(T / HTTP/1.1\r\n">>,
     <<"HTTP/1.1 200 OK\r\n">>, <<"HTTP/1.1 404 Not Found\n">>, <<"HTTP/1.1\r\n">>, <<"HTTP/12.34   500   Oops  \r\nx">>, <<"\r\n">>, <<"GET / HT">>].

headers() ->
    [<<"Host: foo\r\n\r\n">>, <<"host:foo\r\nx">>, <<"HOST : foo\r\nx">>, <<"X-My-hEADER: a b c\r\nx">>, <<"content-length: 12\r\n\r\n">>,
     <<"A: b\r\n c\r\n\td\r\nE: f\r\n">>, <<"A: b\r\n">>, <<"A\r\nx">>, <<": x\r\ny">>, <<"-a--b-c-: v\nx">>, <<"\r\n\r\n">>, <<"\r\n x">>,
     <<(binary:copy(<<"aB">>, 25))/binary, ": v\r\nx">>, <<(binary:copy(<<"aB">>, 26))/binary, ": v\r\nx">>, <<"A: ", 255, 0, "\r\nx">>].
