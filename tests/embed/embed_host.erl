%% What the tests of tests/embed run.
-module(embed_host).
-export([collect/1, sleep/0, wait/0, spin/0, eat/0, add/2, links/0, twice/1, version/0]).

%% Ends with all_of_them when Count whole messages have come.
collect(0) -> exit(all_of_them);
collect(Count) ->
    receive
        {I, Text, [I, J], 1.5, Big} when J =:= I + 1, byte_size(Text) =:= I rem 200,
                                         Big =:= (1 bsl 63) - 1 - I ->
            collect(Count - 1)
    end.

sleep() -> receive after 50 -> ok end.

wait() -> receive stop -> ok end.

spin() -> spin().

eat() -> eat([]).

eat(L) -> eat([L, L | {L, binary:copy(<<0>>, 1000)}]).

add(A, B) -> A + B.

links() -> {links, Links} = process_info(self(), links), length(Links).

%% Natives of the host in two versions of a module.
twice(_) -> erlang:nif_error(not_loaded).

version() -> 1.
