%% While a native works on long input a process of equal priority gets its turns: a ticker counts those of its own.
-module(yielding_ticks).
-export([start/0]).

start() ->
    C = counters:new(1, []),
    Tickers = [spawn(fun() -> is_otp() orelse tick(C) end) || _ <- lists:seq(1, tickers())],
    L = seq(600000, []),
    S = [X band 255 || X <- L],
    B = binary:copy(list_to_binary(S), 8),
    U = unicode:characters_to_binary([1999 | [X rem 2000 || X <- L]] ++ [1999]),
    <<_:4, Odd:60000/binary, _/bitstring>> = B,
    T = term_to_binary(L),
    Z = term_to_binary([L | T], [{compressed, 1}]),
    N = [{nested, [X], <<X:16>>} || X <- lists_part(L, 60000)],
    ticks(C, append, fun() -> length(L ++ S) end),
    ticks(C, subtract, fun() -> L -- lists_part(L, 500000) == lists_tail(L, 500000) end),
    ticks(C, subtract_late, fun() -> L -- [0] == L end),
    ticks(C, improper, fun() -> catch_error(fun() -> (S ++ x) ++ [] end) end),
    ticks(C, member, fun() -> lists:member(none, L) end),
    ticks(C, reverse, fun() -> hd(lists:reverse(L)) end),
    ticks(C, keyfind, fun() -> lists:keyfind(none, 1, L) end),
    ticks(C, term_to_binary, fun() -> byte_size(term_to_binary([L, N])) end),
    ticks(C, external_size, fun() -> erlang:external_size([L, N]) end),
    ticks(C, compressed, fun() -> binary_to_term(term_to_binary(B, [{compressed, 1}])) == B end),
    ticks(C, binary_to_term, fun() -> binary_to_term(T) == L end),
    ticks(C, uncompressed, fun() -> binary_to_term(Z) == [L | T] end),
    ticks(C, phash2, fun() -> erlang:phash2([L, N]) end),
    ticks(C, phash2_text, fun() -> erlang:phash2([S | S]) end),
    ticks(C, phash2_binary, fun() -> erlang:phash2(B) end),
    ticks(C, phash, fun() -> erlang:phash([S, N, B], 1 bsl 32) end),
    ticks(C, md5, fun() -> erlang:md5(B) end),
    ticks(C, md5_odd, fun() -> erlang:md5([Odd, Odd, Odd, Odd, Odd, Odd, Odd, Odd, Odd, Odd, Odd, Odd, Odd | Odd]) end),
    ticks(C, md5_list, fun() -> erlang:md5_final(erlang:md5_update(erlang:md5_init(), [S, S, S])) end),
    ticks(C, crc32, fun() -> erlang:crc32([B, B, B]) end),
    ticks(C, adler32, fun() -> erlang:adler32([B, B, B]) end),
    ticks(C, iolist_size, fun() -> iolist_size([S, S, S, S | B]) end),
    ticks(C, list_to_binary, fun() -> list_to_binary([S, [S | B], S]) == <<(list_to_binary(S))/binary, (list_to_binary(S))/binary, B/binary, (list_to_binary(S))/binary>> end),
    ticks(C, bad_iolist, fun() -> catch_error(fun() -> list_to_binary([S, S, S, -1]) end) end),
    ticks(C, binary_to_list, fun() -> length(binary_to_list(B)) end),
    ticks(C, to_utf8, fun() -> erlang:md5(unicode:characters_to_binary(L)) end),
    ticks(C, to_points, fun() -> erlang:md5(term_to_binary(unicode:characters_to_list(U))) end),
    ticks(C, from_latin1, fun() -> erlang:md5(unicode:characters_to_binary(B, latin1)) end),
    ticks(C, utf8_cut, fun() -> cut(unicode:characters_to_list([U, binary:part(U, 0, byte_size(U) - 1)])) end),
    ticks(C, utf8_bad, fun() -> cut(unicode:characters_to_binary([U, <<U/binary, 128>>, U])) end),
    [exit(T1, kill) || T1 <- Tickers],
    ok.

%% On OTP, where natives give way as well, a ticker would have a scheduler of its own: there is nothing to count.
ticks(C, What, F) ->
    erlang:garbage_collect(),
    Before = counters:get(C, 1),
    R = F(),
    Ticks = counters:get(C, 1) - Before,
    erlang:display({What, R, Ticks > 2 orelse is_otp() orelse Ticks}).

is_otp() -> try atomvm:memory() of _ -> false catch error:undef -> true end.

tick(C) -> counters:add(C, 1, 1), erlang:yield(), tick(C).

catch_error(F) -> try F(), none catch error:R -> R end.

cut({Tag, Done, Rest}) -> {Tag, erlang:md5(term_to_binary(Done)), erlang:md5(term_to_binary(Rest)), byte_size(iolist_to_binary([Rest]))}.

seq(0, L) -> L;
seq(N, L) -> seq(N - 1, [N rem 50000 | L]).

lists_part(_, 0) -> [];
lists_part([H | T], N) -> [H | lists_part(T, N - 1)].

lists_tail(L, 0) -> L;
lists_tail([_ | T], N) -> lists_tail(T, N - 1).

%% With more schedulers the system may let another one stand still meanwhile: each has some in its queue.
tickers() ->
    case erlang:system_info(schedulers) of 1 -> 1; N -> 3 * N end.
