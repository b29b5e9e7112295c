/* cursor.h - the bounds-checked reader that every parser of foreign bytes goes through.
**
** Always: at <= end. A read past the end gives 0 (or NULL), moves nothing and sets failed, which
** stays set: a parser may read a group of fields and check once. */
#ifndef AVM_BASE_CURSOR_H
#define AVM_BASE_CURSOR_H

#include "base/compiler.h"

struct cursor {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline struct cursor cursor_make(const void *data, size_t size)
{
    struct cursor cursor = { data, data, (const uint8_t *) data + size, false };

    return cursor;
}

static inline size_t cursor_left(const struct cursor *cursor)
{
    return (size_t) (cursor->end - cursor->at);
}

static inline size_t cursor_offset(const struct cursor *cursor)
{
    return (size_t) (cursor->at - cursor->start);
}

/* Borrows size bytes at the cursor and moves past them; NULL when fewer are left. */
static inline const uint8_t *cursor_take(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = cursor->at;

    if (cursor->failed || size > cursor_left(cursor)) {
        cursor->failed = true;
        return NULL;
    }
    cursor->at += size;
    return bytes;
}

static inline void cursor_skip(struct cursor *cursor, size_t size)
{
    (void) cursor_take(cursor, size);
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *bytes = cursor_take(cursor, 1);

    return bytes == NULL ? 0 : bytes[0];
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
    const uint8_t *bytes = cursor_take(cursor, 2);

    return bytes == NULL ? 0 : (uint16_t) (bytes[0] << 8 | bytes[1]);
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
    const uint8_t *bytes = cursor_take(cursor, 4);

    return bytes == NULL ? 0
                         : (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16
            | (uint32_t) bytes[2] << 8 | (uint32_t) bytes[3];
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
    uint64_t high = cursor_u32(cursor);

    return high << 32 | cursor_u32(cursor);
}

/* A cursor over the next size bytes, which this one moves past; failed when fewer are left. */
static inline struct cursor cursor_sub(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = cursor_take(cursor, size);
    struct cursor sub = cursor_make(bytes != NULL ? bytes : cursor->end, bytes != NULL ? size : 0);

    sub.failed = bytes == NULL;
    return sub;
}

#endif
