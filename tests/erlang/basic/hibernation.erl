%% hibernate/3: the process wakes with its state at the function named; its heap is kept.
-module(hibernation).
-export([start/0, awake/2, again/1]).

start() ->
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() -> X = {state, [1, 2, <<"bin">>], #{a => 1}}, erlang:hibernate(?MODULE, awake, [Me, X]) end),
    Pid ! first,
    erlang:display(receive {Pid, A} -> A end),
    receive after 20 -> ok end,
    erlang:display(process_info(Pid, current_function)),
    Pid ! second,
    erlang:display(receive {Pid, B} -> B end),
    erlang:display(receive {'DOWN', Ref, _, _, R} -> R end),
    {P2, R2} = spawn_monitor(fun() -> self() ! already, try erlang:hibernate(?MODULE, again, [x]) catch _:_ -> never end end),
    erlang:display(receive {'DOWN', R2, _, P2, Why} -> Why end),
    {P3, R3} = spawn_monitor(fun() -> try erlang:hibernate(1, a, []) catch error:E -> exit({caught, E}) end end),
    erlang:display(receive {'DOWN', R3, _, P3, Why3} -> Why3 end),
    ok.

awake(Me, X) ->
    receive
        first -> Me ! {self(), {one, X}}, erlang:hibernate(?MODULE, awake, [Me, X]);
        second -> Me ! {self(), {two, X}}, exit(done)
    end.

again(X) -> receive already -> exit({woke, X}) end.
