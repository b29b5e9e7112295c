/* number_bits.c - integers as endless two's complement: and, or, xor, not, shifts. */
#include "data/number.h"
#include "data/number_integer.h"

enum bitwise { BITWISE_AND, BITWISE_OR, BITWISE_XOR };

/* Limb index of the two's complement of view; *carry starts as 1 and goes from limb to limb. */
static limb next_limb(const struct integer *view, size_t index, limb *carry)
{
    limb value = index < view->size ? view->limbs[index] : 0;

    if (view->negative) {
        value = ~value + *carry;
        *carry = *carry != 0 && value == 0;
    }
    return value;
}

static limb apply(enum bitwise operation, limb a, limb b)
{
    switch (operation) {
    case BITWISE_AND: return a & b;
    case BITWISE_OR: return a | b;
    default: return a ^ b;
    }
}

static enum data_status integer_bitwise(struct heap *heap, enum bitwise operation,
    const struct integer *a, const struct integer *b, term *result)
{
    size_t size = (a->size > b->size ? a->size : b->size) + 1, i;
    bool negative = apply(operation, a->negative, b->negative) != 0;
    limb a_carry = 1, b_carry = 1, carry = 1;
    struct integer_builder builder;

    if (!integer_begin(&builder, heap, size))
        return DATA_NO_MEMORY;
    for (i = 0; i < size; i++) {
        limb left = next_limb(a, i, &a_carry), right = next_limb(b, i, &b_carry);
        limb value = apply(operation, left, right);

        if (negative) {
            value = ~value + carry;
            carry = carry != 0 && value == 0;
        }
        builder.limbs[i] = value;
    }
    return integer_end(&builder, size, negative, result);
}

static enum data_status bitwise(struct heap *heap, enum bitwise operation, term a, term b,
    term *result)
{
    struct integer left, right;

    if (term_is_small(a) && term_is_small(b)) {
        *result = term_make_small((intptr_t) apply(operation, (limb) term_small(a),
            (limb) term_small(b)));
        return DATA_OK;
    }
    if (!integer_view(&left, a) || !integer_view(&right, b))
        return DATA_BAD_ARGUMENT;
    return integer_bitwise(heap, operation, &left, &right, result);
}

enum data_status number_band(struct heap *heap, term a, term b, term *result)
{
    return bitwise(heap, BITWISE_AND, a, b, result);
}

enum data_status number_bor(struct heap *heap, term a, term b, term *result)
{
    return bitwise(heap, BITWISE_OR, a, b, result);
}

enum data_status number_bxor(struct heap *heap, term a, term b, term *result)
{
    return bitwise(heap, BITWISE_XOR, a, b, result);
}

enum data_status number_bnot(struct heap *heap, term a, term *result)
{
    if (term_is_small(a)) {
        *result = term_make_small(~term_small(a));
        return DATA_OK;
    }
    if (!term_is_big(a))
        return DATA_BAD_ARGUMENT;
    return number_subtract(heap, term_make_small(-1), a, result);
}

/* ---- shifts ---------------------------------------------------------------------- */

/* a != 0. */
static enum data_status shift_left(struct heap *heap, const struct integer *a, size_t count,
    term *result)
{
    size_t words = count / LIMB_BITS, size;
    struct integer_builder builder;

    if (words >= INTEGER_MAX_LIMBS)
        return DATA_SYSTEM_LIMIT;
    size = a->size + words + 1;
    if (size - 1 > INTEGER_MAX_LIMBS)
        return DATA_SYSTEM_LIMIT;
    if (!integer_begin(&builder, heap, size))
        return DATA_NO_MEMORY;
    memset(builder.limbs, 0, words * sizeof *builder.limbs);
    builder.limbs[size - 1] = bigint_shift_left(builder.limbs + words, a->limbs, a->size,
        (unsigned) (count % LIMB_BITS));
    return integer_end(&builder, size, a->negative, result);
}

/* Rounds down: what a negative number loses counts as one more. */
static enum data_status shift_right(struct heap *heap, const struct integer *a, size_t count,
    term *result)
{
    size_t words = count / LIMB_BITS, size, i;
    struct integer_builder builder;
    bool lost = false;

    if (words >= a->size) {
        *result = term_make_small(a->negative ? -1 : 0);
        return DATA_OK;
    }
    size = a->size - words;
    if (!integer_begin(&builder, heap, size + 1))
        return DATA_NO_MEMORY;
    for (i = 0; i < words && !lost; i++)
        lost = a->limbs[i] != 0;
    lost |= bigint_shift_right(builder.limbs, a->limbs + words, size,
        (unsigned) (count % LIMB_BITS)) != 0;
    builder.limbs[size] = 0;
    if (a->negative && lost) {
        const limb one = 1;

        bigint_add(builder.limbs, builder.limbs, size + 1, &one, 1);
    }
    return integer_end(&builder, size + 1, a->negative, result);
}

static enum data_status shift(struct heap *heap, term a, term b, bool left, term *result)
{
    struct integer value, count;

    if (!integer_view(&value, a) || !integer_view(&count, b))
        return DATA_BAD_ARGUMENT;
    if (value.size == 0 || count.size == 0) {
        *result = a;
        return DATA_OK;
    }
    if (left != count.negative)
        return count.size > 1 ? DATA_SYSTEM_LIMIT
                              : shift_left(heap, &value, count.limbs[0], result);
    return shift_right(heap, &value, count.size > 1 ? SIZE_MAX : count.limbs[0], result);
}

enum data_status number_bsl(struct heap *heap, term a, term b, term *result)
{
    return shift(heap, a, b, true, result);
}

enum data_status number_bsr(struct heap *heap, term a, term b, term *result)
{
    return shift(heap, a, b, false, result);
}
