%% Literals of every type in code, shared by processes, compared and taken apart.
-module(literals).
-export([start/0, id/1]).

start() ->
    [erlang:display(X) || X <- all()],
    erlang:display(id(all()) =:= all()),
    Me = self(),
    spawn(fun() -> Me ! all() end),
    receive L -> erlang:display(L =:= all()) end,
    erlang:display([length(big_list()), hd(big_list()), map_get(c, map())]),
    {A, [B | _], #{k := C}, <<D:16, _/binary>>} = tuple(),
    erlang:display({A, B, C, D}),
    erlang:display([update(I) || I <- [1, 2]]),
    erlang:display(id("a long string literal ") ++ "and another " ++ id([1.5, $x])),
    erlang:display(<<(id(<<"prefix">>))/binary, "suffix">>),
    ok.

id(X) -> X.

all() ->
    [0, -1, 134217727, 134217728, -134217728, -134217729, 576460752303423487, 576460752303423488, -576460752303423488,
     -576460752303423489, 9223372036854775807, 9223372036854775808, 123456789012345678901234567890, 1.5, -0.0, 1.0e300, atom, 'Ünï', "text",
     [1 | 2], [[], [[]]], {}, {1, {2, {3}}}, #{}, #{a => #{b => c}}, <<>>, <<"bin">>, <<1:1>>, <<255, 3:2>>, fun erlang:abs/1, fun ?MODULE:id/1].

big_list() -> [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, a, b, c, "nested", {t}, 1.0].

map() -> #{a => 1, b => [2], c => {3}}.

tuple() -> {1, [2, 3], #{k => v}, <<"xyz">>}.

update(I) -> (setelement(1, tuple(), I)).
