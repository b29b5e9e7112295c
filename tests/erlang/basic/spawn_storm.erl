%% Thousands of processes, a ring, a tree, fairness of the scheduler.
-module(spawn_storm).
-export([start/0]).

start() ->
    erlang:display(storm(5000)),
    erlang:display(ring(100, 50)),
    erlang:display(tree(10)),
    erlang:display(fair()),
    erlang:display(ping(5000)),
    ok.

storm(N) ->
    Me = self(),
    Pids = [spawn(fun() -> receive go -> Me ! {I, fib(I rem 10)} end end) || I <- seq(N)],
    [P ! go || P <- Pids],
    sum([receive {I, V} -> V end || I <- seq(N)]).

ring(N, Rounds) ->
    Me = self(),
    First = link_up(N, Me),
    First ! {token, Rounds * N, 0},
    receive {token, _, Hops} -> pass(First, Rounds - 1, Hops) end.

pass(First, 0, Hops) -> First ! stop, receive stop -> Hops end;
pass(First, Rounds, Hops) ->
    First ! {token, 0, Hops},
    receive {token, _, H} -> pass(First, Rounds - 1, H) end.

link_up(0, Next) -> Next;
link_up(N, Next) -> link_up(N - 1, spawn(fun() -> forward(Next) end)).

forward(Next) ->
    receive
        {token, A, Hops} -> Next ! {token, A, Hops + 1}, forward(Next);
        stop -> Next ! stop
    end.

tree(0) -> 1;
tree(N) ->
    Me = self(),
    [spawn(fun() -> Me ! {self(), tree(N - 1)} end) || _ <- [l, r]],
    receive {_, A} -> receive {_, B} -> A + B end end.

%% A busy process must not keep another from running.
fair() ->
    Me = self(),
    Busy = spawn(fun Loop() -> Loop() end),
    spawn(fun() -> Me ! ran end),
    R = receive ran -> ran after 5000 -> starved end,
    exit(Busy, kill),
    R.

ping(N) ->
    Pid = spawn(fun Loop() -> receive {P, X} -> P ! X, Loop(); stop -> ok end end),
    ping(Pid, N, 0).

ping(Pid, 0, Acc) -> Pid ! stop, Acc;
ping(Pid, N, Acc) -> Pid ! {self(), N}, receive X -> ping(Pid, N - 1, Acc + X) end.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

sum([]) -> 0;
sum([H | T]) -> H + sum(T).
