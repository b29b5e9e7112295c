%% Servers that `erl` starts before any program. The machine starts each as a process of that name, when
%% the name is first looked for: a program that needs none pays for none.
-module(atomvm_servers).
-export([application_controller/0, erl_prim_loader/0, file_server_2/0, global_name_server/0, kernel_safe_sup/0,
         kernel_sup/0, standard_error/0, init/1]).

%% What the stock module `file` asks for all that is not raw.
-spec file_server_2() -> no_return().
file_server_2() -> enter(file_server_2, file_server, []).

%% Names for {global, Name}; the machine starts it for whom asks for its table, too.
-spec global_name_server() -> no_return().
global_name_server() -> enter(global_name_server, global, []).

%% Under which `dets` and others start their own servers.
-spec kernel_safe_sup() -> no_return().
kernel_safe_sup() -> enter(kernel_safe_sup, supervisor, {{local, kernel_safe_sup}, ?MODULE, safe}).

%% Under which `timer` starts its server.
-spec kernel_sup() -> no_return().
kernel_sup() -> enter(kernel_sup, supervisor, {{local, kernel_sup}, ?MODULE, kernel}).

init(safe) -> {ok, {{one_for_one, 4, 3600}, []}};
init(kernel) -> {ok, {{one_for_all, 0, 1}, []}}.

-spec standard_error() -> no_return().
standard_error() -> atomvm_io:start(2).

%% Applications: the stock controller, to which kernel and stdlib are applications that run and have no
%% processes. What was sent to the name before it was there goes on to it, and this process stays: who
%% sent it watches this one.
-spec application_controller() -> no_return().
application_controller() ->
    true = unregister(application_controller),
    true = register(atomvm_applications, self()),
    true = erts_internal:group_leader(atomvm_host:leader(), self()),
    %% The one that is there is for who reads it without a controller: empty.
    _ = ets:whereis(ac_tab) =/= undefined andalso ets:delete(ac_tab),
    {ok, Controller} = application_controller:start(library(kernel, [])),
    ok = application:load(library(stdlib, [kernel])),
    ok = application:start(kernel),
    ok = application:start(stdlib),
    forward(Controller).

library(Name, Needed) ->
    {application, Name, [{description, "of Erlang/OTP"}, {vsn, "0"}, {modules, []}, {registered, []},
                         {applications, Needed}]}.

%% An exit of the controller is that of this process too.
forward(Controller) ->
    receive
        {'EXIT', Controller, Reason} -> exit(Reason);
        Message -> Controller ! Message
    end,
    forward(Controller).

%% Answers what the stock module of that name asks, for files only: no archives.
-spec erl_prim_loader() -> no_return().
erl_prim_loader() ->
    receive
        {From, Request} when is_pid(From) -> From ! {self(), try loader(Request) catch _:_ -> error end};
        _ -> ok
    end,
    erl_prim_loader().

loader({get_path, _}) -> {ok, atomvm:code_path()};
loader({set_path, _}) -> ok;
loader({get_file, File}) -> whole(prim_file:read_file(File), File);
loader({read_file, File}) -> prim_file:read_file(File);
loader({list_dir, Folder}) -> prim_file:list_dir(Folder);
loader({read_file_info, File}) -> prim_file:read_file_info(File);
loader({read_link_info, File}) -> prim_file:read_link_info(File);
loader({Request, [Name]}) when Request =:= read_file; Request =:= list_dir; Request =:= read_file_info;
                                 Request =:= read_link_info ->
    loader({Request, Name});
loader({get_cwd, []}) -> prim_file:get_cwd();
loader({get_cwd, [Drive]}) -> prim_file:get_cwd(Drive);
loader(purge_archive_cache) -> ok;
loader(_) -> error.

whole({ok, Bytes}, File) -> {ok, Bytes, File};
whole(Error, _) -> Error.

%% Goes on as a gen_server that proc_lib has started.
enter(Name, Module, Argument) ->
    true = erts_internal:group_leader(atomvm_host:leader(), self()),
    put('$initial_call', {Module, init, 1}),
    put('$ancestors', [parent(whereis(init))]),
    State = element(2, Module:init(Argument)),
    gen_server:enter_loop(Module, [], State, {local, Name}).

parent(undefined) -> self();
parent(Init) -> Init.
