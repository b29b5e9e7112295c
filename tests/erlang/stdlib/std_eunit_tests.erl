-module(std_eunit_tests).
-compile(nowarn_unused_function).
-include_lib("eunit/include/eunit.hrl").

simple_test() -> ?assertEqual(one(), 1).
fail_test() -> ?assertEqual(one(), 2).
match_test() -> ?assertMatch({ok, _}, {error, one()}).
exception_test() -> ?assertException(error, badarith, one()).
raised_test() -> ?assertError(badarith, 1 / (one() - 1)).
other_raised_test() -> ?assertThrow(this, throw({that, one()})).
output_test() -> io:format("captured ~p~n", [one()]), ?assert(one() =:= 2).
silent_test() -> io:format("not shown~n"), ok.
exit_test() -> exit(boom).
throw_test() -> throw(thrown).
crash_test() -> list_to_atom(one()).
cmp_test() -> ?assertNotEqual(one(), 1).
string_test() -> ?assertEqual("abc", [$a, $b | "d"]).

values_test_() -> [?_assertEqual(2, one() + 1), ?_assert(one() =:= 2), {"named", fun() -> ok end}, {"with a title", ?_assertNot(one() =:= 1)}].
setup_test_() -> {setup, fun() -> 7 end, fun(_) -> ok end, fun(X) -> [?_assertEqual(7, X), ?_assertEqual(8, X)] end}.
foreach_test_() -> {foreach, fun one/0, fun(_) -> ok end, [fun(X) -> ?_assertEqual(1, X) end, fun(_) -> ?_test(error(bad)) end]}.
foreachx_test_() -> {foreachx, fun(X) -> X end, fun(_, _) -> ok end, [{X, fun(A, B) -> ?_assertEqual(A, B) end} || X <- [1, 2]]}.
timeout_test_() -> {timeout, 0.2, fun() -> timer:sleep(20000) end}.
long_enough_test_() -> {timeout, 20, fun() -> timer:sleep(20) end}.
bad_setup_test_() -> {setup, fun() -> error(nope) end, fun(_) -> ok end, [?_test(ok)]}.
bad_cleanup_test_() -> {setup, fun() -> ok end, fun(_) -> error(nope) end, [?_test(ok)]}.
spawned_test_() -> {spawn, [?_assertEqual(a, a), ?_test(exit(self(), kill))]}.
ordered_test_() -> {inorder, [?_test(ok), {inparallel, 1, [?_test(ok), ?_test(ok)]}]}.
bad_generator_test_() -> error(generator).
not_a_test_() -> {no, test}.
lazy_test_() -> {generator, fun() -> [{"lazy", ?_test(ok)}, {generator, fun() -> ?_assertEqual(1, one()) end}] end}.
group_test_() -> {"a group", {foreach, fun one/0, [fun(X) -> {"inner", ?_assertEqual(X, 1)} end]}}.
kill_test_() -> {setup, spawn, fun() -> ok end, fun(_) -> ok end, [?_test(ok), ?_test(exit(kill))]}.
monitor_test() -> {P, R} = spawn_monitor(fun() -> exit(expected) end), ?assertEqual(expected, receive {'DOWN', R, _, P, Why} -> Why end).
cmd_test() -> ?assertEqual(3, ?LET(X, one(), X + 2)), ?assertNotMatch({_, _}, one()).

one() -> erlang:phash2(one) * 0 + 1.
