%% Messages of many to one: 8 producers, each 1,000 messages ahead at most, and one who adds up what they say.
-module(fan_in).
-export([start/0]).
-define(MESSAGES, 150000).

start() ->
    Me = self(),
    _ = [spawn_link(fun() -> produce(Me, N, ?MESSAGES) end) || N <- lists:seq(1, 8)],
    Sum = 36 * ?MESSAGES * (?MESSAGES + 1) div 2,
    Sum = consume(8, 0),
    ok.

produce(To, _, 0) ->
    To ! done;
produce(To, K, N) ->
    To ! {item, self(), K * N, [K, N]},
    case N rem 1000 of
        0 -> receive more -> produce(To, K, N - 1) end;
        _ -> produce(To, K, N - 1)
    end.

consume(0, Sum) -> Sum;
consume(Left, Sum) ->
    receive
        {item, From, Value, [_, N]} when N rem 1000 =:= 0 -> From ! more, consume(Left, Sum + Value);
        {item, _, Value, _} -> consume(Left, Sum + Value);
        done -> consume(Left - 1, Sum)
    end.
