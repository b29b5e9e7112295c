%% Reloads of leak_target while its literals are held by everything that can hold a term.
-module(leak_reload).
-export([keeper/0, run/3, attempt/3, holder/2, asleep/1, quit/0]).

%% Holds literals of the first version for ever.
keeper() -> keeper({leak_target:all(), leak_target:nested()}).

keeper(Held) ->
    receive {check, From} -> From ! {self(), Held =:= {leak_target:all(), leak_target:nested()}} end,
    keeper(Held).

run(Beam, Keeper, N) ->
    try
        purge_old(),
        rounds(Beam, N),
        true = ask(Keeper)
    catch Class:Reason:Trace ->
        erlang:display({Class, Reason, Trace}),
        halt(1)
    end.

%% A reload for which memory may run out anywhere; what it started ends with it.
attempt(Beam, _, _) ->
    All = leak_target:all(),
    [spawn_link(?MODULE, holder, [How, All]) || How <- [dictionary, heap, unread]],
    Flight = spawn_link(?MODULE, holder, [flight, ok]),
    erlang:send_after(1000, Flight, {late, All}),
    monitor(process, Flight, [{tag, leak_target:tag()}]),
    erlang:yield(),
    Flight ! {flight, All, leak_target:nested()},
    catch reload(Beam),
    exit(All =:= leak_target:all() orelse halt(1)).

quit() -> exit({leak_target:tag(), leak_target:nested()}).

%% What an attempt may have left half done.
purge_old() ->
    case erlang:check_old_code(leak_target) of
        true ->
            erts_internal:purge_module(leak_target, prepare),
            true = erts_internal:purge_module(leak_target, complete);
        false ->
            ok
    end.

rounds(_, 0) -> ok;
rounds(Beam, N) ->
    All = leak_target:all(),
    Text = leak_target:text(),
    <<_:13, Bits/bits>> = Text,
    <<_:4/binary, Part:100/binary, _/binary>> = Text,
    put(All, leak_target:nested()),
    Often = often(leak_target:nested(), 200),
    Closure = leak_target:closure(leak_target:tag()),
    Holders = [spawn(?MODULE, holder, [How, leak_target:all()])
        || How <- [dictionary, heap, stack, unread, asleep, grown]],
    ok = settle(Holders),
    Flight = spawn(?MODULE, holder, [flight, ok]),
    Flight ! {flight, leak_target:all(), [leak_target:nested() | Part]},
    Timer = erlang:send_after(3600000, Flight, {late, leak_target:all()}),
    _ = erlang:send_after(1, self(), {late, leak_target:nested()}),
    self() ! {own, leak_target:text()},
    {Dying, M1} = spawn_monitor(fun() -> exit({leak_target:tag(), leak_target:nested()}) end),
    M2 = monitor(process, Flight, [{tag, leak_target:tag()}]),
    false = erlang:yield() =:= leak_target:tag(),
    ok = reload(Beam),
    New = leak_target:all(),
    true = All =:= New,
    true = Text =:= leak_target:text(),
    true = <<0:13, Bits/bits>> =:= begin <<_:13, B/bits>> = leak_target:text(), <<0:13, B/bits>> end,
    true = Part =:= binary:part(leak_target:text(), 4, 100),
    true = get(New) =:= leak_target:nested(),
    _ = erase(New),
    true = Often =:= often(leak_target:nested(), 200),
    true = is_small(),
    {env, [Tag]} = erlang:fun_info(Closure, env),
    true = Tag =:= leak_target:tag(),
    [true = ask(P) || P <- [Flight | Holders]],
    ok = receive {own, T} -> true = T =:= leak_target:text(), ok end,
    ok = receive {late, L} -> true = L =:= leak_target:nested(), ok end,
    ok = receive {'DOWN', M1, process, Dying, Why} ->
        true = Why =:= {leak_target:tag(), leak_target:nested()}, ok
    end,
    false = erlang:cancel_timer(Timer) =:= false,
    exit(Flight, kill),
    ok = receive {DownTag, M2, process, Flight, killed} -> true = DownTag =:= leak_target:tag(), ok end,
    [begin M = monitor(process, P), exit(P, kill), receive {'DOWN', M, _, _, _} -> ok end end
        || P <- Holders],
    rounds(Beam, N - 1).

reload(Beam) ->
    Prepared = erts_internal:prepare_loading(leak_target, Beam),
    ok = erlang:finish_loading([Prepared]),
    true = erts_internal:purge_module(leak_target, prepare),
    true = erts_internal:purge_module(leak_target, complete),
    false = erlang:check_old_code(leak_target),
    ok.

often(_, 0) -> [];
often(T, N) -> [T | often(T, N - 1)].

%% What was one literal is one term after it: 200 copies would be ten times that.
is_small() -> {total_heap_size, Words} = process_info(self(), total_heap_size), Words < 40000.

settle([]) -> ok;
settle([P | Ps]) ->
    case process_info(P, status) of
        {status, waiting} -> settle(Ps);
        _ -> erlang:yield(), settle([P | Ps])
    end.

ask(P) -> P ! {check, self()}, receive {P, Answer} -> Answer end.

holder(dictionary, All) -> put(held, All), put(All, held), await(fun() -> {get(held), get(get(held))} end, held);
holder(heap, All) -> T = [self(), All, [All]], await(fun() -> {hd(tl(T)), hd(hd(tl(tl(T))))} end, same);
holder(stack, All) -> answer(true), {All, _} = {leak_target:all(), All}, ok;
holder(unread, All) -> self() ! {unread, All}, unread();
holder(asleep, All) -> erlang:hibernate(?MODULE, asleep, [All]);
holder(grown, All) -> grown([All | lists:seq(1, 3000)], 20);
holder(flight, ok) ->
    receive {flight, All, [Nested | Part]} ->
        Part = binary:part(leak_target:text(), 4, 100),
        Nested = leak_target:nested(),
        await(fun() -> {All, All} end, same)
    end.

%% Old and young terms hold them: some have survived collections.
grown([All | _] = T, 0) -> await(fun() -> {All, hd(T)} end, same);
grown([All | T], N) -> grown([All | lists:reverse(T)], N - 1).

await(F, How) ->
    receive {check, From} ->
        All = leak_target:all(),
        From ! {self(), case F() of {All, All} when How =:= same -> true; {All, held} -> true; _ -> false end}
    end,
    await(F, How).

answer(Bool) -> receive {check, From} -> From ! {self(), Bool} end, Bool.

unread() ->
    receive {check, From} ->
        receive {unread, All} -> From ! {self(), All =:= leak_target:all()} end
    end,
    unread().

asleep(All) -> await(fun() -> {All, All} end, same).
