%% atomics and counters: wrapping, bad references, indices and values, who may use them, and what is left of them.
-module(std_atomics).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    [atomics_of(S) || S <- [true, false]],
    bad(), counters_of(), shared(), left(),
    ok.

atomics_of(Signed) ->
    A = atomics:new(3, [{signed, Signed}]),
    Edges = [0, 1, -1, 16#7fffffffffffffff, 16#8000000000000000, 16#ffffffffffffffff, -16#8000000000000000, -16#8000000000000001, 16#10000000000000000, 1 bsl 59, -(1 bsl 59), (1 bsl 60) + 5],
    [?P({Signed, put, E, try atomics:put(A, 1, E), atomics:get(A, 1) catch error:R -> R end}) || E <- Edges],
    [?P({Signed, F, X, E, catch_one(fun() -> atomics:put(A, 2, X), R = atomics:F(A, 2, E), {R, atomics:get(A, 2)} end)})
        || F <- [add, sub, add_get, sub_get, exchange], X <- [0, 16#7fffffffffffffff], E <- Edges],
    [?P({Signed, compare_exchange, catch_one(fun() -> atomics:put(A, 3, 5), {atomics:compare_exchange(A, 3, E, D), atomics:get(A, 3)} end)}) || E <- [5, 6, -1, 1 bsl 64], D <- [7, -1, 1 bsl 64, 16#ffffffffffffffff]],
    #{size := 3, max := Max, min := Min, memory := M} = I = atomics:info(A),
    ?P({Signed, Max, Min, M > 0, lists:sort(maps:keys(I))}),
    ?P([atomics:get(A, 1 + N) || N <- [0]]).

bad() ->
    A = atomics:new(2, []), C = counters:new(2, []), R = make_ref(),
    [?P({F, X, catch_one(fun() -> apply(atomics, F, X) end)}) || {F, X} <- [{new, [0, []]}, {new, [-1, []]}, {new, [a, []]}, {new, [1.0, []]}, {new, [1, [x]]}, {new, [1, [{signed, maybe}]]}, {new, [1, [{signed, true} | x]]}, {new, [1 bsl 62, []]}, {new, [1 bsl 70, []]}, {new, [1, [{signed, true}, {signed, 1}]]}]],
    [?P({F, tl(X), catch_one(fun() -> apply(atomics, F, X) end)}) || F <- [add, sub, add_get, sub_get, exchange, put], X <- [[A, 0, 1], [A, 3, 1], [A, -1, 1], [A, 1 bsl 70, 1], [A, a, 1], [A, 1.0, 1], [A, 1, a], [A, 1, 1.0], [A, 1, []]]],
    [?P({F, catch_one(fun() -> apply(atomics, F, X) end)}) || {F, X} <- [{get, [A, 0]}, {get, [A, 3]}, {get, [A, a]}, {info, [x]}, {compare_exchange, [A, 0, 1, 1]}, {compare_exchange, [A, 1, a, 1]}, {compare_exchange, [A, 1, 1, a]}]],
    [?P({F, N, catch_one(fun() -> apply(atomics, F, [X | T]) end)}) || {N, X} <- [{ref, R}, {pid, self()}, {counters, C}, {atom, a}], {F, T} <- [{get, [1]}, {put, [1, 1]}, {add, [1, 1]}, {info, []}]],
    [?P({N, F, catch_one(fun() -> apply(counters, F, [X | T]) end)}) || {N, X} <- [{ref, R}, {atomics, A}, {atom, a}], {F, T} <- [{get, [1]}, {put, [1, 1]}, {add, [1, 1]}, {sub, [1, 1]}, {info, []}]],
    [?P({new, X, catch_one(fun() -> apply(counters, new, X) end)}) || X <- [[0, []], [a, []], [1, [x]], [1, x], [1 bsl 62, []], [1 bsl 70, []], [-1, [write_concurrency]]]],
    [?P({F, X, catch_one(fun() -> apply(counters, F, [C | X]) end)}) || {F, X} <- [{get, [0]}, {get, [3]}, {get, [a]}, {put, [0, 1]}, {put, [3, 1]}, {put, [1, a]}, {put, [1, 1 bsl 64]}, {add, [1, a]}, {add, [1, 1 bsl 65]}, {add, [3, 1]}, {sub, [1, a]}, {sub, [0, 1]}]].

counters_of() ->
    [begin
        C = counters:new(2, O),
        ?P({O, [catch_one(fun() -> R = apply(counters, F, [C, 1, X]), {F, X, R, counters:get(C, 1)} end) || F <- [put, add, sub], X <- [0, 5, -7, 16#7fffffffffffffff, -16#8000000000000000, 16#8000000000000000, 16#ffffffffffffffff, -16#8000000000000001]]}),
        #{size := N, memory := M} = I = counters:info(C),
        ?P({N, M > 0, lists:sort(maps:keys(I)), counters:get(C, 2)})
     end || O <- [[], [atomics], [write_concurrency]]].

%% One array in many processes, in tables, in messages and in the external format.
shared() ->
    A = atomics:new(2, []), C = counters:new(1, [write_concurrency]),
    Ps = [spawn_monitor(fun() -> [begin atomics:add(A, 1, 1), counters:add(C, 1, 2) end || _ <- lists:seq(1, 500)] end) || _ <- lists:seq(1, 8)],
    [receive {'DOWN', M, _, _, normal} -> ok end || {_, M} <- Ps],
    ?P({atomics:get(A, 1), counters:get(C, 1)}),
    T = ets:new(t, []), ets:insert(T, {a, A}), persistent_term:put(a, A),
    [{a, B}] = ets:lookup(T, a), D = persistent_term:get(a), E = binary_to_term(term_to_binary(A)),
    ?P({atomics:add_get(B, 1, 1), atomics:add_get(D, 1, 1), A =:= E}),
    self() ! {it, A}, erlang:garbage_collect(), receive {it, F} -> ?P(atomics:get(F, 1)) end,
    ets:delete(T), persistent_term:erase(a), ?P(atomics:get(A, 1)).

%% The memory goes with the last reference.
left() ->
    Work = fun() -> [begin A = atomics:new(20000, []), C = counters:new(20000, []), atomics:put(A, 1, 1), counters:put(C, 1, 1) end || _ <- lists:seq(1, 20)] end,
    Run = fun() -> {_, M} = spawn_monitor(Work), receive {'DOWN', M, _, _, normal} -> timer:sleep(20) end end,
    Run(), erlang:garbage_collect(), Before = erlang:memory(total),
    [Run() || _ <- lists:seq(1, 5)], erlang:garbage_collect(),
    ?P(erlang:memory(total) - Before < 1000000).

catch_one(F) -> try F() catch C:R -> {C, R} end.
