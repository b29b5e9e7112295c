%% Guards: type tests, failing expressions, and/or/andalso/orelse, records and nested choices.
-module(guards).
-export([start/0, id/1]).
-record(r, {a, b = 2}).

start() ->
    Pool = [0, 1.5, 1 bsl 70, a, true, [], [1], "s", {}, {r, 1, 2}, {r, 1}, #{}, #{a => 1}, <<>>, <<1:3>>,
            fun() -> 1 end, fun(_) -> 1 end, fun erlang:abs/1, self(), make_ref()],
    [erlang:display({kind(T), types(T), fails(T), logic(T, 1), record(T)}) || T <- Pool],
    erlang:display([size_of(T) || T <- Pool]),
    erlang:display([arith(X, Y) || X <- [1, 0, a, 2.0], Y <- [0, 1, 2.0, b]]),
    erlang:display([(id(A) and B) || A <- [true, false], B <- [true, false]]),
    erlang:display([(id(A) xor B) || A <- [true, false], B <- [true, false]]),
    erlang:display([catch_it(fun() -> id(x) and true end), catch_it(fun() -> not id(1) end),
                    catch_it(fun() -> id(x) andalso true end), catch_it(fun() -> id(x) orelse true end)]),
    ok.

id(X) -> X.

catch_it(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

kind(T) when is_integer(T) -> integer;
kind(T) when is_float(T) -> float;
kind(T) when is_boolean(T) -> boolean;
kind(T) when is_atom(T) -> atom;
kind(T) when T =:= [] -> nil;
kind(T) when is_list(T) -> list;
kind(T) when is_record(T, r) -> record;
kind(T) when is_tuple(T) -> tuple;
kind(T) when is_map(T) -> map;
kind(T) when is_binary(T) -> binary;
kind(T) when is_bitstring(T) -> bitstring;
kind(T) when is_function(T, 0) -> fun0;
kind(T) when is_function(T, 1) -> fun1;
kind(T) when is_pid(T) -> pid;
kind(T) when is_reference(T) -> reference;
kind(T) when is_port(T) -> port.

types(T) ->
    [is_number(T), is_integer(T), is_float(T), is_atom(T), is_boolean(T), is_list(T), is_tuple(T), is_map(T),
     is_binary(T), is_bitstring(T), is_function(T), is_function(T, id(1)), is_pid(T), is_reference(T), is_port(T)].

fails(T) when hd(T) =:= 1 -> head;
fails(T) when element(2, T) =:= 1 -> second;
fails(T) when map_get(a, T) =:= 1 -> map_a;
fails(T) when byte_size(T) =:= 1; T =:= 1 bsl 70 -> byte;
fails(T) when abs(T) > 1.0 -> big;
fails(T) when length(T) =:= 0 -> empty;
fails(T) when is_map_key(b, T); map_size(T) =:= 0 -> empty_map;
fails(_) -> none.

logic(T, N) when is_atom(T), N =:= 1; is_tuple(T), tuple_size(T) =:= 3 -> one;
logic(T, _) when (is_list(T) andalso T =/= []) orelse is_float(T) -> two;
logic(T, _) when not is_bitstring(T) and not is_map(T) -> three;
logic(_, _) -> four.

record(#r{a = A, b = B}) -> {A, B};
record(_) -> no.

size_of(T) when size(T) > 0 -> size(T);
size_of(T) when tuple_size(T) =:= 0 -> empty_tuple;
size_of(T) when bit_size(T) >= 0 -> {bits, bit_size(T)};
size_of(_) -> none.

arith(X, Y) when X div Y =:= 1 -> div_one;
arith(X, Y) when X / Y > 0.1 -> {quotient};
arith(X, Y) when X + Y =:= 1 -> sum_one;
arith(_, _) -> neither.
