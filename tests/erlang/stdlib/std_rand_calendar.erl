%% The stock modules rand (seeded) and calendar.
-module(std_rand_calendar).
-export([start/0]).
-include("../support/show.hrl").

start() ->
    [begin
         S0 = rand:seed_s(Alg, {1, 2, 3}),
         {L, S1} = lists:mapfoldl(fun(_, S) -> rand:uniform_s(1000000, S) end, S0, lists:seq(1, 10)),
         {F, S2} = lists:mapfoldl(fun(_, S) -> rand:uniform_s(S) end, S1, lists:seq(1, 5)),
         {N, S3} = lists:mapfoldl(fun(_, S) -> rand:normal_s(S) end, S2, lists:seq(1, 5)),
         {B, S4} = rand:bytes_s(13, S3),
         {R, S5} = rand:uniform_real_s(S4),
         io:format("~p ~p ~p ~p ~p ~p~n", [Alg, L, F, N, B, R]),
         ?P(rand:export_seed_s(S5)),
         ?P(element(1, rand:uniform_s(1 bsl 70, S5)))
     end || Alg <- [exsss, exro928ss, exrop, exs1024s, exsp, exs64, exsplus, exs1024]],
    rand:seed(exsss, 42),
    ?P([rand:uniform(10) || _ <- lists:seq(1, 20)]), ?P(rand:uniform()), ?P(rand:normal(10, 2)), ?P(rand:bytes(4)), ?P(rand:uniform(0)), ?P(rand:seed_s(nothing, 1)), ?P(rand:export_seed()), ?P(rand:jump(rand:seed_s(exsss, 1)) =/= x), ?P(rand:mwc59(1)), ?P(rand:exsp_next(rand:exsp_jump([1 | 2]))), ?P(rand:splitmix64_next(7)),
    ?P(calendar:date_to_gregorian_days(2024, 2, 29)), ?P(calendar:gregorian_days_to_date(739310)), ?P(calendar:datetime_to_gregorian_seconds({{1970, 1, 1}, {0, 0, 0}})), ?P(calendar:gregorian_seconds_to_datetime(63800000000)), ?P(calendar:day_of_the_week(2024, 2, 29)), ?P(calendar:is_leap_year(1900)), ?P(calendar:last_day_of_the_month(2023, 2)), ?P(calendar:valid_date(2023, 2, 29)), ?P(calendar:valid_date({2024, 2, 29})),
    ?P(calendar:iso_week_number({2021, 1, 3})), ?P(calendar:iso_week_number({2020, 12, 31})), ?P(calendar:seconds_to_time(86399)), ?P(calendar:seconds_to_time(86400)), ?P(calendar:seconds_to_daystime(-1)), ?P(calendar:time_to_seconds({1, 2, 3})), ?P(calendar:time_difference({{2020, 1, 1}, {0, 0, 0}}, {{2020, 1, 2}, {1, 0, 0}})), ?P(calendar:system_time_to_universal_time(1700000000, second)), ?P(calendar:system_time_to_rfc3339(1700000000, [{offset, "Z"}])), ?P(calendar:system_time_to_rfc3339(1700000000123, [{unit, millisecond}, {offset, "+02:00"}])), ?P(calendar:rfc3339_to_system_time("2023-11-14T22:13:20Z")), ?P(calendar:rfc3339_to_system_time("2023-11-14T22:13:20.5+01:00", [{unit, millisecond}])), ?P(calendar:rfc3339_to_system_time("bad")),
    ?P(calendar:universal_time_to_local_time({{2020, 6, 1}, {12, 0, 0}})), ?P(calendar:local_time_to_universal_time_dst({{2020, 6, 1}, {12, 0, 0}})), ?P(calendar:now_to_datetime({1700, 0, 5})), ?P(calendar:now_to_universal_time({0, 0, 0})), ?P(calendar:date_to_gregorian_days(2023, 13, 1)), ?P([calendar:gregorian_days_to_date(D) || D <- [0, 1, 365, 366, 146097, 738000]]),
    ok.
