%% Compiled patterns as terms: copied, sent, stored, through the external format; forged ones; what they
%% leave behind; searches that take several slices while others run.
-module(re_patterns).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    {ok, P} = re:compile("(?<word>[a-z]+)-(\\d)", [caseless]),
    [?P({How, re:run("xx Ab-1", Q, [{capture, all, list}]), re:inspect(Q, namelist)}) || {How, Q} <- ways(P)],
    {ok, U} = re:compile([1078, $+], [unicode, {newline, crlf}]), ?P(re:run([97, 1078, 1078], binary_to_term(term_to_binary(U)), [global, {capture, all, list}])), ?P(re:replace([1078, 97], binary_to_term(term_to_binary(U)), "x", [{return, list}])),
    ?P(P =:= element(2, re:compile("(?<word>[a-z]+)-(\\d)", [caseless]))), ?P(P =:= binary_to_term(term_to_binary(P))), ?P(is_binary(element(5, P))),
    forged(P), left_behind(), long_searches(), ok.

ways(P) ->
    Self = self(),
    spawn_link(fun() -> receive Q -> Self ! {back, Q} end end) ! P,
    Sent = receive {back, Q} -> Q end,
    persistent_term:put(re_patterns, P),
    [{same, P}, {sent, Sent}, {persistent, persistent_term:get(re_patterns)}, {external, binary_to_term(term_to_binary(P))}, {copied, setelement(5, P, binary:copy(element(5, P)))}].

%% Real code may not be forged on `erl`: there the pattern's bytes are trusted.
forged({re_pattern, N, U, L, <<"AVM-re", _/binary>> = Bytes}) ->
    Try = fun(B) -> [try re:run("xx Ab-1", {re_pattern, N, U, L, B}, O) of _ -> ok catch error:badarg -> ok end || O <- [[], [global], [{capture, all_names, list}]]] end,
    [begin <<A:I/binary, X, Z/binary>> = Bytes, Try(<<A/binary, (X bxor F), Z/binary>>) end || I <- lists:seq(0, byte_size(Bytes) - 1), F <- [1, 16#80, 255]],
    [Try(binary:part(Bytes, 0, I)) || I <- lists:seq(0, byte_size(Bytes))],
    [Try(<<Bytes/binary, 0:I>>) || I <- [8, 64, 3]],
    badarg = try re:run("a", {re_pattern, 0, 0, 0, <<"ERCP", 80:32/little, 0:600>>}) catch error:R -> R end,
    forged_done();
forged(_) -> forged_done().

forged_done() -> ?P(forged), ok.

left_behind() ->
    Work = fun() -> [begin {ok, P} = re:compile(["(a)|", integer_to_list(I)], [unicode]), {match, _} = re:run("bbba", P, [global]), nomatch = re:run("bbb", ["x", integer_to_list(I)], []), {error, _} = re:compile("(" ++ integer_to_list(I)) end || I <- lists:seq(1, 500)] end,
    Run = fun() -> {_, R} = spawn_monitor(fun() -> Work() end), receive {'DOWN', R, _, _, normal} -> timer:sleep(20) end end,
    Run(), Run(), erlang:garbage_collect(), Before = erlang:memory(total),
    [Run() || _ <- lists:seq(1, 6)], erlang:garbage_collect(),
    ?P(erlang:memory(total) - Before < 60000).

%% Both kinds of long ones: many places to start at, and much to try at one place.
long_searches() ->
    S = binary:copy(<<"ab c\r\nd", 233, ",">>, 4000),
    [?P({P, O, erlang:phash2(re:run(S, P, O))}) || {P, O} <- [{"z", []}, {"c\\s+e", [{newline, crlf}]}, {"[x-z]|\\Z", []}, {"(?m)^e", [{newline, anycrlf}]}, {"\\A.z", [dotall]}, {"(?<=,)z|$", []}, {"b c", [global]}, {".*?z", []}]],
    T = <<S/binary, "end of it">>, [?P({P, re:run(T, P, [{capture, all, list}])}) || P <- ["e(n)d", "(?<=,)e.*t$", "(of)", "e(?=nd)", "\\Gz", "n", "it\\z"]],
    V = unicode:characters_to_binary([lists:duplicate(9000, [97, 1078]), "end"]), ?P(re:run(V, "e(n)d", [unicode, {capture, all, list}])), ?P(re:run(V, [1078, 101], [unicode])), ?P(re:run([V], [1078, 102], [unicode])), ?P(length(element(2, re:run(V, [1078], [unicode, global])))),
    Self = self(), Others = spawn_link(fun() -> count(Self, 0) end),
    ?P(re:run(binary:copy(<<"a">>, 12000), "a*?[bc]*?d|x*y")),
    ?P(re:run([lists:duplicate(22, $a), "x"], "^(a+)+[bx]y|z")),
    Others ! stop, ?P(receive {counted, N} -> N > 0 end).

count(To, N) -> receive stop -> To ! {counted, N} after 0 -> erlang:yield(), count(To, N + 1) end.
