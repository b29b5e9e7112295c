/* number_compare.c - the order of numbers. Integers and floats compare by exact value, whatever their
** size: nothing is rounded on the way. */
#include <math.h>

#include "data/number.h"
#include "data/number_integer.h"

static int compare_integers(term a, term b)
{
    struct integer left, right;
    int order;

    if (term_is_small(a) && term_is_small(b))
        return (term_small(a) > term_small(b)) - (term_small(a) < term_small(b));
    if (!integer_view(&left, a) || !integer_view(&right, b))
        return 0;
    if (left.negative != right.negative)
        return left.negative ? -1 : 1;
    order = bigint_compare(left.limbs, left.size, right.limbs, right.size);
    return left.negative ? -order : order;
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

/* Up to 64 bits of a magnitude from the top of it, left-justified; *rest: bits below are not 0. */
static uint64_t top_bits(const struct integer *view, bool *rest)
{
    unsigned zeros = limb_leading_zeros(view->limbs[view->size - 1]);
    size_t index = view->size, taken;
    uint64_t top = 0;

    *rest = false;
    for (taken = 0; taken < 64 && index > 0; taken += LIMB_BITS)
        top |= (uint64_t) view->limbs[--index] << (64 - LIMB_BITS - taken);
    top <<= zeros;
    if (zeros > 0 && index > 0) {
        limb next = view->limbs[--index];

        top |= (uint64_t) (next >> (LIMB_BITS - zeros));
        *rest = next << zeros != 0;
    }
    while (index > 0 && !*rest)
        *rest = view->limbs[--index] != 0;
    return top;
}

/* |view| against a magnitude > 0; view is not 0. */
static int compare_magnitudes(const struct integer *view, double magnitude)
{
    size_t bits = bigint_bit_size(view->limbs, view->size);
    uint64_t top, mantissa;
    bool rest;
    int exponent;

    mantissa = (uint64_t) ldexp(frexp(magnitude, &exponent), 53) << 11;
    if (exponent <= 0 || bits != (size_t) exponent)
        return exponent <= 0 || bits > (size_t) exponent ? 1 : -1;
    top = top_bits(view, &rest);
    if (top != mantissa)
        return top < mantissa ? -1 : 1;
    return rest;
}

static int compare_integer_double(term a, double b)
{
    struct integer view;
    int order;

    if (term_is_small(a) && fabs(b) < 9007199254740992.0)
        return compare_doubles((double) term_small(a), b);
    if (!integer_view(&view, a))
        return 0;
    if (view.size == 0 || b == 0.0 || view.negative != (b < 0.0)) {
        int sign = view.size == 0 ? 0 : view.negative ? -1 : 1;

        return sign != 0 ? sign : compare_doubles(0.0, b);
    }
    order = compare_magnitudes(&view, fabs(b));
    return view.negative ? -order : order;
}

int number_compare(term a, term b)
{
    if (!term_is_float(a))
        return term_is_float(b) ? compare_integer_double(a, term_float(b)) : compare_integers(a, b);
    if (!term_is_float(b))
        return -compare_integer_double(b, term_float(a));
    return compare_doubles(term_float(a), term_float(b));
}

int number_compare_exact(term a, term b)
{
    bool a_float = term_is_float(a), b_float = term_is_float(b);

    if (a_float != b_float)
        return a_float ? 1 : -1;
    return number_compare(a, b);
}

bool integer_equal(term a, term b)
{
    const term *left = term_boxed(a), *right = term_boxed(b);

    return left[0] == right[0]
        && memcmp(left + 1, right + 1, header_words(left[0]) * sizeof *left) == 0;
}
