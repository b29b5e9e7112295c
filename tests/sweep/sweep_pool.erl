%% The terms that natives are called with: named, fixed ones by class, and seeded random ones.
-module(sweep_pool).
-export([pool/1, draw/3, seed/1, parked/0, tables/1]).

%% [{Name, Term}] of a class; `any` is all of them. Pid is a process that lives on.
pool(Pid) ->
    make_atoms(),
    Classes = [{int, ints()}, {float, floats()}, {atom, atoms()}, {list, plain_lists()}, {tuple, tuples()},
               {map, maps()}, {bin, binaries()}, {str, strings()}, {iolist, iolists()}, {fn, funs()}, {pid, pids(Pid)},
               {ref, refs()}, {opts, options()}, {etf, etf()}, {small, small()}, {time, times()}, {encoding, encodings()}, {packet, packets()}],
    Named = [{C, named(C, 1, Ts)} || {C, Ts} <- Classes],
    Map = maps:from_list(Named ++ [{C, named(C, 1, Ts)} || {C, Ts} <- ets_classes()]),
    Any = lists:append([Ts || {C, Ts} <- Named, C =/= small, C =/= time, C =/= packet]),
    Map#{any => Any, num => maps:get(int, Map) ++ maps:get(float, Map)}.

%% Which atoms exist otherwise depends on what a machine has loaded.
make_atoms() ->
    _ = [list_to_atom([C]) || C <- lists:seq(0, 255)],
    _ = [try binary_to_atom(B) catch error:_ -> none end || B <- binaries() ++ etf()],
    [list_to_atom(S) || S <- strings(), lists:all(fun(C) -> C < 55296 orelse C > 57343 end, S)].

named(_, _, []) -> [];
named(Class, N, [T | Ts]) -> [{atom_to_list(Class) ++ integer_to_list(N), T} | named(Class, N + 1, Ts)].

ints() ->
    [0, 1, -1, 2, 3, 7, 8, 10, 16, 36, 63, 64, 255, 256, 1000, 55296, 65536, 1114111, 1114112,
     134217727, 134217728, -134217728, -134217729, 2147483647, 2147483648, -2147483648, 4294967295, 4294967296,
     288230376151711743, 576460752303423487, 576460752303423488, -576460752303423488, -576460752303423489,
     1152921504606846975, 1152921504606846976, -1152921504606846976, 9007199254740993,
     9223372036854775807, 9223372036854775808, -9223372036854775808, 18446744073709551615, 18446744073709551616,
     1 bsl 70, -(1 bsl 70), 1 bsl 128 - 1, -(1 bsl 100) + 1, 1 bsl 300, (1 bsl 1024) - 1, 1 bsl 1024, -(1 bsl 1030)].

floats() ->
    [0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 2.5, 0.1, 3.0, 1.0e10, 123456789.123, 9007199254740992.0, 9223372036854775808.0,
     -9223372036854775808.0, 1.0e22, 1.0e300, -1.0e300, 1.7976931348623157e308, 2.2250738585072014e-308, 5.0e-324, 0.7, 3.141592653589793].

atoms() ->
    [a, b, true, false, undefined, '', 'é', '日本', 'with space', erlang, lists, abs, reverse, module, name, arity, env, type, exports,
     error, exit, throw, normal, nonode@nohost, short, little, big, flush, ok, infinity].

plain_lists() ->
    [[], [1], [1, 2, 3], [a | b], [1, 2 | 3], [[1], [2, [3]]], [1.0], [{a, 1}, {b, 2}], [{a, 1}, {a, 2}, {b, 3}], [{1, 2, 3}, x, {3}],
     [a, b, a, 1, 1.0, "a"], nest(100, []), lists:seq(1, 1000), [[] | []], [{a, 1} | b], [erlang, abs], [1 bsl 70, 5], [a, [b | c]]].

nest(0, L) -> L;
nest(N, L) -> nest(N - 1, [L]).

strings() ->
    ["hello", "12", "-7", "+7", "00012", "1.5", "-0.0", "1.0e10", "1.0e999", "1e5", "ff", "FF", "zz", "", "12a", " 1", "<0.1.0>", "#Ref<0.1.2.3>",
     "#Port<0.1>", "abc def", [233], [26085, 26412], [128512], [55296], [255, 254], "true", "123456789012345678901234567890", "999999999999999999999.5"].

iolists() ->
    [[<<"ab">>, [99 | <<"d">>]], ["ab" | <<"cd">>], [255, [256]], [-1], [[], [[]], <<>>], [<<1:1>>], [<<3:4>>, <<9:4>>], ["hello", $\s, <<"world">>, [["!"]]],
     [lists:duplicate(100, <<"xyz">>)], [<<"é"/utf8>>, 233], [226, <<130, 172>>], ["a", b], [1, 2, 3.0]].

tuples() ->
    [{}, {a}, {1, 2}, {a, b, c}, {a, 1, "x"}, {0, 2}, {1, -1}, {2, 1}, {5, 5}, {ok, {1, 2}}, {r, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
     {b, 2}, {{a, 1}, [b]}, {erlang, abs}, list_to_tuple(lists:seq(1, 300)), {1 bsl 70, 1.5}].

times() ->
    [{{2020, 1, 31}, {12, 0, 0}}, {{1970, 1, 1}, {0, 0, 0}}, {{2024, 2, 29}, {23, 59, 59}}, {{2023, 2, 29}, {1, 1, 1}}, {{2023, 13, 1}, {0, 0, 0}},
     {{2023, 12, 0}, {0, 0, 0}}, {{1969, 12, 31}, {23, 59, 59}}, {{2100, 6, 15}, {24, 0, 0}}, {{2000, 6, 15}, {0, 60, 0}}, {{a, 1, 1}, {0, 0, 0}}, {{1, 1, 1}, {0, 0}}].

maps() ->
    [#{}, #{a => 1}, #{1 => a, 1.0 => b}, #{a => #{b => c}, "k" => [1]}, #{b => 2, a => 1, c => 3}, numbered(32), numbered(33), numbered(10000)].

numbered(N) -> maps:from_list([{K, K * K} || K <- lists:seq(1, N)]).

binaries() ->
    <<_:3, Unaligned:40/bits, _/bits>> = <<"unaligned">>,
    <<_:1, Odd:13/bits, _/bits>> = <<"odd bits">>,
    <<_:2/binary, Part:9/binary, _/binary>> = <<"a part of a longer binary">>,
    [<<>>, <<1>>, <<"hello">>, <<"l">>, <<"lo">>, <<"a,b,,c">>, <<",">>, <<"12">>, <<"-7">>, <<"1.5">>, <<"1.0e10">>, <<"ff">>, <<"12a">>, <<255, 254>>,
     <<"é€😀"/utf8>>, <<226, 130>>, <<192, 128>>, <<237, 160, 128>>, <<1:1>>, <<5:3>>, <<0:1>>, <<255, 3:2>>, Unaligned, Odd, Part, <<0:520>>,
     <<"hello hello hello">>, binary:copy(<<"abc">>, 100), <<0, 0, 0, 1>>, <<128, 0, 0, 0, 0, 0, 0, 0, 0>>, <<"true">>, <<"é"/utf8>>, <<"GET / HTTP/1.1\r\nHost: x\r\n\r\n">>,
     <<0, 3, "abcd">>, <<"line\nnext">>].

funs() ->
    X = {captured, 1},
    [fun() -> X end, fun(A) -> A end, fun(A, B) -> {A, B, X} end, fun erlang:abs/1, fun lists:reverse/1, fun no_such:function/3].

pids(Pid) -> [Pid, binary_to_term(<<131, 88, 119, 5, "x@y.z", 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9>>)].

refs() -> [make_ref(), binary_to_term(<<131, 90, 0, 2, 119, 5, "x@y.z", 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2>>),
           binary_to_term(<<131, 89, 119, 5, "x@y.z", 0, 0, 0, 7, 0, 0, 0, 1>>)].

encodings() -> [latin1, utf8, unicode, {utf16, little}, {utf16, big}, utf16, utf32, {utf32, little}, x].

packets() ->
    [raw, 0, 1, 2, 4, asn1, sunrm, cdr, fcgi, tpkt, line, http, httph, http_bin, httph_bin, 3, x].

options() ->
    [[], [short], [{decimals, 2}], [{decimals, 2}, compact], [{decimals, 0}], [{decimals, 253}], [{decimals, 254}], [{scientific, 3}], [{scientific, 0}], [{scientific, 250}], [compact],
     [global], [trim], [trim_all, global], [{scope, {0, 2}}], [{scope, {5, -3}}], [safe], [used], [{minor_version, 0}], [{minor_version, 1}], [{minor_version, 2}],
     [monotonic], [positive], [monotonic, positive], [flush], [info], [deterministic], [x], [flush | info], [{packet_size, 4}], [{line_length, 3}]].

small() -> lists:seq(-2, 40).

etf() ->
    [<<131>>, <<131, 97, 7>>, <<131, 98, 255, 255, 255, 255>>, <<131, 99, "1.50000000000000000000e+00", 0, 0, 0, 0, 0>>, <<131, 70, 63, 248, 0, 0, 0, 0, 0, 0>>,
     <<131, 70, 127, 240, 0, 0, 0, 0, 0, 0>>, <<131, 100, 0, 1, 97>>, <<131, 119, 2, 195, 169>>, <<131, 119, 1, 233>>, <<131, 115, 1, 97>>, <<131, 118, 0, 1, 97>>,
     <<131, 104, 0>>, <<131, 104, 2, 97, 1, 97, 2>>, <<131, 105, 0, 0, 0, 1, 97, 1>>, <<131, 106>>, <<131, 107, 0, 3, "abc">>, <<131, 108, 0, 0, 0, 1, 97, 1, 106>>,
     <<131, 108, 0, 0, 0, 1, 97, 1, 97, 2>>, <<131, 109, 0, 0, 0, 2, 1, 2>>, <<131, 77, 0, 0, 0, 1, 3, 160>>, <<131, 77, 0, 0, 0, 1, 9, 1>>, <<131, 77, 0, 0, 0, 0, 3>>,
     <<131, 110, 8, 0, 255, 255, 255, 255, 255, 255, 255, 127>>, <<131, 110, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1>>, <<131, 110, 1, 0, 5>>, <<131, 110, 0, 0>>, <<131, 110, 2, 0, 1, 0>>,
     <<131, 111, 0, 0, 0, 3, 0, 1, 2, 3>>, <<131, 116, 0, 0, 0, 1, 97, 1, 97, 2>>, <<131, 116, 0, 0, 0, 2, 97, 1, 97, 2, 97, 1, 97, 3>>, <<131, 113, 119, 6, "erlang", 119, 3, "abs", 97, 1>>,
     <<131, 88, 119, 5, "x@y.z", 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9>>, <<131, 90, 0, 1, 119, 5, "x@y.z", 0, 0, 0, 3, 0, 0, 0, 1>>, <<131, 103, 119, 5, "x@y.z", 0, 0, 0, 7, 0, 0, 0, 1, 2>>,
     <<131, 108, 255, 255, 255, 255, 97, 1>>, <<131, 109, 255, 255, 255, 255, 1>>, <<131, 104, 3, 97, 1>>, <<131, 97, 1, 97, 2>>, <<130, 97, 1>>, <<131, 200, 1>>, <<131, 116, 255, 255, 255, 255>>,
     <<131, 108, 0, 0, 0, 2, 104, 2, 119, 1, 97, 107, 0, 2, 1, 2, 109, 0, 0, 0, 3, 1, 2, 3, 116, 0, 0, 0, 1, 119, 1, 98, 70, 191, 248, 0, 0, 0, 0, 0, 0>>].

parked() -> receive stop -> ok end.

%% ---- tables ----

%% Drawn only where they are asked for.
ets_classes() ->
    [{table, [sweep_set, sweep_tree, sweep_bag, sweep_many, sweep_second, sweep_protected, sweep_private, sweep_none]},
     {key, [1, 1.0, 2, a, k, "b", 3, x, {1, 2}]},
     {object, [{1, 2}, {1, 10}, {a, 5, b}, {2}, {k, 1, 2, 3}, {1.0, x}, {"b", <<"x">>}, {}, [{1, 2}, {3, 4}], [{7, 7}, {8, x}], [{1, 2}, {}], [{1, 2} | x], [], x]},
     {pattern, ['_', '$1', {'$1', '$2'}, {'_', 5, '_'}, {1, '_'}, {'$1', '$1'}, {'$1', '_', '$2'}, {k, '$1'}, {'$1'}, {1, 10}, [], x, {'$100000000', '$1'}]},
     {spec, [[{'_', [], ['$_']}], [{{'$1', '$2'}, [{'>', '$2', 5}], ['$$']}], [{{1, '$1'}, [], ['$1']}], [{'_', [], [true]}], [{{'$1', '_'}, [], [{{'$1', x}}]}],
             [{{'$1', '_'}, [], [true]}, {{'$1', '_', '_'}, [], [false]}], [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}], [{{1, '_'}, [], [{{{const, 1}, z}}]}],
             [{'_', [foo], ['$_']}], [{'_', [], []}], [{'_', [{foo, '$1'}], ['$_']}], [{x, [], ['$_']}], [], x, [x], [{'_', [], ['$_']} | x],
             [{{'$1', '$2'}, [{is_integer, '$2'}], [{'+', '$2', 1}]}]]},
     {limit, [1, 2, 100, 0, -1, a, 1 bsl 70]},
     {change, [1, -3, {2, 1}, {3, 1}, {1, 1}, [{2, 1}, {2, -1}], {2, 1, 15, 0}, {2, -1, 0, 100}, {2, a}, 1 bsl 64, {2, 1 bsl 70}, [], {0, 1}, {-1, 1}, [{2, 5} | a], {2}, x, {a, 1}, [{2, 1}, {9, 1}]]},
     {place, [1, 2, 3, 0, -1, a, 1 bsl 70]},
     {table_options, [[], [set], [ordered_set, named_table], [bag, public], [duplicate_bag, {keypos, 2}], [private], [{heir, none}], [{heir, a, b}], [{heir, self(), b}],
                      [{write_concurrency, auto}], [{write_concurrency, x}], [{read_concurrency, true}], [{read_concurrency, auto}], [compressed], [{keypos, 0}], [{keypos, 1 bsl 70}],
                      [{keypos, a}], [x], [set | a], [{decentralized_counters, true}], [{decentralized_counters, x}], [protected, named_table], x]},
     {table_change, [{protection, private}, {protection, public}, {heir, none}, [{protection, protected}], [{heir, none}, {protection, public}], {heir, a, b}, {heir, self(), b},
                     {heir, self()}, x, [], [x], [{heir, none} | x], {protection, x}, {keypos, 2}]},
     {item, [size, type, keypos, protection, named_table, name, node, compressed, fixed, read_concurrency, write_concurrency, decentralized_counters, heir, owner,
             id, safe_fixed, safe_fixed_monotonic_time, x, {a}]},
     {table_name, [sweep_new, sweep_set, sweep_tree, "no", undefined]}].

%% As they are before each call; what others have got stays with them.
tables(Parked) ->
    [begin
         catch ets:delete(Name),
         ets:info(Name, size) =:= undefined andalso filled(Name, Options, Parked)
     end || {Name, Options} <- [{sweep_set, [set]}, {sweep_tree, [ordered_set]}, {sweep_bag, [bag]}, {sweep_many, [duplicate_bag]},
                                {sweep_second, [ordered_set, {keypos, 2}, public]}, {sweep_protected, [set]}, {sweep_private, [set, private]}]],
    [try ets:delete(Name) catch error:_ -> ok end || Name <- [sweep_new]],
    ok.

filled(Name, Options, Parked) ->
    ets:new(Name, [named_table | Options]),
    [ets:insert(Name, O) || O <- [{1, 10}, {2, 20}, {a, 5, b}, {k, 0}, {"b", <<"x">>}, {1.0, 7}, {1, 11}, {1, 10.0}, {k, 0}]],
    lists:member(Name, [sweep_protected, sweep_private]) andalso ets:give_away(Name, Parked, x),
    ok.

%% ---- drawing ----

seed(N) -> (N * 2654435761 + 12345) band 16#FFFFFFFF.

next(Seed) ->
    S1 = Seed bxor ((Seed bsl 13) band 16#FFFFFFFF),
    S2 = S1 bxor (S1 bsr 17),
    S3 = (S2 bxor ((S2 bsl 5) band 16#FFFFFFFF)) band 16#FFFFFFFF,
    case S3 of 0 -> 88172645; _ -> S3 end.

%% Gives {{Name, Term}, Seed}: three of four times of the class asked for, of any class otherwise.
draw(Class, Pool, Seed0) ->
    Seed1 = next(Seed0),
    Seed = next(Seed1),
    case Seed1 rem 8 of
        0 -> pick(maps:get(any, Pool), Seed);
        1 -> pick(maps:get(any, Pool), Seed);
        2 -> random(Class, Pool, Seed);
        3 -> random(Class, Pool, Seed);
        _ -> pick(maps:get(Class, Pool), Seed)
    end.

pick(List, Seed) -> {lists:nth(Seed rem length(List) + 1, List), Seed}.

random(int, _, Seed) -> integer(Seed);
random(num, Pool, Seed) ->
    case Seed rem 3 of
        0 -> float(Seed, Pool);
        _ -> integer(Seed)
    end;
random(float, Pool, Seed) -> float(Seed, Pool);
random(bin, _, Seed) -> bits(Seed);
random(etf, Pool, Seed) -> mutated(Pool, Seed);
random(list, _, Seed) -> list(Seed);
random(Class, Pool, Seed) -> pick(maps:get(Class, Pool), Seed).

integer(Seed0) ->
    Seed = next(Seed0),
    Width = Seed rem case Seed0 rem 4 of 0 -> 600; 1 -> 70; _ -> 130 end,
    {V, Last} = wide(Width, 0, Seed),
    Signed = case Last rem 2 of 0 -> V; 1 -> -V end,
    {{"int=" ++ integer_to_list(Signed), Signed}, Last}.

wide(Width, Acc, Seed) when Width =< 0 -> {Acc, Seed};
wide(Width, Acc, Seed0) ->
    Seed = next(Seed0),
    Bits = min(Width, 24),
    wide(Width - Bits, (Acc bsl Bits) bor (Seed band ((1 bsl Bits) - 1)), Seed).

float(Seed0, Pool) ->
    {{_, I}, S1} = integer(Seed0),
    {{_, P}, S2} = pick(maps:get(float, Pool), next(S1)),
    F = try I * P catch error:badarith -> P end,
    V = if F =:= 0.0 -> P + 0.25; true -> F end,
    <<B:64>> = <<V/float>>,
    {{"float=" ++ integer_to_list(B, 16), float(V)}, S2}.

bits(Seed0) ->
    {{_, I}, Seed} = integer(Seed0),
    Size = Seed rem 300,
    {{"bits=" ++ integer_to_list(I) ++ ":" ++ integer_to_list(Size), <<I:Size>>}, next(Seed)}.

list(Seed0) ->
    {L, Seed} = elements(Seed0 rem 12, next(Seed0), []),
    {{"list=" ++ lists:append([[$/ | N] || {N, _} <- L]), [T || {_, T} <- L]}, Seed}.

elements(0, Seed, L) -> {L, Seed};
elements(N, Seed, L) ->
    {E, S} = pick([{"0", 0}, {"1", 1}, {"1.0", 1.0}, {"a", a}, {"b", b}, {"a1", {a, 1}}, {"97", 97}, {"255", 255}, {"x", <<"x">>}, {"[]", []}, {"[1]", [1]}], next(Seed)),
    elements(N - 1, S, [E | L]).

%% One byte of a valid encoding changed.
mutated(Pool, Seed0) ->
    {{Name, B}, S1} = pick(maps:get(etf, Pool), Seed0),
    S2 = next(S1),
    S3 = next(S2),
    At = S2 rem byte_size(B),
    <<Before:At/binary, _, After/binary>> = B,
    Byte = S3 rem 256,
    {{Name ++ "@" ++ integer_to_list(At) ++ "=" ++ integer_to_list(Byte), <<Before/binary, Byte, After/binary>>}, S3}.
