%% group: sequential
%% sizes: 20000 40000 80000, 24 12 6
%% Words of a text: split, lower case, count in a map, numbers to text and back.
-module(text_count).
-export([start/0]).

start() ->
    Text = text(20000, 17),
    erlang:display(loop(24, Text, 0)),
    ok.

text(0, _) -> <<>>;
text(N, S) -> <<(word(S rem 1000))/binary, " ", (text(N - 1, (S * 1103515245 + 12345) band 16#7FFFFFFF))/binary>>.

word(N) when N rem 3 =:= 0 -> integer_to_binary(N);
word(N) -> <<(65 + N rem 26), (97 + N rem 17), "or", (97 + N rem 7)>>.

loop(0, _, Acc) -> Acc;
loop(N, Text, Acc) ->
    Counts = count(words(Text, [], []), #{}),
    loop(N - 1, Text, Acc + map_size(Counts) + maps:get("the", Counts, 0) + sum(maps:to_list(Counts), 0)).

words(<<$\s, T/binary>>, W, Ws) -> words(T, [], [lists:reverse(W) | Ws]);
words(<<C, T/binary>>, W, Ws) when C >= $A, C =< $Z -> words(T, [C + 32 | W], Ws);
words(<<C, T/binary>>, W, Ws) -> words(T, [C | W], Ws);
words(<<>>, W, Ws) -> [W | Ws].

count([], M) -> M;
count([W | Ws], M) ->
    case M of
        #{W := N} -> count(Ws, M#{W := N + 1});
        #{} -> count(Ws, M#{W => 1})
    end.

sum([], Acc) -> Acc;
sum([{[C | _] = W, N} | T], Acc) when C >= $0, C =< $9 -> sum(T, Acc + N * list_to_integer(W));
sum([{W, N} | T], Acc) -> sum(T, Acc + N * length(W)).
