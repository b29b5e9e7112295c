%% Patterns in all the forms in which releases give them: compiled now, exported and imported (OTP 28 and
%% later), copied through the external format, and what no pattern is. Where a release has not a form the
%% answer is what later ones say.
-module(re_exported).
-export([start/0]).

-define(PATTERNS, [{"a(b)?c", [caseless]}, {<<"(?<n>\\d+)-(?<m>x*)">>, []}, {"^(.)\\1$", [multiline, dotall]},
                   {[16#20ac, "+"], [unicode]}, {"\\w+", [unicode, ucp]}, {"a\\Rb", [{newline, crlf}, bsr_anycrlf]}]).
-define(SUBJECTS, ["xABc", "12-xxx 7-", "q\naa\nb", [16#e9, 16#20ac, 16#20ac], "a\r\nb", ""]).

start() ->
    [pattern(P, O) || {P, O} <- ?PATTERNS],
    [io:format("~0p~n", [forged(F)]) || F <- [{re_pattern, 0, 0, 0, <<"abc">>}, {re_pattern, 0, 0, 0, <<>>},
                                              {re_pattern, 1, 0, 0, <<0:640>>},
                                              {re_pattern, 0, 0, 0}, {re_pattern, a, 0, 0, <<"abc">>}]],
    [io:format("~0p~n", [imported(I)]) || I <- [not_exported, {re_exported_pattern, <<>>, "a", []}, <<"a">>]],
    ok.

pattern(Text, Options) ->
    {ok, Compiled} = re:compile(Text, Options),
    Copied = binary_to_term(term_to_binary(Compiled)),
    Sent = sent(Compiled),
    {ok, Exported} = exported(Text, Options),
    Imported = import(Exported),
    Imported1 = import(binary_to_term(term_to_binary(Exported))),
    Unicode = lists:member(unicode, Options),
    [begin
        R = run(S, Compiled),
        io:format("~0p ~0p: ~0p ~0p~n", [Text, S, R, [run(S, P) =:= R || P <- [Copied, Sent, Imported, Imported1]]])
     end || S <- ?SUBJECTS, Unicode orelse lists:all(fun(C) -> C < 256 end, S)],
    io:format("~0p ~0p~n", [re:inspect(Compiled, namelist), re:inspect(Imported, namelist)]).

run(Subject, Pattern) ->
    {re:run(Subject, Pattern), re:run(Subject, Pattern, [global, {capture, all, list}]),
     re:replace(Subject, Pattern, "<&>", [global, {return, binary}]), re:split(Subject, Pattern, [{return, list}])}.

sent(Pattern) ->
    Me = self(),
    Pid = spawn_link(fun() -> receive P -> Me ! {self(), P} end end),
    Pid ! Pattern,
    receive {Pid, P} -> P end.

exported(Text, Options) ->
    try re:compile(Text, [export | Options]) catch error:badarg -> re:compile(Text, Options) end.

import(Exported) ->
    case element(1, Exported) of
        re_exported_pattern -> re:import(Exported);
        re_pattern -> Exported
    end.

forged(Pattern) -> [class(fun() -> re:run("abc", Pattern) end), class(fun() -> re:split("abc", Pattern) end)].

imported(Term) -> class(fun() -> erlang:apply(re, import, [Term]) end).

class(Fun) ->
    try Fun() of
        Result -> Result
    catch
        error:undef -> badarg;
        error:Reason -> Reason
    end.
