%% Chunks of a table with many objects of one key: which results a chunk has and their order are OTP's.
-module(ets_chunks).
-export([start/0]).

start() ->
    [begin
         T = ets:new(t, [Type]),
         [ets:insert(T, {Key, X, Y}) || Key <- [1, two, 3.0], X <- lists:seq(1, 9), Y <- [a, b]],
         [io:format("~p ~p ~p~n", [Type, Limit, [chunks(ets:select(T, Spec, Limit)) || Spec <- specs()]])
          || Limit <- [1, 2, 3, 5, 17, 18, 19, 100]],
         io:format("~p~n", [[ets:select(T, Spec) || Spec <- specs()]]),
         io:format("~p ~p~n", [chunks(ets:match_object(T, {1, '_', a}, 4), fun ets:match_object/1),
                               chunks(ets:match(T, {two, '$1', '$2'}, 7), fun ets:match/1)]),
         io:format("~p~n", [chunks(ets:select_reverse(T, hd(specs()), 4), fun ets:select_reverse/1)])
     end || Type <- [bag, duplicate_bag, set, ordered_set]],
    ok.

specs() ->
    [[{{1, '$1', '$2'}, [], [{{'$1', '$2'}}]}],
     [{{1, '$1', b}, [{'>', '$1', 4}], ['$1']}],
     [{{two, '$1', '$2'}, [], ['$_']}, {{two, '_', a}, [], [a]}]].

chunks(First) -> chunks(First, fun ets:select/1).

chunks('$end_of_table', _) -> [];
chunks({Results, Continuation}, Next) -> [Results | chunks(Next(Continuation), Next)].
