/* number_test.c - arithmetic against what OTP gives (support/number_vectors.h), C integers, bytes,
** text, limits, and what happens when memory runs out. */
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
#include "support/number_vectors.h"
#undef V
};

static const struct {
    const char *name;
    number_binary_fn *fn;
} binary_operations[] = {
    { "+", number_add }, { "-", number_subtract }, { "*", number_multiply },
    { "/", number_divide }, { "div", number_div }, { "rem", number_rem }, { "band", number_band },
    { "bor", number_bor }, { "bxor", number_bxor }, { "bsl", number_bsl }, { "bsr", number_bsr }
};

static const struct {
    const char *name;
    number_unary_fn *fn;
} unary_operations[] = {
    { "neg", number_negate }, { "bnot", number_bnot }, { "abs", number_abs },
    { "float", number_to_float }, { "trunc", number_trunc }, { "round", number_round },
    { "floor", number_floor }, { "ceil", number_ceil }
};

static struct memory memory;
static struct heap_shared shared;
static struct heap heap;

static int start(void **state)
{
    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    memset(&shared, 0, sizeof shared);
    shared.memory = &memory;
    heap_init_env(&heap, &shared, MEMORY_HEAP);
    return 0;
}

static int stop(void **state)
{
    (void) state;
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
    return 0;
}

static term integer(const char *text, unsigned base)
{
    term result;

    assert_int_equal(integer_parse(&heap, (const uint8_t *) text, strlen(text), base, &result),
        DATA_OK);
    return result;
}

static term make_float(double value)
{
    return term_put_float(heap_allocate(&heap, 1 + FLOAT_WORDS), value);
}

static term operand(const char *text)
{
    uint64_t bits;
    double value;

    if (text[0] != 'f')
        return integer(text, 16);
    bits = strtoull(text + 1, NULL, 16);
    memcpy(&value, &bits, sizeof value);
    return make_float(value);
}

/* Canonical: what fits a small is one, a big has no leading zero. */
static void assert_canonical(term t)
{
    if (term_is_big(t)) {
        size_t size = header_words(*term_boxed(t));
        int64_t value;

        assert_true(size > 0 && term_boxed(t)[size] != 0);
        assert_false(integer_get_int64(t, &value) && small_fits(value));
    } else {
        assert_true(term_is_small(t));
    }
}

static void describe(enum data_status status, term t, unsigned base, char *text, size_t room)
{
    if (status != DATA_OK) {
        strcpy(text, status == DATA_SYSTEM_LIMIT ? "system_limit" : "badarith");
    } else if (term_is_float(t)) {
        double value = term_float(t);
        uint64_t bits;

        memcpy(&bits, &value, sizeof bits);
        sprintf(text, "f%016llx", (unsigned long long) bits);
    } else {
        size_t size = integer_text_size(t, base);

        assert_canonical(t);
        assert_true(size < room);
        assert_true(integer_print(&memory, t, base, text) <= size);
        text[integer_print(&memory, t, base, text)] = 0;
    }
}

static void apply(const struct vector *vector, char *text, size_t room)
{
    term a = operand(vector->a), result = TERM_NONE;
    enum data_status status = DATA_BAD_KEY;
    unsigned base = 16;

    for (size_t i = 0; i < AVM_COUNT_OF(binary_operations); i++) {
        if (strcmp(vector->operation, binary_operations[i].name) == 0)
            status = binary_operations[i].fn(&heap, a, operand(vector->b), &result);
    }
    for (size_t i = 0; i < AVM_COUNT_OF(unary_operations); i++) {
        if (strcmp(vector->operation, unary_operations[i].name) == 0)
            status = unary_operations[i].fn(&heap, a, &result);
    }
    if (strcmp(vector->operation, "cmp") == 0) {
        int order = number_compare(a, operand(vector->b));

        assert_int_equal(order < 0, number_compare(operand(vector->b), a) > 0);
        sprintf(text, "%d", (order > 0) - (order < 0));
        return;
    }
    if (strcmp(vector->operation, "text") == 0) {
        base = (unsigned) atoi(vector->b);
        status = DATA_OK;
        result = a;
    }
    assert_int_not_equal(status, DATA_BAD_KEY);
    describe(status, result, base, text, room);
}

static void as_otp(void **state)
{
    static char text[1000];
    char name[300];

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(vectors); i++) {
        apply(&vectors[i], text, sizeof text);
        if (strcmp(text, vectors[i].expected) != 0) {
            snprintf(name, sizeof name, "%s %s %s", vectors[i].operation, vectors[i].a,
                vectors[i].b);
            print_error("%s\n", name);
            assert_string_equal(text, vectors[i].expected);
        }
    }
}

static void bad_operands(void **state)
{
    const term bad[] = { TERM_NIL, term_make_pid(1), term_make_atom(3) };
    term one = term_make_small(1), big = integer("100000000000000000000000", 10), result = one;

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(bad); i++) {
        for (size_t j = 0; j < AVM_COUNT_OF(binary_operations); j++) {
            number_binary_fn *fn = binary_operations[j].fn;

            assert_int_equal(fn(&heap, bad[i], one, &result), DATA_BAD_ARGUMENT);
            assert_int_equal(fn(&heap, one, bad[i], &result), DATA_BAD_ARGUMENT);
            assert_int_equal(fn(&heap, big, bad[i], &result), DATA_BAD_ARGUMENT);
            assert_int_equal(fn(&heap, bad[i], bad[i], &result), DATA_BAD_ARGUMENT);
        }
        for (size_t j = 0; j < AVM_COUNT_OF(unary_operations); j++)
            assert_int_equal(unary_operations[j].fn(&heap, bad[i], &result), DATA_BAD_ARGUMENT);
        assert_int_equal(number_plus(&heap, bad[i], &result), DATA_BAD_ARGUMENT);
    }
    assert_int_equal(result, one);
}

static void c_integers(void **state)
{
    const int64_t values[] = { 0, 1, -1, SMALL_MAX, SMALL_MIN, INT64_MAX, INT64_MIN,
        INT64_MIN + 1, INT64_C(0x100000000), -INT64_C(0x100000000), -INT64_C(0xffffffff) };
    const uint64_t naturals[] = { 0, 1, UINT64_MAX, (uint64_t) INT64_MAX + 1, 0xffffffffu };
    int64_t value;
    uint64_t natural;

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(values); i++) {
        term t = integer_make_int64(&heap, values[i]);

        assert_canonical(t);
        assert_true(integer_get_int64(t, &value));
        assert_true(value == values[i]);
        assert_int_equal(integer_is_negative(t), value < 0);
        assert_int_equal(integer_get_uint64(t, &natural), value >= 0);
    }
    for (size_t i = 0; i < AVM_COUNT_OF(naturals); i++) {
        term t = integer_make_uint64(&heap, naturals[i]);

        assert_canonical(t);
        assert_true(integer_get_uint64(t, &natural));
        assert_true(natural == naturals[i]);
        assert_int_equal(integer_get_int64(t, &value), naturals[i] <= INT64_MAX);
    }
    assert_false(integer_get_uint64(integer("10000000000000000", 16), &natural));
    assert_false(integer_get_int64(integer("8000000000000000", 16), &value));
    assert_true(integer_get_int64(integer("-8000000000000000", 16), &value));
    assert_false(integer_get_int64(integer("-8000000000000001", 16), &value));
    assert_false(integer_get_int64(make_float(1.0), &value));
}

/* Writes t in size bytes both ways and reads it back. */
static void round_trip_bytes(term t, size_t size)
{
    uint8_t bytes[64], swapped[64];
    term result;

    integer_to_bytes(t, bytes, size, true);
    integer_to_bytes(t, swapped, size, false);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], swapped[size - 1 - i]);
    assert_int_equal(integer_from_bytes(&heap, bytes, size, true, true, &result), DATA_OK);
    assert_canonical(result);
    assert_int_equal(number_compare(t, result), 0);
    assert_int_equal(integer_from_bytes(&heap, swapped, size, false, true, &result), DATA_OK);
    assert_int_equal(number_compare(t, result), 0);
}

static void bytes(void **state)
{
    const char *texts[] = { "0", "1", "-1", "7F", "80", "-80", "-81", "FF", "100", "-100",
        "7FFFFFFF", "80000000", "-80000000", "FFFFFFFFFFFFFFFF", "-FFFFFFFFFFFFFFFF",
        "-8000000000000000", "123456789ABCDEF0123456789", "-123456789ABCDEF0123456789",
        "-100000000000000000000000000000000" };
    const uint8_t ones[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    const uint8_t zeros[40] = { 0 };
    uint8_t low[3];
    term result;

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(texts); i++) {
        term t = integer(texts[i], 16);
        size_t size = integer_magnitude_bytes(t);

        assert_int_equal(size, (strlen(texts[i] + (texts[i][0] == '-')) + 1) / 2 - (i == 0));
        for (size_t more = 1; more < 12; more++)
            round_trip_bytes(t, size + more);
    }
    integer_from_bytes(&heap, ones, 9, true, true, &result);
    assert_int_equal(result, term_make_small(-1));
    integer_from_bytes(&heap, ones, 9, true, false, &result);
    assert_int_equal(number_compare(result, integer("FFFFFFFFFFFFFFFFFF", 16)), 0);
    integer_from_bytes(&heap, zeros, sizeof zeros, false, true, &result);
    assert_int_equal(result, term_make_small(0));
    integer_from_bytes(&heap, zeros, 0, false, true, &result);
    assert_int_equal(result, term_make_small(0));
    integer_to_bytes(integer("-123456789ABCDEF0123456789", 16), low, 3, true);
    assert_int_equal(low[2], 0x77);
    assert_int_equal(low[1], 0x98);
    assert_int_equal(low[0], 0xba);
}

static void text_that_is_none(void **state)
{
    static const struct {
        const char *text;
        unsigned base;
    } bad[] = {
        { "", 10 }, { "-", 10 }, { "+", 10 }, { "--1", 10 }, { "1 ", 10 }, { " 1", 10 },
        { "12a", 10 }, { "2", 2 }, { "1-", 10 }, { "z", 35 }, { "123456789012345678901234x", 10 },
        { "/", 36 }, { ":", 36 }, { "@", 36 }, { "[", 36 }, { "`", 36 }, { "{", 36 }
    };
    term result = TERM_NIL;

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(bad); i++)
        assert_int_equal(integer_parse(&heap, (const uint8_t *) bad[i].text, strlen(bad[i].text),
            bad[i].base, &result), DATA_BAD_ARGUMENT);
    assert_int_equal(result, TERM_NIL);
    assert_int_equal(integer("zZ", 36), term_make_small(35 * 36 + 35));
    assert_int_equal(integer("-0", 10), term_make_small(0));
    assert_int_equal(integer("+00000000000000000000000000000000007", 10), term_make_small(7));
}

static term shifted(term t, intptr_t count)
{
    term result;

    assert_int_equal(number_bsl(&heap, t, term_make_small(count), &result), DATA_OK);
    return result;
}

static void limits(void **state)
{
    term one = term_make_small(1), top = shifted(one, INTEGER_MAX_BITS - 1), most, sum;
    term half = shifted(one, INTEGER_MAX_BITS / 2), result = one;

    (void) state;
    assert_int_equal(number_bsl(&heap, one, term_make_small(INTEGER_MAX_BITS), &result),
        DATA_SYSTEM_LIMIT);
    assert_int_equal(number_bsl(&heap, top, one, &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(number_bsl(&heap, one, term_make_small(SMALL_MAX), &result),
        DATA_SYSTEM_LIMIT);
    assert_int_equal(number_multiply(&heap, top, term_make_small(2), &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(number_multiply(&heap, top, top, &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(number_multiply(&heap, half, half, &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(number_add(&heap, top, top, &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(number_subtract(&heap, top, one, &most), DATA_OK);
    assert_int_equal(number_add(&heap, most, top, &sum), DATA_OK);      /* all ones */
    assert_int_equal(number_bnot(&heap, sum, &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(number_bxor(&heap, sum, term_make_small(-1), &result), DATA_SYSTEM_LIMIT);
    assert_int_equal(result, one);
    assert_int_equal(number_bsr(&heap, top, term_make_small(INTEGER_MAX_BITS - 1), &result),
        DATA_OK);
    assert_int_equal(result, one);
}

/* Every result needs memory: each operation fails cleanly at each allocation it makes. */
static void without_memory(void **state)
{
    term a = shifted(term_make_small(12345), 9000), b = shifted(term_make_small(77777), 5000);
    term result = TERM_NIL;

    (void) state;
    a = shifted(a, 1);
    assert_int_equal(number_bor(&heap, a, term_make_small(991), &a), DATA_OK);
    assert_int_equal(number_bor(&heap, b, term_make_small(1231), &b), DATA_OK);
    for (size_t i = 0; i < AVM_COUNT_OF(binary_operations) - 2; i++) {
        for (uint64_t failing = 1;; failing++) {
            struct heap env;
            enum data_status status;

            heap_init_env(&env, &shared, MEMORY_HEAP);
            memory.fail_at = memory.counts.allocations + memory.counts.failures + failing;
            memory.fail_from = true;
            result = TERM_NIL;
            status = binary_operations[i].fn(&env, a, b, &result);
            memory.fail_at = 0;
            memory.fail_from = false;
            if (status != DATA_OK)
                assert_int_equal(result, TERM_NIL);
            heap_deinit(&env);
            if (status == DATA_OK || status == DATA_BAD_ARGUMENT)
                break;
            assert_int_equal(status, DATA_NO_MEMORY);
            assert_true(failing < 200);
        }
    }
}

static void exact_order(void **state)
{
    term big = integer("123456789012345678901234567890", 10);

    (void) state;
    assert_true(number_compare_exact(term_make_small(2), make_float(1.0)) < 0);
    assert_true(number_compare_exact(make_float(1.0), term_make_small(2)) > 0);
    assert_true(number_compare_exact(big, make_float(1.0)) < 0);
    assert_int_equal(number_compare_exact(make_float(1.0), make_float(1.0)), 0);
    assert_true(number_compare_exact(make_float(1.0), make_float(2.0)) < 0);
    assert_true(number_compare_exact(term_make_small(1), big) < 0);
    assert_true(integer_equal(big, integer("123456789012345678901234567890", 10)));
    assert_false(integer_equal(big, integer("-123456789012345678901234567890", 10)));
    assert_false(integer_equal(big, integer("123456789012345678901234567891", 10)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_otp, start, stop),
        cmocka_unit_test_setup_teardown(bad_operands, start, stop),
        cmocka_unit_test_setup_teardown(c_integers, start, stop),
        cmocka_unit_test_setup_teardown(bytes, start, stop),
        cmocka_unit_test_setup_teardown(text_that_is_none, start, stop),
        cmocka_unit_test_setup_teardown(limits, start, stop),
        cmocka_unit_test_setup_teardown(without_memory, start, stop),
        cmocka_unit_test_setup_teardown(exact_order, start, stop)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
