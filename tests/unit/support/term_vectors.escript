#!/usr/bin/env escript
%% Writes term_vectors.h: how OTP orders and hashes the terms below.
%%   escript term_vectors.escript > term_vectors.h
-mode(compile).
-compile(nowarn_deprecated_function).
main(_) ->
    io:setopts([{encoding, utf8}]),
    io:format("/* term_vectors.h - what erl ~s answers, written by term_vectors.escript: terms in ascending~n"
              "** order; whether each equals the one before it (==); phash2/1; phash(Term, 1 bsl 32) - 1. */~n",
              [erlang:system_info(otp_release)]),
    Sorted = lists:sort(fun(A, B) -> A =< B end, terms()),
    lists:foldl(fun write/2, none, Sorted).

write(Term, Previous) ->
    Equal = case Previous of {previous, Term1} when Term1 == Term -> 1; _ -> 0 end,
    Text = re:replace(lists:flatten(io_lib:format("~tw", [Term])), "\"", "\\\\\"", [global, {return, list}, unicode]),
    io:format("V(\"~ts\", ~p, UINT32_C(~p), UINT32_C(~p))~n",
              [Text, Equal, erlang:phash2(Term), erlang:phash(Term, 1 bsl 32) - 1]),
    {previous, Term}.

map(From, To, F) -> maps:from_list([F(I) || I <- lists:seq(From, To)]).

terms() ->
    [0, 1, -1, 255, 256, -256, 1 bsl 26, (1 bsl 27) - 1, 1 bsl 27, -(1 bsl 27), -(1 bsl 27) - 1,
     1 bsl 31, 1 bsl 32, 1 bsl 58, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1, 1 bsl 63,
     1 bsl 64, -(1 bsl 64), 1 bsl 100, -(1 bsl 128) + 12345, 1 bsl 1000,
     0.0, 1.0, -1.0, 3.14, 1.0e100, -2.5e-10, 4503599627370497.5, 9007199254740992.0,
     9007199254740993, 18446744073709551616.0, 1.0e22,
     a, b, ab, '', 'A b', 'é', 'aé', 'π', 'aπ€', nonode@nohost, abcdefghijklmnopqrstuvwxyz, ok,
     error, true, false, undefined,
     [], [1], [1,2], [1,2,3], [1,2,3,4], [1,2,3,4,5], "hello world", [a], [a,b], [1,a,2], [1,2|a],
     [1|2], [300], [[]], [[[]]], [[a],[b]], [1.0], [-1], "abcd", "abcde", [a|"bcd"], "é",
     [256,1,2,3], [0], [1,[2,[3,[4]]]],
     {}, {1}, {1,2}, {a}, {{}}, {1.0}, {a,b,c}, {{a},[b],<<"c">>}, {1,{2,{3,{4}}}}, {0,0,0}, {a,1},
     {b,0},
     <<>>, <<0>>, <<1>>, <<1,2,3>>, <<"hello">>, <<"hello world!">>, <<"hello world!!">>,
     <<"0123456789012345678901234567890123456789">>, <<1:1>>, <<0:1>>, <<5:3>>, <<1,2,3,5:4>>,
     <<255,255,1:7>>, <<97>>, <<97,98>>, <<"0123456789a">>, <<"01234567">>,
     #{}, #{a => 1}, #{a => 1.0}, #{b => 1}, #{a => 2}, #{1 => a}, #{1.0 => a}, #{a => 1, b => 2},
     #{a => 1, 1 => 2, 1.0 => 3}, #{#{} => #{}}, #{a => #{b => #{c => d}}},
     #{[1] => {2}, <<3>> => "four"},
     map(1, 33, fun(I) -> {I, I} end), map(1, 33, fun(I) -> {I, I * 2} end),
     map(2, 34, fun(I) -> {I, I} end), map(1, 50, fun(I) -> {{I}, [I]} end),
     map(1, 33, fun(I) -> {I, float(I)} end), map(1, 33, fun(I) -> {I / 2, I} end),
     map(1, 32, fun(I) -> {I, a} end), [map(1, 40, fun(I) -> {I, a} end)],
     map(1, 33, fun(I) -> {I, case I of 20 -> 0; _ -> I end} end),
     map(1, 33, fun(I) -> {I, case I of 20 -> 0; 30 -> 31; _ -> I end} end),
     map(1, 33, fun(I) -> {[I], map(I, I + 32, fun(J) -> {J, J} end)} end),
     map(1, 33, fun(I) -> {map(I, I + 32, fun(J) -> {J, J} end), I} end),
     map(1, 33, fun(I) -> {map(I, I + 32, fun(J) -> {J, J + I div 33} end), I} end),
     #{map(1, 40, fun(I) -> {I, a} end) => 1}].
