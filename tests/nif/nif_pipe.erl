%% Processes that wait for file descriptors.
-module(nif_pipe).
-export([start/0, open/0, write/2, read/1, select/4, select_message/2, cancel/1, stop/1, counts/0]).
-on_load(init/0).

init() -> erlang:load_nif("./nif_pipe", []).

open() -> erlang:nif_error(not_loaded).
write(_, _) -> erlang:nif_error(not_loaded).
read(_) -> erlang:nif_error(not_loaded).
select(_, _, _, _) -> erlang:nif_error(not_loaded).
select_message(_, _) -> erlang:nif_error(not_loaded).
cancel(_) -> erlang:nif_error(not_loaded).
stop(_) -> erlang:nif_error(not_loaded).
counts() -> erlang:nif_error(not_loaded).

start() ->
    work(),
    {6, _} = counts(),
    ok.

next() -> receive M -> M after 10000 -> nothing end.

nothing() -> receive M -> M after 50 -> nothing end.

work() ->
    {In, Out} = open(),
    R = make_ref(),
    io:format("~p ~p~n", [read(In), select(In, read, self, R)]),
    io:format("~p~n", [nothing()]),
    io:format("~p~n", [write(Out, ["hello", <<" there">>])]),
    case next() of
        {select, In, R, ready_input} -> io:format("ready ~p~n", [read(In)]);
        Other -> io:format("~p~n", [Other])
    end,
    %% Told once only.
    write(Out, "x"),
    io:format("~p~n", [nothing()]),
    io:format("~p~n", [select_message(In, {my, "message"})]),
    io:format("~p ~p~n", [next(), read(In)]),
    %% For another process, without a reference.
    Self = self(),
    Pid = spawn(fun() -> {select, _, undefined, What} = next(), Self ! {other, What} end),
    io:format("~p~n", [select(In, read, Pid, undefined)]),
    write(Out, "y"),
    io:format("~p ~p~n", [next(), read(In)]),
    io:format("~p ~p~n", [select(In, read, self, R), cancel(In)]),
    write(Out, "z"),
    io:format("~p ~p ~p~n", [nothing(), cancel(In), read(In)]),
    fill(Out),
    io:format("~p~n", [select(Out, write, self, R)]),
    io:format("~p~n", [nothing()]),
    drain(In),
    case next() of
        {select, Out, R, ready_output} -> io:format("ready to write~n");
        Other2 -> io:format("~p~n", [Other2])
    end,
    %% The other end closes.
    select(In, read, self, R),
    io:format("~p~n", [stop(Out)]),
    {select, In, R, ready_input} = next(),
    io:format("~p~n", [read(In)]),
    io:format("~p ~p~n", [stop(In), stopped(2, 100)]),
    relay(200).

%% How many were stopped, once they are Wanted: a stop may be called a little later.
stopped(Wanted, Tries) ->
    case counts() of
        {Stopped, _} when Stopped >= Wanted; Tries =:= 0 -> Stopped;
        _ -> receive after 20 -> stopped(Wanted, Tries - 1) end
    end.

fill(Out) ->
    case write(Out, binary:copy(<<"f">>, 4096)) of
        full -> ok;
        _ -> fill(Out)
    end.

drain(In) ->
    case read(In) of
        empty -> ok;
        _ -> drain(In)
    end.

%% Two processes and two pipes, while others compute.
relay(N) ->
    {In1, Out1} = open(),
    {In2, Out2} = open(),
    Busy = spawn(fun() -> spin(0) end),
    Echo = spawn(fun() -> echo(In1, Out2) end),
    io:format("~p~n", [lists:sum([begin write(Out1, <<I>>), <<I>> = wait(In2), I end
                                  || I <- lists:seq(1, N)])]),
    [stop(E) || E <- [Out1, In2, Out2, In1]],
    exit(Busy, kill),
    exit(Echo, kill),
    [begin
         M = monitor(process, P),
         receive {'DOWN', M, process, P, _} -> ok end
     end || P <- [Busy, Echo]].

echo(In, Out) ->
    write(Out, wait(In)),
    echo(In, Out).

wait(In) ->
    select(In, read, self, undefined),
    receive {select, In, undefined, ready_input} -> read(In) end.

spin(N) -> spin(N + 1).
