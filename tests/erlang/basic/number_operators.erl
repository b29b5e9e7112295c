%% The operators as functions of module erlang, over numbers of every kind and what is none.
-module(number_operators).
-export([start/0, id/1]).

start() ->
    Values = [0, 1, -1, 7, -7, 63, -64, (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 59, 1 bsl 64, -(1 bsl 64) - 1, 1 bsl 200,
              0.0, -0.0, 1.5, -2.5, 1.0e300, true, a, "x"],
    unary(id(['+', '-', 'bnot', 'not', abs, float, trunc, round, floor, ceil]), Values),
    binary(id(['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', 'and', 'or', 'xor', '==', '/=', '=:=', '=/=',
               '<', '>', '=<', '>=', max, min]), Values),
    shifts(id(['bsl', 'bsr']), Values),
    erlang:display([erts_internal:cmp_term(id(A), id(B)) || {A, B} <- [{1, 1.0}, {2, 1.0}, {1.0, 2}, {1, 2}, {a, 1}]]),
    erlang:display(c(fun() -> erlang:'bsl'(id(1), id(1 bsl 40)) end)),
    erlang:display(c(fun() -> erlang:'bsl'(id(-1), id(1 bsl 80)) end)),
    erlang:display(c(fun() -> erlang:'bsr'(id(-1), id(1 bsl 80)) end)),
    erlang:display(c(fun() -> erlang:'bsl'(id(0), id(1 bsl 80)) end)),
    erlang:display(try erlang:'+'(id(a), 1) catch error:badarith:S -> hd(S) end),
    ok.

id(X) -> X.

unary([], _) -> ok;
unary([Op | Ops], Values) ->
    erlang:display({Op, [c(fun() -> erlang:Op(V) end) || V <- Values]}),
    unary(Ops, Values).

binary([], _) -> ok;
binary([Op | Ops], Values) ->
    [erlang:display({Op, [c(fun() -> erlang:Op(V, W) end) || W <- Values]}) || V <- Values],
    binary(Ops, Values).

shifts([], _) -> ok;
shifts([Op | Ops], Values) ->
    Counts = [0, 1, -1, 3, 59, 60, 63, 64, 65, 130, -3, -64, -200, 1.0, a],
    [erlang:display({Op, [c(fun() -> erlang:Op(V, W) end) || W <- Counts]}) || V <- Values],
    shifts(Ops, Values).

c(Fun) ->
    try Fun() of
        V when is_float(V) -> {float, float_to_list(V, [short])};
        V -> V
    catch
        error:Reason -> {error, Reason}
    end.
