%% Match specifications: every guard, bodies, errors in their order, chunks, what fun2ms makes.
-module(ets_match_specs).
-export([start/0]).
-include("../support/show.hrl").
-include_lib("stdlib/include/ms_transform.hrl").

test(Object, Guards, Body) -> ets:test_ms(Object, [{'$1', Guards, Body}]).

start() ->
    Guards = [{is_atom, a}, {is_float, 1.0}, {is_integer, 1}, {is_list, []}, {is_number, 2}, {is_tuple, '$1'}, {is_map, #{}}, {is_binary, <<1>>},
              {is_function, a}, {is_record, {{r, 1}}, r, 2}, {is_record, '$1', a, 2}, {is_map_key, a, #{a => 1}}, {'not', false}, {'xor', true, false},
              {'and', true, true, true}, {'or', false, true}, {'andalso', true, true}, {'orelse', false, false, true}, {'==', 1, 1.0}, {'=:=', 1, 1.0},
              {'/=', 1, 1.0}, {'=/=', 1, 1.0}, {'<', 1, a}, {'>=', b, a}, {'andalso', true, x}, {'orelse', true, x}, {'andalso', x, true}, {'and', true, x},
              {hd, []}, {is_pid, {self}}, {'=:=', {node}, {node, {self}}}, {is_reference, x}, {is_port, x}, {'>', {size, '$1'}, 1}, '$1', 1, true, {const, true}],
    [io:format("~0p: ~0p ~0p~n", [G, test({a, 1}, [G], [yes]), test({a, 1}, [], [G])]) || G <- Guards],
    Bodies = [{abs, -3}, {element, 1, '$1'}, {element, 9, '$1'}, {hd, {const, [1, 2]}}, {tl, {const, [1, 2]}}, {length, {const, [1, 2]}}, {length, x}, {round, 1.6}, {trunc, 1.6},
              {float, 1}, {'+', 1, 2}, {'-', 1, 2}, {'*', 3, 4}, {'/', 6, 4}, {'div', 7, 2}, {'rem', 7, 2}, {'div', 1, 0}, {'-', 5}, {'+', 5}, {'band', 6, 3}, {'bor', 6, 3},
              {'bxor', 6, 3}, {'bsl', 1, 70}, {'bsr', 256, 4}, {'bnot', 5}, {map_size, #{a => 1}}, {map_get, a, #{a => '$1'}}, {map_get, b, #{a => 1}}, {bit_size, <<1:3>>},
              {byte_size, <<1:9>>}, {binary_part, <<"abc">>, 1, 1}, {binary_part, <<"abc">>, {{0, 2}}}, {size, <<"abc">>}, {{}}, {{1, {{2}}, [3, '$1' | 4]}}, #{a => '$1', '$1' => {const, '$1'}},
              '$_', '$$', '_', {const, {a, '$1'}}, [{hd, x}, '$1'], [], "text", 1.5, <<"b">>, {'+', {hd, x}, 1}],
    [io:format("~0p: ~0p~n", [B, test({a, 1}, [], [B])]) || B <- Bodies],
    Wrong = [[], foo, [a], [{a}], [{'_', [], []}], [{'_', x, [a]}], [{'_', [a | b], [a]}], [{'_', [], [a | b]}], [{'_', [{foo}], [{bar, 1}, {}]}], [{'_', [], ['$1']}],
             [{{'$1', #{'$2' => 1}}, [], ['$9']}], [{#{'_' => 1}, [], ['$9']}], [{'_', [], [{a, {1, 2}}, {1, 2}, {{'$5', '$6'}}]}], [{'_', [{'and'}, {'or'}, {'andalso'}, {'orelse'}, {const}], [1]}],
             [{'_', [{message, 1}, {display, 1}], [{return_trace}, {caller}, {silent, true}, {trace, [], []}]}], [{'_', [{get_tcw}], [{set_tcw, 1}]}], [{'_', [{self, 1}], [{is_record, a, b}]}],
             [{'_', [], [{lists, reverse, 1, 2, 3}]}], [{'_', [], ['$200', '$3']}], [{'_', [{foo, {bar}}], [1]}, {'_', [], ['$1']}]],
    [io:format("~0p: ~0p~n", [W, catch ets:test_ms({1, 2}, W)]) || W <- Wrong],
    ?P(ets:test_ms(x, [{'_', [], [a]}])),
    ?P(ets:test_ms({}, [{{}, [], [empty]}])),
    ?P(ets:test_ms({1, 2, 1}, [{{'$1', '$2', '$1'}, [], ['$$']}, {'_', [], [other]}])),
    ?P(ets:test_ms({1, 2, 1.0}, [{{'$1', '$2', '$1'}, [], ['$$']}, {'_', [], [other]}])),
    ?P(ets:test_ms({3, 2, 1}, [{{'$30', '$2', '$100'}, [], ['$$']}])),
    ?P(ets:test_ms({0.0}, [{{-0.0}, [], [same]}, {'_', [], [other]}])),
    ?P(ets:test_ms({#{a => 1, b => [1, 2]}}, [{{#{b => ['_' | '$1']}}, [], ['$1']}])),
    ?P(ets:match_spec_run([a, {b}, [c | d], 1.0], ets:match_spec_compile([{'$1', [], [{{'$1', '$_'}}]}]))),
    ?P(ets:match_spec_run([[1, 2], [3 | 4], []], ets:match_spec_compile([{['$1' | '$2'], [], [{{'$2', '$1'}}]}]))),
    ?P(ets:fun2ms(fun({A, B}) when A > B, is_integer(A) -> [A, {B}, #{x => A}] end)),
    ?P(ets:is_compiled_ms(ets:match_spec_compile([{'_', [], [1]}]))),
    long(),
    tables(),
    ok.

%% Lists and tuples longer than any table inside, nested deeper than any stack.
long() ->
    Many = lists:seq(1, 3000),
    ?P({ok, ok, ok} =:= list_to_tuple([element(1, ets:test_ms({1}, [{{'$1'}, [list_to_tuple([Op | [{is_integer, '$1'} || _ <- Many]])], ['$1']}])) || Op <- ['andalso', 'and', 'or']])),
    ?P(ets:test_ms({1}, [{{'$1'}, [], [['$1' | Many]]}]) =:= {ok, [1 | Many]}),
    ?P(ets:test_ms({Many}, [{{['$1', '$2' | '_']}, [], ['$$']}])),
    Deep = lists:foldl(fun(_, T) -> {{T}} end, '$1', lists:seq(1, 500)),
    {ok, Made} = ets:test_ms({x}, [{{'$1'}, [], [Deep]}]),
    ?P(erts_debug:flat_size(Made)),
    ?P(ets:test_ms({list_to_tuple(Many)}, [{{list_to_tuple(['$1' | tl(Many)])}, [], ['$1']}])).

tables() ->
    T = ets:new(t, [ordered_set]),
    ets:insert(T, [{{A, B}, A * B} || A <- lists:seq(1, 9), B <- lists:seq(1, 9)]),
    ?P(ets:select(T, [{{{3, '$1'}, '$2'}, [], [{{'$1', '$2'}}]}])),
    ?P(ets:select_reverse(T, [{{{3, '$1'}, '_'}, [], ['$1']}])),
    ?P(ets:select(T, [{{{7, '$1'}, '_'}, [], [{{7, '$1'}}]}, {{{2, '$1'}, '_'}, [], [{{2, '$1'}}]}])),
    ?P(ets:select(T, [{{{9.0, '$1'}, '_'}, [], ['$1']}, {{{8, 8}, '_'}, [], [x]}, {{{1, 1}, '_'}, [], [y]}])),
    ?P(element(1, ets:select(T, [{{{3, '$1'}, '_'}, [], ['$1']}], 4))),
    ?P(begin {L1, C1} = ets:select(T, [{{{3, '$1'}, '_'}, [], ['$1']}], 4), {L2, C2} = ets:select(C1), {L1, L2, ets:select(C2)} end),
    ?P(begin {L1, C1} = ets:select_reverse(T, [{{{3, '$1'}, '_'}, [], ['$1']}], 9), {L1, ets:select_reverse(C1)} end),
    ?P(ets:select(T, [{{{3, 3}, '$1'}, [], ['$1']}], 1)),
    ?P(ets:select_count(T, [{{{5, '_'}, '_'}, [], [true]}])),
    ?P(ets:select_replace(T, [{{{5, '$1'}, '$2'}, [{'>', '$1', 5}], [{{{{5, '$1'}}, {'-', '$2'}}}]}])),
    ?P(ets:select_delete(T, [{{{4, '_'}, '_'}, [], [true]}, {{{6, 1}, '_'}, [], [true]}])),
    ?P(ets:match(T, {{5, '$2'}, '$1'})),
    ?P(ets:info(T, size)),
    C = ets:repair_continuation(element(2, ets:select(T, [{'_', [], ['$_']}], 2)), [{'_', [], ['$_']}]),
    ?P(ets:select(C)).
