%% The I/O protocol on files: lines, terms, encodings, consult, script, eval; tables and dets in files.
-module(std_file_io).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    in_folder(fun() -> input(), output(), encodings(), programs(), tables(), errors() end),
    ok.

with(Name, Modes, Fun) ->
    {ok, F} = file:open(Name, Modes),
    try Fun(F) after file:close(F) end.

input() ->
    ok = file:write_file("i", "{term, 1}.\n[a,\n b]. third.\nline\n12 0x1f abc"),
    [?P(with("i", [read | O], fun(F) -> [io:read(F, ''), io:read(F, prompt), io:get_line(F, ''), io:get_line(F, "p"), io:fread(F, '', "~d"), io:get_chars(F, '', 4), io:get_chars(F, '', 100), io:get_line(F, ''), io:read(F, '')] end)) || O <- [[], [binary], [read_ahead, binary]]],
    ?P(with("i", [read], fun(F) -> [io:scan_erl_form(F, ''), io:parse_erl_exprs(F, ''), io:rows(F), io:getopts(F), file:position(F, 3), io:get_chars(F, '', 4)] end)),
    ok = file:write_file("bad", "{a, .\nok.\n"), ?P(with("bad", [read], fun(F) -> [io:read(F, ''), io:read(F, ''), io:read(F, '')] end)).

output() ->
    ?P(with("o", [write], fun(F) -> [io:format(F, "~p ~s~n", [{a, 1}, "text"]), io:put_chars(F, ["abc", <<"def">>]), io:nl(F), io:write(F, [x]), io:fwrite(F, "~w", ["q"])] end)), ?P(file:read_file("o")), ?P(with("o", [write], fun(F) -> io:put_chars(F, [1076]) end)), ?P(with("o", [read], fun(F) -> io:put_chars(F, "x") end)), ?P(io:format(standard_error, "", [])), ?P(io:getopts(standard_error)).

encodings() ->
    Text = [228, 1076, 16#1F600, $\n],
    [?P({E, with("e", [write, {encoding, E}], fun(F) -> io:put_chars(F, Text) end), file:read_file("e"), with("e", [read, {encoding, E}], fun(F) -> [io:getopts(F), io:get_line(F, ''), io:get_line(F, '')] end)}) || E <- [utf8, unicode, utf16, {utf16, little}, utf32, {utf32, little}]],
    ok = file:write_file("e", <<228, 10, 255, 10>>), ?P(with("e", [read, {encoding, utf8}], fun(F) -> io:get_line(F, '') end)), ?P(with("e", [read], fun(F) -> [io:get_line(F, ''), io:setopts(F, [{encoding, utf8}]), io:get_line(F, '')] end)), ok = file:write_file("e", <<239, 187, 191, "x">>), ?P(with("e", [read, {encoding, utf8}], fun(F) -> {unicode:bom_to_encoding(<<239, 187, 191>>), file:position(F, 3), io:get_line(F, '')} end)).

programs() ->
    ok = file:write_file("c", "{a, 1}.\n%% words\n\"text\".\n"), ?P(file:consult("c")), ok = file:write_file("c", "{a, 1}.\n{b,\n"), ?P(file:consult("c")), ?P(file:format_error(element(2, file:consult("c")))), ?P(file:consult("none")), ?P(file:path_consult(["none", "."], "c")),
    ok = file:write_file("s", "X = 2, Y = 3.\nlists:sum([X, Y, Z]).\n"), ?P(file:script("s", [{'Z', 5}])), ?P(file:script("s")), ok = file:write_file("v", "io:format(\"said ~p~n\", [A]).\n"), ?P(file:eval("v", [{'A', 1}])), ?P(file:path_open(["none", "."], "none", [read])), ?P(element(1, file:path_open([".", "none"], "s", [read]))), ?P(epp:parse_file("c", [])),
    ok = file:write_file("h.hrl", "-define(H, 42).\n-record(r, {a = ?H}).\n"), ok = file:write_file("p.erl", "-module(p).\n-include(\"h.hrl\").\n-export([f/0]).\n-ifdef(X).\ng() -> ?H.\n-else.\nf() -> {?MODULE, ?LINE, ?H, #r{}}.\n-endif.\n"), ?P(epp:parse_file("p.erl", [])), ?P(epp:parse_file("p.erl", [{macros, ['X']}])), ?P(with("p.erl", [read], fun(F) -> epp:parse_file("p.erl", [{name, "q.erl"}]) =:= {ok, F} end)).

tables() ->
    T = ets:new(t, [named_table]), ets:insert(T, [{N, integer_to_list(N)} || N <- lists:seq(1, 500)]), ?P(ets:tab2file(T, "tab")), ?P(ets:tabfile_info("tab") =:= none), ets:delete(T), {ok, _} = ets:file2tab("tab"), ?P(ets:info(t, size)), ?P(ets:lookup(t, 77)), ?P(ets:tab2file(t, "tab2", [{extended_info, [md5sum, object_count]}])), ets:delete(t), ?P(ets:file2tab("tab2", [{verify, true}])), ok = file:write_file("tab2", "rubbish"), ?P(ets:file2tab("tab2")), ?P(ets:file2tab("none")),
    {ok, d} = dets:open_file(d, [{file, "d.dets"}]), ?P(dets:insert(d, [{N, N * N} || N <- lists:seq(1, 300)])), ?P(dets:lookup(d, 20)), ?P(dets:delete(d, 20)), ?P(dets:info(d, size)), ?P(dets:close(d)), {ok, d} = dets:open_file(d, [{file, "d.dets"}]), ?P(dets:foldl(fun({_, V}, S) -> V + S end, 0, d)), ?P(dets:match(d, {7, '$1'})), ?P(dets:close(d)), ?P(dets:is_dets_file("d.dets")), ?P(dets:is_dets_file("s")).

errors() ->
    ?P(file:open("x", [unheard])), ?P(file:open("x", [{encoding, wrong}])), ?P(file:open("x", nolist)), ?P(file:read_file(nolist)), ?P(file:write_file("x", bad)), ?P(file:consult(7)), ?P([file:format_error(E) || E <- [enoent, eacces, enotsup, badarg, terminated, system_limit, unheard]]).
