/* float_test.c - text of floats against what OTP gives (support/float_vectors.h), and random doubles
** there and back. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "data/number.h"
#include <cmocka.h>

struct vector {
    const char *operation, *a, *b, *expected;
};

static const struct vector vectors[] = {
#define V(operation, a, b, expected) { operation, a, b, expected },
#include "support/float_vectors.h"
#undef V
};

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static bool parse(const char *text, size_t size, double *value)
{
    return float_parse((const uint8_t *) text, size, value);
}

static void apply(const struct vector *vector, char *text)
{
    double value = vector->a[0] == 'f' ? from_bits(strtoull(vector->a + 1, NULL, 16)) : 0.0;
    unsigned decimals = (unsigned) atoi(vector->b);
    size_t size = 0;

    if (strcmp(vector->operation, "short") == 0)
        size = float_print_short(value, text);
    else if (strcmp(vector->operation, "sci") == 0)
        size = float_print_scientific(value, decimals, text, 255);
    else if (strcmp(vector->operation, "dec") == 0)
        size = float_print_decimals(value, decimals, false, text, 255);
    else if (strcmp(vector->operation, "decc") == 0)
        size = float_print_decimals(value, decimals, true, text, 255);
    else if (parse(vector->a, strlen(vector->a), &value))
        size = (size_t) sprintf(text, "f%016llx", (unsigned long long) to_bits(value));
    if (size == 0)
        size = (size_t) sprintf(text, "badarg");
    text[size] = 0;
}

static void as_otp(void **state)
{
    char text[300];

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(vectors); i++) {
        apply(&vectors[i], text);
        if (strcmp(text, vectors[i].expected) != 0) {
            print_error("%s %s %s\n", vectors[i].operation, vectors[i].a, vectors[i].b);
            assert_string_equal(text, vectors[i].expected);
        }
    }
}

/* The shortest text and 17 digits both read back as the same bits; no shorter text does. */
static void there_and_back(void **state)
{
    (void) state;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_bits() & ~((uint64_t) 1 << 63);
        double value, back;
        char text[64];
        size_t size;

        if (i % 4 == 0)
            bits &= ~(uint64_t) 0 << 40;                    /* few bits */
        if (i % 8 == 1)
            bits >>= 12;                                    /* subnormal */
        if (i % 8 == 2)
            bits = bits >> 52 << 52;                        /* a power of 2 */
        if (bits >> 52 == 0x7ff)
            continue;
        value = from_bits(bits);
        size = float_print_short(value, text);
        assert_true(size <= 24 && parse(text, size, &back));
        assert_true(to_bits(back) == bits);
        size = float_print_scientific(value, 16, text, sizeof text);
        assert_true(parse(text, size, &back));
        assert_true(to_bits(back) == bits);
    }
}

static void long_text(void **state)
{
    /* 2^-1074 in full, its half in full, and one digit behind the half. */
    static char text[3000];
    double value;
    size_t size;

    (void) state;
    size = float_print_decimals(from_bits(1), 1074, false, text, sizeof text);
    assert_int_equal(size, 1076);
    assert_true(parse(text, size, &value));
    assert_true(to_bits(value) == 1);
    assert_int_equal(float_print_decimals(from_bits(1), 1074, false, text, 1075), 0);
    size = float_print_scientific(from_bits(1), 766, text, sizeof text);
    assert_true(size > 0);
    assert_true(parse(text, size, &value));
    assert_true(to_bits(value) == 1);
    memset(text, '0', 2000);
    memcpy(text, "9007199254740993.", 17);
    assert_true(parse(text, 2000, &value));
    assert_true(value == 9007199254740992.0);
    text[1999] = '1';
    assert_true(parse(text, 2000, &value));
    assert_true(value == 9007199254740994.0);
    memset(text, '9', 309);
    memcpy(text + 309, ".0", 2);
    assert_false(parse(text, 311, &value));
    memset(text, '0', 2990);
    memcpy(text + 2990, "1.5e5", 5);
    assert_true(parse(text, 2995, &value));
    assert_true(value == 1.5e5);
}

static void room(void **state)
{
    char text[300];

    (void) state;
    assert_int_equal(float_print_scientific(-1.5, 3, text, 10), 10);
    assert_memory_equal(text, "-1.500e+00", 10);
    assert_int_equal(float_print_scientific(-1.5, 3, text, 9), 0);
    assert_int_equal(float_print_scientific(1e100, 0, text, 6), 6);
    assert_int_equal(float_print_scientific(1e100, 0, text, 5), 0);
    assert_int_equal(float_print_scientific(1.0, 249, text, 255), 255);
    assert_int_equal(float_print_scientific(1.0, 250, text, 255), 0);
    assert_int_equal(float_print_scientific(1.0, 4000000000u, text, 255), 0);
    assert_int_equal(float_print_decimals(1.5, 2, false, text, 4), 4);
    assert_int_equal(float_print_decimals(1.5, 2, false, text, 3), 0);
    assert_int_equal(float_print_decimals(1e300, 20, false, text, 255), 0);
    assert_int_equal(float_print_decimals(1.5, 4000000000u, false, text, 255), 0);
}

static void locale_does_not_matter(void **state)
{
    char text[40];
    double value;

    (void) state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        skip();
    assert_int_equal(float_print_short(1.5, text), 3);
    assert_memory_equal(text, "1.5", 3);
    assert_true(parse("2.5", 3, &value));
    assert_true(value == 2.5);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_otp),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(long_text),
        cmocka_unit_test(room),
        cmocka_unit_test(locale_does_not_matter)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
