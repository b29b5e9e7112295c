/* iff.c - reads and writes the container of compiled modules. Owns nothing. */
#include "pack/iff.h"
#include "pack/inflate.h"

#define IFF_HEAD_SIZE 12
#define CHUNK_HEAD_SIZE 8

static size_t pad4(size_t size)
{
    return (size + 3) & ~(size_t) 3;
}

bool iff_is_iff(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    return size >= IFF_HEAD_SIZE && memcmp(at, "FOR1", 4) == 0 && memcmp(at + 8, "BEAM", 4) == 0;
}

const char *iff_open(struct iff *iff, const void *bytes, size_t size)
{
    struct cursor cursor = cursor_make(bytes, size);
    struct cursor chunks;

    if (!iff_is_iff(bytes, size))
        return "not a compiled module (no FOR1 BEAM at its start)";
    cursor_skip(&cursor, 4);
    chunks = cursor_sub(&cursor, cursor_u32(&cursor));
    if (cursor.failed)
        return "truncated: the module is longer than the file";
    cursor_skip(&chunks, 4);
    while (cursor_left(&chunks) > 0) {
        size_t chunk_size;

        cursor_skip(&chunks, 4);
        chunk_size = cursor_u32(&chunks);
        cursor_skip(&chunks, chunk_size);
        if (chunks.failed)
            return "truncated: a chunk is longer than the module";
        chunk_size = pad4(chunk_size) - chunk_size;
        cursor_skip(&chunks, chunk_size < cursor_left(&chunks) ? chunk_size : cursor_left(&chunks));
    }
    iff->bytes = bytes;
    iff->size = (size_t) (chunks.end - iff->bytes);
    return NULL;
}

bool iff_next(const struct iff *iff, size_t *position, struct iff_chunk *chunk)
{
    struct cursor cursor = cursor_make(iff->bytes, iff->size);

    cursor_skip(&cursor, *position == 0 ? IFF_HEAD_SIZE : *position);
    if (cursor_left(&cursor) == 0)
        return false;
    chunk->id = (const char *) cursor_take(&cursor, 4);
    chunk->size = cursor_u32(&cursor);
    chunk->data = cursor_take(&cursor, chunk->size);
    *position = cursor_offset(&cursor) + (pad4(chunk->size) - chunk->size);
    if (*position > iff->size)
        *position = iff->size;
    return true;
}

bool iff_find(const struct iff *iff, const char id[4], struct iff_chunk *chunk)
{
    struct iff_chunk found;
    size_t position = 0;

    while (iff_next(iff, &position, &found)) {
        if (memcmp(found.id, id, 4) == 0) {
            *chunk = found;
            return true;
        }
    }
    return false;
}

/* ---- Literals ------------------------------------------------------------------------------ */

static const char *inflate_literals(const struct iff_chunk *chunk, struct memory *memory,
    uint8_t **data, size_t size)
{
    const char *why;
    uint8_t *plain;

    /* DEFLATE cannot do better than about 1 to 1032: a larger claim is a lie, not a need. */
    if (size / 1040 > chunk->size)
        return "the literal table claims an impossible size";
    plain = memory_allocate(memory, MEMORY_CODE, size);
    if (plain == NULL)
        return "out of memory";
    why = inflate_zlib(memory, chunk->data + 4, chunk->size - 4, plain, size);
    if (why != NULL) {
        memory_free(memory, MEMORY_CODE, plain, size);
        return why;
    }
    *data = plain;
    return NULL;
}

const char *iff_read_literals(const struct iff *iff, struct memory *memory, const uint8_t **data,
    size_t *size, bool *is_owned)
{
    struct iff_chunk chunk = { NULL, NULL, 0 };
    struct cursor cursor;
    uint8_t *plain = NULL;
    size_t plain_size;
    const char *why;

    *is_owned = false;
    if (iff_find(iff, "LitU", &chunk) || !iff_find(iff, "LitT", &chunk)) {
        *data = chunk.data;
        *size = chunk.size;
        return NULL;
    }
    cursor = cursor_make(chunk.data, chunk.size);
    plain_size = cursor_u32(&cursor);
    if (cursor.failed)
        return "truncated: no size in the literal table";
    if (plain_size == 0) {
        *data = cursor.at;
        *size = cursor_left(&cursor);
        return NULL;
    }
    why = inflate_literals(&chunk, memory, &plain, plain_size);
    if (why != NULL)
        return why;
    *data = plain;
    *size = plain_size;
    *is_owned = true;
    return NULL;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void put_u32(uint8_t *at, size_t value)
{
    at[0] = (uint8_t) (value >> 24);
    at[1] = (uint8_t) (value >> 16);
    at[2] = (uint8_t) (value >> 8);
    at[3] = (uint8_t) value;
}

size_t iff_write_begin(struct byte_buffer *buffer)
{
    size_t begin = buffer->size;

    byte_buffer_append(buffer, "FOR1\0\0\0\0BEAM", IFF_HEAD_SIZE);
    return begin;
}

void iff_write_chunk(struct byte_buffer *buffer, const char id[4], const void *data, size_t size)
{
    uint8_t head[CHUNK_HEAD_SIZE];

    if (size > UINT32_MAX) {
        buffer->failed = true;
        return;
    }
    memcpy(head, id, 4);
    put_u32(head + 4, size);
    byte_buffer_append(buffer, head, sizeof head);
    byte_buffer_append(buffer, data, size);
    byte_buffer_append(buffer, "\0\0\0", pad4(size) - size);
}

void iff_write_end(struct byte_buffer *buffer, size_t begin)
{
    if (buffer->failed)
        return;
    if (buffer->size - begin > UINT32_MAX) {
        buffer->failed = true;
        return;
    }
    put_u32(buffer->bytes + begin + 4, buffer->size - begin - 8);
}

static bool is_needed_chunk(const char *id)
{
    static const char needed[][5] = { "AtU8", "Code", "ExpT", "LocT", "ImpT", "FunT", "StrT",
        "Type", "Line" };
    size_t at;

    for (at = 0; at < AVM_COUNT_OF(needed); at++)
        if (memcmp(id, needed[at], 4) == 0)
            return true;
    return memcmp(id, "avm", 3) == 0;
}

const char *iff_write_stripped(struct byte_buffer *buffer, const struct iff *iff)
{
    size_t begin = iff_write_begin(buffer);
    struct iff_chunk chunk;
    size_t position = 0;
    const uint8_t *literals;
    size_t literals_size;
    bool is_owned;
    const char *why;

    while (iff_next(iff, &position, &chunk))
        if (is_needed_chunk(chunk.id))
            iff_write_chunk(buffer, chunk.id, chunk.data, chunk.size);
    why = iff_read_literals(iff, buffer->memory, &literals, &literals_size, &is_owned);
    if (why != NULL)
        return why;
    if (literals != NULL)
        iff_write_chunk(buffer, "LitU", literals, literals_size);
    if (is_owned)
        memory_free(buffer->memory, MEMORY_CODE, (void *) (uintptr_t) literals, literals_size);
    iff_write_end(buffer, begin);
    return buffer->failed ? "out of memory" : NULL;
}
