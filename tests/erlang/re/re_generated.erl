%% Patterns, subjects and options made by a seeded generator: 2,500 searches, some to read, the rest as hashes of
%% blocks. What PCRE2 is known to do otherwise than OTP 25's PCRE is not generated (src/DIFFERENCES.md).
-module(re_generated).
-export([start/0, cases/1]).

-define(BLOCK, 100).

start() ->
    Blocks = blocks(cases(2500)),
    [io:format("~0tp ~0tp ~0tp~n  ~0tp~n", [P, S, O, R]) || {P, S, O, R} <- hd(Blocks)],
    [io:format("~b: ~b~n", [N, erlang:phash2(B, 1 bsl 32)]) || {N, B} <- lists:zip(lists:seq(1, length(Blocks)), Blocks)],
    Results = [R || B <- Blocks, {_, _, _, R} <- B],
    io:format("~p~n", [[{K, length([x || R <- Results, kind(R) =:= K])} || K <- [nomatch, match, error]]]).

kind({error, _}) -> error;
kind(badarg) -> error;
kind(nomatch) -> nomatch;
kind(_) -> match.

blocks([]) -> [];
blocks(Cases) -> {Block, Rest} = lists:split(?BLOCK, Cases), [Block | blocks(Rest)].

cases(N) ->
    put(state, 20240517),
    [one() || _ <- lists:seq(1, N)].

one() ->
    Unicode = pick(4) =:= 0,
    Pattern = pattern(Unicode), Subject = subject(Unicode),
    Compile = [unicode || Unicode] ++ some([caseless, multiline, dotall, ungreedy, dollar_endonly, extended, ucp, firstline, anchored, no_start_optimize, {newline, cr}, {newline, crlf}, {newline, any}, {newline, anycrlf}, bsr_anycrlf], 6),
    Run = some([notbol, noteol, notempty, notempty_atstart, global, {offset, min(pick(4), length(Subject))}, {capture, all, binary}, {capture, all, list}, {capture, first}, {capture, [2, 1, 7], binary}, {capture, all_but_first, list}, {capture, none}], 4),
    {Pattern, Subject, Compile ++ Run, search(Subject, Pattern, Compile, Run, pick(5))}.

search(S, P, C, R, 0) -> plain(fun() -> re:run(S, P, C ++ R) end);
search(S, P, C, _, 1) -> plain(fun() -> re:split(S, P, C ++ [{return, list}]) end);
search(S, P, C, _, 2) -> plain(fun() -> re:replace(S, P, "<&|\\1>", C ++ [global, {return, list}]) end);
search(S, P, C, R, _) ->
    plain(fun() ->
        case re:compile(P, C) of
            {ok, {re_pattern, N, U, L, _} = M} -> {{N, U, L}, re:inspect(M, namelist), plain(fun() -> re:run(S, M, R) end)};
            {error, _} -> {error, pattern}
        end
    end).

plain(F) -> try F() catch error:badarg -> badarg end.

some(Options, Rarity) -> [O || O <- Options, pick(Rarity) =:= 0].

subject(Unicode) -> [lists:nth(1 + pick(length(letters(Unicode))), letters(Unicode)) || _ <- lists:seq(1, pick(14))].

letters(true) -> "aaabbbccABC 12_\n\r\n,xй€Йéß" ++ [16#1F600, 16#85];
letters(false) -> "aaaabbbbcccABC 12_\n\r\n,x" ++ [233, 201, 160, 255, 16#85].

pattern(Unicode) -> put(groups, 0), put(closed, []), lists:flatten(alternatives(Unicode, 3)).

alternatives(U, Depth) ->
    Count = case pick(4) of 0 -> 2; _ -> 1 end,
    lists:join("|", [sequence(U, Depth) || _ <- lists:seq(1, Count)]).

sequence(U, Depth) -> [repeated(U, Depth) || _ <- lists:seq(1, 1 + pick(3))].

repeated(U, Depth) ->
    case pick(9) of
        0 -> zero_width(U, Depth);
        _ -> [item(U, Depth), lists:nth(1 + pick(12), ["", "", "", "", "", "*", "+", "?", "*?", "+?", "{1,2}", "{2}"])]
    end.

zero_width(_, 0) -> lists:nth(1 + pick(7), ["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z"]);
zero_width(U, Depth) ->
    case pick(5) of
        0 -> ["(?=", alternatives(U, Depth - 1), ")"];
        1 -> ["(?!", alternatives(U, Depth - 1), ")"];
        2 -> ["(?<=", letter(U), ")"];
        3 -> ["(?<!", letter(U), class(), ")"];
        _ -> zero_width(U, 0)
    end.

item(U, 0) -> simple(U);
item(U, Depth) ->
    case pick(10) of
        0 -> group("(", U, Depth);
        1 -> group("(", U, Depth);
        2 -> ["(?:", alternatives(U, Depth - 1), ")"];
        3 -> ["(?>", alternatives(U, Depth - 1), ")"];
        4 -> group(["(?<n", $a + get(groups), ">"], U, Depth);
        5 -> ["(?i:", alternatives(U, Depth - 1), ")"];
        6 -> back_reference(U);
        _ -> simple(U)
    end.

group(Open, U, Depth) ->
    Number = get(groups) + 1,
    put(groups, Number),
    Group = [Open, alternatives(U, Depth - 1), ")"],
    put(closed, [Number | get(closed)]),
    Group.

back_reference(U) ->
    case [N || N <- get(closed), N < 10] of
        [] -> simple(U);
        Closed -> ["\\", $0 + lists:nth(1 + pick(length(Closed)), Closed)]
    end.

simple(U) ->
    case pick(6) of
        0 -> ".";
        1 -> class();
        2 -> bracket(U);
        _ -> letter(U)
    end.

letter(true) -> [lists:nth(1 + pick(12), "aabbccAB1йéЙ")];
letter(false) -> [lists:nth(1 + pick(12), "aaabbbccAB1é")].

class() -> lists:nth(1 + pick(12), ["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\h", "\\R", "\\N", "\\v", "\\H", "\\V"]).

bracket(U) ->
    [lists:nth(1 + pick(2), ["[", "[^"]), [lists:nth(1 + pick(8), [letter(U), "a-c", "\\d", "\\w", "[:alpha:]", "[:^space:]", "[:punct:]", "\\s"]) || _ <- lists:seq(1, 1 + pick(2))], "]"].

pick(N) ->
    State = (get(state) * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF,
    put(state, State),
    (State bsr 33) rem N.
