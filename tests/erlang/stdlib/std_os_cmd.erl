%% os:cmd/1,2 and what programs do with ports through the libraries.
-module(std_os_cmd).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    ?P(os:cmd("echo hello")),
    ?P(os:cmd("echo one; echo two >&2; exit 3")),
    ?P(os:cmd('echo atom')),
    ?P(os:cmd(["echo ", [$a, "b"]])),
    ?P(os:cmd("cat", #{max_size => 5})),
    ?P(length(os:cmd("head -c 100000 /dev/zero"))),
    ?P(os:cmd("head -c 100000 /dev/zero", #{max_size => 4})),
    ?P(os:cmd("printf '\\303\\244'")),
    ?P(os:cmd("echo a\0b")),
    ?P(os:cmd("")),
    ?P(lists:sum([length(os:cmd("echo " ++ integer_to_list(N))) || N <- lists:seq(1, 20)])),
    ?P([os:find_executable("sh") =/= false, os:find_executable("no such program")]).
