%% What sandbox.c lets run: each tries to take more than it is given.
-module(hostile).
-export([loop/0, memory/0, processes/0, atoms/0, messages/0, recursion/0, binaries/0, crash/0, good/1]).

loop() -> loop().

memory() -> memory([]).
memory(L) -> memory([L, L | erlang:make_tuple(100, L)]).

processes() -> spawn(fun processes/0), spawn(fun processes/0), receive after infinity -> ok end.

atoms() -> atoms(0).
atoms(N) -> list_to_atom("atom_" ++ integer_to_list(N)), atoms(N + 1).

messages() -> self() ! {a, "message", <<0:8000>>}, messages().

recursion() -> recursion(1).
recursion(N) when N < 0 -> 0;
recursion(N) -> 1 + recursion(N + 1).

binaries() -> binaries(<<0:8000>>).
binaries(B) -> binaries(<<B/binary, B/binary>>).

crash() -> 1 / (crash_with() - 1).
crash_with() -> 1.

good(0) -> 0;
good(N) -> N + good(N - 1).
