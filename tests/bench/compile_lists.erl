%% group: real
%% The stock compiler, its own modules run as they are: the forms of lists, three times.
-module(compile_lists).
-export([start/0]).

start() ->
    {ok, {lists, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(lists), [abstract_code]),
    erlang:display([compile(Forms) || _ <- [1, 2, 3]]),
    ok.

compile(Forms) ->
    {ok, lists, Beam} = compile:forms(Forms, [binary, deterministic]),
    erlang:phash2(Beam).
