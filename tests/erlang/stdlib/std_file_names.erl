%% Folders, links, names of files, facts of paths; filelib and filename over them.
-module(std_file_names).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    in_folder(fun() -> folders(), links(), names(), paths(), infos(), wild() end),
    ok.

sorted({ok, L}) -> {ok, lists:sort(L)};
sorted(E) -> E.

folders() ->
    ?P(file:make_dir("d")), ?P(file:make_dir("d")), ?P(file:make_dir("none/d")), ?P(file:make_dir("d/e")), ?P(file:write_file("d/f", "x")), ?P(sorted(file:list_dir("d"))), ?P(file:list_dir("none")), ?P(file:list_dir("d/f")), ?P(file:list_dir("")),
    ?P(file:del_dir("d")), ?P(file:del_dir("d/e")), ?P(file:del_dir("d/f")), ?P(file:del_dir("none")), ?P(file:rename("d", "c")), ?P(file:rename("c/f", "c")), ?P(file:make_dir("c2")), ?P(file:rename("c2", "c")), ?P(file:rename("c2", "c/f")),
    {ok, Here} = file:get_cwd(),
    ?P(file:set_cwd("c")), ?P(begin {ok, In} = file:get_cwd(), lists:nthtail(length(Here), In) end), ?P(file:read_file("f")), ?P(file:read_file("../c/f")), ?P(file:write_file("g", "y")), ?P(file:set_cwd("..")), ?P(file:get_cwd() =:= {ok, Here}), ?P(sorted(file:list_dir("c"))), ?P(file:set_cwd("none")), ?P(file:set_cwd("c/f")), ?P(file:set_cwd("")), ?P(file:set_cwd([$a, 0])), ?P(file:del_dir(".")),
    ?P(file:get_cwd("C:")), ?P(file:get_cwd("abc")), ?P(file:get_cwd(x)), ?P(file:del_dir_r("c")), ?P(file:list_dir("c")), ?P(filelib:ensure_dir("a/b/c/file")), ?P(filelib:is_dir("a/b/c")), ?P(filelib:ensure_path("a/x/y")), ?P(sorted(file:list_dir("a"))).

links() ->
    ok = file:write_file("t", "text"),
    ?P(file:make_symlink("t", "l")), ?P(file:make_symlink("t", "l")), ?P(file:read_link("l")), ?P(file:read_link("t")), ?P(file:read_file("l")), ?P(element(3, element(2, file:read_link_info("l")))), ?P(element(3, element(2, file:read_file_info("l")))), ?P(file:make_symlink("gone", "m")), ?P(file:read_file("m")), ?P(file:read_file_info("m")), ?P(file:read_link_all("m")),
    ?P(file:make_link("t", "h")), ?P(file:make_link("t", "h")), ?P(file:make_link("none", "i")), ?P(element(9, element(2, file:read_file_info("h")))), ?P(file:write_file("h", "more")), ?P(file:read_file("t")), ?P(file:delete("l")), ?P(file:read_file("t")), ?P(file:make_symlink(lists:duplicate(300, $x), "long")), ?P(length(element(2, file:read_link("long")))), ?P(file:altname("t")).

names() ->
    Names = ["plain", "with space", [228, 246], [1076, 1091], [16#1F600], "-x", "a'b"],
    ?P([file:write_file(N, "x") || N <- Names]), {ok, All} = file:list_dir("."), ?P(lists:sort([N || N <- All, lists:member(N, Names)])), ?P([file:read_file(N) || N <- Names]), ?P([file:delete(unicode:characters_to_binary(N)) || N <- Names]),
    ?P(file:write_file(<<"raw", 255>>, "x")), ?P(file:list_dir_all(".") =/= file:list_dir(".")), ?P(file:read_file(<<"raw", 255>>)), ?P(file:delete(<<"raw", 255>>)), ?P(file:write_file([16#D800], "x")), ?P(file:write_file([16#110000], "x")), ?P(file:write_file(lists:duplicate(300, $x), "x")), ?P(file:write_file(["a", ["b"], $c], "x")), ?P(file:read_file("abc")), ?P(file:write_file(["a" | b], "x")), ?P(file:delete('abc')), ?P(file:native_name_encoding()), ?P(prim_file:internal_native2name(<<"a", 255>>)), ?P(prim_file:is_translatable(<<255>>)).

paths() ->
    ?P(filename:absname("x", "/y")), {ok, Here} = file:get_cwd(), ?P(filename:absname("x") =:= filename:join(Here, "x")), ?P(filelib:is_file("t")), ?P(filelib:is_regular("a")), ?P(filelib:file_size("t")), ?P(filelib:file_size("none")), ?P(is_tuple(filelib:last_modified("t"))), ?P(filelib:last_modified("none")), ?P(filelib:safe_relative_path("a/../../t", ".")), ?P(filelib:find_file("t", ".")), ?P(filelib:find_source("x.beam", "ebin")).

infos() ->
    ok = file:write_file("f", "123"), {ok, I} = file:read_file_info("f", [{time, posix}]),
    ?P(file:write_file_info("f", setelement(6, setelement(5, setelement(8, I, 8#600), 86400), 172800), [{time, posix}])), {ok, J} = file:read_file_info("f", [{time, posix}]), ?P({element(8, J), element(5, J), element(6, J)}), ?P(file:change_mode("f", 8#400)), ?P(element(8, element(2, file:read_file_info("f")))), ?P(file:change_mode("none", 8#400)), ?P(file:change_owner("none", 1)), ?P(file:change_owner("f", element(13, I))), ?P(file:change_group("f", element(14, I))), ?P(file:change_time("none", {{2020, 1, 1}, {0, 0, 0}})), ?P(file:change_mode("f", bad)).

wild() ->
    [ok = filelib:ensure_dir(F) || F <- ["w/x/y/1", "w/z/1"]], [ok = file:write_file(F, F) || F <- ["w/a.erl", "w/b.erl", "w/x/c.erl", "w/x/y/d.hrl", "w/z/e.erl", "w/.h"]],
    ?P([filelib:wildcard(P, "w") || P <- ["*", "*.erl", "*/*.erl", "**/*.erl", "**", "{a,b}.erl", "[a]*", "x/?.erl", "none*", ".*"]]), ?P(filelib:wildcard("w/*/")).
