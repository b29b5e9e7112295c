%% Libraries that cannot be loaded, and a module that lives on without one.
-module(nif_errors).
-export([start/0, one/0, other/1, missing/2]).

one() -> erlang:nif_error(not_loaded).
other(_) -> erlang:nif_error(not_loaded).
missing(_, _) -> a_function_of_another_arity.
hidden() -> erlang:nif_error(not_loaded).

start() ->
    Show = fun(X) -> io:format("~p~n", [X]) end,
    Show([caught(fun() -> erlang:load_nif(P, 0) end) || P <- [17, {}, [a]]]),
    {error, {load_failed, Text}} = erlang:load_nif("./no_such_library", 0),
    Show(lists:sublist(Text, 26)),
    {error, {bad_lib, Init}} = erlang:load_nif("./nif_without", 0),
    Show(lists:sublist(Init, 41)),
    Show([erlang:load_nif("./nif_errors_" ++ integer_to_list(I), 0) || I <- [1, 2, 3, 4]]),
    Show(erlang:load_nif("./nif_errors", 5)),
    Show(erlang:load_nif("./nif_errors", what)),
    Show(try one() catch error:E:Stack -> {E, [{M, F, A} || {M, F, A, _} <- lists:sublist(Stack, 1)]} end),
    Show(caught(fun() -> hidden() end)),
    Show(missing(1, 2)),
    Show(erlang:load_nif(<<"./nif_errors">>, 0)),
    Show({one(), missing(1, 2)}),
    Show(calls_hidden()),
    Show(erlang:load_nif("./nif_errors", 0)).

%% Called for the first time when the native is there.
calls_hidden() -> {hidden(), (fun one/0)()}.

%% What it raises, and where.
caught(Fun) ->
    try Fun()
    catch Class:Reason:Stack -> {Class, Reason, [{M, F, A} || {M, F, A, _} <- lists:sublist(Stack, 1)]}
    end.
