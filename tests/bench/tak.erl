%% group: sequential
%% Calls of three arguments.
-module(tak).
-export([start/0]).

start() -> erlang:display(tak(28, 18, 9) + tak(26, 16, 7)), ok.

tak(X, Y, Z) when Y >= X -> Z;
tak(X, Y, Z) -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y)).
