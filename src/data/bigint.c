/* bigint.c - what is linear in the size: comparison, sums, shifts, one-limb factors and divisors. */
#include "data/bigint.h"
#include "data/bigint_limb.h"

int bigint_compare(const limb *a, size_t a_size, const limb *b, size_t b_size)
{
    if (a_size != b_size)
        return a_size < b_size ? -1 : 1;
    while (a_size-- > 0) {
        if (a[a_size] != b[a_size])
            return a[a_size] < b[a_size] ? -1 : 1;
    }
    return 0;
}

size_t bigint_bit_size(const limb *a, size_t size)
{
    return size == 0 ? 0 : size * LIMB_BITS - limb_leading_zeros(a[size - 1]);
}

limb bigint_add(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size)
{
    limb carry = 0;
    size_t i;

    for (i = 0; i < b_size; i++) {
        limb sum = a[i] + carry;

        carry = sum < carry;
        r[i] = sum + b[i];
        carry += r[i] < sum;
    }
    for (; i < a_size && carry != 0; i++) {
        r[i] = a[i] + 1;
        carry = r[i] == 0;
    }
    if (r != a && i < a_size)
        memmove(r + i, a + i, (a_size - i) * sizeof *r);
    return carry;
}

limb bigint_subtract(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size)
{
    limb borrow = 0;
    size_t i;

    for (i = 0; i < b_size; i++) {
        limb left = a[i], right = b[i], difference = left - right;
        limb next = (left < right) | (difference < borrow);

        r[i] = difference - borrow;
        borrow = next;
    }
    for (; i < a_size && borrow != 0; i++) {
        limb left = a[i];

        r[i] = left - 1;
        borrow = left == 0;
    }
    if (r != a && i < a_size)
        memmove(r + i, a + i, (a_size - i) * sizeof *r);
    return borrow;
}

limb bigint_multiply_limb(limb *r, const limb *a, size_t size, limb factor, limb carry)
{
    size_t i;

    for (i = 0; i < size; i++)
        r[i] = limb_multiply_add(a[i], factor, 0, &carry);
    return carry;
}

limb bigint_divide_limb(limb *q, const limb *a, size_t size, limb divisor)
{
    unsigned shift = limb_leading_zeros(divisor);
    limb normalised = divisor << shift, reciprocal = limb_reciprocal(normalised), remainder = 0;

    if (size > 0 && shift > 0)
        remainder = a[size - 1] >> (LIMB_BITS - shift);
    while (size-- > 0) {
        limb low = a[size] << shift, quotient;

        if (shift > 0 && size > 0)
            low |= a[size - 1] >> (LIMB_BITS - shift);
        quotient = limb_divide(remainder, low, normalised, reciprocal, &remainder);
        if (q != NULL)
            q[size] = quotient;
    }
    return remainder >> shift;
}

limb bigint_shift_left(limb *r, const limb *a, size_t size, unsigned bits)
{
    limb out;

    if (size == 0)
        return 0;
    if (bits == 0) {
        memmove(r, a, size * sizeof *r);
        return 0;
    }
    out = a[size - 1] >> (LIMB_BITS - bits);
    while (--size > 0)
        r[size] = a[size] << bits | a[size - 1] >> (LIMB_BITS - bits);
    r[0] = a[0] << bits;
    return out;
}

limb bigint_shift_right(limb *r, const limb *a, size_t size, unsigned bits)
{
    limb out;
    size_t i;

    if (size == 0)
        return 0;
    if (bits == 0) {
        memmove(r, a, size * sizeof *r);
        return 0;
    }
    out = a[0] << (LIMB_BITS - bits);
    for (i = 0; i + 1 < size; i++)
        r[i] = a[i] >> bits | a[i + 1] << (LIMB_BITS - bits);
    r[i] = a[i] >> bits;
    return out;
}
