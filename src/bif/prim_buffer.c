/* prim_buffer.c - natives of the module prim_buffer: what files have read ahead or not written yet. A
** buffer is a resource with a queue of bytes, and a lock that its users take by name only. */
#include "bif/bif.h"
#include "bif/byte_queue.h"
#include "data/number.h"
#include "proc/native_call.h"

#define PRIM_BUFFER_NATIVES(X)                                                                   \
    X("new", 0, prim_buffer_new, NATIVE_NO_ERROR_INFO)                                           \
    X("size", 1, prim_buffer_size, NATIVE_NO_ERROR_INFO)                                         \
    X("peek_head", 1, prim_buffer_peek_head, NATIVE_NO_ERROR_INFO)                               \
    X("copying_read", 2, prim_buffer_copying_read, NATIVE_NO_ERROR_INFO)                         \
    X("write", 2, prim_buffer_write, NATIVE_NO_ERROR_INFO)                                       \
    X("skip", 2, prim_buffer_skip, NATIVE_NO_ERROR_INFO)                                         \
    X("find_byte_index", 2, prim_buffer_find_byte_index, NATIVE_NO_ERROR_INFO)                   \
    X("try_lock", 1, prim_buffer_try_lock, NATIVE_NO_ERROR_INFO)                                 \
    X("unlock", 1, prim_buffer_unlock, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_prim_buffer, "prim_buffer", NULL, PRIM_BUFFER_NATIVES)

#define BYTES_PER_REDUCTION 1024
#define WRITES_AT_ONCE 64

struct buffer {
    struct resource resource;           /* first: destroy and type see it */
    struct byte_queue bytes;
    bool is_locked;
};

static const char buffer_type;

static void destroy_buffer(struct resource *resource)
{
    struct buffer *buffer = (struct buffer *) (void *) resource;
    struct memory *memory = buffer->bytes.memory;

    byte_queue_clear(&buffer->bytes);
    memory_free(memory, MEMORY_RESOURCE, buffer, sizeof *buffer);
}

static struct buffer *buffer_of(term t)
{
    return term_is_resource(t) && term_resource(t)->type == &buffer_type
        ? (struct buffer *) (void *) term_resource(t) : NULL;
}

/* NULL: no buffer, or it has not so many bytes. */
static struct buffer *buffer_with(term t, term count, size_t *size)
{
    struct buffer *buffer = buffer_of(t);
    uint64_t wanted;

    if (buffer == NULL || !integer_get_uint64(count, &wanted) || wanted > buffer->bytes.size)
        return NULL;
    *size = (size_t) wanted;
    return buffer;
}

static term prim_buffer_new(struct scheduler *s, const term *a)
{
    struct buffer *buffer = memory_allocate_zeroed(s->node->memory, MEMORY_RESOURCE, sizeof *buffer);
    term reference;

    (void) a;
    if (buffer == NULL)
        return raise_no_memory(s);
    buffer->resource.references = 1;
    buffer->resource.destroy = destroy_buffer;
    buffer->resource.type = &buffer_type;
    byte_queue_init(&buffer->bytes, s->node->memory);
    reference = heap_make_resource(native_heap(s), &buffer->resource, node_next_reference(s->node));
    resource_release(&buffer->resource);
    return native_result(s, reference);
}

static term prim_buffer_size(struct scheduler *s, const term *a)
{
    const struct buffer *buffer = buffer_of(a[0]);

    if (buffer == NULL)
        return raise_badarg(s);
    return native_result(s, integer_make_uint64(native_heap(s), buffer->bytes.size));
}

/* The first piece, which stays. */
static term prim_buffer_peek_head(struct scheduler *s, const term *a)
{
    struct buffer *buffer = buffer_of(a[0]);
    const struct byte_piece *piece = buffer != NULL ? buffer->bytes.first : NULL;

    if (piece == NULL)
        return raise_badarg(s);
    return native_result(s,
        bits_make_shared(native_heap(s), piece->owner, piece->offset, piece->size));
}

static term prim_buffer_copying_read(struct scheduler *s, const term *a)
{
    size_t size;
    struct buffer *buffer = buffer_with(a[0], a[1], &size);
    uint8_t *bytes;
    term result;

    if (buffer == NULL)
        return raise_badarg(s);
    result = bits_make_binary(native_heap(s), size, &bytes);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    byte_queue_copy(&buffer->bytes, bytes, size);
    byte_queue_skip(&buffer->bytes, size);
    native_charge(s, size / BYTES_PER_REDUCTION);
    return result;
}

static term prim_buffer_write(struct scheduler *s, const term *a)
{
    struct buffer *buffer = buffer_of(a[0]);
    term list = a[1], rest[2];
    unsigned left;

    if (buffer == NULL)
        return raise_badarg(s);
    for (left = WRITES_AT_ONCE; left > 0 && term_is_cons(list); left--) {
        enum data_status status = byte_queue_put(&buffer->bytes, term_head(list));

        if (status != DATA_OK)
            return raise_status(s, status);
        list = term_tail(list);
    }
    native_charge(s, (WRITES_AT_ONCE - left) / 8);
    if (list == TERM_NIL)
        return ATOM(ok);
    if (!term_is_cons(list))
        return raise_badarg(s);
    rest[0] = a[0];
    rest[1] = list;
    return native_yield(s, prim_buffer_write, 2, rest);
}

static term prim_buffer_skip(struct scheduler *s, const term *a)
{
    size_t size;
    struct buffer *buffer = buffer_with(a[0], a[1], &size);

    if (buffer == NULL)
        return raise_badarg(s);
    byte_queue_skip(&buffer->bytes, size);
    return ATOM(ok);
}

static term prim_buffer_find_byte_index(struct scheduler *s, const term *a)
{
    struct buffer *buffer = buffer_of(a[0]);
    size_t index;
    term number;

    if (buffer == NULL || !term_is_small(a[1]) || term_small(a[1]) < 0 || term_small(a[1]) > 255)
        return raise_badarg(s);
    index = byte_queue_find(&buffer->bytes, (uint8_t) term_small(a[1]));
    native_charge(s, (index != SIZE_MAX ? index : buffer->bytes.size) / BYTES_PER_REDUCTION);
    if (index == SIZE_MAX)
        return ATOM(not_found);
    number = integer_make_uint64(native_heap(s), index);
    return native_result(s, number != TERM_NONE ? native_tuple2(s, ATOM(ok), number) : TERM_NONE);
}

static term prim_buffer_try_lock(struct scheduler *s, const term *a)
{
    struct buffer *buffer = buffer_of(a[0]);

    if (buffer == NULL)
        return raise_badarg(s);
    if (buffer->is_locked)
        return ATOM(busy);
    buffer->is_locked = true;
    return ATOM(acquired);
}

static term prim_buffer_unlock(struct scheduler *s, const term *a)
{
    struct buffer *buffer = buffer_of(a[0]);

    if (buffer == NULL)
        return raise_badarg(s);
    if (!buffer->is_locked)
        return raise_error(s, ATOM(lock_order_violation));
    buffer->is_locked = false;
    return ATOM(ok);
}
