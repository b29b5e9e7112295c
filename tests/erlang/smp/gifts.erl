%% Tables given to processes that end meanwhile, and left to heirs that do: none outlives its owner.
-module(gifts).
-export([start/0]).

start() ->
    Before = length(ets:all()),
    Givers = [spawn_monitor(fun() -> give(K, 300) end) || K <- lists:seq(1, 4)],
    Reasons = [receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Givers],
    {Reasons, settled(Before, 2000)}.

give(_, 0) ->
    ok;
give(K, N) ->
    Me = self(),
    {Heir, H} = spawn_monitor(fun() -> Me ! {self(), here}, spin(N rem 7 * K) end),
    Table = ets:new(gift, [public, {heir, Heir, mine}]),
    ets:insert(Table, {N, K}),
    {To, M} = spawn_monitor(fun() -> Me ! {self(), here}, spin(N rem 5 * K) end),
    receive {To, here} -> ok end,
    case catch ets:give_away(Table, To, gift) of
        true -> ok;
        {'EXIT', {badarg, _}} -> ets:delete(Table)
    end,
    [receive {'DOWN', D, _, _, normal} -> ok end || D <- [H, M]],
    undefined = ets:info(Table, owner),
    give(K, N - 1).

spin(0) -> ok;
spin(N) -> spin(N - 1).

settled(Before, Tries) ->
    case length(ets:all()) of
        Before -> true;
        Now when Tries =:= 0 -> {Before, Now};
        _ -> receive after 1 -> settled(Before, Tries - 1) end
    end.
