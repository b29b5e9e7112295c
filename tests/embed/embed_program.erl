%% A program that tells its arguments.
-module(embed_program).
-export([start/0]).

start() -> {arguments, init:get_plain_arguments()}.
