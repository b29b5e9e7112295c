%% The stock modules binary, base64, math.
-module(std_binary).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    B = <<"hello world, hello">>,
    ?P(binary:split(B, <<" ">>)), ?P(binary:split(B, [<<",">>, <<" ">>], [global])), ?P(binary:split(<<",a,,b,">>, <<",">>, [global, trim])), ?P(binary:split(<<",a,,b,">>, <<",">>, [global, trim_all])), ?P(binary:match(B, <<"hello">>)), ?P(binary:matches(B, [<<"l">>, <<"lo">>])), ?P(binary:matches(B, <<"hello">>, [{scope, {3, 15}}])), ?P(binary:match(B, <<"zzz">>)), ?P(binary:match(B, <<>>)),
    ?P(binary:match(B, binary:compile_pattern([<<"wor">>, <<"ello">>]))), ?P(binary:replace(B, <<"hello">>, <<"bye">>)), ?P(binary:replace(B, <<"hello">>, <<"bye">>, [global])), ?P(binary:replace(<<"abc">>, <<"b">>, <<"[]">>, [{insert_replaced, 1}])), ?P(binary:replace(<<"abcb">>, <<"b">>, fun(M) -> <<M/binary, M/binary>> end, [global])), ?P(binary:at(B, 4)), ?P(binary:at(B, 99)), ?P(binary:first(B)), ?P(binary:last(<<>>)), ?P(binary:part(B, 0, 5)), ?P(binary:part(B, {5, -2})), ?P(binary:part(B, 9, 99)),
    ?P(binary:copy(<<"ab">>, 3)), ?P(binary:copy(<<"ab">>, -1)), ?P(binary:longest_common_prefix([<<"abcd">>, <<"abx">>])), ?P(binary:longest_common_suffix([<<"xcd">>, <<"abcd">>])), ?P(binary:encode_unsigned(123456789012345678901)), ?P(binary:encode_unsigned(256, little)), ?P(binary:encode_unsigned(0)), ?P(binary:decode_unsigned(<<1, 0, 0, 0, 0, 0, 0, 0, 0>>)), ?P(binary:decode_unsigned(<<1, 2>>, little)), ?P(binary:bin_to_list(B, 1, 3)), ?P(binary:bin_to_list(B, {0, 2})), ?P(binary:list_to_bin(["ab", 1])),
    ?P(binary:encode_hex(<<1, 171, 255>>)), ?P(binary:decode_hex(<<"01ABff">>)), ?P(binary:decode_hex(<<"0">>)), ?P(binary:decode_hex(<<"zz">>)), ?P(binary:split(a, b)), ?P(binary:match(B, [])), ?P(binary:replace(B, x, y)),
    [?P(base64:decode(base64:encode(binary:copy(<<"x">>, N)))) || N <- [0, 1, 2, 3, 4, 57]],
    ?P(base64:encode("hello")), ?P(base64:encode_to_string(<<255, 254, 253>>)), ?P(base64:decode("aGVsbG8=")), ?P(base64:decode(<<"aGVs bG8=\n">>)), ?P(base64:decode("aGVsbG8")), ?P(base64:decode("****")), ?P(base64:mime_decode("aGV*sbG8=")), ?P(base64:decode_to_string("YQ==")), ?P(base64:mime_decode_to_string("Y Q = =")), ?P(base64:encode(a)),
    ?P(math:pi()), ?P(math:sin(1)), ?P(math:cos(1)), ?P(math:tan(1)), ?P(math:exp(1)), ?P(math:log(2)), ?P(math:log(0)), ?P(math:log(-1)), ?P(math:log2(8)), ?P(math:log10(1000)), ?P(math:pow(2, 0.5)), ?P(math:pow(0, -1)), ?P(math:sqrt(2)), ?P(math:sqrt(-1)), ?P(math:atan2(1, -1)), ?P(math:floor(-1.5)), ?P(math:ceil(1.2)), ?P(math:fmod(7.5, 2)), ?P(math:fmod(1, 0)), ?P(math:erf(0.5)), ?P(math:sinh(1)), ?P(math:asin(2)), ?P(math:exp(1000)), ?P(math:sqrt(a)), ?P(math:pow(1 bsl 2000, 2)), ?P(math:acosh(1.5)), ?P(math:atanh(0.5)), ?P(math:erfc(1)),
    ok.
