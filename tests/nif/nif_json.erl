%% Long work in slices, with its state in a resource; buffers that grow.
-module(nif_json).
-export([start/0, decode/1, encode/1, flat/1]).
-on_load(init/0).

init() -> erlang:load_nif("./nif_json", []).

decode(_) -> erlang:nif_error(not_loaded).
encode(_) -> erlang:nif_error(not_loaded).
flat(_) -> erlang:nif_error(not_loaded).

start() ->
    io:format("~p~n", [decode(<<"[1, -22, \"three\", [true, false, null], []]">>)]),
    io:format("~p~n", [[decode(B) || B <- [<<"[1">>, <<"]">>, <<"[x]">>, <<"\"open">>, <<"1 2">>, <<>>]]]),
    io:format("~p~n", [caught(fun() -> decode(no_binary) end)]),
    io:format("~p~n", [encode([1, <<"two">>, [three, []], -4])]),
    io:format("~p~n", [caught(fun() -> encode([1, {2}]) end)]),
    Long = [lists:seq(1, 20000), [<<"a string that is long enough to be a part of the source">>]],
    Text = encode(Long),
    io:format("~p ~p~n", [byte_size(Text), erlang:phash2(Text)]),
    {_, Same} = decode(Text),
    io:format("~p~n", [Same =:= Long]),
    %% A process that ends in the middle of it takes all with it.
    [begin
         {Pid, Monitor} = spawn_monitor(fun() -> decode(Text) end),
         exit(Pid, kill),
         receive {'DOWN', Monitor, process, Pid, Reason} -> Reason end
     end || _ <- [1, 2, 3]],
    Parts = [[<<"ab">>, $c], [[]], <<"def">> | <<"g">>],
    io:format("~p ~p~n", [flat(Parts), caught(fun() -> flat([1, a]) end)]),
    <<_:3, Bits:800/bits, _/bits>> = <<0:3, (binary:copy(<<"x">>, 100))/binary, 0:5>>,
    io:format("~p~n", [flat(Bits) =:= binary:copy(<<"x">>, 100)]).

%% What it raises, and where.
caught(Fun) ->
    try Fun()
    catch Class:Reason:Stack -> {Class, Reason, [{M, F, A} || {M, F, A, _} <- lists:sublist(Stack, 1)]}
    end.
