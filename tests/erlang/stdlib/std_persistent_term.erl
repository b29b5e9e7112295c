%% Persistent terms: every function, values that are held by processes, messages, timers and dictionaries while they are put anew or erased.
-module(std_persistent_term).
-export([start/0, holder/1]).
-include("../support/show.hrl").

start() ->
    functions(),
    [?P(held(Kind, How)) || Kind <- [small, list, binaries, parts, fun_, map, large], How <- [put, erase]],
    ?P(many(2000)),
    ?P(on_their_way(put)), ?P(on_their_way(erase)),
    ?P(same_key_again(500)),
    ?P(parts_outlive()),
    ?P(in_tables()),
    ok.

functions() ->
    K = {?MODULE, key},
    ?P(persistent_term:get(K)), ?P(persistent_term:get(K, [default])), ?P(persistent_term:erase(K)),
    ?P(persistent_term:put(K, {a, "value", <<1:9>>})), ?P(persistent_term:get(K)), ?P(persistent_term:get(K, none)),
    ?P(lists:keyfind(K, 1, persistent_term:get())),
    ?P(persistent_term:put(K, #{1 => 1.0})), ?P(persistent_term:put(K, #{1 => 1.0})), ?P(persistent_term:put(K, #{1.0 => 1})), ?P(persistent_term:get(K)),
    ?P(persistent_term:put(1, int)), ?P(persistent_term:put(1.0, float)), ?P({persistent_term:get(1), persistent_term:get(1.0)}),
    ?P(persistent_term:put([], [])), ?P(persistent_term:get([])), ?P([persistent_term:erase(X) || X <- [1, 1.0, [], K, K]]),
    #{count := C, memory := M} = persistent_term:info(),
    persistent_term:put(K, lists:seq(1, 10000)),
    #{count := C1, memory := M1} = persistent_term:info(),
    ?P({C1 - C, M1 - M >= 80000 orelse erlang:system_info(wordsize) < 8}),
    ?P(persistent_term:erase(K)),
    #{count := C, memory := M2} = persistent_term:info(),
    ?P(M2 < M1),
    ?P(lists:keymember(K, 1, persistent_term:get())).

value(small, N) -> {small, N};
value(list, N) -> [[I, N] || I <- lists:seq(1, 100)];
value(binaries, N) -> [binary:copy(<<N>>, 10), binary:copy(<<N>>, 1000), binary:part(binary:copy(<<N, 1>>, 500), 3, 700), <<N:13>>];
value(parts, N) -> X = [N, N], {X, [X, X], {X}};
value(fun_, N) -> fun(X) -> {X, N, [N]} end;
value(map, N) -> maps:from_list([{I, {N, I}} || I <- lists:seq(1, 60)]);
value(large, N) -> [{I, I bsl 70, N} || I <- lists:seq(1, 20000)].

%% Processes that hold all or a part of a value, in variables, in the dictionary, in funs, in messages not yet received.
held(Kind, How) ->
    K = {?MODULE, Kind},
    persistent_term:put(K, value(Kind, 1)),
    Sum = erlang:phash2(shown(persistent_term:get(K))),
    Ps = [spawn_monitor(?MODULE, holder, [K]) || _ <- lists:seq(1, 5)],
    [P ! {keep, persistent_term:get(K)} || {P, _} <- Ps],
    [P ! {ready, self()} || {P, _} <- Ps],
    [receive {ready, P} -> ok end || {P, _} <- Ps],
    [P ! {later, persistent_term:get(K)} || {P, _} <- Ps],
    case How of put -> persistent_term:put(K, value(Kind, 2)); erase -> persistent_term:erase(K) end,
    junk(20),
    [P ! {say, self()} || {P, _} <- Ps],
    Said = [receive {said, P, S} -> S end || {P, _} <- Ps],
    [receive {'DOWN', M, _, _, R} -> R end || {_, M} <- Ps],
    persistent_term:erase(K),
    {Kind, How, lists:usort(lists:append(Said)) =:= [Sum]}.

holder(K) ->
    put(value, persistent_term:get(K)),
    receive {keep, V} -> ok end,
    F = fun() -> V end,
    T = {persistent_term:get(K), [V | V]},
    receive {ready, P} -> P ! {ready, self()} end,
    receive {say, Q} -> Q ! {said, self(), [erlang:phash2(shown(X)) || X <- [get(value), V, F(), element(1, T), hd(element(2, T)), tl(element(2, T)), receive {later, L} -> L end]]} end.

shown(F) when is_function(F) -> F(x);
shown(X) -> X.

junk(0) -> ok;
junk(N) -> _ = lists:seq(1, 1000), erlang:yield(), junk(N - 1).

many(N) ->
    [persistent_term:put({many, I}, [I, {I}]) || I <- lists:seq(1, N)],
    Kept = [persistent_term:get({many, I}) || I <- lists:seq(1, N)],
    [persistent_term:put({many, I}, I) || I <- lists:seq(1, N, 2)],
    [persistent_term:erase({many, I}) || I <- lists:seq(2, N, 2)],
    erlang:yield(),
    true = Kept =:= [[I, {I}] || I <- lists:seq(1, N)],
    Left = lists:sum([V || {{many, _}, V} <- persistent_term:get()]),
    [true = persistent_term:erase({many, I}) || I <- lists:seq(1, N, 2)],
    {Left, length([x || {{many, _}, _} <- persistent_term:get()])}.

on_their_way(How) ->
    persistent_term:put(way, {value, [1, 2, 3]}),
    erlang:send_after(20, self(), {timer, persistent_term:get(way)}),
    self() ! {message, persistent_term:get(way)},
    {_, M} = spawn_monitor(fun() -> exit({down, persistent_term:get(way)}) end),
    case How of put -> persistent_term:put(way, other); erase -> persistent_term:erase(way) end,
    junk(5),
    R = {receive {message, X} -> X end, receive {timer, Y} -> Y end, receive {'DOWN', M, _, _, Z} -> Z end},
    persistent_term:erase(way),
    case R of
        {A, B, {badarg, _}} -> {A, B, {down, A}};
        {A, B, {down, other}} -> {A, B, {down, A}};
        {_, _, {down, _}} -> R
    end.

same_key_again(N) ->
    [begin persistent_term:put(again, {I, [I]}), {I, [I]} = persistent_term:get(again) end || I <- lists:seq(1, N)],
    persistent_term:erase(again).

%% A small part of a large value.
parts_outlive() ->
    persistent_term:put(outer, [{I, [I, {x, I}]} || I <- lists:seq(1, 1000)]),
    {_, Part} = lists:keyfind(777, 1, persistent_term:get(outer)),
    New = {Part, persistent_term:get(outer)},
    persistent_term:put(inner, New),
    persistent_term:erase(outer),
    junk(3),
    R = {Part, erlang:phash2(persistent_term:get(inner)), erlang:phash2(New)},
    persistent_term:erase(inner),
    junk(3),
    {R, erlang:phash2(New)}.

in_tables() ->
    T = ets:new(t, []),
    persistent_term:put(tab, {"abc", <<1, 2>>, binary:copy(<<"x">>, 100)}),
    ets:insert(T, {k, persistent_term:get(tab)}),
    persistent_term:erase(tab),
    junk(2),
    R = ets:lookup(T, k),
    ets:delete(T),
    R.
