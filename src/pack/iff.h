/* pack/iff.h - the container of a compiled module: FOR1, size, BEAM, then chunks.
**
** Owns nothing: an iff borrows the bytes it was opened over. Once iff_open has succeeded, every
** chunk lies within the bytes, and walking cannot fail. */
#ifndef AVM_PACK_IFF_H
#define AVM_PACK_IFF_H

#include "base/cursor.h"
#include "base/vector.h"

struct iff {
    const uint8_t *bytes;   /* from FOR1 to the end that its size names */
    size_t size;
};

struct iff_chunk {
    const char *id;         /* four characters, not terminated */
    const uint8_t *data;    /* not aligned in general */
    size_t size;
};

/* Whether the bytes begin as a compiled module does; says nothing about the rest. */
bool iff_is_iff(const void *bytes, size_t size);

/* Checks the container and all chunk sizes. Bytes past the size in the head are left out.
** NULL when all is well, else why not (a constant text), with *iff untouched. */
const char *iff_open(struct iff *iff, const void *bytes, size_t size);

/* The first chunk with this id; false when there is none. */
bool iff_find(const struct iff *iff, const char id[4], struct iff_chunk *chunk);

/* Walks all chunks: *position is 0 before the first call. False after the last. */
bool iff_next(const struct iff *iff, size_t *position, struct iff_chunk *chunk);

/* Writing: begin, chunks, end. The first returns where the head lies, for the last. A failure of
** the buffer shows in buffer->failed. Chunks are padded to 4 bytes. */
size_t iff_write_begin(struct byte_buffer *buffer);
void iff_write_chunk(struct byte_buffer *buffer, const char id[4], const void *data, size_t size);
void iff_write_end(struct byte_buffer *buffer, size_t begin);

/* Appends a module rebuilt with only what running it needs: the chunks of the pack format, with a
** compressed LitT as a plain LitU. NULL, or why not (also for lack of memory); then the buffer
** may hold a part of it. */
const char *iff_write_stripped(struct byte_buffer *buffer, const struct iff *iff);

/* The literal table without its compression, from LitU or LitT. *gives* (MEMORY_CODE, *size bytes,
** through memory_free) when *is_owned, else *borrows* from the iff. *data is NULL and the size 0
** when the module has no literals. NULL, or why not. */
const char *iff_read_literals(const struct iff *iff, struct memory *memory, const uint8_t **data,
    size_t *size, bool *is_owned);

#endif
