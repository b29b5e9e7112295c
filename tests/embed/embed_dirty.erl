%% The Erlang side of embed_dirty_test.c: nap, fail and hold are the host's, and take long.
-module(embed_dirty).
-export([nap/1, fail/1, hold/2, both/1, ticks/1, storm/1, erased/0, napping/1, killed/0]).

nap(_) -> erlang:nif_error(not_loaded).
fail(_) -> erlang:nif_error(not_loaded).
hold(_, _) -> erlang:nif_error(not_loaded).

%% Naps at the same time.
both(Count) ->
    Me = self(),
    Pids = [spawn_link(fun() -> Me ! {self(), nap(20)} end) || _ <- lists_seq(Count)],
    [receive {P, K} -> K end || P <- Pids].

lists_seq(0) -> [];
lists_seq(N) -> [N | lists_seq(N - 1)].

%% How often this process runs while another naps.
ticks(Ms) ->
    {P, M} = spawn_monitor(fun() -> nap(Ms) end),
    tick(P, M, 0).

tick(P, M, N) ->
    receive {'DOWN', M, process, P, normal} -> N after 10 -> tick(P, M, N + 1) end.

napping(Ms) -> spawn(fun() -> nap(Ms) end), ok.

%% Calls that end well, fail, are killed in their midst, hold terms that go.
storm(Count) ->
    process_flag(trap_exit, true),
    Pids = [spawn_link(fun() -> work(I) end) || I <- lists_seq(Count)],
    [exit(P, kill) || P <- every_third(Pids)],
    [receive {'EXIT', P, _} -> ok end || P <- Pids],
    Count.

every_third([_, _, P | Pids]) -> [P | every_third(Pids)];
every_third(_) -> [].

work(I) ->
    nap(I rem 3),
    {'EXIT', {failed, _}} = (catch fail(failed)),
    {'EXIT', {{a, I}, _}} = (catch fail({a, I})),
    self() ! I,
    Held = hold([{I, <<0:(I * 80)>>}], self()),
    receive {held, Sent} when Sent =:= Held -> ok end,
    receive I -> ok end.

%% A literal is sent and returned after it was erased, and all that was erased has gone.
erased() ->
    Expected = [x, {literal, "text"}, <<1:2000>>],
    persistent_term:put(embed_dirty, Expected),
    Me = self(),
    P = spawn_link(fun() -> Me ! {self(), hold(persistent_term:get(embed_dirty), Me)} end),
    receive begun -> ok end,
    persistent_term:erase(embed_dirty),
    [persistent_term:put(embed_dirty, {I, I}) || I <- lists_seq(20)],
    persistent_term:erase(embed_dirty),
    receive {held, Sent} -> Sent end,
    receive {P, Got} -> Got =:= Expected andalso Sent =:= Expected end.

killed() ->
    {P, M} = spawn_monitor(fun() -> nap(50), exit(survived) end),
    receive after 5 -> exit(P, kill) end,
    receive {'DOWN', M, process, P, R} -> R end.
