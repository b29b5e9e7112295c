%% Random Erlang modules that compile and end: every expression has a type, every name is bound, every
%% loop counts down, functions call only those made before them. Only the seed decides the text.
%%
%% Types: int, float, bool, atom, bin, bits, {list, T}, {tuple, [T]}, map (atoms and small integers to
%% int). An environment is a list of {Name, Type}.
-module(generator).
-export([source/2]).

-define(FUNCTIONS, 8).

%% Gives the text of module Name. start/0 prints, for every function and several arguments, a checksum
%% and the value, or class and reason.
source(Name, Seed) ->
    rand:seed(exsss, Seed),
    put(names, 0),
    Functions = functions(?FUNCTIONS, []),
    Text = [F || {_, _, _, F} <- Functions],
    ["%% seed ", integer_to_list(Seed), "\n-module(", Name, ").\n-export([start/0, id/1]).\n-compile([nowarn_unused_vars, nowarn_unused_function]).\n"
     "-record(rec, {n = 1, b = <<>>, l = []}).\n\n",
     "start() ->\n", [calls(F) || F <- Functions], "    ok.\n\n",
     "id(X) -> X.\n\n",
     "show(Label, F) ->\n    try F() of\n        V -> erlang:display({Label, erlang:phash2(V), V})\n"
     "    catch\n        C:R -> erlang:display({Label, C, reason(R)})\n    end.\n\n",
     "reason({badarity, {_, A}}) -> {badarity, A};\nreason({badfun, _}) -> badfun;\nreason(R) -> R.\n\n",
     "fold(_, A, []) -> A;\nfold(F, A, [H | T]) -> fold(F, F(H, A), T).\n\n",
     "loop(0, _, A) -> A;\nloop(N, F, A) -> loop(N - 1, F, F(N, A)).\n\n",
     "echo(V) ->\n    Me = self(),\n    P = spawn(fun() -> receive {Me, X} -> Me ! {self(), X} end end),\n"
     "    P ! {Me, V},\n    receive {P, Y} -> Y end.\n\n",
     Text].

calls({Name, Arguments, _, _}) ->
    [["    show({", Name, ", ", integer_to_list(I), "}, fun() -> ", Name, "(", lists:join(", ", [["id(", literal(T), ")"] || T <- Arguments]), ") end),\n"]
     || I <- lists:seq(1, 4)].

functions(0, Done) -> lists:reverse(Done);
functions(N, Done) ->
    put(functions, [{F, A, R} || {F, A, R, _} <- Done]),
    functions(N - 1, [function("f" ++ integer_to_list(?FUNCTIONS + 1 - N)) | Done]).

function(Name) ->
    Arguments = [type() || _ <- lists:seq(1, pick([1, 2, 2, 3]))],
    Result = type(),
    Clauses = [clause(Name, Arguments, Result, specific) || _ <- lists:seq(1, pick([0, 1, 2]))] ++ [clause(Name, Arguments, Result, any)],
    {Name, Arguments, Result, [lists:join(";\n", Clauses), ".\n\n"]}.

clause(Name, Types, Result, Kind) ->
    {Patterns, Envs} = lists:unzip([case Kind of any -> variable_pattern(T); specific -> pattern(T, 2) end || T <- Types]),
    Env = lists:append(Envs),
    Guard = case Kind of any -> []; specific -> guard(Env) end,
    [Name, "(", lists:join(", ", Patterns), ")", Guard, " ->\n", body(Result, Env, 4)].

%% Some bindings, then the value.
body(Type, Env0, Depth) ->
    {Lines, Env} = bindings(pick([0, 1, 2, 3]), Env0, Depth, []),
    [Lines, "    ", expression(Type, Env, Depth)].

bindings(0, Env, _, Lines) -> {lists:reverse(Lines), Env};
bindings(N, Env, Depth, Lines) ->
    Type = type(),
    Name = name(),
    bindings(N - 1, [{Name, Type} | Env], Depth, [["    ", Name, " = ", expression(Type, Env, Depth - 1), ",\n"] | Lines]).

name() ->
    N = get(names) + 1,
    put(names, N),
    "V" ++ integer_to_list(N).

pick(List) -> lists:nth(rand:uniform(length(List)), List).
one(Makers) -> (pick(Makers))().
chance(Percent) -> rand:uniform(100) =< Percent.

type() -> pick([int, int, int, int, float, bool, atom, bin, bin, bits, {list, int}, {list, int}, {list, bin}, {tuple, [int, int]}, {tuple, [atom, {list, int}]}, {tuple, [bin, int, bool]}, map, map]).

%% ---- literals ----

literal(int) ->
    one([fun() -> integer_to_list(rand:uniform(20) - 5) end, fun() -> integer_to_list(rand:uniform(1000) - 500) end,
          fun() -> integer_to_list((1 bsl pick([7, 8, 27, 28, 31, 32, 58, 59, 60, 62, 63, 64, 65, 100])) * pick([1, -1]) + pick([-1, 0, 1])) end,
          fun() -> integer_to_list(rand:uniform(1 bsl 59)) end, fun() -> integer_to_list(-rand:uniform(1 bsl 130)) end]);
literal(float) -> pick(["0.0", "1.0", "-1.5", "0.1", "2.5e10", "-3.25e-5", "1.0e300", "123456.789", "4.0"]);
literal(bool) -> pick(["true", "false"]);
literal(atom) -> pick(["a", "b", "c", "ok", "error", "true", "'odd atom'", "undefined"]);
literal(bin) -> pick(["<<>>", "<<\"abc\">>", "<<1, 2, 3>>", "<<255, 0, 128, 7>>", "<<\"hello, binary world\">>", "<<0:64>>", "<<\"é€\"/utf8>>", "<<-1:200>>"]);
literal(bits) -> pick(["<<>>", "<<1:1>>", "<<5:3>>", "<<\"ab\", 3:5>>", "<<1:13>>", "<<-1:70>>", "<<255, 1:1>>"]);
literal({list, T}) -> ["[", lists:join(", ", [literal(T) || _ <- lists:seq(1, rand:uniform(5) - 1)]), "]"];
literal({tuple, Ts}) -> ["{", lists:join(", ", [literal(T) || T <- Ts]), "}"];
literal(map) -> ["#{", lists:join(", ", [[K, " => ", literal(int)] || K <- keys(rand:uniform(5) - 1)]), "}"].

keys(N) -> lists:sublist([K || {_, K} <- lists:sort([{rand:uniform(), K} || K <- ["a", "b", "c", "1", "2", "ok", "{x, 1}"]])], N).

key() -> pick(["a", "b", "c", "1", "2", "ok", "{x, 1}"]).

%% ---- expressions ----

expression(Type, Env, Depth) when Depth =< 0 ->
    case [N || {N, T} <- Env, T =:= Type] of
        [] -> hidden(literal(Type));
        Names -> case chance(85) of true -> pick(Names); false -> hidden(literal(Type)) end
    end;
expression(Type, Env, Depth) ->
    case rand:uniform(100) of
        R when R =< 15 -> expression(Type, Env, 0);
        R when R =< 20 -> call(Type, Env, Depth);
        R when R =< 30 -> case_of(Type, Env, Depth - 1);
        R when R =< 34 -> if_of(Type, Env, Depth - 1);
        R when R =< 40 -> try_of(Type, Env, Depth - 1);
        R when R =< 43 -> ["element(2, {x, ", expression(Type, Env, Depth - 1), "})"];
        R when R =< 46 -> ["hd([", expression(Type, Env, Depth - 1), " | ", expression({list, int}, Env, Depth - 2), "])"];
        R when R =< 49 -> ["(fun() -> ", expression(Type, Env, Depth - 1), " end)()"];
        R when R =< 52 -> apply_fun(Type, Env, Depth - 1);
        R when R =< 54 -> ["echo(", expression(Type, Env, Depth - 1), ")"];
        R when R =< 57 -> loop(Type, Env, Depth - 1);
        R when R =< 59 -> receive_of(Type, Env, Depth - 1);
        R when R =< 61 -> wait(Type, Env, Depth - 1);
        R when R =< 63 -> nested_try(Type, Env, Depth - 1);
        R when R =< 65 -> named_fun(Type, Env, Depth - 1);
        R when R =< 67 -> record_of(Type, Env, Depth - 1);
        R when R =< 69 -> fun_clauses(Type, Env, Depth - 1);
        R when R =< 70 -> deep_match(Type, Env, Depth - 1);
        _ -> typed(Type, Env, Depth - 1)
    end.

%% Half of the literals are kept from the compiler, which would compute with them.
hidden(Text) ->
    case chance(50) of
        true -> ["?MODULE:id(", Text, ")"];
        false -> Text
    end.

call(Type, Env, Depth) ->
    case [{N, A} || {N, A, R} <- get(functions), R =:= Type] of
        [] -> typed(Type, Env, Depth - 1);
        Known ->
            {Name, Arguments} = pick(Known),
            [Name, "(", lists:join(", ", [expression(T, Env, Depth - 2) || T <- Arguments]), ")"]
    end.

apply_fun(Type, Env, Depth) ->
    Argument = type(),
    V = name(),
    ["(fun(", V, ") -> ", expression(Type, [{V, Argument} | Env], Depth), " end)(", expression(Argument, Env, Depth - 1), ")"].

loop(Type, Env, Depth) ->
    I = name(),
    A = name(),
    ["loop(", integer_to_list(rand:uniform(6)), ", fun(", I, ", ", A, ") -> ", bounded(Type, expression(Type, [{I, int}, {A, Type} | Env], Depth - 1)), " end, ", expression(Type, Env, 0), ")"].

%% What a loop carries must not double at each turn.
bounded(Type, E) ->
    A = name(),
    B = name(),
    C = name(),
    bounded(Type, E, A, B, C).

bounded(int, E, _, _, _) -> ["(", E, ") rem 16#FFFFFFFFFFFFFFFFFFFFFFFF"];
bounded(bin, E, _, _, _) -> ["erlang:md5(", E, ")"];
bounded(bits, E, A, B, _) -> ["(case ", E, " of <<", A, ":50/bits, _/bits>> -> ", A, "; ", B, " -> ", B, " end)"];
bounded({list, int}, E, A, B, C) -> ["(case ", E, " of [", A, ", ", B, " | _] -> [", B, ", ", A, "]; ", C, " -> ", C, " end)"];
bounded({list, bin}, E, A, B, _) -> ["(case ", E, " of [", A, " | _] -> [erlang:md5(", A, ")]; ", B, " -> ", B, " end)"];
bounded({tuple, [int, int]}, E, A, B, _) -> ["(case ", E, " of {", A, ", ", B, "} -> {", B, " rem 1000003, ", A, " rem 16#FFFFFFFFFFFFFFFFF} end)"];
bounded({tuple, [atom, {list, int}]}, E, A, B, C) -> ["(case ", E, " of {", A, ", [", B, " | _]} -> {", A, ", [", B, " rem 99991]}; ", C, " -> ", C, " end)"];
bounded({tuple, [bin, int, bool]}, E, A, B, C) -> ["(case ", E, " of {", A, ", ", B, ", ", C, "} -> {erlang:md5(", A, "), ", B, " rem 99991, not ", C, "} end)"];
bounded(map, E, _, _, _) -> ["#{a => map_size(", E, ")}"];
bounded(_, E, _, _, _) -> E.

receive_of(Type, Env, Depth) ->
    V = name(),
    Tag = pick(["one", "two"]),
    ["begin self() ! {", Tag, ", ", expression(Type, Env, Depth), "}, self() ! {three, x}, receive {", Tag, ", ", V, "} -> receive {three, x} -> ", V, " end after 1000 -> ", literal(Type), " end end"].

%% A receive that mostly times out, and one with a guard that passes a message over.
wait(Type, Env, Depth) ->
    V = name(),
    one([fun() -> ["receive {never, ", V, "} -> ", expression(Type, Env, Depth - 1), " after ", pick(["0", "1", "0"]), " -> ", expression(Type, Env, Depth), " end"] end,
          fun() -> ["begin self() ! {g, ", expression(int, Env, Depth - 1), "}, receive {g, ", V, "} when ", V, " > 3, is_integer(", V, ") -> ", expression(Type, [{V, int} | Env], Depth - 1),
                    " after 0 -> receive {g, _} -> ", expression(Type, Env, Depth - 1), " end end end"] end,
          fun() -> R = name(), ["begin ", R, " = make_ref(), self() ! {", R, ", ", expression(Type, Env, Depth), "}, receive {", R, ", ", V, "} -> ", V, " after 500 -> error(lost) end end"] end]).

%% Exceptions on their way through after and of, caught by class or not at all.
nested_try(Type, Env, Depth) ->
    A = name(),
    B = name(),
    Inner = pick([["throw({in, ", expression(Type, Env, Depth - 1), "})"], ["exit({in, ", expression(Type, Env, Depth - 1), "})"], ["error(inner)"], expression(Type, Env, Depth)]),
    ["try try ", Inner, " after put(after_ran, ", expression(int, Env, Depth - 2), ") end of ", A, " when is_atom(", A, "), ", A, " =/= true -> ", expression(Type, Env, Depth - 1), "; ", A, " -> ", A,
     " catch throw:{in, ", B, "} -> ", B, "; exit:{in, ", B, "} -> ", B, "; error:inner -> case erase(after_ran) of undefined -> error(no_after); _ -> ", expression(Type, Env, Depth - 1), " end end"].

%% Counts down, so it ends.
named_fun(Type, Env, Depth) ->
    F = name(),
    N = name(),
    A = name(),
    ["(fun ", F, "(0, ", A, ") -> ", A, "; ", F, "(", N, ", ", A, ") when ", N, " > 0 -> ", F, "(", N, " - 1, ", bounded(Type, expression(Type, [{N, int}, {A, Type} | Env], Depth - 1)), ") end)(", integer_to_list(rand:uniform(5)), ", ", expression(Type, Env, 0), ")"].

%% A record made, updated, matched.
record_of(Type, Env, Depth) ->
    A = name(),
    B = name(),
    C = name(),
    R = name(),
    ["begin ", R, " = #rec{", lists:join(", ", [["n = ", expression(int, Env, Depth - 1)] | [["b = ", expression(bin, Env, Depth - 1)] || _ <- [1], chance(50)]]), "}, #rec{n = ", A, ", b = ", B, ", l = ", C, "} = ",
     R, "#rec{l = ", expression({list, int}, Env, Depth - 1), [[", n = ", R, "#rec.n + 1"] || _ <- [1], chance(50)], "}, ", expression(Type, [{A, int}, {B, bin}, {C, {list, int}} | Env], Depth - 1), " end"].

%% A fun whose clauses select by pattern and guard; it keeps what it captured.
fun_clauses(Type, Env, Depth) ->
    Subject = type(),
    V = name(),
    Clauses = [begin
                   {P, Bound} = pattern(Subject, 2),
                   ["(", P, ")", guard(Bound ++ Env), " -> ", expression(Type, Bound ++ Env, Depth - 1)]
               end || _ <- lists:seq(1, pick([1, 2, 3]))],
    ["(fun ", lists:join("; ", Clauses ++ [["(", V, ") -> ", expression(Type, [{V, Subject} | Env], Depth - 1)]]), " end)(", expression(Subject, Env, Depth - 1), ")"].

%% Several terms of different types matched at once, with aliases.
deep_match(Type, Env, Depth) ->
    T1 = type(),
    T2 = type(),
    {P1, B1} = pattern(T1, 3),
    {P2, B2} = pattern(T2, 3),
    V = name(),
    ["case {", expression(T1, Env, Depth - 1), ", [", expression(T2, Env, Depth - 1), ", x | tail]} of {", P1, ", [", V, " = ", P2, ", x | _]}", guard(B1 ++ B2 ++ Env), " -> ", expression(Type, [{V, T2} | B1 ++ B2 ++ Env], Depth - 1),
     "; {_, [", "_", " | T_", V, "]} when T_", V, " =:= [x | tail] -> ", expression(Type, Env, Depth - 1), " end"].

case_of(Type, Env, Depth) ->
    Subject = type(),
    Clauses = [begin
                   {P, Bound} = pattern(Subject, 2),
                   [P, guard(Bound ++ Env), " -> ", expression(Type, Bound ++ Env, Depth - 1)]
               end || _ <- lists:seq(1, pick([1, 2, 3]))],
    Last = case chance(85) of
        true -> [["_ -> ", expression(Type, Env, Depth - 1)]];
        false -> []
    end,
    ["case ", expression(Subject, Env, Depth), " of ", lists:join("; ", Clauses ++ Last), " end"].

if_of(Type, Env, Depth) ->
    ["if ", test(Env, 2), " -> ", expression(Type, Env, Depth), "; ", test(Env, 2), " -> ", expression(Type, Env, Depth - 1), "; true -> ", expression(Type, Env, Depth - 1), " end"].

try_of(Type, Env, Depth) ->
    V = name(),
    Risky = case rand:uniform(4) of
        1 -> ["throw(", expression(Type, Env, Depth - 1), ")"];
        2 -> ["error({oops, ", expression(Type, Env, Depth - 1), "})"];
        _ -> expression(Type, Env, Depth)
    end,
    ["try ", Risky, " of ", V, " -> ", expression(Type, [{V, Type} | Env], Depth - 1), " catch throw:T_", V, " -> T_", V, "; error:{oops, E_", V, "} -> E_", V, "; _:_ -> ", expression(Type, Env, Depth - 1),
     case chance(30) of true -> [" after ", expression(int, Env, Depth - 2)]; false -> [] end, " end"].

typed(int, Env, D) ->
    I = fun() -> expression(int, Env, D) end,
    one([fun() -> ["(", I(), pick([" + ", " - ", " * "]), I(), ")"] end, fun() -> ["(", I(), pick([" + ", " - ", " * "]), I(), ")"] end,
          fun() -> ["(", I(), pick([" div ", " rem "]), I(), ")"] end, fun() -> ["(", I(), pick([" div ", " rem "]), pick(["3", "7", "-2", "16", "1000003"]), ")"] end,
          fun() -> ["(", I(), pick([" band ", " bor ", " bxor "]), I(), ")"] end, fun() -> ["(", I(), pick([" bsl ", " bsr "]), integer_to_list(rand:uniform(70) - 1), ")"] end,
          fun() -> [pick(["-", "bnot ", "abs", "+"]), "(", I(), ")"] end, fun() -> ["length(", expression({list, int}, Env, D), ")"] end, fun() -> ["byte_size(", expression(bin, Env, D), ")"] end,
          fun() -> ["bit_size(", expression(bits, Env, D), ")"] end, fun() -> ["element(", pick(["1", "2"]), ", ", expression({tuple, [int, int]}, Env, D), ")"] end, fun() -> ["hd(", expression({list, int}, Env, D), ")"] end,
          fun() -> ["map_size(", expression(map, Env, D), ")"] end, fun() -> ["map_get(", key(), ", ", expression(map, Env, D), ")"] end, fun() -> ["maps:get(", key(), ", ", expression(map, Env, D), ", ", I(), ")"] end,
          fun() -> [pick(["trunc", "round", "ceil", "floor"]), "(", expression(float, Env, D), ")"] end, fun() -> [pick(["min", "max"]), "(", I(), ", ", I(), ")"] end,
          fun() -> ["fold(fun(X_, A_) -> (X_ + A_ * ", integer_to_list(rand:uniform(9)), ") rem 1000000007 end, 0, ", expression({list, int}, Env, D), ")"] end,
          fun() -> T = type(), ["erlang:phash2(", expression(T, Env, D), ", ", integer_to_list(rand:uniform(100000)), ")"] end,
          fun() -> S = name(), V = name(), ["begin ", S, " = (", I(), ") band 31, <<_:", S, ", ", V, ":", S, "/unit:", pick(["1", "2", "3"]), pick(["", "-signed", "-little"]), ", _/bits>> = ", expression(bits, Env, D), ", ", V, " end"] end,
          fun() -> ["(", I(), " * ", I(), " + ", literal(int), ") rem ", integer_to_list((1 bsl pick([61, 64, 130])) + 1)] end, fun() -> ["binary_to_integer(integer_to_binary(", I(), ", 16), 16)"] end, fun() -> ["lists:foldl(fun(X_, A_) -> X_ bxor A_ end, ", I(), ", ", expression({list, int}, Env, D), ")"] end,
          fun() -> V = name(), ["begin <<", V, ":", integer_to_list(rand:uniform(40)), pick(["", "/signed", "/little", "/little-signed"]), ", _/bits>> = ", expression(bin, Env, D), ", ", V, " end"] end]);
typed(float, Env, D) ->
    F = fun() -> expression(float, Env, D) end,
    one([fun() -> ["(", F(), pick([" + ", " - ", " * ", " / "]), F(), ")"] end, fun() -> ["(", expression(int, Env, D), " / ", pick(["3", "7.0", "-2", "1.0e5"]), ")"] end, fun() -> ["float(", expression(int, Env, D), ")"] end, fun() -> ["-(", F(), ")"] end,
          fun() -> ["(", F(), pick([" + ", " * "]), expression(int, Env, D), ")"] end, fun() -> ["abs(", F(), ")"] end]);
typed(bool, Env, D) ->
    B = fun() -> expression(bool, Env, D) end,
    one([fun() -> T = type(), ["(", expression(T, Env, D), pick([" =:= ", " == ", " =/= ", " /= ", " < ", " >= ", " =< ", " > "]), expression(T, Env, D), ")"] end,
          fun() -> ["(", expression(type(), Env, D), pick([" =:= ", " == ", " < ", " >= "]), expression(type(), Env, D), ")"] end,
          fun() -> ["(", B(), pick([" and ", " or ", " xor ", " andalso ", " orelse "]), B(), ")"] end, fun() -> ["not ", "(", B(), ")"] end, fun() -> ["is_map_key(", key(), ", ", expression(map, Env, D), ")"] end,
          fun() -> [pick(["is_integer", "is_list", "is_binary", "is_tuple", "is_map", "is_float", "is_atom", "is_bitstring"]), "(", expression(type(), Env, D), ")"] end, fun() -> ["lists:member(", expression(int, Env, D), ", ", expression({list, int}, Env, D), ")"] end]);
typed(atom, Env, D) ->
    one([fun() -> literal(atom) end, fun() -> ["binary_to_atom(<<\"", pick(["a", "b", "new_atom"]), "\">>)"] end, fun() -> ["element(1, ", expression({tuple, [atom, {list, int}]}, Env, D), ")"] end, fun() -> expression(bool, Env, D) end]);
typed(bin, Env, D) ->
    B = fun() -> expression(bin, Env, D) end,
    I = fun() -> expression(int, Env, D) end,
    one([fun() -> ["<<", lists:join(", ", [byte_segment(Env, D) || _ <- lists:seq(1, rand:uniform(4))]), ">>"] end, fun() -> ["<<", lists:join(", ", [byte_segment(Env, D) || _ <- lists:seq(1, rand:uniform(4))]), ">>"] end,
          fun() -> ["<< <<(X_ + ", integer_to_list(rand:uniform(9)), ")>> || <<X_>> <= ", B(), " >>"] end, fun() -> ["<< <<X_:", pick(["8", "16", "24/little"]), ">> || X_ <- ", expression({list, int}, Env, D), ", X_ ", pick(["> 0", "=/= 3", "rem 2 =:= 0"]), " >>"] end,
          fun() -> ["binary_part(", B(), ", ", pick(["0, 1", "1, 1", "0, 0", "2, -1", "1, 3"]), ")"] end, fun() -> ["integer_to_binary(", I(), ")"] end, fun() -> ["list_to_binary([", B(), ", ", pick(["1", "\"ab\"", "[2, [3]]"]), ", ", B(), "])"] end,
          fun() -> V = name(), ["begin <<_, ", V, "/binary>> = ", B(), ", ", V, " end"] end, fun() -> ["element(1, split_binary(", B(), ", ", pick(["0", "1", "2"]), "))"] end, fun() -> X = name(), S = name(), ["<< <<", X, "/binary, ", S, ">> || <<", S, ", ", X, ":", pick(["1", "2", "(" ++ S ++ " rem 3)"]), "/binary>> <= ", B(), " >>"] end, fun() -> X = name(), Y = name(), ["<< <<(", X, " bxor ", Y, "):16>> || <<", X, ":4>> <= ", B(), ", ", Y, " <- [1, 2], ", X, " > ", Y, " >>"] end,
          fun() -> X = name(), ["<< <<", X, "/utf8>> || ", X, " <- ", expression({list, int}, Env, D), ", ", X, " > 0, ", X, " < 55000 >>"] end, fun() -> ["float_to_binary(", expression(float, Env, D), pick(["", ", [{decimals, 3}]", ", [short]"]), ")"] end,
          fun() -> ["hd(", expression({list, bin}, Env, D), ")"] end, fun() -> ["term_to_binary(", expression(pick([int, {list, int}, bin, {tuple, [int, int]}]), Env, D), ")"] end]);
typed(bits, Env, D) ->
    one([fun() -> ["<<", lists:join(", ", [bit_segment(Env, D) || _ <- lists:seq(1, rand:uniform(4))]), ">>"] end, fun() -> ["<<", lists:join(", ", [bit_segment(Env, D) || _ <- lists:seq(1, rand:uniform(4))]), ">>"] end, fun() -> expression(bin, Env, D) end,
          fun() -> ["<< <<X_:", integer_to_list(rand:uniform(12)), ">> || <<X_:", integer_to_list(rand:uniform(7)), ">> <= ", expression(bits, Env, D), " >>"] end, fun() -> V = name(), ["begin <<_:", integer_to_list(rand:uniform(9)), ", ", V, "/bits>> = ", expression(bits, Env, D), ", ", V, " end"] end]);
typed({list, int}, Env, D) ->
    L = fun() -> expression({list, int}, Env, D) end,
    one([fun() -> ["[", expression(int, Env, D), " | ", L(), "]"] end, fun() -> ["(", L(), " ++ ", L(), ")"] end, fun() -> ["(", L(), " -- ", L(), ")"] end, fun() -> ["tl(", L(), ")"] end, fun() -> ["lists:reverse(", L(), ")"] end,
          fun() -> X = name(), ["[", expression(int, [{X, int} | Env], D - 1), " || ", X, " <- ", L(), ", ", test([{X, int} | Env], 2), "]"] end, fun() -> X = name(), ["[", expression(int, [{X, int} | Env], D - 1), " || <<", X, ":", integer_to_list(rand:uniform(12)), ">> <= ", expression(bits, Env, D), "]"] end,
          fun() -> ["binary_to_list(", expression(bin, Env, D), ")"] end, fun() -> ["tuple_to_list(", expression({tuple, [int, int]}, Env, D), ")"] end, fun() -> ["element(2, ", expression({tuple, [atom, {list, int}]}, Env, D), ")"] end, fun() -> ["maps:values(", expression(map, Env, D), ")"] end, fun() -> ["integer_to_list(", expression(int, Env, D), ")"] end]);
typed({list, T}, Env, D) ->
    L = fun() -> expression({list, T}, Env, D) end,
    one([fun() -> ["[", expression(T, Env, D), " | ", L(), "]"] end, fun() -> ["(", L(), " ++ ", L(), ")"] end, fun() -> ["lists:reverse(", L(), ")"] end, fun() -> ["[", expression(T, Env, D), ", ", expression(T, Env, D), "]"] end]);
typed({tuple, Ts}, Env, D) ->
    one([fun() -> ["{", lists:join(", ", [expression(T, Env, D) || T <- Ts]), "}"] end, fun() -> ["{", lists:join(", ", [expression(T, Env, D) || T <- Ts]), "}"] end,
          fun() -> N = rand:uniform(length(Ts)), ["setelement(", integer_to_list(N), ", ", expression({tuple, Ts}, Env, D), ", ", expression(lists:nth(N, Ts), Env, D), ")"] end]);
typed(map, Env, D) ->
    M = fun() -> expression(map, Env, D) end,
    I = fun() -> expression(int, Env, D) end,
    one([fun() -> ["#{", lists:join(", ", [[K, " => ", I()] || K <- keys(rand:uniform(4))]), "}"] end, fun() -> ["(", M(), ")#{", key(), " => ", I(), "}"] end, fun() -> ["(", M(), ")#{", key(), " := ", I(), "}"] end, fun() -> ["maps:remove(", key(), ", ", M(), ")"] end,
          fun() -> ["maps:merge(", M(), ", ", M(), ")"] end, fun() -> ["maps:put(", key(), ", ", I(), ", ", M(), ")"] end, fun() -> ["maps:from_list([{", key(), ", X_} || X_ <- ", expression({list, int}, Env, D), "])"] end,
          fun() -> ["maps:from_list([{X_, Y_ + 1} || {X_, Y_} <- maps:to_list(", M(), "), Y_ ", pick(["> 0", "rem 2 =:= 0", "=/= 5"]), "])"] end, fun() -> ["maps:map(fun(_, Y_) -> (Y_ * ", integer_to_list(rand:uniform(9)), ") rem 1000003 end, ", M(), ")"] end,
          fun() -> ["maps:filter(fun(K_, Y_) -> is_atom(K_) orelse Y_ < 0 end, ", M(), ")"] end, fun() -> ["maps:with([", key(), ", ", key(), "], ", M(), ")"] end, fun() -> ["maps:update_with(", key(), ", fun(Y_) -> Y_ - 1 end, ", I(), ", ", M(), ")"] end]).

byte_segment(Env, D) ->
    one([fun() -> ["(", expression(int, Env, D - 1), ")", pick(["", ":16", ":32/little", ":24", ":64", ":72/little"])] end, fun() -> ["(", expression(bin, Env, D - 1), ")/binary"] end, fun() -> ["(", expression(float, Env, D - 1), "):", pick(["64", "32"]), "/float"] end,
          fun() -> [pick(["$a", "955", "8364", "128512"]), pick(["/utf8", "/utf16", "/utf32", "/utf16-little"])] end, fun() -> pick(["\"lit\"", "1, 2", "0:24"]) end]).

bit_segment(Env, D) ->
    one([fun() -> ["(", expression(int, Env, D - 1), "):", integer_to_list(rand:uniform(70) - 1), pick(["", "/little"])] end, fun() -> ["(", expression(bits, Env, D - 1), ")/bits"] end, fun() -> byte_segment(Env, D) end, fun() -> ["1:", integer_to_list(rand:uniform(9))] end]).

%% ---- patterns and guards ----

variable_pattern(Type) ->
    V = name(),
    {V, [{V, Type}]}.

%% Gives {Text, what it binds}.
pattern(Type, Depth) when Depth =< 0 -> variable_pattern(Type);
pattern(Type, Depth) ->
    case rand:uniform(4) of
        1 -> variable_pattern(Type);
        2 when Type =/= float, Type =/= map, Type =/= bin, Type =/= bits -> {literal_pattern(Type), []};
        _ -> structured(Type, Depth - 1)
    end.

literal_pattern(T) -> literal(T).

structured(int, _) -> {pick(["0", "1", "2", "-1", "100", "16#FFFFFFFFFFFFFFFF"]), []};
structured({list, int}, D) when D > 0 ->
    V = name(),
    case rand:uniform(4) of
        1 -> {["\"ab\" ++ ", V], [{V, {list, int}}]};
        2 -> {["[", V, ", ", V, " | _]"], [{V, int}]};
        _ -> list_pattern(int, D)
    end;
structured({list, T}, D) -> list_pattern(T, D);
structured({tuple, Ts}, D) ->
    {Ps, Es} = lists:unzip([pattern(T, D) || T <- Ts]),
    {["{", lists:join(", ", Ps), "}"], lists:append(Es)};
structured(map, _) ->
    V = name(),
    W = name(),
    pick([{["#{", key(), " := ", V, "}"], [{V, int}]}, {["#{a := ", V, ", ", pick(["b", "1", "{x, 1}"]), " := ", W, "}"], [{V, int}, {W, int}]}, {["#{} = ", V], [{V, map}]}]);
structured(bin, _) ->
    A = name(),
    B = name(),
    pick([{["<<", A, ", ", B, "/binary>>"], [{A, int}, {B, bin}]}, {["<<", A, ":16/little-signed, ", B, "/binary>>"], [{A, int}, {B, bin}]}, {["<<", A, ":2/binary, ", B, ":8>>"], [{A, bin}, {B, int}]},
          {["<<\"ab\", ", A, "/binary>>"], [{A, bin}]}, {["<<\"hello, \", ", A, "/binary>>"], [{A, bin}]}, {["<<", A, ":8, _:(", A, " rem 5)/binary, ", B, "/binary>>"], [{A, int}, {B, bin}]},
          {["<<", A, ":4, ", B, ":(", A, " * 2 + 1), _/bits>>"], [{A, int}, {B, int}]}, {["<<_:1, ", A, ":64/float, ", B, ":7>>"], [{A, float}, {B, int}]}, {["<<", A, ":3/bits, ", B, ":13/little-signed, _/bits>>"], [{A, bits}, {B, int}]},
          {["<<", A, ":40/little, ", B, ":80/signed, _/bits>>"], [{A, int}, {B, int}]}, {["<<", A, "/utf16, ", B, "/bits>>"], [{A, int}, {B, bits}]}, {["<<", A, "/utf8, ", B, "/binary>>"], [{A, int}, {B, bin}]}, {["<<", A, ":3, _:5, ", B, ":9, _/bits>>"], [{A, int}, {B, int}]}, {["<<", A, ":32/float, _/binary>>"], [{A, float}]}, {["<<1, ", A, ":8, ", B, ":", A, "/binary, _/bits>>"], [{A, int}, {B, bin}]}]);
structured(bits, _) ->
    A = name(),
    B = name(),
    pick([{["<<", A, ":", integer_to_list(rand:uniform(20)), ", ", B, "/bits>>"], [{A, int}, {B, bits}]}, {["<<", A, ":5/bits, ", B, ":7/signed>>"], [{A, bits}, {B, int}]}, {["<<", A, "/binary>>"], [{A, bin}]}]);
structured(T, _) -> variable_pattern(T).

list_pattern(T, D) ->
    {H, E1} = pattern(T, D),
    case chance(50) of
        true -> {Tail, E2} = variable_pattern({list, T}), {["[", H, " | ", Tail, "]"], E1 ++ E2};
        false -> {H2, E2} = pattern(T, D), {["[", H, ", ", H2, "]"], E1 ++ E2}
    end.

guard(Env) ->
    case chance(40) of
        true -> [" when ", test(Env, 2), case chance(25) of true -> [pick([", ", "; "]), test(Env, 1)]; false -> [] end];
        false -> []
    end.

%% A guard expression over variables of the environment.
test(Env, Depth) when Depth > 0 ->
    case rand:uniform(6) of
        1 -> ["(", test(Env, Depth - 1), pick([" andalso ", " orelse ", " and ", " or "]), test(Env, Depth - 1), ")"];
        2 -> ["not (", test(Env, Depth - 1), ")"];
        _ -> test(Env, 0)
    end;
test(Env, _) ->
    case Env of
        [] -> pick(["true", "(1 < 2)"]);
        _ ->
            {V, T} = pick(Env),
            ["(", test_of(T, V), ")"]
    end.

test_of(int, V) ->
    pick([[V, pick([" > ", " < ", " =:= ", " =< ", " /= "]), pick([literal(int), [V, " * 2 - 1"], [V, " rem 3"], "0", [V, " / 2"], ["abs(", V, ")"], ["(", V, " bsr 1)"], ["(", V, " div ", pick(["0", "2", "-3"]), ")"]])],
          ["float(", V, ") > ", literal(float)], [V, " band 7 =:= ", pick(["0", "1", "5"])], ["is_integer(", V, ") andalso ", V, " =< 100"], [V, " bor 1 =/= ", V], ["is_number(", V, ") andalso (bnot ", V, ") < 0"],
          ["element(", V, ", {a, b, c}) =:= b"], ["binary_part(<<\"abc\">>, ", V, ", 1) =:= <<\"b\">>"], [V, " > 16#FFFFFFFFFFFFFFFF"], ["self() > ", V], ["tuple_size({", V, "}) =:= 1"]]);
test_of(float, V) ->
    pick([[V, pick([" > ", " < ", " == ", " =:= ", " =< "]), pick([literal(float), [V, " * 2"], "1", ["-", V], [V, " + 1"], [V, " / 3.0"]])], [pick(["trunc", "round", "ceil", "floor"]), "(", V, ") ", pick(["> 0", "rem 2 =:= 0", "== 0"])],
          ["abs(", V, ") < 1.0e10"], ["is_float(", V, ")"], [V, " * ", V, " >= 0"]]);
test_of(bool, V) -> pick([[V, pick(["", " =:= true", " =/= false"])], ["is_boolean(", V, ")"], [V, " xor true"]]);
test_of(atom, V) -> pick([[V, pick([" =:= ", " =/= ", " < "]), literal(atom)], ["is_atom(", V, ")"], ["is_boolean(", V, ")"]]);
test_of(bin, V) ->
    pick([["byte_size(", V, ")", pick([" > 2", " =:= 3", " < 10"])], ["is_binary(", V, ") andalso size(", V, ") > 0"], ["binary_part(", V, ", 0, ", pick(["1", "3"]), ") ", pick(["=:= <<\"a\">>", "> <<1>>"])], [V, pick([" =:= ", " < "]), literal(bin)], ["byte_size(", V, ") rem 2 =:= 0"]]);
test_of(bits, V) -> pick([["bit_size(", V, ") rem 8 =:= 0"], ["is_binary(", V, ")"], ["bit_size(", V, ") > 12"], ["is_bitstring(", V, ")"], ["byte_size(", V, ") < 3"], [V, " < <<1:1>>"]]);
test_of({list, _}, V) -> pick([["length(", V, ") > 1"], [V, " =/= []"], ["hd(", V, ") =:= 1"], ["tl(", V, ") =:= []"], ["is_list(", V, ") orelse error_never"], ["length(tl(", V, ")) =:= 2"], [V, " > [1]"]]);
test_of({tuple, _}, V) -> pick([["element(1, ", V, ") =:= a"], [V, " > {1, 2}"], ["tuple_size(", V, ") =:= 2"], ["is_tuple(", V, ") and element(3, ", V, ")"], ["is_record(", V, ", a, 2)"], ["size(", V, ") > 2"]]);
test_of(map, V) -> pick([["map_size(", V, ") > 1"], ["is_map_key(a, ", V, ")"], ["map_get(a, ", V, ") > 0"], ["is_map(", V, ") andalso is_map_key(", key(), ", ", V, ")"], [V, " =:= #{a => 1}"], [V, " < #{b => 1}"]]).
