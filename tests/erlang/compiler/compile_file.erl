%% The stock compiler on files: outputs, options, errors and warnings as it prints them, what the code
%% server says of the results.
-module(compile_file).
-export([start/0, parse_transform/2]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    in_folder(fun() -> good(), messages(), included(), options(), loading(), path(), tools() end),
    ok.

write(Name, Text) -> ok = file:write_file(Name, Text).

good() ->
    write("a.erl", "-module(a).\n-export([f/1]).\nf(X) -> {a, X}.\n"),
    ?P(compile:file("a")), ?P(compile:file("a.erl")), ?P(compile:file(a, [verbose])), ?P(code:load_file(a)), ?P(a:f(1)), ?P(filelib:is_file("a.beam")),
    {ok, a, Code} = compile:file("a", [binary, debug_info, deterministic]), ?P(code:load_binary(a, "a.beam", Code)), ?P(a:f(2)), ?P(code:is_loaded(a)), ?P([C || {C, _} <- element(3, beam_lib:all_chunks(Code))]),
    {ok, {a, [{abstract_code, {raw_abstract_v1, Forms}}]}} = beam_lib:chunks(Code, [abstract_code]), ?P(length(Forms)), ?P(erl_prettypr_or_pp(Forms)), ?P(compile:file("a", ['S', {outdir, "."}])), ?P(file:read_file("a.S")), ?P(compile:file("a", ['E', 'P', binary])), ?P(compile:noenv_file("a", [{outdir, "none"}])), ?P(compile:file("a", [to_core])), ?P(filelib:is_file("a.core")), ?P(compile:output_generated(['S'])).

erl_prettypr_or_pp(Forms) -> [lists:flatten(erl_pp:form(F)) || F <- Forms, element(1, F) =/= eof].

messages() ->
    write("b.erl", "-module(b).\n-export([f/1, missing/0]).\nf(X) -> Y.\ng() -> 1.\nh(A) -> case A of {B} -> B; _ -> unused end.\n"),
    ?P(compile:file("b", [report])), ?P(compile:file("b", [return])), ?P(compile:file("b", [report_errors])), ?P(compile:file("b", [report_warnings])), ?P(compile:file("b", [report, {error_location, line}])), ?P(compile:file("b", [report, brief])),
    write("w.erl", "-module(w).\n-export([f/1]).\nf(X) -> Y = 1, g(2), erlang:now().\ng(Z) -> Z + a.\nh() -> ok.\n"),
    ?P(compile:file("w", [report])), ?P(compile:file("w", [return])), ?P(compile:file("w", [report, warnings_as_errors])), ?P(compile:file("w", [return, nowarn_unused_vars, {nowarn_deprecated_function, {erlang, now, 0}}])),
    write("s.erl", "-module(s).\nf( -> 1.\ng() -> \"open\n.\n"), ?P(compile:file("s", [report])), ?P(compile:file("s", [return])), write("n.erl", "-module(other).\n"), ?P(compile:file("n", [report])), ?P(compile:file("none", [report])), ?P(compile:file("none", [return])), write("u.erl", <<"%% coding: utf-8\n-module(u).\n-export([f/0]).\nf() -> X\u00e4 = \"\u0434\"."/utf8>>), ?P(compile:file("u", [report])), ?P(compile:file("u", [return])).

included() ->
    write("h.hrl", "-record(h, {x = ?X}).\n"), ok = filelib:ensure_dir("inc/x"), write("inc/i.hrl", "-define(X, 7).\n"),
    write("i.erl", "-module(i).\n-export([f/0]).\n-include_lib(\"kernel/include/file.hrl\").\n-include(\"i.hrl\").\n-include(\"h.hrl\").\n-ifdef(D).\nd() -> ?D.\n-else.\nd() -> none.\n-endif.\nf() -> {#h{}, #file_info{}, ?FILE, ?LINE, d()}.\n"),
    ?P(compile:file("i", [report])), ?P(compile:file("i", [report, {i, "inc"}, {d, 'D', 3}])), ?P(code:load_file(i)), ?P(i:f()), write("l.erl", "-module(l).\n-include_lib(\"nothing/include/x.hrl\").\n"), ?P(compile:file("l", [report])).

options() ->
    write("t.erl", "-module(t).\n-export([f/0]).\n-compile({parse_transform, compile_file}).\nf() -> original.\n"), ?P(compile:file("t", [report])), ?P(code:load_file(t)), ?P(t:f()), write("t2.erl", "-module(t2).\n-compile({parse_transform, not_there}).\n"), ?P(compile:file("t2", [report])), ?P(compile:file("t", [report, {parse_transform, lists}])),
    write("o.erl", "-module(o).\n-compile([export_all, nowarn_export_all, inline]).\nf(X) -> g(X) + 1.\ng(X) -> X * 2.\n"), ?P(compile:file("o", [report, inline_list_funcs])), ?P(code:load_file(o)), ?P(o:f(3)), ?P(compile:file("o", [report, compressed, encrypt_nothing])), ?P(compile:file("o", [slim])), ?P(code:load_file(o)), ?P(o:g(4)), ?P([element(2, O) || O <- [proplists:lookup(options, o:module_info(compile))], O =/= none]), ?P(proplists:get_value(version, o:module_info(compile))).

%% Replaces the atom `original`.
parse_transform(Forms, _) -> erl_syntax_less(Forms).

erl_syntax_less({atom, A, original}) -> {atom, A, transformed};
erl_syntax_less(T) when is_tuple(T) -> list_to_tuple(erl_syntax_less(tuple_to_list(T)));
erl_syntax_less([H | T]) -> [erl_syntax_less(H) | erl_syntax_less(T)];
erl_syntax_less(Other) -> Other.

loading() ->
    write("v.erl", "-module(v).\n-export([f/0]).\nf() -> 1.\n"), {ok, v} = compile:file("v"), ?P(code:load_abs("v")), ?P(v:f()), write("v.erl", "-module(v).\n-export([f/0]).\nf() -> 2.\n"), {ok, v} = compile:file("v"), ?P(v:f()), ?P(code:load_file(v)), ?P(v:f()), ?P(code:load_file(v)), ?P(code:purge(v)), ?P(code:delete(v)), ?P(code:soft_purge(v)), ?P(code:load_binary(v, "v.beam", <<"rubbish">>)), ?P(code:load_file(not_there)), ?P(code:load_abs("not_there")), ?P(code:ensure_loaded(not_there)), ?P(code:get_object_code(not_there)), ?P(code:is_loaded(not_there)), ?P(code:which(not_there)),
    write("ol.erl", "-module(ol).\n-export([f/0]).\n-on_load(go/0).\ngo() -> put(x, 1), ok.\nf() -> loaded.\n"), {ok, ol} = compile:file("ol"), ?P(code:load_file(ol)), ?P(ol:f()), write("ol.erl", "-module(ol).\n-export([f/0]).\n-on_load(go/0).\ngo() -> no.\nf() -> loaded.\n"), {ok, ol, B} = compile:file("ol", [binary]), code:purge(ol), code:delete(ol), code:purge(ol), ?P(code:load_binary(ol, "ol.beam", B)).

path() ->
    ok = filelib:ensure_dir("lib/p-1.2/ebin/x"), write("p.erl", "-module(p).\n-export([f/0]).\nf() -> found.\n"), ?P(compile:file("p", [{outdir, "lib/p-1.2/ebin"}])), ?P(catch p:f()), ?P(code:add_path("none")), ?P(code:add_pathz("lib/p-1.2/ebin")), ?P(p:f()), ?P(code:lib_dir(p)), ?P(code:priv_dir(p)), ?P(filename:pathtype(code:which(p))), ?P(code:lib_dir(p, include)), ?P(code:add_patha("lib/p-1.2/ebin")), ?P(hd(code:get_path())), ?P(code:del_path(p)), ?P(code:del_path(p)), ?P(lists:member("lib/p-1.2/ebin", code:get_path())), ?P(code:lib_dir(no_library)), ?P(filename:basename(code:lib_dir(stdlib)) =/= ""), ?P(filelib:is_dir(code:lib_dir(compiler))), ?P(filelib:is_dir(code:root_dir())), ?P(filelib:is_dir(code:lib_dir())), ?P(code:where_is_file("lists.beam") =:= code:which(lists)), ?P(code:set_path(["none"])).

tools() ->
    write("c1.erl", "-module(c1).\n-export([f/0]).\nf() -> {c, 1}.\n"), ?P(c:c(c1)), ?P(c1:f()), ?P(c:c("c1", [debug_info])), ?P(c:c(nothing_here)), ?P(erl_eval:expr(element(2, erl_parse:parse_exprs_one("lists:sum([1, 2])")), [])),
    ?P(beam_lib:info("c1.beam") =/= []), ?P(element(1, beam_lib:md5("c1.beam"))), ?P(beam_lib:cmp("c1.beam", "c1.beam")), ?P(file:consult("c1.erl")), ?P(erl_tar:create("c1.tar", ["c1.erl"])), ?P(erl_tar:table("c1.tar")), ?P(element(1, zip:create("c1.zip", ["c1.erl"]))), ?P(element(1, zip:unzip("c1.zip", [memory]))).
