%% Functions of many arguments, frames of many variables, large tuples and lists in one expression.
-module(wide_calls).
-export([start/0, id/1, f20/20, f40/40]).

start() ->
    erlang:display(f20(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, id(20))),
    erlang:display(apply(?MODULE, f20, seq(1, 20))),
    erlang:display(apply(?MODULE, f40, seq(1, 40))),
    erlang:display((fun f40/40)(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, id(40))),
    erlang:display(frame(id(1))),
    erlang:display(swap(5, id(a), b, c, d, e, f)),
    erlang:display(try f20(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, id(x)) catch error:badarith:S1 -> frames(S1) end),
    erlang:display(try clause(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, id(18)) catch error:function_clause:S2 -> hd(frames(S2)) end),
    erlang:display(try apply(?MODULE, id(f20), seq(1, 255)) catch error:undef -> undef end),
    erlang:display(try apply(?MODULE, id(f20), seq(1, 256)) catch error:R -> R end),
    T = {id(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36},
    erlang:display({tuple_size(T), element(1, T), element(36, T)}),
    {_, _, C, _, _, _, _, _, _, _, _, L, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, Z} = T,
    erlang:display({C, L, Z}),
    erlang:display(captured()),
    ok.

id(X) -> X.

frames([{M1, F1, A1, _}, {M2, F2, A2, _} | _]) -> [{M1, F1, A1}, {M2, F2, A2}].

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

f20(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T) ->
    X = A + B + C + D + E + F + G + H + I + J,
    [X, K + T, {L, M, N, O}, P * Q - R, S].

f40(A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20,
    A21, A22, A23, A24, A25, A26, A27, A28, A29, A30, A31, A32, A33, A34, A35, A36, A37, A38, A39, A40) ->
    B = id({A40, A1}),
    {B, [A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19],
     {A20, A21, A22, A23, A24, A25, A26, A27, A28, A29}, A30 + A31 + A32 + A33 + A34 + A35 + A36 + A37 + A38 + A39}.

frame(X) ->
    A = id(X + 1), B = id(A + 1), C = id(B + 1), D = id(C + 1), E = id(D + 1), F = id(E + 1), G = id(F + 1), H = id(G + 1), I = id(H + 1),
    J = id(I + 1), K = id(J + 1), L = id(K + 1), M = id(L + 1), N = id(M + 1), O = id(N + 1), P = id(O + 1), Q = id(P + 1), R = id(Q + 1),
    S = id(R * A), T = id([S | B]), U = id({T, C}),
    {A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U}.

swap(0, A, B, C, D, E, F) -> [A, B, C, D, E, F];
swap(N, A, B, C, D, E, F) -> swap(N - 1, F, A, C, B, D, E).

clause(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0) -> ok.

captured() ->
    [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R] = id(seq(1, 18)),
    G1 = fun(X, Y) -> [X, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, Y] end,
    G1(first, last).
