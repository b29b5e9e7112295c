%% group: real
%% sizes: 20000 80000 320000
%% A JSON text of 5 MB to maps, lists, binaries and numbers, by a parser in plain Erlang.
-module(json_parse).
-export([start/0]).

start() ->
    Text = iolist_to_binary([$[, lists:join($,, [row(N) || N <- lists:seq(1, 20000)]), $]]),
    {Value, <<>>} = value(Text),
    erlang:display({byte_size(Text), length(Value), erlang:phash2(Value)}),
    ok.

row(N) ->
    ["{\"id\": ", integer_to_binary(N), ", \"name\": \"customer ", integer_to_binary(N * 7919 rem 10007), "\",\n  \"price\": ",
     integer_to_binary(N rem 977), ".", integer_to_binary(10 + N rem 90), ", \"active\": ", element(1 + N rem 3, {"true", "false", "null"}),
     ", \"tags\": [\"red\", \"gr\\u00fcn\", \"a\\tb\\n\", \"blue sky\"],\n  \"at\": {\"x\": -", integer_to_binary(N rem 360),
     ", \"y\": ", integer_to_binary(N rem 91), "e2, \"text\": \"", "some longer text that a reader of this would like to see, ",
     "with \\\"quotes\\\" and accents: \303\251\303\250\"}}"].

value(<<C, T/binary>>) when C =:= $\s; C =:= $\n; C =:= $\t; C =:= $\r -> value(T);
value(<<${, T/binary>>) -> members(blanks(T), []);
value(<<$[, T/binary>>) -> elements(blanks(T), []);
value(<<$", T/binary>>) -> string(T);
value(<<"true", T/binary>>) -> {true, T};
value(<<"false", T/binary>>) -> {false, T};
value(<<"null", T/binary>>) -> {null, T};
value(T) -> number(T).

blanks(<<C, T/binary>>) when C =:= $\s; C =:= $\n; C =:= $\t; C =:= $\r -> blanks(T);
blanks(T) -> T.

members(<<$}, T/binary>>, Acc) -> {maps:from_list(Acc), T};
members(<<$,, T/binary>>, Acc) -> members(blanks(T), Acc);
members(<<$", T/binary>>, Acc) ->
    {Key, T1} = string(T),
    <<$:, T2/binary>> = blanks(T1),
    {Value, T3} = value(T2),
    members(blanks(T3), [{Key, Value} | Acc]).

elements(<<$], T/binary>>, Acc) -> {lists:reverse(Acc), T};
elements(<<$,, T/binary>>, Acc) -> elements(blanks(T), Acc);
elements(T, Acc) ->
    {Value, T1} = value(T),
    elements(blanks(T1), [Value | Acc]).

%% A string without escapes is a part of the text; one with some is built.
string(Text) -> string(Text, Text, 0).

string(Text, <<$", T/binary>>, N) -> {binary:part(Text, 0, N), T};
string(Text, <<$\\, T/binary>>, N) -> escape(T, binary:part(Text, 0, N));
string(Text, <<_, T/binary>>, N) -> string(Text, T, N + 1).

escape(<<$u, A, B, C, D, T/binary>>, Acc) -> built(T, <<Acc/binary, (list_to_integer([A, B, C, D], 16))/utf8>>);
escape(<<$n, T/binary>>, Acc) -> built(T, <<Acc/binary, $\n>>);
escape(<<$t, T/binary>>, Acc) -> built(T, <<Acc/binary, $\t>>);
escape(<<C, T/binary>>, Acc) -> built(T, <<Acc/binary, C>>).

built(<<$", T/binary>>, Acc) -> {Acc, T};
built(<<$\\, T/binary>>, Acc) -> escape(T, Acc);
built(<<C, T/binary>>, Acc) -> built(T, <<Acc/binary, C>>).

number(<<$-, T/binary>>) -> {N, T1} = number(T), {-N, T1};
number(T) -> integer(T, 0).

integer(<<C, T/binary>>, N) when C >= $0, C =< $9 -> integer(T, N * 10 + C - $0);
integer(<<$., T/binary>>, N) -> fraction(T, N * 1.0, 0.1);
integer(<<$e, T/binary>>, N) -> exponent(T, N * 1.0, 0);
integer(T, N) -> {N, T}.

fraction(<<C, T/binary>>, N, Unit) when C >= $0, C =< $9 -> fraction(T, N + (C - $0) * Unit, Unit / 10);
fraction(<<$e, T/binary>>, N, _) -> exponent(T, N, 0);
fraction(T, N, _) -> {N, T}.

exponent(<<C, T/binary>>, N, E) when C >= $0, C =< $9 -> exponent(T, N, E * 10 + C - $0);
exponent(T, N, E) -> {N * math:pow(10, E), T}.
