%% group: sequential
%% sizes: 16 18 20, 22 23 24
%% Allocation: trees of tuples, some long-lived, many short-lived.
-module(binary_trees).
-export([start/0]).

start() ->
    Long = make(16),
    erlang:display({[work(D, 1 bsl (22 - D)) || D <- [4, 8, 12]], check(Long)}),
    ok.

work(Depth, N) -> work(Depth, N, 0).
work(_, 0, Sum) -> Sum;
work(Depth, N, Sum) -> work(Depth, N - 1, Sum + check(make(Depth))).

make(0) -> {nil, nil};
make(D) -> {make(D - 1), make(D - 1)}.

check({nil, nil}) -> 1;
check({L, R}) -> 1 + check(L) + check(R).
