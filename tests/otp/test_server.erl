%% What suites ask of Common Test's server, as far as it needs no other node.
-module(test_server).
-export([timetrap/1, timetrap_cancel/0, timetrap_cancel/1, timetrap_scale_factor/0, seconds/1, minutes/1, hours/1,
         sleep/1, adjusted_sleep/1, format/1, format/2, format/3, fail/0, fail/1, comment/1, is_native/1, is_debug/0,
         is_asan/0, is_valgrind/0, memory_checker/0, is_commercial/0, is_cover/0, os_type/0, lookup_config/2,
         timecall/3, do_times/2, do_times/4, m_out_of_n/3, call_crash/3, call_crash/4, call_crash/5, messages_get/0,
         temp_name/1, start_node/3, stop_node/1, start_peer/3, start_peer/5, peer_name/2, is_release_available/1, app_test/1, app_test/2,
         capture_start/0, capture_stop/0, capture_get/0, break/1]).

timetrap(_) -> make_ref().
timetrap_cancel() -> ok.
timetrap_cancel(_) -> ok.
timetrap_scale_factor() -> 1.
seconds(N) -> trunc(N * 1000).
minutes(N) -> trunc(N * 60000).
hours(N) -> trunc(N * 3600000).
sleep(Time) -> timer:sleep(Time).
adjusted_sleep(Time) -> timer:sleep(Time).
format(_) -> ok.
format(_, _) -> ok.
format(_, _, _) -> ok.
fail() -> exit(suite_failed).
fail(Why) -> exit({suite_failed, Why}).
comment(_) -> ok.
is_native(_) -> false.
is_debug() -> false.
is_asan() -> false.
is_valgrind() -> false.
memory_checker() -> none.
is_commercial() -> false.
is_cover() -> false.
os_type() -> os:type().
lookup_config(Key, Config) -> proplists:get_value(Key, Config).
messages_get() -> receive Message -> [Message | messages_get()] after 1 -> [] end.
temp_name(Stem) -> Stem ++ integer_to_list(erlang:unique_integer([positive])).
start_node(_, _, _) -> exit({skip, "no other nodes"}).
stop_node(_) -> ok.
start_peer(_, _, _) -> exit({skip, "no other nodes"}).
start_peer(_, _, _, _, _) -> exit({skip, "no other nodes"}).
peer_name(_, _) -> exit({skip, "no other nodes"}).
is_release_available(_) -> false.
app_test(_) -> exit({skip, "checks an installation"}).
app_test(_, _) -> exit({skip, "checks an installation"}).
capture_start() -> ct:capture_start().
capture_stop() -> ct:capture_stop().
capture_get() -> ct:capture_get().
break(_) -> ok.

timecall(M, F, Arguments) ->
    {Time, Result} = timer:tc(M, F, Arguments),
    {Time / 1000000, Result}.

do_times(N, Fun) -> [Fun() || _ <- lists:seq(1, N)], ok.
do_times(N, M, F, Arguments) -> [apply(M, F, Arguments) || _ <- lists:seq(1, N)], ok.

m_out_of_n(0, _, _) -> ok;
m_out_of_n(M, 0, _) -> exit({m_out_of_n_failed, M});
m_out_of_n(M, N, Fun) ->
    case catch Fun() of
        {'EXIT', _} -> m_out_of_n(M, N - 1, Fun);
        _ -> m_out_of_n(M - 1, N - 1, Fun)
    end.

call_crash(M, F, Arguments) -> call_crash(infinity, any, M, F, Arguments).
call_crash(Reason, M, F, Arguments) -> call_crash(infinity, Reason, M, F, Arguments).
call_crash(Time, Reason, M, F, Arguments) ->
    {Pid, Monitor} = spawn_monitor(M, F, Arguments),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> exit({no_crash, {M, F, Arguments}});
        {'DOWN', Monitor, process, Pid, _} when Reason =:= any -> ok;
        {'DOWN', Monitor, process, Pid, Reason} -> ok;
        {'DOWN', Monitor, process, Pid, Other} -> exit({wrong_crash_reason, Other})
    after Time -> exit(call_crash_timeout)
    end.
