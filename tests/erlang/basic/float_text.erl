%% Floats to text: shortest, with decimals, scientific; and back.
-module(float_text).
-export([start/0, id/1]).

start() ->
    Values = [0.0, -0.0, 1.0, 0.1, 100.0, 123456789.125, 1.0e15, 1.0e16, 1.0e21, 1.0e22, 1.0e23, 1.5e-7,
              5.0e-324, 1.7976931348623157e308, 3.141592653589793, 2.0e-5, 9007199254740992.0, 0.3],
    show(Values),
    erlang:display([c(fun() -> list_to_float(id(T)) end)
                    || T <- ["1.0", "-1.5e3", "1.0e400", "1", "1.", ".5", "1.0e", "+2.25", "1e5", "", "1.0x"]]),
    erlang:display([c(fun() -> binary_to_float(id(T)) end)
                    || T <- [<<"1.0">>, <<"-1.5E-3">>, <<"1">>, <<>>, <<"1.0 ">>, <<1:1>>, x]]),
    erlang:display(c(fun() -> float_to_list(id(1)) end)),
    erlang:display(c(fun() -> float_to_list(id(1.0), id([{decimals, -1}])) end)),
    erlang:display(c(fun() -> float_to_list(id(1.0), id([nothing])) end)),
    erlang:display({id(1.5), id(-0.0), id(1.0e100), [id(0.1)]}),
    ok.

id(X) -> X.

c(F) ->
    try
        case F() of
            V when is_float(V) -> float_to_list(V, [short]);
            V -> V
        end
    catch
        Class:Reason -> {Class, Reason}
    end.

show([]) -> ok;
show([F | Fs]) ->
    erlang:display({float_to_list(F), float_to_list(F, [short]), float_to_binary(F, [short])}),
    erlang:display({c(fun() -> float_to_list(F, [{decimals, 3}]) end),
                    c(fun() -> float_to_list(F, [{decimals, 10}, compact]) end),
                    c(fun() -> float_to_list(F, [{decimals, 0}]) end),
                    float_to_list(F, [{scientific, 5}]), float_to_binary(F, [{scientific, 20}])}),
    Text = float_to_list(F, [short]),
    erlang:display(<<F/float>> =:= <<(list_to_float(Text))/float>>),
    show(Fs).
