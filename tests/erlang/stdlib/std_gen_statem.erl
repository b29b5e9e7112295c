%% The stock behaviour gen_statem in both callback modes: time-outs, postponing, enter calls, actions.
-module(std_gen_statem).
-behaviour(gen_statem).
-export([start/0]).
-export([init/1, callback_mode/0, locked/3, open/3, waiting/3, terminate/3]).
-include("../support/show.hrl").

start() ->
    process_flag(trap_exit, true),
    {ok, P} = gen_statem:start_link({local, door}, ?MODULE, {self(), [1, 2, 3]}, []),
    ?P(notes(P)),
    ?P([gen_statem:call(P, {button, B}) || B <- [9, 1, 2, 3]]), ?P(notes(P)), ?P(gen_statem:call(door, state)), ?P(gen_statem:call(P, {button, 1})), ?P(begin receive after 80 -> ok end, notes() end), ?P(gen_statem:call(P, state)),
    ?P(gen_statem:call(P, go_wait)), ?P(begin P ! early, gen_statem:cast(P, wake), gen_statem:call(P, state) end), ?P(notes(P)), ?P(gen_statem:call(P, {next_event, 3})), ?P(notes(P)), ?P(gen_statem:call(P, event_timeout)), ?P(begin receive after 40 -> ok end, notes() end), ?P(gen_statem:call(P, generic)), ?P(begin receive after 40 -> ok end, notes() end), ?P(gen_statem:call(P, cancel_generic)), ?P(begin receive after 40 -> ok end, notes() end),
    ?P(begin {S, D} = sys:get_state(P), {S, element(2, D)} end), ?P(begin R = gen_statem:send_request(P, state), gen_statem:receive_response(R) end), ?P(gen_statem:call(P, unknown_request, 20)), ?P(gen_statem:stop(P)), ?P(receive {'EXIT', P, W} -> W end), ?P(notes()), ?P(gen_statem:call(P, state)),
    ?P(gen_statem:start(?MODULE, stop, [])), ?P(gen_statem:start(?MODULE, ignore, [])), ?P(element(1, element(2, gen_statem:start(?MODULE, bad, [])))),
    {ok, P2} = gen_statem:start(?MODULE, {self(), [1]}, []),
    ?P(begin R = monitor(process, P2), gen_statem:cast(P2, crash), receive {'DOWN', R, _, _, {E, _}} -> E end end), ?P(notes()),
    ok.

%% After what P still had to do.
notes(P) -> _ = sys:get_state(P), notes().

notes() -> receive {note, N} -> [N | notes()] after 0 -> [] end.

callback_mode() -> [state_functions, state_enter].

init(stop) -> {stop, no};
init(ignore) -> ignore;
init({To, Code}) -> {ok, locked, {To, Code, []}}.

locked(enter, Old, {To, C, _}) -> To ! {note, {enter_locked, Old}}, {keep_state, {To, C, []}};
locked({call, From}, {button, B}, {To, Code, So}) ->
    case So ++ [B] of
        Code -> {next_state, open, {To, Code, []}, [{reply, From, opened}]};
        Part -> case lists:prefix(Part, Code) of
                    true -> {keep_state, {To, Code, Part}, [{reply, From, more}]};
                    false -> {keep_state, {To, Code, []}, [{reply, From, wrong}]}
                end
    end;
locked({call, From}, go_wait, D) -> {next_state, waiting, D, [{reply, From, gone}]};
locked({call, From}, {next_event, N}, D) -> {keep_state, D, [{reply, From, queued} | [{next_event, internal, {step, I}} || I <- lists:seq(1, N)]]};
locked(internal, {step, I}, {To, _, _}) -> To ! {note, {step, I}}, keep_state_and_data;
locked({call, From}, event_timeout, _) -> {keep_state_and_data, [{reply, From, armed}, {timeout, 5, tick}]};
locked(timeout, tick, {To, _, _}) -> To ! {note, event_timeout}, keep_state_and_data;
locked({call, From}, generic, _) -> {keep_state_and_data, [{reply, From, armed}, {{timeout, a}, 5, one}, {{timeout, b}, 10, two}]};
locked({call, From}, cancel_generic, _) -> {keep_state_and_data, [{{timeout, a}, 5, one}, {{timeout, a}, cancel}, {reply, From, cancelled}]};
locked({timeout, Name}, What, {To, _, _}) -> To ! {note, {Name, What}}, keep_state_and_data;
locked({call, _}, unknown_request, _) -> keep_state_and_data;
locked(cast, crash, _) -> error(statem_crash);
locked(T, E, D) -> common(T, E, locked, D).

open(enter, Old, {To, _, _}) -> To ! {note, {enter_open, Old}}, {keep_state_and_data, [{state_timeout, 40, close}]};
open(state_timeout, close, {To, _, _} = D) -> To ! {note, closing}, {next_state, locked, D};
open({call, _}, {button, _}, _) -> {keep_state_and_data, [postpone]};
open(T, E, D) -> common(T, E, open, D).

waiting(enter, _, _) -> keep_state_and_data;
waiting(cast, wake, {To, _, _} = D) -> To ! {note, woken}, {next_state, locked, D};
waiting(info, early, _) -> {keep_state_and_data, [postpone]};
waiting(T, E, D) -> common(T, E, waiting, D).

common({call, From}, state, S, _) -> {keep_state_and_data, [{reply, From, S}]};
common(info, I, S, {To, _, _}) -> To ! {note, {info, I, S}}, keep_state_and_data.

terminate(Reason, S, {To, _, _}) ->
    To ! {note, {terminated, case Reason of {R, _} -> R; R -> R end, S}},
    ok.
