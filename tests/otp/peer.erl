%% There are no other nodes: a case that asks for one is skipped, here as on `erl`.
-module(peer).
-export([start/1, start_link/1, start/0, start_link/0, random_name/0, random_name/1, stop/1, call/4, call/5,
         supervision_child_spec/0]).

%% What the application `kernel` asks when it starts.
supervision_child_spec() -> none.

start() -> exit({skip, "no other nodes"}).
start(_) -> exit({skip, "no other nodes"}).
start_link() -> exit({skip, "no other nodes"}).
start_link(_) -> exit({skip, "no other nodes"}).
random_name() -> exit({skip, "no other nodes"}).
random_name(_) -> exit({skip, "no other nodes"}).
stop(_) -> ok.
call(_, _, _, _) -> exit({skip, "no other nodes"}).
call(_, _, _, _, _) -> exit({skip, "no other nodes"}).
