/* float_exact.h - natural numbers of bounded size on the C stack, for exact text of doubles.
** Room-internal. Sizes are trimmed; EXACT_BITS is enough for every double and for 800 digits of text
** against one, so nothing here can fail. */
#ifndef AVM_DATA_FLOAT_EXACT_H
#define AVM_DATA_FLOAT_EXACT_H

#include "data/bigint.h"

#define EXACT_BITS 4608
#define EXACT_LIMBS (EXACT_BITS / (sizeof(limb) * CHAR_BIT))

struct exact {
    limb limbs[EXACT_LIMBS];
    size_t size;
};

/* Digits of a finite double > 0: 0.d1 d2 d3... * 10^point, exact, without leading or trailing
** zeros. */
#define EXACT_MAX_DIGITS 800

struct exact_digits {
    uint8_t digits[EXACT_MAX_DIGITS];       /* 0..9 */
    int count;
    int point;
};

/* The parts of a finite double > 0: mantissa * 2^exponent, exponent >= -1074. */
struct double_parts {
    uint64_t mantissa;
    int exponent;
};

struct double_parts double_split(double value);
double double_join(uint64_t mantissa, int exponent);    /* exact, or rounded once to infinity */

void exact_set(struct exact *number, uint64_t value);
void exact_multiply(struct exact *number, limb factor);
void exact_multiply_power10(struct exact *number, unsigned power);
void exact_shift_left(struct exact *number, unsigned bits);
void exact_add(struct exact *sum, const struct exact *a, const struct exact *b);
void exact_subtract(struct exact *a, const struct exact *b);        /* a -= b, a >= b */
static inline int exact_compare(const struct exact *a, const struct exact *b)
{
    return bigint_compare(a->limbs, a->size, b->limbs, b->size);
}

void exact_expand(struct exact_digits *digits, double value);
/* Rounds to that many digits (<= 0: none are left), half to even; may leave one digit 1 more. */
void exact_round(struct exact_digits *digits, int count);

#endif
