%% Funs: captured variables, recursion by name, local and external, equality, fun_info, apply.
-module(closures).
-export([start/0, id/1, plus/2, minus/2]).

start() ->
    Add = fun(X) -> fun(Y) -> fun(Z) -> {X, Y, Z, X + Y + Z} end end end,
    erlang:display(((Add(1))(2))(id(3))),
    Fact = fun F(0) -> 1; F(N) -> N * F(N - 1) end,
    erlang:display(Fact(25)),
    erlang:display(fold(fun(X, Acc) -> [X * 2 | Acc] end, [], [1, 2, 3])),
    erlang:display(many(id(1), id(2), id(3), id(4), id(5), id(6))),
    E1 = fun ?MODULE:plus/2,
    E2 = fun closures:plus/2,
    L1 = fun plus/2,
    erlang:display({E1 =:= E2, E1 == L1, E1(1, 2), L1(3, 4), E1}),
    erlang:display({erlang:fun_info(E1, module), erlang:fun_info(E1, name), erlang:fun_info(E1, arity),
                    erlang:fun_info(E1, type), erlang:fun_info(E1, env)}),
    X = id(42),
    Y = id("text"),
    L2 = fun(A) -> {A, X, Y} end,
    erlang:display({erlang:fun_info(L2, module), erlang:fun_info(L2, arity), erlang:fun_info(L2, type),
                    erlang:fun_info(L2, env), is_function(L2, 1), is_function(L2, 2)}),
    erlang:display({same(L2, L2), same(maker(1), maker(1)), same(maker(1), maker(2)), maker(1) < maker(2)}),
    erlang:display([apply(fun plus/2, [1, 2]), apply(?MODULE, id(plus), [3, 4]), apply(E1, [5, 6])]),
    erlang:display([c(fun() -> apply(id(F), A) end) || {F, A} <- [{E1, [1]}, {E1, [1 | 2]}, {E1, a}, {x, []}]]),
    erlang:display([c(fun() -> (id(F))(1) end) || F <- [a, 1, {closures, id}, []]]),
    erlang:display(c(fun() -> (id(fun closures:nowhere/1))(1) end)),
    erlang:display(c(fun() -> (id(fun nomodule:id/1))(1) end)),
    M = id(?MODULE),
    erlang:display({M:plus(1, 1), ?MODULE:(id(minus))(5, 1), M:(id(minus))(1, 5)}),
    G = fun M:minus/2,
    erlang:display({G(9, 1), erlang:make_fun(?MODULE, plus, 2) =:= E1}),
    erlang:display(compose([fun(A) -> A + 1 end, fun(A) -> A * 2 end, fun erlang:integer_to_list/1])),
    ok.

id(X) -> X.
plus(A, B) -> A + B.
minus(A, B) -> A - B.
maker(N) -> fun() -> N end.
same(A, B) -> A =:= B.

c(F) ->
    try F() catch Class:Reason -> {Class, simple(Reason)} end.

simple({badarity, {F, Args}}) when is_function(F) -> {badarity, Args};
simple(Reason) -> Reason.

fold(_, Acc, []) -> Acc;
fold(F, Acc, [H | T]) -> fold(F, F(H, Acc), T).

compose(Fs) -> fold(fun(F, Acc) -> F(Acc) end, 10, Fs).

many(A, B, C, D, E, F) ->
    G = fun(X) -> {X, A, B, C, D, E, F} end,
    H = fun() -> [G(A), G({B, C}), fun() -> {D, E} end] end,
    [R1, R2, R3] = H(),
    {R1, R2, R3()}.
