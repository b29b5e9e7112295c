%% The group leader of a program: the I/O protocol over standard input and output; and `standard_error`.
%%
%% Encoding, options and error replies are those of the stock `user` process started with -noshell.
%% Input that was read and not yet asked for is kept in `rest`, as it came (a binary) or as a list of
%% characters. While a request waits for input, requests that need none are served.
-module(atomvm_io).
-export([start/0, start/1]).

-record(io, {stream = 1, encoding = latin1, mode = list, rest = [], eof = false}).

-define(NEEDS_INPUT(R), (element(1, R) =:= get_until orelse element(1, R) =:= get_line
                         orelse element(1, R) =:= get_chars)).
-define(READ_SIZE, 16384).

-spec start() -> no_return().
start() -> loop(#io{}).

%% Serves output only, to standard error (2).
-spec start(2) -> no_return().
start(2) -> loop(#io{stream = 2}).

loop(S) ->
    receive
        {io_request, From, As, Request} when is_pid(From) -> loop(serve(From, As, Request, S));
        _ -> loop(S)
    end.

serve(From, As, Request, S0) ->
    {Reply, S} = request(Request, S0),
    From ! {io_reply, As, Reply},
    S.

request({put_chars, Encoding, Chars}, S) -> {put_chars(Chars, Encoding, S), S};
request({put_chars, Encoding, M, F, A}, S) ->
    Reply = try apply(M, F, A) of
        Chars -> put_chars(Chars, Encoding, S)
    catch
        _:_ -> {error, put_chars}
    end,
    {Reply, S};
request(Request, #io{stream = 2} = S) when ?NEEDS_INPUT(Request) -> {{error, {request, Request}}, S};
request({get_chars, Encoding, Prompt, N}, S) -> input(Prompt, Encoding, {collect_chars, N}, get_chars, S);
request({get_line, Encoding, Prompt}, S) -> input(Prompt, Encoding, {collect_line, []}, get_line, S);
request({get_until, Encoding, Prompt, M, F, A}, S) -> input(Prompt, Encoding, {get_until, {M, F, A}}, F, S);
request(getopts, #io{stream = 2} = S) -> {[{encoding, S#io.encoding}], S};
request(getopts, S) -> {[{binary, S#io.mode =:= binary}, {encoding, S#io.encoding}], S};
request({setopts, Options}, S) when is_list(Options) -> options(Options, S, S);
request({requests, Requests}, S) when is_list(Requests) -> requests(Requests, ok, S);
request({get_geometry, _}, S) -> {{error, enotsup}, S};
request({put_chars, Chars}, S) -> request({put_chars, latin1, Chars}, S);
request({get_line, Prompt}, S) -> request({get_line, latin1, Prompt}, S);
request(Request, S) -> {{error, {request, Request}}, S}.

%% Stops at the first that fails.
requests([], Reply, S) -> {Reply, S};
requests([R | Rs], _, S0) ->
    case request(R, S0) of
        {{error, _}, _} = Failed -> Failed;
        {Reply, S} -> requests(Rs, Reply, S)
    end.

%% All or nothing: Old is what stays when one of them is unknown.
options([], _, S) -> {ok, S};
options([O | Os], Old, S) ->
    case option(O, S) of
        #io{} = New -> options(Os, Old, New);
        unknown -> {{error, enotsup}, Old}
    end;
options(_, Old, _) -> {{error, enotsup}, Old}.

option(binary, S) -> S#io{mode = binary};
option(list, S) -> S#io{mode = list};
option({binary, true}, S) -> S#io{mode = binary};
option({binary, false}, S) -> S#io{mode = list};
option({list, true}, S) -> S#io{mode = list};
option({list, false}, S) -> S#io{mode = binary};
option({encoding, latin1}, S) -> S#io{encoding = latin1};
option({encoding, E}, S) when E =:= unicode; E =:= utf8 -> S#io{encoding = unicode};
option(E, S) when E =:= latin1; E =:= unicode -> option({encoding, E}, S);
option(_, _) -> unknown.

%% ---- output ----

put_chars(Chars, From, #io{stream = Stream, encoding = To}) ->
    try bytes(Chars, From, To) of
        Bytes -> written(atomvm:write(Stream, Bytes))
    catch
        _:_ -> {error, put_chars}
    end.

written(ok) -> ok;
written({error, _} = Error) -> Error.

%% Characters that latin1 lacks are written as \x{...}.
bytes(Chars, From, To) ->
    case unicode:characters_to_binary(Chars, From, To) of
        Bytes when is_binary(Bytes) -> Bytes;
        _ when To =:= latin1, From =:= unicode -> escaped(unicode:characters_to_list(Chars, From))
    end.

escaped(Chars) when is_list(Chars) ->
    list_to_binary([case C > 255 of
                        true -> ["\\x{", integer_to_list(C, 16), "}"];
                        false -> C
                    end || C <- Chars]).

%% ---- input ----

%% Collector is a function of io_lib and its argument, fed until it has enough.
input(Prompt, Encoding, Collector, Name, S) ->
    case prompt(Prompt, S) of
        ok when S#io.eof, S#io.rest =:= [] -> {eof, S};
        ok ->
            try collect(start, Encoding, Collector, S)
            catch _:_ -> {{error, Name}, S#io{rest = []}}
            end;
        {error, _} -> {{error, Name}, S}
    end.

prompt('', _) -> ok;
prompt(Prompt, S) ->
    put_chars(io_lib:format_prompt(Prompt, S#io.encoding), unicode, S).

collect(State, Encoding, {F, A} = Collector, S0) ->
    {Data, S} = next(Encoding, S0),
    case io_lib:F(State, Data, Encoding, A) of
        {stop, Result, eof} -> {Result, S};
        {stop, Result, Rest} -> {Result, keep(Rest, Encoding, S)};
        More -> collect(More, Encoding, Collector, S)
    end.

next(Encoding, #io{rest = []} = S0) ->
    case fill(S0) of
        #io{rest = []} = S -> {eof, S};
        S -> next(Encoding, S)
    end;
next(Encoding, #io{rest = Rest} = S) -> {cast(Rest, Encoding, S), S#io{rest = []}}.

%% What a collector gave back has its caller's encoding; the buffer has that of the input.
keep([], _, S) -> S#io{rest = []};
keep(<<>>, _, S) -> S#io{rest = []};
keep(Rest, _, S) when is_list(Rest) -> S#io{rest = Rest};
keep(Rest, Encoding, #io{encoding = Encoding} = S) -> S#io{rest = Rest};
keep(Rest, Encoding, S) -> S#io{rest = unicode:characters_to_binary(Rest, Encoding, S#io.encoding)}.

fill(#io{eof = true} = S) -> S;
fill(S) ->
    case atomvm:read(?READ_SIZE) of
        wait -> fill(await(S));
        Bytes when is_binary(Bytes) -> whole(Bytes, S);
        _ -> S#io{eof = true}
    end.

await(S) ->
    receive
        {atomvm_input, ready} -> S;
        {io_request, From, As, Request} when not ?NEEDS_INPUT(Request) -> await(serve(From, As, Request, S))
    end.

%% A UTF-8 character that was cut by the read is completed by further ones.
whole(Bytes, #io{encoding = latin1} = S) -> S#io{rest = Bytes};
whole(Bytes, S) ->
    case unicode:characters_to_binary(Bytes) of
        {incomplete, _, Tail} ->
            case atomvm:read(?READ_SIZE) of
                wait -> whole(Bytes, await(S));
                More when is_binary(More) -> whole(<<Bytes/binary, More/binary>>, S);
                _ -> S#io{rest = binary:part(Bytes, 0, byte_size(Bytes) - byte_size(Tail)), eof = true}
            end;
        _ -> S#io{rest = Bytes}
    end.

cast(Rest, Encoding, #io{mode = list, encoding = From}) ->
    Chars = case Rest of
        _ when is_list(Rest) -> Rest;
        _ -> unicode:characters_to_list(Rest, From)
    end,
    true = Encoding =:= unicode orelse lists:all(fun(C) -> C < 256 end, Chars),
    Chars;
cast(Rest, Encoding, #io{mode = binary, encoding = From}) ->
    In = case Rest of
        _ when is_list(Rest) -> unicode;
        _ -> From
    end,
    Out = unicode:characters_to_binary(Rest, In, Encoding),
    true = is_binary(Out),
    Out.
