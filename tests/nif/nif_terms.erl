%% Terms of every kind through a NIF library.
-module(nif_terms).
-export([start/0]).
-export([types/1, integers/1, text/1, existing/1, order/2, hash/1, pairs/1, maps/3, many/1,
         external/1, print/1, raise/1, times/0, system_info/0, private_data/0, unique/0]).
-on_load(init/0).

init() -> erlang:load_nif("./nif_terms", 7).

types(_) -> erlang:nif_error(not_loaded).
integers(_) -> erlang:nif_error(not_loaded).
text(_) -> erlang:nif_error(not_loaded).
existing(_) -> erlang:nif_error(not_loaded).
order(_, _) -> erlang:nif_error(not_loaded).
hash(_) -> erlang:nif_error(not_loaded).
pairs(_) -> erlang:nif_error(not_loaded).
maps(_, _, _) -> erlang:nif_error(not_loaded).
many(_) -> erlang:nif_error(not_loaded).
external(_) -> erlang:nif_error(not_loaded).
print(_) -> erlang:nif_error(not_loaded).
raise(_) -> erlang:nif_error(not_loaded).
times() -> erlang:nif_error(not_loaded).
system_info() -> erlang:nif_error(not_loaded).
private_data() -> erlang:nif_error(not_loaded).
unique() -> erlang:nif_error(not_loaded).

start() ->
    Show = fun(X) -> io:format("~p~n", [X]) end,
    Show(types([a, <<1:3>>, <<1, 2>>, 1.5, fun() -> ok end, fun erlang:abs/1, 1, 1 bsl 70, [], [1],
                [1 | 2], #{}, self(), make_ref(), {}])),
    [Show(integers(I)) || I <- [0, -1, 2147483647, 2147483648, -2147483649, 4294967295, 4294967296,
                                (1 bsl 63) - 1, 1 bsl 63, (1 bsl 64) - 1, 1 bsl 64, 1.25, a]],
    [Show(text(T)) || T <- ["", "abc", "1234567", "12345678", [228], [256], [a], "ab" ++ c, abc, '',
                            a_long_atom, [1 | 2], <<"x">>, '\344']],
    Show([existing(T) || T <- ["none", "no_atom_" ++ "like_this", "start"]]),
    Terms = [1, 1.0, a, b, "s", {1}, #{a => 1}, <<"x">>, [], self(), 1 bsl 80],
    Show([order(A, B) || A <- Terms, B <- Terms]),
    Show([hash(T) || T <- [1, a, "text", <<"binary">>, #{a => b}, {1, 2.5}, 1 bsl 90]]),
    Show(pairs(#{})),
    Show(pairs(#{b => 1, a => 2, "c" => 3})),
    {Large, Count} = pairs(maps:from_list([{I, -I} || I <- lists:seq(1, 500)])),
    Show({length(lists:usort(Large)), Count, lists:sum([K + V || {K, V} <- Large])}),
    Show(maps(a, b, c)),
    Show(maps(a, b, b)),
    Show(maps(a, a, b)),
    Show(many({x, "y"})),
    Show([external(T) || T <- [1, 1.5, [a, "b"], #{k => <<0:4000>>}]]),
    Show(print([1, {a, "b"}, <<"c">>])),
    [Show(caught(fun() -> raise(R) end)) || R <- [oops, {bad, "thing"}]],
    Show([try raise(R) catch error:E -> {caught, E} end || R <- [oops, 1 bsl 70]]),
    Show(caught(fun() -> pairs(no_map) end)),
    Show(times()),
    Show(system_info()),
    Show({private_data(), unique()}),
    Show(erlang:load_nif("./nif_terms", 7)).

%% What it raises, and where.
caught(Fun) ->
    try Fun()
    catch Class:Reason:Stack -> {Class, Reason, [{M, F, A} || {M, F, A, _} <- lists:sublist(Stack, 1)]}
    end.
