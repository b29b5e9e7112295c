%% What the machine offers under its own name. Every function is a native: the bodies here are what a
%% machine without that native runs.
-module(atomvm).
-export([code_path/0, display/2, memory/0, read/1, set_code_path/1, write/2]).

%% Writes to the host's standard output (1) or standard error (2), all of it before it returns.
-spec write(1 | 2, iodata()) -> ok | {error, atom()}.
write(_, _) -> erlang:nif_error(undef).

%% As erlang:display/1, to standard output (1) or standard error (2): needs no module.
-spec display(1 | 2, term()) -> true.
display(_, _) -> erlang:nif_error(undef).

%% Takes what standard input has now, Max bytes at most. `wait`: there is nothing yet, and the caller
%% gets the message {atomvm_input, ready} when that has changed.
-spec read(Max :: pos_integer()) -> binary() | eof | wait | {error, atom()}.
read(_) -> erlang:nif_error(undef).

%% The bytes and objects of each kind of memory (as `atomvm --stats` names them); the sum of all bytes,
%% the most that it has been, the limit and what is free below it.
-spec memory() -> #{total | peak := non_neg_integer(), limit | free := non_neg_integer() | infinity,
                    Kind :: atom() => {Bytes :: non_neg_integer(), Objects :: non_neg_integer()}}.
memory() -> erlang:nif_error(undef).

%% The folders that the host finds modules in.
-spec code_path() -> [file:filename()].
code_path() -> erlang:nif_error(undef).

%% Modules are looked for in these folders from now on, before the host is asked. Nothing happens on a
%% platform without files.
-spec set_code_path([file:filename()]) -> ok.
set_code_path(_) -> erlang:nif_error(undef).
