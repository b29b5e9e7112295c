%% Links and exit signals: normal and other reasons, trapping, kill, unlink, noproc, self.
-module(links).
-export([start/0, id/1]).

start() ->
    process_flag(trap_exit, true),
    erlang:display([linked(F) || F <- [fun() -> ok end, fun() -> exit(normal) end, fun() -> exit(bye) end, fun() -> throw(ball) end,
                                       fun() -> exit(self(), kill) end, fun() -> exit({shutdown, 1}) end]]),
    erlang:display(linked_error()),
    erlang:display([signal(R) || R <- [normal, bye, kill, killed, {a, b}]]),
    erlang:display([trapping(R) || R <- [normal, bye, kill]]),
    erlang:display(chain(20)),
    erlang:display(unlinked()),
    erlang:display(dead_link()),
    erlang:display(untrapped_dead_link()),
    erlang:display(self_exit()),
    erlang:display(star(50)),
    erlang:display({link(self()), unlink(self())}),
    erlang:display([c(fun() -> link(id(X)) end) || X <- [a, 1, {}]]),
    erlang:display([c(fun() -> exit(id(X), normal) end) || X <- [a, 1]]),
    erlang:display(receive Left -> Left after 0 -> nothing_left end),
    ok.

id(X) -> X.

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

%% Without the report that a crash would print.
linked(F) ->
    Pid = spawn_link(fun() -> try F() catch throw:T -> exit({thrown, T}) end end),
    receive {'EXIT', Pid, Reason} -> Reason end.

linked_error() ->
    Pid = spawn_link(fun() -> try error(oops) catch error:R:S -> exit({R, [{M, A} || {M, _, A, _} <- S, M =:= ?MODULE]}) end end),
    receive {'EXIT', Pid, Reason} -> Reason end.

idle() -> receive stop -> stopped end.

signal(Reason) ->
    {Pid, Ref} = spawn_monitor(fun() -> receive stop -> exit(stopped) end end),
    exit(Pid, Reason),
    case Reason of normal -> Pid ! stop; _ -> ok end,
    receive {'DOWN', Ref, process, Pid, R} -> R end.

trapping(Reason) ->
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        Me ! ready,
        receive {'EXIT', Me, R} -> exit({got, R}) end
    end),
    receive ready -> ok end,
    exit(Pid, Reason),
    receive {'DOWN', Ref, process, Pid, R} -> R end.

%% A crash at the end runs back along the chain.
chain(N) ->
    Pid = spawn_link(fun() -> chain_link(N) end),
    receive {'EXIT', Pid, R} -> R end.

chain_link(0) -> exit(end_of_chain);
chain_link(N) -> spawn_link(fun() -> chain_link(N - 1) end), idle().

unlinked() ->
    Pid = spawn_link(fun idle/0),
    unlink(Pid),
    Ref = monitor(process, Pid),
    exit(Pid, gone),
    receive {'DOWN', Ref, _, _, R} -> ok end,
    receive {'EXIT', Pid, _} -> bad after 20 -> {no_exit, R} end.

dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, _, _, _} -> Pid end.

dead_link() ->
    Pid = dead(),
    {link(Pid), receive {'EXIT', Pid, R} -> R end, unlink(Pid), exit(Pid, x)}.

untrapped_dead_link() ->
    Pid = dead(),
    {P2, Ref} = spawn_monitor(fun() -> {_, {R, _}} = (catch link(Pid)), receive after 50 -> exit(R) end end),
    receive {'DOWN', Ref, _, P2, R} -> R end.

self_exit() ->
    R = exit(self(), to_myself),
    {R, receive {'EXIT', P, Reason} when P =:= self() -> Reason end}.

%% One hub, many spokes: all die with the hub, none twice.
star(N) ->
    Me = self(),
    Hub = spawn(fun() -> [spawn_link(fun() -> process_flag(trap_exit, true), Me ! up, receive {'EXIT', _, R} -> Me ! {down, R} end end)
                          || _ <- seq(N)], receive go -> exit(hub) end end),
    [receive up -> ok end || _ <- seq(N)],
    Hub ! go,
    count([receive {down, R} -> R end || _ <- seq(N)], hub).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

count([], _) -> 0;
count([X | T], X) -> 1 + count(T, X).
