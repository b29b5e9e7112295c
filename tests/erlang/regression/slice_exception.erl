%% A native that fails in a later slice is the first of the stack trace, with its arguments, whatever
%% failed before it; and a native whose process has no free word still gives up its slice.
-module(slice_exception).
-export([start/0]).

start() ->
    List = lists:seq(1, 100000),
    [io:format("~p~n", [failure(fun() -> apply(M, F, A) end)])
     || {M, F, A} <- [{erlang, atom_to_list, [1]}, {maps, from_list, [[{I, I} || I <- List] ++ [x]]},
                      {lists, member, [x, List ++ tail]}, {erlang, '++', [List ++ tail, []]},
                      {erlang, list_to_binary, [[<<"abc">> || _ <- List] ++ [x]]},
                      {erlang, iolist_to_iovec, [[[255] || _ <- List] ++ [256]]}]],
    [io:format("~p~n", [full(Words)]) || Words <- [0, 1, 2, 3]],
    ok.

failure(Fun) ->
    try Fun() catch Class:Reason:Stack -> {M, F, A, _} = hd(Stack), {Class, Reason, M, F, length(A)} end.

%% Fills the heap to a few words before its end by small lists, then calls: others must run meanwhile.
full(Words) ->
    Map = maps:from_list([{I, I} || I <- lists:seq(1, 150000)]),
    Counter = counters:new(1, []),
    Others = [spawn(fun() -> tick(Counter) end) || _ <- lists:seq(1, tickers())],
    erlang:yield(),
    {_, Before} = {lists:seq(1, Words), counters:get(Counter, 1)},
    Pairs = maps:to_list(Map),
    After = counters:get(Counter, 1),
    [exit(Other, kill) || Other <- Others],
    {length(Pairs), After > Before}.

%% With more schedulers the system may let another one stand still meanwhile: each has some in its queue.
tickers() ->
    case erlang:system_info(schedulers) of 1 -> 1; N -> 3 * N end.

tick(Counter) -> counters:add(Counter, 1, 1), erlang:yield(), tick(Counter).
