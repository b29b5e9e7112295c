/* heap_test.c - allocation, collection, copies, off-heap objects, literals; random graphs whose
** contents are known by a fingerprint, checked by the walker after every step. */
#include <setjmp.h>
#include <stdarg.h>
#include "heap/heap.h"
#include <cmocka.h>

static struct memory memory;
static struct heap_shared shared;

static void start(void)
{
    memory_init(&memory, NULL, NULL, 0);
    memset(&shared, 0, sizeof shared);
    shared.memory = &memory;
}

static void assert_sound(const struct heap *heap, const struct heap_root *roots, size_t count)
{
    const char *wrong = heap_check(heap, roots, count);

    if (wrong != NULL)
        fail_msg("%s", wrong);
}

/* ---- terms and their fingerprints -------------------------------------------------- */

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static uint32_t mix(uint32_t hash, uint32_t value)
{
    return (hash ^ value) * 16777619u + 77;
}

static uint32_t fingerprint(term t);

static uint32_t fingerprint_bits(term t)
{
    const term *boxed = term_boxed(t);
    size_t offset = header_kind(boxed[0]) == BOXED_HEAP_BITS ? 0 : boxed[2];
    size_t bits = term_bit_size(t);
    const uint8_t *base = term_bits_base(t);
    uint32_t hash = mix(5, (uint32_t) bits);

    for (size_t i = offset; i < offset + bits; i++)
        hash = mix(hash, base[i / 8] >> (7 - i % 8) & 1);
    return hash;
}

static uint32_t fingerprint_boxed(term t)
{
    const term *boxed = term_boxed(t);
    size_t words = header_words(boxed[0]);
    uint32_t hash = mix(9, (uint32_t) header_kind(boxed[0]));
    size_t i = 1;

    if (term_is_bitstring(t))
        return fingerprint_bits(t);
    if (term_is_resource(t))
        return mix(hash, (uint32_t) term_reference_id(t));
    if (header_kind(boxed[0]) == BOXED_FUN)
        hash = mix(hash, (uint32_t) boxed[i++]);
    for (; i <= words; i++) {
        bool raw = header_kind(boxed[0]) != BOXED_TUPLE && header_kind(boxed[0]) != BOXED_FUN;

        hash = mix(hash, raw ? (uint32_t) boxed[i] : fingerprint(boxed[i]));
    }
    return hash;
}

static uint32_t fingerprint(term t)
{
    uint32_t hash = 3;

    while (term_is_cons(t)) {
        hash = mix(hash, fingerprint(term_head(t)));
        t = term_tail(t);
    }
    return mix(hash, term_is_boxed(t) ? fingerprint_boxed(t) : (uint32_t) t);
}

static term make_bytes(struct heap *heap, size_t size)
{
    term bin_ref, *boxed;
    struct offheap_binary *binary;

    if (size <= HEAP_BITS_MAX_BYTES) {
        boxed = heap_allocate(heap, HEAP_BITS_WORDS(size));
        boxed[HEAP_BITS_WORDS(size) - 1] = 0;
        boxed[0] = header_make(BOXED_HEAP_BITS, HEAP_BITS_WORDS(size) - 1);
        boxed[1] = size * 8;
        memset(boxed + 2, (int) random_below(256), size);
        return term_make_boxed(boxed);
    }
    binary = offheap_binary_create(&memory, size);
    memset(binary->data, (int) random_below(256), size);
    bin_ref = heap_make_bin_ref(heap, binary);
    boxed = heap_allocate(heap, SUB_BITS_WORDS);
    boxed[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    boxed[1] = bin_ref;
    boxed[2] = 0;
    boxed[3] = size * 8;
    return term_make_boxed(boxed);
}

/* A view of a bitstring; the view of a view looks at what is below. */
static term make_view(struct heap *heap, term bits, size_t first, size_t end)
{
    const term *source = term_boxed(bits);
    bool direct = header_kind(source[0]) == BOXED_HEAP_BITS;
    term *boxed = heap_allocate(heap, SUB_BITS_WORDS);
    size_t base = direct ? 0 : source[2];

    boxed[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    boxed[1] = direct ? bits : source[1];
    boxed[2] = base + first;
    boxed[3] = base + end;
    return term_make_boxed(boxed);
}

struct counted {
    struct resource resource;
    unsigned *destroyed;
};

static void counted_destroy(struct resource *resource)
{
    struct counted *counted = (struct counted *) (void *) resource;

    (*counted->destroyed)++;
    memory_free(&memory, MEMORY_RESOURCE, counted, sizeof *counted);
}

static unsigned destroyed;

static term make_resource(struct heap *heap)
{
    struct counted *counted = memory_allocate_zeroed(&memory, MEMORY_RESOURCE, sizeof *counted);
    term t;

    counted->resource.destroy = counted_destroy;
    counted->resource.references = 1;
    counted->destroyed = &destroyed;
    t = heap_make_resource(heap, &counted->resource, random_below(1000000));
    resource_release(&counted->resource);
    return t;
}

#define ROOTS 24
#define MAX_DEPTH 7

static struct {
    term terms[ROOTS];
    uint32_t prints[ROOTS];
    unsigned depths[ROOTS];
} model;

static int fun_code;

static term make_random(struct heap *heap, unsigned *depth)
{
    unsigned a = random_below(ROOTS), b = random_below(ROOTS);
    term *at, one, two;

    while (model.depths[a] >= MAX_DEPTH)
        a = random_below(ROOTS);
    while (model.depths[b] >= MAX_DEPTH)
        b = random_below(ROOTS);
    one = model.terms[a];
    two = model.terms[b];
    *depth = 1 + (model.depths[a] > model.depths[b] ? model.depths[a] : model.depths[b]);
    switch (random_below(10)) {
    case 0: case 1: case 2:
        at = heap_allocate(heap, 2);
        at[0] = one;
        at[1] = two;
        return term_make_cons(at);
    case 3: case 4:
        at = heap_allocate(heap, 4);
        at[0] = header_make(BOXED_TUPLE, 3);
        at[1] = one;
        at[2] = term_make_small(7);
        at[3] = two;
        return term_make_boxed(at);
    case 5:
        at = heap_allocate(heap, 3);
        at[0] = header_make(BOXED_FUN, 2);
        at[1] = (term) &fun_code;
        at[2] = one;
        return term_make_boxed(at);
    case 6:
        *depth = 1;
        return make_bytes(heap, random_below(150));
    case 7:
        *depth = 1;
        if (term_is_bitstring(one) && term_bit_size(one) > 9)
            return make_view(heap, one, 3, term_bit_size(one) - random_below(6));
        at = heap_allocate(heap, 1 + FLOAT_WORDS);
        return term_put_float(at, 1.5 * random_below(100));
    case 8:
        *depth = 1;
        return make_resource(heap);
    default:
        *depth = 0;
        return term_make_small((intptr_t) random_below(100000));
    }
}

static void model_reset(void)
{
    for (unsigned i = 0; i < ROOTS; i++) {
        model.terms[i] = TERM_NIL;
        model.prints[i] = fingerprint(TERM_NIL);
        model.depths[i] = 0;
    }
}

static void model_step(struct heap *heap)
{
    unsigned i = random_below(ROOTS), depth;
    term t = make_random(heap, &depth);

    model.terms[i] = t;
    model.prints[i] = fingerprint(t);
    model.depths[i] = depth;
}

static void model_check(void)
{
    for (unsigned i = 0; i < ROOTS; i++)
        assert_int_equal(fingerprint(model.terms[i]), model.prints[i]);
}

static void random_graphs(bool small, uint16_t fullsweep_after)
{
    struct heap heap;
    struct heap_root root = { model.terms, ROOTS };

    start();
    shared.profile_small = small;
    assert_true(heap_init(&heap, &shared, 20));
    heap.fullsweep_after = fullsweep_after;
    model_reset();
    for (int step = 0; step < 6000; step++) {
        model_step(&heap);
        if (random_below(12) == 0 || heap_wants_collection(&heap)) {
            size_t need = random_below(40);

            assert_int_equal(
                heap_collect(&heap, need, &root, 1, random_below(40) == 0, NULL), HEAP_COLLECTED);
            assert_true(heap_free_words(&heap) >= need);
            assert_null(heap.fragments);
            assert_sound(&heap, &root, 1);
            model_check();
        }
        if (random_below(500) == 0) {
            assert_int_equal(heap_shrink_to_live(&heap, &root, 1), HEAP_COLLECTED);
            assert_sound(&heap, &root, 1);
            model_check();
        }
    }
    assert_true(shared.tally.major_collections > 0);
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void graphs_fast(void **state)
{
    (void) state;
    random_graphs(false, UINT16_MAX);
}

static void graphs_small(void **state)
{
    (void) state;
    random_graphs(true, 5);
}

static void graphs_always_full(void **state)
{
    (void) state;
    random_graphs(false, 0);
}

/* ---- the stack ------------------------------------------------------------------------ */

static void stack_moves_along(void **state)
{
    struct heap heap;
    term list = TERM_NIL;

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 64));
    for (int i = 0; i < 5; i++) {
        term *cell = heap_allocate(&heap, 2);

        cell[0] = term_make_small(i);
        cell[1] = list;
        list = term_make_cons(cell);
    }
    *--heap.stack = list;
    *--heap.stack = (term) 0x1230;              /* a return address */
    *--heap.stack = term_make_catch(77);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(heap_collect(&heap, 100 * (size_t) i, NULL, 0, i == 4, NULL), HEAP_COLLECTED);
        assert_sound(&heap, NULL, 0);
        assert_true(heap_free_words(&heap) >= 100 * (size_t) i);
        assert_int_equal(heap.end - heap.stack, 3);
        assert_int_equal(heap.stack[0], term_make_catch(77));
        assert_int_equal(heap.stack[1], 0x1230);
        assert_int_equal(term_small(term_head(heap.stack[2])), 4);
    }
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void long_list_survives(void **state)
{
    struct heap heap;
    term list = TERM_NIL;
    struct heap_root root = { &list, 1 };
    size_t count = 0;

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 233));
    for (int i = 0; i < 300000; i++) {
        term *cell;

        if (heap_free_words(&heap) < 4)
            assert_int_equal(heap_collect(&heap, 4, &root, 1, false, NULL), HEAP_COLLECTED);
        heap.top += 2;
        cell = heap.top;
        heap.top += 2;
        cell[-2] = cell[-1] = TERM_NIL;         /* garbage */
        cell[0] = term_make_small(i);
        cell[1] = list;
        list = term_make_cons(cell);
    }
    assert_sound(&heap, &root, 1);
    assert_true(shared.tally.minor_collections > shared.tally.major_collections);
    assert_true(shared.tally.major_collections < 60);
    for (term t = list; term_is_cons(t); t = term_tail(t))
        count++;
    assert_int_equal(count, 300000);
    list = TERM_NIL;
    assert_int_equal(heap_collect(&heap, 0, &root, 1, true, NULL), HEAP_COLLECTED);
    assert_true(heap_total_words(&heap) <= 300);
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void limits(void **state)
{
    struct heap heap;
    size_t limit = 2000;

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 100));
    assert_int_equal(heap_collect(&heap, 5000, NULL, 0, false, &limit), HEAP_LIMIT_REACHED);
    assert_true(limit > 5000);
    assert_int_equal(heap_collect(&heap, SIZE_MAX / 4, NULL, 0, false, NULL), HEAP_NO_MEMORY);
    memory.limit = memory.counts.live_bytes + 4096;
    assert_int_equal(heap_collect(&heap, 5000, NULL, 0, false, NULL), HEAP_NO_MEMORY);
    assert_int_equal(heap_total_words(&heap), 100);
    assert_int_equal(heap_collect(&heap, 50, NULL, 0, false, NULL), HEAP_COLLECTED);
    assert_null(heap_allocate(&heap, 100000));
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* Fails each allocation of a scenario in turn: everything stays valid, nothing is lost. */
static void memory_runs_out(void **state)
{
    (void) state;
    for (uint64_t n = 1; n < 60; n++) {
        struct heap heap;
        struct heap_root root = { model.terms, ROOTS };

        start();
        assert_true(heap_init(&heap, &shared, 30));
        model_reset();
        random_state = 99;
        for (int i = 0; i < 300; i++)
            model_step(&heap);
        memory.fail_at = memory.counts.allocations + n;
        for (int i = 0; i < 10; i++) {
            unsigned print = model.prints[i];
            struct heap env;
            term copy;

            (void) heap_collect(&heap, 10, &root, 1, i % 4 == 3, NULL);
            model_check();
            heap_init_env(&env, &shared, MEMORY_SIGNAL);
            copy = heap_copy(&env, model.terms[i]);
            if (copy == TERM_NONE)
                assert_null(env.offheap);
            else
                assert_int_equal(fingerprint(copy), print);
            heap_adopt(&heap, &env);
            heap_deinit(&env);
        }
        memory.fail_at = 0;
        assert_sound(&heap, &root, 1);
        heap_deinit(&heap);
        assert_int_equal(memory.counts.live_bytes, 0);
    }
}

/* ---- copies and adoption --------------------------------------------------------------- */

static void copies_are_equal(void **state)
{
    struct heap heap, receiver;
    struct heap_root root = { model.terms, ROOTS };

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 30));
    assert_true(heap_init(&receiver, &shared, 30));
    model_reset();
    random_state = 4242;
    for (int step = 0; step < 1500; step++) {
        unsigned i = random_below(ROOTS);
        struct heap env;
        term copies[2];
        struct heap_root copied = { copies, 2 }, first = { copies, 1 };
        size_t size;

        model_step(&heap);
        if (step % 50 == 0)
            assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
        heap_init_env(&env, &shared, MEMORY_SIGNAL);
        size = heap_term_size(&shared, model.terms[i]);
        copies[0] = heap_copy(&env, model.terms[i]);
        assert_int_equal(env.fragment_words, size);
        assert_int_equal(fingerprint(copies[0]), model.prints[i]);
        copies[1] = heap_copy(&receiver, copies[0]);
        assert_sound(&env, &first, 1);
        heap_adopt(&receiver, &env);
        assert_int_equal(memory.counts.bytes_by[MEMORY_SIGNAL], 0);
        assert_int_equal(env.fragment_words, 0);
        assert_sound(&receiver, &copied, 1);
        if (step % 7 == 0)
            assert_int_equal(heap_collect(&receiver, 3, &copied, 1, false, NULL), HEAP_COLLECTED);
        assert_int_equal(fingerprint(copies[0]), model.prints[i]);
        assert_int_equal(fingerprint(copies[1]), model.prints[i]);
    }
    heap_deinit(&heap);
    heap_deinit(&receiver);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void deep_terms(void **state)
{
    struct heap env, other;
    term nested = TERM_NIL, copy;
    struct heap_root root = { &copy, 1 };

    (void) state;
    start();
    heap_init_env(&env, &shared, MEMORY_SIGNAL);
    for (int i = 0; i < 200000; i++) {
        term *cell = heap_allocate(&env, 2);

        cell[0] = nested;
        cell[1] = term_make_small(1);
        nested = term_make_cons(cell);
    }
    heap_init_env(&other, &shared, MEMORY_SIGNAL);
    assert_int_equal(heap_term_size(&shared, nested), 400000);
    copy = heap_copy(&other, nested);
    assert_sound(&other, &root, 1);
    memory.limit = memory.counts.live_bytes + 1000;
    assert_int_equal(heap_term_size(&shared, nested), SIZE_MAX);
    assert_int_equal(heap_copy(&other, nested), TERM_NONE);
    heap_deinit(&env);
    heap_deinit(&other);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void give_back(void **state)
{
    struct heap heap;
    term *at, *next;
    size_t total;

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 100));
    at = heap_allocate(&heap, 10);
    total = heap_free_words(&heap) - heap.fragment_words;
    heap_give_back(&heap, at + 4, at + 10);
    assert_int_equal(heap_free_words(&heap) - heap.fragment_words, total + 6);
    at = heap_allocate(&heap, 1000);
    heap_give_back(&heap, at + 4, at + 1000);
    next = heap_allocate_slow(&heap, 10);
    assert_ptr_equal(next, at + 4);
    heap_give_back(&heap, at + 2, at + 4);          /* not the newest: covered by a header */
    assert_int_equal(header_words(at[2]), 1);
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* ---- off-heap objects -------------------------------------------------------------------- */

static void binaries_are_counted(void **state)
{
    struct heap heap, env;
    term kept, copy;
    struct heap_root root = { &kept, 1 };
    struct offheap_binary *binary;

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 100));
    kept = make_bytes(&heap, 1000);
    (void) make_bytes(&heap, 2000);
    assert_int_equal(memory.counts.objects_by[MEMORY_BINARY], 2);
    binary = term_bin_ref_binary(term_boxed(kept)[1]);
    heap_init_env(&env, &shared, MEMORY_SIGNAL);
    copy = heap_copy(&env, kept);
    assert_int_equal(binary->references, 2);
    assert_ptr_equal(term_bits_base(copy), binary->data);
    copy = heap_copy(&env, make_view(&heap, kept, 3, 3 + 77));
    assert_int_equal(term_boxed_kind(copy), BOXED_HEAP_BITS);
    assert_int_equal(binary->references, 2);
    assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_int_equal(memory.counts.objects_by[MEMORY_BINARY], 1);
    assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_non_null(heap.old);
    assert_int_equal(heap.offheap, TERM_NONE);
    assert_int_not_equal(heap.old->offheap, TERM_NONE);
    kept = TERM_NIL;
    assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_int_equal(binary->references, 2);
    assert_int_equal(heap_collect(&heap, 0, &root, 1, true, NULL), HEAP_COLLECTED);
    assert_int_equal(binary->references, 1);
    heap_deinit(&env);
    assert_int_equal(memory.counts.objects_by[MEMORY_BINARY], 0);
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void foreign_release(void *user, void *data)
{
    assert_ptr_equal(data, "foreign");
    ++*(int *) user;
}

static void binary_resize(void **state)
{
    struct offheap_binary *binary;
    int released = 0;

    (void) state;
    start();
    binary = offheap_binary_create(&memory, 10);
    memcpy(binary->data, "0123456789", 10);
    binary = offheap_binary_resize(binary, 5000);
    assert_memory_equal(binary->data, "0123456789", 10);
    assert_null(offheap_binary_resize(binary, SIZE_MAX));
    assert_int_equal(memory.counts.bytes_by[MEMORY_BINARY], sizeof *binary + 5000);
    offheap_binary_release(binary);
    assert_int_equal(memory.counts.live_bytes, 0);
    binary = memory_allocate_zeroed(&memory, MEMORY_BINARY, sizeof *binary);
    binary->references = 1;
    binary->capacity = 7;
    binary->memory = &memory;
    binary->data = (uint8_t *) (uintptr_t) "foreign";
    binary->release = foreign_release;
    binary->user = &released;
    binary = offheap_binary_resize(binary, 20);
    assert_int_equal(released, 1);
    assert_memory_equal(binary->data, "foreign", 7);
    offheap_binary_release(binary);
    assert_int_equal(memory.counts.live_bytes, 0);
    assert_null(offheap_binary_create(&memory, SIZE_MAX - 8));
}

static void resources_are_counted(void **state)
{
    struct heap heap, env;
    term kept;
    struct heap_root root = { &kept, 1 };

    (void) state;
    start();
    destroyed = 0;
    assert_true(heap_init(&heap, &shared, 100));
    kept = make_resource(&heap);
    (void) make_resource(&heap);
    assert_true(term_is_resource(kept));
    heap_init_env(&env, &shared, MEMORY_SIGNAL);
    (void) heap_copy(&env, kept);
    assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_int_equal(destroyed, 1);
    heap_deinit(&heap);
    assert_int_equal(destroyed, 1);
    heap_deinit(&env);
    assert_int_equal(destroyed, 2);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* ---- literals ------------------------------------------------------------------------------- */

static void literals_stay(void **state)
{
    struct literal_ranges *ranges;
    struct literal_area *areas[40];
    term literals[40];
    struct heap heap, env;
    struct heap_root root = { model.terms, ROOTS };

    (void) state;
    start();
    ranges = literal_ranges_create(&memory);
    shared.literals = ranges;
    model_reset();
    for (int i = 0; i < 40; i++) {
        term *pair;

        heap_init_env(&env, &shared, MEMORY_LITERAL);
        pair = heap_allocate(&env, 3);
        (void) heap_allocate(&env, 1 + (size_t) i);
        memset(env.fragments->words + 3, 0x3b, 8);
        pair[0] = header_make(BOXED_TUPLE, 2);
        pair[1] = make_bytes(&env, 200);
        pair[2] = i == 0 ? TERM_NIL : literals[i - 1];
        literals[i] = term_make_boxed(pair);
        areas[i] = literal_area_create(ranges, &shared, &env, &literals[i], 1);
        assert_non_null(areas[i]);
        assert_ptr_equal(env.fragments, NULL);
        assert_true(literal_ranges_contain(ranges, term_boxed(literals[i])));
        assert_false(literal_ranges_contain(ranges, areas[i]->end));
        assert_int_equal(areas[i]->end - areas[i]->start, 3 + SUB_BITS_WORDS + BIN_REF_WORDS);
    }
    assert_true(heap_init(&heap, &shared, 50));
    for (int step = 0; step < 3000; step++) {
        model_step(&heap);
        if (step % 11 == 0) {
            unsigned i = random_below(ROOTS);

            model.terms[i] = literals[random_below(6)];
            model.depths[i] = MAX_DEPTH - 2;
            model.prints[i] = fingerprint(model.terms[i]);
        }
        if (step % 40 == 0)
            assert_int_equal(heap_collect(&heap, 9, &root, 1, false, NULL), HEAP_COLLECTED);
        if (step % 200 == 0) {
            assert_sound(&heap, &root, 1);
            model_check();
        }
    }
    assert_int_equal(heap_term_size(&shared, literals[39]), 0);
    heap_init_env(&env, &shared, MEMORY_SIGNAL);
    assert_int_equal(heap_copy(&env, literals[39]), literals[39]);
    {
        term copy = heap_copy_with_literals(&env, literals[39]);

        assert_false(literal_ranges_contain(ranges, term_boxed(copy)));
        assert_int_equal(env.fragment_words, 40 * (3 + SUB_BITS_WORDS + BIN_REF_WORDS));
        assert_int_equal(fingerprint(copy), fingerprint(literals[39]));
    }
    heap_deinit(&heap);
    for (int i = 39; i >= 0; i--) {
        const term *inside = areas[i]->start;

        literal_area_destroy(ranges, &memory, areas[i]);
        assert_false(literal_ranges_contain(ranges, inside));
    }
    heap_deinit(&env);
    literal_ranges_destroy(ranges);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* Before an area goes, a heap copies what it holds of it. */
static void literals_detach(void **state)
{
    struct literal_ranges *ranges;
    struct literal_area *area;
    struct heap heap, env;
    term literal, kept[3], *pair;
    struct heap_root root = { kept, 3 };
    uint32_t print;

    (void) state;
    start();
    ranges = literal_ranges_create(&memory);
    shared.literals = ranges;
    heap_init_env(&env, &shared, MEMORY_LITERAL);
    pair = heap_allocate(&env, 3);
    pair[0] = header_make(BOXED_TUPLE, 2);
    pair[1] = make_bytes(&env, 200);
    pair[2] = make_bytes(&env, 20);
    literal = term_make_boxed(pair);
    area = literal_area_create(ranges, &shared, &env, &literal, 1);
    assert_true(heap_init(&heap, &shared, 50));
    kept[0] = literal;
    pair = heap_allocate(&heap, 2);
    pair[0] = literal;
    pair[1] = TERM_NIL;
    kept[1] = term_make_cons(pair);
    kept[2] = make_view(&heap, term_tuple_element(literal, 0), 5, 1200);
    *--heap.stack = term_tuple_element(literal, 1);
    print = fingerprint(kept[2]);
    assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_false(heap_uses_retired(&heap, &root, 1));
    literal_area_retire(ranges, area);
    assert_true(heap_uses_retired(&heap, &root, 1));
    memory.limit = memory.counts.live_bytes;
    assert_false(heap_detach_retired(&heap, &root, 1));
    memory.limit = 0;
    assert_true(heap_uses_retired(&heap, &root, 1));
    assert_true(heap_detach_retired(&heap, &root, 1));
    assert_false(heap_uses_retired(&heap, &root, 1));
    literal_ranges_free_retired(ranges, LITERALS_ALL);
    for (int i = 0; i < 3; i++) {
        assert_sound(&heap, &root, 1);
        assert_int_equal(fingerprint(kept[2]), print);
        assert_int_equal(kept[0], term_head(kept[1]));
        assert_int_equal(fingerprint(heap.stack[0]), fingerprint(term_tuple_element(kept[0], 1)));
        assert_int_equal(heap_collect(&heap, 0, &root, 1, false, NULL), HEAP_COLLECTED);
    }
    heap_deinit(&heap);
    literal_ranges_destroy(ranges);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* Of many areas those that are retired go together; what lies in the others stays where it is. */
static void literals_detach_many(void **state)
{
    enum { AREAS = 60 };
    struct literal_ranges *ranges;
    struct literal_area *areas[AREAS], *none;
    struct heap heap, env;
    term kept[AREAS], literals[AREAS], small = TERM_NIL;
    struct heap_root root = { kept, AREAS };
    uint32_t prints[AREAS];
    size_t before;

    (void) state;
    start();
    ranges = literal_ranges_create(&memory);
    shared.literals = ranges;
    before = memory.counts.live_bytes;
    assert_true(literal_area_copy(ranges, &shared, &small, 1, &none));
    assert_null(none);
    for (int i = 0; i < AREAS; i++) {
        term roots[2];

        heap_init_env(&env, &shared, MEMORY_HEAP);
        roots[0] = make_bytes(&env, i % 3 == 0 ? 200 : 20);
        roots[1] = i == 0 ? TERM_NIL : literals[i - 1];
        assert_true(literal_area_copy(ranges, &shared, roots, 2, &areas[i]));
        kept[i] = literals[i] = roots[0];
        prints[i] = fingerprint(kept[i]);
        heap_deinit(&env);
    }
    assert_true(heap_init(&heap, &shared, 50));
    for (int i = 0; i < AREAS; i += 2)
        literal_area_retire(ranges, areas[i]);
    assert_true(heap_detach_retired(&heap, &root, 1));
    literal_ranges_free_retired(ranges, LITERALS_ALL);
    for (int i = 0; i < AREAS; i++) {
        assert_int_equal(fingerprint(kept[i]), prints[i]);
        assert_int_equal(literal_ranges_contain(ranges, term_boxed(kept[i])), i % 2 == 1);
    }
    assert_sound(&heap, &root, 1);
    for (int i = 1; i < AREAS; i += 2)
        literal_area_retire(ranges, areas[i]);
    assert_true(heap_detach_retired(&heap, &root, 1));
    literal_ranges_free_retired(ranges, LITERALS_ALL);
    for (int i = 0; i < AREAS; i++)
        assert_int_equal(fingerprint(kept[i]), prints[i]);
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, before);
    literal_ranges_destroy(ranges);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* Where memory is short a collection needs room for what lives, not for what may. */
static void garbage_needs_no_room(void **state)
{
    struct heap heap;
    term list = TERM_NIL;
    struct heap_root root = { &list, 1 };

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 20000));
    for (int i = 0; i < 9900; i++) {
        term *cell = heap_allocate(&heap, 2);

        cell[0] = term_make_small(i);
        cell[1] = i % 10 == 0 ? list : TERM_NIL;
        if (i % 10 == 0)
            list = term_make_cons(cell);
    }
    memory.limit = memory.counts.live_bytes + 3000 * sizeof(term);
    assert_int_equal(heap_collect(&heap, 5000, &root, 1, false, NULL), HEAP_NO_MEMORY);
    assert_int_equal(heap_collect(&heap, 300, &root, 1, false, NULL), HEAP_COLLECTED);
    assert_sound(&heap, &root, 1);
    assert_true(heap_free_words(&heap) >= 300);
    assert_true(heap_total_words(&heap) < 3000);
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* ---- the walker finds what is wrong ------------------------------------------------------------ */

static void walker_finds(void **state)
{
    struct heap heap;
    term root_term, *at;
    struct heap_root root = { &root_term, 1 };
    term outside[3] = { header_make(BOXED_TUPLE, 1), TERM_NIL, TERM_NIL };

    (void) state;
    start();
    assert_true(heap_init(&heap, &shared, 100));
    at = heap_allocate(&heap, 4);
    at[0] = header_make(BOXED_TUPLE, 1);
    at[1] = TERM_NIL;
    at[2] = at[3] = TERM_NIL;
    root_term = term_make_boxed(at);
    assert_null(heap_check(&heap, &root, 1));
    at[1] = term_make_boxed(outside);
    assert_non_null(heap_check(&heap, &root, 1));
    at[1] = (term) 0x40;
    assert_non_null(heap_check(&heap, &root, 1));
    at[0] = header_make(BOXED_TUPLE, 5000);
    assert_non_null(heap_check(&heap, &root, 1));
    at[0] = header_make(BOXED_BIG_POSITIVE, 1);
    at[1] = 5;
    assert_non_null(heap_check(&heap, &root, 1));
    at[0] = header_make(BOXED_HEAP_BITS, 2);
    at[1] = 3;
    memset(at + 2, 0xff, sizeof(term));
    assert_non_null(heap_check(&heap, &root, 1));
    memset(at + 2, 0xe0, 1);
    assert_null(heap_check(&heap, &root, 1));
    at[0] = header_make(BOXED_BIN_REF, 2);
    assert_non_null(heap_check(&heap, &root, 1));
    heap.fragment_words++;
    root_term = TERM_NIL;
    assert_non_null(heap_check(&heap, &root, 1));
    heap.fragment_words--;
    heap_deinit(&heap);
    assert_int_equal(memory.counts.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stack_moves_along),
        cmocka_unit_test(graphs_fast),
        cmocka_unit_test(graphs_small),
        cmocka_unit_test(graphs_always_full),
        cmocka_unit_test(long_list_survives),
        cmocka_unit_test(limits),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(copies_are_equal),
        cmocka_unit_test(deep_terms),
        cmocka_unit_test(give_back),
        cmocka_unit_test(binaries_are_counted),
        cmocka_unit_test(binary_resize),
        cmocka_unit_test(resources_are_counted),
        cmocka_unit_test(literals_stay),
        cmocka_unit_test(literals_detach),
        cmocka_unit_test(literals_detach_many),
        cmocka_unit_test(garbage_needs_no_room),
        cmocka_unit_test(walker_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
