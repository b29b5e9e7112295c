%% Applications through the stock controller: loaded, started in order, restarted, stopped, refused.
-module(std_application).
-behaviour(application).
-export([start/0, start/2, stop/1, init/1, worker/1]).

start() ->
    show(application:load(app(lower, [kernel, stdlib], lower))),
    show(application:load(app(upper, [lower], upper))),
    show(application:load(app(upper, [lower], upper))),
    show(application:load(app(broken, [lower], broken))),
    show(application:load({application, library, [{description, "L"}, {vsn, "3"}, {applications, []},
                                                  {env, [{a, 1}, {b, "two"}]}]})),
    show(application:get_env(library, a)),
    show(application:get_env(library, none)),
    show(application:get_env(library, none, default)),
    show(application:set_env(library, a, 17)),
    show(lists:sort(application:get_all_env(library))),
    show(application:unset_env(library, a)),
    show(application:get_env(library, a)),
    show(application:start(upper)),
    show(application:ensure_all_started(upper)),
    show(application:start(upper)),
    show(names()),
    show(application:get_key(upper, applications)),
    show(application:get_application(lower_worker)),
    show(is_pid(whereis(lower_worker))),
    Old = whereis(lower_worker),
    Monitor = monitor(process, Old),
    exit(Old, kill),
    receive {'DOWN', Monitor, process, Old, Reason} -> show(Reason) end,
    show(wait(lower_worker, Old)),
    show(element(1, application:start(broken))),
    show(application:start(library)),
    show(application:stop(lower)),
    show(application:stop(upper)),
    show(application:stop(upper)),
    show([whereis(Name) || Name <- [lower_worker, upper_worker]]),
    show(names()),
    show(application:unload(upper)),
    show(application:unload(upper)),
    show(application:start(nothing_of_that_name) =:= ok),
    show(application:stop(library)).

show(Value) -> io:format("~p~n", [Value]).

names() -> [Name || {Name, _, _} <- application:which_applications(), Name =/= stdlib, Name =/= kernel].

wait(Name, Old) ->
    case whereis(Name) of
        undefined -> timer:sleep(1), wait(Name, Old);
        Old -> timer:sleep(1), wait(Name, Old);
        Pid -> is_pid(Pid)
    end.

app(Name, Needed, Argument) ->
    {application, Name, [{description, "An application"}, {vsn, "1"}, {modules, [?MODULE]},
                         {registered, []}, {applications, Needed}, {mod, {?MODULE, Argument}}]}.

start(normal, broken) ->
    {error, for_some_reason};
start(normal, Name) ->
    supervisor:start_link({local, Name}, ?MODULE, Name).

stop(Name) ->
    show({stopped, Name}).

init(Name) ->
    {ok, {{one_for_one, 3, 10},
          [{worker, {?MODULE, worker, [Name]}, permanent, 1000, worker, [?MODULE]}]}}.

worker(Name) ->
    Parent = self(),
    Pid = spawn_link(fun() ->
                         register(list_to_atom(atom_to_list(Name) ++ "_worker"), self()),
                         Parent ! ready,
                         receive never -> ok end
                     end),
    receive ready -> {ok, Pid} end.
