%% group: sequential
%% Choosing by literal: atoms, integers, tuples, strings, a literal map and tuple.
-module(literal_dispatch).
-export([start/0]).

start() -> erlang:display(loop(8000000, 0)), ok.

loop(0, Acc) -> Acc;
loop(N, Acc) ->
    Op = op(N rem 12),
    loop(N - 1, (Acc + code(Op) + table(N band 15) + element(N rem 5 + 1, {3, 1, 4, 1, 5}) + map_get(Op, map())) band 16#FFFFFFF).

op(0) -> add; op(1) -> sub; op(2) -> mul; op(3) -> divide; op(4) -> band_; op(5) -> bor_;
op(6) -> jump; op(7) -> call; op(8) -> return; op(9) -> load; op(10) -> store; op(11) -> halt.

code(add) -> 1; code(sub) -> 2; code(mul) -> 3; code(divide) -> 4; code(band_) -> 5; code(bor_) -> 6;
code(jump) -> 7; code(call) -> 8; code(return) -> 9; code(load) -> 10; code(store) -> 11; code(halt) -> 12.

table(0) -> 100; table(1) -> 3; table(2) -> 77; table(5) -> 12; table(7) -> 9; table(9) -> 31; table(15) -> 8; table(_) -> 0.

map() -> #{add => 1, sub => 2, mul => 3, divide => 4, band_ => 5, bor_ => 6, jump => 7, call => 8, return => 9, load => 10, store => 11, halt => 12}.
