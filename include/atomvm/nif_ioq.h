/* nif_ioq.h - io vectors and io queues of erl_nif.h, which includes it: bytes of binaries one after the
** other, which large ones share with their terms. Each segment keeps its binary in an env of its own.
** Nothing here is used by libatomvm. */
#ifndef ATOMVM_NIF_IOQ_H
#define ATOMVM_NIF_IOQ_H

#include "erl_nif.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/uio.h>
typedef struct iovec SysIOVec;
#else
typedef struct {
    void *iov_base;
    size_t iov_len;
} SysIOVec;
#endif

typedef enum { ERL_NIF_IOQ_NORMAL = 1 } ErlNifIOQueueOpts;

typedef struct erl_nif_io_vec {
    int iovcnt;
    size_t size;                    /* bytes in all */
    SysIOVec *iov;
    ERL_NIF_TERM *terms;            /* the binary of each; from here on it is the library's */
    ErlNifEnv *env;                 /* its own, ended by enif_free_iovec; NULL: it lives in a native's */
    int is_allocated;
} ErlNifIOVec;

typedef struct {
    ErlNifEnv *env;
    ERL_NIF_TERM binary;
    size_t skipped;                 /* bytes of the binary that have been taken */
} enif_ioq_segment_;

typedef struct {
    SysIOVec *iov;
    enif_ioq_segment_ *segments;    /* of the same index */
    size_t first, count, capacity;
    size_t size;
} ErlNifIOQueue;

/* ---- Vectors ---------------------------------------------------------------------------------- */

/* The binaries of the list, at most max; *rest is what follows them. -1: not a list of binaries. */
static inline int enif_count_binaries_(ErlNifEnv *env, size_t max, ERL_NIF_TERM list, ERL_NIF_TERM *rest)
{
    ERL_NIF_TERM head;
    int count = 0;

    while ((size_t) count < max && enif_get_list_cell(env, list, &head, &list)) {
        if (!enif_is_binary(env, head))
            return -1;
        count++;
    }
    *rest = list;
    return enif_is_list(env, list) ? count : -1;
}

static inline int enif_fill_iovec_(ErlNifEnv *env, ERL_NIF_TERM list, ErlNifIOVec *vec)
{
    ErlNifBinary bytes;
    int i;

    for (i = 0; i < vec->iovcnt; i++) {
        if (!enif_get_list_cell(env, list, &vec->terms[i], &list)
            || !enif_inspect_binary(env, vec->terms[i], &bytes))
            return 0;
        vec->iov[i].iov_base = bytes.data;
        vec->iov[i].iov_len = bytes.size;
        vec->size += bytes.size;
    }
    return 1;
}

static inline void enif_free_iovec(ErlNifIOVec *vec)
{
    if (vec == NULL)
        return;
    if (vec->env != NULL)
        enif_free_env(vec->env);
    if (vec->is_allocated)
        enif_free(vec);
}

/* Room for count elements that ends with env: a binary that is never seen; with env NULL, behind a vector
** that the caller frees. */
static inline int enif_room_of_iovec_(ErlNifEnv *env, int count, ErlNifIOVec **vec)
{
    size_t bytes = (size_t) count * (sizeof(SysIOVec) + sizeof(ERL_NIF_TERM));
    ErlNifIOVec *made = *vec;
    unsigned char *room;
    ERL_NIF_TERM ignored;

    if (env == NULL) {
        made = (ErlNifIOVec *) enif_alloc(sizeof *made + bytes);
        room = (unsigned char *) (made + 1);
    } else {
        room = enif_make_new_binary(env, bytes + (made == NULL ? sizeof *made : 0) + sizeof(void *),
            &ignored);
        if (room != NULL)
            room += (sizeof(void *) - (uintptr_t) room % sizeof(void *)) % sizeof(void *);
        if (made == NULL && room != NULL) {
            made = (ErlNifIOVec *) (void *) room;
            room += sizeof *made;
        }
    }
    if (made == NULL || room == NULL)
        return 0;
    memset(made, 0, sizeof *made);
    made->is_allocated = env == NULL;
    made->iovcnt = count;
    made->iov = (SysIOVec *) (void *) room;
    made->terms = (ERL_NIF_TERM *) (void *) (made->iov + count);
    *vec = made;
    return 1;
}

/* env NULL: the vector is the caller's, to end with enif_free_iovec; else it lives as long as env, in *vec
** when that is not NULL. */
static inline int enif_inspect_iovec(ErlNifEnv *env, size_t max, ERL_NIF_TERM list, ERL_NIF_TERM *tail,
    ErlNifIOVec **vec)
{
    ErlNifEnv *own = env == NULL ? enif_alloc_env() : NULL, *in = env == NULL ? own : env;
    ErlNifIOVec *made = env == NULL ? NULL : *vec;
    ERL_NIF_TERM rest = 0, here = list;
    int count = -1;

    if (own != NULL)
        here = enif_make_copy(own, list);
    if (in != NULL && here != 0)
        count = enif_count_binaries_(in, max, here, &rest);
    if (count < 0 || !enif_room_of_iovec_(env, count, &made)) {
        if (own != NULL)
            enif_free_env(own);
        return 0;
    }
    made->env = own;
    if (!enif_fill_iovec_(in, here, made)) {
        enif_free_iovec(made);
        return 0;
    }
    /* In the caller's terms. */
    for (rest = list; count > 0; count--)
        (void) enif_get_list_cell(in, rest, &here, &rest);
    *tail = rest;
    *vec = made;
    return 1;
}

/* ---- Queues ----------------------------------------------------------------------------------- */

static inline ErlNifIOQueue *enif_ioq_create(ErlNifIOQueueOpts options)
{
    ErlNifIOQueue *queue = options == ERL_NIF_IOQ_NORMAL
        ? (ErlNifIOQueue *) enif_alloc(sizeof *queue) : NULL;

    if (queue != NULL)
        memset(queue, 0, sizeof *queue);
    return queue;
}

static inline void enif_ioq_destroy(ErlNifIOQueue *queue)
{
    size_t i;

    if (queue == NULL)
        return;
    for (i = 0; i < queue->count; i++)
        enif_free_env(queue->segments[queue->first + i].env);
    enif_free(queue->iov);
    enif_free(queue->segments);
    enif_free(queue);
}

static inline size_t enif_ioq_size(ErlNifIOQueue *queue)
{
    return queue->size;
}

/* Room for more segments behind those that are there. */
static inline int enif_ioq_reserve_(ErlNifIOQueue *queue, size_t more)
{
    size_t wanted = queue->count + more, capacity = queue->capacity;
    void *iov, *segments;

    if (queue->first > 0) {
        memmove(queue->iov, queue->iov + queue->first, queue->count * sizeof *queue->iov);
        memmove(queue->segments, queue->segments + queue->first,
            queue->count * sizeof *queue->segments);
        queue->first = 0;
    }
    if (wanted <= capacity)
        return 1;
    capacity = wanted > 2 * capacity ? wanted : 2 * capacity;
    iov = enif_realloc(queue->iov, capacity * sizeof *queue->iov);
    if (iov == NULL)
        return 0;
    queue->iov = (SysIOVec *) iov;
    segments = enif_realloc(queue->segments, capacity * sizeof *queue->segments);
    if (segments == NULL)
        return 0;
    queue->segments = (enif_ioq_segment_ *) segments;
    queue->capacity = capacity;
    return 1;
}

/* There is room. The segment takes env, which holds the binary. */
static inline int enif_ioq_push_(ErlNifIOQueue *queue, ErlNifEnv *env, ERL_NIF_TERM binary, size_t skip)
{
    size_t at = queue->first + queue->count;
    ErlNifBinary bytes;

    if (binary == 0 || !enif_inspect_binary(env, binary, &bytes)) {
        enif_free_env(env);
        return 0;
    }
    queue->segments[at].env = env;
    queue->segments[at].binary = binary;
    queue->segments[at].skipped = skip;
    queue->iov[at].iov_base = bytes.data + skip;
    queue->iov[at].iov_len = bytes.size - skip;
    queue->size += bytes.size - skip;
    queue->count++;
    return 1;
}

/* The last segments go again. */
static inline void enif_ioq_cut_(ErlNifIOQueue *queue, size_t count)
{
    while (queue->count > count) {
        size_t last = queue->first + --queue->count;

        queue->size -= queue->iov[last].iov_len;
        enif_free_env(queue->segments[last].env);
    }
}

/* The binary is the queue's afterwards, also one of a term; where it is refused, it is released. */
static inline int enif_ioq_enq_binary(ErlNifIOQueue *queue, ErlNifBinary *binary, size_t skip)
{
    ErlNifEnv *env = NULL;
    int done = 0;

    if (skip <= binary->size && enif_ioq_reserve_(queue, 1))
        env = enif_alloc_env();
    if (env != NULL) {
        ERL_NIF_TERM term = binary->owner != NULL
            ? avm_make_owned_binary(env, binary)
            : avm_make_binary(env, binary->data, binary->size);

        done = enif_ioq_push_(queue, env, term, skip);
    }
    enif_release_binary(binary);
    return done;
}

static inline int enif_ioq_enqv(ErlNifIOQueue *queue, ErlNifIOVec *vec, size_t skip)
{
    size_t before = queue->count;
    int i;

    if (skip > vec->size || !enif_ioq_reserve_(queue, (size_t) vec->iovcnt))
        return 0;
    for (i = 0; i < vec->iovcnt; i++) {
        size_t size = vec->iov[i].iov_len, skipped = skip < size ? skip : size;
        ErlNifEnv *env;

        skip -= skipped;
        if (skipped == size)
            continue;
        env = enif_alloc_env();
        if (env == NULL || !enif_ioq_push_(queue, env, enif_make_copy(env, vec->terms[i]), skipped)) {
            enif_ioq_cut_(queue, before);
            return 0;
        }
    }
    return 1;
}

/* All that is there, until the queue is changed. */
static inline SysIOVec *enif_ioq_peek(ErlNifIOQueue *queue, int *count)
{
    if (count != NULL)
        *count = (int) queue->count;
    return queue->count == 0 ? NULL : queue->iov + queue->first;
}

static inline int enif_ioq_peek_head(ErlNifEnv *env, ErlNifIOQueue *queue, size_t *size,
    ERL_NIF_TERM *head)
{
    enif_ioq_segment_ *first = queue->segments + queue->first;
    size_t bytes;

    if (queue->count == 0)
        return 0;
    bytes = queue->iov[queue->first].iov_len;
    *head = enif_make_sub_binary(env, enif_make_copy(env, first->binary), first->skipped, bytes);
    if (size != NULL)
        *size = bytes;
    return *head != 0;
}

/* *size (unless NULL): what is left. */
static inline int enif_ioq_deq(ErlNifIOQueue *queue, size_t count, size_t *size)
{
    if (count > queue->size)
        return 0;
    queue->size -= count;
    while (queue->count > 0 && count >= queue->iov[queue->first].iov_len) {
        count -= queue->iov[queue->first].iov_len;
        enif_free_env(queue->segments[queue->first].env);
        queue->first++;
        queue->count--;
    }
    if (count > 0) {
        queue->segments[queue->first].skipped += count;
        queue->iov[queue->first].iov_base = (char *) queue->iov[queue->first].iov_base + count;
        queue->iov[queue->first].iov_len -= count;
    }
    if (size != NULL)
        *size = queue->size;
    return 1;
}

#endif
