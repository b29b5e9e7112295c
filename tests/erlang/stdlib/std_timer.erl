%% timer: its server is started by the first that needs it, and keeps running for all.
-module(std_timer).
-export([start/0, told/2, fails/0]).
-include("../support/show.hrl").

start() ->
    ?P(is_pid(whereis(timer_server))),
    ?P(element(1, timer:send_after(1, direct))),
    ?P(receive direct -> direct after 5000 -> none end),
    Me = self(),
    ?P(element(1, timer:apply_after(1, ?MODULE, told, [Me, applied]))),
    ?P(receive applied -> applied after 5000 -> none end),
    ?P(is_pid(whereis(timer_server))),
    ?P([{Id, Type, Modules} || {Id, _, Type, Modules} <- supervisor:which_children(kernel_sup), Id =:= timer_server]),
    intervals(Me),
    ends(),
    many(Me),
    wrong(),
    restarted(Me).

told(To, What) -> To ! What.

fails() -> exit(as_it_should).

intervals(Me) ->
    {ok, A} = timer:apply_interval(2, ?MODULE, told, [Me, again]),
    {ok, S} = timer:send_interval(2, Me, sent),
    ?P([receive again -> again after 5000 -> none end || _ <- [1, 2, 3]]),
    ?P([receive sent -> sent after 5000 -> none end || _ <- [1, 2, 3]]),
    ?P([timer:cancel(A), timer:cancel(S)]),
    flush(),
    ?P(receive again -> again; sent -> sent after 30 -> none end),
    {ok, B} = timer:apply_interval(2, ?MODULE, fails, []),
    timer:sleep(20),
    ?P(timer:cancel(B)),
    {ok, Gone} = timer:send_interval(1, spawn(fun() -> ok end), never),
    timer:sleep(20),
    ?P(timer:cancel(Gone)).

flush() -> receive _ -> flush() after 0 -> ok end.

ends() ->
    ?P([ended(fun(P) -> timer:exit_after(5, P, reason) end), ended(fun(P) -> timer:kill_after(5, P) end)]),
    {ok, T} = timer:exit_after(60000, self(), never),
    ?P(timer:cancel(T)).

ended(How) ->
    {Pid, Monitor} = spawn_monitor(fun() -> receive never -> ok end end),
    {ok, _} = How(Pid),
    receive {'DOWN', Monitor, process, Pid, Reason} -> Reason after 5000 -> none end.

%% In the order of their times.
many(Me) ->
    [{ok, _} = timer:apply_after(10 * N, ?MODULE, told, [Me, {nr, N}]) || N <- [5, 3, 1, 4, 2]],
    ?P([receive {nr, N} -> N after 5000 -> none end || _ <- [1, 2, 3, 4, 5]]).

wrong() ->
    ?P([timer:apply_after(-1, a, b, []), timer:apply_interval(a, b, c, []), timer:send_after(1, no_such_name, x),
        timer:send_interval(-1, x), timer:cancel(no_timer)]),
    ?P({element(1, timer:tc(fun() -> ok end)) >= 0, element(2, timer:tc(lists, seq, [1, 3]))}),
    ?P([timer:seconds(2), timer:minutes(2), timer:hours(2), timer:hms(1, 1, 1), timer:now_diff({1, 2, 3}, {1, 1, 1})]).

%% The server dies and is there again for the next.
restarted(Me) ->
    Pid = whereis(timer_server),
    ok = supervisor:terminate_child(kernel_sup, timer_server),
    ?P({is_process_alive(Pid), whereis(timer_server)}),
    ?P(element(1, timer:apply_after(1, ?MODULE, told, [Me, back]))),
    ?P(receive back -> back after 5000 -> none end).
