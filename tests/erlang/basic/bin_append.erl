%% Appending shares storage where it can: every older version must keep its own bits.
-module(bin_append).
-export([start/0, id/1]).

start() ->
    Versions = versions(<<>>, 300, []),
    erlang:display(check(Versions, 300)),
    B = id(<<0:2048>>),
    Forks = [<<B/binary, I>> || I <- [1, 2, 3]],
    erlang:display([binary:last(F) || F <- Forks]),
    Again = [<<F/binary, 9, (binary:last(F))>> || F <- Forks],
    erlang:display([binary_part(F, byte_size(F), -3) || F <- Again]),
    Me = self(),
    Acc = build(<<>>, 100),
    P = spawn(fun() -> receive {go, X} -> Me ! {theirs, erlang:crc32(<<X/binary, "theirs">>)} end end),
    P ! {go, Acc},
    Mine = <<Acc/binary, "mine">>,
    receive {theirs, C} -> erlang:display({C =:= erlang:crc32(<<Acc/binary, "theirs">>), erlang:crc32(Mine)}) end,
    Odd = odd(<<>>, 40),
    erlang:display({bit_size(Odd), Odd}),
    erlang:display(matched(build(<<>>, 50))),
    erlang:garbage_collect(),
    erlang:display(byte_size(build(Acc, 1000))),
    erlang:display(front(20, <<"x">>)),
    ok.

id(X) -> X.

versions(_, 0, Vs) -> Vs;
versions(B, N, Vs) -> versions(<<B/binary, N:16>>, N - 1, [B | Vs]).

%% Version I has 2 bytes more than the one made before it, and ends with the number given it.
check([], _) -> true;
check([B | Bs], N) ->
    byte_size(B) =:= (N - 1) * 2 andalso ends(B, N) andalso check(Bs, N - 1).

ends(<<>>, _) -> true;
ends(B, N) ->
    Skip = byte_size(B) - 2,
    <<_:Skip/binary, Last:16>> = B,
    Last =:= 300 - (N - 2).

build(B, 0) -> B;
build(B, N) -> build(<<B/binary, "part", N:32>>, N - 1).

odd(B, 0) -> B;
odd(B, N) -> odd(<<B/bits, N:3, 1:1, (N rem 2):1>>, N - 1).

%% A match context on a binary that is appended to.
matched(B) ->
    <<A:8, Rest/binary>> = B,
    C = <<B/binary, "more">>,
    <<D:16, _/binary>> = Rest,
    {A, D, byte_size(C), byte_size(Rest)}.

front(0, B) -> byte_size(B);
front(N, B) -> front(N - 1, <<"in front of ", B/binary>>).
