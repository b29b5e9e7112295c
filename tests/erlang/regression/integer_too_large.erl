%% A field that would be an integer beyond the limit does not match; the limit is OTP's.
-module(integer_too_large).
-export([start/0]).

start() ->
    erlang:display([field(Megabits) || Megabits <- [1, 32, 34, 50]]),
    ok.

field(Megabits) ->
    Size = Megabits * 1000000,
    case binary:copy(<<255>>, Size div 8) of
        <<Number:Size>> -> {integer, byte_size(binary:encode_unsigned(Number))};
        <<_:Size/bits>> -> no_integer
    end.
