%% Maps of up to 32 keys: literals, update, match, order of keys, natives and their errors.
-module(maps_small).
-export([start/0, id/1]).

start() ->
    M = id(#{a => 1, b => 2, "c" => 3, 4 => d, 5.0 => e}),
    erlang:display({M, map_size(M), map_get(b, M), is_map_key("c", M), is_map_key(5, M)}),
    erlang:display({M#{a := 10}, M#{new => 1}, M#{a => x, b => y, z => w}, #{}}),
    K = id(key),
    erlang:display({#{K => 1, {K, 2} => 3}, #{a => 1, a => 2}, #{1 => a, 1.0 => b}}),
    #{a := A, "c" := C} = M,
    erlang:display({A, C}),
    erlang:display([match(X) || X <- [#{}, #{type => 1}, #{type => a, v => 2}, #{type => b, v => 2}, a, #{v => 2}]]),
    erlang:display([c(fun() -> X#{a := 1} end) || X <- [#{}, #{a => 0}, a, []]]),
    erlang:display([c(fun() -> X#{a => 1} end) || X <- [#{}, #{a => 0}, a, []]]),
    erlang:display([c(fun() -> #{a := V} = id(X), V end) || X <- [#{}, #{a => 0}, a]]),
    erlang:display([c(fun() -> map_get(id(k), id(X)) end) || X <- [#{}, #{k => 0}, a]]),
    erlang:display([c(fun() -> is_map_key(id(k), id(X)) end) || X <- [#{}, #{k => 0}, a]]),
    erlang:display([c(fun() -> map_size(id(X)) end) || X <- [#{}, #{k => 0}, a]]),
    erlang:display({maps:get(a, M), maps:get(zz, M, none), maps:find(b, M), maps:find(zz, M), maps:keys(M), maps:values(M)}),
    erlang:display({maps:put(a, 0, M), maps:remove(a, M), maps:remove(zz, M) =:= M, maps:take(b, M), maps:take(zz, M)}),
    erlang:display({maps:merge(#{a => 1, b => 1}, id(#{b => 2, c => 2})), maps:from_list([{x, 1}, {y, 2}, {x, 3}]),
                    maps:from_keys([p, q, p], 0), maps:update(a, up, M)}),
    erlang:display([c(fun() -> maps:from_list(id(X)) end) || X <- [a, [a], [{a}], [{a, 1} | b], []]]),
    erlang:display([c(F) || F <- [fun() -> maps:get(zz, M) end, fun() -> maps:update(zz, 1, M) end, fun() -> maps:put(a, 1, id(x)) end,
                                  fun() -> maps:merge(M, id(x)) end, fun() -> maps:keys(id([])) end, fun() -> maps:get(a, id(x)) end,
                                  fun() -> maps:remove(a, id(x)) end, fun() -> maps:find(a, id(x)) end]]),
    erlang:display([#{a => 1} =:= id(#{a => 1}), #{a => 1} =:= id(#{a => 1.0}), #{a => 1} == id(#{a => 1.0}), #{1 => a} == id(#{1.0 => a}),
                    #{a => 1} < id(#{a => 2}), #{b => 1} < id(#{a => 1, c => 1}), #{a => 1, b => 2} > id(#{a => 1, c => 0})]),
    erlang:display([erlang:phash2(X) || X <- [#{}, #{a => 1}, M, #{1.0 => #{}}]]),
    erlang:display(grow(#{}, 32)),
    erlang:display(shared(M)),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

match(#{type := a, v := V}) -> {a, V};
match(#{type := b} = M) -> {b, map_size(M)};
match(#{type := T}) -> {type, T};
match(M) when is_map(M), map_size(M) =:= 0 -> empty;
match(#{}) -> any;
match(_) -> none.

grow(M, 0) -> M;
grow(M, N) -> grow(M#{N => N * N}, N - 1).

%% An update of values keeps the old map.
shared(M) ->
    M1 = M#{a := changed},
    M2 = M1#{b := also, a := twice},
    {map_get(a, M), map_get(a, M1), map_get(a, M2), map_get(b, M1), map_get(b, M2)}.
