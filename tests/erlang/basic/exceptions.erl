%% Classes and reasons: every kind of failure the machine itself raises, try in all its forms.
-module(exceptions).
-export([start/0, id/1]).

start() ->
    [erlang:display(c(F)) || F <- failures()],
    erlang:display([forms(X) || X <- [ok, 1, throw, error, exit, nested, rethrow, raise]]),
    erlang:display(after_order()),
    erlang:display({catch throw(a), catch 1 + 1, (catch exit(x))}),
    {'EXIT', {Reason, [_ | _]}} = (catch error(reason)),
    erlang:display(Reason),
    erlang:display(deep(1000)),
    erlang:display(c(fun() -> erlang:raise(id(bad), reason, []) end)),
    erlang:display([try unwind(N) catch throw:T -> T end || N <- [1, 2, 5]]),
    ok.

id(X) -> X.

c(F) ->
    try {value, F()} catch Class:Reason -> {Class, Reason} end.

failures() ->
    [fun() -> error(x) end, fun() -> error({a, "b"}) end, fun() -> exit(normal) end, fun() -> throw([1]) end,
     fun() -> One = id(1), One = id(2) end, fun() -> {a, _} = id({b, 1}) end,
     fun() -> case id(5) of 1 -> a; 2 -> b end end,
     fun() -> N = id(1), if N > 2 -> x end end,
     fun() -> only(id(b)) end,
     fun() -> (fun(1) -> ok end)(id(2)) end,
     fun() -> try id(7) of 1 -> ok catch _:_ -> no end end,
     fun() -> id(1) + a end, fun() -> id(1) div 0 end, fun() -> id(a) rem 1 end, fun() -> id([]) bsl 1 end,
     fun() -> nomodule:nofunction(1, 2) end, fun() -> ?MODULE:nofunction() end,
     fun() -> atom_to_list(id(1)) end, fun() -> list_to_atom(id([1 | 2])) end,
     fun() -> M = id(m), M#{a => 1} end, fun() -> M = id(#{}), M#{a := 1} end, fun() -> map_get(k, id(#{})) end,
     fun() -> map_get(k, id(x)) end, fun() -> <<(id(a))/integer>> end, fun() -> <<(id(x))/binary>> end,
     fun() -> <<_:4>> = id(<<1>>) end, fun() -> erlang:error(a, [1, 2]) end, fun() -> erlang:nif_error(no) end,
     fun() -> is_function(id(1), id(-1)) end, fun() -> (id(fun(_) -> 1 end)) =:= 1 end,
     fun() -> binary_part(id(<<1, 2>>), 1, 5) end, fun() -> not id(maybe_so) end,
     fun() -> case id(true) of false -> 1 end end, fun() -> self() ! id(x), id(nobody_here) ! x end].

only(a) -> ok.

forms(What) ->
    try act(What) of
        ok -> was_ok;
        N -> {of_value, N}
    catch
        throw:T -> {thrown, T};
        error:E when is_atom(E) -> {error_atom, E};
        Class:Other -> {Class, Other}
    after
        put(after_ran, What)
    end.

act(ok) -> ok;
act(1) -> 1;
act(throw) -> throw(t);
act(error) -> error(e);
act(exit) -> exit({x, 1});
act(nested) ->
    try error(inner) catch error:inner -> throw(outer) after put(inner_after, 1) end;
act(rethrow) ->
    try throw(again) catch C:R:S -> erlang:raise(C, {re, R}, S) end;
act(raise) ->
    erlang:raise(exit, raised, []).

after_order() ->
    put(order, []),
    R = try
        try note(1), error(a) after note(2) end
    catch
        error:a -> note(3), caught
    after
        note(4)
    end,
    {R, get(order)}.

note(N) -> put(order, [N | get(order)]).

deep(0) -> throw_here();
deep(N) ->
    try deep(N - 1) catch throw:{at, M} when N =:= 1000 -> {done, M}; throw:{at, M} -> throw({at, M + 1}) end.

throw_here() -> throw({at, 0}).

unwind(N) ->
    A = id({keep, N}),
    B = try inner(N) catch throw:{inner, V} -> V + 1 end,
    throw({A, B}).

inner(N) when N > 3 -> throw({inner, N});
inner(N) -> N.
