%% A pid that this node gave in a former run, read from external format: its process is dead.
-module(pid_of_former_run).
-export([start/0]).

start() ->
    Pid = former(),
    erlang:display({is_pid(Pid), node(Pid) =:= node(), Pid =:= self()}),
    erlang:display(is_process_alive(Pid)),
    erlang:display([process_info(Pid), process_info(Pid, links), process_info(Pid, [links, memory])]),
    Monitor = monitor(process, Pid),
    receive {'DOWN', Monitor, process, Pid, Reason} -> erlang:display(Reason) end,
    Tagged = monitor(process, Pid, [{tag, gone}, {alias, demonitor}]),
    receive {gone, Tagged, process, Pid, Why} -> erlang:display(Why) end,
    Flushed = monitor(process, Pid),
    erlang:display(demonitor(Flushed, [flush])),
    receive Any -> erlang:display(Any) after 0 -> ok end,
    process_flag(trap_exit, true),
    erlang:display([link(Pid), unlink(Pid), exit(Pid, reason)]),
    receive {'EXIT', Pid, How} -> erlang:display(How) end,
    ok.

former() ->
    [Creation | Others] = lists:reverse(binary_to_list(term_to_binary(self()))),
    binary_to_term(list_to_binary(lists:reverse([Creation bxor 1 | Others]))).
