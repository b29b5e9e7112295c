/* map_test.c - maps against a model: an array of values under a pool of keys, some of which share
** their hash; shapes, orders of keys, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include "data/map.h"
#include "data/trie.h"
#include <cmocka.h>
#include "support/read_term.h"

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

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

#define KEYS 700
#define CLASHING 12                             /* keys that all have one hash */

static term keys[KEYS];
static term values[KEYS];
static size_t live;

/* Deeper than the hash looks. */
static term deep_key(int number)
{
    term t = term_make_small(number);

    for (int i = 0; i < 60; i++) {
        term *cell = heap_allocate(&heap, 2);

        cell[0] = t;
        cell[1] = TERM_NIL;
        t = term_make_cons(cell);
    }
    return t;
}

static void make_keys(void)
{
    live = 0;
    for (int i = 0; i < KEYS; i++) {
        term *to;

        values[i] = TERM_NONE;
        if (i < CLASHING) {
            keys[i] = deep_key(i);
            assert_int_equal(term_hash_internal(&context, keys[i]),
                term_hash_internal(&context, keys[0]));
        } else if (i % 3 == 0) {
            to = heap_allocate(&heap, 3);
            to[0] = header_make(BOXED_TUPLE, 2);
            to[1] = term_make_small(i);
            to[2] = ATOM(ok);
            keys[i] = term_make_boxed(to);
        } else if (i % 3 == 1) {
            keys[i] = term_make_small(i);
        } else {
            keys[i] = term_put_float(heap_allocate(&heap, 1 + FLOAT_WORDS), i - 1);
        }
    }
}

static void check_map(term map)
{
    struct map_iterator iterator;
    term key, value;
    size_t seen = 0;
    struct heap_root root = { &map, 1 };

    assert_int_equal(term_map_size(map), live);
    assert_true(term_is_flat_map(map) == (live <= FLAT_MAP_MAX));
    for (int i = 0; i < KEYS; i++)
        assert_int_equal(map_get(&context, map, keys[i]), values[i]);
    map_iterator_init(&iterator, map);
    while (map_iterator_next(&iterator, &key, &value)) {
        assert_int_equal(map_get(&context, map, key), value);
        seen++;
    }
    assert_int_equal(seen, live);
    if (term_is_flat_map(map)) {
        const term *tuple = term_boxed(term_boxed(map)[1]);

        for (size_t i = 2; i <= live; i++)
            assert_true(term_compare_exact(&context, tuple[i - 1], tuple[i]) < 0);
    }
    assert_null(heap_check(&heap, &root, 1));
}

/* The same map made in one go. */
static term rebuilt(void)
{
    term pairs[2 * KEYS], result;
    size_t count = 0;

    for (int i = KEYS - 1; i >= 0; i--) {
        if (values[i] != TERM_NONE) {
            pairs[2 * count] = keys[i];
            pairs[2 * count++ + 1] = values[i];
        }
    }
    assert_int_equal(map_put_pairs(&context, &heap, map_empty(&heap), pairs, count, false, &result),
        DATA_OK);
    return result;
}

static void model_put(int i, term value)
{
    if (values[i] == TERM_NONE)
        live++;
    values[i] = value;
}

static term step(term map, unsigned range)
{
    int i = (int) random_below(range);
    term value = term_make_small((intptr_t) random_below(1000)), result = TERM_NONE, found;

    switch (random_below(4)) {
    case 0:
    case 1:
        assert_int_equal(map_put(&context, &heap, map, keys[i], value, &result), DATA_OK);
        model_put(i, value);
        return result;
    case 2:
        assert_int_equal(map_remove(&context, &heap, map, keys[i], &result, &found), DATA_OK);
        assert_int_equal(found, values[i]);
        if (found != TERM_NONE)
            live--;
        else
            assert_int_equal(result, map);
        values[i] = TERM_NONE;
        return result;
    default:
        if (values[i] == TERM_NONE) {
            assert_int_equal(map_update(&context, &heap, map, keys[i], value, &result),
                DATA_BAD_KEY);
            return map;
        }
        assert_int_equal(map_update(&context, &heap, map, keys[i], value, &result), DATA_OK);
        values[i] = value;
        return result;
    }
}

static void against_model(unsigned range, int steps)
{
    term map;

    start();
    random_state = range;
    make_keys();
    map = map_empty(&heap);
    for (int i = 0; i < steps; i++) {
        map = step(map, range);
        if (i % 97 == 0) {
            check_map(map);
            assert_true(term_equal_exact(&context, map, rebuilt()));
        }
    }
    for (int i = 0; i < KEYS; i++) {
        assert_int_equal(map_remove(&context, &heap, map, keys[i], &map, NULL), DATA_OK);
        live -= values[i] != TERM_NONE;
        values[i] = TERM_NONE;
        if (i % 31 == 0) {
            check_map(map);
            assert_true(term_equal_exact(&context, map, rebuilt()));
        }
    }
    assert_int_equal(term_map_size(map), 0);
    stop();
}

static void small_ranges(void **state)
{
    (void) state;
    against_model(6, 2000);
    against_model(36, 4000);
    against_model(50, 4000);
}

static void large_range(void **state)
{
    (void) state;
    against_model(KEYS, 12000);
}

static void pairs_and_merges(void **state)
{
    (void) state;
    for (unsigned round = 0; round < 300; round++) {
        term pairs[600], map, other, result;
        size_t first = random_below(round % 2 ? 40 : 250), second = random_below(round % 3 ? 40 : 300);
        unsigned range = round % 2 ? 45 : KEYS;

        start();
        make_keys();
        for (size_t i = 0; i < first; i++) {
            int k = (int) random_below(range);

            model_put(k, term_make_small((intptr_t) i));
        }
        map = rebuilt();
        check_map(map);
        for (size_t i = 0; i < second; i++) {
            int k = (int) random_below(range);

            pairs[2 * i] = keys[k];
            pairs[2 * i + 1] = term_make_small(1000 + (intptr_t) i);
            model_put(k, pairs[2 * i + 1]);
        }
        assert_int_equal(
            map_put_pairs(&context, &heap, map, pairs, second, false, &result), DATA_OK);
        check_map(result);
        assert_int_equal(map_put_pairs(&context, &heap, map_empty(&heap), pairs, second, false,
                             &other), DATA_OK);
        assert_int_equal(map_merge(&context, &heap, map, other, &other), DATA_OK);
        check_map(other);
        assert_true(term_equal_exact(&context, result, other));
        assert_int_equal(term_hash_internal(&context, result), term_hash_internal(&context, other));
        assert_int_equal(
            map_put_pairs(&context, &heap, result, pairs, second, true, &result), DATA_OK);
        check_map(result);
        pairs[2 * second] = ATOM(undefined);
        pairs[2 * second + 1] = TERM_NIL;
        assert_int_equal(map_put_pairs(&context, &heap, result, pairs, second + 1, true, &result),
            DATA_BAD_KEY);
        stop();
    }
}

static void same_value_is_same_map(void **state)
{
    term map, again;

    (void) state;
    start();
    make_keys();
    for (int i = 0; i < 100; i++)
        model_put(i, TERM_NIL);
    map = rebuilt();
    assert_int_equal(map_put(&context, &heap, map, keys[50], TERM_NIL, &again), DATA_OK);
    assert_int_equal(again, map);
    assert_int_equal(map_merge(&context, &heap, map, map_empty(&heap), &again), DATA_OK);
    assert_int_equal(again, map);
    map = read_term(&context, &heap, "#{a => 1, b => 2}");
    assert_int_equal(map_put(&context, &heap, map, read_term(&context, &heap, "b"),
                         term_make_small(2), &again), DATA_OK);
    assert_int_equal(again, map);
    assert_int_equal(map_put(&context, &heap, map, read_term(&context, &heap, "b"),
                         term_make_small(3), &again), DATA_OK);
    assert_int_equal(term_boxed(again)[1], term_boxed(map)[1]);
    stop();
}

static void keys_in_order(void **state)
{
    term map, expected;
    const term *tuple;

    (void) state;
    start();
    map = read_term(&context, &heap,
        "#{<<1>> => a, \"x\" => a, [] => a, #{} => a, {1} => a, b => a, a => a, 2.0 => a, 2 => a, "
        "1.5 => a, 1 => a}");
    expected = read_term(&context, &heap,
        "{1, 2, 1.5, 2.0, a, b, {1}, #{}, [], \"x\", <<1>>}");
    tuple = term_boxed(term_boxed(map)[1]);
    (void) tuple;
    assert_true(term_equal_exact(&context, term_boxed(map)[1], expected));
    stop();
}

static void memory_runs_out(void **state)
{
    (void) state;
    for (uint64_t n = 1; n < 12; n++) {
        term map, result = TERM_NIL, pairs[200];
        enum data_status status;

        start();
        make_keys();
        for (int i = 0; i < 400; i++)
            model_put(i, TERM_NIL);
        map = rebuilt();
        for (int i = 0; i < 100; i++) {
            pairs[2 * i] = keys[i + 350];
            pairs[2 * i + 1] = TERM_NIL;
        }
        memory.fail_at = memory.counts.allocations + memory.counts.failures + n;
        status = map_put_pairs(&context, &heap, map, pairs, 100, false, &result);
        if (status != DATA_OK) {
            assert_int_equal(status, DATA_NO_MEMORY);
            assert_int_equal(result, TERM_NIL);
        }
        check_map(map);
        memory.fail_at = memory.counts.allocations + memory.counts.failures + n;
        for (int i = 0; i < 300; i++) {
            result = map;
            (void) map_put(&context, &heap, map, keys[400 + i], TERM_NIL, &result);
        }
        memory.fail_at = 0;
        check_map(map);
        stop();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ranges),
        cmocka_unit_test(large_range),
        cmocka_unit_test(pairs_and_merges),
        cmocka_unit_test(same_value_is_same_map),
        cmocka_unit_test(keys_in_order),
        cmocka_unit_test(memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
