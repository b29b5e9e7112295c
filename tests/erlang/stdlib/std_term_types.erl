%% What the machine says of a term: its type, the leaves of a large map, the words that it takes.
-module(std_term_types).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    Large = maps:from_list([{I, {I}} || I <- lists:seq(1, 100)]),
    B = binary:copy(<<"x">>, 100), X = length(atom_to_list(node())),
    Terms = [a, [], 1, -1, 1 bsl 62, -(1 bsl 70), 1.5, {}, {a}, [a], [a | b], #{}, #{a => 1}, Large, <<>>, <<"abc">>, B, binary:part(B, 1, 98), <<1:9>>, fun lists:map/2, fun() -> X end, fun start/0, self(), make_ref(), binary_to_term(<<131, 88, 119, 3, "a@b", 1:32, 0:32, 7:32>>), binary_to_term(<<131, 90, 3:16, 119, 3, "a@b", 7:32, 1:32, 2:32, 3:32>>), binary_to_term(<<131, 89, 119, 3, "a@b", 1:32, 7:32>>)],
    [?P({I, erts_internal:term_type(T)}) || {I, T} <- lists:zip(lists:seq(1, length(Terms)), Terms)],
    ?P(lists:sort(leaves(Large))), ?P(erts_internal:map_hashmap_children(#{})), ?P(erts_internal:map_hashmap_children(x)),
    L = [1, 2], ?P([erts_debug:size(T) || T <- [a, L, {L, L}, [L, L | L], {}, #{a => L, b => L}, #{}]]),
    ?P(erts_debug:size(Large) > 400), ?P(erts_debug:size({Large, Large}) - erts_debug:size(Large)),
    ok.

leaves(Map) -> lists:append([case C of [_ | _] -> [C]; _ -> leaves(C) end || C <- erts_internal:map_hashmap_children(Map)]).
