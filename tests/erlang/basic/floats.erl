%% Float arithmetic, conversion and rounding; shown by their bits, so that no printing rule hides a digit.
-module(floats).
-export([start/0, id/1]).

start() ->
    Values = [0.0, -0.0, 1.0, -1.0, 0.1, 1.5, 2.5, -2.5, 1.0e10, 1.0e100, 1.7976931348623157e308,
              5.0e-324, 2.2250738585072014e-308, 4503599627370495.5, 9007199254740993.0],
    show(Values),
    erlang:display([bits(id(A) + B) || A <- [0.1, 1, 1 bsl 60, 1 bsl 70], B <- [0.2, -1.0e3]]),
    erlang:display([bits(id(A) / B) || A <- [1, 2, 1.0, 1 bsl 80, 1 bsl 100], B <- [3, 7.0, 1 bsl 70]]),
    erlang:display([c(fun() -> A / id(B) end) || A <- [1, 0, 1.0], B <- [0, 0.0, -0.0]]),
    erlang:display([c(fun() -> id(1.0e300) * id(F) end) || F <- [1.0e10, -1.0e300]]),
    erlang:display([c(fun() -> float(id(V)) end) || V <- [1, a, 1 bsl 1023, 1 bsl 1024, -(1 bsl 2000)]]),
    erlang:display([c(fun() -> id(V) + id(1.0) end) || V <- [1 bsl 1024, a, "x", 3]]),
    erlang:display({id(1) == id(1.0), id(1) =:= id(1.0), id(0.0) == id(-0.0), id(0.0) =:= id(-0.0)}),
    ok.

id(X) -> X.

bits(F) ->
    <<I:64>> = <<F/float>>,
    I.

c(F) ->
    try bits(F()) catch Class:Reason -> {Class, Reason} end.

show([]) -> ok;
show([F | Fs]) ->
    erlang:display({bits(F), bits(-F), bits(abs(F)), bits(F * 0.3), bits(F - 0.5), F < 1.0, F > 1}),
    erlang:display({trunc(F), round(F), floor(F), ceil(F)}),
    show(Fs).
