%% zlib, every exported function of it: what it gives, and what it refuses.
-module(std_zlib_functions).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    Text = text(60000),
    put(called, []),
    windows(Text), inits(), lives(Text), flushes(Text), parameters(Text), dictionaries(Text), chunks(Text), ends(Text), streams(Text), checksums(Text),
    damaged(Text), owners(Text), bad_arguments(),
    ?P(lists:sort([{F, A} || {F, A} <- zlib:module_info(exports), F =/= module_info, F =/= on_load] -- get(called))).

%% Calls, and shows what became of it: long texts by their checksum.
z(F, Args) ->
    put(called, lists:usort([{F, length(Args)} | get(called)])),
    R = try short(apply(zlib, F, Args)) catch C:E -> {C, E} end,
    io:format("~w/~w ~p~n", [F, length(Args), R]).

q(F, Args) -> put(called, lists:usort([{F, length(Args)} | get(called)])), apply(zlib, F, Args).

short({Tag, B}) when Tag =:= more; Tag =:= continue; Tag =:= finished -> {Tag, short(B)};
short({need_dictionary, A, B}) -> {need_dictionary, A, short(B)};
short(B) when is_list(B); is_binary(B) -> try iolist_size(B) of N when N > 60 -> {N, erlang:crc32(B)}; N when is_list(B) -> {N, iolist_to_binary(B)}; _ -> B catch _:_ -> B end;
short(R) when is_reference(R) -> reference;
short(T) -> T.

text(N) -> binary:part(list_to_binary([[integer_to_list(I * I rem 7919), " of ", integer_to_list(I rem 13), $\n] || I <- lists:seq(1, N div 6)]), 0, N).

with(F) -> Z = q(open, []), try F(Z) after zlib:close(Z) end.

raw(Text, Bits) -> with(fun(Z) -> ok = zlib:deflateInit(Z, 6, deflated, Bits, 8, default), iolist_to_binary(zlib:deflate(Z, Text, finish)) end).

%% Raw, with zlib's head, with gzip's, whichever it is; and windows that are too small for what was made.
windows(Text) ->
    [begin
        B = raw(Text, W),
        io:format("made ~w: ~p~n", [W, short(B)]),
        [with(fun(Z) -> z(inflateInit, [Z, R]), z(inflate, [Z, B]), z(inflateEnd, [Z]) end) || R <- [W, -15, 15, 31, 47, 0, 8, -9]]
     end || W <- [-15, -9, 9, 15, 25, 31]].

inits() ->
    [with(fun(Z) -> z(deflateInit, [Z, L]), z(deflate, [Z, "aaaaaaaaaaaaaaaaaaaa", finish]), z(deflateEnd, [Z]) end)
     || L <- [none, default, best_speed, best_compression, 0, 1, 5, 9, -1, 10, fast, 1.0]],
    [with(fun(Z) -> z(deflateInit, [Z, default, M, W, E, S]), z(deflate, [Z, "aaaaaaaaaaaaaaaaaaaa", finish]) end)
     || {M, W, E, S} <- [{deflated, 15, 1, default}, {deflated, 15, 9, filtered}, {deflated, 9, 8, huffman_only}, {deflated, 15, 8, rle}, {stored, 15, 8, default},
                         {deflated, 7, 8, default}, {deflated, 32, 8, default}, {deflated, -16, 8, default}, {deflated, 47, 8, default}, {deflated, 15, 0, default},
                         {deflated, 15, 10, default}, {deflated, 15, x, default}, {deflated, x, 8, default}, {deflated, 15, 8, fixed}, {deflated, 1 bsl 70, 8, default}]],
    [with(fun(Z) -> z(inflateInit, [Z, W]) end) || W <- [7, 8, 47, 48, -7, -8, -16, x]],
    [with(fun(Z) -> z(inflateInit, [Z, 15, E]) end) || E <- [error, reset, cut, other]].

%% Each function in each state of a stream.
lives(Text) ->
    Pack = q(compress, ["abc"]),
    Calls = [{deflateInit, []}, {deflate, ["a"]}, {deflate, ["a", sync]}, {deflateReset, []}, {deflateParams, [9, default]}, {deflateSetDictionary, ["abc"]}, {deflateEnd, []},
             {inflateInit, []}, {inflate, [Pack]}, {inflate, [Pack, []]}, {inflateReset, []}, {inflateSetDictionary, ["abc"]}, {inflateGetDictionary, []}, {inflateChunk, [Pack]},
             {inflateChunk, []}, {safeInflate, [Pack]}, {inflateEnd, []}, {crc32, []}, {getBufSize, []}, {setBufSize, [100]}, {close, []}],
    [begin
        io:format("~s~n", [Name]),
        [begin Z = zlib:open(), _ = Make(Z), z(F, [Z | A]), catch zlib:close(Z) end || {F, A} <- Calls]
     end || {Name, Make} <- [{"open", fun(_) -> ok end}, {"to compress", fun zlib:deflateInit/1}, {"to uncompress", fun zlib:inflateInit/1}, {"closed", fun zlib:close/1},
                             {"compressing", fun(Z) -> zlib:deflateInit(Z), zlib:deflate(Z, Text) end}, {"uncompressed", fun(Z) -> zlib:inflateInit(Z), zlib:inflate(Z, Pack) end},
                             {"compressed", fun(Z) -> zlib:deflateInit(Z), zlib:deflate(Z, Text, finish) end}]].

flushes(Text) ->
    [with(fun(Z) ->
        zlib:deflateInit(Z),
        z(deflate, [Z, Text, F]), z(deflate, [Z, [], F]), z(deflate, [Z, Text, F]), z(deflate, [Z, "b", finish]), z(deflateReset, [Z]), z(deflate, [Z, "again", finish]), z(deflateEnd, [Z])
     end) || F <- [none, sync, full, finish, partial, 2]].

parameters(Text) ->
    with(fun(Z) ->
        zlib:deflateInit(Z),
        B = [begin A = zlib:deflate(Z, Text), z(deflateParams, [Z, L, S]), A end || {L, S} <- [{0, default}, {9, rle}, {none, huffman_only}, {best_speed, filtered}, {default, default}]],
        All = [B, zlib:deflate(Z, Text, finish)],
        io:format("~p ~p~n", [short(All), zlib:uncompress(All) =:= binary:copy(Text, 6)]),
        [z(deflateParams, [Z | A]) || A <- [[10, default], [fast, default], [1, other], [x, y]]]
    end).

dictionaries(Text) ->
    D = binary:part(Text, 0, 1000),
    [begin
        B = with(fun(Z) ->
            zlib:deflateInit(Z, 6, deflated, W, 8, default),
            z(deflateSetDictionary, [Z, D]), z(deflateSetDictionary, [Z, [D, 1, [<<2>>]]]), z(deflateSetDictionary, [Z, []]), z(deflateSetDictionary, [Z, x]), z(deflateSetDictionary, [Z, [300]]),
            zlib:deflateReset(Z), z(deflateSetDictionary, [Z, [D]]),
            R = zlib:deflate(Z, Text, finish), z(deflateSetDictionary, [Z, "late"]), iolist_to_binary(R)
        end),
        with(fun(Z) ->
            zlib:inflateInit(Z, W),
            z(inflateSetDictionary, [Z, D]), z(inflate, [Z, B]), z(inflateSetDictionary, [Z, "other"]), z(inflateSetDictionary, [Z, x]), z(inflateSetDictionary, [Z, D]), z(inflate, [Z, []]),
            z(inflateGetDictionary, [Z]), z(inflateEnd, [Z])
        end),
        [with(fun(Z) ->
            zlib:inflateInit(Z, W),
            z(inflate, [Z, B, O]), z(inflateSetDictionary, [Z, D]), z(inflate, [Z, [], O]), z(inflateReset, [Z]), z(inflateGetDictionary, [Z])
         end) || O <- [[], [{exception_on_need_dict, true}], [{exception_on_need_dict, false}], [{other, 1}], x]],
        with(fun(Z) -> zlib:inflateInit(Z, W), z(safeInflate, [Z, B]), z(inflateSetDictionary, [Z, D]), z(safeInflate, [Z, []]) end),
        with(fun(Z) -> zlib:inflateInit(Z, W), z(inflateChunk, [Z, B]), z(inflateSetDictionary, [Z, D]), z(inflateChunk, [Z]) end)
     end || W <- [15, -15, 31]].

chunks(Text) ->
    B = zlib:compress([Text, Text, Text]),
    [with(fun(Z) ->
        zlib:inflateInit(Z),
        z(getBufSize, [Z]), z(setBufSize, [Z, S]), z(getBufSize, [Z]), z(inflateChunk, [Z, B]),
        [z(inflateChunk, [Z]) || _ <- lists:seq(1, 3)], all_chunks(Z, 0), z(inflateChunk, [Z]), z(inflateEnd, [Z])
     end) || S <- [17, 16, 0, -1, 4001, 100000, 1 bsl 24, (1 bsl 24) - 1, x]],
    with(fun(Z) -> zlib:inflateInit(Z), all_safe(Z, zlib:safeInflate(Z, B)), z(safeInflate, [Z, []]), z(safeInflate, [Z, "more"]), z(inflateEnd, [Z]) end),
    with(fun(Z) ->
        zlib:inflateInit(Z),
        R = [zlib:inflate(Z, <<X>>) || <<X>> <= B],
        io:format("one by one ~p~n", [short(R)]), z(inflateEnd, [Z])
    end),
    with(fun(Z) -> zlib:inflateInit(Z), z(inflate, [Z, [[X] || <<X:3/binary>> <= B]]), z(inflate, [Z, [$a | <<"b">>]]), z(inflate, [Z, [a]]), z(inflate, [Z, <<1:3>>]), z(inflate, [Z, x]) end).

all_chunks(Z, N) ->
    case zlib:inflateChunk(Z) of
        {more, _} -> all_chunks(Z, N + 1);
        Last -> io:format("~p chunks, ~p~n", [N, short(Last)])
    end.

all_safe(Z, {continue, B}) -> io:format("~p~n", [short(B)]), all_safe(Z, zlib:safeInflate(Z, []));
all_safe(_, {finished, B}) -> io:format("last ~p~n", [short(B)]).

%% What comes behind the end; streams of gzip one after another, whole and in pieces.
ends(Text) ->
    G = iolist_to_binary([zlib:gzip("one,"), zlib:gzip(Text), zlib:gzip(<<>>), zlib:gzip("last")]),
    C = iolist_to_binary([zlib:compress("one,"), zlib:compress(Text)]),
    z(gunzip, [G]), z(gunzip, [[G, 0, 0, 0]]), z(gunzip, [[G, "rubbish"]]), z(gunzip, [binary:part(G, 0, byte_size(G) - 1)]), z(gunzip, [binary:part(G, 0, 40)]), z(uncompress, [C]),
    [with(fun(Z) ->
        zlib:inflateInit(Z, W, E),
        z(inflate, [Z, B]), z(inflate, [Z, []]), z(inflate, [Z, B]), z(inflateReset, [Z]), z(inflate, [Z, B]), z(inflateEnd, [Z])
     end) || E <- [error, reset, cut], {W, B} <- [{31, G}, {47, G}, {15, C}, {47, C}]],
    [with(fun(Z) ->
        zlib:inflateInit(Z, 31, E),
        R = [try zlib:inflate(Z, P) catch error:X -> atom_to_list(X) end || P <- pieces(G, 700)],
        io:format("~p ~p~n", [E, short(R)]), z(inflateEnd, [Z])
     end) || E <- [error, reset, cut]].

pieces(B, N) when byte_size(B) =< N -> [B];
pieces(B, N) -> <<P:N/binary, R/binary>> = B, [P | pieces(R, N)].

streams(Text) ->
    [begin z(C, [T]), z(U, [T]), z(U, [try q(C, [T]) catch error:_ -> none end]) end
     || {C, U} <- [{compress, uncompress}, {zip, unzip}, {gzip, gunzip}],
        T <- [[], <<>>, "a", [Text, [Text | Text]], <<0:800000>>, [1, [2 | <<3>>]], x, [x], [256], [-1], <<1:7>>, [<<1:9>>], {}, [a | b]]].

checksums(Text) ->
    with(fun(Z) ->
        [z(F, [Z, T]) || F <- [crc32, adler32], T <- [[], "a", Text, [Text, [1 | Text]], x]],
        [z(F, [Z, P, Text]) || F <- [crc32, adler32], P <- [0, 1, 16#ffffffff, 1 bsl 32, -1, x]],
        [z(F, [Z, A, B, N]) || F <- [crc32_combine, adler32_combine], {A, B, N} <- [{1, 2, 3}, {16#12345678, 16#9abcdef, 70000}, {0, 0, 0}, {1, 1, 1 bsl 33}, {-1, 1, 1}, {1, x, 1}]]
    end),
    [with(fun(Z) -> zlib:deflateInit(Z, 6, deflated, W, 8, default), z(crc32, [Z]), zlib:deflate(Z, Text, finish), z(crc32, [Z]), zlib:deflateReset(Z), z(crc32, [Z]) end) || W <- [-15, 15, 31]],
    [with(fun(Z) -> zlib:inflateInit(Z, W), zlib:inflate(Z, raw(Text, W)), z(crc32, [Z]), zlib:inflateReset(Z), z(crc32, [Z]) end) || W <- [-15, 15, 31]].

damaged(Text) ->
    [begin
        B = raw(Text, W),
        N = byte_size(B),
        [begin
            <<H:At/binary, X, T/binary>> = B,
            with(fun(Z) -> zlib:inflateInit(Z, W), z(inflate, [Z, <<H/binary, (X bxor 255), T/binary>>]), z(inflate, [Z, []]), z(inflateEnd, [Z]) end)
         end || At <- [0, 1, 2, 10, 11, 500, N - 8, N - 5, N - 4, N - 1]],
        [with(fun(Z) -> zlib:inflateInit(Z, W), z(inflate, [Z, binary:part(B, 0, Cut)]), z(inflateEnd, [Z]) end) || Cut <- [0, 1, 2, 3, 20, 1000, N - 9, N - 1]]
     end || W <- [15, -15, 31]].

%% A stream is used by who controls it; it may outlive its maker.
owners(Text) ->
    Calls = [{deflate, ["a"]}, {deflateReset, []}, {deflateEnd, []}, {inflate, ["a"]}, {inflateInit, []}, {deflateInit, []}, {crc32, []}, {getBufSize, []}, {setBufSize, [50]},
             {deflateSetDictionary, ["a"]}, {deflateParams, [1, default]}, {inflateGetDictionary, []}, {inflateChunk, []}, {safeInflate, ["a"]}, {close, []}],
    Z = zlib:open(), ok = zlib:deflateInit(Z),
    other(fun() -> [z(F, [Z | A]) || {F, A} <- Calls], z(set_controlling_process, [Z, self()]) end),
    [z(set_controlling_process, [Z, P]) || P <- [x, make_ref(), 1]], z(set_controlling_process, [x, self()]), z(set_controlling_process, [make_ref(), self()]),
    other(fun(P) -> z(set_controlling_process, [Z, P]) end, fun() -> z(deflate, [Z, Text, finish]), z(close, [Z]) end),
    [z(F, [Z | A]) || {F, A} <- Calls],
    Self = self(),
    other(fun() -> Y = zlib:open(), zlib:deflateInit(Y), zlib:deflate(Y, Text), zlib:set_controlling_process(Y, Self), Self ! {given, Y} end),
    receive {given, Y} -> z(deflate, [Y, Text, finish]), z(deflateEnd, [Y]), z(close, [Y]), z(close, [Y]), z(set_controlling_process, [Y, Self]) end.

other(F) -> other(fun(_) -> ok end, F).
other(Before, F) ->
    {P, R} = spawn_monitor(fun() -> receive go -> put(called, []), F() end end),
    Before(P), P ! go,
    receive {'DOWN', R, _, _, Why} -> io:format("~p~n", [Why]) end.

bad_arguments() ->
    [z(F, [Z | A]) || Z <- [x, 1, make_ref(), self()],
                      {F, A} <- [{close, []}, {deflateInit, []}, {deflateInit, [1]}, {deflateInit, [1, deflated, 15, 8, default]}, {deflate, ["a"]}, {deflateReset, []}, {deflateEnd, []},
                                 {deflateParams, [1, default]}, {deflateSetDictionary, ["a"]}, {inflateInit, []}, {inflateInit, [15]}, {inflateInit, [15, cut]}, {inflate, ["a"]}, {inflate, ["a", []]},
                                 {inflateReset, []}, {inflateEnd, []}, {inflateSetDictionary, ["a"]}, {inflateGetDictionary, []}, {inflateChunk, []}, {inflateChunk, ["a"]}, {safeInflate, ["a"]},
                                 {setBufSize, [100]}, {getBufSize, []}, {crc32, []}, {crc32, ["a"]}, {crc32, [1, "a"]}, {adler32, ["a"]}, {adler32, [1, "a"]}, {crc32_combine, [1, 2, 3]},
                                 {adler32_combine, [1, 2, 3]}]].
