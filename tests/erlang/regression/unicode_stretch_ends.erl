%% A long binary that is UTF-8 up to a place near a multiple of 4096, where bytes follow that no
%% character begins with: all that is good before them is converted.
-module(unicode_stretch_ends).
-export([start/0]).

start() ->
    Bad = << <<C>> || C <- lists:seq(128, 255) >>,
    [io:format("~p bytes, ~w: ~p~n", [N, C, ends(N, C, Bad)])
     || C <- [$a, 16#e9, 16#20ac, 16#1f600], N <- [4086, 8182]],
    ok.

%% For each place from N to N + 20: is it told where the good part ends?
ends(N, C, Bad) ->
    lists:usort([one(binary:copy(<<"x">>, P - byte_size(<<C/utf8>>)), C, Bad) || P <- lists:seq(N, N + 20)]).

one(Before, C, Bad) ->
    Data = <<Before/binary, C/utf8, Bad/binary>>,
    {error, List, Rest} = unicode:characters_to_list(Data),
    {error, Binary, Rest1} = unicode:characters_to_binary(Data),
    {length(List) =:= byte_size(Before) + 1, lists:last(List) =:= C, Binary =:= <<Before/binary, C/utf8>>,
     Rest =:= Bad, Rest1 =:= Bad}.
