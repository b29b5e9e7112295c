%% group: real
%% sizes: 6000 24000 96000
%% io_lib:format of a large term with ~p and ~w, as loggers and shells do.
-module(format_term).
-export([start/0]).

start() ->
    Term = [row(N) || N <- lists:seq(1, 6000)],
    Pretty = iolist_to_binary(io_lib:format("~p~n", [Term])),
    Plain = unicode:characters_to_binary(io_lib:format("~0tp ~w~n", [Term, Term])),
    Lines = iolist_to_binary([io_lib:format("~6b ~-20s|~10.3f ~s~n", [N, Name, F, integer_to_list(Id, 16)])
                              || #{id := N, name := Name, at := {F, _, Id}} <- Term]),
    erlang:display([{byte_size(B), erlang:crc32(B)} || B <- [Pretty, Plain, Lines]]),
    ok.

row(N) ->
    #{id => N, name => "name " ++ integer_to_list(N * 7919 rem 10007), kind => element(1 + N rem 4, {alpha, 'Beta B', gamma, delta}),
      tags => [<<"tag", (integer_to_binary(N rem 13))/binary>>, <<N:32>>], at => {N * 1.37, [N, -N, N * 1.0e10], N * N * 104729},
      more => [{key, V, [V]} || V <- lists:seq(1, N rem 5)]}.
