%% Stock modules that programs reach from the others: filename, sofs, uri_string, erl_error and the explanations of errors, random, c-like helpers.
-module(std_misc).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    ?P(filename:join(["a", "b", "/c", "d/"])), ?P(filename:basename("/x/y.erl", ".erl")), ?P(filename:dirname("a/b/c")), ?P(filename:extension("f.tar.gz")), ?P(filename:rootname("a/b.c")), ?P(filename:split("/a/b/c")), ?P(filename:flatten(["a", b, [$c]])), ?P(filename:pathtype("/x")), ?P(filename:nativename("a/b")), ?P(filename:basename(<<"x/y">>)), ?P(filename:join(<<"a">>, "b")),
    ?P(uri_string:parse("http://user@host:8080/p/a?q=1#f")), ?P(uri_string:recompose(#{scheme => "http", host => "h", path => "/x", query => "a=b"})), ?P(uri_string:normalize("HTTP://h/a/../b/%7euser")), ?P(uri_string:compose_query([{"a b", "c&d"}, {"e", true}])), ?P(uri_string:dissect_query("a+b=c%26d&e")), ?P(uri_string:resolve("../c", "http://h/a/b")), ?P(uri_string:percent_decode("%41b")), ?P(uri_string:quote("a b/ä")), ?P(uri_string:parse("http://[bad")),
    ?P(sofs:to_external(sofs:union(sofs:set([a, b]), sofs:set([b, c])))), ?P(sofs:to_external(sofs:relation_to_family(sofs:relation([{a, 1}, {a, 2}, {b, 3}])))), ?P(sofs:to_external(sofs:composite(sofs:relation([{a, 1}]), sofs:relation([{1, x}])))), ?P(sofs:to_external(sofs:powerset(sofs:set([1, 2])))), ?P(sofs:set([{a}, b])),
    ?P(explain(fun() -> element(5, {a}) end)), ?P(explain(fun() -> binary:part(<<"abc">>, 1, 9) end)), ?P(explain(fun() -> list_to_integer("x1") end)), ?P(explain(fun() -> maps:get(k, #{}) end)), ?P(explain(fun() -> atom_to_list("x") end)), ?P(explain(fun() -> lists:keyfind(a, 0, []) end)), ?P(explain(fun() -> io_lib:format("~p", []) end)), ?P(explain(fun() -> math:sqrt(-1) end)), ?P(explain(fun() -> erlang:send_after(-1, self(), x) end)), ?P(explain(fun() -> integer_to_list(1, 99) end)), ?P(explain(fun() -> register(x, nopid) end)), ?P(explain(fun() -> binary_to_term(<<1>>) end)), ?P(explain(fun() -> unicode:characters_to_list(x) end)), ?P(explain(fun() -> list_to_atom([-1]) end)), ?P(explain(fun() -> setelement(1, [], x) end)),
    ?P(exception(fun() -> 1 + a end)), ?P(exception(fun() -> element(5, {a}) end)), ?P(exception(fun() -> throw(x) end)), ?P(exception(fun() -> lists:nth(3, [a]) end)), ?P(exception(fun() -> exit({a, "b"}) end)), ?P(exception(fun() -> case x of y -> z end end)),
    random:seed({1, 2, 3}), ?P([random:uniform(100) || _ <- [1, 2, 3]]), ?P(erl_internal:arith_op('+', 2)), ?P(erl_stdlib_errors:format_error(badarg, [{maps, get, [k, x], [{error_info, #{}}]}])),
    ok.

%% What stock Erlang says of the arguments of a native that failed.
explain(F) ->
    try F() catch error:R:S ->
        {_, _, _, Info} = hd(S),
        case lists:keyfind(error_info, 1, Info) of
            {_, #{module := M} = I} -> (M):(maps:get(function, I, format_error))(R, S);
            {_, _} -> erl_erts_errors:format_error(R, S);
            false -> {none, R}
        end
    end.

exception(F) ->
    try F() catch C:R:S -> lists:flatten(erl_error:format_exception(C, R, [hd(S)])) end.
