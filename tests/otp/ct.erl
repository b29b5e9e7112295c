%% What suites ask of Common Test: nothing is logged, what is printed may be captured.
-module(ct).
-export([log/1, log/2, log/3, log/4, log/5, pal/1, pal/2, pal/3, pal/4, print/1, print/2, print/3, comment/1, comment/2,
         fail/1, fail/2, timetrap/1, sleep/1, get_timetrap_info/0, get_config/1, get_config/2, notify/2,
         get_progname/0, capture_start/0, capture_stop/0, capture_get/0, capture_get/1]).

log(_) -> ok.
log(_, _) -> ok.
log(_, _, _) -> ok.
log(_, _, _, _) -> ok.
log(_, _, _, _, _) -> ok.
pal(_) -> ok.
pal(_, _) -> ok.
pal(_, _, _) -> ok.
pal(_, _, _, _) -> ok.
print(_) -> ok.
print(_, _) -> ok.
print(_, _, _) -> ok.
comment(_) -> ok.
comment(_, _) -> ok.
fail(Why) -> exit({test_case_failed, Why}).
fail(Format, Arguments) -> exit({test_case_failed, lists:flatten(io_lib:format(Format, Arguments))}).
timetrap(_) -> ok.
sleep(Time) -> timer:sleep(case Time of {hours, N} -> N * 3600000; {minutes, N} -> N * 60000; {seconds, N} -> N * 1000; _ -> Time end).
get_timetrap_info() -> {infinity, {false, 1}}.
get_config(_) -> undefined.
get_config(_, Default) -> Default.
notify(_, _) -> ok.
get_progname() -> "erl".

%% The calling process, and who it starts from then on, print to a process that keeps it.
capture_start() ->
    Before = group_leader(),
    Keeper = spawn(fun() -> keep([]) end),
    put(captured, {Before, Keeper}),
    group_leader(Keeper, self()),
    ok.

capture_stop() ->
    case get(captured) of
        {Before, _} -> group_leader(Before, self());
        undefined -> ok
    end,
    ok.

capture_get() -> capture_get([]).
capture_get(_) ->
    case get(captured) of
        {_, Keeper} ->
            Keeper ! {take, self()},
            receive {Keeper, Texts} -> Texts end;
        undefined -> []
    end.

keep(Texts) ->
    receive
        {take, From} -> From ! {self(), lists:reverse(Texts)}, keep([]);
        {io_request, From, Tag, Request} ->
            {Reply, More} = request(Request),
            From ! {io_reply, Tag, Reply},
            keep(More ++ Texts)
    end.

request({put_chars, Encoding, Text}) -> {ok, [unicode:characters_to_list(Text, Encoding)]};
request({put_chars, Encoding, M, F, Arguments}) -> request({put_chars, Encoding, apply(M, F, Arguments)});
request({requests, Requests}) ->
    lists:foldl(fun(R, {_, Texts}) -> {Reply, More} = request(R), {Reply, More ++ Texts} end, {ok, []}, Requests);
request(getopts) -> {[{encoding, unicode}], []};
request(_) -> {{error, enotsup}, []}.
