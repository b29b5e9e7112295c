%% Monitors of ports that are not there: by port, by name, by name and node, with aliases and tags.
-module(monitor_ports).
-export([start/0]).

start() ->
    Port = binary_to_term(<<131, 120, 119, 13, "nonode@nohost", 12345:64, 0:32>>),
    [show(fun() -> down(Item, Options) end)
        || Item <- [Port, no_such_port, {no_such_port, node()}],
           Options <- [[], [{tag, {tag, 1}}], [{alias, explicit_unalias}], [{alias, demonitor}], [{alias, reply_demonitor}]]],
    [show(fun() -> monitor(port, Item) end)
        || Item <- [self(), 1, {no_such_port, self()}, {no_such_port, node(), 1}, {<<"name">>, node()}]],
    erlang:display(process_info(self(), messages)).

down(Item, Options) ->
    M = monitor(port, Item, Options),
    Down = receive {Tag, M, port, Object, Reason} -> {Tag, Object =:= Item, is_tuple(Object), Reason} end,
    M ! through_alias,
    Arrived = receive through_alias -> true after 0 -> false end,
    {Down, Arrived, unalias(M), demonitor(M, [flush, info])}.

show(F) ->
    erlang:display(try F() catch C:R:T -> raised(C, R, hd(T)) end).

raised(C, R, {M, N, A, I}) -> {C, R, M, N, length(A), lists:keymember(error_info, 1, I)}.
