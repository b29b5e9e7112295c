-module(calls).
-export([empty/0, loop/1, natives/1, native/0]).

empty() -> 1.

native() -> erlang:nif_error(not_loaded).

loop(0) -> ok;
loop(N) -> empty(), loop(N - 1).

natives(0) -> ok;
natives(N) -> native(), natives(N - 1).
