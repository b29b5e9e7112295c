%% The external term format: bytes of every type, and back, in every form that is still read.
-module(etf).
-export([start/0, id/1]).

start() ->
    Terms = [0, 255, 256, -1, 2147483647, 2147483648, -2147483648, -2147483649, 1 bsl 63, -(1 bsl 64), 1 bsl 2048, 1.5, -0.0, 1.0e300,
             a, '', 'é', '日本', true, [], "abc", [1, 2, 256], [a | b], [[], [[]]], {}, {a, 1}, list_to_tuple(seq(300)), seq(70000) =/= [], <<>>, <<"bin">>, <<1:3>>, <<255, 1:1>>,
             #{}, #{a => 1}, #{1 => [2], b => {c}}, fun erlang:abs/1, [1.0, {x, "s", <<"b">>}]],
    [show(T) || T <- Terms],
    erlang:display(erlang:crc32(term_to_binary(seq(70000)))),
    erlang:display([term_to_binary(id(a), [{minor_version, V}]) || V <- [0, 1, 2]]),
    erlang:display([term_to_binary(id(1.5), [{minor_version, V}]) || V <- [0, 1, 2]]),
    erlang:display([c(fun() -> term_to_binary(a, id(O)) end) || O <- [x, [x], [{minor_version, 9}], [{compressed, 10}]]]),
    C = term_to_binary(seq(5000), [compressed]),
    erlang:display({byte_size(C) < 10000, binary_to_term(C) =:= seq(5000)}),
    erlang:display([c(fun() -> binary_to_term(id(B)) end) || B <- old_forms()]),
    erlang:display([c(fun() -> binary_to_term(id(B)) end) || B <- broken()]),
    erlang:display([c(fun() -> binary_to_term(id(B), [safe]) end) || B <- [<<131, 119, 5, "start">>, <<131, 119, 12, "unseen_atom1">>, <<131, 97, 1>>]]),
    erlang:display([c(fun() -> binary_to_term(id(B), [used]) end) || B <- [<<131, 97, 1, 9, 9>>, <<131, 106>>]]),
    erlang:display([erlang:external_size(T) =:= byte_size(term_to_binary(T)) || T <- [1, a, "abc", {1, 2.0}, <<1:3>>]]),
    erlang:display(binary_to_term(iolist_to_binary(erlang:term_to_iovec({a, <<0:4000>>}))) =:= {a, <<0:4000>>}),
    F = fun(X) -> {X, C} end,
    erlang:display((binary_to_term(term_to_binary(F)))(1) =:= {1, C}),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

show(T) ->
    B = term_to_binary(T),
    case byte_size(B) < 120 of
        true -> erlang:display(B);
        false -> erlang:display({byte_size(B), erlang:crc32(B)})
    end,
    erlang:display(binary_to_term(B) =:= T).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

old_forms() ->
    [<<131, 100, 0, 1, 97>>, <<131, 115, 1, 97>>, <<131, 118, 0, 2, 195, 169>>, <<131, 99, "1.50000000000000000000e+00", 0, 0, 0, 0, 0>>, <<131, 110, 4, 0, 1, 0, 0, 0>>, <<131, 110, 1, 1, 200>>,
     <<131, 111, 0, 0, 0, 2, 0, 1, 2>>, <<131, 108, 0, 0, 0, 0, 106>>, <<131, 107, 0, 0>>, <<131, 105, 0, 0, 0, 0>>, <<131, 77, 0, 0, 0, 1, 8, 7>>, <<131, 98, 0, 0, 0, 5>>].

broken() ->
    [<<>>, <<131>>, <<131, 0>>, <<131, 97>>, <<131, 98, 1, 2, 3>>, <<131, 100, 0, 5, "ab">>, <<131, 119, 2, 255, 255>>, <<131, 108, 0, 0, 0, 1, 97, 1>>, <<131, 104, 1>>, <<131, 109, 0, 0, 0, 5, 1>>,
     <<131, 77, 0, 0, 0, 1, 0, 7>>, <<131, 77, 0, 0, 0, 1, 9, 7>>, <<131, 70, 127, 240, 0, 0, 0, 0, 0, 0>>, <<131, 99, "x">>, <<131, 116, 0, 0, 0, 2, 97, 1, 97, 1, 97, 1, 97, 2>>, <<131, 110, 255, 0, 1>>,
     <<131, 113, 97, 1>>, <<131, 80, 0, 0, 0, 1, 1>>, <<131, 97, 1, 2>>, <<131, 108, 255, 255, 255, 255>>, <<131, 105, 255, 255, 255, 255>>, <<131, 82, 0>>, <<131, 68, 0, 97, 1>>].
