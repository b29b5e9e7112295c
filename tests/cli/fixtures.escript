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
    save("untested.beam", untested()),
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

%% Instructions on terms that nothing has tested: no compiler makes them.
untested() ->
    Terms = [[], 1, -1, a, {}, {a, b, c}, [a], {[a | b]}, 1.5, 1 bsl 100, <<"a">>, <<1:5>>, #{b => 1}, #{}],
    Reads = [[{atom, a}, {x, 1}], [{atom, a}, {x, 1}, {atom, b}, {x, 2}],
             [{atom, b}, {y, 0}, {atom, a}, {x, 1}, {integer, 1}, {x, 2}]],
    Puts = [[{atom, a}, {integer, 1}], [{atom, a}, {integer, 1}, {atom, c}, {x, 0}],
            [{atom, a}, {integer, 1}, {atom, c}, {x, 0}, {atom, d}, nil]],
    Flags = {field_flags, [unsigned, big]},
    Operations =
        %% None of the terms has the key a: these fail.
        [{fails, fun(L) -> [{get_map_elements, L, {x, 0}, {list, R}}] end} || R <- Reads]
        ++ [{fails, fun(_) -> [{put_map_exact, {f, 0}, {x, 0}, {x, 1}, 1, {list, P}}] end} || P <- Puts]
        ++ [{fails, fun(L) -> [{test, has_map_fields, L, {x, 0}, {list, [{atom, a}, {atom, b}]}}] end}]
        ++ [{may_fail, fun(_) -> [{put_map_assoc, {f, 0}, {x, 0}, {x, 1}, 1, {list, P}}] end} || P <- Puts]
        ++ [{may_fail, F} || F <- [
            fun(_) -> [{get_tuple_element, {x, 0}, 2, {x, 0}}] end,
            fun(_) -> [{get_tuple_element, {x, 0}, 0, {x, 1}}, {get_tuple_element, {x, 0}, 1, {x, 2}},
                       {get_tuple_element, {x, 0}, 2, {y, 0}}] end,
            fun(L) -> [{test, test_arity, L, [{x, 0}, 3]}, {get_tuple_element, {x, 0}, 3, {x, 0}}] end,
            fun(L) -> [{select_tuple_arity, {x, 0}, L, {list, [3, L, 1, L]}}] end,
            fun(L) -> [{test, is_tagged_tuple, L, [{x, 0}, 3, {atom, a}]}] end,
            fun(_) -> [{get_hd, {x, 0}, {x, 1}}, {get_tl, {x, 0}, {x, 0}}] end,
            fun(_) -> [{get_list, {x, 0}, {x, 1}, {x, 0}}] end,
            fun(_) -> [{get_list, {x, 0}, {y, 0}, {x, 0}}] end,
            fun(_) -> [{fconv, {x, 0}, {fr, 0}}, {bif, fadd, {f, 0}, [{fr, 0}, {fr, 0}], {fr, 0}},
                       {test_heap, {alloc, [{words, 0}, {floats, 1}]}, 0}, {fmove, {fr, 0}, {x, 0}}] end,
            fun(_) -> [{fmove, {x, 0}, {fr, 0}}, {bif, fmul, {f, 0}, [{fr, 0}, {fr, 0}], {fr, 1}},
                       {test_heap, {alloc, [{words, 0}, {floats, 1}]}, 0}, {fmove, {fr, 1}, {x, 0}}] end,
            fun(L) -> [{test, bs_start_match3, L, 1, [{x, 0}], {x, 0}},
                       {test, bs_get_integer2, L, 1, [{x, 0}, {integer, 8}, 1, Flags], {x, 0}}] end,
            fun(L) -> [{test, bs_get_integer2, L, 1, [{x, 0}, {integer, 8}, 1, Flags], {x, 0}}] end,
            fun(L) -> [{test, bs_get_binary2, L, 1, [{x, 0}, {atom, all}, 8, Flags], {x, 0}}] end,
            fun(_) -> [{bs_get_position, {x, 0}, {x, 1}, 1}, {bs_set_position, {x, 0}, {x, 1}}] end,
            fun(_) -> [{bs_get_tail, {x, 0}, {x, 0}, 1}] end,
            fun(L) -> [{test, bs_test_tail2, L, [{x, 0}, 0]}] end,
            fun(L) -> [{test, bs_match_string, L, [{x, 0}, 8, {string, <<"a">>}]}] end,
            fun(_) -> [{set_tuple_element, {atom, z}, {x, 0}, 2}] end,
            fun(_) -> [{move, {x, 0}, {x, 1}}, {call_fun, 1}] end]],
    Functions = [untested(O, I) || {I, {_, O}} <- lists:enumerate(Operations)],
    Calls = [[{'try', {y, 0}, {f, 1000 + N}}, {move, {literal, T}, {x, 0}}, {call, 1, {f, 3 * I}}, {try_end, {y, 0}},
              {jump, {f, case Kind of fails -> 999; may_fail -> 3000 + N end}},
              {label, 1000 + N}, {try_case, {y, 0}}, {label, 3000 + N}]
             || {N, {I, Kind, T}} <- lists:enumerate([{I, K, T} || {I, {K, _}} <- lists:enumerate(Operations), T <- Terms])],
    Start = {function, start, 0, 998, [{label, 997}, {func_info, {atom, untested}, {atom, start}, 0}, {label, 998},
        {allocate, 1, 0}, {init_yregs, {list, [{y, 0}]}}] ++ lists:append(Calls)
        ++ [{move, {atom, ok}, {x, 0}}, {deallocate, 1}, return,
            {label, 999}, {move, {atom, taken}, {x, 0}}, {deallocate, 1}, return]},
    {ok, Beam} = beam_asm:module({untested, [{start, 0}], [], [Start | Functions], 5000}, [], [], []),
    Beam.

%% A function of one argument; where the instruction goes to its label, badarg.
untested(Operation, I) ->
    {function, list_to_atom("f" ++ integer_to_list(I)), 1, 3 * I,
     [{label, 3 * I - 1}, {func_info, {atom, untested}, {atom, f}, 1}, {label, 3 * I},
      {allocate, 1, 1}, {init_yregs, {list, [{y, 0}]}}] ++ Operation({f, 3 * I + 1})
     ++ [{deallocate, 1}, return, {label, 3 * I + 1}, {move, {atom, badarg}, {x, 0}},
         {call_ext, 1, {extfunc, erlang, error, 1}}, {deallocate, 1}, return]}.

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
