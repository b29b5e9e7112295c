%% Module re as its manual page shows it: every option, each shape of result, replace and split.
-module(re_documented).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    compiling(), running(), capturing(), naming(), going_global(), replacing(), splitting(), newlines(), errors(), ok.

compiling() ->
    {ok, {re_pattern, Captures, Unicode, Crlf, _}} = re:compile("(a)(b)?"), ?P({Captures, Unicode, Crlf}),
    {ok, {re_pattern, C2, U2, N2, _}} = re:compile("(x)", [unicode, {newline, anycrlf}]), ?P({C2, U2, N2}),
    ?P([element(4, element(2, re:compile("a", [{newline, N}]))) || N <- [cr, lf, crlf, any, anycrlf]]),
    ?P([R(run, "ABC\nd", P, O) || R <- [fun apply_re/4], {P, O} <- [{"abc", [caseless]}, {"c.d", [dotall, caseless]}, {"C$", [multiline]}, {"C$", []}, {"^d", [multiline]}, {"a b c # note", [extended, caseless]}, {"(A)(B)", [no_auto_capture]}, {"A.*", [ungreedy]}, {"BC", [anchored]}, {"d$", [dollar_endonly]}, {"d", [firstline]}, {"B", [no_start_optimize]}, {"\\w+", [ucp, unicode]}, {"B", [never_utf]}]]),
    {ok, P} = re:compile(<<"a(.)c">>), ?P(re:run("xabc", P)), ?P(re:run(<<"xabc">>, P, [{capture, all, binary}])), ?P(re:run(["x", [$a, <<"b">>], $c], P, [{capture, [1], list}])),
    ?P(re:compile("abc") =:= re:compile(<<"abc">>)), ?P(re:compile("abc") =:= re:compile("abd")), ?P(re:inspect(P, namelist)).

apply_re(F, S, P, O) -> try re:F(S, P, O) catch C:R -> {C, R} end.

running() ->
    ?P(re:run("ABCabcdABC", "abcd", [])), ?P(re:run("ABCabcdABC", "a(b)c(d)", [])), ?P(re:run("ABCabcABC", "x")),
    ?P(re:run("aXbX", "X", [{offset, 2}])), ?P(re:run("abc", "^b", [{offset, 1}])), ?P(re:run("abc", "^a", [notbol])), ?P(re:run("abc", "c$", [noteol])), ?P(re:run("abc", "x*", [notempty])), ?P(re:run("abc", "x*", [notempty_atstart])), ?P(re:run("", "")), ?P(re:run("", "", [{capture, none}])), ?P(re:run("abc", "\\Gb", [{offset, 1}])), ?P(re:run("abc", "(?<=a)b", [{offset, 1}])),
    ?P(re:run(<<1, 2, 3>>, <<2>>)), ?P(re:run([1, 2 | <<3>>], [<<2>>, 3])), ?P(re:run(<<"aé"/utf8>>, <<"é"/utf8>>, [unicode])), ?P(re:run([97, 233, 8364], [8364], [unicode])), ?P(re:run([97, 233, 8364], ".$", [unicode, {capture, all, list}])), ?P(re:run([97, 233], "\\w+$", [])), ?P(re:run([233], [201], [caseless])), ?P(re:run([1078], [1046], [caseless, unicode])), ?P(re:run([1078], "\\w", [unicode])), ?P(re:run([1078], "\\w", [unicode, ucp])), ?P(re:run([8364, 1078], "\\p{L}", [unicode])), ?P(re:run("x", "(*UCP)\\w")).

capturing() ->
    S = "ABCabcdABC", P = "abcd", Q = "([a-z])(b)(x)?(c)",
    [?P(re:run(S, P, [{capture, V}])) || V <- [all, first, none, all_but_first, [], [0], [1], [0, 1, 2]]],
    [?P(re:run(S, Q, [{capture, V, T}])) || V <- [all, all_but_first, first, none, [4, 3, 2, 9]], T <- [index, list, binary]],
    ?P(re:run("abc", "(a)(x)?(y)?", [{capture, all, index}])), ?P(re:run("abc", "(x)?(b)", [{capture, all, binary}])), ?P(re:run("abc", "(x)?(b)", [{capture, all, list}])), ?P(re:run("abc", "(x)|(b)", [])), ?P(re:run("abc", "b", [{capture, first}, {capture, all, list}])).

naming() ->
    P = "(?<year>\\d+)-(?<month>\\d+)(-(?<day>\\d+))?", S = "on 2024-05",
    ?P(re:run(S, P, [{capture, [year, "month", <<"day">>, nosuch], list}])), ?P(re:run(S, P, [{capture, all_names, binary}])), ?P(re:run(S, P, [{capture, all_names}])), ?P(re:run(S, "\\d", [{capture, all_names, list}])), ?P(re:run(S, P, [{capture, ["year", 0, 2], binary}])),
    {ok, M} = re:compile(P), ?P(re:inspect(M, namelist)), {ok, D} = re:compile("(?<n>a)|(?<n>b)|(?<k>c)", [dupnames]), ?P(re:inspect(D, namelist)), [?P(re:run(T, D, [{capture, [n, k], list}])) || T <- ["xa", "xb", "xc", "x"]], ?P(re:run("b", D, [{capture, all_names, index}])), ?P(re:run("aa", "(?P<x>a)(?P=x)", [{capture, [x], list}])), ?P(re:run("aa", "(?'x'a)\\k{x}", [{capture, [x]}])).

going_global() ->
    ?P(re:run("cat", "(|at)", [global])), ?P(re:run("abcabc", "b", [global])), ?P(re:run("abcabc", "(b)(c)", [global, {capture, all, list}])), ?P(re:run("abcabc", "(b)(c)", [global, {capture, all_but_first, binary}])), ?P(re:run("abc", "x", [global])), ?P(re:run("abc", "", [global])), ?P(re:run([1078, 97, 1078], [1078], [global, unicode])), ?P(re:run([1078, 97, 1078], "", [global, unicode])), ?P(re:run("a\r\nb", "", [global, {newline, crlf}])), ?P(re:run("aXbX", "X", [global, {capture, none}])), ?P(re:run("aXbX", "X", [global, {offset, 2}])), ?P(re:run("ab ab", "(?<f>a)(?<s>b)", [global, {capture, all_names, list}])),
    {ok, P} = re:compile("([[:upper:]])(\\d)?", [unicode]), ?P(re:run("A1bC", P, [global, {capture, all, list}])), ?P(re:run([65, 1078, 67, 50], P, [global, {capture, all, binary}])), ?P(re:run([65, 1078, 67, 50], P, [{capture, all, list}])),
    Long = unicode:characters_to_binary(lists:duplicate(300, "aж1 ")), {ok, W} = re:compile("ж", [unicode]), ?P(erlang:phash2(re:run(Long, W, [global]))), ?P(erlang:phash2(re:run(Long, "\\d", [global, unicode, {capture, all, list}]))).

replacing() ->
    ?P(re:replace("abcd", "c", "[&]", [{return, list}])), ?P(re:replace("abcd", "c", "[\\&]", [{return, list}])), ?P(re:replace("abcd", "(b)(c)", "<\\2\\g1\\g{2}>", [{return, binary}])), ?P(re:replace("abab", "b", "x", [global])), ?P(re:replace("abab", "z", "x", [global])), ?P(re:replace("abab", "b", "x")), ?P(re:replace(<<"a b  c">>, <<"\\s+">>, <<"">>, [global, {return, binary}])), ?P(re:replace([1078, 97], [1078], [8364, $&], [unicode, {return, list}])), ?P(re:replace("abc", "", "-", [global, {return, list}])), ?P(re:replace("a.b.c", "\\.", "\\\\", [global, {return, list}])).

splitting() ->
    ?P(re:split("Erlang", "[ln]", [{return, list}])), ?P(re:split("Erlang", "([ln])", [{return, list}])), ?P(re:split("Erlang", "([ln])", [group, {return, list}])), ?P(re:split("Erlang", "[lg]", [{parts, 2}])), ?P(re:split("Erlang", "[lg]", [trim])), ?P(re:split("Erlang", "[lg]")), ?P(re:split("Erlang", "", [{return, list}])), ?P(re:split("Erlang", "(n)(x)?", [group])), ?P(re:split([1078, 32, 1078], " ", [unicode, {return, list}])), {ok, P} = re:compile(" ?, ?"), ?P(re:split("a , b,c", P, [{return, list}])), ?P(re:split("", "x")), ?P(re:split("a\nb\r\nc", "\\R", [{return, list}])).

newlines() ->
    S = "a\rb\nc\r\nd",
    [?P(re:run(S, "^.", [global, multiline, {newline, N}, {capture, all, list}])) || N <- [cr, lf, crlf, any, anycrlf]],
    [?P(re:run("x\v", "x\\R", [B])) || B <- [bsr_anycrlf, bsr_unicode]],
    {ok, P} = re:compile("a.b"), [?P(re:run("a\rb", P, [{newline, N}])) || N <- [lf, cr, any]], {ok, R} = re:compile("^b", [multiline, {newline, cr}]), ?P(re:run("a\rb", R)), ?P(re:run("a\rb", R, [global])).

errors() ->
    ?P(shape(re:compile("a(b"))), ?P(shape(re:compile("*a"))), ?P(shape(re:compile("[z-a]"))), ?P(shape(re:compile(<<255>>, [unicode]))), ?P(shape(re:run("a", "a(b", [report_errors]))), ?P(re:run("a", "a(b")), ?P(shape(re:compile("(?<n>a)(?<n>b)"))),
    ?P(re:compile("a", [{newline, lf}, {newline, any}])), ?P(re:compile("a", [{newline, cr}, {newline, lf}]) =:= re:compile("a", [{newline, crlf}])), ?P(re:compile("a", [global])), ?P(re:compile("a", [nosuch])), ?P(re:compile("a", foo)), ?P(re:compile(foo)), ?P(re:compile([foo])), ?P(re:compile(foo, [unicode])), ?P(re:compile([300])), ?P(re:run("a", "a", [{offset, -1}])), ?P(re:run("a", "a", [{offset, a}])), ?P(re:run("a", "a", [foo | bar])), ?P(re:run(foo, "a")), ?P(re:run("a", {re_pattern})), ?P(re:run("a", {a, b, c, d, e})), ?P(re:run("a", {re_pattern, 1, 0, 0, <<"anything">>})), ?P(re:run("a", {re_pattern, 1, 0, 0, <<"anything">>}, [global])), ?P(re:run(<<1:3>>, "a")), ?P(re:run("a", <<1:3>>)), ?P(re:run("a", "a", [{capture, all, foo}])), ?P(re:run("a", "a", [{capture, foo}])), ?P(re:run("a", "a", [{capture, [-1]}])), ?P(re:run("a", "a", [{capture, [1.5]}])), ?P(re:run("a", "a", [{capture, [0 | 1]}])), ?P(re:run(<<255>>, "a", [unicode])), ?P(re:run(<<255, "a">>, "a", [unicode, global])), ?P(re:run(<<"é"/utf8>>, "x", [unicode, {offset, 1}])), ?P(re:run("abc", "", [{offset, 3}])), ?P(re:inspect(foo, namelist)), ?P(re:inspect(element(2, re:compile("a")), foo)), ?P(re:internal_run("a", "a", [], foo)), ?P(re:internal_run("a", "a", [], true)), ?P(re:internal_run("a", "a", [], false)),
    {ok, P} = re:compile("a"), ?P(re:run("a", P, [caseless])), ?P(re:run("A", P, [anchored])), ?P(re:replace("a", "(", "b")), ?P(re:split("a", "(")), ?P(re:replace("a", "a", "b", [{return, foo}])), ?P(re:split("a", "a", [global])), ?P(re:run("a", "a", [{match_limit, -1}])), ?P(re:run("a", "a", [{match_limit, 100}, {match_limit_recursion, 100}, report_errors])), ?P(re:run(lists:duplicate(30, $a) ++ "b", "(a|aa)*c|(a+)+[bc]d", [{match_limit, 300}])), ?P(re:run(lists:duplicate(30, $a) ++ "bb", "(a+)+[bc]d", [{match_limit, 300}, report_errors])),
    ?P(frames(fun() -> re:run("a", "(") end)), ?P(frames(fun() -> re:run("a", "a", [foo]) end)), ?P(frames(fun() -> re:run([300], "a") end)), ?P(frames(fun() -> re:run("a", "(", [unicode]) end)), ?P(frames(fun() -> re:compile([foo], [unicode]) end)), ?P(frames(fun() -> re:run("a", "a", [global, {capture, x}]) end)).

%% What an error is made of, but not PCRE's words for it.
shape({error, {Text, At}}) when is_list(Text), is_integer(At) -> error_in_pattern;
shape({error, {compile, {Text, At}}}) when is_list(Text), is_integer(At) -> compile_error;
shape({ok, _}) -> compiled;
shape(Other) -> Other.

frames(F) ->
    try F() catch C:R:S -> {C, R, [{M, N, A, [I || {error_info, _} = I <- L]} || {M, N, A, L} <- S, M =:= re]} end.
