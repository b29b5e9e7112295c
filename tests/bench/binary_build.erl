%% group: sequential
%% sizes: 20000 80000 320000, 40 20 10
%% Building binaries: appending, comprehension, bit fields.
-module(binary_build).
-export([start/0]).

start() -> erlang:display(loop(40, 0)), ok.

loop(0, Acc) -> Acc;
loop(N, Acc) ->
    A = append(<<>>, 20000),
    B = << <<(X bxor N)>> || <<X>> <= A >>,
    C = << <<X:5, Y:3>> || <<Y:3, X:5>> <= B >>,
    loop(N - 1, (Acc + erlang:crc32(C)) band 16#FFFFFFFF).

append(B, 0) -> B;
append(B, N) -> append(<<B/binary, N:16, (N band 7)>>, N - 1).
