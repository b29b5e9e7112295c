%% Functions that the host replaces by natives, one of them not exported.
-module(api_native).
-export([add/2, hidden/1, own/0, fail/0, raise/1, later/3, make/1, value/1, keep_in_process/1,
         data/0, none/0, slices/1, not_native/0]).
-on_load(init/0).

init() -> erlang:load_nif("./api_native", 0).

add(_, _) -> erlang:nif_error(not_loaded).
hidden(X) -> secret(X).
secret(_) -> erlang:nif_error(not_loaded).
own() -> erlang:nif_error(not_loaded).
fail() -> erlang:nif_error(not_loaded).
raise(_) -> erlang:nif_error(not_loaded).
later(_, _, _) -> erlang:nif_error(not_loaded).
make(_) -> erlang:nif_error(not_loaded).
value(_) -> erlang:nif_error(not_loaded).
data() -> erlang:nif_error(not_loaded).
none() -> erlang:nif_error(not_loaded).
slices(_) -> erlang:nif_error(not_loaded).
not_native() -> erlang.

%% Terms that refer to the object come and go.
keep_in_process(0) -> ok;
keep_in_process(N) ->
    Object = make(N),
    N = value(Object),
    Pid = spawn(fun() -> receive {get, From} -> From ! value(Object) end end),
    Pid ! {get, self()},
    receive N -> keep_in_process(N - 1) end.
