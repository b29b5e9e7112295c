%% Processes raise and catch in a function while a native takes its place, and while its module is loaded
%% again: each call is the function's, with its line, or the native's.
-module(nif_reload).
-export([start/0]).

-define(CODE, nif_reload_code).

start() ->
    Code = code(["-module(nif_reload_code).", "-export([open/0, call/1]).",
                 "open() -> erlang:load_nif(\"./nif_reload\", 0).",
                 "call(X) -> try deep(X) catch error:{here, X}:S -> {caught, X, S} end.",
                 "deep(X) -> not_a_number + fail(X).",
                 "fail(X) -> error({here, X})."]),
    {module, ?CODE} = code:load_binary(?CODE, "", Code),
    Runners = [spawn_monitor(fun() -> run(0) end) || _ <- lists:seq(1, 4)],
    Loads = [load(Code) || _ <- lists:seq(1, 20)],
    [P ! stop || {P, _} <- Runners],
    Ends = [receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Runners],
    io:format("~p ~p ~p~n", [lists:usort(Loads), Ends, ?CODE:call(last)]).

code(Lines) ->
    Forms = [form(Text, Line) || {Text, Line} <- lists:zip(Lines, lists:seq(1, length(Lines)))],
    {ok, ?CODE, Code} = compile:forms(Forms, []),
    Code.

form(Text, Line) ->
    {ok, Tokens, _} = erl_scan:string(Text, Line),
    {ok, Form} = erl_parse:parse_form(Tokens),
    Form.

load(Code) ->
    purge(),
    {module, ?CODE} = code:load_binary(?CODE, "", Code),
    caught = call(0),
    [erlang:yield() || _ <- lists:seq(1, 5)],
    ok = ?CODE:open(),
    native = call(1),
    loaded.

purge() -> code:soft_purge(?CODE) orelse begin erlang:yield(), purge() end.

run(N) ->
    receive stop -> exit(done)
    after 0 -> _ = call(N), erlang:yield(), run(N + 1)
    end.

call(N) ->
    case ?CODE:call(N) of
        {native, N} -> native;
        {caught, N, [{?CODE, fail, 1, Fail}, {?CODE, deep, 1, Deep}, {?CODE, call, 1, Call} | _]} ->
            [6, 5, 4] = [line(L) || L <- [Fail, Deep, Call]],
            caught
    end.

line(Location) -> proplists:get_value(line, Location).
