%% What threads.c runs: in how many ways N queens stand on a board of N, a process for each way to place the first.
-module(queens).
-export([ways/1]).

ways(N) ->
    Parts = [spawn_monitor(fun() -> exit({ways, place(N, [Column], 2)}) end) || Column <- seq(N)],
    sum([receive {'DOWN', Monitor, process, Pid, {ways, Ways}} -> Ways end || {Pid, Monitor} <- Parts]).

place(N, _, Row) when Row > N -> 1;
place(N, Placed, Row) -> sum([place(N, [Column | Placed], Row + 1) || Column <- seq(N), is_safe(Column, 1, Placed)]).

is_safe(_, _, []) -> true;
is_safe(Column, Rows, [Queen | Placed]) ->
    Queen =/= Column andalso abs(Queen - Column) =/= Rows andalso is_safe(Column, Rows + 1, Placed).

%% The host has no standard library: none is needed.
sum(L) -> sum(L, 0).
sum([], Sum) -> Sum;
sum([X | L], Sum) -> sum(L, Sum + X).

seq(N) -> seq(N, []).
seq(0, L) -> L;
seq(N, L) -> seq(N - 1, [N | L]).
