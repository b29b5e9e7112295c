%% Timers, set, cancelled and owned on different schedulers: each fires once, when it is due, whoever sleeps or is
%% busy; who is told that there is none any more finds its message.
-module(due).
-export([start/0]).

start() ->
    [each_fires_once(16, 200), cancelled_elsewhere(16, 150), told_then_there(12, 200),
     while_others_work(), of_the_dead(200), receives(16, 40), to_names(50)].

all(N, Fun) ->
    Me = self(),
    Workers = [spawn_link(fun() -> Me ! {self(), Fun(I)} end) || I <- lists:seq(1, N)],
    [receive {W, Result} -> Result after 30000 -> late end || W <- Workers].

%% Timers of short times aimed at a neighbour: none is lost, none comes twice, none too early.
each_fires_once(N, Count) ->
    Me = self(),
    Owners = [spawn_link(fun() -> Me ! {self(), collect(Count, #{})} end) || _ <- lists:seq(1, N)],
    lists:zipwith(fun(Owner, I) ->
        spawn_link(fun() ->
            [begin
                Due = erlang:monotonic_time(millisecond) + (I * K) rem 13,
                erlang:send_after(Due, Owner, {timer, K, Due}, [{abs, true}]),
                K rem 17 =:= 0 andalso erlang:yield()
             end || K <- lists:seq(1, Count)]
        end)
    end, Owners, lists:seq(1, N)),
    lists:usort([receive {O, Result} -> Result after 30000 -> late end || O <- Owners]).

collect(0, _) ->
    receive {timer, _, _} -> twice after 20 -> each_once end;
collect(Left, Seen) ->
    receive
        {timer, K, _} when is_map_key(K, Seen) -> twice;
        {timer, K, Due} ->
            case erlang:monotonic_time(millisecond) >= Due of
                true -> collect(Left - 1, Seen#{K => true});
                false -> early
            end
    after 20000 -> {lost, Left}
    end.

%% A timer is set here, owned there, and cancelled and read by others: one of them gets the time that is left.
cancelled_elsewhere(N, Count) ->
    lists:usort(lists:append(all(N, fun(_) ->
        Owner = spawn_link(fun() -> receive stop -> ok; T -> exit({fired, T}) end end),
        Cancels = [spawn_link(fun canceller/0) || _ <- [1, 2]],
        Answers = [begin
            Ref = erlang:start_timer(60000 + K, Owner, K),
            [C ! {cancel, self(), Ref} || C <- Cancels],
            Both = [receive {C, R} -> is_integer(R) andalso R > 50000 andalso R =< 60000 + K end || C <- Cancels],
            {lists:sort(Both), erlang:read_timer(Ref), erlang:cancel_timer(Ref)}
        end || K <- lists:seq(1, Count)],
        [C ! stop || C <- [Owner | Cancels]],
        lists:usort(Answers)
    end))).

canceller() ->
    receive
        {cancel, From, Ref} -> From ! {self(), erlang:cancel_timer(Ref)}, canceller();
        stop -> ok
    end.

%% The timer may just be firing: either it was stopped and nothing comes, or its message is there.
told_then_there(N, Count) ->
    lists:usort(lists:append(all(N, fun(I) ->
        Canceller = spawn_link(fun canceller/0),
        [begin
            Ref = erlang:start_timer(K rem 3, self(), K),
            busy((I * K) rem 50),
            Left = case K rem 2 of
                0 -> erlang:cancel_timer(Ref);
                1 -> Canceller ! {cancel, self(), Ref}, receive {Canceller, Answer} -> Answer end
            end,
            receive
                {timeout, Ref, K} when Left =:= false -> as_told;
                {timeout, Ref, K} -> came_though_cancelled
            after 0 ->
                if Left =:= false -> did_not_come; true -> as_told end
            end
        end || K <- lists:seq(1, Count)]
    end))).

busy(0) -> ok;
busy(N) -> lists:sum(lists:seq(1, 100)), busy(N - 1).

%% Some compute for as long as they are let: timers of sleepers come all the same, and not much later.
while_others_work() ->
    Workers = [spawn(fun Work() -> busy(10), Work() end) || _ <- lists:seq(1, 8)],
    Late = all(8, fun(_) -> sleep(20, 0) end),
    [exit(W, kill) || W <- Workers],
    [L || L <- Late, L > 3000].

sleep(0, Latest) -> Latest;
sleep(N, Latest) ->
    From = erlang:monotonic_time(millisecond),
    receive after 5 -> ok end,
    sleep(N - 1, max(Latest, erlang:monotonic_time(millisecond) - From - 5)).

%% Timers that several have aimed at one process go with it.
of_the_dead(0) ->
    gone;
of_the_dead(N) ->
    Me = self(),
    Owner = spawn(fun() -> receive after N rem 4 -> ok end end),
    Setters = [spawn_link(fun() ->
        Me ! {self(), [erlang:start_timer(T, Owner, x) || T <- [50000, 1, 60000, 2, 70000]]}
    end) || _ <- [1, 2, 3]],
    Refs = lists:append([receive {S, R} -> R end || S <- Setters]),
    M = erlang:monitor(process, Owner),
    receive {'DOWN', M, process, _, _} -> ok end,
    case [erlang:read_timer(R) || R <- Refs, erlang:cancel_timer(R) =/= false] of
        [] -> of_the_dead(N - 1);
        Left -> {left, Left}
    end.

%% receive ... after, ended by a message, by the time, or by both at once.
receives(N, Count) ->
    lists:usort(lists:append(all(N, fun(I) ->
        Other = spawn_link(fun echo/0),
        Answers = [begin
            Other ! {self(), (K * I) rem 4, K},
            receive {Other, K} -> ok after K rem 4 -> receive {Other, K} -> ok after 20000 -> lost end end
        end || K <- lists:seq(1, Count)],
        Other ! stop,
        receive Any -> [{left, Any} | Answers] after 5 -> Answers end
    end))).

echo() ->
    receive
        {From, Wait, K} -> receive after Wait -> ok end, From ! {self(), K}, echo();
        stop -> ok
    end.

to_names(Count) ->
    register(due_name, self()),
    [spawn(fun() -> erlang:send_after(K rem 5, due_name, {named, K}) end) || K <- lists:seq(1, Count)],
    Got = [receive {named, K} -> K after 20000 -> lost end || K <- lists:seq(1, Count)],
    unregister(due_name),
    length(Got).
