/* float_print.c - text of doubles, laid out as OTP 25 lays it out; independent of the locale. */
#include <float.h>
#include <math.h>

#include "data/float_exact.h"
#include "data/float_power.h"
#include "data/number.h"

#define SHORTEST_MAX 17

/* digits[0..count), the first of them not 0, times 10^(point - count): 0.d1 d2... * 10^point. */
struct shortest {
    uint8_t digits[SHORTEST_MAX + 1];
    int count;
    int point;
};

static const double powers_of_ten[] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/* ---- shortest digits ------------------------------------------------------------------ */

/* R. Steele, J. White, "How to print floating-point numbers accurately" (PLDI 1990): value is
** numerator / denominator, half the distances to its neighbours are low and high over the same. */
struct generator {
    struct exact numerator, low;
    struct exact multiples[4];      /* denominator * 1, 2, 4, 8 */
    bool wide;                      /* high is twice low: value is a power of 2 */
    bool closed;                    /* an even mantissa: text at the very bound reads back too */
};

static bool generator_past_high(const struct generator *generator)
{
    struct exact high = generator->low, sum;
    int order;

    if (generator->wide)
        exact_shift_left(&high, 1);
    exact_add(&sum, &generator->numerator, &high);
    order = exact_compare(&sum, &generator->multiples[0]);
    return generator->closed ? order >= 0 : order > 0;
}

static bool generator_below_low(const struct generator *generator)
{
    int order = exact_compare(&generator->numerator, &generator->low);

    return generator->closed ? order <= 0 : order < 0;
}

/* Scales so that value is 0.d1 d2... * 10^point; gives point. */
static int generator_init(struct generator *generator, double value)
{
    struct double_parts parts = double_split(value);
    struct exact *denominator = &generator->multiples[0];
    unsigned extra, i;
    int exponent, point;

    generator->wide = parts.mantissa == (uint64_t) 1 << 52 && parts.exponent > -1074;
    generator->closed = parts.mantissa % 2 == 0;
    extra = generator->wide ? 2 : 1;
    exact_set(&generator->numerator, parts.mantissa);
    exact_set(&generator->low, 1);
    exact_set(denominator, 1);
    if (parts.exponent >= 0) {
        exact_shift_left(&generator->numerator, (unsigned) parts.exponent + extra);
        exact_shift_left(&generator->low, (unsigned) parts.exponent);
        exact_shift_left(denominator, extra);
    } else {
        exact_shift_left(&generator->numerator, extra);
        exact_shift_left(denominator, (unsigned) -parts.exponent + extra);
    }
    frexp(value, &exponent);
    point = (int) ceil((exponent - 1) * 0.30102999566398120 - 1e-10);
    if (point >= 0) {
        exact_multiply_power10(denominator, (unsigned) point);
    } else {
        exact_multiply_power10(&generator->numerator, (unsigned) -point);
        exact_multiply_power10(&generator->low, (unsigned) -point);
    }
    if (generator_past_high(generator)) {
        exact_multiply(denominator, 10);
        point++;
    }
    for (i = 1; i < 4; i++) {
        generator->multiples[i] = generator->multiples[i - 1];
        exact_shift_left(&generator->multiples[i], 1);
    }
    return point;
}

/* The next digit; the numerator keeps the rest. */
static uint8_t generator_digit(struct generator *generator)
{
    uint8_t digit = 0;
    unsigned i;

    exact_multiply(&generator->numerator, 10);
    exact_multiply(&generator->low, 10);
    for (i = 4; i-- > 0;) {
        if (exact_compare(&generator->numerator, &generator->multiples[i]) >= 0) {
            exact_subtract(&generator->numerator, &generator->multiples[i]);
            digit |= (uint8_t) (1 << i);
        }
    }
    return digit;
}

static void shortest_exact(struct shortest *shortest, double value)
{
    struct generator generator;
    bool low, high;

    shortest->point = generator_init(&generator, value);
    shortest->count = 0;
    do {
        shortest->digits[shortest->count++] = generator_digit(&generator);
        low = generator_below_low(&generator);
        high = generator_past_high(&generator);
    } while (!low && !high && shortest->count < SHORTEST_MAX);
    if (high && low) {
        int order;

        exact_shift_left(&generator.numerator, 1);
        order = exact_compare(&generator.numerator, &generator.multiples[0]);
        high = order > 0 || (order == 0 && shortest->digits[shortest->count - 1] % 2 != 0);
    }
    if (high)
        shortest->digits[shortest->count - 1]++;
}

static void shortest_set(struct shortest *shortest, uint64_t digits, int exponent)
{
    int i = 0;

    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    for (shortest->count = 0; digits > 0; digits /= 10)
        shortest->digits[shortest->count++] = (uint8_t) (digits % 10);
    shortest->point = shortest->count + exponent;
    for (; i < shortest->count / 2; i++) {
        uint8_t swap = shortest->digits[i];

        shortest->digits[i] = shortest->digits[shortest->count - 1 - i];
        shortest->digits[shortest->count - 1 - i] = swap;
    }
}

/* No two decimals of 15 digits read as one double, so a decimal of 15 digits that reads back as value
** is the only one and, without its trailing zeros, the shortest. Reading it back is one exact
** operation as long as the power of ten is exact. */
static bool shortest_simple(struct shortest *shortest, double value)
{
    int exponent = 0;
    double scaled;

    if (FLT_EVAL_METHOD != 0 || value < 1e-7 || value >= 1e22)
        return false;
    while (exponent < 21 && value >= powers_of_ten[exponent + 1])
        exponent++;
    while (exponent > -7 && exponent <= 0 && value * powers_of_ten[-exponent] < 1.0)
        exponent--;
    exponent -= 14;
    if (exponent >= 0) {
        scaled = floor(value / powers_of_ten[exponent] + 0.5);
        if (scaled * powers_of_ten[exponent] != value)
            return false;
    } else {
        scaled = floor(value * powers_of_ten[-exponent] + 0.5);
        if (scaled / powers_of_ten[-exponent] != value)
            return false;
    }
    if (scaled >= 1e15)
        return false;
    shortest_set(shortest, (uint64_t) scaled, exponent);
    return true;
}

/* The interval of what reads back as value, scaled to 17 or 18 digits before the point: 64 bits of
** integer in high, 64 of fraction in low, each wrong by less than SCALED_ERROR units of the last. */
struct scaled {
    struct wide128 low, value, high;
    int exponent;                   /* value * 10^exponent was scaled */
};

#define SCALED_ERROR 16u

static struct wide128 wide_add(struct wide128 a, struct wide128 b)
{
    a.low += b.low;
    a.high += b.high + (a.low < b.low);
    return a;
}

static struct wide128 wide_subtract(struct wide128 a, struct wide128 b)
{
    a.high -= b.high + (a.low < b.low);
    a.low -= b.low;
    return a;
}

static void scale(struct scaled *scaled, double value)
{
    struct double_parts parts = double_split(value);
    unsigned zeros = bits_count_leading_zeros64(parts.mantissa);
    int exponent = parts.exponent + 63 - (int) zeros;       /* value is in 2^exponent.. */
    struct wide128 half;
    struct power10 power;

    scaled->exponent = 16 - (int) floor(exponent * 0.30102999566398120);
    power = power10_make(scaled->exponent);
    scaled->value = wide_scale(power.mantissa, parts.mantissa << zeros);
    /* The product stands for value * 2^-(power.exponent + parts.exponent - zeros + 64). */
    scaled->value = wide_shift_right(scaled->value,
        (unsigned) -(power.exponent + parts.exponent - (int) zeros + 64 + 64));
    half = wide_shift_right(power.mantissa, (unsigned) -(power.exponent + parts.exponent - 1 + 64));
    scaled->high = wide_add(scaled->value, half);
    if (parts.mantissa == (uint64_t) 1 << 52 && parts.exponent > -1074)
        half = wide_shift_right(half, 1);
    scaled->low = wide_subtract(scaled->value, half);
}

/* A fraction so near 0 or 1 that the integer beside it may be meant. */
static bool near_integer(uint64_t fraction)
{
    return fraction + SCALED_ERROR < 2 * SCALED_ERROR;
}

/* Drops digits as long as a shorter number lies between the bounds and takes the nearest of those
** that are left. False: the error leaves something open. */
static bool shortest_scaled(struct shortest *shortest, double value)
{
    uint64_t low, high, power = 1, quotient, rest;
    struct scaled scaled;
    int dropped = 0;

    scale(&scaled, value);
    if (near_integer(scaled.low.low) || near_integer(scaled.high.low)
        || near_integer(scaled.value.low)
        || near_integer(scaled.value.low + ((uint64_t) 1 << 63)))
        return false;
    low = scaled.low.high;
    high = scaled.high.high;
    while (high / 10 > low / 10) {
        low /= 10;
        high /= 10;
        power *= 10;
        dropped++;
    }
    quotient = scaled.value.high / power;
    rest = scaled.value.high % power;
    if (power == 1 ? scaled.value.low >> 63 != 0 : rest >= power / 2)
        quotient++;
    if (quotient <= low)
        quotient++;
    else if (quotient > high)
        quotient--;
    shortest_set(shortest, quotient, dropped - scaled.exponent);
    return true;
}

/* ---- layout ------------------------------------------------------------------------------ */

static size_t print_fixed(const struct shortest *shortest, char *text)
{
    char *start = text;
    int i;

    if (shortest->point <= 0) {
        *text++ = '0';
        *text++ = '.';
        for (i = shortest->point; i < 0; i++)
            *text++ = '0';
    }
    for (i = 0; i < shortest->count || i < shortest->point; i++) {
        if (i == shortest->point && i > 0)
            *text++ = '.';
        *text++ = (char) ('0' + (i < shortest->count ? shortest->digits[i] : 0));
    }
    if (shortest->count <= shortest->point) {
        *text++ = '.';
        *text++ = '0';
    }
    return (size_t) (text - start);
}

static size_t print_exponent(char *text, int exponent)
{
    char *start = text;

    if (exponent < 0) {
        *text++ = '-';
        exponent = -exponent;
    }
    if (exponent >= 100)
        *text++ = (char) ('0' + exponent / 100);
    if (exponent >= 10)
        *text++ = (char) ('0' + exponent / 10 % 10);
    *text++ = (char) ('0' + exponent % 10);
    return (size_t) (text - start);
}

static size_t print_with_exponent(const struct shortest *shortest, char *text)
{
    char *start = text;
    int i;

    *text++ = (char) ('0' + shortest->digits[0]);
    *text++ = '.';
    for (i = 1; i < shortest->count; i++)
        *text++ = (char) ('0' + shortest->digits[i]);
    if (shortest->count == 1)
        *text++ = '0';
    *text++ = 'e';
    text += print_exponent(text, shortest->point - 1);
    return (size_t) (text - start);
}

/* OTP writes without an exponent what is no longer that way, up to 2^53. */
static bool fixed_is_shorter(const struct shortest *shortest, double value)
{
    int exponent = shortest->point - shortest->count;
    int lowest = shortest->count == 1 ? -4 : -(shortest->count + 2);
    int highest = shortest->count == 1 || shortest->point - 1 >= 10 ? 2 : 1;

    return exponent >= lowest && exponent <= highest
        && (exponent < 0 || value < 9007199254740992.0);
}

size_t float_print_short(double value, char *text)
{
    struct shortest shortest;
    size_t sign = signbit(value) != 0;

    if (sign != 0) {
        *text++ = '-';
        value = -value;
    }
    if (value == 0.0) {
        memcpy(text, "0.0", 3);
        return sign + 3;
    }
    if (!shortest_simple(&shortest, value) && !shortest_scaled(&shortest, value))
        shortest_exact(&shortest, value);
    return sign + (fixed_is_shorter(&shortest, value) ? print_fixed(&shortest, text)
                                                      : print_with_exponent(&shortest, text));
}

/* ---- a given number of digits --------------------------------------------------------------- */

static char digit_at(const struct exact_digits *digits, int index)
{
    return (char) ('0' + (index >= 0 && index < digits->count ? digits->digits[index] : 0));
}

size_t float_print_scientific(double value, unsigned decimals, char *text, size_t size)
{
    struct exact_digits digits = { .count = 0, .point = 1 };
    bool negative = signbit(value) != 0;
    size_t needed = negative + 1u + (decimals > 0) + decimals + 4u;
    char *at = text;
    unsigned i;
    int exponent;

    if (value != 0.0)
        exact_expand(&digits, fabs(value));
    if (decimals < EXACT_MAX_DIGITS)
        exact_round(&digits, (int) decimals + 1);
    exponent = digits.point - 1;
    needed += exponent >= 100 || exponent <= -100;
    if (decimals > size || needed > size)
        return 0;
    if (negative)
        *at++ = '-';
    *at++ = digit_at(&digits, 0);
    if (decimals > 0)
        *at++ = '.';
    for (i = 1; i <= decimals; i++)
        *at++ = digit_at(&digits, (int) i);
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    if (exponent < 0)
        exponent = -exponent;
    if (exponent >= 100)
        *at++ = (char) ('0' + exponent / 100);
    *at++ = (char) ('0' + exponent / 10 % 10);
    *at++ = (char) ('0' + exponent % 10);
    return (size_t) (at - text);
}

/* Drops zeros at the end as OTP does: one stays behind a point, and without a point those of the
** integer go too. */
static size_t drop_zeros(const char *text, size_t size)
{
    while (size > 0 && text[size - 1] == '0')
        size--;
    return size > 0 && text[size - 1] == '.' ? size + 1 : size;
}

/* C's %.*f. */
static size_t print_decimals_exact(double value, unsigned decimals, bool compact, char *text,
    size_t size)
{
    struct exact_digits digits = { .count = 0, .point = 0 };
    bool negative = signbit(value) != 0;
    size_t whole, needed;
    char *at = text;
    int i;

    if (decimals > size)
        return 0;
    if (value != 0.0)
        exact_expand(&digits, fabs(value));
    if (decimals < EXACT_MAX_DIGITS * 2)
        exact_round(&digits, digits.point + (int) decimals);
    if (digits.count == 0)
        digits.point = 0;
    whole = digits.point > 0 ? (size_t) digits.point : 1;
    needed = negative + whole + (decimals > 0) + decimals;
    if (needed > size)
        return 0;
    if (negative)
        *at++ = '-';
    for (i = digits.point > 0 ? 0 : digits.point - 1; i < digits.point; i++)
        *at++ = digit_at(&digits, i < 0 ? -1 : i);
    if (decimals > 0)
        *at++ = '.';
    for (; i < digits.point + (int) decimals; i++)
        *at++ = digit_at(&digits, i);
    return compact ? drop_zeros(text, needed) : needed;
}

/* Writes value with at least width digits; gives the size. */
static size_t print_unsigned(uint64_t value, unsigned width, char *text)
{
    char digits[20];
    unsigned count = 0, i;

    while (value > 0 || count < width) {
        digits[count++] = (char) ('0' + value % 10);
        value /= 10;
    }
    for (i = 0; i < count; i++)
        text[i] = digits[count - 1 - i];
    return count;
}

/* OTP's own way below 2^53 and 19 decimals: integer and fraction apart, the fraction scaled and
** rounded as a double. It differs from %.*f in the last digits, and programs see it. */
static size_t print_decimals_scaled(double value, unsigned decimals, bool compact, char *text)
{
    double magnitude = fabs(value), whole = floor(magnitude);
    volatile double scaled;
    char *at = text;

    if (signbit(value))
        *at++ = '-';
    if (decimals == 0) {
        at += print_unsigned((uint64_t) round(magnitude), 1, at);
        return (size_t) (at - text);
    }
    scaled = (magnitude - whole) * powers_of_ten[decimals];
    scaled = round(scaled);
    if (scaled >= powers_of_ten[decimals]) {
        whole += 1.0;
        scaled = 0.0;
    }
    at += print_unsigned((uint64_t) whole, 1, at);
    *at++ = '.';
    at += print_unsigned((uint64_t) scaled, decimals, at);
    return compact ? drop_zeros(text, (size_t) (at - text)) : (size_t) (at - text);
}

size_t float_print_decimals(double value, unsigned decimals, bool compact, char *text, size_t size)
{
    char buffer[64];
    size_t used;

    if (fabs(value) > 9007199254740992.0 || decimals >= 19)
        return print_decimals_exact(value, decimals, compact, text, size);
    used = print_decimals_scaled(value, decimals, compact, buffer);
    if (used > size)
        return 0;
    memcpy(text, buffer, used);
    return used;
}
