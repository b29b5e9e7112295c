/* bigint_test.c - magnitudes: identities over sizes that cross every threshold, with limbs of the
** kinds that break long arithmetic (all ones, zeros, sparse, equal halves). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include "data/bigint.h"
#include <cmocka.h>

#define MOST 1200

static struct memory memory;
static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static int start(void **state)
{
    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    return 0;
}

static int stop(void **state)
{
    (void) state;
    assert_int_equal(memory.counts.live_bytes, 0);
    return 0;
}

/* size limbs of one kind, the top one not 0. */
static void fill(limb *a, size_t size)
{
    unsigned kind = (unsigned) (random_bits() % 6);

    for (size_t i = 0; i < size; i++) {
        limb value = (limb) (random_bits() >> 7);

        if (kind == 1)
            value = LIMB_MAX;
        else if (kind == 2)
            value = random_bits() % 8 == 0 ? value : 0;
        else if (kind == 3)
            value = random_bits() % 8 == 0 ? value : LIMB_MAX;
        else if (kind == 4 && i >= size / 2)
            value = a[i - size / 2];
        a[i] = value;
    }
    if (kind == 5)
        a[size - 1] = 1;
    else if (a[size - 1] == 0)
        a[size - 1] = (limb) 1 << (LIMB_BITS - 1);
}

/* Sizes around every threshold and some between. */
static const size_t sizes[] = { 1, 2, 3, 4, 7, 8, 15, 16, 30, 31, 32, 33, 34, 47, 48, 49, 50, 63, 64,
    65, 66, 95, 96, 97, 127, 128, 129, 130, 191, 192, 193, 255, 256, 257, 300, 383, 511, 512, 600 };

/* a * b by every way there is. */
static void products(void **state)
{
    static limb a[MOST], b[MOST], fast[2 * MOST], slow[2 * MOST];

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(sizes); i++) {
        for (size_t j = 0; j < AVM_COUNT_OF(sizes); j++) {
            fill(a, sizes[i]);
            fill(b, sizes[j]);
            fast[sizes[i] + sizes[j]] = 4711;
            assert_true(bigint_multiply(&memory, fast, a, sizes[i], b, sizes[j]));
            bigint_multiply_schoolbook(slow, a, sizes[i], b, sizes[j]);
            assert_memory_equal(fast, slow, (sizes[i] + sizes[j]) * sizeof *fast);
            assert_true(fast[sizes[i] + sizes[j]] == 4711);
        }
        bigint_multiply_schoolbook(slow, a, sizes[i], a, sizes[i]);
        assert_true(bigint_multiply(&memory, fast, a, sizes[i], a, sizes[i]));
        assert_memory_equal(fast, slow, 2 * sizes[i] * sizeof *fast);
    }
    assert_true(bigint_multiply(&memory, fast, a, 40, b, 0));
    assert_int_equal(bigint_trim(fast, 40), 0);
}

/* q * b + r == a, r < b. */
static void assert_division(const limb *a, size_t a_size, const limb *b, size_t b_size)
{
    static limb q[2 * MOST], r[MOST], product[3 * MOST], alone[2 * MOST];
    size_t q_size = a_size - b_size + 1;

    assert_true(bigint_divide(&memory, q, r, a, a_size, b, b_size));
    assert_true(bigint_compare(r, bigint_trim(r, b_size), b, b_size) < 0);
    assert_true(bigint_multiply(&memory, product, b, b_size, q, q_size));
    assert_int_equal(bigint_add(product, product, a_size + 1, r, b_size), 0);
    assert_int_equal(bigint_compare(product, bigint_trim(product, a_size + 1), a, a_size), 0);
    assert_true(bigint_divide(&memory, alone, NULL, a, a_size, b, b_size));
    assert_memory_equal(alone, q, q_size * sizeof *q);
    assert_true(bigint_divide(&memory, NULL, alone, a, a_size, b, b_size));
    assert_memory_equal(alone, r, b_size * sizeof *r);
}

static void quotients(void **state)
{
    static limb a[2 * MOST], b[MOST];

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(sizes); i++) {
        for (size_t j = 0; j < AVM_COUNT_OF(sizes); j++) {
            fill(a, sizes[i] + sizes[j]);
            fill(b, sizes[j]);
            assert_division(a, sizes[i] + sizes[j], b, sizes[j]);
        }
    }
}

/* Dividends at and beside multiples of the divisor, where estimated quotient limbs are off. */
static void quotients_at_the_edge(void **state)
{
    static limb a[2 * MOST], b[MOST], q[MOST];
    const limb one = 1;

    (void) state;
    for (int round = 0; round < 3000; round++) {
        size_t b_size = 1 + random_bits() % (round % 30 == 0 ? 300 : 8);
        size_t q_size = 1 + random_bits() % (round % 30 == 0 ? 300 : 8);
        size_t size = b_size + q_size;

        fill(b, b_size);
        fill(q, q_size);
        if (round % 2 == 0)
            b[b_size - 1] |= (limb) 1 << (LIMB_BITS - 1);
        assert_true(bigint_multiply(&memory, a, b, b_size, q, q_size));
        if (bigint_trim(a, size) < b_size)
            continue;
        assert_division(a, bigint_trim(a, size), b, b_size);
        if (bigint_add(a, a, size, &one, 1) == 0)
            assert_division(a, bigint_trim(a, size), b, b_size);
        bigint_subtract(a, a, size, &one, 1);
        bigint_subtract(a, a, size, &one, 1);
        if (bigint_trim(a, size) >= b_size)
            assert_division(a, bigint_trim(a, size), b, b_size);
    }
}

static void shifts(void **state)
{
    static limb a[MOST], left[MOST + 1], back[MOST + 1];

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(sizes); i++) {
        size_t size = sizes[i];

        for (unsigned bits = 0; bits < LIMB_BITS; bits++) {
            fill(a, size);
            left[size] = bigint_shift_left(left, a, size, bits);
            assert_int_equal(bigint_bit_size(left, bigint_trim(left, size + 1)),
                bigint_bit_size(a, size) + bits);
            assert_int_equal(bigint_shift_right(back, left, size + 1, bits), 0);
            assert_memory_equal(back, a, size * sizeof *a);
            assert_int_equal(back[size], 0);
        }
    }
    assert_int_equal(bigint_bit_size(a, 0), 0);
}

static void text(void **state)
{
    static limb a[MOST], back[2 * MOST];
    static char digits[MOST * sizeof(limb) * CHAR_BIT + 100];

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(sizes); i++) {
        for (unsigned base = 2; base <= 36; base++) {
            size_t size, count, room;

            fill(a, sizes[i]);
            room = bigint_text_size(a, sizes[i], base);
            assert_true(room < sizeof digits);
            digits[room] = '?';
            count = bigint_print(&memory, a, sizes[i], base, digits);
            assert_true(count <= room && digits[0] != '0' && digits[room] == '?');
            assert_true(bigint_parse_limbs(count, base) < AVM_COUNT_OF(back));
            assert_true(bigint_parse(&memory, (const uint8_t *) digits, count, base, back, &size));
            assert_int_equal(bigint_compare(back, size, a, sizes[i]), 0);
        }
    }
    assert_int_equal(bigint_print(&memory, a, 0, 10, digits), 1);
    assert_int_equal(digits[0], '0');
}

/* Powers of ten and their neighbours: the digits are known. */
static void text_of_powers(void **state)
{
    static limb a[MOST];
    static uint8_t digits[6000];
    static char out[6000 + 100];

    (void) state;
    for (size_t count = 1; count < sizeof digits; count += 1 + count / 7) {
        const limb one = 1;
        size_t size;

        memset(digits, '0', sizeof digits);
        digits[0] = '1';
        assert_true(bigint_parse(&memory, digits, count, 10, a, &size));
        assert_int_equal(bigint_print(&memory, a, size, 10, out), count);
        assert_memory_equal(out, digits, count);
        bigint_subtract(a, a, size, &one, 1);
        size = bigint_trim(a, size);
        memset(digits, '9', sizeof digits);
        if (count > 1) {
            assert_int_equal(bigint_print(&memory, a, size, 10, out), count - 1);
            assert_memory_equal(out, digits, count - 1);
        }
    }
}

/* Each allocation fails once: false, and nothing is kept. */
static void without_memory(void **state)
{
    static limb a[2 * MOST], b[MOST], r[3 * MOST], q[2 * MOST];
    static char digits[MOST * 20 + 100];
    size_t count, size;

    (void) state;
    fill(a, 600);
    fill(b, 200);
    count = bigint_print(&memory, a, 600, 10, digits);
    for (uint64_t failing = 1; failing < 400; failing++) {
        memory.fail_at = memory.counts.allocations + memory.counts.failures + failing;
        memory.fail_from = true;
        bigint_multiply(&memory, r, a, 600, b, 200);
        bigint_divide(&memory, q, r, a, 600, b, 200);
        if (bigint_print(&memory, a, 600, 10, digits) != count)
            assert_true(bigint_print(&memory, a, 600, 10, digits) == SIZE_MAX);
        bigint_parse(&memory, (const uint8_t *) digits, count, 10, r, &size);
        memory.fail_at = 0;
        memory.fail_from = false;
        assert_int_equal(memory.counts.live_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(products, start, stop),
        cmocka_unit_test_setup_teardown(quotients, start, stop),
        cmocka_unit_test_setup_teardown(quotients_at_the_edge, start, stop),
        cmocka_unit_test_setup_teardown(shifts, start, stop),
        cmocka_unit_test_setup_teardown(text, start, stop),
        cmocka_unit_test_setup_teardown(text_of_powers, start, stop),
        cmocka_unit_test_setup_teardown(without_memory, start, stop)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
