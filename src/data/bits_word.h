/* bits_word.h - reading and writing up to 64 bits at any bit offset. Inside the room only, like
** what it is made of: bytes are touched only where they hold a bit of the range. */
#ifndef AVM_DATA_BITS_WORD_H
#define AVM_DATA_BITS_WORD_H

#include "base/compiler.h"

static inline uint64_t bits_load64(const uint8_t *at)
{
    return (uint64_t) at[0] << 56 | (uint64_t) at[1] << 48 | (uint64_t) at[2] << 40
        | (uint64_t) at[3] << 32 | (uint64_t) at[4] << 24 | (uint64_t) at[5] << 16
        | (uint64_t) at[6] << 8 | (uint64_t) at[7];
}

static inline void bits_store64(uint8_t *at, uint64_t value)
{
    at[0] = (uint8_t) (value >> 56);
    at[1] = (uint8_t) (value >> 48);
    at[2] = (uint8_t) (value >> 40);
    at[3] = (uint8_t) (value >> 32);
    at[4] = (uint8_t) (value >> 24);
    at[5] = (uint8_t) (value >> 16);
    at[6] = (uint8_t) (value >> 8);
    at[7] = (uint8_t) value;
}

static inline uint64_t bits_reverse_bytes64(uint64_t value)
{
    value = (value & UINT64_C(0x00ff00ff00ff00ff)) << 8
        | ((value >> 8) & UINT64_C(0x00ff00ff00ff00ff));
    value = (value & UINT64_C(0x0000ffff0000ffff)) << 16
        | ((value >> 16) & UINT64_C(0x0000ffff0000ffff));
    return value << 32 | value >> 32;
}

static inline bool bits_host_is_little(void)
{
    const uint16_t probe = 1;
    uint8_t first;

    memcpy(&first, &probe, 1);
    return first == 1;
}

/* The first size bits (1..64) from offset, as a big-endian unsigned number. */
static inline uint64_t bits_peek(const uint8_t *base, size_t offset, unsigned size)
{
    const uint8_t *at = base + (offset >> 3);
    unsigned shift = offset & 7, have = 8 - shift;
    uint64_t value = at[0] & (0xffu >> shift);

    if (size == 32 && shift == 0)
        return (uint64_t) at[0] << 24 | (uint64_t) at[1] << 16 | (uint64_t) at[2] << 8 | at[3];
    if (have >= size)
        return value >> (have - size);
    for (at++; size - have >= 8; have += 8)
        value = value << 8 | *at++;
    if (size > have)
        value = value << (size - have) | *at >> (8 - (size - have));
    return value;
}

/* Writes the low size bits (1..8) of value at offset, leaving the bits around alone. */
static inline void bits_poke8(uint8_t *base, size_t offset, unsigned value, unsigned size)
{
    uint8_t *at = base + (offset >> 3);
    unsigned shift = offset & 7, room = 8 - shift;
    unsigned mask = (1u << size) - 1;

    value &= mask;
    if (size <= room) {
        at[0] = (uint8_t) ((at[0] & ~(mask << (room - size))) | value << (room - size));
    } else {
        unsigned rest = size - room;

        at[0] = (uint8_t) ((at[0] & ~(0xffu >> shift)) | value >> rest);
        at[1] = (uint8_t) ((at[1] & (0xffu >> rest)) | value << (8 - rest));
    }
}

/* Writes the low size bits (0..64) of value at offset, most significant first. */
static inline void bits_poke(uint8_t *base, size_t offset, uint64_t value, unsigned size)
{
    if ((offset & 7) == 0)
        for (uint8_t *at = base + (offset >> 3); size >= 8; size -= 8, offset += 8)
            *at++ = (uint8_t) (value >> (size - 8));
    for (; size >= 8; size -= 8, offset += 8)
        bits_poke8(base, offset, (unsigned) (value >> (size - 8)) & 0xff, 8);
    if (size > 0)
        bits_poke8(base, offset, (unsigned) value & 0xff, size);
}

#endif
