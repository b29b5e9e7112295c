%% Natives that take long, on threads of their own: what they delay, what they may hold, how they end. A machine
%% without such threads runs them where they are called.
-module(nif_dirty).
-export([start/0, nap_io/1, nap_cpu/1, nap/1, hold/3, outlive/2, tell/2, fail/1, hop/2, make/2]).
-on_load(init/0).

-define(CODE, nif_dirty_code).

init() -> erlang:load_nif("./nif_dirty", []).

nap_io(_) -> erlang:nif_error(not_loaded).
nap_cpu(_) -> erlang:nif_error(not_loaded).
nap(_) -> erlang:nif_error(not_loaded).
hold(_, _, _) -> erlang:nif_error(not_loaded).
outlive(_, _) -> erlang:nif_error(not_loaded).
tell(_, _) -> erlang:nif_error(not_loaded).
fail(_) -> erlang:nif_error(not_loaded).
hop(_, _) -> erlang:nif_error(not_loaded).
make(_, _) -> erlang:nif_error(not_loaded).

start() ->
    register(nif_dirty_main, self()),
    [io:format("~p: ~p~n", [Name, Test()]) || {Name, Test} <- tests()],
    ok.

tests() ->
    [{where, fun where/0}, {hops, fun hops/0}, {failures, fun failures/0}, {messages, fun messages/0},
     {made, fun made/0}, {many, fun many/0}, {beside, fun beside/0}, {killed, fun killed/0},
     {erased, fun erased/0}, {purged, fun purged/0}, {asked, fun asked/0}, {storm, fun storm/0}].

is_dirty() -> erlang:system_info(dirty_io_schedulers) > 0.

%% What a native says of its thread, as on a machine that has all kinds.
seen(Kinds, Expected) ->
    case is_dirty() of
        true -> Kinds =:= Expected;
        false -> lists:all(fun(K) -> K =:= normal end, Kinds) andalso length(Kinds) =:= length(Expected)
    end.

where() ->
    seen([nap_io(1), nap_cpu(1), nap(1), nap_io(0)], [io, cpu, normal, io]).

hops() ->
    [seen(hop(N, []), lists:reverse(lists:sublist([normal | kinds(N)], N + 1))) || N <- [0, 1, 2, 3, 10, 60]].

kinds(0) -> [];
kinds(N) -> [element(N rem 3 + 1, {cpu, io, normal}) | kinds(N - 1)].

failures() ->
    [try fail(X) catch C:R:S -> {C, R, [{M, F, A} || {M, F, A, _} <- lists:sublist(S, 2)]} end
     || X <- [an_atom, {a, tuple}, "text", 1 bsl 80]] ++ [element(1, element(2, (catch nap_io(wrong))))].

messages() ->
    {main, Got} = {tell(self(), 50), [receive {N, S} when S =:= self() -> N end || N <- lists:seq(1, 50)]},
    Self = self(),
    Others = [spawn(fun() -> tell(Self, 100) end) || _ <- lists:seq(1, 5)],
    [Got =:= lists:seq(1, 50) | [[receive {N, P} -> N end || N <- lists:seq(1, 100)] =:= lists:seq(1, 100) || P <- Others]].

made() ->
    {_, Ok} = lists:foldl(fun(_, {Kept, Ok}) ->
        L = make(20, 100),
        {[hd(L) | Kept], Ok andalso lists:all(fun({N, B}) -> B =:= binary:copy(<<N>>, 100) end,
            lists:zip(lists:seq(0, 19), L))}
    end, {[], true}, lists:seq(1, 200)),
    Ok.

%% More than there are threads for.
many() ->
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {self(), nap_io(10)} end) || _ <- lists:seq(1, 45)],
    seen([receive {P, K} -> K end || P <- Pids], lists:duplicate(45, io)).

%% Others go on; a loaded machine may let none of them run for as long.
beside() -> not is_dirty() orelse beside(20).

beside(0) -> false;
beside(Tries) ->
    {P, M} = spawn_monitor(fun() -> nap_io(300) end),
    ticks(M, P, 0) >= 3 orelse beside(Tries - 1).

ticks(M, P, N) ->
    receive {'DOWN', M, process, P, normal} -> N after 10 -> ticks(M, P, N + 1) end.

killed() ->
    Self = self(),
    Limit = case is_dirty() of true -> 20000; false -> 1 end,
    [begin
         P = spawn(fun() -> outlive(Self, Limit), Self ! survived end),
         receive begun -> ok end,
         M = monitor(process, P),
         exit(P, Reason),
         Said = receive alive -> alive; not_alive -> not_alive end,
         Down = receive {'DOWN', M, process, P, R} -> R end,
         {Said =:= not_alive orelse not is_dirty(), is_process_alive(P),
          lists:member(Down, [killed, boom, noproc, normal]), receive survived -> not is_dirty() after 0 -> true end}
     end || Reason <- [kill, boom]].

held() -> {lists:seq(1, 300) ++ [[N, N + 1, [N]] || N <- lists:seq(1, 100)], binary:copy(<<"held">>, 500)}.

%% What a native holds outlives its term. OTP 25 itself frees it, and may die of it.
erased() ->
    case erlang:function_exported(atomvm, memory, 0) of
        true -> erase_held();
        false -> lists:duplicate(5, true)
    end.

erase_held() ->
    Self = self(),
    Same = held(),
    Pids = [begin
                persistent_term:put({?MODULE, N}, Same),
                P = spawn(fun() -> Self ! {self(), hold(persistent_term:get({?MODULE, N}), 100, Self)} end),
                receive holding -> ok end,
                true = persistent_term:erase({?MODULE, N}),
                P
            end || N <- lists:seq(1, 5)],
    [persistent_term:put({?MODULE, other}, {lists:duplicate(1000, N), <<>>}) || N <- lists:seq(1, 50)],
    persistent_term:erase({?MODULE, other}),
    [erlang:garbage_collect(P) || P <- processes(), P =/= self()],
    [begin
         receive {P, {First, Last}} -> First =:= Last end
     end || P <- Pids].

code_of(V) ->
    Forms = [{attribute, 1, module, ?CODE}, {attribute, 1, export, [{literal, 0}, {run, 2}]},
             {function, 2, literal, 0, [{clause, 2, [], [], [erl_parse:abstract({held(), V}, 2)]}]},
             {function, 3, run, 2, [{clause, 3, [{var, 3, 'F'}, {var, 3, 'X'}], [],
                 [{tuple, 3, [{call, 3, {var, 3, 'F'}, [{call, 3, {atom, 3, literal}, []}]}, {var, 3, 'X'}]}]}]}],
    {ok, ?CODE, Code} = compile:forms(Forms, []),
    Code.

%% The literals of a module that goes while they are held; and who would return to its code ends, unless it
%% has returned meanwhile.
purged() ->
    Self = self(),
    [First, Second] = [code_of(V) || V <- [1, 2]],
    {module, ?CODE} = code:load_binary(?CODE, "", First),
    Holder = spawn(fun() ->
        {Term, 1} = ?CODE:literal(),
        Self ! {self(), hold(Term, 200, Self)}
    end),
    receive holding -> ok end,
    {Runner, M} = spawn_monitor(fun() -> ?CODE:run(fun({T, 1}) -> hold(T, 200, Self) end, x), Self ! survived end),
    receive holding -> ok end,
    {module, ?CODE} = code:load_binary(?CODE, "", Second),
    code:purge(?CODE),
    {_, 2} = ?CODE:literal(),
    true = code:delete(?CODE),
    code:purge(?CODE),
    [erlang:garbage_collect(P) || P <- processes(), P =/= self()],
    {Before, After} = receive {Holder, Result} -> Result end,
    Down = receive {'DOWN', M, process, Runner, R} -> R end,
    {Before =:= After, lists:member(Down, [killed, normal])}.

%% What others ask of a process whose native runs is answered, then or afterwards.
asked() ->
    Self = self(),
    P = spawn(fun() -> Self ! begun, nap_cpu(100), receive stop -> Self ! stopped end end),
    receive begun -> ok end,
    P ! one,
    {messages, [one]} = process_info(P, messages),
    true = suspend(P),
    P ! stop,
    Early = receive stopped -> early after 50 -> suspended end,
    ok = resume(P),
    {Early, receive stopped -> stopped end}.

%% OTP 25 says internal_error to some who suspend while a dirty native runs, and may have suspended.
suspend(P) ->
    try erlang:suspend_process(P)
    catch error:internal_error -> erlang:yield(), suspend(P)
    end.

%% As often as it was suspended.
resume(P) ->
    try erlang:resume_process(P) of
        true -> resume(P)
    catch
        error:badarg -> ok
    end.

storm() ->
    process_flag(trap_exit, true),
    Pids = [spawn_link(fun() -> work(K, 30) end) || K <- lists:seq(1, 12)],
    Ends = [receive {'EXIT', P, R} -> R end || P <- Pids],
    process_flag(trap_exit, false),
    lists:usort(Ends).

work(_, 0) ->
    done;
work(K, N) ->
    Bytes = make(K, 100),
    K = length(Bytes),
    {'EXIT', {badarg, _}} = (catch fail(an_atom)),
    8 = length(hop(7, [])),
    Other = spawn(fun() -> nap_cpu(N rem 3) end),
    N rem 2 =:= 0 andalso exit(Other, kill),
    self() ! N,
    receive N -> ok end,
    work(K, N - 1).
