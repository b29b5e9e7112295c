/* compare_test.c - order, equality and hashes: against what erl answers, at depth, without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include "data/compare.h"
#include "data/fun.h"
#include "data/map.h"
#include <cmocka.h>
#include "support/read_term.h"

static const struct vector {
    const char *text;
    bool equals_previous;
    uint32_t phash2, phash;
} vectors[] = {
#define V(text, equal, phash2, phash) { text, equal, phash2, phash },
#include "support/term_vectors.h"
#undef V
};

static struct memory memory;
static struct heap_shared shared;
static struct compare_context context;
static struct heap heap;

static void start(void)
{
    memory_init(&memory, NULL, NULL, 0);
    memset(&shared, 0, sizeof shared);
    shared.memory = &memory;
    context.memory = &memory;
    context.atoms = atom_table_create(&memory, 100000);
    heap_init_env(&heap, &shared, MEMORY_HEAP);
}

static void stop(void)
{
    heap_deinit(&heap);
    atom_table_destroy((struct atom_table *) (uintptr_t) context.atoms);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static term read(const char *text)
{
    return read_term(&context, &heap, text);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void order_is_erls(void **state)
{
    term terms[AVM_COUNT_OF(vectors)];
    unsigned group[AVM_COUNT_OF(vectors)];

    (void) state;
    start();
    for (size_t i = 0; i < AVM_COUNT_OF(vectors); i++) {
        terms[i] = read(vectors[i].text);
        group[i] = i == 0 ? 0 : group[i - 1] + (vectors[i].equals_previous ? 0 : 1);
    }
    for (size_t i = 0; i < AVM_COUNT_OF(vectors); i++) {
        for (size_t j = 0; j < AVM_COUNT_OF(vectors); j++) {
            int expected = (group[i] > group[j]) - (group[i] < group[j]);

            if (sign(term_compare(&context, terms[i], terms[j])) != expected)
                fail_msg("%s against %s", vectors[i].text, vectors[j].text);
            assert_true(term_equal(&context, terms[i], terms[j]) == (expected == 0));
            assert_true(term_equal_exact(&context, terms[i], terms[j]) == (i == j));
            assert_true((term_compare_exact(&context, terms[i], terms[j]) == 0) == (i == j));
            assert_int_equal(sign(term_compare_exact(&context, terms[i], terms[j])),
                -sign(term_compare_exact(&context, terms[j], terms[i])));
        }
    }
    stop();
}

static void hashes_are_erls(void **state)
{
    uint32_t hash = 0;

    (void) state;
    start();
    for (size_t i = 0; i < AVM_COUNT_OF(vectors); i++) {
        term t = read(vectors[i].text), again = read(vectors[i].text);

        assert_true(term_hash_phash2(&context, t, &hash));
        if ((hash & 0x7ffffff) != vectors[i].phash2)
            fail_msg("phash2 of %s", vectors[i].text);
        assert_true(term_hash_phash(&context, t, &hash));
        if (hash != vectors[i].phash)
            fail_msg("phash of %s", vectors[i].text);
        assert_true(term_equal_exact(&context, t, again));
        assert_int_equal(term_hash_internal(&context, t), term_hash_internal(&context, again));
    }
    stop();
}

/* The same bits at every offset of a longer bitstring compare and hash alike. */
static void views_of_bits(void **state)
{
    (void) state;
    start();
    for (size_t offset = 0; offset < 12; offset++) {
        for (size_t size = 0; size < 200; size += 13) {
            uint8_t bytes[32] = { 0 };
            term *whole = heap_allocate(&heap, HEAP_BITS_WORDS(32));
            term *view = heap_allocate(&heap, SUB_BITS_WORDS);
            term copy, t;
            struct heap env;
            uint32_t a = 0, b = 1;

            whole[0] = header_make(BOXED_HEAP_BITS, HEAP_BITS_WORDS(32) - 1);
            whole[1] = 256;
            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (uint8_t) (i * 73 + 11);
            memcpy(whole + 2, bytes, sizeof bytes);
            view[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
            view[1] = term_make_boxed(whole);
            view[2] = offset;
            view[3] = offset + size;
            t = term_make_boxed(view);
            heap_init_env(&env, &shared, MEMORY_HEAP);
            copy = heap_copy(&env, t);
            assert_int_equal(term_boxed_kind(copy), BOXED_HEAP_BITS);
            assert_int_equal(term_compare(&context, copy, t), 0);
            assert_true(term_equal_exact(&context, copy, t));
            assert_int_equal(term_hash_internal(&context, copy), term_hash_internal(&context, t));
            assert_true(term_hash_phash2(&context, copy, &a) && term_hash_phash2(&context, t, &b));
            assert_int_equal(a, b);
            assert_true(term_hash_phash(&context, copy, &a) && term_hash_phash(&context, t, &b));
            assert_int_equal(a, b);
            heap_deinit(&env);
        }
    }
    stop();
}

static term nested(int levels, term innermost)
{
    for (int i = 0; i < levels; i++) {
        term *cell = heap_allocate(&heap, 2);

        cell[0] = innermost;
        cell[1] = TERM_NIL;
        innermost = term_make_cons(cell);
    }
    return innermost;
}

static void deep_terms(void **state)
{
    term a, b;
    uint32_t hash;

    (void) state;
    start();
    a = nested(300000, term_make_small(1));
    b = nested(300000, term_make_small(2));
    assert_true(term_compare(&context, a, b) < 0);
    assert_true(term_compare(&context, b, a) > 0);
    assert_false(term_equal(&context, a, b));
    b = nested(300000, term_make_small(1));
    assert_true(term_equal_exact(&context, a, b));
    assert_int_equal(term_hash_internal(&context, a), term_hash_internal(&context, b));
    assert_true(term_hash_phash2(&context, a, &hash));
    memory.limit = memory.counts.live_bytes;
    assert_true(term_compare(&context, a, b) == -term_compare(&context, b, a));
    assert_false(term_hash_phash2(&context, a, &hash));
    assert_int_equal(term_hash_internal(&context, a), term_hash_internal(&context, b));
    stop();
}

/* Tries as keys of tries, many levels down: the order must not recurse. */
static void deep_tries(void **state)
{
    term a = term_make_small(1), b = term_make_small(2);

    (void) state;
    start();
    for (int level = 0; level < 3000; level++) {
        term pairs[2 * 40], *maps[2] = { &a, &b };

        for (int m = 0; m < 2; m++) {
            for (int i = 0; i < 40; i++) {
                pairs[2 * i] = i == 0 ? *maps[m] : term_make_small(100 + i);
                pairs[2 * i + 1] = TERM_NIL;
            }
            assert_int_equal(map_put_pairs(&context, &heap, map_empty(&heap), pairs, 40, false,
                                 maps[m]), DATA_OK);
        }
    }
    assert_true(term_compare(&context, a, b) < 0);
    assert_true(term_compare(&context, b, a) > 0);
    assert_false(term_equal_exact(&context, a, b));
    stop();
}

static void funs_and_identities(void **state)
{
    struct fun_identity f1 = { .module = ATOM(lists), .index = 1, .uniq = 100 }, f2 = f1;
    struct fun_identity again = f1;
    struct export_identity e1 = { ATOM(erlang), ATOM(apply), 2 }, e2 = { ATOM(erlang), ATOM(apply), 3 };
    term funs[3], exports[2], *at;
    struct fun_identity *entries[3] = { &f1, &f2, &again };
    struct export_identity *targets[2] = { &e1, &e2 };
    term reference[REFERENCE_WORDS], alias[REFERENCE_ALIAS_WORDS];
    uint64_t id = UINT64_C(0x123456789a);

    (void) state;
    f2.index = 2;
    start();
    for (int i = 0; i < 3; i++) {
        at = heap_allocate(&heap, 3);
        at[0] = header_make(BOXED_FUN, 2);
        at[1] = (term) entries[i];
        at[2] = TERM_NIL;
        funs[i] = term_make_boxed(at);
    }
    for (int i = 0; i < 2; i++) {
        at = heap_allocate(&heap, 2);
        at[0] = header_make(BOXED_EXPORT, 1);
        at[1] = (term) targets[i];
        exports[i] = term_make_boxed(at);
    }
    assert_true(term_compare(&context, funs[0], funs[1]) < 0);
    assert_true(term_equal_exact(&context, funs[0], funs[2]));
    assert_int_equal(term_hash_internal(&context, funs[0]), term_hash_internal(&context, funs[2]));
    assert_true(term_compare(&context, exports[0], exports[1]) < 0);
    assert_true(term_compare(&context, funs[1], exports[0]) < 0);
    reference[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(reference + 1, &id, sizeof id);
    alias[0] = header_make(BOXED_REFERENCE, REFERENCE_ALIAS_WORDS - 1);
    memcpy(alias + 1, &id, sizeof id);
    alias[1 + REFERENCE_ID_WORDS] = term_make_pid(5);
    assert_true(term_equal_exact(&context, term_make_boxed(reference), term_make_boxed(alias)));
    assert_int_equal(term_hash_internal(&context, term_make_boxed(reference)),
        term_hash_internal(&context, term_make_boxed(alias)));
    {
        term types[] = { term_make_small(9), ATOM(ok), term_make_boxed(reference), funs[0],
            term_make_port(1), term_make_pid(1), read("{}"), read("#{}"), TERM_NIL, read("[a]"),
            read("<<>>") };

        for (size_t i = 0; i < AVM_COUNT_OF(types); i++) {
            for (size_t j = 0; j < AVM_COUNT_OF(types); j++)
                assert_int_equal(sign(term_compare(&context, types[i], types[j])),
                    (i > j) - (i < j));
        }
    }
    stop();
}

static void external_identities(void **state)
{
    term near[EXTERNAL_ID_WORDS], far[EXTERNAL_ID_WORDS];
    struct external_id id;
    uint32_t index;

    (void) state;
    start();
    assert_int_equal(atom_put((struct atom_table *) (uintptr_t) context.atoms,
                         (const uint8_t *) "zebra@zoo", 9, &index), ATOM_OK);
    memset(&id, 0, sizeof id);
    memset(near, 0, sizeof near);
    memset(far, 0, sizeof far);
    id.node = term_make_atom(index);
    id.count = 2;
    id.ids[0] = 7;
    near[0] = far[0] = header_make(BOXED_EXTERNAL_PID, EXTERNAL_ID_WORDS - 1);
    memcpy(near + 1, &id, sizeof id);
    id.ids[0] = 8;
    memcpy(far + 1, &id, sizeof id);
    assert_true(term_compare(&context, term_make_boxed(near), term_make_boxed(far)) < 0);
    assert_true(term_compare(&context, term_make_pid(7), term_make_boxed(near)) < 0);
    assert_true(term_compare(&context, term_make_pid(8), term_make_boxed(near)) > 0);
    assert_false(term_equal_exact(&context, term_make_pid(7), term_make_boxed(near)));
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_erls),
        cmocka_unit_test(hashes_are_erls),
        cmocka_unit_test(views_of_bits),
        cmocka_unit_test(deep_terms),
        cmocka_unit_test(deep_tries),
        cmocka_unit_test(funs_and_identities),
        cmocka_unit_test(external_identities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
