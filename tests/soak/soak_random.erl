%% Numbers drawn from a seed: the same on every machine.
-module(soak_random).
-export([new/1, draw/2]).

-define(MODULUS, 2147483647).

new(Seed) -> 1 + (Seed * 7919 + 104729) rem (?MODULUS - 1).

%% {0..N-1, Next}.
draw(State, N) ->
    Next = State * 48271 rem ?MODULUS,
    {(Next bsr 7) rem N, Next}.
