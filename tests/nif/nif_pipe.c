/* Pipes whose ends processes wait for. */
#define _POSIX_C_SOURCE 200809L
#include <erl_nif.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int fd;
} end;

static ErlNifResourceType *end_type;
static int stopped, destroyed;

static void end_dtor(ErlNifEnv *env, void *object)
{
    (void) env;
    (void) object;
    destroyed++;
}

static void end_stop(ErlNifEnv *env, void *object, ErlNifEvent event, int is_direct_call)
{
    end *e = object;

    (void) env;
    (void) is_direct_call;
    if (event == e->fd)
        stopped++;
    close(e->fd);
    e->fd = -1;
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    ErlNifResourceTypeInit init;

    (void) priv_data;
    (void) load_info;
    memset(&init, 0, sizeof init);
    init.dtor = end_dtor;
    init.stop = end_stop;
    end_type = enif_open_resource_type_x(env, "end", &init, ERL_NIF_RT_CREATE, NULL);
    return end_type == NULL;
}

static ERL_NIF_TERM make_end(ErlNifEnv *env, int fd)
{
    end *e = enif_alloc_resource(end_type, sizeof *e);
    ERL_NIF_TERM term = enif_make_resource(env, e);

    fcntl(fd, F_SETFL, O_NONBLOCK);
    e->fd = fd;
    enif_release_resource(e);
    return term;
}

static ERL_NIF_TERM open_pipe(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    int fds[2];

    (void) argc;
    (void) argv;
    if (pipe(fds) != 0)
        return enif_make_badarg(env);
    return enif_make_tuple2(env, make_end(env, fds[0]), make_end(env, fds[1]));
}

static end *get_end(ErlNifEnv *env, ERL_NIF_TERM term)
{
    void *object;

    return enif_get_resource(env, term, end_type, &object) ? object : NULL;
}

static ERL_NIF_TERM write_end(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    end *e = get_end(env, argv[0]);
    ErlNifBinary bytes;
    ssize_t count;

    (void) argc;
    if (e == NULL || !enif_inspect_iolist_as_binary(env, argv[1], &bytes))
        return enif_make_badarg(env);
    count = write(e->fd, bytes.data, bytes.size);
    return count < 0 ? enif_make_atom(env, errno == EAGAIN ? "full" : "error")
                     : enif_make_int(env, (int) count);
}

static ERL_NIF_TERM read_end(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    end *e = get_end(env, argv[0]);
    char bytes[65536];
    ERL_NIF_TERM term;
    ssize_t count;

    (void) argc;
    if (e == NULL)
        return enif_make_badarg(env);
    count = read(e->fd, bytes, sizeof bytes);
    if (count < 0)
        return enif_make_atom(env, errno == EAGAIN ? "empty" : "error");
    memcpy(enif_make_new_binary(env, (size_t) count, &term), bytes, (size_t) count);
    return term;
}

/* select(End, read | write, Pid | self, Reference) */
static ERL_NIF_TERM select_end(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    end *e = get_end(env, argv[0]);
    enum ErlNifSelectFlags flags = enif_is_identical(argv[1], enif_make_atom(env, "read"))
        ? ERL_NIF_SELECT_READ
        : ERL_NIF_SELECT_WRITE;
    ErlNifPid pid;

    (void) argc;
    if (e == NULL)
        return enif_make_badarg(env);
    return enif_make_int(env, enif_select(env, e->fd, flags, e,
        enif_get_local_pid(env, argv[2], &pid) ? &pid : NULL, argv[3]) < 0);
}

static ERL_NIF_TERM select_message(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    end *e = get_end(env, argv[0]);
    ErlNifEnv *message = enif_alloc_env();
    int result;

    (void) argc;
    if (e == NULL)
        return enif_make_badarg(env);
    result = enif_select_read(env, e->fd, e, NULL, enif_make_copy(message, argv[1]), message);
    enif_free_env(message);
    return enif_make_int(env, result < 0);
}

static ERL_NIF_TERM cancel(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    end *e = get_end(env, argv[0]);
    int result;

    (void) argc;
    if (e == NULL)
        return enif_make_badarg(env);
    result = enif_select(env, e->fd,
        (enum ErlNifSelectFlags) (ERL_NIF_SELECT_READ | ERL_NIF_SELECT_CANCEL), e, NULL,
        enif_make_atom(env, "undefined"));
    return enif_make_int(env, (result & ERL_NIF_SELECT_READ_CANCELLED) != 0);
}

static ERL_NIF_TERM stop(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    end *e = get_end(env, argv[0]);

    (void) argc;
    if (e == NULL)
        return enif_make_badarg(env);
    return enif_make_int(env, enif_select(env, e->fd, ERL_NIF_SELECT_STOP, e, NULL,
        enif_make_atom(env, "undefined")) < 0);
}

static ERL_NIF_TERM counts(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void) argc;
    (void) argv;
    return enif_make_tuple2(env, enif_make_int(env, stopped), enif_make_int(env, destroyed));
}

static ErlNifFunc functions[] = {
    { "open", 0, open_pipe, 0 }, { "write", 2, write_end, 0 }, { "read", 1, read_end, 0 },
    { "select", 4, select_end, 0 }, { "select_message", 2, select_message, 0 },
    { "cancel", 1, cancel, 0 }, { "stop", 1, stop, 0 }, { "counts", 0, counts, 0 }
};

ERL_NIF_INIT(nif_pipe, functions, load, NULL, NULL, NULL)
