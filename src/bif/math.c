/* math.c - the natives of module math. Arguments become floats first: no number is badarg, an integer
** past the range of floats badarith, as is a result that is not finite. */
#include <math.h>

#include "bif/bif.h"
#include "data/number.h"
#include "proc/native_call.h"

#define MATH_NATIVES(X)                                                                          \
    X("acos", 1, math_acos, 0)                                                                   \
    X("acosh", 1, math_acosh, 0)                                                                 \
    X("asin", 1, math_asin, 0)                                                                   \
    X("asinh", 1, math_asinh, 0)                                                                 \
    X("atan", 1, math_atan, 0)                                                                   \
    X("atan2", 2, math_atan2, 0)                                                                 \
    X("atanh", 1, math_atanh, 0)                                                                 \
    X("ceil", 1, math_ceil, 0)                                                                   \
    X("cos", 1, math_cos, 0)                                                                     \
    X("cosh", 1, math_cosh, 0)                                                                   \
    X("erf", 1, math_erf, 0)                                                                     \
    X("erfc", 1, math_erfc, 0)                                                                   \
    X("exp", 1, math_exp, 0)                                                                     \
    X("floor", 1, math_floor, 0)                                                                 \
    X("fmod", 2, math_fmod, 0)                                                                   \
    X("log", 1, math_log, 0)                                                                     \
    X("log10", 1, math_log10, 0)                                                                 \
    X("log2", 1, math_log2, 0)                                                                   \
    X("pow", 2, math_pow, 0)                                                                     \
    X("sin", 1, math_sin, 0)                                                                     \
    X("sinh", 1, math_sinh, 0)                                                                   \
    X("sqrt", 1, math_sqrt, 0)                                                                   \
    X("tan", 1, math_tan, 0)                                                                     \
    X("tanh", 1, math_tanh, 0)
NATIVE_TABLE_CONCURRENT(bif_math, "math", "erl_stdlib_errors", MATH_NATIVES)

static term float_result(struct scheduler *s, double value)
{
    volatile double narrow = value;     /* drops excess precision before the check */
    term *words;

    if (!isfinite(narrow))
        return raise_arithmetic(s, DATA_BAD_ARGUMENT);
    words = heap_allocate(native_heap(s), 1 + FLOAT_WORDS);
    return words != NULL ? term_put_float(words, narrow) : raise_no_memory(s);
}

/* False after raising. */
static bool get_double(struct scheduler *s, term t, double *value)
{
    if (term_is_float(t)) {
        *value = term_float(t);
        return true;
    }
    if (integer_to_double(t, value))
        return true;
    if (term_is_integer(t))
        (void) raise_arithmetic(s, DATA_BAD_ARGUMENT);
    else
        (void) raise_badarg(s);
    return false;
}

static term call1(struct scheduler *s, const term *a, double (*function)(double))
{
    double value;

    return get_double(s, a[0], &value) ? float_result(s, function(value)) : TERM_NONE;
}

static term call2(struct scheduler *s, const term *a, double (*function)(double, double))
{
    double first, second;

    if (!get_double(s, a[0], &first) || !get_double(s, a[1], &second))
        return TERM_NONE;
    return float_result(s, function(first, second));
}

#define CALL1(name) \
    static term math_##name(struct scheduler *s, const term *a) { return call1(s, a, name); }
#define CALL2(name) \
    static term math_##name(struct scheduler *s, const term *a) { return call2(s, a, name); }

CALL1(acos) CALL1(acosh) CALL1(asin) CALL1(asinh) CALL1(atan) CALL1(atanh) CALL1(ceil) CALL1(cos)
CALL1(cosh) CALL1(erf) CALL1(erfc) CALL1(exp) CALL1(floor) CALL1(log) CALL1(log10) CALL1(log2)
CALL1(sin) CALL1(sinh) CALL1(sqrt) CALL1(tan) CALL1(tanh)
CALL2(atan2) CALL2(fmod) CALL2(pow)
