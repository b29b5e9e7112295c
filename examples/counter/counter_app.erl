%% An application with a supervisor, as any for Erlang/OTP. start/0 is where a pack begins.
-module(counter_app).
-behaviour(application).
-export([start/0, start/2, stop/1]).

start() ->
    ok = application:load(description()),
    {ok, _} = application:ensure_all_started(counter),
    {ok, 3} = {ok, lists:last([counter:next() || _ <- [1, 2, 3]])},
    io:format("counted to ~p~n", [3]),
    counter:fail(),
    wait_for_restart(),
    io:format("it failed, and counts again from ~p~n", [counter:next()]),
    ok = application:stop(counter),
    undefined = whereis(counter),
    io:format("stopped~n").

%% What counter.app holds where there are files.
description() ->
    {application, counter,
     [{description, "Counts"}, {vsn, "1.0"}, {modules, [counter_app, counter_sup, counter]},
      {registered, [counter_sup, counter]}, {applications, [kernel, stdlib]},
      {env, [{first, 1}]}, {mod, {counter_app, []}}]}.

wait_for_restart() ->
    try counter:peek() of
        _ -> ok
    catch
        exit:_ -> wait_for_restart()
    end.

start(normal, []) ->
    counter_sup:start_link().

stop(_) ->
    ok.
