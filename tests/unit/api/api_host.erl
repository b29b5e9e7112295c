%% What the tests of the C API call, spawn and talk to.
-module(api_host).
-export([add/2, echo/1, fail/1, throw_it/1, leave/1, spin/0, server/0, quit/1, ask/2, watch/1,
         loops/1, prints/0, linked/1, suspends/1]).

add(A, B) -> A + B.

echo(Term) -> Term.

fail(X) -> X / 0.

throw_it(Value) -> throw({thrown, Value}).

leave(Reason) -> exit(Reason).

spin() -> spin().

%% Answers {From, Term} with {self(), Term}; `stop` ends it.
server() ->
    receive
        {From, Term} -> From ! {self(), Term}, server();
        stop -> stopped
    end.

quit(Reason) -> exit(Reason).

%% Sends to a registered name of the host.
ask(Name, Term) -> Name ! {self(), Term}, receive {reply, Reply} -> Reply end.

%% Watches a pid of the host until it has gone.
watch(Pid) ->
    Monitor = monitor(process, Pid),
    Pid ! {watching, self()},
    receive {'DOWN', Monitor, process, Pid, Reason} -> Reason end.

linked(Pid) -> link(Pid), exit(for_the_link).

%% What a player is stays so when it is suspended and resumed by others.
suspends(Pid) ->
    true = erlang:suspend_process(Pid),
    true = erlang:resume_process(Pid),
    {status, suspended} = process_info(Pid, status),
    ok.

loops(0) -> done;
loops(N) -> loops(N - 1).

prints() -> io:format("printed ~p~n", [here]).
