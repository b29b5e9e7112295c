/* bigint_multiply.c - products. The recursion halves (or thirds) its operands: its depth is at most
** the logarithm of the largest size, about 20. Scratch memory is taken once for a whole product. */
#include "data/bigint.h"

/* r[0..size + 2) = r[0..size) + a * (low + high * B). Two rows at once, one limb apart: their chains
** of carries run side by side, which takes 0.6 of the time of row by row. */
static void multiply_two_rows(limb *r, const limb *a, size_t size, limb low, limb high)
{
    limb low_carry = 0, high_carry = 0;
    size_t i;

    r[0] = limb_multiply_add(a[0], low, r[0], &low_carry);
    for (i = 1; i < size; i++) {
        limb middle = limb_multiply_add(a[i], low, r[i], &low_carry);

        r[i] = limb_multiply_add(a[i - 1], high, middle, &high_carry);
    }
    r[size] = limb_multiply_add(a[size - 1], high, low_carry, &high_carry);
    r[size + 1] = high_carry;
}

void bigint_multiply_schoolbook(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size)
{
    size_t i = b_size % 2;

    if (i != 0)
        r[a_size] = bigint_multiply_limb(r, a, a_size, b[0], 0);
    else
        memset(r, 0, a_size * sizeof *r);
    for (; i < b_size; i += 2)
        multiply_two_rows(r + i, a, a_size, b[i], b[i + 1]);
}

/* r = |a - b| over a_size limbs, a_size >= b_size; true when a < b. */
static bool subtract_absolute(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size)
{
    size_t a_used = bigint_trim(a, a_size), b_used = bigint_trim(b, b_size);

    if (bigint_compare(a, a_used, b, b_used) >= 0) {
        bigint_subtract(r, a, a_size, b, b_size);
        return false;
    }
    bigint_subtract(r, b, b_used, a, a_used);
    memset(r + b_used, 0, (a_size - b_used) * sizeof *r);
    return true;
}

/* Limbs of scratch for multiply_equal: 2 * low + max(the same for low, 2 * low + 1), summed up. */
static size_t scratch_equal(size_t size)
{
    return 2 * size + 128;
}

/* Limbs of scratch for multiply_unequal; follows its recursion, whose sizes fall as Euclid's do. */
static size_t scratch_unequal(size_t a_size, size_t b_size)
{
    size_t before = 0;

    for (;;) {
        size_t left = a_size % b_size;

        before += 2 * b_size;
        if (left < BIGINT_KARATSUBA)
            return before + scratch_equal(b_size);
        a_size = b_size;
        b_size = left;
    }
}

/* r = a * b, both of size limbs. With a = a1 B + a0 and b = b1 B + b0 the middle part is
** a0 b0 + a1 b1 - (a0 - a1)(b0 - b1). */
static void multiply_equal(limb *r, const limb *a, const limb *b, size_t size, limb *scratch)
{
    size_t high = size / 2, low = size - high;
    limb *cross = scratch, *sum = scratch + 2 * low;
    bool negative;

    if (size < BIGINT_KARATSUBA) {
        bigint_multiply_schoolbook(r, a, size, b, size);
        return;
    }
    negative = subtract_absolute(r, a, low, a + low, high);
    if (a == b) {
        negative = false;
        multiply_equal(cross, r, r, low, sum);
    } else {
        negative ^= subtract_absolute(r + low, b, low, b + low, high);
        multiply_equal(cross, r, r + low, low, sum);
    }
    multiply_equal(r, a, b, low, sum);
    multiply_equal(r + 2 * low, a + low, b + low, high, sum);
    sum[2 * low] = bigint_add(sum, r, 2 * low, r + 2 * low, 2 * high);
    if (negative)
        bigint_add(sum, sum, 2 * low + 1, cross, 2 * low);
    else
        bigint_subtract(sum, sum, 2 * low + 1, cross, 2 * low);
    bigint_add(r + low, r + low, 2 * size - low, sum,
        bigint_trim(sum, 2 * low + 1));
}

/* r = a * b, a_size >= b_size: a is taken b_size limbs at a time. */
static void multiply_unequal(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size,
    limb *scratch)
{
    limb *product = scratch, *rest = scratch + 2 * b_size;
    size_t done = 0;

    memset(r, 0, (a_size + b_size) * sizeof *r);
    while (a_size - done >= b_size) {
        multiply_equal(product, a + done, b, b_size, rest);
        bigint_add(r + done, r + done, a_size + b_size - done, product, 2 * b_size);
        done += b_size;
    }
    if (done < a_size) {
        size_t left = a_size - done;

        if (left < BIGINT_KARATSUBA)
            bigint_multiply_schoolbook(product, b, b_size, a + done, left);
        else
            multiply_unequal(product, b, b_size, a + done, left, rest);
        bigint_add(r + done, r + done, left + b_size, product, left + b_size);
    }
}

static bool multiply_large(struct memory *memory, limb *r, const limb *a, size_t a_size,
    const limb *b, size_t b_size)
{
    size_t size = a_size == b_size ? scratch_equal(b_size)
        : scratch_unequal(a_size, b_size) + scratch_equal(b_size);
    limb *scratch = memory_allocate(memory, MEMORY_OTHER, size * sizeof *scratch);

    if (scratch == NULL)
        return false;
    if (a_size == b_size)
        multiply_equal(r, a, b, a_size, scratch);
    else
        multiply_unequal(r, a, a_size, b, b_size, scratch);
    memory_free(memory, MEMORY_OTHER, scratch, size * sizeof *scratch);
    return true;
}

/* Limbs that are 0 at the low end, but for the last limb. */
static size_t low_zeros(const limb *a, size_t size)
{
    size_t zeros = 0;

    while (zeros + 1 < size && a[zeros] == 0)
        zeros++;
    return zeros;
}

bool bigint_multiply(struct memory *memory, limb *r, const limb *a, size_t a_size, const limb *b,
    size_t b_size)
{
    size_t a_zeros, b_zeros;

    if (a_size < b_size)
        return bigint_multiply(memory, r, b, b_size, a, a_size);
    if (b_size == 0) {
        memset(r, 0, a_size * sizeof *r);
        return true;
    }
    if (b_size < BIGINT_KARATSUBA) {
        bigint_multiply_schoolbook(r, a, a_size, b, b_size);
        return true;
    }
    a_zeros = low_zeros(a, a_size);
    b_zeros = low_zeros(b, b_size);
    if (a_zeros + b_zeros == 0)
        return multiply_large(memory, r, a, a_size, b, b_size);
    memset(r, 0, (a_zeros + b_zeros) * sizeof *r);
    return bigint_multiply(memory, r + a_zeros + b_zeros, a + a_zeros, a_size - a_zeros,
        b + b_zeros, b_size - b_zeros);
}
