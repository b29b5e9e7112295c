/* float_parse.c - text to the nearest double, half to even; independent of the locale.
**
** Short decimals take one exact operation. The others are estimated with 64 bits of mantissa and an
** error bound; when that leaves the rounding open, the text is compared exactly with the middle of
** two neighbours. */
#include <float.h>
#include <math.h>

#include "data/float_exact.h"
#include "data/float_power.h"
#include "data/number.h"

/* Past this many significant digits only "and something" matters. */
#define KEPT_DIGITS 800
/* Estimates are below the truth by less than this many units of the 64-bit mantissa: the first 19
** digits are all but 10^-18 of the text, which is less than 19 units. */
#define ESTIMATE_ERROR 24u

/* digits (no zero in front), times 10^exponent. */
struct decimal {
    uint8_t digits[KEPT_DIGITS];
    int count;
    int exponent;
    bool negative;
};

/* ---- syntax ------------------------------------------------------------------------------- */

static bool is_digit(const uint8_t *at, const uint8_t *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

static void decimal_push(struct decimal *decimal, uint8_t digit, bool behind_point)
{
    if (decimal->count == 0 && digit == 0) {
        decimal->exponent -= behind_point;
    } else if (decimal->count < KEPT_DIGITS) {
        decimal->digits[decimal->count++] = digit;
        decimal->exponent -= behind_point;
    } else {
        if (digit != 0)
            decimal->digits[KEPT_DIGITS - 1] |= 1;  /* keeps it off a middle */
        decimal->exponent += !behind_point;
    }
}

/* The exponent behind e; false without digits. Far past any double's it stays where it is. */
static bool scan_exponent(const uint8_t **at, const uint8_t *end, struct decimal *decimal)
{
    bool negative = false;
    int exponent = 0;

    if (*at < end && (**at == '-' || **at == '+'))
        negative = *(*at)++ == '-';
    if (!is_digit(*at, end))
        return false;
    for (; is_digit(*at, end); (*at)++) {
        if (exponent < 100000000)
            exponent = exponent * 10 + (**at - '0');
    }
    decimal->exponent += negative ? -exponent : exponent;
    return true;
}

static bool scan(struct decimal *decimal, const uint8_t *at, const uint8_t *end)
{
    decimal->count = 0;
    decimal->exponent = 0;
    decimal->negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (!is_digit(at, end))
        return false;
    for (; is_digit(at, end); at++)
        decimal_push(decimal, (uint8_t) (*at - '0'), false);
    if (at == end || (*at != '.' && *at != ',') || !is_digit(++at, end))
        return false;
    for (; is_digit(at, end); at++)
        decimal_push(decimal, (uint8_t) (*at - '0'), true);
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (!scan_exponent(&at, end, decimal))
            return false;
    }
    return at == end;
}

/* ---- estimate ------------------------------------------------------------------------------ */

static const double exact_powers[] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/* mantissa * 2^exponent, the top bit of the mantissa set. */
struct extended {
    uint64_t mantissa;
    int exponent;
};

/* The first 19 digits of decimal times their power of ten. */
static struct extended estimate(const struct decimal *decimal)
{
    int count = decimal->count < 19 ? decimal->count : 19, i;
    struct power10 power = power10_make(decimal->exponent + decimal->count - count);
    uint64_t digits = 0;
    struct wide128 product;
    struct extended number;
    unsigned shift;

    for (i = 0; i < count; i++)
        digits = digits * 10 + decimal->digits[i];
    shift = bits_count_leading_zeros64(digits);
    product = wide_scale(power.mantissa, digits << shift);
    number.exponent = power.exponent + 128 - (int) shift;
    number.mantissa = product.high;
    if (product.high >> 63 == 0) {
        number.mantissa = product.high << 1 | product.low >> 63;
        number.exponent--;
    }
    return number;
}

/* ---- the exact comparison ------------------------------------------------------------------- */

/* decimal against (2 * mantissa + 1) * 2^(exponent - 1): the middle above mantissa * 2^exponent. */
static int compare_with_middle(const struct decimal *decimal, uint64_t mantissa, int exponent)
{
    struct exact text, middle;
    int i;

    text.size = 0;
    for (i = 0; i < decimal->count; i++) {
        limb carry = bigint_multiply_limb(text.limbs, text.limbs, text.size, 10,
            decimal->digits[i]);

        if (carry != 0)
            text.limbs[text.size++] = carry;
    }
    exact_set(&middle, 2 * mantissa + 1);
    exponent--;
    if (decimal->exponent >= 0)
        exact_multiply_power10(&text, (unsigned) decimal->exponent);
    else
        exact_multiply_power10(&middle, (unsigned) -decimal->exponent);
    if (exponent >= 0)
        exact_shift_left(&middle, (unsigned) exponent);
    else
        exact_shift_left(&text, (unsigned) -exponent);
    return exact_compare(&text, &middle);
}

/* ---- rounding --------------------------------------------------------------------------------- */

/* The nearest double to decimal, which is between 10^-400 and 10^400. */
static double round_decimal(const struct decimal *decimal)
{
    struct extended number = estimate(decimal);
    int dropped = 11, order;
    uint64_t mantissa, low, half;

    if (number.exponent + dropped < -1074)
        dropped = -1074 - number.exponent;
    if (dropped > 65)
        return 0.0;
    if (dropped == 65) {
        mantissa = 0;
        order = number.mantissa > UINT64_MAX - ESTIMATE_ERROR
            ? compare_with_middle(decimal, 0, -1074) : -1;
    } else {
        mantissa = dropped == 64 ? 0 : number.mantissa >> dropped;
        half = (uint64_t) 1 << (dropped - 1);
        low = number.mantissa & ((half - 1) | half);
        if (low < half - ESTIMATE_ERROR || low > half)
            order = low < half ? -1 : 1;
        else
            order = compare_with_middle(decimal, mantissa, number.exponent + dropped);
    }
    if (order > 0 || (order == 0 && mantissa % 2 != 0))
        mantissa++;
    return double_join(mantissa, number.exponent + dropped);
}

/* One exact operation: the digits and the power of ten are both exact doubles. */
static bool parse_simple(const struct decimal *decimal, double *value)
{
    uint64_t digits = 0;
    int i;

    if (FLT_EVAL_METHOD != 0 || decimal->count > 15 || decimal->exponent > 22
        || decimal->exponent < -22)
        return false;
    for (i = 0; i < decimal->count; i++)
        digits = digits * 10 + decimal->digits[i];
    *value = decimal->exponent < 0 ? (double) digits / exact_powers[-decimal->exponent]
                                   : (double) digits * exact_powers[decimal->exponent];
    return true;
}

bool float_parse(const uint8_t *text, size_t size, double *value)
{
    struct decimal decimal;
    double magnitude;

    if (size > INT_MAX / 2 || !scan(&decimal, text, text + size))
        return false;
    while (decimal.count > 0 && decimal.digits[decimal.count - 1] == 0) {
        decimal.count--;
        decimal.exponent++;
    }
    if (decimal.count == 0 || decimal.count + decimal.exponent < -400)
        magnitude = 0.0;
    else if (decimal.count + decimal.exponent > 400)
        return false;
    else if (!parse_simple(&decimal, &magnitude))
        magnitude = round_decimal(&decimal);
    if (!isfinite(magnitude))
        return false;
    *value = decimal.negative ? -magnitude : magnitude;
    return true;
}
