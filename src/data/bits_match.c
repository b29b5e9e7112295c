/* bits_match.c - reading integers, floats and code points at any bit offset.
**
** Always: nothing outside of the range given is read. */
#include <math.h>

#include "base/utf8.h"
#include "data/bits.h"
#include "data/bits_word.h"
#include "data/number.h"

static bool is_little(unsigned flags)
{
    return (flags & BITS_LITTLE) != 0 || ((flags & BITS_NATIVE) != 0 && bits_host_is_little());
}

/* size 1..64. Little-endian: whole bytes, least significant first, then the bits of the last. */
static uint64_t read_word(const uint8_t *base, size_t offset, unsigned size, bool little)
{
    unsigned rest = size & 7, whole = size - rest;
    uint64_t value = 0;

    if (!little || size <= 8)
        return bits_peek(base, offset, size);
    value = bits_reverse_bytes64(bits_peek(base, offset, whole) << (64 - whole));
    if (rest > 0)
        value |= bits_peek(base, offset + whole, rest) << whole;
    return value;
}

/* ---- integers ----------------------------------------------------------------------------- */

static enum data_status make_short(struct heap *heap, uint64_t value, unsigned size, bool is_signed,
    term *result)
{
    int64_t number = (int64_t) value;
    term made;

    if (is_signed && size < 64 && (value >> (size - 1)) != 0)
        number = (int64_t) (value | ~UINT64_C(0) << size);
    if (AVM_LIKELY(small_fits(number) && (is_signed || number >= 0))) {
        *result = term_make_small((intptr_t) number);
        return DATA_OK;
    }
    made = is_signed ? integer_make_int64(heap, number) : integer_make_uint64(heap, value);
    if (made == TERM_NONE)
        return DATA_NO_MEMORY;
    *result = made;
    return DATA_OK;
}

/* Limb index of a number of size bits. */
static term read_limb(const uint8_t *base, size_t offset, size_t size, size_t index, bool little)
{
    size_t low = index * TERM_BITS;
    unsigned width = size - low < TERM_BITS ? (unsigned) (size - low) : TERM_BITS;

    return (term) read_word(base, little ? offset + low : offset + size - low - width, width,
        little);
}

/* Two's complement of the limbs, whose top one uses top_bits bits. */
static void negate_limbs(term *limbs, size_t count, unsigned top_bits)
{
    term carry = 1;

    for (size_t i = 0; i < count; i++) {
        limbs[i] = ~limbs[i] + carry;
        carry = carry != 0 && limbs[i] == 0;
    }
    if (top_bits < TERM_BITS)
        limbs[count - 1] &= ((term) 1 << top_bits) - 1;
}

/* The canonical integer from the magnitude in big's limbs; what it does not need goes back. */
static term finish_big(struct heap *heap, term *big, size_t count, bool negative)
{
    term *end = big + 1 + count;

    while (count > 0 && big[count] == 0)
        count--;
    if (count <= 1) {
        term magnitude = count == 0 ? 0 : big[1];

        if (magnitude <= (term) SMALL_MAX + negative) {
            heap_give_back(heap, big, end);
            return term_make_small(negative ? -(intptr_t) magnitude : (intptr_t) magnitude);
        }
    }
    big[0] = header_make(negative ? BOXED_BIG_NEGATIVE : BOXED_BIG_POSITIVE, count);
    if (big + 1 + count != end)
        heap_give_back(heap, big + 1 + count, end);
    return term_make_boxed(big);
}

static enum data_status make_long(struct heap *heap, const uint8_t *base, size_t offset,
    size_t size, unsigned flags, term *result)
{
    size_t count = size / TERM_BITS + (size % TERM_BITS != 0);
    unsigned top_bits = (unsigned) (size - (count - 1) * TERM_BITS);
    bool negative, little = is_little(flags);
    term *big;

    while (count > INTEGER_MAX_BITS / TERM_BITS) {
        if (read_limb(base, offset, size, count - 1, little) != 0)
            return DATA_SYSTEM_LIMIT;
        offset += little ? 0 : top_bits;
        size -= top_bits;
        top_bits = TERM_BITS;
        flags &= ~(unsigned) BITS_SIGNED;
        count--;
    }
    big = heap_allocate(heap, 1 + count);
    if (big == NULL)
        return DATA_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        big[1 + i] = read_limb(base, offset, size, i, little);
    negative = (flags & BITS_SIGNED) != 0 && (big[count] >> (top_bits - 1)) != 0;
    if (negative)
        negate_limbs(big + 1, count, top_bits);
    *result = finish_big(heap, big, count, negative);
    return DATA_OK;
}

enum data_status bits_read_integer(struct heap *heap, const uint8_t *base, size_t offset,
    size_t size, unsigned flags, term *result)
{
    if (AVM_LIKELY(size == 8 && (offset & 7) == 0)) {
        *result = term_make_small((flags & BITS_SIGNED) != 0 ? (int8_t) base[offset >> 3]
                                                             : base[offset >> 3]);
        return DATA_OK;
    }
    if (size == 0) {
        *result = term_make_small(0);
        return DATA_OK;
    }
    if (size > 64)
        return make_long(heap, base, offset, size, flags, result);
    return make_short(heap, read_word(base, offset, (unsigned) size, is_little(flags)),
        (unsigned) size, (flags & BITS_SIGNED) != 0, result);
}

/* ---- floats ------------------------------------------------------------------------------- */

static double half_to_float(unsigned half)
{
    unsigned exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
    double magnitude;

    if (exponent == 0x1f)
        return HUGE_VAL;
    magnitude = exponent == 0 ? ldexp(fraction, -24) : ldexp(fraction | 0x400, (int) exponent - 25);
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

bool bits_read_float(const uint8_t *base, size_t offset, size_t size, unsigned flags, double *value)
{
    uint64_t bits;
    uint32_t single_bits;
    float single;
    double number;

    if (size != 64 && size != 32 && size != 16)
        return false;
    bits = read_word(base, offset, (unsigned) size, is_little(flags));
    if (size == 64) {
        memcpy(&number, &bits, sizeof number);
    } else if (size == 32) {
        single_bits = (uint32_t) bits;
        memcpy(&single, &single_bits, sizeof single);
        number = single;
    } else {
        number = half_to_float((unsigned) bits);
    }
    if (!isfinite(number))
        return false;
    *value = number;
    return true;
}

/* ---- code points -------------------------------------------------------------------------- */

size_t bits_read_utf8(const uint8_t *base, size_t offset, size_t available, uint32_t *point)
{
    uint8_t bytes[4] = { 0 };
    size_t count = available >> 3 > 4 ? 4 : available >> 3;
    int used;

    if (count == 0)
        return 0;
    bytes[0] = bits_byte_at(base, offset);
    if (bytes[0] < 0x80) {
        *point = bytes[0];
        return 8;
    }
    bits_copy(bytes, 0, base, offset, count * 8);
    used = utf8_decode(bytes, count, point);
    return used > 0 ? (size_t) used * 8 : 0;
}

size_t bits_read_utf16(const uint8_t *base, size_t offset, size_t available, unsigned flags,
    uint32_t *point)
{
    uint32_t high, low;

    if (available < 16)
        return 0;
    high = (uint32_t) read_word(base, offset, 16, is_little(flags));
    if (high < 0xd800 || high > 0xdfff) {
        *point = high;
        return 16;
    }
    if (high >= 0xdc00 || available < 32)
        return 0;
    low = (uint32_t) read_word(base, offset + 16, 16, is_little(flags));
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
    return 32;
}

size_t bits_read_utf32(const uint8_t *base, size_t offset, size_t available, unsigned flags,
    uint32_t *point)
{
    uint32_t value;

    if (available < 32)
        return 0;
    value = (uint32_t) read_word(base, offset, 32, is_little(flags));
    if (!utf8_is_valid_point(value))
        return 0;
    *point = value;
    return 32;
}
