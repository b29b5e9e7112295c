%% Links, monitors, names, timers and exits that cross each other: who took one back hears nothing of it
%% afterwards, who did not hears once.
-module(crossing).
-export([start/0]).

start() ->
    Before = erlang:system_info(process_count),
    Parts = [fun() -> links(5, 40) end, fun() -> monitors(4, 60) end, fun() -> timers(4, 60) end,
             fun() -> names(4, 60) end, fun() -> exits(4, 50) end, fun() -> asks(4, 40) end],
    Ends = [spawn_monitor(F) || F <- Parts],
    Reasons = [receive {'DOWN', M, process, P, R} -> R after 60000 -> stuck end || {P, M} <- Ends],
    {Reasons, settled(Before, 5000)}.

settled(Before, Tries) ->
    case erlang:system_info(process_count) of
        Now when Now =< Before -> true;
        Now when Tries =:= 0 -> {Before, Now};
        _ -> receive after 1 -> settled(Before, Tries - 1) end
    end.

%% Runs N of them, each of which is told who the others are.
together(N, Work) ->
    Pids = [spawn_monitor(fun() -> receive {all, All} -> Work(K, All -- [self()]) end end) || K <- lists:seq(1, N)],
    All = [P || {P, _} <- Pids],
    [P ! {all, All} || P <- All],
    [receive {'DOWN', M, process, P, R} -> normal = R end || {P, M} <- Pids],
    ok.

%% None leaves before the others are through.
meet(Others) ->
    [P ! {through, self()} || P <- Others],
    [receive {through, P} -> ok after 20000 -> exit(alone) end || P <- Others],
    ok.

spin(0) -> ok;
spin(N) -> _ = lists:seq(1, 20), spin(N - 1).

%% ---- links ----------------------------------------------------------------------------------------

%% Each links to the others while they link to it, and to those that end; what has been unlinked is silent.
links(N, Rounds) ->
    together(N, fun(K, Others) ->
        process_flag(trap_exit, true),
        [link_round(K, Round, Others) || Round <- lists:seq(1, Rounds)],
        [unlink(P) || P <- Others],
        meet(Others),
        receive {'EXIT', P, R} -> exit({heard, P, R}) after 0 -> ok end
    end).

link_round(K, Round, Others) ->
    [link(P) || P <- Others],
    Short = [spawn(fun() -> spin(I * K) end) || I <- lists:seq(1, 6)],
    {Kept, Dropped} = lists:split(3, Short),
    [link(P) || P <- Short],
    [unlink(P) || P <- Others, (Round + K) rem 2 =:= 0],
    [drop(P) || P <- Dropped],
    [receive {'EXIT', P, R} -> normal_or_noproc(R) after 20000 -> exit(lost) end || P <- Kept],
    spin(Round rem 5),
    [receive {'EXIT', P, R} -> exit({late, R}) after 0 -> ok end || P <- Short].

drop(P) ->
    unlink(P),
    receive {'EXIT', P, R} -> normal_or_noproc(R) after 0 -> ok end.

normal_or_noproc(normal) -> ok;
normal_or_noproc(noproc) -> ok.

%% ---- monitors -------------------------------------------------------------------------------------

monitors(N, Rounds) ->
    together(N, fun(K, Others) ->
        [monitor_round(K, Round, Others) || Round <- lists:seq(1, Rounds)],
        meet(Others)
    end).

monitor_round(K, Round, Others) ->
    Me = self(),
    Short = [spawn(fun() -> spin(I * K), answer(I rem 2) end) || I <- lists:seq(1, 6)],
    Watched = [erlang:monitor(process, P) || P <- Short],
    Asked = [begin A = erlang:monitor(process, P, [{alias, demonitor}]), P ! {ask, A, Me}, A end || P <- Short],
    Theirs = [erlang:monitor(process, P) || P <- Others],
    [true = erlang:demonitor(M, [flush]) || M <- Theirs],
    {Gone, Kept} = lists:split(Round rem 6, Watched),
    [true = erlang:demonitor(M, [flush]) || M <- Gone],
    {Silent, Heard} = lists:split(Round rem 6, Asked),
    [true = erlang:demonitor(A, [flush]) || A <- Silent],
    %% A reply that came before the alias went is there; none comes later.
    [receive {A, Me} -> ok after 0 -> ok end || A <- Silent],
    [receive {'DOWN', M, process, _, R} -> normal_or_noproc(R) after 20000 -> exit(no_down) end || M <- Kept ++ Heard],
    [receive {A, Me} -> exit(late_reply) after 0 -> ok end || A <- Silent],
    [receive {'DOWN', M, _, _, _} -> exit(late_down) after 0 -> ok end || M <- Gone ++ Silent ++ Theirs],
    [receive {A, Me} -> ok after 0 -> ok end || A <- Heard].

answer(Wait) -> receive {ask, A, From} -> A ! {A, From}, answer(Wait) after Wait -> ok end.

%% ---- timers ---------------------------------------------------------------------------------------

%% Set by one, aimed at another, taken back by two: it is taken back once or it comes, and not both.
timers(N, Rounds) ->
    together(N, fun(K, Others) ->
        [timer_round(K, Round, Others) || Round <- lists:seq(1, Rounds)],
        meet(Others)
    end).

timer_round(K, Round, Others) ->
    To = spawn(fun() -> heard(6, []) end),
    Set = [{I, erlang:start_timer(I rem 3, To, tick)} || I <- lists:seq(1, 12)],
    Ends = spawn(fun() -> spin(K) end),
    Lost = [erlang:send_after(I, Ends, lost) || I <- lists:seq(0, 3)],
    [erlang:send_after(1, P, {junk, K}) || P <- Others],
    spin(Round rem 7 * 20),
    {Third, M} = spawn_monitor(fun() -> exit({left, take_back(2, Set)}) end),
    Mine = take_back(4, Set),
    Theirs = receive {'DOWN', M, process, Third, {left, L}} -> L after 20000 -> exit(no_down) end,
    Taken = Mine ++ Theirs,
    To ! {expect, self(), 12 - length(Taken)},
    Heard = receive {heard, H} -> H after 20000 -> exit(deaf) end,
    true = lists:sort(Taken ++ Heard) =:= lists:sort([T || {_, T} <- Set]),
    [_ = erlang:cancel_timer(T) || T <- Lost],
    junk().

take_back(Every, Set) -> [T || {I, T} <- Set, I rem Every =:= 0, is_integer(erlang:cancel_timer(T))].

%% How many there will be is told when no more are taken back.
heard(_, L) ->
    receive
        {timeout, T, tick} -> heard(more, [T | L]);
        {expect, From, Count} -> all_of(Count - length(L), From, L)
    end.

all_of(0, From, L) -> From ! {heard, L};
all_of(N, From, L) ->
    receive {timeout, T, tick} -> all_of(N - 1, From, [T | L]) after 10000 -> From ! {heard, [N | L]} end.

junk() -> receive {junk, _} -> junk() after 0 -> ok end.

%% ---- names ----------------------------------------------------------------------------------------

%% All want one name: who has it gets what was sent to it meanwhile, from each sender in order.
names(N, Rounds) ->
    together(N, fun(K, Others) ->
        [name_round(K, Round) || Round <- lists:seq(1, Rounds)],
        meet(Others)
    end).

name_round(K, Round) ->
    {Owner, M} = spawn_monitor(fun() ->
        case catch register(crossing_name, self()) of
            true -> exit({had, owned(Round rem 3)});
            {'EXIT', {badarg, _}} -> exit({had, []})
        end
    end),
    By = erlang:monitor(process, crossing_name),
    [catch crossing_name ! {K, Round, I} || I <- lists:seq(1, 10)],
    _ = whereis(crossing_name),
    true = erlang:demonitor(By, [flush]),
    Had = receive {'DOWN', M, process, Owner, {had, H}} -> H after 20000 -> exit(no_down) end,
    in_order(Had).

%% The name goes before the process every other time, and with it.
owned(Wait) ->
    receive {_, _, _} = Sent -> [Sent | owned(Wait)]
    after Wait -> Wait =:= 1 andalso unregister(crossing_name), []
    end.

in_order(Had) ->
    Senders = lists:usort([K || {K, _, _} <- Had]),
    [begin
         Seen = [{Round, I} || {K1, Round, I} <- Had, K1 =:= K],
         true = Seen =:= lists:usort(Seen)
     end || K <- Senders].

%% ---- exits ----------------------------------------------------------------------------------------

%% Chains of linked processes that are ended in two places at once.
exits(N, Rounds) ->
    together(N, fun(K, Others) ->
        [exit_round(K, Round) || Round <- lists:seq(1, Rounds)],
        meet(Others)
    end).

exit_round(K, Round) ->
    First = spawn(fun() -> chain(8) end),
    First ! {pids, self(), []},
    Pids = receive {chain, L} -> L after 20000 -> exit(no_chain) end,
    Monitors = [erlang:monitor(process, P) || P <- Pids],
    {Killer, End} = spawn_monitor(fun() -> exit(lists:nth(Round rem 8 + 1, Pids), one) end),
    exit(lists:nth(K, Pids), two),
    Reasons = [receive {'DOWN', M, process, _, R} -> R after 20000 -> exit(no_down) end || M <- Monitors],
    [] = lists:usort(Reasons) -- [one, two],
    receive {'DOWN', End, process, Killer, normal} -> ok after 20000 -> exit(no_down) end,
    false = lists:any(fun is_process_alive/1, Pids).

chain(0) ->
    receive {pids, To, L} -> To ! {chain, [self() | L]} end,
    receive never -> ok end;
chain(N) ->
    Next = spawn_link(fun() -> chain(N - 1) end),
    receive {pids, To, L} -> Next ! {pids, To, [self() | L]} end,
    receive never -> ok end.

%% ---- questions ------------------------------------------------------------------------------------

%% Processes that end are asked about, collected, suspended and led by others meanwhile. Two that suspend leave it
%% some time in between: else one could always begin before the other ends.
asks(N, Rounds) ->
    together(N, fun(K, Others) ->
        [ask_round(K, Round) || Round <- lists:seq(1, Rounds)],
        meet(Others)
    end).

ask_round(K, Round) ->
    P = spawn(fun() -> spin(Round rem 11 * K), receive stop -> ok after Round rem 2 -> ok end end),
    Helpers = [spawn_monitor(fun() -> ask(P, What) end) || What <- [info, collect, suspend, lead, suspend]],
    M = erlang:monitor(process, P),
    receive {'DOWN', M, process, P, R} -> normal_or_noproc(R) after 20000 -> exit(never_ends) end,
    [receive {'DOWN', H, process, Pid, normal} -> ok after 20000 -> exit(no_down) end || {Pid, H} <- Helpers].

ask(P, What) ->
    case catch asked(P, What) of
        {'EXIT', {badarg, _}} -> false = is_process_alive(P);
        undefined -> false = is_process_alive(P);
        false -> false = is_process_alive(P);
        _ -> erlang:yield(), ask(P, What)
    end.

asked(P, info) -> process_info(P, [message_queue_len, links, status, current_function]);
asked(P, collect) -> erlang:garbage_collect(P);
asked(P, suspend) -> erlang:suspend_process(P), erlang:yield(), erlang:resume_process(P), receive after 1 -> ok end;
asked(P, lead) -> erlang:group_leader(erlang:group_leader(), P).
