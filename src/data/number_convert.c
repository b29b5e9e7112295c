/* number_convert.c - integers from and to C, bytes, doubles and text. */
#include <math.h>

#include "data/number.h"
#include "data/number_integer.h"

/* ---- 64-bit integers ----------------------------------------------------------- */

static enum data_status make_magnitude(struct heap *heap, uint64_t magnitude, bool negative,
    term *result)
{
#if UINTPTR_MAX > 0xffffffffu
    return integer_make_word(heap, magnitude, negative, result);
#else
    struct integer_builder builder;

    if (magnitude >> LIMB_BITS == 0)
        return integer_make_word(heap, (limb) magnitude, negative, result);
    if (!integer_begin(&builder, heap, 2))
        return DATA_NO_MEMORY;
    builder.limbs[0] = (limb) magnitude;
    builder.limbs[1] = (limb) (magnitude >> LIMB_BITS);
    return integer_end(&builder, 2, negative, result);
#endif
}

term integer_make_int64(struct heap *heap, int64_t value)
{
    term result = TERM_NONE;

    make_magnitude(heap, value < 0 ? -(uint64_t) value : (uint64_t) value, value < 0, &result);
    return result;
}

term integer_make_uint64(struct heap *heap, uint64_t value)
{
    term result = TERM_NONE;

    make_magnitude(heap, value, false, &result);
    return result;
}

/* Bits 64 * index and up of the magnitude. */
static uint64_t bits64_at(const struct integer *view, size_t index)
{
#if UINTPTR_MAX > 0xffffffffu
    return index < view->size ? view->limbs[index] : 0;
#else
    uint64_t low = 2 * index < view->size ? view->limbs[2 * index] : 0;
    uint64_t high = 2 * index + 1 < view->size ? view->limbs[2 * index + 1] : 0;

    return high << 32 | low;
#endif
}

bool integer_get_int64(term t, int64_t *value)
{
    struct integer view;
    uint64_t magnitude;

    if (!integer_view(&view, t) || view.size > 64 / LIMB_BITS)
        return false;
    magnitude = bits64_at(&view, 0);
    if (magnitude > (uint64_t) INT64_MAX + view.negative)
        return false;
    *value = view.negative && magnitude != 0 ? -(int64_t) (magnitude - 1) - 1
                                             : (int64_t) magnitude;
    return true;
}

bool integer_get_uint64(term t, uint64_t *value)
{
    struct integer view;

    if (!integer_view(&view, t) || view.negative || view.size > 64 / LIMB_BITS)
        return false;
    *value = bits64_at(&view, 0);
    return true;
}

bool integer_is_negative(term t)
{
    return term_is_small(t) ? term_small(t) < 0 : term_has_kind(t, BOXED_BIG_NEGATIVE);
}

/* ---- bytes ------------------------------------------------------------------------ */

size_t integer_magnitude_bytes(term t)
{
    struct integer view;

    if (!integer_view(&view, t))
        return 0;
    return (bigint_bit_size(view.limbs, view.size) + 7) / 8;
}

/* Byte index, counted from the least significant. */
static uint8_t byte_at(const uint8_t *bytes, size_t size, bool big_endian, size_t index)
{
    return big_endian ? bytes[size - 1 - index] : bytes[index];
}

/* Gathers count limbs from two's complement; the magnitude of it when negative. */
static void gather(limb *limbs, size_t count, const uint8_t *bytes, size_t size, bool big_endian,
    bool negative)
{
    limb carry = 1;
    size_t i;

    for (i = 0; i < count; i++) {
        limb value = negative ? LIMB_MAX : 0;
        unsigned j;

        for (j = 0; j < sizeof value && i * sizeof value + j < size; j++) {
            limb byte = byte_at(bytes, size, big_endian, i * sizeof value + j);

            value = (value & ~((limb) 0xff << 8 * j)) | byte << 8 * j;
        }
        if (negative) {
            value = ~value + carry;
            carry = carry != 0 && value == 0;
        }
        limbs[i] = value;
    }
}

enum data_status integer_from_bytes(struct heap *heap, const uint8_t *bytes, size_t size,
    bool big_endian, bool is_signed, term *result)
{
    bool negative = is_signed && size > 0 && byte_at(bytes, size, big_endian, size - 1) >> 7 != 0;
    size_t significant = size, count;
    struct integer_builder builder;

    while (significant > 0
        && byte_at(bytes, size, big_endian, significant - 1) == (negative ? 0xff : 0))
        significant--;
    /* Sign bytes left out at the top still count through gather's filling. */
    if (big_endian)
        bytes += size - significant;
    count = significant / sizeof(limb) + 1;
    if (significant / sizeof(limb) > INTEGER_MAX_LIMBS)
        return DATA_SYSTEM_LIMIT;
    if (count == 1) {
        limb value;

        gather(&value, 1, bytes, significant, big_endian, negative);
        return integer_make_word(heap, value, negative, result);
    }
    if (!integer_begin(&builder, heap, count))
        return DATA_NO_MEMORY;
    gather(builder.limbs, count, bytes, significant, big_endian, negative);
    return integer_end(&builder, count, negative, result);
}

void integer_to_bytes(term t, uint8_t *bytes, size_t size, bool big_endian)
{
    struct integer view;
    limb carry = 1;
    size_t i;

    if (!integer_view(&view, t))
        return;
    for (i = 0; i < size; i += sizeof(limb)) {
        size_t index = i / sizeof(limb), j;
        limb value = index < view.size ? view.limbs[index] : 0;

        if (view.negative) {
            value = ~value + carry;
            carry = carry != 0 && value == 0;
        }
        for (j = i; j < size && j < i + sizeof(limb); j++) {
            bytes[big_endian ? size - 1 - j : j] = (uint8_t) value;
            value >>= 8;
        }
    }
}

/* ---- doubles ------------------------------------------------------------------------ */

/* 64 bits from the top at a time, each step rounded, as OTP does on 64-bit systems: past 64 bits the
** result may be the double beside the nearest. The same on 32-bit systems, so that programs see one
** arithmetic. */
bool integer_to_double(term t, double *value)
{
    volatile double sum = 0.0;
    struct integer view;
    size_t i;

    if (term_is_small(t)) {
        *value = (double) term_small(t);
        return true;
    }
    if (!integer_view(&view, t))
        return false;
    for (i = (view.size + 64 / LIMB_BITS - 1) / (64 / LIMB_BITS); i-- > 0;) {
        volatile double scaled = ldexp(sum, 64), low = (double) bits64_at(&view, i);

        sum = scaled + low;
        if (!isfinite(sum))
            return false;
    }
    *value = view.negative ? -sum : sum;
    return true;
}

/* value = mantissa * 2^exponent with a mantissa of 64 bits, top bit set; value > 0. */
static uint64_t split_double(double value, int *exponent)
{
    double fraction = frexp(value, exponent);

    *exponent -= 64;
    return (uint64_t) ldexp(fraction, 53) << 11;
}

/* Limbs of the largest double, and one for what a shift pushes out. */
#define DOUBLE_LIMBS (1024 / (sizeof(limb) * CHAR_BIT) + 1)

/* limbs[0..DOUBLE_LIMBS) = mantissa << shift, shift <= 960. */
static void place_mantissa(limb *limbs, uint64_t mantissa, unsigned shift)
{
    limb *at = limbs + shift / LIMB_BITS;
    unsigned i;

    memset(limbs, 0, DOUBLE_LIMBS * sizeof *limbs);
    for (i = 0; i < 64 / LIMB_BITS; i++)
        at[i] = (limb) (mantissa >> i * LIMB_BITS);
    at[i] = bigint_shift_left(at, at, i, shift % LIMB_BITS);
}

enum data_status integer_from_double(struct heap *heap, double value, term *result)
{
    double magnitude = fabs(value);
    struct integer_builder builder;
    uint64_t mantissa;
    int exponent;

    if (!isfinite(value))
        return DATA_BAD_ARGUMENT;
    if (magnitude < 18446744073709551616.0)
        return make_magnitude(heap, (uint64_t) magnitude, value < 0, result);
    mantissa = split_double(magnitude, &exponent);
    if (!integer_begin(&builder, heap, DOUBLE_LIMBS))
        return DATA_NO_MEMORY;
    place_mantissa(builder.limbs, mantissa, (unsigned) exponent);
    return integer_end(&builder, DOUBLE_LIMBS, value < 0, result);
}

/* ---- text -------------------------------------------------------------------------------- */

size_t integer_text_size(term t, unsigned base)
{
    struct integer view;

    return integer_view(&view, t) ? bigint_text_size(view.limbs, view.size, base) + view.negative
                                  : 0;
}

size_t integer_print(struct memory *memory, term t, unsigned base, char *text)
{
    struct integer view;
    size_t size;

    if (!integer_view(&view, t))
        return 0;
    if (view.negative)
        *text++ = '-';
    size = bigint_print(memory, view.limbs, view.size, base, text);
    return size == SIZE_MAX ? SIZE_MAX : size + view.negative;
}

/* True when all are digits of base. */
static bool all_digits(const uint8_t *text, size_t size, unsigned base)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (bigint_digit_value(text[i]) >= base)
            return false;
    }
    return size > 0;
}

/* Digits that fit a small whatever they are. */
static size_t small_digits(unsigned base)
{
    if (base <= 10)
        return SMALL_BITS == 60 ? 17 : 8;
    return SMALL_BITS == 60 ? 11 : 5;
}

static intptr_t parse_small(const uint8_t *text, size_t size, unsigned base)
{
    intptr_t value = 0;
    size_t i;

    for (i = 0; i < size; i++)
        value = value * (intptr_t) base + (intptr_t) bigint_digit_value(text[i]);
    return value;
}

/* text has digits only, the first of them not 0. */
static enum data_status parse_big(struct heap *heap, const uint8_t *text, size_t size,
    unsigned base, bool negative, term *result)
{
    unsigned least_bits = LIMB_BITS - 1 - limb_leading_zeros(base);
    struct integer_builder builder;
    size_t limbs;

    if ((size - 1) / INTEGER_MAX_LIMBS >= LIMB_BITS / least_bits + 1)
        return DATA_SYSTEM_LIMIT;
    if (!integer_begin(&builder, heap, bigint_parse_limbs(size, base)))
        return DATA_NO_MEMORY;
    if (!bigint_parse(heap->shared->memory, text, size, base, builder.limbs, &limbs)) {
        integer_cancel(&builder);
        return DATA_NO_MEMORY;
    }
    return integer_end(&builder, limbs, negative, result);
}

enum data_status integer_parse(struct heap *heap, const uint8_t *text, size_t size, unsigned base,
    term *result)
{
    bool negative = false;

    if (size > 0 && (*text == '-' || *text == '+')) {
        negative = *text == '-';
        text++;
        size--;
    }
    if (!all_digits(text, size, base))
        return DATA_BAD_ARGUMENT;
    while (size > 1 && *text == '0') {
        text++;
        size--;
    }
    if (size <= small_digits(base)) {
        intptr_t value = parse_small(text, size, base);

        *result = term_make_small(negative ? -value : value);
        return DATA_OK;
    }
    return parse_big(heap, text, size, base, negative, result);
}
