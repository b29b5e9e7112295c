%% group: sequential
%% Maps of a few keys, made, matched and updated.
-module(maps_few).
-export([start/0]).

start() -> erlang:display(loop(8000000, #{x => 0, y => 1, name => "p", tags => [a]})), ok.

loop(0, #{x := X, y := Y}) -> {X, Y};
loop(N, #{x := X, y := Y} = M) -> loop(N - 1, step(M#{x := (X + Y) band 16#FFFF, y := N})).

step(#{x := X, tags := T} = M) when X band 1 =:= 0 -> M#{tags := T};
step(M) -> M#{name := "q"}.
