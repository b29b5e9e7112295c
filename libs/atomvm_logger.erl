%% Prints reports on standard error: those that the machine sends to the process named `logger`, and
%% those of stock modules, which call the stock `logger` as if its application were running.
%%
%% That module reads the table `logger`; what formats a report reads the table of application
%% variables. Both are made here, owned by this process, with one handler, this module. Where the
%% machine has no tables yet, the level of everything is set to none, and stock modules stay silent.
-module(atomvm_logger).
-export([spawn/0, sync/1, log/2]).

%% Gives the process, registered and with the tables made.
-spec spawn() -> pid().
spawn() ->
    Parent = self(),
    Pid = erlang:spawn(fun() ->
        process_flag(trap_exit, true),
        register(logger, self()),
        try tables() catch error:_ -> silence() end,
        Parent ! {self(), ready},
        loop()
    end),
    receive {Pid, ready} -> Pid end.

%% Returns when everything reported before has been printed.
-spec sync(pid()) -> ok.
sync(Pid) ->
    Ref = monitor(process, Pid),
    Pid ! {sync, self(), Ref},
    receive
        {Ref, done} -> demonitor(Ref, [flush]), ok;
        {'DOWN', Ref, process, Pid, _} -> ok
    end.

%% The handler's callback, run by the process that reports.
-spec log(logger:log_event(), logger:handler_config()) -> ok.
log(Event, _) ->
    logger ! {event, Event},
    ok.

loop() ->
    receive
        {sync, From, Ref} -> From ! {Ref, done};
        {event, Event} -> print(Event);
        {log, Level, Format, Arguments, Meta} -> print(Level, {Format, Arguments}, Meta);
        {log, Level, Report, Meta} -> print(Level, {report, Report}, Meta);
        {'$gen_call', From, _} -> gen:reply(From, {error, not_supported});
        _ -> ok
    end,
    loop().

event(Level, Message, Meta) ->
    #{level => Level, msg => Message, meta => maps:merge(#{time => os:system_time(microsecond)}, Meta)}.

tables() ->
    ets:new(ac_tab, [set, public, named_table]),
    Table = logger_config:new(logger),
    Common = #{filters => [], filter_default => log},
    logger_config:create(Table, primary, Common#{level => notice, metadata => #{}, handlers => [default]}),
    logger_config:create(Table, default, Common#{level => all, id => default, module => ?MODULE}).

silence() ->
    try persistent_term:put({logger_config, '$primary_config$'}, -1) catch error:_ -> ok end.

print(Event) ->
    Text = try logger_formatter:format(Event, format_options()) catch _:_ -> plain(Event) end,
    Bytes = case unicode:characters_to_binary(Text) of
        B when is_binary(B) -> B;
        _ -> unicode:characters_to_binary(plain(Event))
    end,
    atomvm:write(2, Bytes).

%% Where the stock modules that format are missing: as it is.
print(Level, Message, Meta) ->
    try print(event(Level, Message, Meta)) catch error:undef -> atomvm:display(2, {Level, Message}) end.

format_options() ->
    #{legacy_header => true, single_line => false, depth => unlimited, time_offset => ""}.

plain(#{level := Level, msg := {report, Report}}) -> io_lib:format("~p: ~0p~n", [Level, Report]);
plain(#{level := Level, msg := {string, String}}) -> io_lib:format("~p: ~ts~n", [Level, String]);
plain(#{level := Level, msg := {Format, Arguments}}) -> io_lib:format("~p: ~0p~n", [Level, {Format, Arguments}]).
