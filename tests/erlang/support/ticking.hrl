%% How often another process of equal priority had a turn while Fun ran.
is_otp() -> try atomvm:memory() of _ -> false catch error:undef -> true end.

ticking(Fun) ->
    Pids = [spawn_link(fun() -> tick(0) end) || _ <- lists:seq(1, tickers())],
    [begin Pid ! {self(), ready}, receive ready -> ok end end || Pid <- Pids],
    Fun(),
    lists:sum([begin Pid ! {self(), count}, receive {ticks, N} -> N end end || Pid <- Pids]).

%% With more schedulers the system may let another one stand still meanwhile: each has some in its queue.
tickers() ->
    case erlang:system_info(schedulers) of 1 -> 1; N -> 3 * N end.

tick(N) ->
    receive
        {From, ready} -> From ! ready, tick(0);
        {From, count} -> From ! {ticks, N}
    after 0 -> erlang:yield(), tick(N + 1)
    end.
