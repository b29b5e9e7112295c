%% References, pids and unique integers: identity, order, text, external form.
-module(refs_pids).
-export([start/0]).

start() ->
    R1 = make_ref(), R2 = make_ref(),
    erlang:display({R1 =:= R1, R1 =:= R2, R1 < R2 orelse R2 < R1, is_reference(R1)}),
    erlang:display(list_to_ref(ref_to_list(R1)) =:= R1),
    P = self(),
    Q = spawn(fun() -> ok end),
    erlang:display({P =:= Q, is_pid(Q), P < Q orelse Q < P, list_to_pid(pid_to_list(Q)) =:= Q}),
    erlang:display(binary_to_term(term_to_binary({P, Q, R1, R2})) =:= {P, Q, R1, R2}),
    erlang:display({node(P), node(R1), node(), is_alive()}),
    U = [erlang:unique_integer() || _ <- [1, 2, 3, 4]],
    erlang:display(distinct(U)),
    [A, B, C] = [erlang:unique_integer([monotonic]) || _ <- [1, 2, 3]],
    erlang:display({A < B, B < C}),
    erlang:display([N > 0 || _ <- [1, 2, 3], N <- [erlang:unique_integer([positive])]]),
    External = <<131, 88, 119, 5, "x@y.z", 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9>>,
    E = binary_to_term(External),
    erlang:display({is_pid(E), node(E), E =:= binary_to_term(External), E =/= P, P < E, term_to_binary(E) =:= External}),
    ER = binary_to_term(<<131, 90, 0, 2, 119, 5, "x@y.z", 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2>>),
    erlang:display({is_reference(ER), node(ER)}),
    EP = binary_to_term(<<131, 89, 119, 5, "x@y.z", 0, 0, 0, 7, 0, 0, 0, 1>>),
    erlang:display({is_port(EP), node(EP)}),
    erlang:display(map_size(#{P => 1, R1 => 2, E => 3, ER => 4})),
    ok.

distinct([]) -> true;
distinct([H | T]) -> not lists:member(H, T) andalso distinct(T).
