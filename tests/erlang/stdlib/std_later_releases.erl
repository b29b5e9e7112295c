%% Natives that only the libraries of later releases call; on a release that has not got them, what later ones say.
-module(std_later_releases).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    iterators(),
    sleeps().

%% Iterators with an order: the keys that are left, and the map.
iterators() ->
    M = #{c => 1, {a} => 2, 7 => 3},
    ?P(walk(lists:sort(maps:keys(M)), M)),
    Large = maps:from_list([{N, -N} || N <- lists:seq(1, 1000)]),
    ?P(erlang:phash2(walk(lists:reverse(lists:sort(maps:keys(Large))), Large))),
    ?P([next([], #{}), next([], M), next([none], M)]).

%% A native may give several pairs at once, each with what follows.
walk(Keys, Map) -> walk(next(Keys, Map)).

walk({K, V, [Rest | Map]}) -> [{K, V} | walk(Rest, Map)];
walk({K, V, Next}) -> [{K, V} | walk(Next)];
walk(none) -> [].

next(Keys, Map) ->
    try erts_internal:map_next(Keys, Map, iterator)
    catch error:badarg when Keys =:= [] -> none;
          error:badarg when is_map_key(hd(Keys), Map) -> {hd(Keys), map_get(hd(Keys), Map), [tl(Keys) | Map]};
          error:badarg -> badarg
    end.

%% hibernate/0 returns when there is a message, and takes none.
sleeps() ->
    Me = self(),
    Pid = spawn_link(fun() -> sleeper(Me, {some, "state"}) end),
    ?P([begin timer:sleep(10), Pid ! {N, self()}, receive Answer -> Answer end end || N <- [1, 2, 3]]),
    self() ! here,
    ?P([hibernate(), receive here -> here end]).

sleeper(Me, State) ->
    Before = lists:seq(1, 10),
    hibernate(),
    Garbage = lists:sum(Before),
    receive {N, Me} -> Me ! {N, Garbage, State} end,
    sleeper(Me, State).

hibernate() ->
    try apply(erlang, hibernate, [])
    catch error:undef -> ok
    end.
