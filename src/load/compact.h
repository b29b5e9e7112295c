/* compact.h - the compact terms of Code, Line and AtU8 chunks: one tagged unit at a time. */
#ifndef AVM_LOAD_COMPACT_H
#define AVM_LOAD_COMPACT_H

#include "base/cursor.h"

enum compact_tag {
    COMPACT_NUMBER, COMPACT_INTEGER, COMPACT_ATOM, COMPACT_X, COMPACT_Y, COMPACT_LABEL,
    COMPACT_CHARACTER,
    /* extended: a byte that ends in 7; value is what follows unless said otherwise */
    COMPACT_LIST, COMPACT_FLOAT_REGISTER, COMPACT_ALLOC_LIST, COMPACT_LITERAL, COMPACT_TYPED
};

struct compact {
    enum compact_tag tag;
    uint8_t register_tag;       /* COMPACT_TYPED: COMPACT_X or COMPACT_Y */
    uint16_t type_index;        /* COMPACT_TYPED */
    uint64_t value;             /* lists: how many units follow; TYPED: the register */
    const uint8_t *bytes;       /* an integer of two's complement bytes, NULL: value holds it */
    size_t size;
};

/* Reads one unit (of a list: its head). False when the bytes are not one. Only COMPACT_INTEGER can
** have bytes; every other value fits. */
bool compact_read(struct cursor *cursor, struct compact *unit);
/* Moves past a unit of one or two bytes: nothing extended, no value of more than eleven bits. False, with nothing
** changed, at any other. Most operands are such, and each op of a module is passed when it is loaded. */
static inline bool compact_skip_short(struct cursor *cursor)
{
    uint8_t first = cursor->at == cursor->end ? 7 : *cursor->at;
    size_t size = first & 0x08 ? 2 : 1;

    if ((first & 7) == 7 || (first & 0x18) == 0x18 || size > cursor_left(cursor))
        return false;
    cursor->at += size;
    return true;
}

/* Reads a COMPACT_NUMBER below 2^32. False for anything else. */
bool compact_read_number(struct cursor *cursor, uint32_t *number);
/* The integer when it fits 64 bits. */
bool compact_integer(const struct compact *unit, int64_t *value);

#endif
