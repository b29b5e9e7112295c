%% Who asks for a process just after its exit signal hears of its end when all of that is through: its tables
%% and its name have gone, however long that took.
-module(asked_after_kill).
-export([start/0, owner/1]).

start() ->
    process_flag(trap_exit, true),
    _ = [watched() || _ <- [1, 2, 3]],
    _ = [linked() || _ <- [1, 2, 3]],
    _ = [named() || _ <- [1, 2, 3]],
    erlang:display(all_gone).

watched() ->
    {P, Table} = own(),
    exit(P, kill),
    M = monitor(process, P),
    receive {'DOWN', M, process, P, _} -> has_gone(Table) end.

linked() ->
    {P, Table} = own(),
    exit(P, kill),
    true = link(P),
    receive {'EXIT', P, _} -> has_gone(Table) end.

named() ->
    {P, Table} = own(),
    exit(P, kill),
    M = monitor(process, asked_owner),
    receive {'DOWN', M, process, _, _} -> has_gone(Table) end.

has_gone(Table) ->
    undefined = ets:info(Table, size),
    undefined = whereis(asked_owner).

own() ->
    P = spawn(?MODULE, owner, [self()]),
    receive {P, Table} -> {P, Table} end.

owner(Parent) ->
    true = register(asked_owner, self()),
    Table = ets:new(asked, [public]),
    true = ets:insert(Table, [{I, [I]} || I <- lists:seq(1, 30000)]),
    Parent ! {self(), Table},
    receive stop -> ok end.
