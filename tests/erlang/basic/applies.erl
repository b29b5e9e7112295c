%% Calls by name: apply of every arity, module_info, is_builtin, function_exported, BIFs as values.
-module(applies).
-export([start/0, id/1, f/0, f/1, f/2, f/3, f/9]).

start() ->
    M = id(?MODULE),
    erlang:display([apply(M, f, A) || A <- [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]]]),
    erlang:display({M:f(), M:f(1), M:f(1, 2), M:(id(f))(1, 2, 3)}),
    erlang:display([apply(id(erlang), id(B), A) || {B, A} <- [{'+', [1, 2]}, {abs, [-1]}, {hd, [[x]]}, {element, [1, {y}]}, {'++', [[1], [2]]}, {'not', [true]}]]),
    erlang:display([c(fun() -> apply(id(X), id(Y), id(Z)) end) || {X, Y, Z} <- [{1, f, []}, {M, 1, []}, {M, f, x}, {M, f, [1 | 2]}, {M, g, [1]}, {M, id, [1, 2]}]]),
    erlang:display(tail(id(1000))),
    erlang:display({erlang:function_exported(M, f, 3), erlang:function_exported(M, f, 4), erlang:function_exported(erlang, abs, 1), erlang:function_exported(no, no, 0)}),
    erlang:display({erlang:is_builtin(erlang, abs, 1), erlang:is_builtin(M, f, 0), erlang:is_builtin(lists, reverse, 2)}),
    erlang:display({M:module_info(module), lists:member({f, 3}, M:module_info(exports)), lists:member({id, 1}, M:module_info(functions))}),
    erlang:display({erlang:module_loaded(M), erlang:module_loaded(never_heard_of)}),
    erlang:display(c(fun() -> never_heard_of:module_info() end)),
    erlang:display([F(3, 4) || F <- [fun erlang:'+'/2, fun erlang:max/2, fun erlang:'div'/2, fun(A, B) -> {A, B} end]]),
    erlang:display([min(id(1), id(2)), max(id(a), id("b")), min(id(1), id(1.0)), max(id(1), id(1.0))]),
    erlang:display({is_list(M:module_info(attributes)), is_list(M:module_info(compile)), length(M:module_info(exports))}),
    ok.

id(X) -> X.
f() -> zero.
f(A) -> A.
f(A, B) -> {A, B}.
f(A, B, C) -> {A, B, C}.
f(A, B, C, D, E, F, G, H, I) -> [A, B, C, D, E, F, G, H, I].

c(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

tail(0) -> done;
tail(N) when N rem 2 =:= 0 -> apply(fun tail/1, [N - 1]);
tail(N) -> F = fun tail/1, F(N - 1).
