%% Code is loaded, purged and run, persistent terms are put, erased and read, names are given and taken, all at
%% once: who reads sees an old or a new state, whole.
-module(changes).
-export([start/0]).

-define(CODE, changes_code).

start() ->
    Versions = [code_of(V) || V <- [1, 2, 3]],
    {module, ?CODE} = code:load_binary(?CODE, "", hd(Versions)),
    Runners = [fun() -> run(60) end || _ <- lists:seq(1, 4)],
    Readers = [fun() -> read_terms(300) end || _ <- lists:seq(1, 3)],
    Named = [fun() -> named(K, 150) end || K <- lists:seq(1, 4)],
    Writers = [fun() -> load(Versions, 40) end, fun() -> put_terms(200) end],
    Ends = ends([spawn_monitor(F) || F <- Writers ++ Readers ++ Named]),
    Ran = ends([spawn_monitor(F) || F <- Runners]),
    Loads = ends([spawn_monitor(fun() -> load(Versions, 30) end) | [spawn_monitor(F) || F <- Runners]]),
    [persistent_term:erase({?MODULE, K}) || K <- lists:seq(1, 10)],
    {Ends, Ran, lists:usort([kind(R) || R <- Loads]) -- [killed, lost, normal], code:soft_purge(?CODE), [whereis(N) || N <- names()]}.

%% A fun of code that was purged before its call is lost.
kind({{badfun, F}, _}) when is_function(F) -> lost;
kind(Reason) -> Reason.

ends(Pids) -> [receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Pids].

code_of(V) ->
    Text = ["-module(changes_code).", "-export([version/0, make/1, count/2]).",
            io_lib:format("version() -> ~b.", [V]),
            io_lib:format("make(X) -> fun() -> {~b, X, [a, {literal, ~b}]} end.", [V, V]),
            "count(0, S) -> S;", "count(N, S) -> count(N - 1, S + 1)."],
    Forms = forms(Text, []),
    {ok, ?CODE, Code} = compile:forms(Forms, []),
    Code.

forms([], Forms) -> lists:reverse(Forms);
forms(["count(0" ++ _ = A, B], Forms) -> forms([A ++ B], Forms);
forms([Line | Rest], Forms) ->
    {ok, Tokens, _} = erl_scan:string(lists:flatten(Line)),
    {ok, Form} = erl_parse:parse_form(Tokens),
    forms(Rest, [Form | Forms]).

%% A purge ends who runs old code; a soft one does not.
load(_, 0) ->
    ok;
load([Code | Rest], N) ->
    case N rem 2 of
        0 -> code:purge(?CODE);
        1 -> code:soft_purge(?CODE) orelse code:purge(?CODE)
    end,
    {module, ?CODE} = code:load_binary(?CODE, "", Code),
    erlang:yield(),
    load(Rest ++ [Code], N - 1).

run(0) ->
    ok;
run(N) ->
    true = lists:member(?CODE:version(), [1, 2, 3]),
    Fun = ?CODE:make(N),
    {V, N, [a, {literal, V}]} = Fun(),
    100 = ?CODE:count(100, 0),
    erlang:yield(),
    {V, N, Literal} = Fun(),
    self() ! Literal,
    receive [a, {literal, V}] -> run(N - 1) end.

put_terms(0) ->
    ok;
put_terms(N) ->
    Key = {?MODULE, N rem 10 + 1},
    case N rem 7 of
        0 -> persistent_term:erase(Key);
        _ -> persistent_term:put(Key, {N, lists:seq(1, N rem 50)})
    end,
    put_terms(N - 1).

read_terms(0) ->
    ok;
read_terms(N) ->
    Me = self(),
    case persistent_term:get({?MODULE, N rem 10 + 1}, none) of
        none -> ok;
        {I, List} = Term ->
            true = length(List) =:= I rem 50,
            Me ! Term,
            receive {I, List} -> ok end
    end,
    N rem 10 =:= 0 andalso erlang:yield(),
    read_terms(N - 1).

names() -> [changes_a, changes_b].

named(_, 0) ->
    flush();
named(K, N) ->
    Name = lists:nth((K + N) rem 2 + 1, names()),
    Mine = try register(Name, self()) of true -> true catch error:badarg -> false end,
    Other = lists:nth((K + N + 1) rem 2 + 1, names()),
    try Other ! {hello, N} of {hello, N} -> ok catch error:badarg -> ok end,
    case whereis(Name) of
        Owner when Mine -> Owner = self();
        _ -> ok
    end,
    Mine andalso ending(Name, N),
    named(K, N - 1).

%% A name goes with its process, or is taken from it.
ending(Name, N) when N rem 2 =:= 0 ->
    true = unregister(Name);
ending(Name, _) ->
    true = unregister(Name),
    {_, M} = spawn_monitor(fun() -> catch register(Name, self()) end),
    receive {'DOWN', M, _, _, normal} -> ok end.

flush() -> receive _ -> flush() after 0 -> ok end.
