%% Current and old code: funs that keep old code, external calls that reach new code, soft and hard purge, on_load.
-module(code_versions).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    load("v() -> one. loop(P) -> receive {get, From} -> From ! {self(), v()}, loop(P); upgrade -> m:loop(P) end. make() -> fun() -> v() end. stop() -> ok."),
    P = spawn(fun() -> m:loop(x) end),
    F = m:make(),
    ?P({m:v(), ask(P), F()}),
    load("v() -> two. loop(P) -> receive {get, From} -> From ! {self(), v()}, loop(P); upgrade -> m:loop(P) end. make() -> fun() -> v() end. stop() -> ok."),
    ?P({m:v(), ask(P), F(), (m:make())()}), ?P(erlang:check_old_code(m)), ?P({check_process(P), check_process(self())}), ?P(begin P ! upgrade, ask(P) end), ?P(check_process(P)),
    ?P(catch load("v() -> three. loop(_) -> ok. make() -> ok. stop() -> ok.")),
    R = monitor(process, P),
    ?P(erlang:purge_module(m)), ?P(erlang:check_old_code(m)), ?P(is_process_alive(P)), ?P(try F() catch error:E -> element(1, E) end),
    ?P(load("v() -> three. loop(_) -> ok. make() -> ok. stop() -> ok.")), ?P({m:v(), erlang:check_old_code(m)}), ?P(ask(P)),
    ?P(erlang:purge_module(m)), ?P(receive {'DOWN', R, process, P, Why} -> Why after 500 -> alive end),
    ?P(erlang:delete_module(m)), ?P(try m:v() catch error:undef -> undef end), ?P(erlang:delete_module(m)), ?P(erlang:delete_module(never_was)),
    ?P(erlang:load_module(m, <<"junk">>)), ?P(erlang:load_module(other, code("v() -> x."))), ?P(erlang:purge_module(never_was)),
    ok.

ask(P) -> P ! {get, self()}, receive {P, V} -> V after 500 -> none end.

check_process(P) -> erlang:check_process_code(P, m).

load(Text) -> erlang:load_module(m, code(Text)).

code(Text) ->
    {ok, Tokens, _} = erl_scan:string("-module(m). -compile(export_all). " ++ Text),
    {ok, m, Code} = compile:forms([begin {ok, F} = erl_parse:parse_form(T), F end || T <- split(Tokens, [])], []),
    Code.

split([], []) -> [];
split([{dot, _} = D | Ts], Acc) -> [lists:reverse(Acc, [D]) | split(Ts, [])];
split([T | Ts], Acc) -> split(Ts, [T | Acc]).
