%% select_val and select_tuple_arity: dense, sparse, negative, big and mixed keys.
-module(select_values).
-export([start/0, id/1]).

start() ->
    erlang:display([dense(I) || I <- seq(-3, 25)]),
    erlang:display([sparse(I) || I <- [0, 1, 10, 100, 1000, 10000, 1000000, 1 bsl 40, 1 bsl 58, 1 bsl 59,
                                       1 bsl 63, 1 bsl 64, 1 bsl 70, -1, -(1 bsl 59), -(1 bsl 60), 1.0, a, 7]]),
    erlang:display([atoms(A) || A <- [a, b, c, d, e, f, g, h, i, j, k, '', true, false, undefined, 1, []]]),
    erlang:display([arity(T) || T <- [{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4, 5}, a, [], {1, 2, 3, 4}]]),
    erlang:display([floats(F) || F <- [0.0, 1.0, 1.5, 2.0, 1, 2, -1.5]]),
    erlang:display([chars(C) || C <- "hello World_9 \n\\"]),
    erlang:display([mixed(X) || X <- [a, 1, 1.0, "a", {a}, [], 2, b]]),
    ok.

id(X) -> X.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

dense(0) -> zero; dense(1) -> one; dense(2) -> two; dense(3) -> three; dense(4) -> four; dense(5) -> five;
dense(6) -> six; dense(7) -> seven; dense(8) -> eight; dense(9) -> nine; dense(10) -> ten; dense(11) -> eleven;
dense(12) -> twelve; dense(13) -> thirteen; dense(15) -> fifteen; dense(16) -> sixteen; dense(20) -> twenty;
dense(-1) -> minus; dense(_) -> other.

sparse(1) -> 0; sparse(10) -> 1; sparse(100) -> 2; sparse(1000) -> 3; sparse(10000) -> 4; sparse(1000000) -> 6;
sparse(16#10000000000) -> b40; sparse(16#400000000000000) -> b58; sparse(16#800000000000000) -> b59;
sparse(16#8000000000000000) -> b63; sparse(16#10000000000000000) -> b64; sparse(1180591620717411303424) -> b70;
sparse(-1) -> m1; sparse(-576460752303423488) -> m59; sparse(-1152921504606846976) -> m60; sparse(_) -> none.

atoms(a) -> 1; atoms(b) -> 2; atoms(c) -> 3; atoms(d) -> 4; atoms(e) -> 5; atoms(f) -> 6; atoms(g) -> 7;
atoms(h) -> 8; atoms(i) -> 9; atoms(j) -> 10; atoms('') -> 11; atoms(true) -> 12; atoms(false) -> 13;
atoms(_) -> none.

arity({}) -> 0; arity({A}) -> A; arity({A, B}) -> A + B; arity({A, B, C}) -> A + B + C;
arity({_, _, _, _, E}) -> E; arity(_) -> none.

floats(0.0) -> zero; floats(1.0) -> one; floats(1.5) -> one_and_half; floats(2.0) -> two; floats(_) -> none.

chars(C) when C >= $a, C =< $z -> C - 32;
chars($W) -> wide; chars($_) -> line; chars($\n) -> newline; chars($\\) -> back; chars($\s) -> space;
chars(C) -> C.

mixed(a) -> atom_a; mixed(1) -> int_1; mixed(1.0) -> float_1; mixed("a") -> string; mixed({a}) -> tuple;
mixed([]) -> nil; mixed(2) -> two; mixed(_) -> none.
