/* number.c - generic arithmetic over smalls, bigs and floats.
**
** Always: mixed operands are computed as floats; a float that is not finite is badarith; an integer
** of more than INTEGER_MAX_LIMBS limbs is a system limit (the limit of OTP 25). */
#include <math.h>

#include "data/number.h"
#include "data/number_integer.h"

/* ---- making results ----------------------------------------------------------- */

bool integer_begin(struct integer_builder *builder, struct heap *heap, size_t capacity)
{
    builder->heap = heap;
    builder->capacity = capacity;
    builder->words = heap_allocate(heap, 1 + capacity);
    if (builder->words == NULL)
        return false;
    builder->limbs = builder->words + 1;
    return true;
}

void integer_cancel(struct integer_builder *builder)
{
    heap_give_back(builder->heap, builder->words, builder->words + 1 + builder->capacity);
}

/* True when sign and magnitude make a small. */
static bool fits_small(limb magnitude, bool negative)
{
    return magnitude <= (limb) SMALL_MAX + negative;
}

static term make_small(limb magnitude, bool negative)
{
    return term_make_small(negative ? (intptr_t) -magnitude : (intptr_t) magnitude);
}

enum data_status integer_end(struct integer_builder *builder, size_t size, bool negative,
    term *result)
{
    limb *limbs = builder->limbs;

    size = bigint_trim(limbs, size);
    if (size == 0 || (size == 1 && fits_small(limbs[0], negative))) {
        *result = size == 0 ? term_make_small(0) : make_small(limbs[0], negative);
        integer_cancel(builder);
        return DATA_OK;
    }
    if (size > INTEGER_MAX_LIMBS) {
        integer_cancel(builder);
        return DATA_SYSTEM_LIMIT;
    }
    builder->words[0] = header_make(negative ? BOXED_BIG_NEGATIVE : BOXED_BIG_POSITIVE, size);
    if (size < builder->capacity)
        heap_give_back(builder->heap, limbs + size, limbs + builder->capacity);
    *result = term_make_boxed(builder->words);
    return DATA_OK;
}

enum data_status integer_make_word(struct heap *heap, limb magnitude, bool negative, term *result)
{
    struct integer_builder builder;

    if (fits_small(magnitude, negative)) {
        *result = make_small(magnitude, negative);
        return DATA_OK;
    }
    if (!integer_begin(&builder, heap, 1))
        return DATA_NO_MEMORY;
    builder.limbs[0] = magnitude;
    return integer_end(&builder, 1, negative, result);
}

enum data_status float_make(struct heap *heap, double value, term *result)
{
    volatile double narrow = value;     /* drops excess precision before the check */
    term *words;

    if (!isfinite(narrow))
        return DATA_BAD_ARGUMENT;
    words = heap_allocate(heap, 1 + FLOAT_WORDS);
    if (words == NULL)
        return DATA_NO_MEMORY;
    *result = term_put_float(words, narrow);
    return DATA_OK;
}

bool number_get_double(term t, double *value)
{
    if (term_is_float(t)) {
        *value = term_float(t);
        return true;
    }
    return integer_to_double(t, value);
}

/* ---- sums ------------------------------------------------------------------------ */

/* a + b, or a - b when negate. */
static enum data_status integer_sum(struct heap *heap, const struct integer *a,
    const struct integer *b, bool negate, term *result)
{
    bool b_negative = b->negative != negate, a_negative = a->negative;
    struct integer_builder builder;
    size_t size = a->size > b->size ? a->size : b->size;

    if (!integer_begin(&builder, heap, size + 1))
        return DATA_NO_MEMORY;
    if (a_negative == b_negative) {
        if (a->size >= b->size)
            builder.limbs[size] =
                bigint_add(builder.limbs, a->limbs, a->size, b->limbs, b->size);
        else
            builder.limbs[size] =
                bigint_add(builder.limbs, b->limbs, b->size, a->limbs, a->size);
        return integer_end(&builder, size + 1, a_negative, result);
    }
    if (bigint_compare(a->limbs, a->size, b->limbs, b->size) >= 0) {
        bigint_subtract(builder.limbs, a->limbs, a->size, b->limbs, b->size);
        return integer_end(&builder, size, a_negative, result);
    }
    bigint_subtract(builder.limbs, b->limbs, b->size, a->limbs, a->size);
    return integer_end(&builder, size, b_negative, result);
}

static enum data_status sum(struct heap *heap, term a, term b, bool negate, term *result)
{
    struct integer left, right;
    double x, y;

    if (integer_view(&left, a) && integer_view(&right, b))
        return integer_sum(heap, &left, &right, negate, result);
    if (!number_get_double(a, &x) || !number_get_double(b, &y))
        return DATA_BAD_ARGUMENT;
    return float_make(heap, negate ? x - y : x + y, result);
}

/* Of two smalls: never overflows a word. */
static enum data_status make_signed(struct heap *heap, intptr_t value, term *result)
{
    return integer_make_word(heap, value < 0 ? -(limb) value : (limb) value, value < 0, result);
}

enum data_status number_add(struct heap *heap, term a, term b, term *result)
{
    if (term_is_small(a) && term_is_small(b))
        return make_signed(heap, term_small(a) + term_small(b), result);
    return sum(heap, a, b, false, result);
}

enum data_status number_subtract(struct heap *heap, term a, term b, term *result)
{
    if (term_is_small(a) && term_is_small(b))
        return make_signed(heap, term_small(a) - term_small(b), result);
    return sum(heap, a, b, true, result);
}

enum data_status number_negate(struct heap *heap, term a, term *result)
{
    if (term_is_float(a))
        return float_make(heap, -term_float(a), result);
    return number_subtract(heap, term_make_small(0), a, result);
}

enum data_status number_plus(struct heap *heap, term a, term *result)
{
    (void) heap;
    if (!term_is_number(a))
        return DATA_BAD_ARGUMENT;
    *result = a;
    return DATA_OK;
}

enum data_status number_abs(struct heap *heap, term a, term *result)
{
    if (term_is_float(a) ? term_float(a) < 0.0 : integer_is_negative(a))
        return number_negate(heap, a, result);
    return number_plus(heap, a, result);
}

/* ---- products ---------------------------------------------------------------------- */

static enum data_status integer_product(struct heap *heap, const struct integer *a,
    const struct integer *b, term *result)
{
    size_t size = a->size + b->size;
    struct integer_builder builder;

    if (a->size == 0 || b->size == 0) {
        *result = term_make_small(0);
        return DATA_OK;
    }
    if (size - 1 > INTEGER_MAX_LIMBS)
        return DATA_SYSTEM_LIMIT;
    if (!integer_begin(&builder, heap, size))
        return DATA_NO_MEMORY;
    if (!bigint_multiply(heap->shared->memory, builder.limbs, a->limbs, a->size, b->limbs,
            b->size)) {
        integer_cancel(&builder);
        return DATA_NO_MEMORY;
    }
    return integer_end(&builder, size, a->negative != b->negative, result);
}

static enum data_status word_product(struct heap *heap, const struct integer *a,
    const struct integer *b, term *result)
{
    limb high = 0, low = limb_multiply_add(a->small, b->small, 0, &high);

    if (high == 0)
        return integer_make_word(heap, low, a->negative != b->negative, result);
    return integer_product(heap, a, b, result);
}

enum data_status number_multiply(struct heap *heap, term a, term b, term *result)
{
    struct integer left, right;
    double x, y;

    if (integer_view(&left, a) && integer_view(&right, b)) {
        if (term_is_small(a) && term_is_small(b))
            return word_product(heap, &left, &right, result);
        return integer_product(heap, &left, &right, result);
    }
    if (!number_get_double(a, &x) || !number_get_double(b, &y))
        return DATA_BAD_ARGUMENT;
    return float_make(heap, x * y, result);
}

/* ---- quotients ----------------------------------------------------------------------- */

enum data_status number_divide(struct heap *heap, term a, term b, term *result)
{
    double x, y;

    if (!number_get_double(a, &x) || !number_get_double(b, &y) || y == 0.0)
        return DATA_BAD_ARGUMENT;
    return float_make(heap, x / y, result);
}

/* |a| > |b| > 0. */
static enum data_status integer_quotient(struct heap *heap, const struct integer *a,
    const struct integer *b, term *result)
{
    size_t size = a->size - b->size + 1;
    struct integer_builder builder;

    if (!integer_begin(&builder, heap, size))
        return DATA_NO_MEMORY;
    if (!bigint_divide(heap->shared->memory, builder.limbs, NULL, a->limbs, a->size, b->limbs,
            b->size)) {
        integer_cancel(&builder);
        return DATA_NO_MEMORY;
    }
    return integer_end(&builder, size, a->negative != b->negative, result);
}

static enum data_status integer_remainder(struct heap *heap, const struct integer *a,
    const struct integer *b, term *result)
{
    struct integer_builder builder;

    if (!integer_begin(&builder, heap, b->size))
        return DATA_NO_MEMORY;
    if (!bigint_divide(heap->shared->memory, NULL, builder.limbs, a->limbs, a->size, b->limbs,
            b->size)) {
        integer_cancel(&builder);
        return DATA_NO_MEMORY;
    }
    return integer_end(&builder, b->size, a->negative, result);
}

enum data_status number_div(struct heap *heap, term a, term b, term *result)
{
    struct integer left, right;

    if (!integer_view(&left, a) || !integer_view(&right, b) || right.size == 0)
        return DATA_BAD_ARGUMENT;
    if (left.size <= 1 && right.size == 1)
        return integer_make_word(heap, left.size == 0 ? 0 : left.limbs[0] / right.limbs[0],
            left.negative != right.negative, result);
    if (bigint_compare(left.limbs, left.size, right.limbs, right.size) < 0) {
        *result = term_make_small(0);
        return DATA_OK;
    }
    return integer_quotient(heap, &left, &right, result);
}

enum data_status number_rem(struct heap *heap, term a, term b, term *result)
{
    struct integer left, right;

    if (!integer_view(&left, a) || !integer_view(&right, b) || right.size == 0)
        return DATA_BAD_ARGUMENT;
    if (left.size <= 1 && right.size == 1)
        return integer_make_word(heap, left.size == 0 ? 0 : left.limbs[0] % right.limbs[0],
            left.negative, result);
    if (bigint_compare(left.limbs, left.size, right.limbs, right.size) < 0) {
        *result = a;
        return DATA_OK;
    }
    return integer_remainder(heap, &left, &right, result);
}

/* ---- floats to integers ----------------------------------------------------------------- */

enum data_status number_to_float(struct heap *heap, term a, term *result)
{
    double value;

    if (term_is_float(a)) {
        *result = a;
        return DATA_OK;
    }
    if (!integer_to_double(a, &value))
        return DATA_BAD_ARGUMENT;
    return float_make(heap, value, result);
}

static enum data_status to_integer(struct heap *heap, term a, double (*rounding)(double),
    term *result)
{
    if (term_is_integer(a)) {
        *result = a;
        return DATA_OK;
    }
    if (!term_is_float(a))
        return DATA_BAD_ARGUMENT;
    return integer_from_double(heap, rounding(term_float(a)), result);
}

enum data_status number_trunc(struct heap *heap, term a, term *result)
{
    return to_integer(heap, a, trunc, result);
}

enum data_status number_round(struct heap *heap, term a, term *result)
{
    return to_integer(heap, a, round, result);
}

enum data_status number_floor(struct heap *heap, term a, term *result)
{
    return to_integer(heap, a, floor, result);
}

enum data_status number_ceil(struct heap *heap, term a, term *result)
{
    return to_integer(heap, a, ceil, result);
}
