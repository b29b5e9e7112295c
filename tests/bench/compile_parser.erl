%% group: real
%% The stock compiler, its own modules run as they are: the forms of the generated parser.
-module(compile_parser).
-export([start/0]).

start() ->
    {ok, {erl_parse, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(erl_parse), [abstract_code]),
    erlang:display(compile(Forms)),
    ok.

compile(Forms) ->
    {ok, erl_parse, Beam} = compile:forms(Forms, [binary, deterministic]),
    erlang:phash2(Beam).
