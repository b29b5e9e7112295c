%% Calls natives with drawn arguments and prints what came of each call, in a text that two machines
%% can be compared by: pids, references and ports lose their numbers, floats show their bits.
%%
%% Output, mode `hash`: `M:F/A FIRST CRC`, one line for every 50 calls; mode `lines`: one line a call.
-module(sweep).
-export([run/3, total/2]).

-define(BLOCK, 50).
-define(LIMIT, 3000).           %% characters of a result that are looked at
-define(PATIENCE, 10000).
-define(YEAR_0_MARCH, -62162035200).    %% 1 March of the year 0

%% Natives: [{M, F, A, How, Classes}]; Calls: how often each, see total/2.
run(Natives, Calls, Mode) ->
    [native(N, Calls, Mode) || N <- Natives],
    ok.

native({M, F, A, How, Classes}, Calls, Mode) ->
    Label = binary_to_list(iolist_to_binary([text(M), ":", text(F), "/", integer_to_list(A)])),
    emit(["@ ", Label, "\n"]),
    %% Every call is drawn from its own seed, so that a process that died can be replaced anywhere.
    Seed = sweep_pool:seed(erlang:crc32(Label)),
    Total = total(A, Calls),
    batch({M, F, How, Classes, Seed, Label}, 0, Total, Mode, []).

%% How often a native of that many arguments is called.
total(0, _) -> 1;
total(Arity, Calls) when Arity < 3 -> Calls;
total(_, Calls) -> 3 * Calls.

batch(_, Total, Total, Mode, Block) -> flush(Mode, Block);
batch(What, From, Total, Mode, Block) ->
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() -> calls(Me, What, From, Total) end),
    collect(What, Pid, Ref, From, Total, Mode, Block).

collect(What, Pid, Ref, N, Total, Mode, Block) ->
    receive
        {Pid, N, Text} -> next(What, Pid, Ref, N, Total, Mode, [Text | Block]);
        {Pid, done} -> demonitor(Ref, [flush]), flush(Mode, Block);
        {'DOWN', Ref, process, Pid, Reason} ->
            Text = [label(What), " #", integer_to_list(N), " died ", show(Reason)],
            batch(What, N + 1, Total, Mode, put_block(What, N, Mode, [Text | Block]))
    after ?PATIENCE ->
        demonitor(Ref, [flush]),
        exit(Pid, kill),
        Text = [label(What), " #", integer_to_list(N), " hangs"],
        batch(What, N + 1, Total, Mode, put_block(What, N, Mode, [Text | Block]))
    end.

next(What, Pid, Ref, N, Total, Mode, Block) ->
    collect(What, Pid, Ref, N + 1, Total, Mode, put_block(What, N, Mode, Block)).

put_block(_, _, lines, Block) -> flush(lines, Block);
put_block(What, N, hash, Block) when (N + 1) rem ?BLOCK =:= 0 ->
    emit([label(What), " ", integer_to_list(N + 1 - ?BLOCK), " ", integer_to_list(erlang:crc32(Block)), "\n"]),
    [];
put_block(_, _, hash, Block) -> Block.

flush(_, []) -> [];
flush(lines, Block) -> emit([[lists:reverse(Block)], "\n"]), [];
flush(hash, Block) -> emit(["rest ", integer_to_list(erlang:crc32(Block)), "\n"]), [].

label({_, _, _, _, _, Label}) -> Label.

emit(Text) -> ok = io:put_chars(Text).

%% ---- the calling process ----

calls(To, What, From, Total) ->
    Parked = spawn_link(fun sweep_pool:parked/0),
    Pool = sweep_pool:pool(Parked),
    loop(To, What, Pool, From, Total).

loop(To, _, Pool, Total, Total) ->
    [{_, Parked} | _] = maps:get(pid, Pool),
    unlink(Parked),
    exit(Parked, kill),
    To ! {self(), done};
loop(To, {M, F, How, Classes, Seed, Label} = What, Pool, N, Total) ->
    Arguments = arguments(Classes, Pool, N, Seed),
    Names = [Name || {Name, _} <- Arguments],
    Values = [V || {_, V} <- Arguments],
    M =:= ets andalso begin sweep_pool:tables(element(2, hd(maps:get(pid, Pool)))), drain() end,
    Result = case too_much(M, F, Values) orelse known(M, F, Values) of
        true -> "skipped";
        false -> call(M, F, Values, How)
    end,
    To ! {self(), N, iolist_to_binary([Label, " ", lists:join(" ", Names), " -> ", Result])},
    tidy(M, F, Values),
    loop(To, What, Pool, N + 1, Total).

%% One argument: first every term there is. Two: first pairs of the class asked for.
arguments([], _, _, _) -> [];
arguments([Class], Pool, N, Seed) ->
    Any = maps:get(any, Pool),
    case N < length(Any) of
        true -> [lists:nth(N + 1, Any)];
        false -> drawn([Class], Pool, Seed + N * 7919)
    end;
arguments(Classes, Pool, N, Seed) -> drawn(Classes, Pool, Seed + N * 7919).

drawn(Classes, Pool, Seed) -> drawn(Classes, Pool, sweep_pool:seed(Seed), []).

drawn([], _, _, Acc) -> lists:reverse(Acc);
drawn([C | Cs], Pool, Seed0, Acc) ->
    {Drawn, Seed} = sweep_pool:draw(C, Pool, Seed0),
    drawn(Cs, Pool, Seed, [Drawn | Acc]).

%% Calls that would fill the memory on either machine. What raises at once stays.
too_much(erlang, 'bsl', [A, B]) -> is_integer(A) andalso costly(B);
too_much(erlang, 'bsr', [A, B]) -> is_integer(A) andalso is_integer(B) andalso costly(-B);
too_much(erlang, make_tuple, [N | _]) -> costly(N);
too_much(binary, copy, [_, N]) -> costly(N);
%% A default without a place for the key brings erl 25 down.
too_much(ets, update_counter, [_, _, _, Default]) -> is_tuple(Default) andalso tuple_size(Default) < 2;
too_much(_, _, _) -> false.

costly(N) -> is_integer(N) andalso N > 5000.

%% Calls for which src/DIFFERENCES.md has a row (its first column names the function).
known(erlang, md5, [L]) -> is_list(L) andalso spine_length(L) > 200;
known(_, list_to_integer, [L | _]) when is_list(L) -> known_characters(L);
known(erlang, posixtime_to_universaltime, [N]) -> is_integer(N) andalso N < ?YEAR_0_MARCH;
known(_, _, _) -> false.

spine_length([_ | T]) -> 1 + spine_length(T);
spine_length(_) -> 0.

known_characters([C | T]) when is_integer(C) -> C > 255 orelse known_characters(T);
known_characters(_) -> false.

call(M, F, Values, How) ->
    try apply(M, F, Values) of
        Value -> returned(How, Values, Value)
    catch
        Class:Reason:Stack -> ["! ", atom_to_list(Class), " ", show(Reason), info(Stack, M, F, length(Values))]
    end.

returned(full, _, Value) -> show(Value);
returned(kind, _, Value) -> kind(Value);
returned(any, _, _) -> "returns";
returned(sorted, _, Value) when is_list(Value) -> lists:join(",", lists:sort([iolist_to_binary(show(V)) || V <- Value]));
returned(sorted, _, Value) -> show(Value);
returned(encoded, Values, Value) ->
    case lists:any(fun opaque/1, Values) of
        true -> kind(Value);
        false -> show(Value)
    end.

%% What OTP adds to the frame of a failed native.
info([{M, F, Args, Extra} | _], M, F, Arity) when Args =:= Arity; length(Args) =:= Arity ->
    case lists:keyfind(error_info, 1, Extra) of
        {error_info, #{cause := Cause} = Info} -> [" info ", show(maps:get(module, Info, none)), " ", show(Cause)];
        {error_info, Info} -> [" info ", show(maps:get(module, Info, none))];
        false -> []
    end;
info(_, _, _, _) -> " elsewhere".

tidy(erlang, register, [Name | _]) -> catch unregister(Name), drain();
tidy(erlang, put, _) -> erase();
tidy(persistent_term, put, [Key, _]) -> persistent_term:erase(Key);
tidy(erlang, monitor, _) -> drain();
tidy(erlang, send, _) -> drain();
tidy(erlang, link, _) -> drain();       %% lets the exit signal of a link in
tidy(_, _, _) -> ok.

drain() -> receive _ -> drain() after 0 -> ok end.

%% ---- text ----

kind(V) when is_integer(V) -> "an integer";
kind(V) when is_float(V) -> "a float";
kind(V) when is_boolean(V) -> text(V);
kind(V) when is_atom(V) -> "an atom";
kind(V) when is_tuple(V) -> ["a tuple of ", integer_to_list(tuple_size(V))];
kind(V) when is_list(V) -> "a list";
kind(V) when is_binary(V) -> "a binary";
kind(V) -> show(V).

opaque(V) when is_pid(V); is_reference(V); is_port(V); is_function(V) -> true;
opaque([H | T]) -> opaque(H) orelse opaque(T);
opaque(V) when is_tuple(V) -> opaque(tuple_to_list(V));
opaque(V) when is_map(V) -> map_size(V) > 32 orelse opaque(maps:to_list(V));
opaque(_) -> false.

show(Term) ->
    {Text, _} = show(Term, ?LIMIT),
    Text.

%% Gives {Text, what is left of the limit}.
show(_, Left) when Left =< 0 -> {"~", Left};
show(T, Left) when is_integer(T) -> cut(integer_to_list(T), Left);
show(T, Left) when is_float(T) ->
    <<B:64>> = <<T/float>>,
    cut(["f", integer_to_list(B, 16)], Left);
show(T, Left) when is_atom(T) -> cut(text(T), Left);
show(T, Left) when is_pid(T) -> cut(["pid@", text(node(T))], Left);
show(T, Left) when is_reference(T) -> cut(["ref@", text(node(T))], Left);
show(T, Left) when is_port(T) -> cut(["port@", text(node(T))], Left);
show(T, Left) when is_function(T) ->
    {arity, A} = erlang:fun_info(T, arity),
    {name, N} = erlang:fun_info(T, name),
    {module, M} = erlang:fun_info(T, module),
    cut(["fun ", text(M), ":", text(N), "/", integer_to_list(A)], Left);
show([], Left) -> cut("[]", Left);
show([H | T], Left0) ->
    {Text, Left} = show(H, Left0 - 2),
    {Rest, Last} = tail(T, Left),
    {["[", Text, Rest], Last};
show(T, Left0) when is_tuple(T) ->
    {Text, Left} = elements(tuple_to_list(T), Left0 - 2),
    {["{", Text, "}"], Left};
show(T, Left) when is_map(T), map_size(T) > 32 -> cut(["map of ", integer_to_list(map_size(T))], Left);
show(T, Left0) when is_map(T) ->
    {Text, Left} = elements([K || P <- lists:sort(maps:to_list(T)), K <- tuple_to_list(P)], Left0 - 3),
    {["#{", Text, "}"], Left};
show(T, Left) when is_bitstring(T) -> bits(T, Left).

cut(Text, Left) ->
    Size = iolist_size(Text),
    {Text, Left - Size}.

tail([], Left) -> {"]", Left};
tail([H | T], Left0) when Left0 > 0 ->
    {Text, Left} = show(H, Left0 - 1),
    {Rest, Last} = tail(T, Left),
    {[",", Text | Rest], Last};
tail(_, Left) when Left =< 0 -> {"~", Left};
tail(T, Left0) ->
    {Text, Left} = show(T, Left0 - 1),
    {["|", Text, "]"], Left}.

elements([], Left) -> {"", Left};
elements([H | T], Left0) ->
    {Text, Left} = show(H, Left0 - 1),
    {Rest, Last} = elements(T, Left),
    {[Text, "," | Rest], Last}.

bits(T, Left) when bit_size(T) > 800 ->
    Whole = bit_size(T) div 8 * 8,
    <<Bytes:Whole/bits, Odd/bits>> = T,
    <<Start:32/binary, _/binary>> = Bytes,
    cut(["<<", hex(Start), "~", integer_to_list(bit_size(T)), " bits, crc ", integer_to_list(erlang:crc32(Bytes)), " ", hex(Odd), ">>"], Left);
bits(T, Left) -> cut(["<<", hex(T), ">>"], Left).

hex(<<A:4, T/bits>>) -> [hex_digit(A) | hex(T)];
hex(<<>>) -> [];
hex(T) ->
    Size = bit_size(T),
    <<V:Size>> = T,
    [$:, integer_to_list(Size), $=, integer_to_list(V)].

hex_digit(D) when D < 10 -> $0 + D;
hex_digit(D) -> $a + D - 10.

%% An atom in ASCII.
text(A) -> [ascii(C) || C <- atom_to_list(A)].

ascii(C) when C >= 32, C < 127 -> C;
ascii(C) -> ["\\x", integer_to_list(C, 16)].
