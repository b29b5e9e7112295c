%% External terms that take more than a slice, in a process that has others beside it: whole, cut,
%% compressed, with options; the one that ends while it decodes.
-module(etf_large).
-export([start/0]).

start() ->
    Terms = [lists:seq(1, 100000), [{X, X / 2, <<X:64>>, integer_to_list(X)} || X <- lists:seq(1, 10000)],
             maps:from_list([{X, [X]} || X <- lists:seq(1, 5000)]), list_to_tuple(lists:seq(1, 30000)), binary:copy(<<"abc">>, 50000)],
    [check(T, term_to_binary(T, O)) || T <- Terms, O <- [[], [compressed], [deterministic]]],
    Binary = term_to_binary(Terms),
    erlang:display([c(fun() -> binary_to_term(binary:part(Binary, 0, byte_size(Binary) - N)) end) || N <- [1, 2, 1000, 100000]]),
    erlang:display(c(fun() -> binary_to_term(<<Binary/binary, 1, 2, 3>>, [used]) =:= {Terms, byte_size(Binary)} end)),
    Me = self(),
    Pids = [spawn(fun() -> Me ! {self(), binary_to_term(Binary) =:= Terms} end) || _ <- [1, 2, 3]],
    Killed = spawn(fun() -> binary_to_term(Binary), receive never -> ok end end),
    exit(Killed, kill),
    erlang:display([receive {P, R} -> R end || P <- Pids]),
    erlang:display(is_process_alive(Killed)),
    ok.

check(Term, Binary) ->
    erlang:display({byte_size(Binary) > 0, binary_to_term(Binary) =:= Term, erlang:md5(term_to_binary(Term, [deterministic]))}).

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.
