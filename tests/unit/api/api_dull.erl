%% A module that is loaded already when its natives are registered.
-module(api_dull).
-export([nothing/0]).

nothing() -> ok.
