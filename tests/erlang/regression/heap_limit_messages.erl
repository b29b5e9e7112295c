%% Messages that wait count for max_heap_size, unless they are kept off the heap.
-module(heap_limit_messages).
-export([start/0]).

start() ->
    erlang:display([flood(Where, Count) || Where <- [on_heap, off_heap], Count <- [3, 100]]),
    ok.

flood(Where, Count) ->
    Limit = #{size => 1024, kill => true, error_logger => false},
    {Pid, Monitor} = spawn_opt(fun() -> receive stop -> ok end end,
        [monitor, {max_heap_size, Limit}, {message_queue_data, Where}]),
    [Pid ! lists:duplicate(I, I) || I <- lists:seq(1, Count)],
    _ = process_info(Pid, messages),
    erlang:garbage_collect(Pid),
    Pid ! stop,
    receive {'DOWN', Monitor, process, Pid, Reason} -> {Where, Count, Reason} end.
