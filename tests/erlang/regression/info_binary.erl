%% process_info(Pid, binary) lists the binaries off the heap: bytes and references.
-module(info_binary).
-export([start/0]).

start() ->
    Made = binary:copy(<<1>>, 1000),
    show(self()),
    Holder = spawn(fun() -> hold(Made) end),
    receive {held, Holder} -> ok end,
    show(Holder),
    show(self()),
    erlang:display(byte_size(Made)),
    Holder ! stop,
    ok.

hold(Bin) ->
    client() ! {held, self()},
    receive stop -> byte_size(Bin) end.

client() -> {parent, Pid} = process_info(self(), parent), Pid.

show(Pid) ->
    {binary, Binaries} = process_info(Pid, binary),
    erlang:display([{Bytes, References} || {Address, Bytes, References} <- Binaries, Address > 0]).
