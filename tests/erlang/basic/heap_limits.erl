%% max_heap_size, min_heap_size and fullsweep_after: what is accepted, what is told, what they do.
-module(heap_limits).
-export([start/0]).

start() ->
    Fun = fun() -> ok end,
    [show(fun() -> process_flag(max_heap_size, V) end)
     || V <- [#{size => 500000, include_shared_binaries => true}, #{size => 500000, other => 1}, -1, 10, 232, x,
              #{kill => 1}, #{kill => false}, #{size => 10}, #{size => 0, kill => false}, 1 bsl 70, 1.0]],
    show(fun() -> process_info(self(), max_heap_size) end),
    show(fun() -> process_flag(max_heap_size, 100000) end),
    show(fun() -> process_flag(min_heap_size, 1000) end),
    show(fun() -> process_flag(max_heap_size, 1200) end),
    show(fun() -> process_flag(max_heap_size, 0) end),
    [show(fun() -> is_pid(spawn_opt(Fun, O)) end)
     || O <- [[{max_heap_size, 10}], [{max_heap_size, -10}], [{max_heap_size, #{size => 10}}],
              [{max_heap_size, #{kill => false}}], [{max_heap_size, 5000}, {min_heap_size, 6000}],
              [{max_heap_size, 50000}, {min_heap_size, 600}], [{max_heap_size, #{size => 0}}]]],
    [show(fun() -> erlang:system_flag(max_heap_size, V) end)
     || V <- [0, #{kill => false}, #{kill => true, size => 0}, 3, 300000, -3, x,
              #{size => 400000, kill => false, error_logger => false}]],
    show(fun() -> erlang:system_info(max_heap_size) end),
    show(fun() -> in_child(max_heap_size, []) end),
    show(fun() -> in_child(max_heap_size, [{max_heap_size, 70000}]) end),
    show(fun() -> in_child(max_heap_size, [{max_heap_size, #{size => 70000, kill => true}}]) end),
    show(fun() -> erlang:system_flag(max_heap_size, #{size => 0, kill => true, error_logger => true}) end),
    show(fun() -> erlang:system_flag(min_heap_size, 1000) end),
    show(fun() -> erlang:system_info(min_heap_size) end),
    show(fun() -> in_child(min_heap_size, []) end),
    show(fun() -> in_child(min_heap_size, [{min_heap_size, 5000}]) end),
    show(fun() -> is_pid(spawn_opt(Fun, [{max_heap_size, 500}])) end),
    show(fun() -> erlang:system_flag(min_heap_size, 233) end),
    show(fun() -> erlang:system_flag(fullsweep_after, 7) end),
    show(fun() -> erlang:system_info(fullsweep_after) end),
    show(fun() -> in_child(fullsweep_after, []) end),
    show(fun() -> lists:sort(erlang:system_info(garbage_collection)) end),
    show(fun() -> erlang:system_flag(fullsweep_after, 65535) end),
    [show(fun() -> grow(O) end)
     || O <- [[{max_heap_size, #{size => 10000, error_logger => false}}],
              [{max_heap_size, #{size => 10000, kill => false, error_logger => false}}],
              [{max_heap_size, #{size => 900000, error_logger => false}}], []]],
    ok.

show(F) ->
    erlang:display(try F() catch Class:Reason:Trace -> {Class, Reason, element(4, hd(Trace))} end).

in_child(Item, Options) ->
    {_, Ref} = spawn_opt(fun() -> exit(process_info(self(), Item)) end, [monitor | Options]),
    receive {'DOWN', Ref, _, _, Reason} -> Reason end.

grow(Options) ->
    {_, Ref} = spawn_opt(fun() -> exit(length(grow([], 60000))) end, [monitor | Options]),
    receive {'DOWN', Ref, _, _, Reason} -> Reason end.

grow(L, 0) -> L;
grow(L, N) -> grow([N | L], N - 1).
