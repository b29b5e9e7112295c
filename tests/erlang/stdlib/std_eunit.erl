%% eunit runs a module of tests: its reports, with times and pids taken off, what it returns, and the
%% XML that it writes.
-module(std_eunit).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    [report(Options) || Options <- [[], [verbose], [no_tty], [verbose, {exact_execution, true}]]],
    [?P(reported(T, [])) || T <- [fun() -> ok end, {std_eunit_tests, simple_test}, {std_eunit_tests, fail_test}, [{with, 3, [fun(X) -> 3 = X end]}], {module, not_there}, {bad, thing}, [], {"title", [fun() -> ok end, fun() -> error(x) end]}, {timeout, 0.1, fun() -> timer:sleep(10000) end}]],
    in_folder(fun() ->
        ?P(element(1, reported(std_eunit_tests, [no_tty, {report, {eunit_surefire, [{dir, "."}]}}]))),
        {ok, Xml} = file:read_file("TEST-std_eunit_tests.xml"),
        print(Xml)
    end),
    ok.

report(Options) ->
    io:format("~p~n", [Options]),
    {Result, Text} = reported(std_eunit_tests, Options),
    print(Text),
    ?P(Result).

print(Text) -> io:put_chars(plain(Text)).

%% Without what differs between runs: times ("0.123 s", time="0.123") and pids.
plain(Text) -> cut(lists:flatten(unicode:characters_to_list(Text))).

cut([]) -> [];
cut("[" ++ Rest = [C | Others]) ->
    case time(Rest) of
        {ok, "] " ++ After} -> cut(After);
        _ -> [C | cut(Others)]
    end;
cut("time=\"" ++ Rest) -> "time=\"" ++ cut(lists:dropwhile(fun(C) -> C =/= $" end, Rest));
cut("done in " ++ Rest) ->
    {ok, After} = time(Rest),
    "done in T s" ++ cut(After);
cut([$< | [D | _] = Rest]) when D >= $0, D =< $9 -> "<pid" ++ cut(lists:dropwhile(fun(C) -> C =/= $> end, Rest));
cut([C | Rest]) -> [C | cut(Rest)].

time(Text) ->
    case lists:splitwith(fun(C) -> C =:= $. orelse C >= $0 andalso C =< $9 end, Text) of
        {[_ | _], " s" ++ After} -> {ok, After};
        _ -> no
    end.

%% What eunit returns and prints: the group leader is one that keeps the text.
reported(Tests, Options) ->
    Before = group_leader(),
    Keeper = spawn(fun() -> keep([]) end),
    group_leader(Keeper, self()),
    Result = try eunit:test(Tests, Options) after group_leader(Before, self()) end,
    Keeper ! {get, self()},
    receive {text, Text} -> {Result, plain(Text)} end.

keep(Text) ->
    receive
        {io_request, From, As, Request} ->
            {Reply, More} = request(Request),
            From ! {io_reply, As, Reply},
            keep([Text, More]);
        {get, From} -> From ! {text, unicode:characters_to_list(Text)}
    end.

request({put_chars, _, Chars}) -> {ok, Chars};
request({put_chars, _, M, F, A}) -> {ok, apply(M, F, A)};
request({requests, Requests}) ->
    {ok, [element(2, request(R)) || R <- Requests]};
request(getopts) -> {[{encoding, unicode}], []};
request(_) -> {{error, request}, []}.
