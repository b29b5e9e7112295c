#!/usr/bin/env escript
%% Makes, in the current folder, the files that tests/cli/cases speak of.
-mode(compile).

main([]) ->
    Hello = beam("hello", "-export([start/0]). start() -> io:format(\"Hello, world!~n\")."),
    save("hello.beam", Hello),
    save("nostart.beam", beam("nostart", "-export([run/0]). run() -> ok.")),
    save("answer.beam", beam("answer", "-export([start/0]). start() -> {the, answer}.")),
    save("zero.beam", beam("zero", "-export([start/0]). start() -> 0.")),
    save("crash.beam", beam("crash", "-export([start/0]). start() -> exit(because).")),
    save("halts.beam", beam("halts", "-export([start/0]). start() -> erlang:halt(7).")),
    save("arguments.beam",
         beam("arguments", "-export([start/0]). start() ->\n"
              "  [io:format(\"~ts~n\", [A]) || A <- init:get_plain_arguments()], ok.")),
    save("priv.beam", beam("priv", "-export([start/0]). start() -> ok.")),
    save("undef.beam", beam("undef", "-export([start/0]). start() -> nosuch:call().")),
    save("names.beam",
         beam("names", "-export([start/0]). start() ->\n"
              "  {M, F, A} = id({queue, new, []}), apply(M, F, A),\n"
              "  Tree = id(gb_trees), New = id(empty), Tree:New(),\n"
              "  (id(plugin)):run(), ok.\n"
              "id(X) -> X.")),
    save("plugin.beam", beam("plugin", "-export([run/0]). run() -> ok.")),
    save("unrelated.beam", beam("unrelated", "-export([run/0]). run() -> ok.")),
    save("tree.beam",
         beam("tree", "-export([start/0, init/1]). start() ->\n"
              "  {ok, _} = supervisor:start_link({local, tree}, tree, []), 5 = gen_server:call(counter, {add, 5}),\n"
              "  io:format(\"~p~n\", [lists:sort([{I, M} || {I, _, worker, M}\n"
              "    <- supervisor:which_children(tree)])]), ok.\n"
              "init([]) -> {ok, {{one_for_one, 1, 5},\n"
              "  [{counter, {counter, start_link, []}, permanent, 5000, worker, [counter]},\n"
              "   {events, {gen_event, start_link, []}, permanent, 5000, worker, dynamic}]}}.")),
    save("counter.beam",
         beam("counter", "-export([start_link/0, init/1, handle_call/3]).\n"
              "start_link() -> gen_server:start_link({local, counter}, counter, 0, []).\n"
              "init(N) -> {ok, N}.\n"
              "handle_call({add, K}, _, N) -> {reply, N + K, N + K}.")),
    save("empty.beam", <<>>),
    save("text.beam", <<"this is no module\n">>),
    save("wrong_magic.beam", <<"FOR2", (binary:part(Hello, 4, byte_size(Hello) - 4))/binary>>),
    save("truncated.beam", binary:part(Hello, 0, byte_size(Hello) div 2)),
    save("head_only.beam", binary:part(Hello, 0, 10)),
    save("unknown_opcode.beam", unknown_opcode(Hello)),
    save("no_code.beam", without("Code", Hello)),
    save("no_atoms.beam", without("AtU8", Hello)),
    Pack = pack([{"hello.beam", 3, Hello}]),
    save("plain.avm", Pack),
    save("oversize.avm", oversize(Pack)),
    save("truncated.avm", binary:part(Pack, 0, byte_size(Pack) - 20)),
    save("no_end.avm", binary:part(Pack, 0, byte_size(Pack) - 16)),
    save("no_start.avm", pack([{"nostart.beam", 2, beam("nostart", "-export([run/0]). run() -> ok.")}])),
    save("bad_module.avm", pack([{"hello.beam", 3, <<"rubbish!">>}])),
    save("empty.avm", pack([])),
    Calls = beam("calls", "-export([start/0]). start() -> catch_it(catch broken:run()).\n"
                 "catch_it({'EXIT', {{bad_code, Why}, [{broken, run, [], []} | _]}}) -> io:format(\"~ts~n\", [Why]); catch_it(Other) -> Other."),
    save("bad_callee.avm", pack([{"calls.beam", 3, Calls}, {"broken.beam", 2, <<"FOR1", 0, 0, 0, 4, "rubbish!">>}])),
    save("broken.beam", beam("broken", "-export([run/0]). run() -> from_a_file.")),
    ok = file:make_dir("bare"),
    save("unreadable.beam", Hello),
    ok = file:change_mode("unreadable.beam", 8#000),
    ok = file:make_dir("folder.beam"),
    save("data.txt", <<"some data\n">>).

save(Name, Bytes) -> ok = file:write_file(Name, Bytes).

beam(Module, Body) ->
    {ok, Tokens, _} = erl_scan:string("-module(" ++ Module ++ "). " ++ Body),
    {ok, _, Beam} = compile:forms(forms(Tokens), [binary, deterministic]),
    Beam.

forms([]) -> [];
forms(Tokens) ->
    {Form, [Dot | Rest]} = lists:splitwith(fun(T) -> element(1, T) =/= dot end, Tokens),
    {ok, Parsed} = erl_parse:parse_form(Form ++ [Dot]),
    [Parsed | forms(Rest)].

without(Id, Beam) ->
    {ok, _, Chunks} = beam_lib:all_chunks(Beam),
    {ok, Built} = beam_lib:build_module(lists:keydelete(Id, 1, Chunks)),
    Built.

%% The last instruction, int_code_end, becomes one that no compiler has.
unknown_opcode(Beam) ->
    {ok, _, Chunks} = beam_lib:all_chunks(Beam),
    {"Code", <<HeadSize:32, Head:HeadSize/binary, Ops/binary>>} = lists:keyfind("Code", 1, Chunks),
    <<Before:(byte_size(Ops) - 1)/binary, 3>> = Ops,
    <<Set:32, Max:32, Rest/binary>> = Head,
    Patched = <<HeadSize:32, Set:32, (max(Max, 250)):32, Rest/binary, Before/binary, 250>>,
    {ok, Built} = beam_lib:build_module(lists:keyreplace("Code", 1, Chunks, {"Code", Patched})),
    Built.

pack(Modules) ->
    iolist_to_binary([<<"#!/usr/bin/env AtomVM\n", 0, 0>>,
                      [section(Name, Flags, Data) || {Name, Flags, Data} <- Modules],
                      <<0:96, "end", 0>>]).

section(Name, Flags, Data) ->
    Padded = [pad(<<(list_to_binary(Name))/binary, 0>>), pad(Data)],
    [<<(12 + iolist_size(Padded)):32, Flags:32, 0:32>>, Padded].

pad(Bytes) -> <<Bytes/binary, 0:(8 * (-byte_size(Bytes) band 3))>>.

%% The first section says that it is a megabyte longer than it is.
oversize(<<Header:24/binary, Size:32, Rest/binary>>) ->
    <<Header/binary, (Size + 1048576):32, Rest/binary>>.
