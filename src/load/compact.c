/* compact.c - reads compact terms: a byte with three bits of tag and, by its bits 3 and 4, four bits
** of value, eleven bits of value, or the number of bytes of value that follow. */
#include "load/compact.h"

enum { IS_LONG = 0x08, IS_BYTES = 0x10 };

/* Size of a value in bytes; the length of nine and more is itself a number. */
static bool read_size(struct cursor *cursor, uint8_t first, size_t *size)
{
    uint8_t next;

    *size = (size_t) (first >> 5) + 2;
    if (*size < 9)
        return true;
    next = cursor_u8(cursor);
    if ((next & 7) != COMPACT_NUMBER || (next & (IS_LONG | IS_BYTES)) == (IS_LONG | IS_BYTES))
        return false;
    *size = 9;
    *size += next & IS_LONG ? (size_t) (next & 0xe0) << 3 | cursor_u8(cursor) : next >> 4;
    return !cursor->failed;
}

static bool read_bytes(struct cursor *cursor, uint8_t first, struct compact *unit)
{
    size_t at;

    if (!read_size(cursor, first, &unit->size))
        return false;
    unit->bytes = cursor_take(cursor, unit->size);
    if (unit->bytes == NULL)
        return false;
    if (unit->tag == COMPACT_INTEGER || unit->tag == COMPACT_CHARACTER)
        return true;
    /* Everything else is a count or an index: never negative. A count of bits that no 64 can hold, which
    ** a pattern may ask for, is as good as any other that nothing has. */
    if (unit->bytes[0] & 0x80)
        return false;
    if (unit->tag == COMPACT_NUMBER && (unit->size > 9 || (unit->size == 9 && unit->bytes[0] != 0))) {
        unit->value = UINT64_MAX;
        unit->bytes = NULL;
        return true;
    }
    if (unit->size > 9 || (unit->size == 9 && unit->bytes[0] != 0))
        return false;
    for (unit->value = 0, at = 0; at < unit->size; at++)
        unit->value = unit->value << 8 | unit->bytes[at];
    unit->bytes = NULL;
    return true;
}

/* A unit with a plain tag. */
static bool read_plain(struct cursor *cursor, uint8_t first, struct compact *unit)
{
    unit->tag = (enum compact_tag) (first & 7);
    unit->bytes = NULL;
    if (!(first & IS_LONG)) {
        unit->value = first >> 4;
        return !cursor->failed;
    }
    if (first & IS_BYTES)
        return read_bytes(cursor, first, unit);
    unit->value = (uint64_t) (first & 0xe0) << 3 | cursor_u8(cursor);
    return !cursor->failed;
}

static bool read_typed(struct cursor *cursor, struct compact *unit)
{
    struct compact part;
    uint8_t first = cursor_u8(cursor);

    if ((first & 7) == 7 || !read_plain(cursor, first, &part)
        || (part.tag != COMPACT_X && part.tag != COMPACT_Y))
        return false;
    unit->register_tag = (uint8_t) part.tag;
    unit->value = part.value;
    first = cursor_u8(cursor);
    if ((first & 7) != COMPACT_NUMBER || !read_plain(cursor, first, &part)
        || part.value > UINT16_MAX)
        return false;
    unit->type_index = (uint16_t) part.value;
    return true;
}

static bool read_extended(struct cursor *cursor, uint8_t first, struct compact *unit)
{
    uint8_t next;

    unit->bytes = NULL;
    switch (first) {
    case 0x17: unit->tag = COMPACT_LIST; break;
    case 0x27: unit->tag = COMPACT_FLOAT_REGISTER; break;
    case 0x37: unit->tag = COMPACT_ALLOC_LIST; break;
    case 0x47: unit->tag = COMPACT_LITERAL; break;
    case 0x57: unit->tag = COMPACT_TYPED; return read_typed(cursor, unit);
    default: return false;
    }
    next = cursor_u8(cursor);
    if ((next & 7) != COMPACT_NUMBER && !(unit->tag == COMPACT_FLOAT_REGISTER && (next & 7) != 7))
        return false;
    {
        struct compact part;

        if (!read_plain(cursor, next, &part) || part.bytes != NULL)
            return false;
        unit->value = part.value;
    }
    return true;
}

bool compact_read(struct cursor *cursor, struct compact *unit)
{
    uint8_t first = cursor_u8(cursor);

    unit->value = 0;
    if (cursor->failed)
        return false;
    return (first & 7) == 7 ? read_extended(cursor, first, unit)
                            : read_plain(cursor, first, unit);
}

bool compact_read_number(struct cursor *cursor, uint32_t *number)
{
    struct compact unit;

    if (!compact_read(cursor, &unit) || unit.tag != COMPACT_NUMBER || unit.value > UINT32_MAX)
        return false;
    *number = (uint32_t) unit.value;
    return true;
}

bool compact_integer(const struct compact *unit, int64_t *value)
{
    uint64_t sign, result;
    size_t at;

    if (unit->bytes == NULL) {
        *value = (int64_t) unit->value;
        return true;
    }
    sign = result = unit->bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (at = 0; at < unit->size; at++) {
        /* A byte that leaves may only have been one more of the sign, and so must the bit after it. */
        if (at >= 8 && (result >> 55 & 0x1ff) != (sign & 0x1ff))
            return false;
        result = result << 8 | unit->bytes[at];
    }
    *value = (int64_t) result;
    return true;
}
