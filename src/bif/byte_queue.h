/* byte_queue.h - bytes that wait, first in, first out, in pieces that share what large binaries hold: the
** input of zlib's streams, the buffers of prim_buffer.
**
** Always: size is the sum over the pieces; no piece is empty. Bytes of small binaries are gathered in
** pieces of the queue's own. */
#ifndef AVM_BIF_BYTE_QUEUE_H
#define AVM_BIF_BYTE_QUEUE_H

#include "data/bits.h"

struct byte_piece {
    struct byte_piece *next;
    struct offheap_binary *owner;       /* one count is this piece's */
    size_t offset, size;                /* in owner->data */
    bool is_own;                        /* the queue made the owner, and may add behind the last byte */
};

struct byte_queue {
    struct memory *memory;
    struct byte_piece *first, **last;
    size_t size;
};

void byte_queue_init(struct byte_queue *queue, struct memory *memory);
void byte_queue_clear(struct byte_queue *queue);
/* Puts a binary behind; DATA_BAD_ARGUMENT for any other term. Fails with nothing changed. */
enum data_status byte_queue_put(struct byte_queue *queue, term binary);
/* Takes count bytes (not more than there are) off the front. */
void byte_queue_skip(struct byte_queue *queue, size_t count);
/* The first size bytes (not more than there are), which stay. */
void byte_queue_copy(const struct byte_queue *queue, uint8_t *to, size_t size);
/* Index of the first such byte, SIZE_MAX: none. */
size_t byte_queue_find(const struct byte_queue *queue, uint8_t byte);

static inline const uint8_t *byte_piece_bytes(const struct byte_piece *piece)
{
    return piece->owner->data + piece->offset;
}

#endif
