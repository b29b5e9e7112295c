%% Runs a suite written for Erlang/OTP's Common Test, on any machine that has io and lists. For each case
%% one line: `@ SUITE CASE ok`, `skip` or `fail REASON`; and `@ SUITE end` when the suite came to its end.
-module(suite_runner).
-export([run/3]).

-record(suite, {name, groups, only, seconds}).

%% Data: the folder of SUITE_data; Only: cases, or {all_but, Cases}.
run(Suite, {Data, Private, Seconds}, Only) ->
    {module, Suite} = code:ensure_loaded(Suite),
    S = #suite{name = Suite, groups = optional(Suite, groups, [], []), only = Only, seconds = Seconds},
    Given = [{data_dir, Data ++ "/"}, {priv_dir, Private ++ "/"}],
    case prepared(S, init_per_suite, [Given], Given) of
        {skip, Why} -> say("~w init_per_suite skip ~0tp", [Suite, Why]);
        Config ->
            each(S, [], Suite:all(), Config),
            within(fun() -> optional(Suite, end_per_suite, [Config], ok) end, Seconds)
    end,
    say("~w end", [Suite]).

optional(Suite, Function, Arguments, Default) ->
    case erlang:function_exported(Suite, Function, length(Arguments)) of
        true -> apply(Suite, Function, Arguments);
        false -> Default
    end.

prepared(#suite{name = Suite, seconds = Seconds}, Function, Arguments, Default) ->
    case within(fun() -> optional(Suite, Function, Arguments, Default) end, Seconds) of
        {ok, Config} when is_list(Config) -> Config;
        {ok, {skip, Why}} -> {skip, Why};
        Other -> say("~w ~w fail ~0tp", [Suite, Function, Other]), Default
    end.

each(S, Path, Cases, Config) when is_list(Cases) -> [one(S, Path, C, Config) || C <- Cases];
each(S, _, Other, _) -> say("~w all skip ~0tp", [S#suite.name, Other]).

one(S, Path, {group, Group}, Config) -> named_group(S, Path, Group, Config);
one(S, Path, {group, Group, _}, Config) -> named_group(S, Path, Group, Config);
one(S, Path, {testcase, Case, _}, Config) -> one(S, Path, Case, Config);
one(S, Path, {Group, Cases}, Config) -> group(S, Path, Group, Cases, Config);
one(S, Path, {Group, _, Cases}, Config) -> group(S, Path, Group, Cases, Config);
one(#suite{only = Only} = S, Path, Case, Config) when is_atom(Case) ->
    is_wanted(Case, Only) andalso testcase(S, Path, Case, Config).

is_wanted(Case, {all_but, Cases}) -> not lists:member(Case, Cases);
is_wanted(Case, Cases) -> lists:member(Case, Cases).

named_group(S, Path, Group, Config) ->
    [group(S, Path, Group, element(tuple_size(G), G), Config) || G <- S#suite.groups, element(1, G) =:= Group].

group(#suite{name = Suite} = S, Path, Group, Cases, Config) ->
    Inner = [Group | Path],
    case prepared(S, init_per_group, [Group, Config], Config) of
        {skip, Why} -> say("~w ~ts skip ~0tp", [Suite, label(Inner, '*'), Why]);
        Config1 ->
            each(S, Inner, Cases, Config1),
            within(fun() -> optional(Suite, end_per_group, [Group, Config1], ok) end, S#suite.seconds)
    end.

label(Path, Case) -> lists:append([atom_to_list(G) ++ "/" || G <- lists:reverse(Path)]) ++ atom_to_list(Case).

testcase(#suite{name = Suite, seconds = Seconds}, Path, Case, Config) ->
    say("~w ~ts begins", [Suite, label(Path, Case)]),
    Result = within(fun() -> body(Suite, Case, Config) end, Seconds),
    say("~w ~ts ~ts", [Suite, label(Path, Case), verdict(Result)]).

body(Suite, Case, Given) ->
    case optional(Suite, init_per_testcase, [Case, Given], Given) of
        {skip, Why} -> {skip, Why};
        Config ->
            Result = Suite:Case(Config),
            case optional(Suite, end_per_testcase, [Case, Config], ok) of
                {fail, Why} -> {failed, Why};
                _ -> Result
            end
    end.

verdict({ok, {skip, Why}}) -> told("skip", Why);
verdict({ok, {skipped, Why}}) -> told("skip", Why);
verdict({ok, {failed, Why}}) -> told("fail", Why);
verdict({ok, {'EXIT', Why}}) -> told("fail", Why);
verdict({ok, _}) -> "ok";
verdict({error, {skip, Why}}) -> told("skip", Why);
verdict({error, Why}) -> told("fail", Why).

told(Word, Why) -> [Word, " ", lists:sublist(lists:flatten(io_lib:format("~0tp", [Why])), 600)].

say(Format, Arguments) -> io:format(user, "@ " ++ Format ++ "~n", Arguments).

%% What Fun gives, called in a process of its own, for so many seconds.
within(Fun, Seconds) ->
    Me = self(),
    Tag = make_ref(),
    {Pid, Monitor} = spawn_monitor(fun() -> Me ! {Tag, Fun()} end),
    receive
        {Tag, Result} -> erlang:demonitor(Monitor, [flush]), {ok, Result};
        {'DOWN', Monitor, process, Pid, Why} ->
            receive {Tag, Result} -> {ok, Result} after 0 -> {error, Why} end
    after Seconds * 1000 ->
        exit(Pid, kill),
        erlang:demonitor(Monitor, [flush]),
        {error, timeout}
    end.
