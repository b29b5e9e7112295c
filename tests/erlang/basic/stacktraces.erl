%% Stack traces: module, function, arity or arguments, file and line, of calls that are and are not tail calls.
-module(stacktraces).
-export([start/0, id/1, outer/1]).

start() ->
    [erlang:display(trace(fun() -> outer(K) end)) || K <- [error, badmatch, arith, bif, guard_bif, clause, undef, undef_local,
                                                           apply, fun_clause, fun_arity, case_clause, error_args, throw, exit]],
    erlang:display(raised()),
    erlang:display(hidden()),
    erlang:display(length(element(3, trace(fun() -> recurse(50) end)))),
    erlang:display(info()),
    ok.

id(X) -> X.

trace(F) ->
    try F() catch Class:Reason:Stack -> {Class, plain(Reason), own(Stack)} end.

plain({badarity, {_, Args}}) -> {badarity, Args};
plain(Reason) -> Reason.

%% The frames of this module and what it called, without the closures whose names the compiler makes.
own([{?MODULE, start, _, _} | _]) -> [];
own([{?MODULE, trace, _, _} | _]) -> [];
own([{M, F, A, Info} | Rest]) -> [{M, F, args(A), place(Info)} | own(Rest)];
own([]) -> [].

args(A) when is_list(A) -> [arg(X) || X <- A];
args(A) -> A.

arg(F) when is_function(F) -> a_fun;
arg(X) -> X.

place(Info) -> [X || {K, _} = X <- Info, K =:= file orelse K =:= line].

outer(Kind) ->
    R = inner(Kind),
    {kept, R}.

inner(error) -> R = error({made, here}), id(R);
inner(badmatch) -> 1 = id(2), ok;
inner(arith) -> X = id(1) + id(a), id(X);
inner(bif) -> L = atom_to_list(id("no")), id(L);
inner(guard_bif) -> L = hd(id([])), id(L);
inner(clause) -> R = never(id(1), two), id(R);
inner(undef) -> R = nomodule:nofunction(1, id(a)), id(R);
inner(undef_local) -> R = ?MODULE:nofunction(id(1)), id(R);
inner(apply) -> R = apply(id(erlang), id(length), [id(x)]), id(R);
inner(fun_clause) -> F = fun(one) -> 1 end, R = F(id(two)), id(R);
inner(fun_arity) -> F = id(fun(one) -> 1 end), R = F(), id(R);
inner(case_clause) -> case id(3) of 1 -> a; 2 -> b end;
inner(error_args) -> R = erlang:error(bad, [x, y]), id(R);
inner(throw) -> R = throw(ball), id(R);
inner(exit) -> R = exit(leave), id(R).

never(a, _) -> a.

recurse(0) -> error(bottom);
recurse(N) -> 1 + recurse(N - 1).

raised() ->
    Stack = [{m, f, 2, [{file, "m.erl"}, {line, 7}]}, {m, g, [a, b], []}],
    try erlang:raise(throw, x, Stack) catch C:R:S -> {C, R, S} end.

hidden() ->
    try
        try error(first) after id(done) end
    catch
        error:first:S -> own(S)
    end.

info() ->
    try element(id(9), id({a})) catch error:badarg:Stack -> has_error_info(element(4, hd(Stack))) end.

has_error_info([{error_info, #{} = Map} | _]) -> {error_info, Map};
has_error_info([_ | T]) -> has_error_info(T);
has_error_info([]) -> none.
