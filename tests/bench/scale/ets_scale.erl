%% What one operation on a table costs at one size: CPU time, with the loop's own taken off.
-module(ets_scale).
-export([run/2]).

-define(CALLS, 1000000).

run(Types, N) ->
    [kind(Type, N) || Type <- Types],
    ok.

%% What goes through a whole table is done to as many tables as make a million objects.
kind(Type, N) ->
    Tables = [T | _] = [ets:new(t, [Type, public]) || _ <- lists:seq(1, max(1, ?CALLS div N))],
    Objects = N * length(Tables),
    Loop = time(fun() -> keys(?CALLS, N, fun(_) -> ok end) end) / ?CALLS,
    Insert = time(fun() -> [keys(N, N, fun(K) -> ets:insert(Each, {K, 0, a, K}) end) || Each <- Tables] end),
    say(Type, N, insert, Insert / Objects - Loop),
    N = ets:info(T, size),
    Words = ets:info(T, memory),
    Calls = [{insert_again, fun(K) -> ets:insert(T, {K, 1, a, K}) end},
             {lookup, fun(K) -> ets:lookup(T, K) end},
             {member, fun(K) -> ets:member(T, K) end},
             {update_counter, fun(K) -> ets:update_counter(T, K, 1) end},
             {update_element, fun(K) -> ets:update_element(T, K, {3, K}) end},
             {next, fun(K) -> ets:next(T, K) end},
             {select_key, fun(K) -> ets:select(T, [{{K, '$1', '_', '_'}, [], ['$1']}]) end},
             {match_key, fun(K) -> ets:match_object(T, {K, '_', '_', '_'}) end}],
    [say(Type, N, Name, time(fun() -> keys(?CALLS, N, Fun) end) / ?CALLS - Loop) || {Name, Fun} <- Calls],
    Walks = [{scan, fun(Each) -> ets:select_count(Each, [{{'_', '_', '_', '$1'}, [{'>', '$1', 17}], [true]}]) end},
             {select, fun(Each) -> length(ets:select(Each, [{{'_', '$1', '_', '$2'}, [], [{{'$1', '$2'}}]}])) end},
             {foldl, fun(Each) -> ets:foldl(fun(O, A) -> element(2, O) + A end, 0, Each) end}],
    [say(Type, N, Name, time(fun() -> [Fun(Each) || Each <- Tables] end) / Objects) || {Name, Fun} <- Walks],
    io:format("~w ~w bytes ~w~n", [Type, N, Words * erlang:system_info(wordsize) div N]),
    Delete = time(fun() -> [keys(N div 2, N, fun(K) -> ets:delete(Each, K) end) || Each <- Tables] end),
    say(Type, N, delete, Delete / (Objects div 2) - Loop),
    say(Type, N, delete_table, time(fun() -> [ets:delete(Each) || Each <- Tables] end) / (Objects - Objects div 2)).

say(Type, N, Name, Nanoseconds) -> io:format("~w ~w ~w ~w~n", [Type, N, Name, round(max(Nanoseconds, 0))]).

%% Keys from 0 to N - 1 in an order without neighbours.
keys(Calls, N, Fun) -> keys(Calls, N, 0, step(N), Fun).
keys(0, _, _, _, _) -> ok;
keys(Calls, N, K, Step, Fun) ->
    Fun(K),
    keys(Calls - 1, N, case K + Step of Next when Next >= N -> Next - N; Next -> Next end, Step, Fun).

step(N) -> prime_to(N, N * 618 div 1000).
prime_to(N, S) -> case gcd(N, S) of 1 -> S; _ -> prime_to(N, S + 1) end.
gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

%% CPU time of the whole machine in nanoseconds.
time(Fun) ->
    Me = self(),
    {Pid, Ref} = spawn_opt(fun() ->
        {Before, _} = statistics(runtime),
        Fun(),
        {After, _} = statistics(runtime),
        Me ! {time, (After - Before) * 1000000}
    end, [monitor]),
    receive {'DOWN', Ref, process, Pid, Reason} -> normal = Reason, receive {time, T} -> T end end.
