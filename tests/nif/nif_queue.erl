%% Io queues that outlive what they hold, and ports told by a library.
-module(nif_queue).
-export([start/0]).
-on_load(init/0).

init() -> erlang:load_nif("./nif_queue", 0).

create() -> erlang:nif_error(not_loaded).
put(_, _, _, _, _) -> erlang:nif_error(not_loaded).
put_binary(_, _, _, _) -> erlang:nif_error(not_loaded).
peek(_) -> erlang:nif_error(not_loaded).
peek_head(_) -> erlang:nif_error(not_loaded).
take(_, _) -> erlang:nif_error(not_loaded).
port_of(_) -> erlang:nif_error(not_loaded).
command(_, _) -> erlang:nif_error(not_loaded).

say(What, Value) -> io:format("~s: ~0tp~n", [What, Value]).

start() ->
    vectors(),
    binaries(),
    storm(),
    ports().

big(Byte) -> binary:copy(<<Byte>>, 1000).

vectors() ->
    Q = create(),
    say(empty, {peek(Q), peek_head(Q), take(Q, 0), take(Q, 1)}),
    L = [<<"ab">>, <<>>, big($c), <<"de">>],
    [begin
        say(Way, put(Q, L, 0, 64, Way)),
        say(skipped, put(Q, L, 3, 64, Way)),
        say(some, put(Q, L, 0, 3, Way)),
        Way =/= none andalso say(too_far, put(Q, L, 4000, 64, Way)),
        say(no_list, catch_it(fun() -> put(Q, [<<"a">>, b], 0, 64, Way) end)),
        say(head, is_head(Q)),
        say(hash, erlang:phash2(peek(Q))),
        say(left, take(Q, 1)),
        say(head, is_head(Q)),
        say(left, take(Q, 1500)),
        say(hash, erlang:phash2(peek(Q)))
    end || Way <- [own, borrowed, none]],
    say(all, take(Q, byte_size(peek(Q)))),
    say(empty, {peek(Q), peek_head(Q)}).

binaries() ->
    Q = create(),
    say(binaries, [put_binary(Q, B, S, How)
        || How <- [made, seen], {B, S} <- [{<<"abc">>, 0}, {<<"abc">>, 2}, {<<"abc">>, 4}, {big($x), 990}]]),
    erlang:garbage_collect(),
    say(bytes, peek(Q)),
    say(sizes, [take(Q, 3), is_head(Q), take(Q, 1), is_head(Q)]).

%% In how many parts the bytes lie is the machine's.
is_head(Q) ->
    {Size, Head} = peek_head(Q),
    Size > 0 andalso Size =:= byte_size(Head) andalso Head =:= binary:part(peek(Q), 0, Size).

catch_it(F) -> try F() catch C:R -> {C, R} end.

%% What comes and goes in a long-lived queue.
storm() ->
    Q = create(),
    [begin
        put(Q, [big(I rem 256), <<I>>], 0, 64, borrowed),
        put_binary(Q, <<I:32>>, 0, made),
        I rem 3 =:= 0 andalso take(Q, 1500)
    end || I <- lists:seq(1, 3000)],
    say(storm, {byte_size(peek(Q)), erlang:phash2(peek(Q))}).

ports() ->
    Port = open_port({spawn, "cat"}, [binary, stream]),
    register(a_port, Port),
    say(ports, [port_of(P) || P <- [Port, a_port, self(), no_port]]),
    say(sent, [command(Port, D) || D <- [<<"bin">>, ["io", <<"da">>, $t, "a"]]]),
    say(heard, hear(Port, 9, <<>>)),
    port_close(Port),
    say(closed, {port_of(Port), port_of(a_port), command(Port, <<"x">>)}).

hear(_, Size, Bytes) when byte_size(Bytes) >= Size -> Bytes;
hear(Port, Size, Bytes) ->
    receive {Port, {data, D}} -> hear(Port, Size, <<Bytes/binary, D/binary>>) after 20000 -> Bytes end.
