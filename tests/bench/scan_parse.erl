%% group: real
%% Sources of OTP to tokens and on to forms, four times, with the stock scanner and parser.
-module(scan_parse).
-export([start/0]).

start() ->
    Texts = [text(M) || M <- ["erl_parse", "erl_lint", "lists", "io_lib_pretty"], _ <- [1, 2, 3, 4]],
    erlang:display([phash(parse(T, 1, [])) || T <- Texts]),
    ok.

text(Name) ->
    {ok, Bytes} = file:read_file(filename:join([code:lib_dir(stdlib), "src", Name ++ ".erl"])),
    unicode:characters_to_list(Bytes).

%% What is a macro stays tokens: no form.
parse(Text, Line, Forms) ->
    case erl_scan:tokens([], Text, Line) of
        {done, {ok, Tokens, Next}, Rest} -> parse(Rest, Next, [form(Tokens) | Forms]);
        {done, {eof, _}, _} -> Forms;
        {more, _} -> Forms
    end.

form(Tokens) ->
    case erl_parse:parse_form(Tokens) of
        {ok, Form} -> Form;
        {error, _} -> {tokens, length(Tokens)}
    end.

phash(Forms) -> {length(Forms), erlang:phash2(Forms)}.
