%% Registered names, the process dictionary, group leaders.
-module(names_dict).
-export([start/0, id/1]).

start() ->
    Me = self(),
    erlang:display({register(me, Me), whereis(me) =:= Me, process_info(Me, registered_name), me ! hi, receive hi -> got end}),
    erlang:display([c(fun() -> register(id(N), id(P)) end) || {N, P} <- [{me, Me}, {other, Me}, {undefined, Me}, {1, Me}, {x, nopid}, {true, dead()}]]),
    erlang:display({unregister(me), whereis(me), process_info(Me, registered_name), c(fun() -> unregister(me) end)}),
    erlang:display([c(fun() -> whereis(id(N)) end) || N <- [nobody, 1, undefined]]),
    erlang:display([c(fun() -> id(T) ! x end) || T <- [nobody, 1, {nobody, node()}, {1, 2}]]),
    Pid = spawn(fun() -> receive stop -> ok end end),
    register(short, Pid),
    Ref = monitor(process, Pid),
    Pid ! stop,
    receive {'DOWN', Ref, _, _, _} -> ok end,
    erlang:display({whereis(short), register(short, Me), lists:member(short, registered()), unregister(short)}),
    erlang:display({put(k, 1), put(k, 2), get(k), get(none), put({a, 1}, v), erase(k), erase(k), get({a, 1}), get_keys(v), erase()}),
    erlang:display({get(), [put(I, I * I) || I <- seq(100)] =:= [undefined || _ <- seq(100)], length(get()), sum(get_keys())}),
    erlang:display({[erase(I) || I <- seq(90)] =:= [I * I || I <- seq(90)], length(get_keys()), get(95), get_keys(9025)}),
    erlang:display(length(erase())),
    erlang:display({is_pid(group_leader()), group_leader(Me, Me), group_leader() =:= Me}),
    Child = spawn(fun() -> receive {ask, From} -> From ! {leader, group_leader()} end end),
    Child ! {ask, Me},
    erlang:display(receive {leader, L} -> L =:= Me end),
    erlang:display([c(fun() -> group_leader(id(A), id(B)) end) || {A, B} <- [{x, Me}, {Me, x}]]),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, class(Reason)} end.

class({badarg, _}) -> badarg_tuple;
class(R) -> R.

dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, _, _, _} -> Pid end.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

sum([]) -> 0;
sum([H | T]) -> H + sum(T).
