%% The Erlang side of embed_natives_test.c: every function is the host's.
-module(embed_natives).
-export([look/0, pending/0, watcher/1, unwatch/1, binary_of/1, dyncall/3, waits/1, select/4,
         name/1, parked/0]).

look() -> native().
pending() -> native().
watcher(_) -> native().
unwatch(_) -> native().
binary_of(_) -> native().
dyncall(_, _, _) -> native().
select(_, _, _, _) -> native().
name(_) -> native().

native() -> erlang:nif_error(not_loaded).

%% The message that a selected handle sends.
waits(Object) ->
    0 = select(Object, read, undefined, custom),
    receive {custom, M} -> M end.

parked() -> receive stop -> ok end.
