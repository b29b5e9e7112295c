%% Integers to text and back, every base, and what is refused.
-module(int_text).
-export([start/0, id/1]).

start() ->
    Values = [0, 1, -1, 9, 10, -10, 255, 1 bsl 59, -(1 bsl 59), 1 bsl 64, -(1 bsl 64) - 1, 1 bsl 200],
    both(Values),
    bases(2, id(-123456789012345678901234567890)),
    erlang:display([c(fun() -> list_to_integer(id(T)) end)
                    || T <- ["12", "-12", "+12", "", "-", "+", "1a", " 1", "1 ", [1 | 2], a, "00012"]]),
    erlang:display([c(fun() -> binary_to_integer(id(T)) end)
                    || T <- [<<"12">>, <<"-12">>, <<"+7">>, <<>>, <<"-">>, <<"x">>, <<1:3>>, 12]]),
    erlang:display([c(fun() -> list_to_integer(id(T), B) end)
                    || {T, B} <- [{"ff", 16}, {"FF", 16}, {"zz", 36}, {"2", 2}, {"1", 1}, {"1", 37}]]),
    erlang:display(list_to_integer(id("123456789012345678901234567890123456789012345678901234567890"))),
    erlang:display(c(fun() -> integer_to_list(id(1.0)) end)),
    erlang:display(c(fun() -> integer_to_list(id(1), id(99)) end)),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

both([]) -> ok;
both([V | Vs]) ->
    Text = integer_to_list(V),
    Bin = integer_to_binary(V),
    erlang:display({Text, Bin, list_to_integer(Text) =:= V, binary_to_integer(Bin) =:= V}),
    both(Vs).

bases(37, _) -> ok;
bases(B, V) ->
    Text = integer_to_list(V, B),
    erlang:display({B, Text, list_to_integer(Text, B) =:= V, integer_to_binary(V, B)}),
    bases(B + 1, V).
