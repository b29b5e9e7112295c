-module(counter).
-behaviour(gen_server).
-export([start_link/1, next/0, peek/0, fail/0]).
-export([init/1, handle_call/3, handle_cast/2]).

start_link(First) -> gen_server:start_link({local, ?MODULE}, ?MODULE, First, []).

next() -> gen_server:call(?MODULE, next).

peek() -> gen_server:call(?MODULE, peek).

fail() -> gen_server:cast(?MODULE, fail).

init(First) -> {ok, First}.

handle_call(next, _, N) -> {reply, N, N + 1};
handle_call(peek, _, N) -> {reply, N, N}.

handle_cast(fail, N) -> {noreply, N + not_a_number()}.

not_a_number() -> list_to_atom("none").
