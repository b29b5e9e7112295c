%% group: sequential
%% try, catch and throw, deep and shallow.
-module(exceptions_hot).
-export([start/0]).

start() -> erlang:display(loop(3000000, 0)), ok.

loop(0, Acc) -> Acc;
loop(N, Acc) ->
    A = try shallow(N) catch throw:T -> T; error:badarith -> 7 end,
    B = try deep(N band 15, N) catch throw:{found, V} -> V band 7 end,
    loop(N - 1, (Acc + A + B) band 16#FFFFFF).

shallow(N) when N rem 3 =:= 0 -> throw(N band 3);
shallow(N) when N rem 3 =:= 1 -> N div (N - N);
shallow(_) -> 1.

deep(0, V) -> throw({found, V});
deep(N, V) -> 1 + deep(N - 1, V).
