%% Maps on both sides of 32 keys: growing, shrinking, equality whatever the way there, iteration covers all.
-module(maps_large).
-export([start/0, id/1]).

start() ->
    [erlang:display({N, check(N)}) || N <- [31, 32, 33, 34, 100, 1000, 10000]],
    Big = grow(#{}, 1, 1000),
    erlang:display({map_size(Big), map_get(500, Big), is_map_key(1001, Big), is_map_key(500.0, Big)}),
    erlang:display({c(fun() -> map_get(id(none), Big) end) =:= {error, {badkey, none}}, c(fun() -> Big#{none := 1} end) =:= {error, {badkey, none}}}),
    erlang:display(map_size(maps:merge(Big, grow(#{}, 500, 1500)))),
    erlang:display(map_get(600, maps:merge(Big, #{600 => other}))),
    erlang:display({Big =:= shrink(grow(Big, 1001, 1200), 1001, 1200), Big == Big#{1 := 1.0}, Big =:= Big#{1 := 1.0}}),
    erlang:display({shrink(Big, 3, 1000), map_size(shrink(Big, 1, 1000))}),
    erlang:display([erlang:phash2(M) || M <- [Big, grow(#{}, 1, 33), keyed()]]),
    erlang:display({Big < Big#{1001 => x}, Big < Big#{1 => 2}, grow(#{}, 1, 40) < grow(#{}, 2, 41)}),
    #{1 := One, 999 := X} = Big,
    erlang:display({One, X}),
    erlang:display(literal()),
    erlang:display(binary_to_term(term_to_binary(Big)) =:= Big),
    K = keyed(),
    erlang:display([map_get(Key, K) || Key <- ["s500", {500}, <<500:16>>, [500], 500.5, #{500 => 500}]]),
    erlang:display(iterate(Big)),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, badkey(Reason)} end.

badkey({badmap, _}) -> badmap;
badkey(Reason) -> Reason.

grow(M, From, To) when From > To -> M;
grow(M, From, To) -> grow(M#{From => From * 2}, From + 1, To).

shrink(M, From, To) when From > To -> M;
shrink(M, From, To) -> shrink(maps:remove(From, M), From + 1, To).

check(N) ->
    M = grow(#{}, 1, N),
    Back = backwards(#{}, N),
    L = maps:from_list([{K, K * 2} || K <- seq(N, 1, [])]),
    {map_size(M), M =:= Back, M =:= L, total(maps:keys(M)), total(maps:values(M)), all(M, N),
     shrink(M, 2, N), M =:= shrink(grow(M, N + 1, N + 50), N + 1, N + 50)}.

backwards(M, 0) -> M;
backwards(M, N) -> backwards(maps:put(N, N * 2, M), N - 1).

seq(N, N, Acc) -> [N | Acc];
seq(From, To, Acc) -> seq(From - 1, To, [From | Acc]).

total([]) -> 0;
total([H | T]) -> H + total(T).

all(_, 0) -> true;
all(M, N) -> map_get(N, M) =:= 2 * N andalso all(M, N - 1).

%% 3,000 keys of six types.
keyed() -> keyed(#{}, 500).
keyed(M, 0) -> M;
keyed(M, N) ->
    keyed(M#{"s" ++ integer_to_list(N) => N, {N} => N, <<N:16>> => N, [N] => N, N + 0.5 => N, #{N => N} => N}, N - 1).

literal() ->
    M = #{k01 => 1, k02 => 2, k03 => 3, k04 => 4, k05 => 5, k06 => 6, k07 => 7, k08 => 8, k09 => 9, k10 => 10, k11 => 11,
          k12 => 12, k13 => 13, k14 => 14, k15 => 15, k16 => 16, k17 => 17, k18 => 18, k19 => 19, k20 => 20, k21 => 21,
          k22 => 22, k23 => 23, k24 => 24, k25 => 25, k26 => 26, k27 => 27, k28 => 28, k29 => 29, k30 => 30, k31 => 31,
          k32 => 32, k33 => 33, k34 => 34},
    #{k34 := X, k01 := Y} = M,
    {map_size(M), X, Y, map_size(M#{k34 := 0}), map_size(M#{k35 => 0})}.

iterate(M) ->
    sum(maps:to_list(M), 0, 0).

sum([], N, Acc) -> {N, Acc};
sum([{K, V} | T], N, Acc) -> sum(T, N + 1, Acc + K * 3 + V).
