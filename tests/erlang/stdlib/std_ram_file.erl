%% Files that lie in memory: file:open(Data, [ram | _]), and what opens such: erl_tar with a binary, dets with ram_file.
-module(std_ram_file).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    [all(Modes) || Modes <- [[ram], [ram, binary], [ram, write], [ram, read, write], [ram, read, write, binary]]],
    lists_of_places(),
    edges(),
    large(),
    in_folder(fun tar/0),
    in_folder(fun table/0),
    ?P(file:open("data", [ram, append])),
    ?P(file:open(no_data, [ram])).

all(Modes) ->
    {ok, F} = file:open(<<"some bytes here">>, Modes),
    io:format("~p~n", [Modes]),
    ?P([file:read(F, 4), file:position(F, cur), file:read(F, 0), file:read(F, 100), file:read(F, 1), file:read(F, 0)]),
    ?P([file:pread(F, 5, 5), file:pread(F, 100, 5), file:pread(F, 14, 100), file:position(F, bof), file:read(F, 4)]),
    ?P([file:write(F, "WRITTEN"), file:position(F, cur), file:pwrite(F, 20, <<"far">>), ram_file:get_size(F)]),
    ?P([file:position(F, {cur, -3}), file:position(F, {eof, -2}), file:position(F, {bof, 3}), file:position(F, {bof, -1}),
        file:position(F, 1000)]),
    ?P([file:read(F, 3), file:write(F, []), file:position(F, 6), file:truncate(F), ram_file:get_file(F)]),
    ?P([file:sync(F), file:datasync(F), file:advise(F, 0, 10, sequential), file:advise(F, 0, 10, no_advice),
        file:allocate(F, 0, 100)]),
    ?P([file:position(F, 10), file:truncate(F), ram_file:get_size(F), file:pread(F, 0, 20)]),
    ?P([file:close(F), file:close(F), file:read(F, 1)]).

lists_of_places() ->
    {ok, F} = file:open("0123456789", [ram, read, write, binary]),
    ?P(file:pread(F, [{0, 2}, {8, 9}, {20, 1}, {5, 0}])),
    ?P(file:pwrite(F, [{1, "a"}, {12, <<"b">>}, {3, ["c" | <<"d">>]}])),
    ?P([ram_file:get_file(F), file:pread(F, [{-1, 2}]), file:pwrite(F, [{0, "x"}, {-1, "y"}]), file:pread(F, [x])]),
    {ok, G} = file:open([], [ram, read, write]),
    ?P([file:position(F, bof), file:copy(F, G), ram_file:get_file(G), file:close(F), file:close(G)]).

edges() ->
    {ok, F} = file:open(<<>>, [ram, read, write, binary]),
    ?P([ram_file:get_file(F), file:read(F, 1), file:pread(F, 0, 1), file:truncate(F), file:position(F, eof)]),
    ?P([file:read(F, -1), file:read(F, 1 bsl 31), file:position(F, 1 bsl 31), file:pread(F, 1 bsl 40, 1)]),
    ?P([file:pwrite(F, 5000, "x"), ram_file:get_size(F), file:pread(F, 4990, 20)]),
    ?P([file:write(F, ["a", [<<"b">>, $c] | <<"d">>]), catch file:write(F, [a]), file:pread(F, 0, 6)]),
    ?P(file:close(F)).

large() ->
    {ok, F} = file:open([], [ram, read, write, binary]),
    Block = binary:copy(<<"0123456789abcdef">>, 1000),
    [ok = file:write(F, Block) || _ <- lists:seq(1, 200)],
    {ok, Data} = ram_file:get_file(F),
    ?P([byte_size(Data), erlang:crc32(Data), file:pread(F, 3199990, 100), file:close(F)]).

tar() ->
    ok = file:write_file("one", "content of one"),
    ok = file:write_file("two", binary:copy(<<"two ">>, 5000)),
    ok = erl_tar:create("a.tar", ["one", "two"]),
    ok = erl_tar:create("b.tgz", ["one", "two"], [compressed]),
    [begin
        {ok, Bytes} = file:read_file(Name),
        ?P(erl_tar:table({binary, Bytes}, Options)),
        {ok, Files} = erl_tar:extract({binary, Bytes}, [memory | Options]),
        ?P([{N, byte_size(B), erlang:crc32(B)} || {N, B} <- Files]),
        ?P([erl_tar:extract({binary, Bytes}, [{cwd, "out." ++ Name} | Options]), file:read_file("out." ++ Name ++ "/one")])
     end || {Name, Options} <- [{"a.tar", []}, {"b.tgz", [compressed]}]],
    ?P(erl_tar:table({binary, <<"no archive">>})).

table() ->
    {ok, T} = dets:open_file(table, [{file, "table"}, {ram_file, true}, {type, bag}]),
    ok = dets:insert(T, [{N rem 50, N} || N <- lists:seq(1, 500)]),
    ?P([dets:info(T, size), lists:sort(dets:lookup(T, 7)), dets:match_delete(T, {8, '_'}), dets:info(T, ram_file)]),
    ok = dets:close(T),
    {ok, T} = dets:open_file(table, [{file, "table"}, {type, bag}]),
    ?P([dets:info(T, size), lists:sort(dets:lookup(T, 9)), dets:lookup(T, 8)]),
    ok = dets:close(T).
