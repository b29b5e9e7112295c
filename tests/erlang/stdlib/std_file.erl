%% Open files, raw and cooked: modes, reading, writing, positions, buffers, who may use them.
-module(std_file).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    in_folder(fun() ->
        [modes(Raw) || Raw <- [[raw], []]], [reading(O) || O <- [[raw], [raw, binary], [], [binary], [raw, {read_ahead, 7}], [read_ahead], [raw, read_ahead, binary]]],
        [writing(O) || O <- [[raw], [], [raw, delayed_write], [{delayed_write, 10, 50}]]], [places(O) || O <- [[raw], [], [raw, binary, {read_ahead, 5}]]], lines(), whole(), large(), odd(), owners(), facts(), compressed()
    end),
    ok.

with(Name, Modes, Fun) ->
    case file:open(Name, Modes) of
        {ok, F} -> try Fun(F) after file:close(F) end;
        Error -> Error
    end.

modes(Raw) ->
    [file:delete(N) || N <- ["a", "b"]],
    ?P(file:open("a", Raw)), ?P(file:open("a", [read | Raw])), ?P(with("a", [write | Raw], fun(F) -> {file:write(F, "1234"), file:read(F, 1)} end)),
    ?P(with("a", [write, exclusive | Raw], fun(_) -> opened end)), ?P(with("a", [exclusive | Raw], fun(_) -> opened end)), ?P(with("b", [exclusive | Raw], fun(F) -> file:write(F, "new") end)),
    ?P(with("a", [read, write | Raw], fun(F) -> {file:read(F, 2), file:write(F, "xx"), file:read(F, 5)} end)), ?P(file:read_file("a")),
    ?P(with("a", [append | Raw], fun(F) -> {file:write(F, "end"), file:position(F, 0), file:write(F, "!")} end)), ?P(file:read_file("a")),
    ?P(with("a", [write, sync | Raw], fun(F) -> file:write(F, "s") end)), ?P(file:read_file("a")), ?P(with("a", [read | Raw], fun(F) -> file:write(F, "no") end)),
    ?P(with(".", [read | Raw], fun(_) -> opened end)), ?P(with(".", [read, directory | Raw], fun(F) -> file:read(F, 1) end)), ?P(with("a", [read, directory | Raw], fun(_) -> opened end)), ?P(with("a/b", [write | Raw], fun(_) -> opened end)), ?P(with("", [write | Raw], fun(_) -> opened end)),
    ?P(with([$a, 0], [read | Raw], fun(_) -> opened end)), ?P(with(<<"a">>, [read | Raw], fun(F) -> file:read(F, 9) end)), ?P(with("/", [write | Raw], fun(_) -> opened end)), ?P(with(17, [read | Raw], fun(_) -> opened end)), ?P(with(a, [read | Raw], fun(F) -> file:read(F, 9) end)).

reading(O) ->
    ok = file:write_file("r", "first line\nsecond\r\nthird without end"),
    ?P({O, with("r", [read | O], fun(F) -> [file:read(F, N) || N <- [0, 3, 20, 100, 1]] end)}),
    ?P(with("r", [read | O], fun(F) -> [file:read_line(F) || _ <- lists:seq(1, 4)] end)),
    ?P(with("r", [read | O], fun(F) -> [file:read(F, 2), file:read_line(F), file:position(F, cur), file:read(F, 3), file:position(F, {cur, -2}), file:read(F, 3), file:position(F, bof), file:read(F, 5), file:position(F, eof), file:read(F, 1)] end)),
    ?P(with("r", [read | O], fun(F) -> [file:pread(F, 6, 4), file:pread(F, [{0, 2}, {100, 1}, {34, 10}]), file:pread(F, 0, 0), file:pread(F, [])] end)),
    ?P(with("r", [read | O], fun(F) -> [file:read(F, -1), file:read(F, a), file:pread(F, -1, 2), file:pread(F, 0, -2), file:position(F, -1), file:position(F, {eof, 5}), file:position(F, nowhere), file:position(F, {cur, a})] end)).

writing(O) ->
    file:delete("w"),
    ?P({O, with("w", [write, read, binary | O], fun(F) ->
        [file:write(F, ["abc", <<"def">>, [[$g]]]), file:position(F, 1), file:write(F, "XY"), file:pwrite(F, 10, "ten"), file:pwrite(F, [{0, "0"}, {14, "fourteen"}]), file:position(F, {bof, 0}), file:read(F, 100)] end)}),
    ?P(file:read_file("w")),
    ?P(with("w", [write, read, binary | O], fun(F) -> [file:position(F, 5), file:truncate(F), file:read(F, 1), file:position(F, 0), file:read(F, 10), file:sync(F), file:datasync(F)] end)),
    ?P(with("w", [write | O], fun(F) -> [file:write(F, [a]), file:write(F, [256]), file:write(F, "ok"), file:pwrite(F, -1, "x"), file:pwrite(F, [{0, "y"}, {-1, "z"}])] end)), ?P(file:read_file("w")),
    ?P(with("w", [write | O], fun(F) -> [file:allocate(F, 0, 100), file:advise(F, 0, 0, sequential), file:advise(F, 0, 0, unheard), file:advise(F, -1, 0, normal)] end)), ?P(element(2, element(2, file:read_file_info("w")))).

places(O) ->
    ok = file:write_file("p", "0123456789"),
    ?P({O, with("p", [read, write | O], fun(F) -> [file:position(F, 4), file:read(F, 2), file:write(F, "ab"), file:read(F, 2), file:position(F, {eof, -1}), file:read(F, 2), file:position(F, {cur, 3}), file:write(F, "z"), file:position(F, bof), file:read(F, 20)] end)}),
    ?P(with("p", [read, write | O], fun(F) -> [file:read(F, 3), file:truncate(F), file:read(F, 3), file:position(F, cur)] end)), ?P(file:read_file("p")),
    ?P(with("p", [read, write | O], fun(F) -> [file:copy(F, "q"), file:read(F, 1)] end)), ?P(file:read_file("q")).

lines() ->
    ok = file:write_file("l", [[integer_to_list(I), lists:duplicate(I rem 300, $x), "\n"] || I <- lists:seq(1, 1000)]),
    Count = fun C(F, N, B) -> case file:read_line(F) of {ok, L} -> C(F, N + 1, B + iolist_size(L)); eof -> {N, B} end end,
    [?P(with("l", [read | O], fun(F) -> Count(F, 0, 0) end)) || O <- [[raw], [raw, binary, read_ahead], [], [raw, {read_ahead, 100}]]].

whole() ->
    ?P(file:write_file("f", [<<"by">>, "tes"])), ?P(file:read_file("f")), ?P(file:write_file("f", "more", [append])), ?P(file:read_file(<<"f">>)), ?P(file:write_file("f", [x])), ?P(file:read_file("f")), ?P(file:read_file("none")), ?P(file:read_file(".")), ?P(file:write_file("none/f", "x")),
    ?P(file:copy("f", "g")), ok = file:write_file("f", "0123456789"), ?P(file:copy("f", "g")), ?P(file:copy("f", {"g", [append]}, 4)), ?P(file:read_file("g")), ?P(file:copy("none", "g")), ?P(file:copy("f", "none/g")), ?P(file:copy("f", "g", 0)),
    ?P(file:rename("g", "h")), ?P(file:rename("g", "h")), ?P(file:delete("h")), ?P(file:delete("h")), ?P(file:delete(".")), ?P(byte_size(element(2, file:read_file("/proc/self/status"))) > 100).

large() ->
    Part = binary:copy(<<"0123456789abcdef">>, 4096),
    ?P(file:write_file("big", lists:duplicate(100, Part))), {ok, B} = file:read_file("big"), ?P({byte_size(B), erlang:md5(B)}),
    Sum = fun S(F, N, C) -> case file:read(F, N) of {ok, D} -> S(F, N, erlang:crc32(C, D)); eof -> C end end,
    [?P(with("big", [read, raw, binary | O], fun(F) -> Sum(F, N, 0) end)) || {O, N} <- [{[], 100000}, {[read_ahead], 1000}, {[{read_ahead, 70000}], 9999}]],
    ?P(with("many", [write, raw], fun(F) -> [ok = file:write(F, [integer_to_list(I), " " | lists:duplicate(I rem 7, <<"part">>)]) || I <- lists:seq(1, 2000)], file:position(F, cur) end)),
    ?P(with("many", [write, raw, {delayed_write, 3000, 100}], fun(F) -> [ok = file:write(F, [integer_to_list(I), " " | lists:duplicate(I rem 7, <<"part">>)]) || I <- lists:seq(1, 2000)], file:position(F, cur) end)), {ok, M} = file:read_file("many"), ?P(erlang:md5(M)),
    ?P(with("many", [write, raw], fun(F) -> file:write(F, [binary:copy(<<I>>, 100) || I <- lists:seq(1, 200)]) end)), {ok, M2} = file:read_file("many"), ?P(erlang:md5(M2)).

odd() ->
    ok = file:write_file("o", <<1:3, 5:5, 7:8>>),
    <<_:3, Rest/bits>> = <<1:3, "bytes that begin inside of one, more than sixty-four of them, so that none is copied", 0:5>>,
    <<Bytes:84/binary, _/bits>> = Rest,
    ?P(file:write_file("o", Bytes)), ?P(file:read_file("o")), ?P(file:write_file("o", <<1:3>>)), ?P(file:write_file("o", [<<"a">>, <<1:3>>])), ?P(file:read_file("o")).

owners() ->
    Self = self(),
    ok = file:write_file("own", "text"),
    {ok, Raw} = file:open("own", [raw, read]), {ok, Io} = file:open("own", [read]),
    spawn(fun() -> Self ! {catch file:read(Raw, 1), catch file:read(Io, 1)} end),
    ?P(receive {{'EXIT', {R, _}}, T} -> {R, T} end),
    Pid = spawn(fun() -> Self ! [element(2, file:open("own", O)) || O <- [[raw, read], [read]]], receive stop -> ok end end),
    receive [Raw2, Io2] -> ok end,
    Ref = monitor(process, Io2), Pid ! stop,
    ?P(receive {'DOWN', Ref, _, _, _} -> closed end), ?P(file:read(Io2, 1)), ?P(catch element(1, element(2, catch file:read(Raw2, 1)))),
    ?P([file:close(F) || F <- [Raw, Raw, Io, Io]]), ?P([file:read(F, 1) || F <- [Raw, Io]]), ?P(file:close(no_file)), ?P(file:read(no_file, 1)).

facts() ->
    ok = file:write_file("i", "12345"), ok = file:change_mode("i", 8#640), ok = file:change_time("i", {{2020, 1, 2}, {3, 4, 5}}, {{2021, 6, 7}, {8, 9, 10}}),
    Short = fun({ok, I}) -> {setelement(7, setelement(10, setelement(11, setelement(12, setelement(13, setelement(14, I, 0), 0), 0), 0), 0), changed)}; (E) -> E end,
    ?P(Short(file:read_file_info("i"))), ?P(Short(file:read_file_info("i", [{time, posix}]))), ?P(Short(file:read_file_info("i", [raw, {time, universal}]))), ?P(with("i", [read, raw], fun(F) -> Short(file:read_file_info(F)) end)), ?P(with("i", [read], fun(F) -> Short(file:read_file_info(F, [{time, local}])) end)), ?P(file:read_file_info("none")), ?P(element(3, element(2, file:read_file_info("/dev/null")))).

compressed() ->
    Text = binary:copy(<<"again and ">>, 1000),
    ?P(file:write_file("z", Text, [compressed])), {ok, Z} = file:read_file("z"), ?P(zlib:gunzip(Z) =:= Text), ?P(byte_size(Z)), ?P(with("z", [read, binary, compressed], fun(F) -> [file:read(F, 20), file:position(F, 9995), file:read(F, 20)] end)), ?P(with("z", [read, raw, binary, compressed], fun(F) -> file:read(F, 7) end)).
