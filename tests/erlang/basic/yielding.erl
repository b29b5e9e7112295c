%% Natives on long input give way to other processes, and still give the right answer.
-module(yielding).
-export([start/0]).

start() ->
    L = seq(300000),
    B = << <<X:32>> || X <- L >>,
    erlang:display(beside(fun() -> length(L ++ L) end)),
    erlang:display(beside(fun() -> length(L -- lists:reverse(L)) end)),
    erlang:display(beside(fun() -> lists:member(none, L) end)),
    erlang:display(beside(fun() -> lists:keyfind(none, 1, [{X} || X <- L]) end)),
    erlang:display(beside(fun() -> byte_size(term_to_binary(L)) end)),
    erlang:display(beside(fun() -> length(binary_to_term(term_to_binary(L))) end)),
    erlang:display(beside(fun() -> erlang:md5(B) end)),
    erlang:display(beside(fun() -> {erlang:crc32(B), erlang:adler32(B)} end)),
    erlang:display(beside(fun() -> length(binary_to_list(B)) end)),
    erlang:display(beside(fun() -> byte_size(list_to_binary([L1 band 255 || L1 <- L])) end)),
    erlang:display(beside(fun() -> erlang:phash2(L) end)),
    erlang:display(beside(fun() -> map_size(maps:from_list([{X, X} || X <- L])) end)),
    erlang:display(beside(fun() -> length(integer_to_list(1 bsl 60000)) end)),
    erlang:display(beside(fun() -> list_to_integer([$7 || _ <- seq(5000)]) rem 1000007 end)),
    erlang:display(beside(fun() -> tuple_size(list_to_tuple(L)) end)),
    erlang:display(beside(fun() -> L =:= seq(300000) end)),
    ok.

%% The answer of F, run while another process counts.
beside(F) ->
    Counter = spawn(fun() -> count(0) end),
    R = F(),
    Counter ! {how_far, self()},
    receive {reached, N} when is_integer(N) -> ok end,
    R.

count(N) -> receive {how_far, P} -> P ! {reached, N} after 0 -> count(N + 1) end.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].
