/* bits_copy.c - moving and comparing runs of bits at any offsets.
**
** Always: no byte is read or written that holds no bit of the range, and of a byte that holds some,
** the other bits keep their value. */
#include "data/bits.h"
#include "data/bits_word.h"

/* From any offset to the start of a byte, the source not aligned to one. */
static void copy_shifted(uint8_t *to, const uint8_t *from, unsigned shift, size_t size)
{
    for (; size >= 64; size -= 64, to += 8, from += 8)
        bits_store64(to, bits_load64(from) << shift | from[8] >> (8 - shift));
    for (; size >= 8; size -= 8, to++, from++)
        *to = (uint8_t) (from[0] << shift | from[1] >> (8 - shift));
    if (size > 0)
        bits_poke8(to, 0, (unsigned) bits_peek(from, shift, (unsigned) size), (unsigned) size);
}

void bits_copy(uint8_t *to, size_t to_offset, const uint8_t *from, size_t from_offset, size_t size)
{
    unsigned lead;

    if (size == 0)
        return;
    lead = -(unsigned) to_offset & 7;
    if (lead != 0) {
        if (lead > size)
            lead = (unsigned) size;
        bits_poke8(to, to_offset, (unsigned) bits_peek(from, from_offset, lead), lead);
        to_offset += lead;
        from_offset += lead;
        size -= lead;
        if (size == 0)
            return;
    }
    to += to_offset >> 3;
    from += from_offset >> 3;
    if ((from_offset & 7) != 0) {
        copy_shifted(to, from, from_offset & 7, size);
    } else {
        memcpy(to, from, size >> 3);
        if ((size & 7) != 0)
            bits_poke8(to, size & ~(size_t) 7, from[size >> 3] >> (8 - (size & 7)), size & 7);
    }
}

static int compare_words(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int bits_compare(const uint8_t *a, size_t a_offset, const uint8_t *b, size_t b_offset, size_t size)
{
    int order = 0;

    if (((a_offset | b_offset) & 7) == 0) {
        a += a_offset >> 3;
        b += b_offset >> 3;
        if (size >= 8)
            order = memcmp(a, b, size >> 3);
        a_offset = b_offset = size & ~(size_t) 7;
        size &= 7;
    }
    while (order == 0 && size > 0) {
        unsigned step = size > 64 ? 64 : (unsigned) size;

        order = compare_words(bits_peek(a, a_offset, step), bits_peek(b, b_offset, step));
        a_offset += step;
        b_offset += step;
        size -= step;
    }
    return order;
}
