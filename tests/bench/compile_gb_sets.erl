%% group: real
%% The stock compiler, its own modules run as they are: the forms of gb_sets, eight times.
-module(compile_gb_sets).
-export([start/0]).

start() ->
    {ok, {gb_sets, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(gb_sets), [abstract_code]),
    erlang:display([compile(Forms) || _ <- lists:seq(1, 8)]),
    ok.

compile(Forms) ->
    {ok, gb_sets, Beam} = compile:forms(Forms, [binary, deterministic]),
    erlang:phash2(Beam).
