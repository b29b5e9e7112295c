%% group: sequential
%% N queens on lists.
-module(queens).
-export([start/0]).

start() -> erlang:display([solve(N) || N <- [8, 9, 10, 11, 12]]), ok.

solve(N) -> place(N, N, [], seq(N)).

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

place(0, _, _, _) -> 1;
place(Row, N, Board, Columns) -> try_all(Columns, Row, N, Board, Columns, 0).

try_all([], _, _, _, _, Count) -> Count;
try_all([C | Cs], Row, N, Board, Columns, Count) ->
    case safe(C, 1, Board) of
        true -> try_all(Cs, Row, N, Board, Columns, Count + place(Row - 1, N, [C | Board], Columns));
        false -> try_all(Cs, Row, N, Board, Columns, Count)
    end.

safe(_, _, []) -> true;
safe(C, D, [Q | Qs]) -> C =/= Q andalso C =/= Q + D andalso C =/= Q - D andalso safe(C, D + 1, Qs).
