%% Names for the whole system, of which this node is all: the server is started by who first asks for one.
-module(std_global).
-export([start/0, init/1, handle_call/3, handle_cast/2]).

start() ->
    print(global:whereis_name(early)),
    {ok, Pid} = gen_server:start({global, {a, name}}, ?MODULE, 1, []),
    {error, {already_started, Pid}} = gen_server:start({global, {a, name}}, ?MODULE, 1, []),
    print(global:whereis_name({a, name}) =:= Pid),
    print(global:registered_names()),
    print(gen_server:call({global, {a, name}}, add)),
    print(gen_server:call({global, {a, name}}, add)),
    print(catch gen_server:call({global, none}, add)),
    print(global:register_name(other, self())),
    print(global:register_name(other, Pid)),
    print(global:re_register_name(other, Pid)),
    print(lists:sort(global:registered_names())),
    print(global:send(other, ignored) =:= Pid),
    print(catch global:send(none, x)),
    print(global:trans({lock, self()}, fun() -> inside end)),
    print(global:set_lock({lock, self()})),
    print(global:set_lock({lock, other_one}, [node()], 0)),
    print(global:del_lock({lock, self()})),
    Monitor = monitor(process, Pid),
    gen_server:stop({global, {a, name}}),
    receive {'DOWN', Monitor, _, _, Reason} -> print(Reason) end,
    gone(),
    print(global:whereis_name({a, name})),
    print(global:registered_names()),
    print(net_kernel:monitor_nodes(true)),
    print(net_kernel:monitor_nodes(false, [nodedown_reason])),
    print(net_kernel:monitor_nodes(maybe_not)).

%% The server hears of the end by a signal of its own.
gone() ->
    case global:registered_names() of
        [] -> ok;
        _ -> timer:sleep(1), gone()
    end.

print(Term) -> io:format("~p~n", [Term]).

init(Count) -> {ok, Count}.
handle_call(add, _, Count) -> {reply, Count + 1, Count + 1}.
handle_cast(_, Count) -> {noreply, Count}.
