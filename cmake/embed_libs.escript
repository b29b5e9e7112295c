#!/usr/bin/env escript
%% Compiles Erlang files and writes a C file that holds them as one pack.
%%
%% usage: embed_libs.escript OUT.c FILE.erl...
-mode(compile).

-define(CHUNKS, ["AtU8", "Code", "StrT", "ImpT", "ExpT", "FunT", "LitT", "Line", "Type"]).

main([Out | Files]) ->
    Sections = [section(compile(File)) || File <- lists:sort(Files)],
    Pack = iolist_to_binary([header(), Sections, ending()]),
    ok = file:write_file(Out, source(Pack)).

compile(File) ->
    Options = [binary, report_errors, report_warnings, deterministic, return_errors],
    case compile:file(File, Options) of
        {ok, Module, Beam} ->
            {Module, strip(Beam)};
        _ ->
            halt(1)
    end.

strip(Beam) ->
    {ok, _, All} = beam_lib:all_chunks(Beam),
    Kept = [literals(Chunk) || {Id, _} = Chunk <- All, lists:member(Id, ?CHUNKS)],
    {ok, Stripped} = beam_lib:build_module(Kept),
    Stripped.

literals({"LitT", <<0:32, Plain/binary>>}) -> {"LitU", Plain};
literals({"LitT", <<_:32, Compressed/binary>>}) -> {"LitU", zlib:uncompress(Compressed)};
literals(Chunk) -> Chunk.

header() -> <<"#!/usr/bin/env AtomVM\n", 0, 0>>.
ending() -> <<0:96, "end", 0>>.

section({Module, Beam}) ->
    Name = pad(<<(atom_to_binary(Module))/binary, ".beam", 0>>),
    Data = pad(Beam),
    <<(12 + byte_size(Name) + byte_size(Data)):32, 2:32, 0:32, Name/binary, Data/binary>>.

pad(Bin) -> <<Bin/binary, 0:(8 * (-byte_size(Bin) band 3))>>.

source(Pack) ->
    ["#include \"pack/libs.h\"\n\nconst unsigned char pack_libs[] = {\n", rows(Pack), "};\n",
     io_lib:format("const size_t pack_libs_size = ~b;~n", [byte_size(Pack)])].

rows(<<Row:20/binary, Rest/binary>>) -> [row(Row) | rows(Rest)];
rows(<<>>) -> [];
rows(Row) -> row(Row).

row(Row) -> ["    ", [[integer_to_list(Byte), $,] || <<Byte>> <= Row], $\n].
