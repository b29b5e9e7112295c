%% The stock modules proc_lib and sys with a special process of our own.
-module(std_proc_lib).
-export([start/0, init/2, system_continue/3, system_terminate/4, system_code_change/4, system_get_state/1, system_replace_state/2]).
-include("../support/show.hrl").

start() ->
    process_flag(trap_exit, true),
    {ok, P} = proc_lib:start_link(?MODULE, init, [self(), good]),
    ?P(begin P ! {self(), ping}, receive {P, R} -> R end end), ?P(sys:get_state(P)), ?P(sys:replace_state(P, fun(S) -> S + 10 end)), ?P(sys:suspend(P)), ?P(begin P ! {self(), ping}, receive {P, R} -> R after 30 -> suspended end end), ?P(sys:resume(P)), ?P(receive {P, R} -> R end), ?P(sys:suspend(P)), ?P(sys:change_code(P, ?MODULE, v1, x)), ?P(sys:resume(P)), ?P(sys:get_state(P)), ?P(sys:trace(P, false)), ?P(sys:no_debug(P)), ?P(sys:install(P, {fun(S, _, _) -> S end, 0})), ?P(sys:remove(P, fun(S, _, _) -> S end)),
    ?P(proc_lib:initial_call(P)), ?P(proc_lib:translate_initial_call(P)), ?P(begin {dictionary, D} = process_info(P, dictionary), {proplists:get_value('$initial_call', D), proplists:get_value('$ancestors', D) =:= [self()]} end), ?P(sys:terminate(P, enough)), ?P(receive {'EXIT', P, W} -> W end),
    ?P(proc_lib:start_link(?MODULE, init, [self(), fail])), ?P(receive {'EXIT', _, W} -> W after 100 -> none end), ?P(proc_lib:start_link(?MODULE, init, [self(), slow], 20)), ?P(receive {'EXIT', _, W} -> W after 100 -> none end), ?P(element(1, element(2, proc_lib:start(?MODULE, init, [self(), crash])))), ?P(proc_lib:start(erlang, self, [])),
    ?P(begin Q = proc_lib:spawn_link(fun() -> exit(bye) end), receive {'EXIT', Q, W} -> W end end), ?P(begin Q = proc_lib:spawn_link(fun() -> error(bad) end), receive {'EXIT', Q, {E, [{M, _, _, _} | _]}} -> {E, M} end end), ?P(begin Q = proc_lib:spawn_link(erlang, exit, [gone]), receive {'EXIT', Q, W} -> W end end), ?P(begin {Q, R} = proc_lib:spawn_opt(fun() -> ok end, [monitor]), receive {'DOWN', R, _, Q, W} -> W end end),
    ?P(begin Q = proc_lib:spawn(fun() -> receive stop -> ok end end), proc_lib:stop(Q, normal, 50) end), ?P(proc_lib:stop(nobody)), ?P(begin Q = proc_lib:spawn_link(fun() -> proc_lib:hibernate(?MODULE, init, [self(), hib]) end), Q ! {self(), ping}, receive {Q, A} -> A end end), ?P(sys:get_state(nobody)), ?P(proc_lib:init_ack(x) =/= y),
    ok.

init(Parent, good) -> proc_lib:init_ack(Parent, {ok, self()}), loop(Parent, sys:debug_options([]), 1);
init(_, fail) -> proc_lib:init_ack({error, no}), exit(failed);
init(_, slow) -> receive after 500 -> ok end;
init(_, crash) -> error(in_init);
init(_, hib) -> receive {From, ping} -> From ! {self(), woke} end.

loop(Parent, Debug, N) ->
    receive
        {From, ping} ->
            From ! {self(), {pong, N}},
            loop(Parent, sys:handle_debug(Debug, fun(_, _, _) -> ok end, x, {out, pong}), N + 1);
        {system, From, Request} -> sys:handle_system_msg(Request, From, Parent, ?MODULE, Debug, N)
    end.

system_continue(Parent, Debug, N) -> loop(Parent, Debug, N).
system_terminate(Reason, _, _, _) -> exit(Reason).
system_code_change(N, _, v1, Extra) -> {ok, {N, Extra}}.
system_get_state(N) -> {ok, N}.
system_replace_state(Fun, N) -> {ok, Fun(N), Fun(N)}.
