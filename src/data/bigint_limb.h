/* bigint_limb.h - division of two limbs by one with a precomputed reciprocal. Room-internal.
** N. Moeller, T. Granlund, "Improved division by invariant integers", IEEE ToC 60 (2011). */
#ifndef AVM_DATA_BIGINT_LIMB_H
#define AVM_DATA_BIGINT_LIMB_H

#include "data/bigint.h"

/* floor((B * B - 1) / divisor) - B, with B one more than LIMB_MAX; the divisor's top bit is set. */
static inline limb limb_reciprocal(limb divisor)
{
#if UINTPTR_MAX <= 0xffffffffu
    return (limb) (((uint64_t) ~divisor << 32 | LIMB_MAX) / divisor);
#elif AVM_HAS_INT128
    return (limb) (((avm_uint128) ~divisor << 64 | LIMB_MAX) / divisor);
#else
    limb rest = ~divisor, quotient = 0;
    unsigned i;

    for (i = 0; i < LIMB_BITS; i++) {
        bool past = rest >> (LIMB_BITS - 1) != 0;

        rest = rest << 1 | 1;
        quotient <<= 1;
        if (past || rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    return quotient;
#endif
}

/* (high * B + low) / divisor; high < divisor, whose top bit is set. */
static inline limb limb_divide(limb high, limb low, limb divisor, limb reciprocal, limb *remainder)
{
    limb quotient = 0, fraction = limb_multiply_add(reciprocal, high, low, &quotient), rest;

    quotient += high + 1;
    rest = low - quotient * divisor;
    if (rest > fraction) {
        quotient--;
        rest += divisor;
    }
    if (AVM_UNLIKELY(rest >= divisor)) {
        quotient++;
        rest -= divisor;
    }
    *remainder = rest;
    return quotient;
}

#endif
