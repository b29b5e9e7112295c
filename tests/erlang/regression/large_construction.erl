%% To copy much into a binary takes reductions: a loop of it does not keep the others from running.
-module(large_construction).
-export([start/0]).

start() ->
    Large = binary:copy(<<1>>, 2000 * 1024),
    erlang:display([spends(2000, fun() -> <<0, Large/binary>> end),
        spends(4000, fun() -> <<0, Large/binary, Large/binary>> end),
        spends(1000, fun() -> <<0, Large:(1000 * 1024)/binary>> end),
        spends(1000000, fun() -> <<0, Large/binary>> end)]),
    ok.

spends(Least, Make) ->
    receive after 1 -> ok end,
    {reductions, Before} = process_info(self(), reductions),
    Made = Make(),
    {reductions, After} = process_info(self(), reductions),
    byte_size(Made) > 0 andalso After - Before >= Least.
