%% Atoms: text and back, Unicode, limits, order, existing only.
-module(atoms).
-export([start/0, id/1]).

start() ->
    erlang:display([abc, 'Abc', '', 'a b', 'quo\'te', 'back\\slash', 'line\n', 'ä', '日本語', 'x@y_1', '1a', true, undefined, 'end', 'a-b']),
    erlang:display([atom_to_list(A) || A <- [abc, '', 'ä', '日本語', 'a b']]),
    erlang:display([atom_to_binary(A) || A <- [abc, '', 'ä', '日本語', '😀']]),
    erlang:display([c(fun() -> list_to_atom(id(L)) end) || L <- ["abc", [], [228], [26085, 26412], [128512], [16#D800], [a], [-1], x, ["a"]]]),
    erlang:display([c(fun() -> atom_to_binary(id('日本語'), id(E)) end) || E <- [latin1, utf8, unicode, x]]),
    erlang:display([c(fun() -> binary_to_atom(id(B), id(E)) end) || {B, E} <- [{<<"é"/utf8>>, utf8}, {<<233>>, latin1}, {<<233>>, utf8}, {<<"a">>, x}]]),
    erlang:display(length(atom_to_list(list_to_atom(copies(255))))),
    erlang:display(c(fun() -> list_to_atom(copies(256)) end)),
    erlang:display(c(fun() -> binary_to_atom(list_to_binary(copies(256)), utf8) end)),
    erlang:display(byte_size(atom_to_binary(list_to_atom(euros(255))))),
    erlang:display(c(fun() -> list_to_atom(euros(256)) end)),
    erlang:display({list_to_existing_atom(id("start")), c(fun() -> list_to_existing_atom(id("surely not an existing atom 7")) end)}),
    erlang:display([A < B || A <- [a, b, 'A', '', 'ä', ab], B <- [a, b, 'A', '', 'ä', ab]]),
    erlang:display(many(2000, [])),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

copies(0) -> [];
copies(N) -> [$x | copies(N - 1)].

euros(0) -> [];
euros(N) -> [16#20AC | euros(N - 1)].

many(0, L) -> same(L);
many(N, L) ->
    Text = "made_" ++ integer_to_list(N),
    many(N - 1, [{list_to_atom(Text), Text} | L]).

same([]) -> true;
same([{A, T} | Rest]) -> atom_to_list(A) =:= T andalso list_to_existing_atom(T) =:= A andalso same(Rest).
