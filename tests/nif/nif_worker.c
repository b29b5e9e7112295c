/* A connection with a thread of its own that answers by messages, as libraries for databases have it:
** a queue under a mutex and a condition, environments that go from one thread to another, a thread that
** is joined when the last term has gone; and what a connection watches. */
#include <erl_nif.h>

#include <string.h>

typedef struct command {
    struct command *next;
    ErlNifEnv *env;                 /* NULL: the thread ends */
    ERL_NIF_TERM reference, question;
    ErlNifPid asker;
} command;

typedef struct {
    ErlNifTid thread;
    ErlNifMutex *mutex;
    ErlNifCond *changed;
    command *first, **last;
    int is_open;
} connection;

typedef struct {
    ErlNifRWLock *lock;
    int opened, closed, downs;
    ErlNifPid told;
} library;

static ErlNifResourceType *connection_type;
static ErlNifTSDKey answered_key;

static ERL_NIF_TERM answer(ErlNifEnv *env, ERL_NIF_TERM question)
{
    ErlNifBinary in, out;
    ERL_NIF_TERM term;
    size_t i;

    if (enif_inspect_binary(env, question, &in) && enif_alloc_binary(in.size, &out)) {
        for (i = 0; i < in.size; i++)
            out.data[i] = in.data[in.size - 1 - i];
        term = enif_make_binary(env, &out);
        return enif_make_tuple2(env, enif_make_atom(env, "reversed"), term);
    }
    return enif_make_tuple3(env, enif_make_atom(env, "echo"), question,
        enif_make_int64(env, 0x7fffffffffffffff));
}

static void put(connection *c, command *it)
{
    enif_mutex_lock(c->mutex);
    it->next = NULL;
    *c->last = it;
    c->last = &it->next;
    enif_cond_signal(c->changed);
    enif_mutex_unlock(c->mutex);
}

static command *take(connection *c)
{
    command *it;

    enif_mutex_lock(c->mutex);
    while (c->first == NULL)
        enif_cond_wait(c->changed, c->mutex);
    it = c->first;
    c->first = it->next;
    if (c->first == NULL)
        c->last = &c->first;
    enif_mutex_unlock(c->mutex);
    return it;
}

static void *run(void *user)
{
    connection *c = user;
    long answered = 0;
    command *it;

    while ((it = take(c))->env != NULL) {
        ERL_NIF_TERM message;

        enif_tsd_set(answered_key, (void *) ++answered);
        message = enif_make_tuple4(it->env, enif_make_atom(it->env, "answer"), it->reference,
            answer(it->env, it->question),
            enif_make_tuple2(it->env, enif_make_long(it->env, (long) enif_tsd_get(answered_key)),
                enif_make_int(it->env, enif_thread_type())));
        enif_send(NULL, &it->asker, it->env, message);
        enif_free_env(it->env);
        enif_free(it);
    }
    enif_free(it);
    return NULL;
}

static void close_connection(ErlNifEnv *env, void *object)
{
    library *lib = enif_priv_data(env);
    connection *c = object;
    command *end;

    if (c->is_open) {
        end = enif_alloc(sizeof *end);
        end->env = NULL;
        put(c, end);
        enif_thread_join(c->thread, NULL);
        enif_cond_destroy(c->changed);
        enif_mutex_destroy(c->mutex);
    }
    enif_rwlock_rwlock(lib->lock);
    lib->closed++;
    enif_rwlock_rwunlock(lib->lock);
}

static void owner_is_down(ErlNifEnv *env, void *object, ErlNifPid *pid, ErlNifMonitor *monitor)
{
    library *lib = enif_priv_data(env);

    (void) object;
    lib->downs++;
    enif_send(env, &lib->told, NULL,
        enif_make_tuple3(env, enif_make_atom(env, "down"), enif_make_pid(env, pid),
            enif_make_int(env, enif_is_ref(env, enif_make_monitor_term(env, monitor)))));
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    ErlNifResourceTypeInit init = { close_connection, NULL, owner_is_down, 3, NULL };
    library *lib = enif_alloc(sizeof *lib);

    (void) load_info;
    memset(lib, 0, sizeof *lib);
    lib->lock = enif_rwlock_create((char *) "library");
    *priv_data = lib;
    connection_type = enif_open_resource_type_x(env, "connection", &init, ERL_NIF_RT_CREATE, NULL);
    return connection_type == NULL || lib->lock == NULL
        || enif_tsd_key_create((char *) "answered", &answered_key) != 0;
}

static void unload(ErlNifEnv *env, void *priv_data)
{
    library *lib = priv_data;

    (void) env;
    enif_rwlock_destroy(lib->lock);
    enif_tsd_key_destroy(answered_key);
    enif_free(lib);
}

static ERL_NIF_TERM open_one(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    library *lib = enif_priv_data(env);
    connection *c = enif_alloc_resource(connection_type, sizeof *c);
    ERL_NIF_TERM term;

    (void) argc;
    (void) argv;
    memset(c, 0, sizeof *c);
    c->last = &c->first;
    c->mutex = enif_mutex_create((char *) "queue");
    c->changed = enif_cond_create((char *) "queue");
    c->is_open = enif_thread_create((char *) "worker", &c->thread, run, c, NULL) == 0;
    enif_rwlock_rwlock(lib->lock);
    lib->opened++;
    enif_rwlock_rwunlock(lib->lock);
    term = enif_make_resource(env, c);
    enif_release_resource(c);
    return term;
}

static ERL_NIF_TERM ask(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    void *object;
    command *it;

    (void) argc;
    if (!enif_get_resource(env, argv[0], connection_type, &object) || !enif_is_ref(env, argv[1]))
        return enif_make_badarg(env);
    it = enif_alloc(sizeof *it);
    it->env = enif_alloc_env();
    it->reference = enif_make_copy(it->env, argv[1]);
    it->question = enif_make_copy(it->env, argv[2]);
    enif_self(env, &it->asker);
    put(object, it);
    return enif_make_atom(env, "ok");
}

static ERL_NIF_TERM watch(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    library *lib = enif_priv_data(env);
    ErlNifMonitor monitor, other;
    void *object;
    ErlNifPid pid;
    int result;

    (void) argc;
    if (!enif_get_resource(env, argv[0], connection_type, &object)
        || !enif_get_local_pid(env, argv[1], &pid))
        return enif_make_badarg(env);
    enif_self(env, &lib->told);
    result = enif_monitor_process(env, object, &pid, &monitor);
    if (result == 0 && enif_is_identical(argv[2], enif_make_atom(env, "and_not"))) {
        enif_monitor_process(env, object, &pid, &other);
        if (enif_compare_monitors(&monitor, &other) == 0
            || enif_compare_monitors(&monitor, &monitor) != 0)
            return enif_make_badarg(env);
        return enif_make_list3(env, enif_make_int(env, enif_demonitor_process(env, object, &monitor)),
            enif_make_int(env, enif_demonitor_process(env, object, &other)),
            enif_make_int(env, enif_demonitor_process(env, object, &other) != 0));
    }
    return enif_make_int(env, result > 0);
}

static ERL_NIF_TERM counts(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    library *lib = enif_priv_data(env);
    ERL_NIF_TERM result;

    (void) argc;
    (void) argv;
    enif_rwlock_rlock(lib->lock);
    result = enif_make_tuple3(env, enif_make_int(env, lib->opened), enif_make_int(env, lib->closed),
        enif_make_int(env, lib->downs));
    enif_rwlock_runlock(lib->lock);
    return result;
}

static ERL_NIF_TERM alive(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifPid pid;

    (void) argc;
    if (enif_whereis_pid(env, argv[0], &pid))
        return enif_make_tuple2(env, enif_make_atom(env, "named"),
            enif_make_int(env, enif_is_process_alive(env, &pid)));
    if (!enif_get_local_pid(env, argv[0], &pid))
        return enif_make_badarg(env);
    return enif_make_tuple2(env, enif_make_int(env, enif_is_process_alive(env, &pid)),
        enif_make_int(env, enif_is_current_process_alive(env)));
}

static ErlNifFunc functions[] = {
    { "open", 0, open_one, 0 },
    { "ask", 3, ask, 0 },
    { "watch", 3, watch, 0 },
    { "counts", 0, counts, ERL_NIF_DIRTY_JOB_IO_BOUND },
    { "alive", 1, alive, ERL_NIF_DIRTY_JOB_CPU_BOUND }
};

ERL_NIF_INIT(nif_worker, functions, load, NULL, NULL, unload)
