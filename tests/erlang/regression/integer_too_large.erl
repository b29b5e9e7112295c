%% A field that would be an integer beyond the limit does not match; the limit is OTP's, and leading
%% zeros do not count. Numbers of bits that no bitstring has do not match either.
-module(integer_too_large).
-export([start/0]).

start() ->
    erlang:display([field(<<255>>, Megabits) || Megabits <- [1, 16, 68, 80]]),
    erlang:display([field(<<0>>, Megabits) || Megabits <- [1, 40, 120]]),
    Zeros = binary:copy(<<0>>, 10000000),
    erlang:display(ends(<<Zeros/binary, 1, 2, 3>>, 80000024)),
    erlang:display(ends(<<3, 2, 1, Zeros/binary>>, 80000024)),
    erlang:display([tail(Bin) || Bin <- [<<>>, <<1>>, <<2, 3>>]]),
    ok.

field(Byte, Megabits) ->
    Size = Megabits * 1000000,
    case binary:copy(Byte, Size div 8) of
        <<Number:Size>> -> {integer, byte_size(binary:encode_unsigned(Number))};
        <<_:Size/bits>> -> no_integer
    end.

ends(Bin, Size) ->
    Big = case Bin of <<A:Size>> -> A; _ -> none end,
    Little = case Bin of <<B:Size/little>> -> B; _ -> none end,
    Signed = case Bin of <<C:Size/little-signed>> -> C; _ -> none end,
    {Big, Little, Signed}.

tail(<<_, _:18446744073709551616>>) -> many;
tail(<<_, _:36893488147419103232/unit:8>>) -> many;
tail(<<_:8>>) -> one;
tail(_) -> other.
