%% What epoll_server.c serves: a process for each connection, and a room that they share. The processes
%% know no sockets: bytes come as messages, and go as messages to the host.
-module(chat).
-export([room/0, connection/2]).

%% Who says what to whom: each line goes to all others.
room() ->
    register(room, self()),
    room(#{}).

room(Members) ->
    receive
        {join, Pid} ->
            Monitor = monitor(process, Pid),
            room(Members#{Pid => Monitor});
        {say, From, Line} ->
            [Pid ! {line, Line} || Pid <- maps:keys(Members), Pid =/= From],
            room(Members);
        {'DOWN', _, process, Pid, _} ->
            room(maps:remove(Pid, Members))
    end.

%% Host: where {send, Id, Bytes} and {close, Id} go.
connection(Host, Id) ->
    room ! {join, self()},
    Host ! {send, Id, <<"hello ", (integer_to_binary(Id))/binary, "\n">>},
    connection(Host, Id, <<>>).

connection(Host, Id, Rest) ->
    receive
        {data, Bytes} ->
            connection(Host, Id, lines(Host, Id, <<Rest/binary, Bytes/binary>>));
        {line, Line} ->
            Host ! {send, Id, Line},
            connection(Host, Id, Rest);
        closed ->
            ok
    end.

lines(Host, Id, Bytes) ->
    case binary:split(Bytes, <<"\n">>) of
        [Line, Rest] -> line(Host, Id, Line), lines(Host, Id, Rest);
        [Rest] -> Rest
    end.

line(Host, Id, <<"quit">>) -> Host ! {close, Id};
line(Host, Id, <<"echo ", Text/binary>>) -> Host ! {send, Id, <<Text/binary, "\n">>};
line(_, Id, Text) -> room ! {say, self(), <<(integer_to_binary(Id))/binary, ": ", Text/binary, "\n">>}.
