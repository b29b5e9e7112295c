%% Threads that answer by messages; resources that watch processes; destructors.
-module(nif_worker).
-export([start/0, open/0, ask/3, watch/3, counts/0, alive/1]).
-on_load(init/0).

init() -> erlang:load_nif("./nif_worker", []).

open() -> erlang:nif_error(not_loaded).
ask(_, _, _) -> erlang:nif_error(not_loaded).
watch(_, _, _) -> erlang:nif_error(not_loaded).
counts() -> erlang:nif_error(not_loaded).
alive(_) -> erlang:nif_error(not_loaded).

call(Connection, Question) ->
    Reference = make_ref(),
    ok = ask(Connection, Reference, Question),
    receive {answer, Reference, Answer, Number} -> {Answer, Number} after 10000 -> timeout end.

start() ->
    work(),
    {10, _, _} = counts(),
    ok.

work() ->
    C = open(),
    io:format("~p~n", [[call(C, Q) || Q <- [<<"abc">>, {a, "list", 1.5, 1 bsl 70}, #{k => [v]}]]]),
    io:format("~p~n", [caught(fun() -> ask(C, no_reference, 1) end)]),
    io:format("~p~n", [caught(fun() -> ask(make_ref(), make_ref(), 1) end)]),
    %% Many at once, each process with its own connection, one of them killed.
    Self = self(),
    Pids = [spawn(fun() ->
                      Own = open(),
                      Long = binary:copy(<<I>>, 1000),
                      Good = [call(Own, Long) || _ <- lists:seq(1, 50)],
                      Self ! {self(), length([x || {{reversed, L}, _} <- Good, L =:= Long])}
                  end) || I <- lists:seq(1, 8)],
    io:format("~p~n", [[receive {Pid, N} -> N end || Pid <- Pids]]),
    [begin
         M = monitor(process, Pid),
         receive {'DOWN', M, process, Pid, _} -> ok end
     end || Pid <- Pids],
    io:format("~p~n", [counts_when(fun({_, Destroyed, _}) -> Destroyed >= 8 end, 100)]),
    watches(C),
    process_flag(trap_exit, true),
    io:format("~p~n", [[alive(self()), alive(hd(Pids)), caught(fun() -> alive(17) end)]]),
    register(some_name, self()),
    io:format("~p~n", [alive(some_name)]).

%% The counts once they are as wanted: what a dead process held may be destroyed after its 'DOWN'
%% has come.
counts_when(Wanted, Tries) ->
    Counts = counts(),
    case Tries =:= 0 orelse Wanted(Counts) of
        true -> Counts;
        false -> receive after 20 -> counts_when(Wanted, Tries - 1) end
    end.

watches(C) ->
    Waits = fun() -> receive stop -> ok end end,
    P = spawn(Waits),
    io:format("~p~n", [watch(C, P, yes)]),
    io:format("~p~n", [[is_reference(R) || R <- element(2, process_info(P, monitored_by))]]),
    P ! stop,
    receive {down, P, IsReference} -> io:format("down ~p~n", [IsReference]) after 10000 -> timeout end,
    io:format("~p~n", [watch(C, P, yes)]),
    Q = spawn(Waits),
    io:format("~p~n", [watch(C, Q, and_not)]),
    Q ! stop,
    receive {down, Q, _} -> io:format("down although not watched~n") after 50 -> ok end,
    %% A connection that goes takes its monitors with it.
    R = spawn(Waits),
    {Holder, Monitor} = spawn_monitor(fun() -> watch(open(), R, yes) end),
    receive {'DOWN', Monitor, process, Holder, normal} -> ok end,
    R ! stop,
    receive {down, R, _} -> io:format("down of what has gone~n") after 50 -> ok end.

%% What it raises, and where.
caught(Fun) ->
    try Fun()
    catch Class:Reason:Stack -> {Class, Reason, [{M, F, length(A)} || {M, F, A, _} <- lists:sublist(Stack, 1)]}
    end.
