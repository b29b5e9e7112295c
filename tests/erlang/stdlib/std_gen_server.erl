%% The stock behaviour gen_server: calls, casts, timeouts, stopping, failing, multi-calls, state through sys.
-module(std_gen_server).
-behaviour(gen_server).
-export([start/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3, format_status/1]).
-include("../support/show.hrl").

start() ->
    process_flag(trap_exit, true),
    {ok, P} = gen_server:start_link({local, counter}, ?MODULE, {self(), 5}, []),
    ?P(receive_all()),
    ?P(gen_server:call(counter, get)), ?P(gen_server:call(P, {add, 3})), ?P(gen_server:cast(P, {add, 4})), ?P(gen_server:call(counter, get)), ?P(gen_server:call(P, later)), ?P(gen_server:call(P, {continue, 9})), ?P(gen_server:call({counter, node()}, get)),
    ?P(gen_server:call(P, {sleep, 50}, 5)), ?P(begin timer_sleep(80), receive_all() end), ?P(begin counter ! {info, x}, gen_server:call(P, get) end), ?P(receive_all()), ?P(gen_server:call(P, timeout_now)), ?P(begin timer_sleep(30), receive_all() end),
    ?P(gen_server:start({local, counter}, ?MODULE, {self(), 1}, []) =:= {error, {already_started, P}}), ?P(sys:get_state(P) =:= {self(), 23}), ?P(begin sys:replace_state(P, fun({S, _}) -> {S, 100} end), gen_server:call(P, get) end), ?P(sys:suspend(P)), ?P(begin gen_server:cast(P, {add, 1}), sys:resume(P), gen_server:call(P, get) end), ?P(sys:change_code(P, ?MODULE, old, extra)),
    ?P(begin sys:suspend(P), sys:change_code(P, ?MODULE, old, extra), sys:resume(P), gen_server:call(P, get) end), ?P(begin {status, P, {module, M}, [_, St, _, _, _]} = sys:get_status(P), {M, St} end), ?P(sys:statistics(P, true)), ?P(begin gen_server:call(P, get), {ok, S} = sys:statistics(P, get), lists:keyfind(messages_in, 1, S) end), ?P(sys:log(P, true)), ?P(begin gen_server:call(P, get), {ok, L} = sys:log(P, get), length(L) > 0 end),
    ?P(gen_server:reply({self(), make_ref()}, unheard)), ?P(receive_all() =/= none), ?P(begin R = gen_server:send_request(P, get), gen_server:receive_response(R, 1000) end), ?P(begin R = gen_server:send_request(P, get), gen_server:wait_response(R, 1000) end), ?P(begin R = gen_server:send_request(P, get), receive M -> gen_server:check_response(M, R) end end), ?P(gen_server:multi_call([node()], counter, get) =:= {[{node(), 101}], []}), ?P(gen_server:abcast(counter, {add, 1})),
    ?P(gen_server:call(P, stop_please)), ?P(receive {'EXIT', P, Why} -> Why end), ?P(receive_all()), ?P(gen_server:call(counter, get)), ?P(gen_server:cast(counter, x)), ?P(whereis(counter)),
    {ok, P2} = gen_server:start_link(?MODULE, {self(), 1}, []),
    ?P(begin gen_server:stop(P2), receive {'EXIT', P2, Y} -> Y end end), ?P(receive_all()), ?P(gen_server:stop(P2)),
    ?P(gen_server:start_link(?MODULE, stop, [])), ?P(receive_exit()), ?P(gen_server:start_link(?MODULE, ignore, [])), ?P(receive_exit()), ?P(element(1, element(2, gen_server:start_link(?MODULE, crash, [])))), ?P(receive_exit()), ?P(gen_server:start(?MODULE, slow, [{timeout, 20}])), ?P(gen_server:start(no_such_module_at_all, [], []) =/= ok),
    {ok, P3} = gen_server:start(?MODULE, {self(), 1}, []),
    ?P(element(1, element(2, (catch gen_server:call(P3, crash))))), ?P(is_process_alive(P3)),
    {ok, P4} = gen_server:start(?MODULE, {self(), 1}, []),
    ?P(begin R = monitor(process, P4), gen_server:cast(P4, bad_return), receive {'DOWN', R, _, _, W} -> W end end),
    {ok, P5} = gen_server:start(?MODULE, {self(), 1}, [{hibernate_after, 10}]),
    ?P(begin timer_sleep(40), gen_server:call(P5, get) end), ?P(gen_server:stop(P5, shutdown, 1000)), ?P(receive_all()),
    ok.

timer_sleep(Ms) -> receive after Ms -> ok end.

receive_all() ->
    receive
        {note, X} -> [X | receive_all()];
        {R, _} when is_reference(R) -> [late_reply | receive_all()];
        {[alias | _], _} -> [late_reply | receive_all()]
    after 0 -> []
    end.

receive_exit() -> receive {'EXIT', _, {R, _}} -> R; {'EXIT', _, R} -> R after 50 -> none end.

init(stop) -> {stop, refused};
init(ignore) -> ignore;
init(crash) -> error(in_init);
init(slow) -> timer_sleep(200), {ok, x};
init({To, N}) -> To ! {note, init}, {ok, {To, N}, {continue, begin_with}}.

handle_continue(begin_with, {To, N}) -> To ! {note, continued}, {noreply, {To, N}};
handle_continue({reply, From, V}, S) -> gen_server:reply(From, {continued, V}), {noreply, S}.

handle_call(get, _, {_, N} = S) -> {reply, N, S};
handle_call({add, K}, _, {To, N}) -> {reply, ok, {To, N + K}};
handle_call(later, From, S) -> spawn(fun() -> gen_server:reply(From, answered_later) end), {noreply, S};
handle_call({continue, V}, From, S) -> {noreply, S, {continue, {reply, From, V}}};
handle_call({sleep, Ms}, _, S) -> timer_sleep(Ms), {reply, slept, S};
handle_call(timeout_now, _, S) -> {reply, armed, S, 5};
handle_call(stop_please, _, S) -> {stop, normal, stopping, S};
handle_call(crash, _, _) -> error(crashed).

handle_cast({add, K}, {To, N}) -> {noreply, {To, N + K}};
handle_cast(bad_return, _) -> nonsense.

handle_info(timeout, {To, _} = S) -> To ! {note, timed_out}, {noreply, S};
handle_info({info, X}, {To, N}) -> To ! {note, {info, X}}, {noreply, {To, N + 11}};
handle_info(_, S) -> {noreply, S}.

terminate(Reason, {To, N}) -> To ! {note, {terminate, kind(Reason), N}}, ok;
terminate(_, _) -> ok.

kind({R, _}) -> R;
kind(R) -> R.

code_change(old, {To, N}, extra) -> {ok, {To, N}}.

format_status(#{state := {_, N}} = S) -> S#{state => {hidden, N}};
format_status(S) -> S.
