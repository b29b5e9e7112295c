-module(deep_recursion).
-export([start/0]).

start() ->
    erlang:display(sum(1000000)),
    L = build(300000),
    erlang:display(len(map(L))),
    erlang:display(tree(18)),
    ok.

sum(0) -> 0;
sum(N) -> N + sum(N - 1).

build(0) -> [];
build(N) -> [N | build(N - 1)].

map([]) -> [];
map([H | T]) -> [{H, H + 1} | map(T)].

len([]) -> 0;
len([_ | T]) -> 1 + len(T).

tree(0) -> 1;
tree(N) -> tree(N - 1) + tree(N - 1).
