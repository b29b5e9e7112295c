%% The stock compiler at work: forms compiled, loaded and called; errors and warnings returned.
-module(compile_forms).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    ?P(run("f(X) -> X + 1.", [41])), ?P(run("f(0) -> 1; f(N) -> N * f(N - 1).", [30])), ?P(run("f(L) -> [X * 2 || X <- L, X > 1].", [[1, 2, 3]])), ?P(run("f(<<A:4, B/bits>>) -> {A, B}; f(_) -> no.", [<<18, 52>>])), ?P(run("f(M) -> case M of #{a := V} -> M#{a := V + 1}; #{} -> M#{a => 0} end.", [#{a => 1}])),
    ?P(run("f(X) -> try g(X) catch throw:T -> {thrown, T}; error:E -> {error, E} end. g(1) -> throw(one); g(2) -> error(two); g(N) -> N.", [2])), ?P(run("f(N) -> F = fun(X) -> X * N end, lists:map(F, lists:seq(1, N)).", [4])), ?P(run("f(X) when is_integer(X), X > 3; X =:= a -> yes; f(_) -> no.", [a])), ?P(run("f(X) -> receive {X, Y} -> Y after 0 -> none end.", [x])),
    ?P(element(1, forms("f(X) -> Y.", []))), ?P(forms("f(X) -> g(X).", [])), ?P(begin {ok, m, _, W} = forms("f(X) -> ok.", [return]), W end), ?P(begin {ok, m, Core} = forms("f(X) -> X.", [to_core, binary]), element(1, Core) end), ?P(begin {ok, m, B} = forms("f(X) -> X.", [deterministic]), is_binary(B) end),
    ok.

forms(Text, Options) ->
    {ok, Tokens, _} = erl_scan:string("-module(m). -export([f/1]). " ++ Text),
    compile:forms([begin {ok, F} = erl_parse:parse_form(T), F end || T <- split(Tokens, [])], [return_errors | Options]).

split([], []) -> [];
split([{dot, _} = D | Ts], Acc) -> [lists:reverse(Acc, [D]) | split(Ts, [])];
split([T | Ts], Acc) -> split(Ts, [T | Acc]).

run(Text, Arguments) ->
    {ok, m, Code} = forms(Text, []),
    {module, m} = erlang:load_module(m, Code),
    R = apply(m, f, Arguments),
    true = erlang:delete_module(m),
    true = erlang:purge_module(m),
    R.
