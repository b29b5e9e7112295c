%% Actors that do to each other whatever one process can do to another, drawn from a seed: links,
%% monitors, names, aliases, timers, messages, tables, exits. Each does so many things and ends; one that
%% dies early is replaced until as many as wanted have been. Nothing of them is left at the end.
-module(soak_society).
-export([run/3, actor/3, child/2, woken/1]).

-record(actor, {table, random, left, refs = [], aliases = [], timers = [], tables = [], kept = <<>>}).

-define(NAMES, {soak_a, soak_b, soak_c, soak_d}).
-define(PATIENCE, 60000).

%% Seed, how many actors at once, how many in all.
run(Seed, Width, Count) ->
    process_flag(trap_exit, true),
    Table = ets:new(soak_society, [public, {read_concurrency, true}]),
    start_actors(Table, Seed, lists:seq(1, Width)),
    supervise(Table, Seed + 1, Width, Count),
    true = ets:delete(Table),
    ok.

start_actors(Table, Seed, Indexes) ->
    [begin
         {Pid, _} = spawn_monitor(?MODULE, actor, [Table, Seed * 31 + I, I]),
         ets:insert(Table, {I, Pid})
     end || I <- Indexes].

supervise(_, _, 0, _) -> ok;
supervise(Table, Seed, Alive, Count) ->
    receive
        {'DOWN', _, process, Pid, _} when Count > 0 ->
            [start_actors(Table, Seed, [I]) || [I] <- ets:match(Table, {'$1', Pid})],
            supervise(Table, Seed + 1, Alive, Count - 1);
        {'DOWN', _, process, _, _} -> supervise(Table, Seed, Alive - 1, Count);
        _ -> supervise(Table, Seed, Alive, Count)
    after ?PATIENCE ->
        [exit(Pid, kill) || {I, Pid} <- ets:tab2list(Table), is_integer(I)],
        supervise(Table, Seed, Alive, 0)
    end.

%% ---- one actor --------------------------------------------------------------------------------

actor(Table, Seed, _) ->
    live(#actor{table = Table, random = soak_random:new(Seed), left = 30}).

woken(Actor) -> live(Actor).

live(#actor{left = 0} = A) -> leave(A);
live(#actor{left = Left} = A) ->
    {Op, B} = draw(A, 46),
    live(read(act(Op, B#actor{left = Left - 1}))).

draw(#actor{random = R} = A, N) ->
    {Value, Next} = soak_random:draw(R, N),
    {Value, A#actor{random = Next}}.

peer(#actor{table = Table} = A) ->
    {I, B} = draw(A, 24),
    case ets:lookup(Table, I + 1) of
        [{_, Pid}] -> {Pid, B};
        [] -> {self(), B}
    end.

name(A) ->
    {I, B} = draw(A, 4),
    {element(I + 1, ?NAMES), B}.

leave(A) ->
    {How, B} = draw(A, 8),
    case How of
        0 -> exit(normal);
        1 -> exit(shutdown);
        2 -> exit(large(B));
        3 -> error({of_an_actor, self(), [How]});
        4 -> throw(away);
        5 -> exit(self(), kill);
        _ -> ok
    end.

%% Whatever has come; requests are answered, the rest is forgotten.
read(A) ->
    receive
        {use, Alias, From} -> Alias ! {answer, From, A#actor.kept}, read(A);
        {keep, Term} when is_binary(Term) -> read(A#actor{kept = cut(Term)});
        {'ETS-TRANSFER', Table, _, _} -> read(A#actor{tables = [Table | A#actor.tables]});
        {wait, Ms} -> receive never -> A after Ms -> read(A) end;
        _ -> read(A)
    after 0 -> A
    end.

cut(Binary) when byte_size(Binary) > 5000 -> binary:part(Binary, 10, 1000);
cut(Binary) -> Binary.

large(A) -> {large, [A#actor.kept, binary:copy(<<"reason">>, 30) | lists:duplicate(20, self())]}.

remember(Ref, #actor{refs = Refs} = A) -> A#actor{refs = lists:sublist([Ref | Refs], 8)}.

%% ---- what an actor does -------------------------------------------------------------------------

act(0, A) -> {P, B} = peer(A), catch link(P), B;
act(1, A) -> {P, B} = peer(A), catch link(P), catch unlink(P), B;
act(2, A) -> {P, B} = peer(A), catch unlink(P), B;
act(3, A) -> {P, B} = peer(A), catch unlink(P), catch link(P), catch unlink(P), catch link(P), B;
act(4, A) -> {P, B} = peer(A), remember(monitor(process, P), B);
act(5, A) -> {P, B} = peer(A), remember(monitor(process, P, [{tag, {tag, large(B)}}]), B);
act(6, A) -> {N, B} = name(A), remember(monitor(process, N), B);
act(7, #actor{refs = [R | Rs]} = A) -> demonitor(R), A#actor{refs = Rs};
act(8, #actor{refs = [R | Rs]} = A) -> demonitor(R, [flush, info]), A#actor{refs = Rs};
act(9, #actor{refs = [R | _]} = A) -> demonitor(R, [info]), A;
act(10, A) -> {Seed, B} = draw(A, 100000), spawn_link(?MODULE, child, [B#actor.table, Seed]), B;
act(11, A) -> {Seed, B} = draw(A, 100000), spawn_monitor(?MODULE, child, [B#actor.table, Seed]), B;
act(12, A) -> {O, B} = draw(A, 8), spawn_opt(?MODULE, child, [B#actor.table, O], options(O)), B;
act(13, A) -> {O, B} = draw(A, 8), spawn_request(?MODULE, child, [B#actor.table, O], options(O)), B;
act(14, A) -> spawn_link(fun() -> receive after 5 -> exit(large(A)) end end), A;
act(15, A) -> {P, B} = peer(A), exit(P, normal), B;
act(16, A) -> {P, B} = peer(A), {K, C} = draw(B, 3), catch exit(P, element(K + 1, {kill, shutdown, large(C)})), C;
act(17, A) -> {P, B} = peer(A), P ! {small, self()}, B;
act(18, A) -> {P, B} = peer(A), [P ! {I, large(B)} || I <- [1, 2, 3]], B;
act(19, A) -> {P, B} = peer(A), P ! {keep, <<(B#actor.kept)/binary, "more, and more">>}, B;
act(20, A) -> {P, B} = peer(A), ask(alias([reply]), P, B);
act(21, A) -> {P, B} = peer(A), ask(alias([explicit_unalias]), P, B);
act(22, A) -> {P, B} = peer(A), ask(monitor(process, P, [{alias, reply_demonitor}]), P, B);
act(23, A) -> {P, B} = peer(A), ask(monitor(process, P, [{alias, demonitor}]), P, remember(make_ref(), B));
act(24, #actor{aliases = [R | Rs]} = A) -> unalias(R), A#actor{aliases = Rs};
act(25, A) -> {P, B} = peer(A), timer(erlang:send_after(7, P, {late, large(B)}), B);
act(26, A) -> {N, B} = name(A), timer(erlang:start_timer(3, N, B#actor.kept), B);
act(27, #actor{timers = [T | Ts]} = A) -> erlang:cancel_timer(T), A#actor{timers = Ts};
act(28, A) -> {N, B} = name(A), catch register(N, self()), B;
act(29, A) -> {N, B} = name(A), catch unregister(N), B;
act(30, A) -> {N, B} = name(A), catch N ! {named, B#actor.kept}, B;
act(31, A) -> {P, B} = peer(A), process_info(P, [links, monitors, monitored_by, memory, message_queue_len]), B;
act(32, A) -> {F, B} = draw(A, 3), process_flag(trap_exit, F > 0), B;
act(33, A) -> {F, B} = draw(A, 3), process_flag(priority, element(F + 1, {low, normal, high})), B;
act(34, A) -> put(A#actor.left, {A#actor.kept, [self()]}), _ = erase(A#actor.left + 3), A;
act(35, #actor{kept = K} = A) -> A#actor{kept = cut(<<K/binary, "0123456789", (byte_size(K)):64>>)};
act(36, A) -> _ = (catch ets:insert(A#actor.table, {{x, A#actor.left}, A#actor.kept, large(A)})), A;
act(37, A) -> _ = (catch ets:delete(A#actor.table, {x, A#actor.left})), A;
act(38, A) -> {P, B} = peer(A), own_table(P, B);
act(39, #actor{tables = [T | Ts]} = A) -> {P, B} = peer(A), catch ets:give_away(T, P, given), B#actor{tables = Ts};
act(40, A) -> {P, B} = peer(A), erlang:garbage_collect(P), B;
act(41, #actor{left = Left} = A) when Left > 0 ->
    erlang:send_after(2, self(), wake), erlang:hibernate(?MODULE, woken, [A]);
act(42, A) -> {P, B} = peer(A), suspend(P, B);
act(43, A) -> {P, B} = peer(A), catch group_leader(P, self()), B;
act(44, A) -> {P, B} = peer(A), _ = is_process_alive(P), P ! {wait, 3}, B;
act(45, A) -> limited(A);
act(_, A) -> receive {answer, _, _} -> A after 2 -> A end.

options(0) -> [link];
options(1) -> [monitor];
options(2) -> [link, monitor];
options(3) -> [link, {monitor, [{alias, reply_demonitor}]}];
options(4) -> [{monitor, [{tag, [a, tag]}]}, {min_heap_size, 500}];
options(5) -> [link, {priority, high}, {message_queue_data, off_heap}];
options(6) -> [{fullsweep_after, 0}, link];
options(7) -> [{max_heap_size, #{size => 3000, kill => true, error_logger => false}}].

ask(Alias, To, A) ->
    To ! {use, Alias, self()},
    A#actor{aliases = lists:sublist([Alias | A#actor.aliases], 5)}.

timer(Timer, A) -> A#actor{timers = lists:sublist([Timer | A#actor.timers], 5)}.

own_table(Heir, A) ->
    case erlang:system_info(ets_count) < 40 of
        true ->
            T = ets:new(soak_own, [element(1 + A#actor.left rem 3, {set, ordered_set, bag}), public, {heir, Heir, [heir]}]),
            [ets:insert(T, {I, A#actor.kept, [I]}) || I <- lists:seq(1, 20)],
            _ = (catch ets:next(T, ets:first(T))),
            A#actor{tables = [T | A#actor.tables]};
        false -> A
    end.

suspend(P, A) ->
    _ = (catch erlang:suspend_process(P, [unless_suspending, asynchronous])),
    receive never -> ok after 1 -> ok end,
    A#actor.left rem 2 =:= 0 andalso catch erlang:resume_process(P),
    A.

%% A child that may hold little and makes much.
limited(A) ->
    spawn_opt(fun() -> lists:seq(1, 10000) end,
              [link, {max_heap_size, #{size => 2000, kill => A#actor.left rem 2 =:= 0, error_logger => false}}]),
    A.

child(Table, Seed) ->
    _ = Seed rem 3 =:= 0 andalso process_flag(trap_exit, true),
    live(#actor{table = Table, random = soak_random:new(Seed), left = Seed rem 4}).
