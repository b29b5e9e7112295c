/* float_exact.c - exact decimal expansion of doubles, over limbs on the C stack.
**
** The largest double has 309 digits before the point, the smallest 1074 behind it, of which 767 at
** most are significant. */
#include <math.h>

#include "data/float_exact.h"

/* Digits that always fit a limb, and 10 to that power. */
#if UINTPTR_MAX > 0xffffffffu
#define CHUNK_DIGITS 19
#define CHUNK_VALUE ((limb) 10000000000000000000u)
#else
#define CHUNK_DIGITS 9
#define CHUNK_VALUE ((limb) 1000000000u)
#endif

struct double_parts double_split(double value)
{
    struct double_parts parts;
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    parts.mantissa = bits & (((uint64_t) 1 << 52) - 1);
    parts.exponent = (int) (bits >> 52 & 0x7ff);
    if (parts.exponent == 0) {
        parts.exponent = -1074;
    } else {
        parts.mantissa |= (uint64_t) 1 << 52;
        parts.exponent -= 1075;
    }
    return parts;
}

double double_join(uint64_t mantissa, int exponent)
{
    volatile double value = ldexp((double) mantissa, exponent);     /* drops excess range */

    return value;
}

void exact_set(struct exact *number, uint64_t value)
{
    number->limbs[0] = (limb) value;
    number->size = 1;
    if (LIMB_BITS == 32) {
        number->limbs[1] = (limb) (value >> 32);
        number->size = 2;
    }
    number->size = bigint_trim(number->limbs, number->size);
}

void exact_multiply(struct exact *number, limb factor)
{
    limb carry = bigint_multiply_limb(number->limbs, number->limbs, number->size, factor, 0);

    if (carry != 0)
        number->limbs[number->size++] = carry;
}

void exact_multiply_power10(struct exact *number, unsigned power)
{
    limb rest = 1;

    for (; power >= CHUNK_DIGITS; power -= CHUNK_DIGITS)
        exact_multiply(number, CHUNK_VALUE);
    while (power-- > 0)
        rest *= 10;
    exact_multiply(number, rest);
}

void exact_shift_left(struct exact *number, unsigned bits)
{
    size_t words = bits / LIMB_BITS;
    limb out;

    if (number->size == 0)
        return;
    out = bigint_shift_left(number->limbs + words, number->limbs, number->size, bits % LIMB_BITS);
    memset(number->limbs, 0, words * sizeof(limb));
    number->size += words;
    if (out != 0)
        number->limbs[number->size++] = out;
}

void exact_add(struct exact *sum, const struct exact *a, const struct exact *b)
{
    const struct exact *larger = a->size >= b->size ? a : b;
    const struct exact *other = larger == a ? b : a;
    limb carry = bigint_add(sum->limbs, larger->limbs, larger->size, other->limbs, other->size);

    sum->size = larger->size;
    if (carry != 0)
        sum->limbs[sum->size++] = carry;
}

void exact_subtract(struct exact *a, const struct exact *b)
{
    bigint_subtract(a->limbs, a->limbs, a->size, b->limbs, b->size);
    a->size = bigint_trim(a->limbs, a->size);
}

/* ---- expansion -------------------------------------------------------------------- */

/* Appends the CHUNK_DIGITS digits of value, leaving out zeros in front of the first digit. */
static void append_chunk(struct exact_digits *digits, limb value)
{
    uint8_t chunk[CHUNK_DIGITS];
    int i;

    for (i = CHUNK_DIGITS; i-- > 0; value /= 10)
        chunk[i] = (uint8_t) (value % 10);
    for (i = 0; i < CHUNK_DIGITS; i++) {
        if (digits->count > 0 || chunk[i] != 0)
            digits->digits[digits->count++] = chunk[i];
    }
}

static void expand_integer(struct exact_digits *digits, struct exact *number)
{
    limb chunks[EXACT_LIMBS];
    size_t count = 0;

    while (number->size > 0) {
        chunks[count++] =
            bigint_divide_limb(number->limbs, number->limbs, number->size, CHUNK_VALUE);
        number->size = bigint_trim(number->limbs, number->size);
    }
    while (count > 0)
        append_chunk(digits, chunks[--count]);
    digits->point = digits->count;
}

/* fraction: size limbs below the point. */
static void expand_fraction(struct exact_digits *digits, limb *fraction, size_t size)
{
    while (size > 0) {
        int before = digits->count;

        if (fraction[0] == 0) {
            fraction++;
            size--;
            continue;
        }
        append_chunk(digits, bigint_multiply_limb(fraction, fraction, size, CHUNK_VALUE, 0));
        if (before == 0)
            digits->point -= CHUNK_DIGITS - digits->count;
    }
}

/* number / 2^below. */
static void expand_mixed(struct exact_digits *digits, struct exact *number, unsigned below)
{
    size_t words = (below + LIMB_BITS - 1) / LIMB_BITS;
    struct exact integer;

    exact_shift_left(number, (unsigned) (words * LIMB_BITS) - below);
    if (number->size > words) {
        integer.size = number->size - words;
        memcpy(integer.limbs, number->limbs + words, integer.size * sizeof(limb));
        expand_integer(digits, &integer);
    } else {
        memset(number->limbs + number->size, 0, (words - number->size) * sizeof(limb));
    }
    expand_fraction(digits, number->limbs, words);
}

void exact_expand(struct exact_digits *digits, double value)
{
    struct double_parts parts = double_split(value);
    struct exact number;

    digits->count = 0;
    digits->point = 0;
    exact_set(&number, parts.mantissa);
    if (parts.exponent >= 0) {
        exact_shift_left(&number, (unsigned) parts.exponent);
        expand_integer(digits, &number);
    } else {
        expand_mixed(digits, &number, (unsigned) -parts.exponent);
    }
    while (digits->count > 0 && digits->digits[digits->count - 1] == 0)
        digits->count--;
}

void exact_round(struct exact_digits *digits, int count)
{
    bool up;

    if (count >= digits->count)
        return;
    if (count < 0) {
        digits->count = 0;
        return;
    }
    up = digits->digits[count] > 5
        || (digits->digits[count] == 5
            && (digits->count > count + 1 || (count > 0 && digits->digits[count - 1] % 2 != 0)));
    digits->count = count;
    while (up && digits->count > 0 && digits->digits[digits->count - 1] == 9)
        digits->count--;
    if (up && digits->count > 0) {
        digits->digits[digits->count - 1]++;
    } else if (up) {
        digits->digits[0] = 1;
        digits->count = 1;
        digits->point++;
    }
}
