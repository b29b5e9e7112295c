/* byte_queue.c - see byte_queue.h. */
#include "bif/byte_queue.h"

#define OWN_CAPACITY 1024

void byte_queue_init(struct byte_queue *queue, struct memory *memory)
{
    queue->memory = memory;
    queue->first = NULL;
    queue->last = &queue->first;
    queue->size = 0;
}

static void drop_first(struct byte_queue *queue)
{
    struct byte_piece *piece = queue->first;

    queue->first = piece->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    offheap_binary_release(piece->owner);
    memory_free(queue->memory, MEMORY_RESOURCE, piece, sizeof *piece);
}

void byte_queue_clear(struct byte_queue *queue)
{
    while (queue->first != NULL)
        drop_first(queue);
    queue->size = 0;
}

static struct byte_piece *last_piece(struct byte_queue *queue)
{
    return queue->first == NULL ? NULL
        : (struct byte_piece *) (void *) ((char *) queue->last - offsetof(struct byte_piece, next));
}

/* The binary that owns the bytes of t when sharing it is worth it; else NULL. */
static struct offheap_binary *owner_of(term t, const struct bits_view *view)
{
    const term *boxed = term_boxed(t);

    if (view->size <= HEAP_BITS_MAX_BYTES * 8 || view->offset % 8 != 0
        || header_kind(boxed[0]) == BOXED_HEAP_BITS
        || header_kind(*term_boxed(boxed[1])) == BOXED_HEAP_BITS)
        return NULL;
    return term_bin_ref_binary(boxed[1]);
}

/* Takes a count of owner when it succeeds. */
static bool push(struct byte_queue *queue, struct offheap_binary *owner, size_t offset, size_t size,
    bool is_own)
{
    struct byte_piece *piece = memory_allocate(queue->memory, MEMORY_RESOURCE, sizeof *piece);

    if (piece == NULL)
        return false;
    piece->next = NULL;
    piece->owner = owner;
    piece->offset = offset;
    piece->size = size;
    piece->is_own = is_own;
    *queue->last = piece;
    queue->last = &piece->next;
    queue->size += size;
    return true;
}

/* Nobody appends in place to a binary of the queue: all of it counts as used. */
static bool push_copy(struct byte_queue *queue, const struct bits_view *view)
{
    size_t size = view->size / 8, capacity = size > OWN_CAPACITY ? size : OWN_CAPACITY;
    struct offheap_binary *own = offheap_binary_create(queue->memory, capacity);

    if (own == NULL)
        return false;
    atomic_put(&own->used_bits, capacity * 8);
    bits_copy(own->data, 0, view->base, view->offset, view->size);
    if (push(queue, own, 0, size, true))
        return true;
    offheap_binary_release(own);
    return false;
}

/* Bytes behind those of the last piece were never seen by anybody. */
static bool add_to_last(struct byte_queue *queue, const struct bits_view *view)
{
    struct byte_piece *last = last_piece(queue);
    size_t end, size = view->size / 8;

    if (last == NULL || !last->is_own)
        return false;
    end = last->offset + last->size;
    if (last->owner->capacity - end < size)
        return false;
    bits_copy(last->owner->data, end * 8, view->base, view->offset, view->size);
    last->size += size;
    queue->size += size;
    return true;
}

enum data_status byte_queue_put(struct byte_queue *queue, term binary)
{
    struct offheap_binary *owner;
    struct bits_view view;

    if (!bits_get_view(binary, &view) || view.size % 8 != 0)
        return DATA_BAD_ARGUMENT;
    if (view.size == 0 || add_to_last(queue, &view))
        return DATA_OK;
    owner = owner_of(binary, &view);
    if (owner == NULL)
        return push_copy(queue, &view) ? DATA_OK : DATA_NO_MEMORY;
    if (!push(queue, owner, view.offset / 8, view.size / 8, false))
        return DATA_NO_MEMORY;
    offheap_binary_keep(owner);
    return DATA_OK;
}

void byte_queue_skip(struct byte_queue *queue, size_t count)
{
    queue->size -= count;
    while (count > 0 && count >= queue->first->size) {
        count -= queue->first->size;
        drop_first(queue);
    }
    if (count > 0) {
        queue->first->offset += count;
        queue->first->size -= count;
    }
}

void byte_queue_copy(const struct byte_queue *queue, uint8_t *to, size_t size)
{
    const struct byte_piece *piece;

    for (piece = queue->first; size > 0; piece = piece->next) {
        size_t part = piece->size < size ? piece->size : size;

        memcpy(to, byte_piece_bytes(piece), part);
        to += part;
        size -= part;
    }
}

size_t byte_queue_find(const struct byte_queue *queue, uint8_t byte)
{
    const struct byte_piece *piece;
    size_t before = 0;

    for (piece = queue->first; piece != NULL; before += piece->size, piece = piece->next) {
        const uint8_t *bytes = byte_piece_bytes(piece);
        const uint8_t *at = memchr(bytes, byte, piece->size);

        if (at != NULL)
            return before + (size_t) (at - bytes);
    }
    return SIZE_MAX;
}
