%% Terms that a host cannot make by itself.
-module(embed_terms).
-export([fun_of/1, bits/0, port/0]).

fun_of(X) -> fun() -> X end.

bits() -> <<5:3>>.

port() -> list_to_port("#Port<0.5>").
