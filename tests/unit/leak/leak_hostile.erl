%% What no compiler hands out: match contexts, as arguments of everything.
-module(leak_hostile).
-export([run/1, calls/3, ops/1]).

-define(MODULES, [erlang, erts_internal, lists, maps, binary, ets, re, os, persistent_term, math, unicode,
    erts_debug, atomics, counters, erl_tracer, prim_file, prim_buffer, zlib, string, io, code, atomvm,
    erts_literal_area_collector, atomvm_code]).

%% Natives that end or stop the machine or its processes, as they shall, or need a caller of their own.
skipped() ->
    [halt, hibernate, exit, suspend_process, garbage_collect, yield, purge_module, delete_module, display_string, sleep].

run(Rounds) ->
    try run_all(Rounds)
    catch Class:Reason:Trace -> erlang:display({Class, Reason, Trace}), halt(1)
    end.

run_all(Rounds) ->
    _ = process_flag(trap_exit, true),
    ops(Rounds),
    [await(spawn_monitor(?MODULE, calls, [M, [{F, A} || {F, A} <- exports(M), not lists:member(F, skipped())], Rounds]))
        || M <- ?MODULES],
    ok.

exports(M) ->
    try [{F, A} || {F, A} <- M:module_info(exports), A > 0, A < 5, erlang:is_builtin(M, F, A)]
    catch error:undef -> [] end.

await({P, M}) ->
    receive {'DOWN', M, process, P, _} -> ok
    after 60000 -> exit(P, kill), receive {'DOWN', M, process, P, _} -> ok end
    end.

calls(M, Functions, Rounds) ->
    _ = process_flag(trap_exit, true),
    put(seed, Rounds + length(Functions)),
    [call(M, F, A, Rounds) || {F, A} <- Functions].

call(_, _, _, 0) -> ok;
call(M, F, A, N) ->
    Arguments = [argument(random(14)) || _ <- lists:seq(1, A)],
    put(last, {M, F, Arguments}),
    Result = (catch apply(M, F, Arguments)),
    _ = (catch self() ! {Result, Arguments}),
    _ = receive _ -> ok after 0 -> ok end,
    call(M, F, A, N - 1).

random(N) ->
    Next = (get(seed) * 1103515245 + 12345) band 16#7fffffff,
    put(seed, Next),
    (Next bsr 8) rem N.

context() ->
    C = m:make(case random(3) of
        0 -> <<"small">>;
        1 -> binary:copy(<<"large ">>, 40);
        2 -> <<5:13>>
    end),
    _ = [m:advance(C) || _ <- lists:seq(1, random(4))],
    C.

argument(0) -> [context() | context()];
argument(1) -> [context(), 65, <<"x">>];
argument(2) -> {context()};
argument(3) -> #{context() => 1, k => context()};
argument(4) -> fun() -> context() end;
argument(5) -> random(5);
argument(6) -> [];
argument(7) -> a;
argument(8) -> [{context(), a}, {b, context()}];
argument(9) -> maps:from_list([{{I, context()}, context()} || I <- lists:seq(1, 40)]);
argument(_) -> context().

ops(0) -> ok;
ops(N) ->
    put(seed, N),
    C = context(),
    All = [C, [C], {C}, #{C => C}, #{[C] => {C}}, m:make(<<"small">>), <<"small">>, 1.5, 1, a, self(), make_ref(), [],
           fun() -> C end, argument(9)],
    _ = [{A < B, A == B, A =:= B, A =< B, [A] =:= [B], {A, 1} < {B, 1}} || A <- All, B <- All],
    _ = [catch F() || F <- [
        fun() -> C() end, fun() -> C:f() end, fun() -> apply(C, C, C) end, fun() -> apply(a, b, C) end,
        fun() -> C + 1 end, fun() -> -C end, fun() -> C ++ [] end, fun() -> [] ++ C end, fun() -> [a] -- C end,
        fun() -> <<C/binary>> end, fun() -> <<C/bits, 1>> end, fun() -> <<C:8>> end, fun() -> <<C/float>> end,
        fun() -> <<1:C>> end, fun() -> <<C/utf8>> end, fun() -> C#{a => 1} end, fun() -> #{a := _} = C end,
        fun() -> {_, _} = C end, fun() -> case C of <<X, _/bits>> -> X end end,
        fun() -> case C of <<X/float, R/bits>> -> {X, R} end end, fun() -> [X || <<X>> <= C] end,
        fun() -> [X || X <- C] end, fun() -> C ! C end, fun() -> self() ! C end, fun() -> error(C) end,
        fun() -> error(C, C) end, fun() -> error(C, [C]) end, fun() -> throw(C) end, fun() -> exit(C) end,
        fun() -> receive after C -> ok end end, fun() -> receive after {C} -> ok end end,
        fun() -> m:wait(C) end, fun() -> if C -> 1; true -> 2 end end, fun() -> not C end, fun() -> C andalso a end,
        fun() -> spawn(C) end, fun() -> spawn(erlang, display, [C]) end, fun() -> spawn(lists, C, C) end,
        fun() -> erlang:raise(error, C, C) end, fun() -> erlang:raise(C, a, []) end,
        fun() -> try error(C) catch _:E:S -> {E, S} end end, fun() -> exit(self(), C) end,
        fun() -> io_lib:format("~p ~w", [C, {C}]) end, fun() -> element(C, {a}) end, fun() -> setelement(1, C, a) end
    ]],
    _ = catch keys(argument(9), 60),
    {_, R} = spawn_monitor(fun() -> exit({C, context()}) end),
    _ = receive {'DOWN', R, _, _, _} -> ok after 1000 -> ok end,
    flush(),
    ops(N - 1).

%% Keys that change under a map.
keys(Map, 0) ->
    self() ! Map,
    receive M when is_map(M) -> keys_again(M, 40) end;
keys(Map, N) ->
    Key = {random(60), C = context()},
    Map1 = Map#{Key => N, C => N},
    _ = m:advance(C),
    Map2 = try case random(3) of
        0 -> maps:remove(Key, Map1);
        1 -> maps:merge(Map1, Map);
        2 -> case maps:keys(Map1) of [K | _] -> _ = change(K), maps:remove(K, Map1); [] -> Map1 end
    end catch error:_ -> Map1 end,
    _ = catch {Map2 =:= Map1, Map2 < Map, map_size(Map2), maps:to_list(Map2), erlang:phash2(Map2)},
    keys(Map2, N - 1).

change({_, C}) -> m:advance(C);
change(C) -> m:advance(C).

keys_again(M, 0) -> binary_to_term(term_to_binary(M)), ok;
keys_again(M, N) ->
    M1 = lists:foldl(fun(K, Acc) -> Acc#{K => N, {N, K} => 1} end, M, lists:sublist(maps:keys(M), 3)),
    keys_again(lists:foldl(fun maps:remove/2, M1, lists:sublist(maps:keys(M), random(8))), N - 1).

flush() -> receive _ -> flush() after 0 -> ok end.
