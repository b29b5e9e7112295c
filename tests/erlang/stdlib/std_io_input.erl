%% Reading standard input through the group leader, in list mode.
-module(std_io_input).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    ?P(io:get_line("prompt> ")), ?P(io:get_chars("", 5)), ?P(io:get_line("")), ?P(io:read("")), ?P(io:fread("", "~d ~a")), ?P(io:get_line('')), ?P(file_less()), ?P(io:fread("", "~d ~s ~s")), ?P(io:parse_erl_form("")),
    ?P(io:getopts()), ?P(io:get_line("")), ?P(io:get_line("")), ?P(io:requests([{put_chars, unicode, "x"}, {get_line, unicode, ""}])), ?P(io:get_line("")), ?P(io:get_chars("", 3)), ?P(io:read("")),
    ok.

file_less() -> io:get_line("").
