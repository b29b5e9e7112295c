%% What one operation on a table costs at one size: CPU time, with the loop's own taken off.
-module(ets_scale).
-export([run/1]).

-define(CALLS, 300000).

run(N) ->
    [kind(Type, N) || Type <- [set, ordered_set]],
    ok.

kind(Type, N) ->
    Calls = max(?CALLS, N div 10),
    Loop = time(fun() -> keys(Calls, N, fun(_) -> ok end) end),
    All = time(fun() -> keys(N, N, fun(_) -> ok end) end),
    T = ets:new(t, [Type, public]),
    Insert = time(fun() -> keys(N, N, fun(K) -> ets:insert(T, {K, 0, a, K}) end) end) - All,
    N = ets:info(T, size),
    say(Type, N, insert, Insert / N),
    Words = ets:info(T, memory),
    Each = [{insert_again, fun(K) -> ets:insert(T, {K, 1, a, K}) end},
            {lookup, fun(K) -> ets:lookup(T, K) end},
            {member, fun(K) -> ets:member(T, K) end},
            {update_counter, fun(K) -> ets:update_counter(T, K, 1) end},
            {update_element, fun(K) -> ets:update_element(T, K, {3, K}) end},
            {next, fun(K) -> ets:next(T, K) end},
            {select_key, fun(K) -> ets:select(T, [{{K, '$1', '_', '_'}, [], ['$1']}]) end},
            {match_key, fun(K) -> ets:match_object(T, {K, '_', '_', '_'}) end}],
    [say(Type, N, Name, (time(fun() -> keys(Calls, N, Fun) end) - Loop) / Calls) || {Name, Fun} <- Each],
    Scan = time(fun() -> ets:select_count(T, [{{'_', '_', '_', '$1'}, [{'>', '$1', 17}], [true]}]) end),
    say(Type, N, scan, Scan / N),
    Select = time(fun() -> length(ets:select(T, [{{'_', '$1', '_', '$2'}, [], [{{'$1', '$2'}}]}])) end),
    say(Type, N, select, Select / N),
    Fold = time(fun() -> ets:foldl(fun(O, A) -> element(2, O) + A end, 0, T) end),
    say(Type, N, foldl, Fold / N),
    io:format("~w ~w bytes ~w~n", [Type, N, Words * erlang:system_info(wordsize) div N]),
    Delete = time(fun() -> keys(N div 2, N, fun(K) -> ets:delete(T, K) end) end) - All div 2,
    say(Type, N, delete, Delete / (N div 2)),
    say(Type, N, delete_table, time(fun() -> ets:delete(T) end) / N).

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
