%% Processes of several schedulers link, watch, end and kill each other, register, send to names, set
%% timers and use tables, all at once: what each must see it sees.
-module(storm).
-export([start/0]).

start() ->
    process_flag(trap_exit, true),
    Workers = [spawn_link(fun() -> worker(K, 15) end) || K <- lists:seq(1, 6)],
    Reasons = [receive {'EXIT', W, R} -> R end || W <- Workers],
    {Reasons, length(processes()) < 200, whereis(storm_1)}.

worker(_, 0) ->
    ok;
worker(K, N) ->
    process_flag(trap_exit, true),
    Me = self(),
    Name = lists:nth(K rem 3 + 1, [storm_0, storm_1, storm_2]),
    catch register(Name, self()),
    Children = [spawn_link(fun() -> child(Me, I) end) || I <- lists:seq(1, 10)],
    Monitors = [erlang:monitor(process, C) || C <- Children],
    [C ! {go, self(), lists:seq(1, 20), <<0:800>>} || C <- Children],
    exit(hd(Children), kill),
    unlink(lists:last(Children)),
    catch Name ! {junk, N},
    Timer = erlang:send_after(1, self(), tick),
    receive tick -> ok after 20000 -> exit(no_tick) end,
    false = erlang:cancel_timer(Timer),
    Late = erlang:start_timer(100000, self(), late),
    true = is_integer(erlang:cancel_timer(Late)),
    [receive {'DOWN', M, _, _, _} -> ok after 20000 -> exit(no_down) end || M <- Monitors],
    [receive {'EXIT', C, _} -> ok after 20000 -> exit(no_exit) end || C <- lists:droplast(Children)],
    Table = ets:new(t, [public]),
    true = ets:insert(Table, {K, N}),
    [{K, N}] = ets:lookup(Table, K),
    catch unregister(Name),
    {'EXIT', {badarg, _}} = (catch list_to_integer("x")),
    flush(),
    worker(K, N - 1).

flush() ->
    receive _ -> flush() after 0 -> ok end.

child(Me, I) ->
    receive
        {go, Me, L, B} ->
            Me ! {ok, length(L), byte_size(B)},
            receive after I rem 3 -> ok end,
            case I rem 4 of 0 -> exit(boom); _ -> ok end
    after 10000 ->
        exit(timeout)
    end.
