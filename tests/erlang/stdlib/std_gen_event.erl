%% The stock behaviour gen_event: handlers added, called, swapped, removed, failing.
-module(std_gen_event).
-behaviour(gen_event).
-export([start/0]).
-export([init/1, handle_event/2, handle_call/2, handle_info/2, terminate/2]).
-include("../support/show.hrl").

start() ->
    process_flag(trap_exit, true),
    {ok, P} = gen_event:start_link({local, bus}),
    ?P(gen_event:add_handler(P, ?MODULE, {self(), one})), ?P(gen_event:add_handler(bus, {?MODULE, two}, {self(), two})), ?P(gen_event:add_handler(P, ?MODULE, {self(), again})), ?P(gen_event:which_handlers(P)), ?P(gen_event:notify(P, hello)), ?P(gen_event:sync_notify(P, world)), ?P(notes()), ?P(gen_event:call(P, ?MODULE, get)), ?P(gen_event:call(P, {?MODULE, two}, {set, new})), ?P(gen_event:call(P, {?MODULE, two}, get)), ?P(gen_event:call(P, nohandler, get)),
    ?P(begin P ! info, gen_event:sync_notify(P, x), notes() end), ?P(gen_event:swap_handler(P, {{?MODULE, two}, swap}, {{?MODULE, three}, {self(), three}})), ?P(notes()), ?P(gen_event:which_handlers(P)), ?P(gen_event:delete_handler(P, ?MODULE, bye)), ?P(notes()), ?P(gen_event:delete_handler(P, ?MODULE, bye)),
    ?P(gen_event:sync_notify(P, remove)), ?P(gen_event:which_handlers(P)), ?P(notes()), ?P(gen_event:add_sup_handler(P, {?MODULE, sup}, {self(), sup})), ?P(gen_event:sync_notify(P, crash)), ?P(receive {gen_event_EXIT, H, {'EXIT', {R, _}}} -> {H, R} after 500 -> none end), ?P(gen_event:which_handlers(P)), ?P(gen_event:add_handler(P, ?MODULE, bad)), ?P(gen_event:add_handler(P, no_such_handler_module, []) =/= ok), ?P(begin Rq = gen_event:send_request(P, ?MODULE, get), gen_event:receive_response(Rq, 100) end),
    ?P(gen_event:add_handler(P, ?MODULE, {self(), last})), ?P(gen_event:stop(P)), ?P(receive {'EXIT', P, W} -> W end), ?P(notes()), ?P(gen_event:notify(bus, x)), ?P(gen_event:sync_notify(P, x)),
    ok.

notes() -> receive {note, N} -> [N | notes()] after 0 -> [] end.

init(bad) -> {error, no};
init({{To, Name}, Left}) -> To ! {note, {swapped_in, Name, Left}}, {ok, {To, Name}};
init({To, Name}) -> To ! {note, {init, Name}}, {ok, {To, Name}}.

handle_event(remove, _) -> remove_handler;
handle_event(crash, {_, sup}) -> error(handler_crash);
handle_event(E, {To, Name} = S) -> To ! {note, {Name, E}}, {ok, S}.

handle_call(get, {_, Name} = S) -> {ok, Name, S};
handle_call({set, New}, {To, Old}) -> {ok, Old, {To, New}}.

handle_info(I, {To, Name} = S) -> To ! {note, {Name, info, I}}, {ok, S}.

terminate(Why, {To, Name}) ->
    To ! {note, {terminate, Name, case Why of {error, _} -> error; _ -> Why end}},
    {left, Name}.
