%% The stock supervisor: strategies, restarts, intensity, dynamic children, shutdown.
-module(std_supervisor).
-behaviour(supervisor).
-export([start/0]).
-export([init/1, worker/2, failing/0]).
-include("../support/show.hrl").

start() ->
    process_flag(trap_exit, true),
    [?P(strategy(S)) || S <- [one_for_one, one_for_all, rest_for_one]],
    ?P(simple()), ?P(intensity()), ?P(management()), ?P(restart_types()), ?P(bad_starts()), ?P(shutdown_order()), ?P(supervisor:check_childspecs([#{id => a}])), ?P(supervisor:check_childspecs([child(a, self())])), ?P(supervisor:which_children(nobody)),
    ok.

init(Config) -> {ok, Config}.

child(Id, To) -> #{id => Id, start => {?MODULE, worker, [Id, To]}, shutdown => 500}.

worker(Id, To) ->
    Parent = self(),
    Told = make_ref(),
    P = proc_lib:spawn_link(fun() ->
        process_flag(trap_exit, true),
        To ! {started, Id, self()},
        Parent ! Told,
        loop(Id, To, Parent)
    end),
    receive Told -> {ok, P} end.        % or a later one might tell before

loop(Id, To, Parent) ->
    receive
        {'EXIT', Parent, Why} -> To ! {down, Id, Why}, exit(Why);
        {die, Why} -> exit(Why)
    end.

failing() -> {error, will_not}.

started(Id) -> receive {started, Id, P} -> P after 1000 -> error({not_started, Id}) end.

stop(S) ->
    unlink(S), exit(S, shutdown),
    R = monitor(process, S),
    receive {'DOWN', R, _, _, _} -> ok end,
    flush().

flush() -> receive {down, Id, W} -> [{Id, W} | flush()]; {started, Id, _} -> [{started, Id} | flush()]; {'EXIT', _, _} -> flush() after 0 -> [] end.

strategy(Strategy) ->
    Me = self(),
    {ok, S} = supervisor:start_link(?MODULE, {#{strategy => Strategy, intensity => 5, period => 10}, [child(I, Me) || I <- [a, b, c]]}),
    [_, B, _] = [started(I) || I <- [a, b, c]],
    B ! {die, boom},
    B2 = started(b),
    receive after 30 -> ok end,
    R = flush(),
    Alive = [{Id, is_pid(P)} || {Id, P, worker, _} <- supervisor:which_children(S)],
    Counts = supervisor:count_children(S),
    {B =/= B2, R, Alive, lists:sort(Counts), stop(S)}.

simple() ->
    {ok, S} = supervisor:start_link({local, simple_sup}, ?MODULE, {#{strategy => simple_one_for_one}, [(child(x, self()))#{start => {?MODULE, worker, []}}]}),
    Ps = [begin {ok, P} = supervisor:start_child(simple_sup, [I, self()]), started(I), P end || I <- [1, 2, 3]],
    R1 = length(supervisor:which_children(S)),
    hd(Ps) ! {die, oops},
    started(1),
    R2 = supervisor:terminate_child(S, lists:last(Ps)),
    R3 = supervisor:terminate_child(S, not_a_pid),
    R4 = proplists:get_value(active, supervisor:count_children(S)),
    {R1, R2, R3, R4, supervisor:delete_child(S, x), length(stop(S))}.

intensity() ->
    {ok, S} = supervisor:start_link(?MODULE, {#{intensity => 2, period => 100}, [child(a, self())]}),
    [begin started(a) ! {die, again}, ok end || _ <- [1, 2, 3]],
    receive {'EXIT', S, Why} -> {Why, flush()} after 1000 -> none end.

management() ->
    {ok, S} = supervisor:start_link(?MODULE, {{one_for_one, 1, 5}, []}),
    R = [element(1, supervisor:start_child(S, child(k, self()))), started(k) =/= x, element(1, element(2, supervisor:start_child(S, child(k, self())))),
         supervisor:terminate_child(S, k), supervisor:start_child(S, child(k, self())), element(1, supervisor:restart_child(S, k)), supervisor:restart_child(S, k),
         supervisor:delete_child(S, k), supervisor:terminate_child(S, k), supervisor:delete_child(S, k), supervisor:delete_child(S, k), supervisor:restart_child(S, k),
         supervisor:get_childspec(S, zz), supervisor:start_child(S, #{id => f, start => {?MODULE, failing, []}}), supervisor:start_child(S, nonsense)],
    {R, stop(S)}.

restart_types() ->
    Me = self(),
    {ok, S} = supervisor:start_link(?MODULE, {#{intensity => 10, period => 10}, [(child(Id, Me))#{restart => R} || {Id, R} <- [{p, permanent}, {t, transient}, {x, temporary}]]}),
    [started(I) ! {die, normal} || I <- [p, t, x]],
    started(p),
    receive after 20 -> ok end,
    R1 = flush(),
    C1 = lists:sort([{Id, P =:= undefined} || {Id, P, _, _} <- supervisor:which_children(S)]),
    {ok, _} = supervisor:restart_child(S, t),
    started(t) ! {die, abnormal},
    started(t),
    {R1, C1, stop(S)}.

bad_starts() ->
    [case supervisor:start_link(?MODULE, C) of {ok, S} -> stop(S); {error, {R, _}} -> receive {'EXIT', _, _} -> ok after 100 -> ok end, R; Other -> Other end
     || C <- [{#{}, [#{id => f, start => {?MODULE, failing, []}}]}, {#{strategy => nonsense}, []}, {#{intensity => -1}, []}, bad, {#{}, [x]}, {#{}, []}]].

shutdown_order() ->
    {ok, S} = supervisor:start_link(?MODULE, {#{}, [child(I, self()) || I <- [1, 2, 3]]}),
    [started(I) || I <- [1, 2, 3]],
    stop(S).
