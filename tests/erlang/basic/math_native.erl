%% Module math: every function over values that are in its domain, beside it, and no numbers.
-module(math_native).
-export([start/0, id/1]).

start() ->
    Values = [0, 1, -1, 2, 0.5, -0.5, 1.0, -1.0, 10, 1000, -0.0, 1.0e308, 1.0e-320, 1 bsl 70, 1 bsl 2000, a, "x"],
    one(id([acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, erf, erfc, exp, floor, log, log10, log2,
            sin, sinh, sqrt, tan, tanh]), Values),
    two(id([atan2, fmod, pow]), Values),
    erlang:display(try math:sqrt(id(-1)) catch error:badarith:S1 -> hd(S1) end),
    erlang:display(try math:pow(id(b), 1) catch error:badarg:S2 -> hd(S2) end),
    ok.

id(X) -> X.

one([], _) -> ok;
one([F | Fs], Values) ->
    erlang:display({F, [c(fun() -> math:F(V) end) || V <- Values]}),
    one(Fs, Values).

two([], _) -> ok;
two([F | Fs], Values) ->
    [erlang:display({F, [c(fun() -> math:F(V, W) end) || W <- Values]}) || V <- Values],
    two(Fs, Values).

c(Fun) ->
    try Fun() of
        V -> float_to_list(V, [short])
    catch
        error:Reason -> Reason
    end.
