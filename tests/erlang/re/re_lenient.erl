%% Patterns that later versions of PCRE refuse, and letters from 128 to 255 without Unicode's properties.
-module(re_lenient).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    [?P({P, S, try re:run(S, P, [{capture, all, list}]) catch error:E -> E end}) || {P, S} <- [
        {"[\\d-z]+", "12-34z"}, {"[a\\s-x]+", "a -x"}, {"[\\w-]+", "a-b"}, {"[[:digit:]-z]+", "1-z"}, {"[a-\\d]+", "a-1"}, {"[\\d-\\w-x]+", "1-a"},
        {"^[\\d-a]", "-things"}, {"a[\\C-X]b", "aCb aWb"}, {"a[\\C-X]b", "aWb"}, {"a[\\CD]b", "aCb"}, {"[\\z\\C]", "xzC"}, {"[\\B\\R\\X]+", "aBRX"}, {"[\\A\\G]+", "xAG"},
        {"^A\\8B\\9C$", "A8B9C"}, {"(a)(b)(c)(d)(e)(f)(g)(h)\\8", "abcdefghh"}, {"\\9", "9"}, {"\\88", "88"},
        {"(?=a\\Kb)ab", "ab"}, {"(?!a\\Kb)ac", "ac"}, {"^abc(?<=b\\Kc)d", "abcd"}, {"^abc(?<!b\\Kq)d", "abcd"}, {"a(?=b\\K)c|\\i\\y", "xiy"}]],
    [?P({P, re:compile(P)}) || P <- ["[z-a]", "[\\N]", "(", "[a", "\\", "(?<n>"], is_tuple(re:compile(P)), element(1, re:compile(P)) =:= error, lists:member(P, [])],
    [?P({C, P, re:run([C], P, [unicode | O])}) || C <- [97, 229, 170, 181, 186, 192, 215, 247, 255, 256, 1024, 160, 133, 8232], P <- ["\\w", "\\W", "[\\w]", "[^\\w]", "x?\\w", "(\\w|x)", "\\w+$", "[[:alpha:]]", "\\b", "\\s", "\\d"], O <- [[], [ucp]], known(C, P, O)],
    [?P({P, re:run([97, 32, 229, 229, 32, 1024], P, [unicode, global, {capture, all, list}])}) || P <- ["\\w", "\\w+", "\\W+", "(?:\\w)"]],
    [?P({C, re:run(<<C>>, P, [])}) || C <- [170, 181, 192, 215, 255], P <- ["\\w", "[[:upper:]]", "[[:lower:]]", "[[:punct:]]"]],
    ?P(re:split([229, 45, 230, 45], "\\w", [unicode, {return, list}])), ?P(re:replace([229, 45, 230], "\\w", "<&>", [unicode, global, {return, list}])),
    ok.

%% The two libraries' Unicode is not of one age.
known(C, _, [ucp]) -> C < 256;
known(_, _, []) -> true.
