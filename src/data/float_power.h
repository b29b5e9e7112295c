/* float_power.h - powers of ten to 128 bits, and products of 64 bits. Room-internal. */
#ifndef AVM_DATA_FLOAT_POWER_H
#define AVM_DATA_FLOAT_POWER_H

#include "base/compiler.h"

struct wide128 {
    uint64_t high, low;
};

/* mantissa * 2^exponent, the top bit of the mantissa set; below the truth by less than four units
** of its last place, exact from 10^0 to 10^27. */
struct power10 {
    struct wide128 mantissa;
    int exponent;
};

#define POWER10_MIN (-432)
#define POWER10_MAX 431

struct power10 power10_make(int power);             /* POWER10_MIN..POWER10_MAX */

static inline struct wide128 wide_product(uint64_t a, uint64_t b)
{
    struct wide128 product;
#if AVM_HAS_INT128
    avm_uint128 wide = (avm_uint128) a * b;

    product.high = (uint64_t) (wide >> 64);
    product.low = (uint64_t) wide;
#else
    uint64_t a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
    uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32);
    uint64_t other = (middle & 0xffffffffu) + a0 * b1;

    product.high = a1 * b1 + (middle >> 32) + (other >> 32);
    product.low = other << 32 | (low & 0xffffffffu);
#endif
    return product;
}

/* The high 128 of the 192 bits of a * b. */
static inline struct wide128 wide_scale(struct wide128 a, uint64_t b)
{
    struct wide128 result = wide_product(a.high, b);
    uint64_t carry = wide_product(a.low, b).high;

    result.low += carry;
    result.high += result.low < carry;
    return result;
}

static inline struct wide128 wide_shift_right(struct wide128 a, unsigned bits)      /* < 128 */
{
    if (bits >= 64)
        return (struct wide128) { 0, bits == 64 ? a.high : a.high >> (bits - 64) };
    if (bits > 0) {
        a.low = a.low >> bits | a.high << (64 - bits);
        a.high >>= bits;
    }
    return a;
}

#endif
