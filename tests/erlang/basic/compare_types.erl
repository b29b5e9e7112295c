%% The order of terms across types: every pair of a pool, by every operator.
-module(compare_types).
-export([start/0, id/1]).

start() ->
    Pool = pool(),
    erlang:display([row(A, Pool) || A <- Pool]),
    erlang:display([[{A == B, A =:= B, A =< B, A > B} || B <- numbers()] || A <- numbers()]),
    Nested = [copy(T) || T <- nested(), _ <- [1, 2]],
    erlang:display([row(A, Nested) || A <- Nested]),
    ok.

id(X) -> X.

row(A, Pool) -> [sign(A, B) || B <- Pool].

sign(A, B) when A =:= B -> same;
sign(A, B) when A == B -> equal;
sign(A, B) when A < B -> less;
sign(A, B) when A > B -> more.

%% What lies first is equal but not the same word: only what lies behind it decides.
nested() ->
    [{{1.5}, 1}, {{1.5}, 2}, {{1}, 1}, {{1.0}, 1}, {{1}, 2}, [[1, 2], a], [[1, 2], b], [[1, 2.0], a], [[1, 2], b | c],
     {{a, {b, c}}, {}}, {{a, {b, c}}, []}, {{a, {b, d}}, {}}, {{a, <<1>>}, x}, {{a, <<1>>}, y}, {#{a => {1}}, 1},
     {#{a => {1}}, 0}, {"text", "tex"}, {"text", "texts"}, {x, {x, {x, "a"}}}, {x, {x, {x, "b"}}}, {1 bsl 70, 2}, {1 bsl 70, 1}].

%% In words of its own.
copy(T) -> binary_to_term(term_to_binary(T)).

numbers() ->
    [0, -0.0, 0.0, 1, 1.0, 1 bsl 53, 9007199254740992.0, (1 bsl 53) + 1, 1 bsl 70, 1.0e21, 1.1805916207174113e21,
     -(1 bsl 70), -1.0e300, 1 bsl 1100, 5.0e-324].

pool() ->
    F = fun(X) -> X end,
    [1, 1.0, 2, 1 bsl 70, -1, a, b, 'A', '', ab, true, false, F, self(), {}, {1}, {a, b}, {1, 2}, {1.0, 2},
     #{}, #{a => 1}, #{a => 2}, #{b => 1}, #{1 => a}, #{1.0 => a}, #{a => 1, b => 2}, [], [1], [1, 2], [1 | 2],
     [2], "abc", [[]], <<>>, <<1>>, <<1, 2>>, <<2>>, <<1:1>>, <<1:7>>, <<0:1>>, <<1, 1:1>>, <<"abc">>, [a | b]].
