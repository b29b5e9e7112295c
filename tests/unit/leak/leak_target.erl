%% A module that is loaded again and again: large literals of every kind.
-module(leak_target).
-export([all/0, nested/0, text/0, tag/0, closure/1]).

-define(FOUR(X), X, X, X, X).
-define(LONG(X), X X X X X X X X X X X X).

all() -> {nested(), text(), tag(), numbers(), map(), fun erlang:display/1}.

nested() -> [?FOUR(?FOUR(?FOUR({key, [1, 2, 3], "a string", #{a => 1.5, b => <<"short">>}})))].

text() -> <<?LONG("a binary that is too large for a heap; ")>>.

tag() -> {'DOWN', of_a_purged, [module]}.

numbers() -> {1 bsl 200, -(1 bsl 90), 3.25, 16#7fffffffffffffff}.

map() ->
    #{01 => a, 02 => a, 03 => a, 04 => a, 05 => a, 06 => a, 07 => a, 08 => a, 09 => a, 10 => a,
      11 => a, 12 => a, 13 => a, 14 => a, 15 => a, 16 => a, 17 => a, 18 => a, 19 => a, 20 => a,
      21 => a, 22 => a, 23 => a, 24 => a, 25 => a, 26 => a, 27 => a, 28 => a, 29 => a, 30 => a,
      31 => a, 32 => a, 33 => a, 34 => a, {x, [y]} => {z, "z"}}.

closure(X) -> fun(Y) -> {X, Y, nested()} end.
