%% A stack trace has one frame at the least, whatever backtrace_depth is.
-module(backtrace_depth).
-export([start/0]).

start() ->
    Old = erlang:system_flag(backtrace_depth, 0),
    erlang:display(Old),
    erlang:display([depth(Depth, Raise) || Depth <- [0, 1, 2, 5, 1000], Raise <- raises()]),
    erlang:display(erlang:system_flag(backtrace_depth, Old)),
    ok.

raises() ->
    Frame = {m, f, 1, []},
    [fun() -> deep(10) end, fun() -> erlang:raise(error, reason, [Frame, Frame, Frame]) end].

depth(Depth, Raise) ->
    erlang:system_flag(backtrace_depth, Depth),
    try Raise() catch error:_:Stack -> {Depth, min(length(Stack), 5)} end.

deep(0) -> error(reason);
deep(N) -> 1 + deep(N - 1).
