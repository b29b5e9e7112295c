/* erlang_arithmetic.c - the operators of Erlang as functions of module erlang: arithmetic, bits,
** booleans, order. The engine has instructions for most; these serve apply, funs and guards. */
#include "bif/bif.h"
#include "data/number.h"
#include "proc/native_call.h"

#define ARITHMETIC_NATIVES(X)                                                                    \
    X("+", 1, op_plus, NATIVE_GUARD)                                                             \
    X("+", 2, op_add, NATIVE_GUARD)                                                              \
    X("-", 1, op_negate, NATIVE_GUARD)                                                           \
    X("-", 2, op_subtract, NATIVE_GUARD)                                                         \
    X("*", 2, op_multiply, NATIVE_GUARD)                                                         \
    X("/", 2, op_divide, NATIVE_GUARD)                                                           \
    X("div", 2, op_div, NATIVE_GUARD)                                                            \
    X("rem", 2, op_rem, NATIVE_GUARD)                                                            \
    X("band", 2, op_band, NATIVE_GUARD)                                                          \
    X("bor", 2, op_bor, NATIVE_GUARD)                                                            \
    X("bxor", 2, op_bxor, NATIVE_GUARD)                                                          \
    X("bnot", 1, op_bnot, NATIVE_GUARD)                                                          \
    X("bsl", 2, op_bsl, NATIVE_GUARD)                                                            \
    X("bsr", 2, op_bsr, NATIVE_GUARD)                                                            \
    X("abs", 1, op_abs, NATIVE_GUARD)                                                            \
    X("float", 1, op_float, NATIVE_GUARD)                                                        \
    X("trunc", 1, op_trunc, NATIVE_GUARD)                                                        \
    X("round", 1, op_round, NATIVE_GUARD)                                                        \
    X("floor", 1, op_floor, NATIVE_GUARD)                                                        \
    X("ceil", 1, op_ceil, NATIVE_GUARD)                                                          \
    X("and", 2, op_and, NATIVE_GUARD)                                                            \
    X("or", 2, op_or, NATIVE_GUARD)                                                              \
    X("xor", 2, op_xor, NATIVE_GUARD)                                                            \
    X("not", 1, op_not, NATIVE_GUARD)                                                            \
    X("==", 2, op_equal, NATIVE_GUARD)                                                           \
    X("/=", 2, op_not_equal, NATIVE_GUARD)                                                       \
    X("=:=", 2, op_equal_exact, NATIVE_GUARD)                                                    \
    X("=/=", 2, op_not_equal_exact, NATIVE_GUARD)                                                \
    X("<", 2, op_less, NATIVE_GUARD)                                                             \
    X(">", 2, op_greater, NATIVE_GUARD)                                                          \
    X("=<", 2, op_less_or_equal, NATIVE_GUARD)                                                   \
    X(">=", 2, op_greater_or_equal, NATIVE_GUARD)                                                \
    X("max", 2, op_max, NATIVE_GUARD)                                                            \
    X("min", 2, op_min, NATIVE_GUARD)
NATIVE_TABLE_CONCURRENT(bif_erlang_arithmetic, "erlang", "erl_erts_errors", ARITHMETIC_NATIVES)

#define ORDER_NATIVES(X)                                                                         \
    X("cmp_term", 2, order_cmp_term, 0)
NATIVE_TABLE_CONCURRENT(bif_erts_internal_order, "erts_internal", "erl_erts_errors", ORDER_NATIVES)

/* Products of limbs that count as one reduction. */
#define LIMB_PRODUCTS_A_REDUCTION 256

static size_t limbs(term t)
{
    return term_is_big(t) ? header_words(*term_boxed(t)) : 1;
}

/* ---- arithmetic: badarith ------------------------------------------------------ */

static term binary(struct scheduler *s, const term *a, number_binary_fn *fn)
{
    term result;
    enum data_status status = fn(native_heap(s), a[0], a[1], &result);

    return status == DATA_OK ? result : raise_arithmetic(s, status);
}

/* As binary, for what grows with the product of the sizes. */
static term binary_charged(struct scheduler *s, const term *a, number_binary_fn *fn)
{
    size_t products = limbs(a[0]) > SIZE_MAX / limbs(a[1]) ? SIZE_MAX : limbs(a[0]) * limbs(a[1]);

    native_charge(s, products / LIMB_PRODUCTS_A_REDUCTION);
    return binary(s, a, fn);
}

static term unary(struct scheduler *s, const term *a, number_unary_fn *fn)
{
    term result;
    enum data_status status = fn(native_heap(s), a[0], &result);

    return status == DATA_OK ? result : raise_arithmetic(s, status);
}

/* ---- conversions: badarg ---------------------------------------------------------- */

static term conversion(struct scheduler *s, const term *a, number_unary_fn *fn)
{
    term result;
    enum data_status status = fn(native_heap(s), a[0], &result);

    return status == DATA_OK ? result : raise_status(s, status);
}

#define BODY(name, how, fn) \
    static term name(struct scheduler *s, const term *a) { return how(s, a, fn); }

BODY(op_plus, unary, number_plus)
BODY(op_add, binary, number_add)
BODY(op_negate, unary, number_negate)
BODY(op_subtract, binary, number_subtract)
BODY(op_multiply, binary_charged, number_multiply)
BODY(op_divide, binary, number_divide)
BODY(op_div, binary_charged, number_div)
BODY(op_rem, binary_charged, number_rem)
BODY(op_band, binary, number_band)
BODY(op_bor, binary, number_bor)
BODY(op_bxor, binary, number_bxor)
BODY(op_bnot, unary, number_bnot)
BODY(op_bsl, binary, number_bsl)
BODY(op_bsr, binary, number_bsr)
BODY(op_abs, conversion, number_abs)
BODY(op_float, conversion, number_to_float)
BODY(op_trunc, conversion, number_trunc)
BODY(op_round, conversion, number_round)
BODY(op_floor, conversion, number_floor)
BODY(op_ceil, conversion, number_ceil)

/* ---- booleans: badarg ---------------------------------------------------------------- */

static bool is_boolean(term t)
{
    return t == ATOM(true) || t == ATOM(false);
}

static term op_and(struct scheduler *s, const term *a)
{
    if (!is_boolean(a[0]) || !is_boolean(a[1]))
        return raise_badarg(s);
    return native_boolean(a[0] == ATOM(true) && a[1] == ATOM(true));
}

static term op_or(struct scheduler *s, const term *a)
{
    if (!is_boolean(a[0]) || !is_boolean(a[1]))
        return raise_badarg(s);
    return native_boolean(a[0] == ATOM(true) || a[1] == ATOM(true));
}

static term op_xor(struct scheduler *s, const term *a)
{
    if (!is_boolean(a[0]) || !is_boolean(a[1]))
        return raise_badarg(s);
    return native_boolean(a[0] != a[1]);
}

static term op_not(struct scheduler *s, const term *a)
{
    return is_boolean(a[0]) ? native_boolean(a[0] == ATOM(false)) : raise_badarg(s);
}

/* ---- order ------------------------------------------------------------------------------ */

static int compare(struct scheduler *s, const term *a)
{
    return term_compare(&s->node->compare, a[0], a[1]);
}

static term op_equal(struct scheduler *s, const term *a)
{
    return native_boolean(term_equal(&s->node->compare, a[0], a[1]));
}

static term op_not_equal(struct scheduler *s, const term *a)
{
    return native_boolean(!term_equal(&s->node->compare, a[0], a[1]));
}

static term op_equal_exact(struct scheduler *s, const term *a)
{
    return native_boolean(term_equal_exact(&s->node->compare, a[0], a[1]));
}

static term op_not_equal_exact(struct scheduler *s, const term *a)
{
    return native_boolean(!term_equal_exact(&s->node->compare, a[0], a[1]));
}

static term op_less(struct scheduler *s, const term *a)
{
    return native_boolean(compare(s, a) < 0);
}

static term op_greater(struct scheduler *s, const term *a)
{
    return native_boolean(compare(s, a) > 0);
}

static term op_less_or_equal(struct scheduler *s, const term *a)
{
    return native_boolean(compare(s, a) <= 0);
}

static term op_greater_or_equal(struct scheduler *s, const term *a)
{
    return native_boolean(compare(s, a) >= 0);
}

/* The first when they are equal. */
static term op_max(struct scheduler *s, const term *a)
{
    return compare(s, a) < 0 ? a[1] : a[0];
}

static term op_min(struct scheduler *s, const term *a)
{
    return compare(s, a) > 0 ? a[1] : a[0];
}

/* The order of map keys: integers before floats. */
static term order_cmp_term(struct scheduler *s, const term *a)
{
    int order = term_compare_exact(&s->node->compare, a[0], a[1]);

    return term_make_small((order > 0) - (order < 0));
}
