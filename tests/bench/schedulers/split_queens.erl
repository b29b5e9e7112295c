%% Compute: the queens of a board of 12, a process for each way to begin two columns.
-module(split_queens).
-export([start/0]).

start() ->
    Me = self(),
    Work = [{C, D} || C <- lists:seq(1, 12), D <- lists:seq(1, 12), C =/= D, abs(C - D) =/= 1],
    Workers = [spawn_link(fun() -> Me ! {self(), queens(12, 2, [D, C])} end) || {C, D} <- Work],
    14200 = lists:sum([receive {P, Count} -> Count end || P <- Workers]),
    ok.

queens(N, N, _) -> 1;
queens(N, Placed, Board) -> columns(N, Placed, Board, 1, 0).

columns(N, _, _, C, Count) when C > N -> Count;
columns(N, Placed, Board, C, Count) ->
    case is_safe(C, 1, Board) of
        true -> columns(N, Placed, Board, C + 1, Count + queens(N, Placed + 1, [C | Board]));
        false -> columns(N, Placed, Board, C + 1, Count)
    end.

is_safe(_, _, []) -> true;
is_safe(C, D, [Q | Board]) when Q =/= C, Q =/= C + D, Q =/= C - D -> is_safe(C, D + 1, Board);
is_safe(_, _, _) -> false.
