%% Storms of messages, time-outs, timers and binaries.
-module(leak_mail).
-compile([export_all, nowarn_export_all, nowarn_failed]).

idle() ->
    process_flag(fullsweep_after, 5),          % else a storm sees one now and then
    await().

await() -> receive {ping, From} -> From ! pong, await(); _ -> await() end.
wait() -> receive stop -> ok end.
child() -> ok.

%% 18: the mailbox of a dead process; messages to the dead and to what never was.
dead_mailbox(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        P ! {one, lists:seq(1, 30)},
        P ! {two, binary:copy(<<"x">>, 200)},
        P ! {three, self(), make_ref(), 1.5, 1 bsl 100},
        exit(P, kill),
        P ! {four, lists:seq(1, 30)}
    end).

to_the_dead(_, N) ->
    {Dead, M} = spawn_monitor(?MODULE, child, []),
    receive {'DOWN', M, _, _, _} -> ok end,
    Never = binary_to_term(<<131, 88, 119, 13, "nonode@nohost", 30000:32, 77:32, 0:32>>),
    each(N, fun() ->
        Dead ! {large, lists:seq(1, 20)},
        Never ! {large, lists:seq(1, 20)},
        {'EXIT', {badarg, _}} = (catch no_such_name ! {large, lists:seq(1, 20)}),
        {no_such_name, node()} ! x,
        make_ref() ! x
    end).

%% 18: unread messages go with a process that ends normally.
unread(_, N) ->
    each(N div 10 + 1, fun() ->
        self() ! stop,
        P = spawn(?MODULE, wait, []),
        _ = [P ! {unread, I, [I]} || I <- lists:seq(1, 10)],
        P ! stop,
        receive stop -> ok end
    end).

%% 19: the survivor drops each message without allocating.
to_idle(S, N) ->
    each(N, fun() -> S ! {message, [1, 2, 3], <<"abc">>} end).

ping_pong(S, N) ->
    each(N, fun() -> S ! {ping, self()}, receive pong -> ok end end).

%% 20: the time-out of a receive.
receive_after(_, N) ->
    each(N, fun() ->
        self() ! now,
        receive now -> ok after 100000 -> exit(late) end,
        P = spawn(?MODULE, wait_long, []),
        erlang:yield(),
        P ! stop,
        receive never -> ok after 0 -> ok end
    end).
wait_long() -> receive stop -> ok after 100000 -> ok end.

%% 20: the message and the time-out at the same time, in either order.
time_out_and_message(_, N) ->
    each(N div 2 + 1, fun() ->
        erlang:send_after(1, self(), first),
        receive first -> ok after 1 -> receive first -> ok end end,
        P = spawn(?MODULE, wait_to_answer, [self()]),
        receive {P, answer} -> ok after 1 -> receive {P, answer} -> ok end end,
        {messages, []} = process_info(self(), messages)
    end).
wait_to_answer(Parent) -> receive never -> ok after 1 -> Parent ! {self(), answer} end.

%% 20: the end of the process against its time-out.
time_out_against_end(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait_long, []),
        spawn(?MODULE, wait_short, []),
        erlang:yield(),
        exit(P, kill)
    end).
wait_short() -> receive stop -> ok after 1 -> ok end.

%% 21: selective receive over what is skipped; the save position after a caught exception.
selective(_, N) ->
    _ = [self() ! {skipped, I} || I <- lists:seq(1, 100)],
    each(N div 100 + 1, fun() ->
        R = make_ref(),
        self() ! {R, wanted},
        receive {R, wanted} -> ok end,
        self() ! {boom, R},
        caught = try receive {boom, R} -> throw(caught) end catch throw:C -> C end
    end),
    _ = [receive {skipped, I} -> ok end || I <- lists:seq(1, 100)],
    ok.

%% 22: timers: cancelled, fired, to the dead, to a name.
timers(S, N) ->
    each(N, fun() ->
        T1 = erlang:send_after(100000, self(), {never, lists:seq(1, 10)}),
        true = is_integer(erlang:cancel_timer(T1)),
        false = erlang:cancel_timer(T1),
        T2 = erlang:start_timer(0, self(), done),
        receive {timeout, T2, done} -> ok end,
        T3 = erlang:start_timer(100000, no_such_name, {x, y}),
        true = is_integer(erlang:read_timer(T3)),
        _ = erlang:cancel_timer(T3, [{async, true}, {info, false}]),
        _ = erlang:send_after(1, S, {dropped, [1]})
    end).

timers_of_the_dead(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, wait, []),
        erlang:send_after(100000, P, {never, lists:seq(1, 10)}),
        erlang:start_timer(100000, P, never),
        exit(P, kill),
        M = monitor(process, P),
        receive {'DOWN', M, _, _, _} -> ok end,
        erlang:send_after(100000, P, never)
    end).

%% 23: a large binary in every place of a process that dies.
binaries_of_the_dead(_, N) ->
    each(N, fun() ->
        B = binary:copy(<<"0123456789">>, 30),
        P = spawn(?MODULE, binary_holder, [B]),
        P ! {mail, B},
        <<_:7, Part:300/bitstring, _/bitstring>> = B,
        P ! {part, Part},
        erlang:yield(),
        exit(P, kill)
    end).
binary_holder(B) ->
    put(held, B),
    put({part, B}, binary:part(B, 3, 100)),
    hold_match(B, binary:copy(B, 2)).
hold_match(<<_, Rest/binary>>, Other) -> receive stop -> ok end, hold_match(Rest, Other).

binary_messages(S, N) ->
    B = binary:copy(<<"0123456789">>, 30),
    each(N, fun() -> S ! {B, binary:part(B, 10, 80)}, S ! binary:copy(B) end).

%% 24: appends, in place and to what others see.
appends(_, N) ->
    each(N div 20 + 1, fun() ->
        A = append(<<>>, 40),
        B = <<A/binary, "left">>,
        C = <<A/binary, "right">>,
        D = <<B/bitstring, 5:3>>,
        E = <<D/bitstring, 1:13>>,
        {<<"left">>, <<"right">>} = {binary:part(B, byte_size(B), -4), binary:part(C, byte_size(C), -5)},
        true = bit_size(E) =:= bit_size(B) + 16,
        E
    end).
append(B, 0) -> B;
append(B, N) -> append(<<B/binary, N:64>>, N - 1).

%% Dictionaries, hibernation, collections asked for.
dictionaries(_, N) ->
    each(N, fun() -> spawn(?MODULE, dictionary, []) end).
dictionary() ->
    _ = [put({key, I}, [I]) || I <- lists:seq(1, 20)],
    erase({key, 3}),
    erlang:garbage_collect().

hibernation(_, N) ->
    each(N, fun() ->
        P = spawn(?MODULE, hibernator, [lists:seq(1, 20)]),
        erlang:yield(),
        P ! stop
    end).
hibernator(L) -> erlang:hibernate(?MODULE, woken, [L]).
woken(_) -> receive stop -> ok end.

%% 26: natives that allocate after they have read their arguments.
natives(_, N) ->
    each(N div 20 + 1, fun() ->
        B = <<"one,two,three,four">>,
        [_, _, _, _] = binary:split(B, <<",">>, [global]),
        "one" ++ _ = unicode:characters_to_list([B, "x", <<16#c3, 16#a4>>]),
        _ = unicode:characters_to_binary(lists:seq(1000, 1100)),
        T = erlang:make_tuple(20, B),
        20 = tuple_size(setelement(3, T, [B])),
        L = lists:seq(1, 50),
        50 = length(lists:reverse(L)),
        [] = L -- L,
        #{a := 1} = maps:merge(#{a => 1}, maps:from_list([{I, B} || I <- lists:seq(2, 40)])),
        B2 = term_to_binary({L, B, T, #{a => L}, 1 bsl 300}),
        {L, B, T, #{a := L}, _} = binary_to_term(B2),
        _ = integer_to_list(1 bsl 200),
        _ = list_to_binary([B, L, B2])
    end).

%% Persistent terms put anew and erased while others hold them, wholly and in part.
persistent_terms(Survivor, N) ->
    each(N div 50 + 1, fun() ->
        Keys = [{?MODULE, I} || I <- lists:seq(1, 40)],
        _ = [persistent_term:put(K, {K, lists:seq(1, 10), binary:copy(<<"y">>, 100)}) || K <- Keys],
        Ps = [spawn(?MODULE, keeper, [K]) || K <- Keys],
        Held = {_, [_ | Rest], B} = persistent_term:get({?MODULE, 7}),
        Survivor ! Held,
        _ = [persistent_term:put(K, {anew, [K]}) || K <- Keys],
        erlang:yield(),
        _ = [P ! stop || P <- Ps],
        _ = [persistent_term:erase(K) || K <- Keys],
        [persistent_term:put(K, immediate) || K <- Keys],
        erlang:yield(),
        [true = persistent_term:erase(K) || K <- Keys],
        {100, {{?MODULE, 7}, [1 | Rest], B}} = {byte_size(B), Held}
    end).
keeper(K) ->
    V = persistent_term:get(K),
    put(part, element(2, V)),
    receive stop -> {_, [1 | _], _} = V end.

%% Exceptions with their traces.
exceptions(_, N) ->
    each(N, fun() ->
        try error({reason, [1]}) catch error:{reason, [1]}:St -> [_ | _] = St end,
        {'EXIT', {function_clause, _}} = (catch wait_not(x)),
        {'EXIT', {badarith, _}} = (catch N + hd([a]))
    end).
wait_not(1) -> ok.

%% max_heap_size ends a process.
heap_limits(_, N) ->
    each(N div 20 + 1, fun() ->
        {_, M} = spawn_opt(?MODULE, grow, [[]],
            [monitor, {max_heap_size, #{size => 2000, kill => true, error_logger => false}}]),
        receive {'DOWN', M, process, _, killed} -> ok end
    end).
grow(L) -> grow([L | L]).

each(0, _) -> ok;
each(N, F) -> F(), each(N - 1, F).
