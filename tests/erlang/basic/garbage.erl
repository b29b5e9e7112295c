%% Collection under way: large live data, shared terms, binaries, funs and big integers survive it intact.
-module(garbage).
-export([start/0]).

start() ->
    Tree = tree(14),
    erlang:display(leaves(Tree)),
    churn(200),
    erlang:display(leaves(Tree)),
    erlang:display(keep(1000, [])),
    B = binaries(500, []),
    churn(100),
    erlang:display(bytes(B, 0)),
    Funs = [fun(X) -> {X, I, [I, I]} end || I <- seq(100)],
    churn(100),
    erlang:display(calls(Funs, 0)),
    erlang:garbage_collect(),
    erlang:display({leaves(Tree), bytes(B, 0), calls(Funs, 0)}),
    erlang:display(bigs(200, 1) rem 1000000007),
    put(kept, Tree),
    erlang:garbage_collect(),
    erlang:display(leaves(get(kept))),
    Me = self(),
    Pid = spawn(fun() -> receive {tree, T} -> churn(50), Me ! {leaves(T), T =:= Tree} end end),
    Pid ! {tree, Tree},
    erlang:display(receive R -> R end),
    erlang:display(erlang:garbage_collect(Pid)),
    Share = share(20, [x]),
    erlang:garbage_collect(),
    erlang:display(depth(Share)),
    ok.

tree(0) -> leaf;
tree(N) -> {N, tree(N - 1), tree(N - 1)}.

leaves(leaf) -> 1;
leaves({_, L, R}) -> leaves(L) + leaves(R).

churn(0) -> ok;
churn(N) -> tree(8), churn(N - 1).

keep(0, L) -> length(L);
keep(N, L) -> keep(N - 1, [{N, float(N), <<N:64>>, #{n => N}, N bsl 80} | L]).

binaries(0, L) -> L;
binaries(N, L) ->
    B = <<N:800, 0:1000>>,
    <<_:96/binary, Part/binary>> = B,
    binaries(N - 1, [Part, B | L]).

bytes([], Sum) -> Sum;
bytes([B | T], Sum) -> bytes(T, Sum + erlang:crc32(B)).

calls([], Sum) -> Sum;
calls([F | T], Sum) ->
    {1, I, [I, I]} = F(1),
    calls(T, Sum + I).

bigs(0, Acc) -> Acc;
bigs(N, Acc) -> bigs(N - 1, Acc * (N + (1 bsl 40))).

%% 2^20 paths, 20 cells.
share(0, T) -> T;
share(N, T) -> share(N - 1, [T | T]).

depth([x]) -> 0;
depth([H | _]) -> 1 + depth(H).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].
