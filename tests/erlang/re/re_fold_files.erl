%% What stock modules do with files by way of re.
-module(re_fold_files).
-export([start/0]).
-include("../support/show.hrl").
-include("../support/folder.hrl").

start() ->
    in_folder(fun() ->
        [begin ok = filelib:ensure_dir(F), ok = file:write_file(F, F) end || F <- ["w/a.erl", "w/b.erl", "w/x/c.erl", "w/x/y/d.hrl", "w/z/e.erl", "w/.h"]],
        [?P({P, R, lists:sort(filelib:fold_files("w", P, R, fun(F, A) -> [F | A] end, []))}) || P <- ["\\.erl$", "", "^[ab]", "none"], R <- [true, false]],
        ?P(filelib:fold_files("gone", "", true, fun(F, A) -> [F | A] end, []))
    end),
    ok.
