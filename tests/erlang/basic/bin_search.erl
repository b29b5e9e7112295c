%% binary:match, matches, split over patterns of all kinds, compiled or not; what is refused.
-module(bin_search).
-export([start/0, id/1]).

start() ->
    Subjects = [<<>>, <<"a">>, <<"abcde">>, <<",a,b,,c,">>, binary:copy(<<"ab">>, 10), odd(<<"abcabcabc">>)],
    Patterns = [<<"a">>, <<",">>, <<"bc">>, <<"abcdef">>, [<<"bcde">>, <<"cd">>], [<<"bcde">>, <<"bc">>, <<"de">>],
                [<<",,">>, <<",">>], [<<"a">>, <<"a">>], [<<"ab">>, <<"abab">>, <<"ba">>]],
    [each(F, [S, P]) || F <- [match, matches, split], S <- Subjects, P <- Patterns],
    [erlang:display({S, P, [binary:F(S, C) || C <- [binary:compile_pattern(P)], F <- [match, matches, split]]})
     || S <- Subjects, P <- Patterns],
    Scopes = [{0, 0}, {1, 3}, {4, -3}, {0, 100}, {5, -6}, a],
    [each(F, [<<"abcde">>, P, [{scope, Sc}]]) || F <- [match, matches, split], P <- [<<"c">>, <<"e">>, [<<"bcd">>, <<"de">>]], Sc <- Scopes],
    Options = [[global], [trim], [trim_all], [global, trim], [global, trim_all], [global, {scope, {1, 3}}], [foo], foo],
    [each(split, [S, <<",">>, O]) || S <- [<<>>, <<",">>, <<",,">>, <<"a,">>, <<",a,b,,c,,">>], O <- Options],
    [each(F, [<<"abc">>, P]) || F <- [match, matches, split], P <- [<<>>, [], [<<>>], [<<"a">> | b], a, {bm, a}, id(<<1:9>>)]],
    [each(F, [S, <<"a">>]) || F <- [match, matches, split], S <- [a, "abc", id(<<1:9>>)]],
    [each(compile_pattern, [P]) || P <- [<<>>, [], [<<>>], a, [a], [<<"a">> | b]]],
    Long = <<(binary:copy(<<"a">>, 300))/binary, "b">>,
    erlang:display(binary:matches(binary:copy(<<"a">>, 20000), Long)),
    erlang:display(binary:matches(binary:copy(Long, 3), Long)),
    %% a pattern lives as long as a term names it, in any process
    Pattern = binary:compile_pattern([<<"cd">>, <<"ab">>]),
    Me = self(),
    spawn(fun() -> Me ! binary:matches(<<"abcdab">>, Pattern) end),
    erlang:display(receive M -> M end),
    erlang:garbage_collect(),
    erlang:display(binary:match(<<"xxcd">>, Pattern)),
    ok.

id(X) -> X.

odd(B) ->
    Size = bit_size(B),
    <<_:3, Odd:Size/bits>> = id(<<0:3, B/binary>>),
    Odd.

each(F, Arguments) ->
    erlang:display({F, Arguments, try apply(binary, F, Arguments) catch C:R -> {C, R} end}).
