%% Numbers that grow: references, pids, ids of unlinks, where they pass a power of two.
-module(leak_numbers).
-export([references/1, pids/1, missing/1]).

%% References of every origin: none is there twice, in whatever form.
references(_) ->
    Refs = lists:append([fresh() || _ <- lists:seq(1, 40)]),
    true = length(Refs) =:= length(lists:usort(Refs)),
    Forms = [{R, term_to_binary(R), erlang:ref_to_list(R), binary_to_term(term_to_binary(R))} || R <- Refs],
    true = length(Refs) =:= length(lists:usort([B || {_, B, _, _} <- Forms])),
    true = length(Refs) =:= length(lists:usort([T || {_, _, T, _} <- Forms])),
    [] = [R || {R, _, T, Again} <- Forms, R =/= Again orelse erlang:list_to_ref(T) =/= R],
    true = length(Refs) =:= maps:size(maps:from_keys(Refs, [])),
    ok.

fresh() ->
    R1 = make_ref(),
    P = spawn(fun wait/0),
    R2 = monitor(process, P),
    true = demonitor(R2, [flush]),
    R3 = erlang:start_timer(100000, self(), x),
    true = is_integer(erlang:read_timer(R3)),
    true = is_integer(erlang:cancel_timer(R3)),
    R4 = monitor(process, P, [{tag, tag}]),
    link(P), unlink(P), link(P),
    {Q, R5} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', R5, process, Q, normal} -> ok end,
    P ! stop,
    receive {tag, R4, process, P, normal} -> ok end,
    R6 = alias(),
    R6 ! {through, R6},
    receive {through, R6} -> ok end,
    true = unalias(R6),
    [R1, R2, R3, R4, R5, R6].

wait() -> receive stop -> ok end.

%% Pids are not given again while their processes live.
pids(N) ->
    Pids = [spawn_link(fun wait/0) || _ <- lists:seq(1, N)],
    N = length(lists:usort(Pids)),
    false = lists:member(self(), Pids),
    _ = [begin true = is_process_alive(P), P = list_to_pid(pid_to_list(P)), P = binary_to_term(term_to_binary(P)) end || P <- Pids],
    _ = [P ! stop || P <- Pids],
    ok.

%% What is not there is undef when it is called, however; the module loads.
missing(_) ->
    Undef = fun(F) -> {'EXIT', {undef, [{erlang, no_such_native, [1], _} | _]}} = (catch F()) end,
    Undef(fun() -> erlang:no_such_native(1) end),
    Undef(fun() -> apply(erlang, no_such_native, [1]) end),
    Undef(fun() -> (fun erlang:no_such_native/1)(1) end),
    Undef(fun() -> M = binary_to_atom(<<"erlang">>), M:no_such_native(1) end),
    {'EXIT', {undef, [{no_such_module, f, [], _} | _]}} = (catch no_such_module:f()),
    {'EXIT', {undef, _}} = (catch spawn_and_wait()),
    false = erlang:function_exported(erlang, no_such_native, 1),
    ok.

spawn_and_wait() ->
    {P, M} = spawn_monitor(erlang, no_such_native, [1]),
    receive {'DOWN', M, process, P, Reason} -> exit(Reason) end.
