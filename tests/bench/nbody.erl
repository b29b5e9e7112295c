%% group: sequential
%% Floats in tuples and lists: planets moving.
-module(nbody).
-export([start/0]).

start() ->
    Bodies = [{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47841760435743},
              {4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.606326392995832, 2.81198684491626, -0.02521836165988763, 0.03769367487038949},
              {8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -1.01077434617879, 1.82566237123041, 0.00841576137658415, 0.011286326131968767},
              {12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 1.08279100644154, 0.868713018169608, -0.0108326374013636, 0.0017237240570597112},
              {15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.979090732243898, 0.594698998647676, -0.0347559555040781, 0.0020336868699246304}],
    erlang:display(round(energy(steps(120000, Bodies)) * 1000000000)),
    ok.

steps(0, Bodies) -> Bodies;
steps(N, Bodies) -> steps(N - 1, [move(B, Bodies, 0.001) || B <- Bodies]).

move({X, Y, Z, Vx, Vy, Vz, M}, Others, Dt) ->
    {Ax, Ay, Az} = pull(Others, X, Y, Z, 0.0, 0.0, 0.0),
    Wx = Vx + Ax * Dt,
    Wy = Vy + Ay * Dt,
    Wz = Vz + Az * Dt,
    {X + Wx * Dt, Y + Wy * Dt, Z + Wz * Dt, Wx, Wy, Wz, M}.

pull([], _, _, _, Ax, Ay, Az) -> {Ax, Ay, Az};
pull([{X, Y, Z, _, _, _, _} | T], X, Y, Z, Ax, Ay, Az) -> pull(T, X, Y, Z, Ax, Ay, Az);
pull([{X1, Y1, Z1, _, _, _, M} | T], X, Y, Z, Ax, Ay, Az) ->
    Dx = X1 - X,
    Dy = Y1 - Y,
    Dz = Z1 - Z,
    D2 = Dx * Dx + Dy * Dy + Dz * Dz,
    F = M / (D2 * math:sqrt(D2)),
    pull(T, X, Y, Z, Ax + Dx * F, Ay + Dy * F, Az + Dz * F).

energy([]) -> 0.0;
energy([{_, _, _, Vx, Vy, Vz, M} | T]) -> 0.5 * M * (Vx * Vx + Vy * Vy + Vz * Vz) + energy(T).
