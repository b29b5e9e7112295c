%% Updates and reads by keys that the compiler knows: all sizes, one to five pairs, orders of keys, the same
%% values again, keys that are not there, what is no map, values from every place, while the heap is collected.
-module(maps_updates).
-export([start/0, new/2, one/2, two/3, three/4, five/2, some/2, add/2, reads/1, reads_many/1, whole/1]).

start() ->
    Sizes = [0, 1, 2, 3, 7, 15, 31, 32, 33, 34, 100],
    [erlang:display({N, sums(N, big(N))}) || N <- Sizes],
    erlang:display([fails(F, X) || F <- [one, two, three, five, some, add, reads, reads_many],
                                   X <- [atom, [], [a], {a, b}, 1, 1.5, <<1>>, self(), fun new/2, #{}, #{b => 1},
                                         #{c => 1}, #{z => 9, c => 4, b => 7, a => 1, $x => 2, [] => 3}]]),
    erlang:display(same(#{a => 1, b => 2, c => 3})),
    erlang:display(many(3000, #{a => 0, b => 0, c => [], 17 => {}}, [])),
    erlang:display(kept(2000, #{count => 0, last => none, all => []})),
    erlang:display([whole(M) || M <- [#{}, #{a => 1}, #{a => 1, b => 2}, none]]),
    ok.

big(N) -> maps:from_list([{K, K} || K <- lists:seq(1, N)] ++ [{a, 1}, {b, 2}, {c, 3}, {-5, x}, {[], y}]).

new(A, B) -> #{b => A, a => B, zero => 0, [] => nil, 5 => A, -7 => {A, B}, aa => B}.

one(M, V) -> M#{b := V}.
two(M, V, W) -> M#{c := W, a := V}.
three(M, U, V, W) -> M#{c := U, a := V, b := W}.
five(M, V) -> M#{[] := V, c := 1, -5 := "literal", b := [V], a := 2.5}.
some(M, V) -> M#{b => V, a => {V}}.
add(M, V) -> M#{aaa => V, b => 1, zzz => V, 1000 => V}.

reads(#{b := B}) -> B;
reads(#{c := _}) -> only_c;
reads(#{}) -> map;
reads(_) -> other.

reads_many(#{c := C, a := A, b := B, [] := N}) -> {A, B, C, N};
reads_many(#{b := B, a := A}) -> {A, B};
reads_many(#{a := A}) -> {A};
reads_many(M) when is_map_key(c, M) -> only_c;
reads_many(_) -> other.

sums(N, M) ->
    {map_size(M), reads(M), reads_many(M), maps:get(b, one(M, {N})), reads_many(two(M, 5, N)),
     reads_many(three(M, N, [N], self() =:= self())), total(five(M, N)), total(some(M, 3)), total(add(M, 4)),
     total(new(N, 2)), M =:= one(one(M, x), 2)}.

total(M) -> {map_size(M), erlang:phash2(M), maps:get(b, M)}.

fails(F, X) ->
    try result(F, X)
    catch Class:Reason:Stack -> {Class, case Reason of {badmap, Y} when is_pid(Y); is_function(Y) -> badmap; _ -> Reason end,
                                 F =:= element(2, hd(Stack))}
    end.

result(one, X) -> one(X, 8);
result(two, X) -> two(X, 8, 9);
result(three, X) -> three(X, 8, 9, 10);
result(five, X) -> five(X, 8);
result(some, X) -> some(X, 8);
result(add, X) -> add(X, 8);
result(reads, X) -> reads(X);
result(reads_many, X) -> reads_many(X).

%% The very same values: the map stays as it is.
same(M) ->
    M = one(M, 2), M = two(M, 1, 3), M = three(M, 3, 1, 2), same.

%% Garbage and growth between the updates; maps in y registers.
many(0, M, Kept) -> {M#{c := length(Kept)}, erlang:phash2(Kept)};
many(N, M, Kept) ->
    #{a := A, b := B} = M,
    M1 = M#{b := A + N, a := B - N},
    M2 = M1#{c := [N | lists:sublist(maps:get(c, M1), 3)]},
    Junk = new(N, M2),
    many(N - 1, M2#{17 := {N, maps:get(zero, Junk)}},
         case N rem 100 of 0 -> [Junk, M2 | Kept]; _ -> Kept end).

kept(0, #{count := C, last := L, all := A}) -> {C, L, erlang:phash2(A)};
kept(N, State) ->
    #{all := All} = State,
    Value = make_ref(),
    S = State#{count := maps:get(count, State) + 1, last := N, all := [is_reference(Value) | All]},
    kept(N - 1, if N band 1 =:= 0 -> S; true -> S#{last := N, all := tl(maps:get(all, S))} end).

whole(M = #{}) -> {map, M#{a => 1, b => 2}};
whole(_) -> none.
