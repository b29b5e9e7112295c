/* Io vectors and queues, and ports as a NIF library sees them. */
#include <erl_nif.h>

#include <string.h>

typedef struct {
    ErlNifIOQueue *queue;
} box;

static ErlNifResourceType *box_type;

static void box_dtor(ErlNifEnv *env, void *object)
{
    (void) env;
    enif_ioq_destroy(((box *) object)->queue);
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    (void) priv_data;
    (void) load_info;
    box_type = enif_open_resource_type(env, NULL, "box", box_dtor, ERL_NIF_RT_CREATE, NULL);
    return box_type == NULL;
}

static ErlNifIOQueue *queue_of(ErlNifEnv *env, ERL_NIF_TERM term)
{
    void *object;

    return enif_get_resource(env, term, box_type, &object) ? ((box *) object)->queue : NULL;
}

static ERL_NIF_TERM create(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    box *made = enif_alloc_resource(box_type, sizeof *made);
    ERL_NIF_TERM term;

    (void) argc;
    (void) argv;
    made->queue = enif_ioq_create(ERL_NIF_IOQ_NORMAL);
    term = enif_make_resource(env, made);
    enif_release_resource(made);
    return term;
}

/* put(Queue, Binaries, Skip, Max, own | borrowed | none) -> {Size, Rest}. Empty binaries may count as parts, or not. */
static ERL_NIF_TERM put(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifIOVec room, *vec = &room;
    ErlNifIOQueue *queue = queue_of(env, argv[0]);
    ERL_NIF_TERM rest, result;
    int own = enif_is_identical(argv[4], enif_make_atom(env, "own"));
    unsigned skip, max;

    (void) argc;
    if (enif_is_identical(argv[4], enif_make_atom(env, "none")))
        vec = NULL;
    if (!enif_get_uint(env, argv[2], &skip) || !enif_get_uint(env, argv[3], &max)
        || !enif_inspect_iovec(own ? NULL : env, max, argv[1], &rest, &vec))
        return enif_make_badarg(env);
    result = enif_ioq_enqv(queue, vec, skip)
        ? enif_make_tuple2(env, enif_make_uint64(env, vec->size), rest)
        : enif_make_atom(env, "refused");
    if (own)
        enif_free_iovec(vec);
    return result;
}

/* put_binary(Queue, Bytes, Skip, made | seen) */
static ERL_NIF_TERM put_binary(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifBinary seen, made;
    unsigned skip;

    (void) argc;
    if (!enif_inspect_binary(env, argv[1], &seen) || !enif_get_uint(env, argv[2], &skip))
        return enif_make_badarg(env);
    if (enif_is_identical(argv[3], enif_make_atom(env, "seen")))
        return enif_make_int(env, enif_ioq_enq_binary(queue_of(env, argv[0]), &seen, skip));
    if (!enif_alloc_binary(seen.size, &made))
        return enif_make_badarg(env);
    memcpy(made.data, seen.data, seen.size);
    return enif_make_int(env, enif_ioq_enq_binary(queue_of(env, argv[0]), &made, skip));
}

/* All bytes, as they lie there. */
static ERL_NIF_TERM peek(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifIOQueue *queue = queue_of(env, argv[0]);
    SysIOVec *parts;
    ERL_NIF_TERM term;
    unsigned char *to;
    int count = 0, i;

    (void) argc;
    parts = enif_ioq_peek(queue, &count);
    to = enif_make_new_binary(env, enif_ioq_size(queue), &term);
    for (i = 0; i < count; i++) {
        memcpy(to, parts[i].iov_base, parts[i].iov_len);
        to += parts[i].iov_len;
    }
    return term;
}

static ERL_NIF_TERM peek_head(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ERL_NIF_TERM head;
    size_t size;

    (void) argc;
    if (!enif_ioq_peek_head(env, queue_of(env, argv[0]), &size, &head))
        return enif_make_atom(env, "empty");
    return enif_make_tuple2(env, enif_make_uint64(env, size), head);
}

static ERL_NIF_TERM take(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    unsigned count;
    size_t left;

    (void) argc;
    if (!enif_get_uint(env, argv[1], &count))
        return enif_make_badarg(env);
    if (!enif_ioq_deq(queue_of(env, argv[0]), count, &left))
        return enif_make_atom(env, "too_many");
    return enif_make_uint64(env, left);
}

/* ---- ports ---- */

static ERL_NIF_TERM port_of(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifPort port;

    (void) argc;
    if (!enif_get_local_port(env, argv[0], &port) && !enif_whereis_port(env, argv[0], &port))
        return enif_make_atom(env, "none");
    return enif_make_atom(env, enif_is_port_alive(env, &port) ? "alive" : "gone");
}

static ERL_NIF_TERM command(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifEnv *message = enif_alloc_env();
    ErlNifPort port;
    ERL_NIF_TERM copy = enif_make_copy(message, argv[1]);
    int sent;

    (void) argc;
    if (!enif_get_local_port(env, argv[0], &port))
        return enif_make_badarg(env);
    sent = enif_port_command(env, &port, message, copy);
    enif_free_env(message);
    return enif_make_int(env, sent);
}

static ErlNifFunc functions[] = {
    { "create", 0, create, 0 }, { "put", 5, put, 0 }, { "put_binary", 4, put_binary, 0 },
    { "peek", 1, peek, 0 }, { "peek_head", 1, peek_head, 0 }, { "take", 2, take, 0 },
    { "port_of", 1, port_of, 0 }, { "command", 2, command, 0 }
};

ERL_NIF_INIT(nif_queue, functions, load, NULL, NULL, NULL)
