%% Arithmetic around the edges of small integers: 28, 32, 59, 60, 63 and 64 bits.
-module(int_small).
-export([start/0, id/1]).

start() ->
    edges([27, 28, 31, 32, 58, 59, 60, 62, 63, 64, 65]),
    erlang:display(division([7, -7, 1 bsl 59, -(1 bsl 59), 1 bsl 63, -(1 bsl 63)], [2, -2, 1, -1, 3])),
    ok.

id(X) -> X.

edges([]) -> ok;
edges([Bits | Rest]) ->
    Top = (id(1) bsl Bits) - 1,
    Low = -(id(1) bsl Bits),
    erlang:display({Bits, Top, Top + 1, Top + 2, Low, Low - 1, Low - 2}),
    erlang:display({Top + id(1) - 1 =:= Top, Low - id(1) + 1 =:= Low, -Top, -Low, abs(Low)}),
    erlang:display({Top * 2, Low * 2, Low * -1, Top * Top, Low * Low, Top * Low}),
    erlang:display({Top band Low, Top bor Low, Top bxor Low, bnot Top, bnot Low}),
    erlang:display({Top bsr 1, Low bsr 1, Top bsl 1, Low bsl 1, Low bsr 70, Top bsr 70}),
    erlang:display({(Top + 1) div 2, (Low - 1) div 2, (Top + 2) rem 7, (Low - 2) rem 7}),
    erlang:display({Top < Top + 1, Low > Low - 1, Top > Low, Top == Top * 1.0}),
    edges(Rest).

division([], _) -> [];
division([A | As], Bs) -> [[{A div B, A rem B} || B <- Bs] | division(As, Bs)].
