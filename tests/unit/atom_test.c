/* atom_test.c - the atom table: named atoms, adding, finding, limits, order, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include "atom/atom.h"
#include <cmocka.h>

static const uint8_t *bytes(const char *text)
{
    return (const uint8_t *) text;
}

static void named_atoms_are_there(void **state)
{
    struct memory memory;
    struct atom_table *table;
    size_t size;
    uint32_t index;

    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    table = atom_table_create(&memory, 1000000);
    assert_non_null(table);
    assert_int_equal(atom_count(table), ATOM_INDEX_COUNT);
    assert_int_equal(ATOM_INDEX_false, 0);
    for (uint32_t i = 0; i < ATOM_INDEX_COUNT; i++) {
        const uint8_t *text = atom_text(table, i, &size);

        assert_true(atom_find(table, text, size, &index));
        assert_int_equal(index, i);
        assert_int_equal(atom_put(table, text, size, &index), ATOM_OK);
        assert_int_equal(index, i);
    }
    atom_table_destroy(table);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void many_atoms(void **state)
{
    struct memory memory;
    struct atom_table *table;
    uint32_t index, again;
    char text[32];
    size_t size;
    const uint8_t *first;

    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    table = atom_table_create(&memory, 30000);
    assert_int_equal(atom_put(table, bytes("no such yet"), 11, &index), ATOM_OK);
    first = atom_text(table, index, &size);
    for (int i = 0; i < 20000; i++) {
        int length = snprintf(text, sizeof text, "atom_%d", i);

        assert_false(atom_find(table, bytes(text), (size_t) length, &index));
        assert_int_equal(atom_put(table, bytes(text), (size_t) length, &index), ATOM_OK);
        assert_true(atom_find(table, bytes(text), (size_t) length, &again));
        assert_int_equal(index, again);
        assert_memory_equal(atom_text(table, index, &size), text, (size_t) length);
        assert_int_equal(size, length);
    }
    for (int i = 0; i < 20000; i++) {
        int length = snprintf(text, sizeof text, "atom_%d", i);

        assert_true(atom_find(table, bytes(text), (size_t) length, &again));
        assert_int_equal(again, ATOM_INDEX_COUNT + 1 + i);
    }
    assert_ptr_equal(first, atom_text(table, ATOM_INDEX_COUNT, &size));
    atom_table_destroy(table);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void limits(void **state)
{
    struct memory memory;
    struct atom_table *table;
    uint8_t text[1200];
    uint32_t index, other;

    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    table = atom_table_create(&memory, ATOM_INDEX_COUNT + 3);
    memset(text, 'x', sizeof text);
    assert_int_equal(atom_put(table, text, 255, &index), ATOM_OK);
    assert_int_equal(atom_put(table, text, 256, &index), ATOM_TOO_LONG);
    assert_int_equal(atom_put_latin1(table, text, 256, &index), ATOM_TOO_LONG);
    assert_int_equal(atom_put(table, bytes("\xff"), 1, &index), ATOM_BAD);
    assert_int_equal(atom_put_latin1(table, bytes("\xe9\xff"), 2, &index), ATOM_OK);
    assert_true(atom_find(table, bytes("\xc3\xa9\xc3\xbf"), 4, &other));
    assert_int_equal(index, other);
    for (int i = 0; i < 255; i++)
        memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    assert_int_equal(atom_put(table, text, 255 * 4, &index), ATOM_OK);
    assert_int_equal(atom_put(table, bytes("no more room"), 12, &index), ATOM_TABLE_FULL);
    assert_int_equal(atom_put(table, bytes("ok"), 2, &index), ATOM_OK);
    assert_int_equal(index, ATOM_INDEX_ok);
    atom_table_destroy(table);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void order_and_quoting(void **state)
{
    static const char *const sorted[] = { "", "A", "a", "aa", "ab", "b", "\xc3\xa9",
        "\xcf\x80", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    static const char *const bare[] = { "a", "aB_9", "\xc3\xa9t\xc3\xa9", "\xc3\x9f\xc3\x80" };
    static const char *const quoted[] = { "", "A", "_a", "9", "a@b", "a b", "\xcf\x80", "a\xcf\x80",
        "a\xc3\xb7", "[]", "a\n" };
    struct memory memory;
    struct atom_table *table;

    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    table = atom_table_create(&memory, 1000000);
    for (size_t i = 0; i < AVM_COUNT_OF(sorted); i++) {
        for (size_t j = 0; j < AVM_COUNT_OF(sorted); j++) {
            uint32_t a, b;
            int order;

            assert_int_equal(atom_put(table, bytes(sorted[i]), strlen(sorted[i]), &a), ATOM_OK);
            assert_int_equal(atom_put(table, bytes(sorted[j]), strlen(sorted[j]), &b), ATOM_OK);
            order = atom_compare(table, a, b);
            assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
        }
    }
    for (size_t i = 0; i < AVM_COUNT_OF(bare); i++)
        assert_true(atom_is_bare(bytes(bare[i]), strlen(bare[i])));
    for (size_t i = 0; i < AVM_COUNT_OF(quoted); i++)
        assert_false(atom_is_bare(bytes(quoted[i]), strlen(quoted[i])));
    atom_table_destroy(table);
}

static void memory_runs_out(void **state)
{
    struct memory memory;

    (void) state;
    for (uint64_t n = 1; n < 40; n++) {
        struct atom_table *table;
        char text[32];
        uint32_t index;

        memory_init(&memory, NULL, NULL, 0);
        memory.fail_at = n;
        table = atom_table_create(&memory, 100000);
        for (int i = 0; table != NULL && i < 3000; i++) {
            int length = snprintf(text, sizeof text, "some_rather_long_atom_%d", i);
            enum atom_status status = atom_put(table, bytes(text), (size_t) length, &index);

            if (status == ATOM_NO_MEMORY) {
                assert_false(atom_find(table, bytes(text), (size_t) length, &index));
                status = atom_put(table, bytes(text), (size_t) length, &index);
            }
            assert_int_equal(status, ATOM_OK);
        }
        atom_table_destroy(table);
        assert_int_equal(memory.counts.live_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_atoms_are_there),
        cmocka_unit_test(many_atoms),
        cmocka_unit_test(limits),
        cmocka_unit_test(order_and_quoting),
        cmocka_unit_test(memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
