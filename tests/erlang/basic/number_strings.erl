%% string:list_to_integer/1 and string:list_to_float/1: the longest number in front, and the rest.
-module(number_strings).
-export([start/0, id/1]).

start() ->
    Texts = ["", "1", "-1", "+12", "-", "+", "--1", "12ab", " 1", "00012x", "123456789012345678901234567890 ", [$1 | a],
             [$- | a], [a], [1000], a, "1.5", "+1.5e5", "1.5E-5", "1.5e", "1.5e+", "1.5e+x", "1.5abc", "1,5", "1..2",
             "1.5.2", ".5", "1.", "1.x", "1e5", "-1.5e10-", "1.5e400", "1.5e-400", "1.5e5e5", "1.5ee",
             [$1, $., $5 | x], [$1, $., $5, 1000], "e5", "-.5", "-0.0"],
    all(id(Texts)),
    long(id(7), 1),
    ok.

id(X) -> X.

all([]) -> ok;
all([T | Ts]) ->
    erlang:display({T, string:list_to_integer(T), shown(string:list_to_float(T))}),
    all(Ts).

shown({F, Rest}) when is_float(F) -> {float_to_list(F, [short]), Rest};
shown(Error) -> Error.

%% Sizes that cross every way of converting, there and back.
long(_, N) when N > 20000 -> ok;
long(X, N) ->
    Big = (X bsl N) + N,
    true = Big =:= list_to_integer(integer_to_list(Big)),
    true = -Big =:= binary_to_integer(integer_to_binary(-Big)),
    true = Big =:= list_to_integer(integer_to_list(Big, 36), 36),
    true = Big =:= list_to_integer(integer_to_list(Big, 16), 16),
    Sum = lists_sum(integer_to_list(Big), 0),
    erlang:display({N, Sum, Big rem 1000007, (Big * Big) div (Big + 1) =:= Big - 1}),
    long(X * 3 + 1, N * 2 + 1).

lists_sum([], S) -> S;
lists_sum([D | Ds], S) -> lists_sum(Ds, S + D - $0).
