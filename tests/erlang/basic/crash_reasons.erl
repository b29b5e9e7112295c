%% What linked and monitoring processes see of a process that failed: reason with its stack, or without.
-module(crash_reasons).
-export([start/0, boom/1]).

start() ->
    erlang:display([why(K) || K <- [error, badarith, undef, throw, exit, normal, kill_self, raise, deep, badfun]]),
    ok.

why(Kind) ->
    {Pid, Ref} = spawn_monitor(?MODULE, boom, [Kind]),
    receive {'DOWN', Ref, process, Pid, Reason} -> short(Reason) end.

short({R, [{_, _, _, _} | _] = Stack}) -> {R, [{M, F, arity(A), [X || {K, _} = X <- I, K =:= line]} || {M, F, A, I} <- Stack]};
short(R) -> R.

arity(A) when is_list(A) -> length(A);
arity(A) -> A.

boom(error) -> error({made, up});
boom(badarith) -> 1 + hd([a]);
boom(undef) -> no_module:no_function(1);
boom(throw) -> throw(uncaught);
boom(exit) -> exit({left, [1, 2]});
boom(normal) -> normal_end;
boom(kill_self) -> exit(self(), kill), receive never -> ok end;
boom(raise) -> erlang:raise(error, raised, [{m, f, 1, []}]);
boom(deep) -> X = boom_deep(3), {X};
boom(badfun) -> X = hd([not_a_fun]), X().

boom_deep(0) -> error(bottom);
boom_deep(N) -> {N, boom_deep(N - 1)}.
