%% Calls: 32 clients of a gen_server each, which call it 12,000 times, with a monitor and a timeout as every call has.
-module(server_calls).
-behaviour(gen_server).
-export([start/0, init/1, handle_call/3, handle_cast/2]).

start() ->
    Me = self(),
    Clients = [spawn_link(fun() -> Me ! {self(), client()} end) || _ <- lists:seq(1, 32)],
    32 * 12000 = lists:sum([receive {P, Count} -> Count end || P <- Clients]),
    ok.

client() ->
    {ok, Server} = gen_server:start_link(?MODULE, 0, []),
    call(Server, 12000).

call(Server, 0) -> gen_server:call(Server, count);
call(Server, N) ->
    N = gen_server:call(Server, {add, N}),
    call(Server, N - 1).

init(Count) -> {ok, Count}.

handle_call({add, N}, _, Count) -> {reply, N, Count + 1};
handle_call(count, _, Count) -> {reply, Count, Count}.

handle_cast(_, Count) -> {noreply, Count}.
