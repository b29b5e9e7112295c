/* bigint_divide.c - division with remainder.
**
** D. Knuth, TAOCP 2, 4.3.1, algorithm D; for large divisors the recursive division of C. Burnikel
** and J. Ziegler, "Fast recursive division" (1998), whose depth is the logarithm of the size. */
#include "data/bigint.h"
#include "data/bigint_limb.h"

/* r[0..size) -= a * factor; gives what is still to be taken from the limb that follows. */
static limb multiply_subtract(limb *r, const limb *a, size_t size, limb factor)
{
    limb carry = 0;
    size_t i;

    for (i = 0; i < size; i++) {
        limb product = limb_multiply_add(a[i], factor, 0, &carry);
        limb left = r[i];

        r[i] = left - product;
        carry += left < product;
    }
    return carry;
}

/* One quotient limb of u[0..size] / v, which is below B; leaves the remainder in u[0..size). */
static limb divide_step(limb *u, const limb *v, size_t size, limb reciprocal)
{
    limb top = v[size - 1], next = v[size - 2], quotient = LIMB_MAX, rest, taken;

    if (u[size] < top) {
        quotient = limb_divide(u[size], u[size - 1], top, reciprocal, &rest);
        for (;;) {
            limb high = 0, low = limb_multiply_add(quotient, next, 0, &high);

            if (high < rest || (high == rest && low <= u[size - 2]))
                break;
            quotient--;
            rest += top;
            if (rest < top)
                break;
        }
    }
    taken = multiply_subtract(u, v, size, quotient);
    while (u[size] < taken) {
        taken -= bigint_add(u, u, size, v, size);
        quotient--;
    }
    u[size] = 0;
    return quotient;
}

/* u[0..q_size + v_size) / v: q_size limbs of quotient, the remainder stays in u[0..v_size). The top
** bit of v is set, v_size >= 2, and the top v_size limbs of u are below v. q may be NULL. */
static void divide_schoolbook(limb *q, limb *u, size_t q_size, const limb *v, size_t v_size)
{
    limb reciprocal = limb_reciprocal(v[v_size - 1]);

    while (q_size-- > 0) {
        limb quotient = divide_step(u + q_size, v, v_size, reciprocal);

        if (q != NULL)
            q[q_size] = quotient;
    }
}

/* What the recursive division carries down. failed stays set once a product had no memory. */
struct divider {
    struct memory *memory;
    bool failed;
};

static void divide_two_by_one(struct divider *divider, limb *q, limb *u, const limb *v, size_t size,
    limb *scratch);

/* u[0..3h) / v[0..2h), the top 2h limbs of u below v: h limbs of quotient, the remainder in
** u[0..2h). scratch: 2h limbs and what divide_two_by_one needs for h. */
static void divide_three_by_two(struct divider *divider, limb *q, limb *u, const limb *v,
    size_t half, limb *scratch)
{
    limb over = 0, borrow;

    if (bigint_compare(u + 2 * half, half, v + half, half) < 0) {
        divide_two_by_one(divider, q, u + half, v + half, half, scratch);
    } else {
        size_t i;

        /* The tops are equal. The quotient is B^h - 1: v1 * B^h goes away, v1 comes back. */
        for (i = 0; i < half; i++)
            q[i] = LIMB_MAX;
        over = bigint_add(u + half, u + half, half, v + half, half);
    }
    if (!bigint_multiply(divider->memory, scratch, q, half, v, half)) {
        divider->failed = true;
        return;
    }
    borrow = bigint_subtract(u, u, 2 * half, scratch, 2 * half);
    while (borrow > over) {
        const limb one = 1;

        bigint_subtract(q, q, half, &one, 1);
        over += bigint_add(u, u, 2 * half, v, 2 * half);
    }
}

/* u[0..2 size) / v[0..size), the top size limbs of u below v: size limbs of quotient, the remainder
** in u[0..size). */
static void divide_two_by_one(struct divider *divider, limb *q, limb *u, const limb *v, size_t size,
    limb *scratch)
{
    size_t half = size / 2;

    if (size % 2 != 0 || size < BIGINT_RECURSIVE_DIVIDE) {
        divide_schoolbook(q, u, size, v, size);
        return;
    }
    divide_three_by_two(divider, q + half, u + half, v, half, scratch);
    if (!divider->failed)
        divide_three_by_two(divider, q, u, v, half, scratch);
}

/* The block size that halves evenly down to below the threshold. */
static size_t block_size(size_t size)
{
    unsigned halvings = 0;

    while ((size - 1) >> halvings >= BIGINT_RECURSIVE_DIVIDE)
        halvings++;
    return (((size - 1) >> halvings) + 1) << halvings;
}

/* Where the pieces of one recursive division lie in one block of memory. */
struct layout {
    size_t block;               /* limbs of the divisor, padded below with zeros */
    size_t count;               /* blocks of quotient */
    size_t limbs;               /* in all */
};

static struct layout lay_out(size_t a_size, size_t b_size)
{
    struct layout layout;

    layout.block = block_size(b_size);
    layout.count = (a_size - b_size) / layout.block + 1;
    /* divisor, dividend, quotient, scratch */
    layout.limbs = layout.block + (layout.count + 1) * layout.block + layout.count * layout.block
        + layout.block;
    return layout;
}

static bool divide_recursive(struct memory *memory, limb *q, limb *r, const limb *a, size_t a_size,
    const limb *b, size_t b_size)
{
    struct layout layout = lay_out(a_size, b_size);
    size_t block = layout.block, pad = block - b_size, i;
    unsigned shift = limb_leading_zeros(b[b_size - 1]);
    struct divider divider = { memory, false };
    limb *v = memory_allocate(memory, MEMORY_OTHER, layout.limbs * sizeof *v);
    limb *u, *quotient;

    if (v == NULL)
        return false;
    u = v + block;
    quotient = u + (layout.count + 1) * block;
    memset(v, 0, layout.limbs * sizeof *v);
    bigint_shift_left(v + pad, b, b_size, shift);
    u[pad + a_size] = bigint_shift_left(u + pad, a, a_size, shift);
    for (i = layout.count; i-- > 0 && !divider.failed;)
        divide_two_by_one(&divider, quotient + i * block, u + i * block, v, block,
            quotient + layout.count * block);
    if (q != NULL)
        memcpy(q, quotient, (a_size - b_size + 1) * sizeof *q);
    if (r != NULL)
        bigint_shift_right(r, u + pad, b_size, shift);
    memory_free(memory, MEMORY_OTHER, v, layout.limbs * sizeof *v);
    return !divider.failed;
}

/* Both normalised copies on the C stack when small, else in memory. */
static bool divide_plain(struct memory *memory, limb *q, limb *r, const limb *a, size_t a_size,
    const limb *b, size_t b_size)
{
    limb small[64], *u = small, *v;
    size_t limbs = a_size + 1 + b_size;
    unsigned shift = limb_leading_zeros(b[b_size - 1]);

    if (limbs > AVM_COUNT_OF(small)) {
        u = memory_allocate(memory, MEMORY_OTHER, limbs * sizeof *u);
        if (u == NULL)
            return false;
    }
    v = u + a_size + 1;
    bigint_shift_left(v, b, b_size, shift);
    u[a_size] = bigint_shift_left(u, a, a_size, shift);
    divide_schoolbook(q, u, a_size - b_size + 1, v, b_size);
    if (r != NULL)
        bigint_shift_right(r, u, b_size, shift);
    if (u != small)
        memory_free(memory, MEMORY_OTHER, u, limbs * sizeof *u);
    return true;
}

bool bigint_divide(struct memory *memory, limb *q, limb *r, const limb *a, size_t a_size,
    const limb *b, size_t b_size)
{
    if (b_size == 1) {
        limb remainder = bigint_divide_limb(q, a, a_size, b[0]);

        if (r != NULL)
            r[0] = remainder;
        return true;
    }
    if (b_size < BIGINT_RECURSIVE_DIVIDE || a_size - b_size < BIGINT_RECURSIVE_DIVIDE / 2)
        return divide_plain(memory, q, r, a, a_size, b, b_size);
    return divide_recursive(memory, q, r, a, a_size, b, b_size);
}
