%% group: sequential
%% Floats in loops.
-module(mandelbrot).
-export([start/0]).

-define(SIZE, 450).

start() -> erlang:display(rows(0, 0)), ok.

rows(?SIZE, Sum) -> Sum;
rows(Y, Sum) -> rows(Y + 1, columns(0, 2.0 * Y / ?SIZE - 1.0, Sum)).

columns(?SIZE, _, Sum) -> Sum;
columns(X, Ci, Sum) -> columns(X + 1, Ci, Sum + point(0.0, 0.0, 2.0 * X / ?SIZE - 1.5, Ci, 50)).

point(_, _, _, _, 0) -> 1;
point(Zr, Zi, Cr, Ci, N) ->
    R2 = Zr * Zr,
    I2 = Zi * Zi,
    case R2 + I2 > 4.0 of
        true -> 0;
        false -> point(R2 - I2 + Cr, 2.0 * Zr * Zi + Ci, Cr, Ci, N - 1)
    end.
