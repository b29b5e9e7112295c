%% What embed_calls_test.c calls, spawns and purges.
-module(embed_calls).
-export([leaves_much/1, finds/0, self_pid/0, helper/1, linked_fails/1, killed/0, long/1, table/0,
         prints/1, leader/0, literal/0, literal_in_error/0, big_literal/0, busy/0, sleeps_then/1,
         many_links/1, alias/0, halts/0, raises_no_memory/0]).

%% All that a call could leave to the next: seen by finds/0.
leaves_much(Name) ->
    put(key, value),
    self() ! unread,
    process_flag(trap_exit, true),
    register(Name, self()),
    erlang:send_after(600000, self(), late),
    _ = monitor(process, whereis(user)),
    self().

finds() ->
    {get(), process_info(self(), [message_queue_len, trap_exit, registered_name, links, monitors]),
     process_info(self(), initial_call)}.

self_pid() -> self().

helper(Fate) ->
    Pid = spawn_link(fun() -> receive after infinity -> ok end end),
    register(helper, Pid),
    case Fate of
        ok -> ok;
        error -> error(failed);
        throw -> throw(thrown)
    end.

linked_fails(Reason) ->
    spawn_link(fun() -> exit(Reason) end),
    receive after infinity -> ok end.

killed() -> exit(self(), kill).

long(0) -> done;
long(N) -> long(N - 1).

table() -> ets:new(embed_calls, [named_table]), ok.

prints(Text) -> io:format("~s~n", [Text]).

leader() -> {group_leader() =:= whereis(user), is_pid(group_leader())}.

literal() -> {this, "is a literal", [made_of, {the, module}], #{and_this => 1.5}}.

literal_in_error() -> error({refused, "because of", [a, literal]}).

big_literal() -> {<<"sixty-four bytes and more are a binary off the heap; this one is a literal of a module">>}.

busy() -> _ = [spawn(fun() -> spin() end) || _ <- [1, 2, 3]], ok.

spin() -> spin().

sleeps_then(Value) -> receive after 20 -> Value end.

%% Its end takes several slices.
many_links(N) -> [spawn_link(fun() -> receive after infinity -> ok end end) || _ <- lists:seq(1, N)], ok.

alias() -> erlang:alias().

halts() -> halt(3).

raises_no_memory() -> error(system_limit).
