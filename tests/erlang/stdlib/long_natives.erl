%% Natives that take several slices: what they give at sizes where they do, and that others run meanwhile.
-module(long_natives).
-export([start/0]).
-include("../support/ticking.hrl").

start() ->
    [io:format("~w ~p~n", [Name, Fun()]) || {Name, Fun} <- maps() ++ others()],
    io:format("~p~n", [[Name || {Name, Fun} <- long(), alone(Fun)]]).

maps() ->
    N = 40000,
    Pairs = [{key(I rem 30000), I} || I <- lists:seq(1, N)],
    Map = maps:from_list(Pairs),
    Other = maps:from_list([{key(I), other} || I <- lists:seq(20000, 50000)]),
    Few = maps:from_list([{key(I), few} || I <- lists:seq(29000, 31000)]),
    [{size, fun() -> map_size(Map) end},
     {sum, fun() -> lists:sum(maps:values(Map)) end},
     {gets, fun() -> lists:all(fun(I) -> maps:get(key(I rem 30000), Map) =:= max(I, I) end, lists:seq(30001, N)) end},
     {same_order, fun() -> lists:zip(maps:keys(Map), maps:values(Map)) =:= maps:to_list(Map) end},
     {one_by_one, fun() -> lists:foldl(fun({K, V}, M) -> M#{K => V} end, #{}, Pairs) =:= Map end},
     {hash, fun() -> erlang:phash2(Map) end},
     {sorted, fun() -> erlang:md5(term_to_binary(Map, [deterministic])) end},
     {both, fun() -> term_to_binary(Map, [deterministic]) =:= term_to_binary(maps:from_list(lists:reverse(maps:to_list(Map))), [deterministic]) end},
     {keys, fun() -> maps:from_keys(lists:seq(1, N), x) =:= maps:from_list([{I, x} || I <- lists:seq(1, N)]) end},
     {same_keys, fun() -> maps:from_list([{same, I} || I <- lists:seq(1, N)]) end},
     {bad, fun() -> catch_reason(fun() -> maps:from_list(lists:seq(1, N)) end) end},
     {bad_later, fun() -> catch_reason(fun() -> maps:from_list(Pairs ++ [none]) end) end},
     {improper, fun() -> catch_reason(fun() -> maps:from_keys(lists:seq(1, N) ++ tail, x) end) end},
     {merged, fun() -> counts(maps:merge(Map, Other)) end},
     {merged_few, fun() -> counts(maps:merge(Map, Few)) end},
     {merged_into_few, fun() -> counts(maps:merge(Few, Map)) end},
     {filtered, fun() -> map_size(maps:filter(fun(_, V) -> V rem 2 =:= 0 end, Map)) end},
     {fold, fun() -> maps:fold(fun(_, V, A) -> V + A end, 0, Map) end}].

key(I) when I rem 3 =:= 0 -> {I, "key"};
key(I) when I rem 3 =:= 1 -> I;
key(I) -> integer_to_binary(I).

counts(Map) ->
    {map_size(Map), length([V || V <- maps:values(Map), V =:= other]), length([V || V <- maps:values(Map), V =:= few])}.

catch_reason(Fun) ->
    try Fun() catch Class:Reason:Stack -> {Class, Reason, element(1, hd(Stack)), element(2, hd(Stack))} end.

others() ->
    Bytes = binary:copy(<<"abcdefghij">>, 40000),
    Parts = [<<"01234567">>, $x, [<<"9">>, binary:copy(<<"z">>, 300)]],
    [{matches, fun() -> erlang:md5(term_to_binary(binary:matches(Bytes, [<<"ab">>, <<"j">>]))) end},
     {split, fun() -> length(binary:split(Bytes, <<"a">>, [global])) end},
     {split_trim, fun() -> length(binary:split(Bytes, [<<"abcdefghij">>], [global, trim_all])) end},
     {split_trim_end, fun() -> length(binary:split(Bytes, [<<"fghij">>, <<"j">>], [global, trim])) end},
     {parts, fun() -> erlang:md5(binary:split(Bytes, [<<"cd">>, <<"i">>], [global])) end},
     {replaced, fun() -> erlang:md5(binary:replace(Bytes, <<"de">>, <<"--">>, [global])) end},
     {iovec, fun() -> V = erlang:iolist_to_iovec(lists:duplicate(20000, Parts)), {length(V), erlang:md5(V)} end},
     {iovec_bad, fun() -> catch_reason(fun() -> erlang:iolist_to_iovec(lists:duplicate(20000, Parts) ++ [x]) end) end},
     {digest, fun() -> erlang:md5_final(erlang:md5_update(erlang:md5_init(), lists:duplicate(100000, Parts))) end}].

%% Too large to be done in one slice.
long() ->
    Map = maps:from_list([{I, I} || I <- lists:seq(1, 300000)]),
    Other = maps:from_list([{{I}, I} || I <- lists:seq(1, 200000)]),
    List = maps:to_list(Map),
    Bytes = binary:copy(<<"abcdefghij">>, 300000),
    Parts = [[X band 255, <<"abc">>] || {X, _} <- List],
    [{from_list, fun() -> maps:from_list(List) end}, {from_keys, fun() -> maps:from_keys(List, x) end},
     {keys, fun() -> maps:keys(Map) end}, {values, fun() -> maps:values(Map) end},
     {to_list, fun() -> maps:to_list(Map) end}, {merge, fun() -> maps:merge(Map, Other) end},
     {sorted, fun() -> term_to_binary(Map, [deterministic]) end},
     {matches, fun() -> binary:matches(Bytes, <<"a">>) end},
     {split, fun() -> binary:split(Bytes, <<"a">>, [global]) end},
     {iovec, fun() -> erlang:iolist_to_iovec(Parts) end}].

%% Nobody else ran while Fun did.
alone(Fun) -> ticking(Fun) =:= 0.
