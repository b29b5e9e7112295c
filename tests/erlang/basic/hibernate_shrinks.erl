%% A process that hibernates keeps no more than what lives, below its min_heap_size, too.
-module(hibernate_shrinks).
-export([start/0, sleep/1, woken/1]).

start() ->
    [show(Options, Keep) || Options <- [[], [{min_heap_size, 5000}], [{fullsweep_after, 0}]], Keep <- [0, 500]],
    ok.

show(Options, Keep) ->
    {P, M} = spawn_opt(?MODULE, sleep, [Keep], [monitor | Options]),
    wait(P),
    {_, Words} = process_info(P, total_heap_size),
    erlang:display({Words < 2 * Keep + 30, Words >= 2 * Keep}),
    P ! {go, self()},
    receive {sum, Sum} -> erlang:display(Sum) end,
    receive {'DOWN', M, _, _, Why} -> erlang:display(Why) end.

wait(P) ->
    case process_info(P, current_function) of
        {_, {erlang, hibernate, 3}} -> ok;
        _ -> erlang:yield(), wait(P)
    end.

sleep(Keep) ->
    _ = length(lists_seq(20000)),
    erlang:hibernate(?MODULE, woken, [lists_seq(Keep)]).

woken(L) ->
    receive {go, From} -> From ! {sum, sum(L, 0) + length(lists_seq(3000))} end.

lists_seq(0) -> [];
lists_seq(N) -> [N | lists_seq(N - 1)].

sum([], S) -> S;
sum([X | L], S) -> sum(L, S + X).
