/* Natives that say they take long: they sleep, compute, send, raise, hop between kinds of threads, and
** hold terms that are erased, purged or whose process is killed meanwhile. */
#include <erl_nif.h>

#include <string.h>
#include <time.h>

static void sleep_ms(long ms)
{
    struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

    nanosleep(&pause, NULL);
}

static int get_ms(ErlNifEnv *env, ERL_NIF_TERM term, long *ms)
{
    return enif_get_long(env, term, ms) && *ms >= 0;
}

static ERL_NIF_TERM kind(ErlNifEnv *env)
{
    switch (enif_thread_type()) {
    case ERL_NIF_THR_NORMAL_SCHEDULER: return enif_make_atom(env, "normal");
    case ERL_NIF_THR_DIRTY_CPU_SCHEDULER: return enif_make_atom(env, "cpu");
    case ERL_NIF_THR_DIRTY_IO_SCHEDULER: return enif_make_atom(env, "io");
    default: return enif_make_atom(env, "none");
    }
}

/* Sleeps for so many milliseconds; says where. */
static ERL_NIF_TERM nap(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    long ms;

    (void) argc;
    if (!get_ms(env, argv[0], &ms))
        return enif_make_badarg(env);
    sleep_ms(ms);
    return kind(env);
}

/* Computes: the sum of all integers of a list, deep in it. */
static long add_up(ErlNifEnv *env, ERL_NIF_TERM list)
{
    ERL_NIF_TERM head, tail = list;
    long sum = 0, value;

    while (enif_get_list_cell(env, tail, &head, &tail))
        sum += enif_is_list(env, head) ? add_up(env, head)
            : enif_get_long(env, head, &value) ? value : 1000000;
    return sum;
}

static long add_bytes(ErlNifEnv *env, ERL_NIF_TERM term)
{
    ErlNifBinary bytes;
    long sum = 0;

    if (enif_inspect_binary(env, term, &bytes)) {
        while (bytes.size > 0)
            sum += bytes.data[--bytes.size];
    }
    return sum;
}

/* {List, Binary}, looked at again and again while it sleeps: what it was at first, and what it is at last. */
static ERL_NIF_TERM hold(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    const ERL_NIF_TERM *both;
    long ms, first = 0, last = 0;
    int arity, step;
    ErlNifPid to;
    ErlNifEnv *message;

    (void) argc;
    if (!enif_get_tuple(env, argv[0], &arity, &both) || arity != 2 || !get_ms(env, argv[1], &ms)
        || !enif_get_local_pid(env, argv[2], &to))
        return enif_make_badarg(env);
    message = enif_alloc_env();
    enif_send(env, &to, message, enif_make_atom(message, "holding"));
    for (step = 0; step <= 20; step++) {
        last = add_up(env, both[0]) + add_bytes(env, both[1]);
        if (step == 0)
            first = last;
        sleep_ms(ms / 20);
    }
    enif_free_env(message);
    return enif_make_tuple2(env, enif_make_long(env, first), enif_make_long(env, last));
}

/* Tells that it has begun; then how it was told that its process is to end. */
static ERL_NIF_TERM outlive(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifEnv *message = enif_alloc_env();
    ErlNifPid to;
    long ms;

    (void) argc;
    if (!enif_get_local_pid(env, argv[0], &to) || !get_ms(env, argv[1], &ms))
        return enif_make_badarg(env);
    enif_send(env, &to, message, enif_make_atom(message, "begun"));
    while (ms > 0 && enif_is_current_process_alive(env)) {
        sleep_ms(2);
        ms -= 2;
    }
    enif_clear_env(message);
    enif_send(NULL, &to, message, enif_make_atom(message, ms > 0 ? "not_alive" : "alive"));
    enif_free_env(message);
    return enif_make_atom(env, "over");
}

/* {1, Self}, {2, Self}, ... */
static ERL_NIF_TERM tell(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifPid to, self;
    long count, at;

    (void) argc;
    if (!enif_get_local_pid(env, argv[0], &to) || !enif_get_long(env, argv[1], &count))
        return enif_make_badarg(env);
    enif_self(env, &self);
    for (at = 1; at <= count; at++)
        enif_send(env, &to, NULL, enif_make_tuple2(env, enif_make_long(env, at), enif_make_pid(env, &self)));
    return enif_make_atom(env, enif_whereis_pid(env, enif_make_atom(env, "nif_dirty_main"), &self)
            && enif_is_identical(enif_make_pid(env, &self), argv[0]) ? "main" : "other");
}

static ERL_NIF_TERM fail(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void) argc;
    return enif_is_atom(env, argv[0]) ? enif_make_badarg(env) : enif_raise_exception(env, argv[0]);
}

/* A list of the kinds of threads that it has been on: normal, cpu, io and around. */
static ERL_NIF_TERM hop(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    static const int flags[] = { ERL_NIF_DIRTY_JOB_CPU_BOUND, ERL_NIF_DIRTY_JOB_IO_BOUND, 0 };
    ERL_NIF_TERM next[2];
    long left;

    (void) argc;
    if (!enif_get_long(env, argv[0], &left))
        return enif_make_badarg(env);
    next[0] = enif_make_long(env, left - 1);
    next[1] = enif_make_list_cell(env, kind(env), argv[1]);
    return left == 0 ? next[1] : enif_schedule_nif(env, "hop", flags[left % 3], hop, 2, next);
}

/* A list of count binaries of size bytes. */
static ERL_NIF_TERM make(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ERL_NIF_TERM list = enif_make_list(env, 0), binary;
    long count, size;

    (void) argc;
    if (!enif_get_long(env, argv[0], &count) || !enif_get_long(env, argv[1], &size))
        return enif_make_badarg(env);
    while (count-- > 0) {
        memset(enif_make_new_binary(env, (size_t) size, &binary), (int) count, (size_t) size);
        list = enif_make_list_cell(env, binary, list);
    }
    return list;
}

static int load(ErlNifEnv *env, void **data, ERL_NIF_TERM info)
{
    (void) env;
    (void) data;
    (void) info;
    return 0;
}

static int upgrade(ErlNifEnv *env, void **data, void **old_data, ERL_NIF_TERM info)
{
    (void) old_data;
    return load(env, data, info);
}

static ErlNifFunc functions[] = {
    { "nap_io", 1, nap, ERL_NIF_DIRTY_JOB_IO_BOUND },
    { "nap_cpu", 1, nap, ERL_NIF_DIRTY_JOB_CPU_BOUND },
    { "nap", 1, nap, 0 },
    { "hold", 3, hold, ERL_NIF_DIRTY_JOB_CPU_BOUND },
    { "outlive", 2, outlive, ERL_NIF_DIRTY_JOB_IO_BOUND },
    { "tell", 2, tell, ERL_NIF_DIRTY_JOB_IO_BOUND },
    { "fail", 1, fail, ERL_NIF_DIRTY_JOB_CPU_BOUND },
    { "hop", 2, hop, 0 },
    { "make", 2, make, ERL_NIF_DIRTY_JOB_CPU_BOUND }
};

ERL_NIF_INIT(nif_dirty, functions, load, NULL, upgrade, NULL)
