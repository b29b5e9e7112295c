%% How long each native keeps all other processes waiting when its data are large: one process calls it
%% while another gives up its slice again and again and notes the longest time until it ran again.
%% A time is the lesser of the clock's and the processor's, so that other programs do not count; the
%% process that calls has so large a heap that it is not collected, but for the row that measures this.
-module(pauses_held).
-export([start/0, start/1]).

start() -> start([]).

start(Names) ->
    [io:format("{~tp, ~b, ~b}.~n", [Name, Gap, Whole])
     || {Name, Make, Call} <- cases(), Names =:= [] orelse lists:member(atom_to_list(Name), Names),
        {Gap, Whole} <- [measure(Make, Call)]],
    ok.

%% Microseconds: the longest time that nobody else ran, and the whole call.
measure(Make, Call) ->
    Me = self(),
    Worker = spawn_opt(fun() -> work(Me, Make, Call) end, [link, {min_heap_size, 50000000}]),
    receive {ready, Worker} -> ok end,
    Worker ! go,
    Times = ticks(Worker, now_both(), 0),
    Worker ! stop,
    Times.

work(Boss, Make, Call) ->
    Data = Make(),
    erlang:garbage_collect(),
    Boss ! {ready, self()},
    receive go -> ok end,
    From = erlang:monotonic_time(microsecond),
    _ = try Call(Data) catch _:_ -> failed end,
    Boss ! {done, self(), erlang:monotonic_time(microsecond) - From},
    receive stop -> ok end.

ticks(Worker, {Wall, Processor}, Longest) ->
    erlang:yield(),
    {Wall1, Processor1} = Now = now_both(),
    Gap = max(Longest, min(Wall1 - Wall, Processor1 - Processor)),
    receive {done, Worker, Whole} -> {Gap, Whole}
    after 0 -> ticks(Worker, Now, Gap)
    end.

now_both() -> {erlang:monotonic_time(microsecond), 1000 * (1 + element(1, erlang:statistics(runtime)))}.

million() -> lists:seq(1, 1000000).
bytes() -> binary:copy(<<"abcdefghij">>, 1000000).
tuples() -> [{N, N} || N <- million()].
map() -> maps:from_list(tuples()).
chunks() -> [<<"0123456789">> || _ <- million()].
same(Term) -> binary_to_term(term_to_binary(Term)).
regexp(Text) -> {ok, Pattern} = re:compile(Text), Pattern.

cases() ->
    lists_cases() ++ tuples_cases() ++ binaries_cases() ++ maps_cases() ++ terms_cases() ++ patterns_cases() ++ crypto_cases() ++
    zlib_cases() ++ ets_cases().

lists_cases() -> [
    {nothing, fun() -> 0 end, fun(X) -> X end},
    {collect, fun tuples/0, fun(L) -> erlang:garbage_collect(), hd(L) end},
    {length, fun million/0, fun(L) -> length(L) end},
    {length_guard, fun million/0, fun(L) when length(L) > 5 -> ok end},
    {list_to_tuple, fun million/0, fun(L) -> list_to_tuple(L) end},
    {reverse, fun million/0, fun(L) -> lists:reverse(L) end},
    {reverse_2, fun million/0, fun(L) -> lists:reverse(L, [x]) end},
    {member, fun million/0, fun(L) -> lists:member(x, L) end},
    {keyfind, fun tuples/0, fun(L) -> lists:keyfind(x, 1, L) end},
    {keymember, fun tuples/0, fun(L) -> lists:keymember(x, 1, L) end},
    {keysearch, fun tuples/0, fun(L) -> lists:keysearch(x, 1, L) end},
    {append, fun million/0, fun(L) -> L ++ [x] end},
    {subtract, fun million/0, fun(L) -> L -- [1000000, 500000] end},
    {list_to_binary, fun() -> [N band 255 || N <- million()] end, fun(L) -> list_to_binary(L) end},
    {list_to_binary_chunks, fun chunks/0, fun(L) -> list_to_binary(L) end},
    {list_to_bitstring, fun chunks/0, fun(L) -> list_to_bitstring(L) end},
    {iolist_to_binary, fun chunks/0, fun(L) -> iolist_to_binary(L) end},
    {iolist_size, fun chunks/0, fun(L) -> iolist_size(L) end},
    {iolist_to_iovec, fun chunks/0, fun(L) -> erlang:iolist_to_iovec(L) end},
    {list_to_integer, fun() -> lists:duplicate(200000, $7) end, fun(L) -> list_to_integer(L) end},
    {integer_to_list, fun() -> 1 bsl 200000 end, fun(N) -> integer_to_list(N) end},
    {integer_to_binary, fun() -> 1 bsl 200000 end, fun(N) -> integer_to_binary(N) end},
    {binary_to_integer, fun() -> binary:copy(<<"7">>, 200000) end, fun(B) -> binary_to_integer(B) end},
    {multiply, fun() -> 1 bsl 600000 - 1 end, fun(N) -> N * N end},
    {divide, fun() -> 1 bsl 600000 - 1 end, fun(N) -> N div ((1 bsl 300000) + 1) end}].

tuples_cases() ->
    Tuple = fun() -> list_to_tuple(million()) end,
    [
    {tuple_to_list, Tuple, fun(T) -> tuple_to_list(T) end},
    {setelement, Tuple, fun(T) -> setelement(7, T, x) end},
    {append_element, Tuple, fun(T) -> erlang:append_element(T, x) end},
    {insert_element, Tuple, fun(T) -> erlang:insert_element(1, T, x) end},
    {delete_element, Tuple, fun(T) -> erlang:delete_element(1, T) end},
    {make_tuple, fun() -> 1000000 end, fun(N) -> erlang:make_tuple(N, x) end},
    {make_tuple_3, fun tuples/0, fun(L) -> erlang:make_tuple(1000000, x, L) end}].

binaries_cases() -> [
    {binary_to_list, fun bytes/0, fun(B) -> binary_to_list(B) end},
    {bitstring_to_list, fun bytes/0, fun(B) -> bitstring_to_list(B) end},
    {bin_to_list, fun bytes/0, fun(B) -> binary:bin_to_list(B) end},
    {binary_copy, fun bytes/0, fun(B) -> binary:copy(B) end},
    {binary_copy_many, fun() -> <<"abcdefghij">> end, fun(B) -> binary:copy(B, 1000000) end},
    {binary_match, fun bytes/0, fun(B) -> binary:match(B, <<"xyz">>) end},
    {binary_match_many, fun bytes/0, fun(B) -> binary:match(B, [<<"xyz">>, <<"bcx">>]) end},
    {binary_matches, fun bytes/0, fun(B) -> binary:matches(B, <<"a">>) end},
    {binary_matches_many, fun bytes/0, fun(B) -> binary:matches(B, [<<"ab">>, <<"j">>]) end},
    {binary_split, fun bytes/0, fun(B) -> binary:split(B, <<"a">>, [global]) end},
    {binary_replace, fun bytes/0, fun(B) -> binary:replace(B, <<"a">>, <<"xx">>, [global]) end},
    {binary_compile, fun() -> [<<N:32>> || N <- lists:seq(1, 100000)] end, fun(L) -> binary:compile_pattern(L) end},
    {longest_prefix, fun() -> [bytes(), bytes()] end, fun(L) -> binary:longest_common_prefix(L) end},
    {longest_suffix, fun() -> [bytes(), bytes()] end, fun(L) -> binary:longest_common_suffix(L) end},
    {decode_unsigned, fun() -> binary:copy(<<"a">>, 100000) end, fun(B) -> binary:decode_unsigned(B) end},
    {encode_unsigned, fun() -> 1 bsl 600000 end, fun(N) -> binary:encode_unsigned(N) end},
    {encode_hex, fun bytes/0, fun(B) -> binary:encode_hex(B) end},
    {md5, fun bytes/0, fun(B) -> erlang:md5(B) end},
    {md5_chunks, fun chunks/0, fun(L) -> erlang:md5(L) end},
    {md5_update, fun bytes/0, fun(B) -> erlang:md5_update(erlang:md5_init(), B) end},
    {crc32, fun bytes/0, fun(B) -> erlang:crc32(B) end},
    {crc32_chunks, fun chunks/0, fun(L) -> erlang:crc32(L) end},
    {adler32, fun bytes/0, fun(B) -> erlang:adler32(B) end},
    {adler32_chunks, fun chunks/0, fun(L) -> erlang:adler32(L) end},
    {characters_to_list, fun bytes/0, fun(B) -> unicode:characters_to_list(B) end},
    {characters_to_binary, fun bytes/0, fun(B) -> unicode:characters_to_binary(B, latin1, utf16) end},
    {characters_list_to_binary, fun million/0, fun(L) -> unicode:characters_to_binary(L) end},
    {decode_packet, fun() -> binary:copy(<<"a">>, 10000000) end, fun(B) -> erlang:decode_packet(line, B, []) end}].

maps_cases() -> [
    {from_list, fun tuples/0, fun(L) -> maps:from_list(L) end},
    {from_keys, fun million/0, fun(L) -> maps:from_keys(L, x) end},
    {maps_keys, fun map/0, fun(M) -> maps:keys(M) end},
    {maps_values, fun map/0, fun(M) -> maps:values(M) end},
    {maps_to_list, fun map/0, fun(M) -> maps:to_list(M) end},
    {maps_merge, fun() -> {map(), maps:from_list([{x, N} || N <- million()] ++ [{{N}, N} || N <- lists:seq(1, 500000)])} end,
     fun({A, B}) -> maps:merge(A, B) end},
    {maps_iterator, fun map/0, fun(M) -> maps:next(maps:iterator(M)) end},
    {maps_fold, fun map/0, fun(M) -> maps:fold(fun(_, V, A) -> V + A end, 0, M) end},
    {maps_filter, fun map/0, fun(M) -> maps:filter(fun(_, V) -> V > 5 end, M) end},
    {maps_equal, fun() -> {map(), same(map())} end, fun({A, B}) -> A =:= B end}].

terms_cases() -> [
    {equal, fun() -> {tuples(), tuples()} end, fun({A, B}) -> A =:= B end},
    {less, fun() -> {tuples(), tuples()} end, fun({A, B}) -> A < B end},
    {term_to_binary, fun tuples/0, fun(T) -> term_to_binary(T) end},
    {term_to_binary_map, fun map/0, fun(T) -> term_to_binary(T) end},
    {term_to_binary_sorted, fun map/0, fun(T) -> term_to_binary(T, [deterministic]) end},
    {term_to_binary_compressed, fun tuples/0, fun(T) -> term_to_binary(T, [compressed]) end},
    {term_to_iovec, fun tuples/0, fun(T) -> term_to_iovec(T) end},
    {external_size, fun tuples/0, fun(T) -> erlang:external_size(T) end},
    {binary_to_term, fun() -> term_to_binary(tuples()) end, fun(B) -> binary_to_term(B) end},
    {binary_to_term_map, fun() -> term_to_binary(map()) end, fun(B) -> binary_to_term(B) end},
    {phash2, fun tuples/0, fun(T) -> erlang:phash2(T) end},
    {phash2_map, fun map/0, fun(T) -> erlang:phash2(T) end},
    {phash2_binary, fun bytes/0, fun(T) -> erlang:phash2(T) end},
    {phash, fun tuples/0, fun(T) -> erlang:phash(T, 1 bsl 32) end},
    {flat_size, fun tuples/0, fun(T) -> erts_debug:flat_size(T) end},
    {send, fun tuples/0, fun(T) -> self() ! T end},
    {send_other, fun() -> {spawn_link(fun() -> receive x -> ok end end), tuples()} end, fun({P, T}) -> P ! T end},
    {spawn, fun tuples/0, fun(T) -> spawn(fun() -> hd(T) end) end},
    {apply_list, fun() -> lists:seq(1, 300) end, fun(L) -> apply(?MODULE, x, L) end},
    {put, fun tuples/0, fun(T) -> put(x, T) end},
    {persistent_put, fun tuples/0, fun(T) -> persistent_term:put(x, T) end},
    {exit_reason, fun tuples/0, fun(T) -> spawn_monitor(fun() -> exit(T) end), receive {'DOWN', _, _, _, _} -> ok end end},
    {atoms, fun() -> 0 end, fun(_) -> erlang:loaded() end},
    {processes, fun() -> [spawn_link(fun() -> receive x -> ok end end) || _ <- lists:seq(1, 200000)] end, fun(_) -> processes() end}].

patterns_cases() -> [
    {re_run_none, fun() -> {regexp("xyz"), bytes()} end, fun({P, B}) -> re:run(B, P) end},
    {re_run_class, fun() -> {regexp("[a-j]+x"), binary:part(bytes(), 0, 10000)} end, fun({P, B}) -> re:run(B, P) end},
    {re_run_global, fun() -> {regexp("a"), binary:part(bytes(), 0, 1000000)} end, fun({P, B}) -> re:run(B, P, [global]) end},
    {re_run_pathological, fun() -> {regexp("^(a+)+$"), [lists:duplicate(28, $a), $b]} end, fun({P, B}) -> re:run(B, P) end},
    {re_run_backtrack, fun() -> {regexp("(.*)*x"), binary:part(bytes(), 0, 1000)} end, fun({P, B}) -> re:run(B, P) end},
    {re_replace, fun() -> binary:part(bytes(), 0, 1000000) end, fun(B) -> re:replace(B, "a", "xx", [global]) end},
    {re_split, fun() -> binary:part(bytes(), 0, 1000000) end, fun(B) -> re:split(B, "a") end},
    {re_compile, fun() -> lists:duplicate(5000, "(a|b)") end, fun(T) -> re:compile(T) end}].

%% 100 MB each.
much() -> _ = crypto:module_info(), binary:copy(<<"abcdefghij">>, 10000000).

crypto_cases() ->
    K = <<1:128>>,
    [
    {hash_sha256, fun much/0, fun(B) -> crypto:hash(sha256, B) end},
    {hash_update, fun much/0, fun(B) -> crypto:hash_update(crypto:hash_init(sha512), B) end},
    {mac_hmac, fun much/0, fun(B) -> crypto:mac(hmac, sha256, K, B) end},
    {mac_cmac, fun much/0, fun(B) -> crypto:mac(cmac, aes_128_cbc, K, B) end},
    {mac_poly1305, fun much/0, fun(B) -> crypto:mac(poly1305, <<1:256>>, B) end},
    {cipher_cbc, fun much/0, fun(B) -> crypto:crypto_one_time(aes_128_cbc, K, K, B, true) end},
    {cipher_ctr, fun much/0, fun(B) -> crypto:crypto_one_time(aes_128_ctr, K, K, B, true) end},
    {cipher_update, fun much/0, fun(B) -> crypto:crypto_update(crypto:crypto_init(aes_128_cbc, K, K, true), B) end},
    {aead_gcm, fun much/0, fun(B) -> crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, B, <<>>, true) end},
    {aead_gcm_data, fun much/0, fun(B) -> crypto:crypto_one_time_aead(aes_128_gcm, K, <<1:96>>, <<>>, B, true) end},
    {aead_ccm_data, fun much/0, fun(B) -> crypto:crypto_one_time_aead(aes_128_ccm, K, <<1:96>>, <<>>, B, true) end},
    {aead_chacha20, fun much/0, fun(B) -> crypto:crypto_one_time_aead(chacha20_poly1305, <<1:256>>, <<1:96>>, B, <<>>, true) end},
    {exor, fun much/0, fun(B) -> crypto:exor(B, B) end},
    {hash_equals, fun() -> {much(), much()} end, fun({A, B}) -> crypto:hash_equals(A, B) end},
    {strong_rand_bytes, fun() -> 100000000 end, fun(N) -> crypto:strong_rand_bytes(N) end},
    {pbkdf2, fun() -> 1000000 end, fun(N) -> crypto:pbkdf2_hmac(sha256, K, K, N, 32) end},
    {generate_key_rsa, fun() -> 2048 end, fun(N) -> crypto:generate_key(rsa, {N, 65537}) end},
    {rsa_sign_4096, fun() -> {rsa(4096), <<"text">>} end, fun({Key, T}) -> [crypto:sign(rsa, sha256, T, Key) || _ <- lists:seq(1, 20)] end},
    {ecdsa_sign, fun() -> 50 end, fun(N) -> [crypto:sign(ecdsa, sha256, <<"text">>, [<<5:256>>, secp256r1]) || _ <- lists:seq(1, N)] end},
    {encode_ber, fun() -> {16, lists:duplicate(500000, {2, <<5>>})} end, fun(T) -> asn1rt_nif:encode_ber_tlv(T) end},
    {decode_ber, fun() -> asn1rt_nif:encode_ber_tlv({16, lists:duplicate(500000, {2, <<5>>})}) end, fun(B) -> asn1rt_nif:decode_ber_tlv(B) end}].

rsa(Bits) -> {_, Key} = crypto:generate_key(rsa, {Bits, 65537}), Key.

zlib_cases() -> [
    {compress, fun much/0, fun(B) -> zlib:compress(B) end},
    {uncompress, fun() -> zlib:compress(much()) end, fun(B) -> zlib:uncompress(B) end},
    {gzip, fun much/0, fun(B) -> zlib:gzip(B) end},
    {gunzip, fun() -> zlib:gzip(much()) end, fun(B) -> zlib:gunzip(B) end}].

%% Tables of a million objects, and of a million with one key.
table(Type) -> filled(ets:new(t, [Type, public]), tuples()).
many() -> filled(ets:new(t, [duplicate_bag, public]), [{k, N} || N <- million()]).
filled(T, Objects) -> [ets:insert(T, O) || O <- Objects], T.
fixed(T) -> ets:safe_fixtable(T, true), T.
half() -> [{{'_', '$1'}, [{'=:=', {'band', '$1', 1}, 0}], [true]}].

ets_cases() ->
    Hash = fun() -> table(set) end,
    Tree = fun() -> table(ordered_set) end,
    [
    {ets_delete_table, Hash, fun(T) -> ets:delete(T) end},
    {ets_delete_tree, Tree, fun(T) -> ets:delete(T) end},
    {ets_delete_many_tables, fun() -> [ets:new(t, []) || _ <- lists:seq(1, 20000)] end, fun(L) -> [ets:delete(T) || T <- L] end},
    {ets_delete_all, Hash, fun(T) -> ets:delete_all_objects(T) end},
    {ets_delete_all_fixed, fun() -> fixed(table(set)) end, fun(T) -> ets:delete_all_objects(T) end},
    {ets_delete_all_tree, Tree, fun(T) -> ets:delete_all_objects(T) end},
    {ets_unfix, fun() -> T = fixed(table(set)), ets:delete_all_objects(T), T end, fun(T) -> ets:safe_fixtable(T, false) end},
    {ets_owner_ends, fun() -> 0 end,
     fun(_) -> {_, R} = spawn_monitor(fun() -> table(set) end), receive {'DOWN', R, _, _, _} -> ok end end},
    {ets_tab2list, Hash, fun(T) -> ets:tab2list(T) end},
    {ets_tab2list_tree, Tree, fun(T) -> ets:tab2list(T) end},
    {ets_foldl, Hash, fun(T) -> ets:foldl(fun({_, V}, A) -> A + V end, 0, T) end},
    {ets_insert_list, fun() -> {ets:new(t, []), tuples()} end, fun({T, L}) -> ets:insert(T, L) end},
    {ets_insert_new_list, fun() -> {ets:new(t, [ordered_set]), tuples()} end, fun({T, L}) -> ets:insert_new(T, L) end},
    {ets_select_count, Hash, fun(T) -> ets:select_count(T, half()) end},
    {ets_select_delete, Hash, fun(T) -> ets:select_delete(T, half()) end},
    {ets_select_delete_tree, Tree, fun(T) -> ets:select_delete(T, half()) end},
    {ets_select_replace, Hash, fun(T) -> ets:select_replace(T, [{{'$1', '_'}, [], [{{'$1', x}}]}]) end},
    {ets_match_spec_run, fun tuples/0, fun(L) -> ets:match_spec_run(L, ets:match_spec_compile(half())) end},
    {ets_info, Hash, fun(T) -> ets:info(T) end},
    {ets_info_stats, Hash, fun(T) -> ets:info(T, stats) end},
    {ets_all, fun() -> [ets:new(t, []) || _ <- lists:seq(1, 20000)] end, fun(_) -> ets:all() end},
    {ets_rename, Hash, fun(T) -> ets:rename(T, u) end},
    {ets_setopts, Hash, fun(T) -> ets:setopts(T, {heir, self(), lists:seq(1, 1000)}) end},
    {ets_give_away, fun() -> {table(set), spawn_link(fun() -> receive x -> ok end end)} end, fun({T, P}) -> ets:give_away(T, P, x) end},
    {ets_slot_tree, Tree, fun(T) -> ets:slot(T, 999999) end},
    {ets_slots_tree, Tree, fun(T) -> [ets:slot(T, N) || N <- lists:seq(0, 100000)] end},
    {ets_key_lookup, fun many/0, fun(T) -> ets:lookup(T, k) end},
    {ets_key_lookup_element, fun many/0, fun(T) -> ets:lookup_element(T, k, 2) end},
    {ets_key_take, fun many/0, fun(T) -> ets:take(T, k) end},
    {ets_key_delete, fun many/0, fun(T) -> ets:delete(T, k) end},
    {ets_key_delete_object, fun many/0, fun(T) -> ets:delete_object(T, {k, 7}) end},
    {ets_key_next, fun many/0, fun(T) -> ets:next(T, k) end},
    {ets_key_match_object, fun many/0, fun(T) -> ets:match_object(T, {k, '_'}) end},
    {ets_key_select_count, fun many/0, fun(T) -> ets:select_count(T, half()) end},
    {ets_key_select_delete, fun many/0, fun(T) -> ets:select_delete(T, half()) end}].
