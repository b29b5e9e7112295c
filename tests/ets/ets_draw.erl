%% Drawing: numbers, terms, objects, patterns and match specifications, the same from one seed on every
%% machine. The generator's state lies in the process dictionary.
%%
%% Only guards that OTP 25 knows: ceil, floor, max and such came to specifications later. No variable above
%% '$24': OTP tells errors of such specifications by other names.
-module(ets_draw).
-export([seed/1, below/1, one_of/1, chance/1, key/0, value/0, term/1, object/2, objects/3]).
-export([pattern/1, spec/1, spec/2, shape/1, sorted/1]).

seed(Seed) -> put(draw, (Seed * 2654435761 + 88172645463325252) band 16#ffffffffffffffff), below(2), below(2), ok.

%% xorshift: an integer from 0 to N - 1.
below(N) ->
    A = get(draw),
    B = (A bxor (A bsl 13)) band 16#ffffffffffffffff,
    C = B bxor (B bsr 7),
    D = (C bxor (C bsl 17)) band 16#ffffffffffffffff,
    put(draw, D),
    (D bsr 20) rem N.

one_of(List) when is_list(List) -> lists:nth(below(length(List)) + 1, List);
one_of(Tuple) -> element(below(tuple_size(Tuple)) + 1, Tuple).

%% True N times of 100.
chance(N) -> below(100) < N.

%% ---- terms ----

key() ->
    case below(12) of
        N when N < 6 -> below(40);
        6 -> one_of({a, b, c, 'a b', [], '$1', '_', true});
        7 -> float(below(12));
        8 -> one_of({1 bsl 70, 1 bsl 64, -(1 bsl 65), float(1 bsl 70), 0.0, 1.5, -1, 1 bsl 59, 1 bsl 27});
        9 -> {k, below(4), one_of({1, 1.0, a})};
        10 -> one_of({"ab", "b", <<"x">>, <<1:3>>, <<>>, #{}, #{a => 1}, #{1 => a}, #{1.0 => a}, {}, {1}, {1.0}, [1], [1.0],
                      {k, [{1, 2, [3.0]}]}, {k, [{1, 2, [3]}]}});
        11 -> below(1000)
    end.

value() -> term(2).

term(0) ->
    case below(9) of
        N when N < 4 -> below(10);
        4 -> one_of({a, b, c, true, false, [], undefined, ok});
        5 -> float(below(10));
        6 -> one_of({1 bsl 64, -(1 bsl 64), 1 bsl 200, 1.0e10, -3, 16#7ffffff, 16#8000000, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59)});
        7 -> one_of({<<>>, <<"a">>, <<1:3>>, binary:copy(<<"long">>, 30), "str"});
        8 -> one_of({{}, #{}, [], 0.0})
    end;
term(Depth) ->
    case below(8) of
        0 -> list_to_tuple([term(Depth - 1) || _ <- lists:seq(1, below(4))]);
        1 -> [term(Depth - 1) || _ <- lists:seq(1, below(4))];
        2 -> [term(Depth - 1) | term(0)];
        3 -> maps:from_list([{term(0), term(Depth - 1)} || _ <- lists:seq(1, below(4))]);
        _ -> term(0)
    end.

%% A tuple for a table whose key stands at KeyPos.
object(KeyPos, Key) ->
    Size = KeyPos + one_of({0, 1, 1, 2, 2, 3}),
    list_to_tuple([case N of KeyPos -> Key; _ -> one_of({below(8), below(3), value()}) end || N <- lists:seq(1, Size)]).

objects(KeyPos, Count, Range) -> [object(KeyPos, case chance(90) of true -> below(Range); false -> key() end) || _ <- lists:seq(1, Count)].

%% ---- match specifications ----

%% A pattern that has a chance to match Term, or anything else.
pattern(Term) ->
    case below(10) of
        0 -> '_';
        1 -> variable();
        2 -> term(1);
        _ -> like(Term)
    end.

variable() -> one_of({'$1', '$1', '$2', '$2', '$3', '$0', '$17', '_', '$24'}).

like(T) when is_tuple(T) -> list_to_tuple([inner(E) || E <- tuple_to_list(T)]);
like([H | T]) -> [inner(H) | inner(T)];
like(T) when is_map(T) -> maps:from_list([{K, inner(V)} || {K, V} <- maps:to_list(T), chance(70)]);
like(T) -> case below(3) of 0 -> variable(); 1 -> '_'; 2 -> T end.

inner(T) ->
    case below(8) of
        0 -> '_';
        1 -> variable();
        2 -> variable();
        3 -> T;
        4 -> '$1';
        _ -> like(T)
    end.

%% A specification of some clauses for a term that looks like Term.
spec(Term) -> spec(Term, fun(_) -> result(2) end).

%% Body: what makes the last expression of a body from the pattern.
spec(Term, Body) ->
    [clause(Term, Body) || _ <- lists:seq(1, one_of({1, 1, 1, 2, 3}))].

clause(Term, Body) ->
    Head = case chance(95) of true -> head(Term); false -> pattern(Term) end,
    Guards = [guard(2) || _ <- lists:seq(1, one_of({0, 0, 1, 1, 2}))],
    Extra = [expression(1) || _ <- lists:seq(1, one_of({0, 0, 0, 1}))],
    {Head, Guards, Extra ++ [Body(Head)]}.

head(T) when is_tuple(T) -> case below(12) of 0 -> '_'; 1 -> variable(); _ -> like(T) end;
head(T) -> pattern(T).

guard(0) -> one_of({true, {is_integer, '$1'}, {'>', '$1', below(20)}, {'=<', '$1', '$2'}, {is_atom, '$1'}, '$1', false});
guard(Depth) ->
    case below(14) of
        0 -> {'and', guard(Depth - 1), guard(Depth - 1)};
        1 -> {'or', guard(Depth - 1), guard(Depth - 1)};
        2 -> {'not', guard(Depth - 1)};
        3 -> list_to_tuple([one_of({'andalso', 'orelse', 'and', 'or'}) | [guard(Depth - 1) || _ <- lists:seq(1, below(5))]]);
        4 -> {'xor', guard(Depth - 1), guard(Depth - 1)};
        N when N < 8 -> {one_of({'>', '<', '>=', '=<', '=:=', '=/=', '==', '/='}), expression(1), expression(1)};
        N when N < 11 -> {one_of({is_integer, is_float, is_number, is_atom, is_list, is_tuple, is_map, is_binary, is_pid, is_port,
                                  is_reference, is_function}), operand()};
        11 -> one_of({{is_map_key, operand(), operand()}, {is_record, operand(), a}, {is_record, operand(), a, 2}, {is_record, '$_', {const, k}, below(4)}});
        _ -> guard(0)
    end.

operand() ->
    case below(10) of
        0 -> '$_';
        1 -> '$$';
        2 -> term(1);
        3 -> {const, term(1)};
        4 -> {{variable(), below(3)}};
        5 -> below(20);
        _ -> variable()
    end.

expression(0) -> operand();
expression(Depth) ->
    case below(26) of
        N when N < 6 -> operand();
        N when N < 9 -> {one_of({'+', '-', '*', 'div', 'rem', '/'}), expression(Depth - 1), expression(Depth - 1)};
        9 -> {one_of({'band', 'bor', 'bxor', 'bsl', 'bsr'}), expression(Depth - 1), below(5)};
        10 -> {one_of({abs, round, trunc, float, 'bnot', '-', '+'}), expression(Depth - 1)};
        11 -> {element, below(4), operand()};
        12 -> {one_of({hd, tl, length, size, map_size, bit_size, byte_size}), operand()};
        13 -> {map_get, operand(), operand()};
        14 -> {one_of({node, self}), operand()};
        15 -> one_of({{node}, {is_pid, {self}}, {is_record, '$1'}, {binary_part, '$1', 0, 1}, {get_tcw}, {tuple_to_list, '$_'},
                      {foo, '$1'}, {}, {'$1'}, {1, 2}, {size}, {is_integer}, {const}, {const, 1, 2}, {'andalso'}, {'and'}, {'or'}, {'orelse'}, {'and', true},
                      {'orelse', '$1'}, {'andalso', true}, {is_map_key, '$1'}, {is_record, '$1'}, {is_record, '$1', '$2'}, {is_record, '$1', a, '$2'},
                      {return_trace}, {process_dump}, {enabled}, {message, '$1'}, {set_seq_token, a, 1}, {get_seq_token}, {is_seq_trace}, {exception_trace},
                      {caller}, {display, '$1'}, {enable_trace, a}, {trace, [], []}, {silent, true}, {set_tcw, 1}, {is_seq_trace, 1}});
        16 -> {{expression(Depth - 1), expression(Depth - 1)}};
        17 -> [expression(Depth - 1) | one_of({[], [operand()], operand()})];
        18 -> maps:from_list([{expression(Depth - 1), expression(Depth - 1)} || _ <- lists:seq(1, below(3))]);
        19 -> {{}};
        20 -> {const, '$_'};
        21 -> guard(Depth - 1);
        22 -> {one_of({'andalso', 'orelse'}), guard(0), expression(Depth - 1)};
        _ -> operand()
    end.

result(Depth) ->
    case below(10) of
        N when N < 2 -> '$_';
        2 -> '$$';
        3 -> {{expression(1), expression(1), expression(0)}};
        4 -> true;
        _ -> expression(Depth)
    end.

%% Something is wrong with a specification now and then.
shape(Spec) ->
    case below(60) of
        0 -> [];
        1 -> foo;
        2 -> [foo];
        3 -> Spec ++ foo;
        4 -> [{a, b}];
        5 -> [{'_', foo, ['$_']}];
        6 -> [{'_', [], []}];
        7 -> [{'_', [], foo}];
        8 -> [{'_', [], ['$_' | foo]}];
        9 -> [{foo, [], ['$_']}];
        10 -> [{[], [], ['$_']}];
        11 -> [{{'$1'}, [true | foo], ['$1']}];
        _ -> Spec
    end.

%% In an order that does not depend on the one in the list, 1 and 1.0 apart.
sorted(L) -> [X || {_, X} <- lists:keysort(1, [{erlang:phash2(X, 1 bsl 32), X} || X <- L])].
