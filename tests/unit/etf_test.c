/* The external term format against vectors written by OTP, and against bytes that nobody wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/compare.h"
#include "data/map.h"
#include "etf/etf.h"

struct etf_vector {
    size_t size;
    const char *bytes;
};

#include "support/etf_vectors.h"

struct export {
    struct export_identity identity;
};

struct fun_entry {
    struct fun_identity identity;
};

struct fixture {
    struct memory memory;
    struct heap_shared shared;
    struct heap heap;
    struct etf_context etf;
    struct compare_context compare;
    struct export exports[8];
    size_t export_count;
    struct fun_entry fun;
    uint64_t random;
};

static struct export *find_export(void *user, term module, term function, uint32_t arity)
{
    struct fixture *f = user;
    struct export *found = &f->exports[f->export_count++ % AVM_COUNT_OF(f->exports)];

    found->identity = (struct export_identity) { module, function, arity };
    return found;
}

static struct fun_entry *find_fun(void *user, const struct fun_identity *identity)
{
    struct fixture *f = user;

    f->fun.identity = *identity;
    return &f->fun;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    memory_init(&f->memory, NULL, NULL, 0);
    f->shared.memory = &f->memory;
    f->random = 88172645463325252u;
    heap_init_env(&f->heap, &f->shared, MEMORY_HEAP);
    f->etf.memory = &f->memory;
    f->etf.atoms = atom_table_create(&f->memory, 100000);
    f->etf.node = ATOM(nonode_at_nohost);
    f->etf.user = f;
    f->etf.find_export = find_export;
    f->etf.find_fun = find_fun;
    f->compare.memory = &f->memory;
    f->compare.atoms = f->etf.atoms;
    *state = f;
    return f->etf.atoms == NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    size_t live;

    heap_deinit(&f->heap);
    atom_table_destroy(f->etf.atoms);
    live = f->memory.counts.live_bytes;
    free(f);
    return live != 0;
}

static void reset_heap(struct fixture *f)
{
    heap_deinit(&f->heap);
    heap_init_env(&f->heap, &f->shared, MEMORY_HEAP);
}

static uint64_t next_random(struct fixture *f)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return f->random;
}

static void check_round_trip(struct fixture *f, const struct etf_vector *vector,
    const struct etf_options *options)
{
    struct byte_buffer out;
    size_t used = 0, size = 0;
    term t = TERM_NONE;

    byte_buffer_init(&out, &f->memory, MEMORY_OTHER);
    assert_int_equal(etf_decode(&f->etf, (const uint8_t *) vector->bytes, vector->size, 0,
                         &f->heap, &t, &used), ETF_OK);
    assert_int_equal(used, vector->size);
    assert_int_equal(etf_encode(&f->etf, t, options, &out), ETF_OK);
    assert_int_equal(out.size, vector->size);
    assert_memory_equal(out.bytes, vector->bytes, vector->size);
    assert_int_equal(etf_external_size(&f->etf, t, options, &size), ETF_OK);
    if (options->compression == 0)
        assert_int_equal(size, vector->size);
    byte_buffer_deinit(&out);
    reset_heap(f);
}

#define EACH(i, vectors) (size_t i = 0; i < AVM_COUNT_OF(vectors); i++)

static void writes_what_otp_writes(void **state)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;

    for EACH(i, etf_vectors)
        check_round_trip(*state, &etf_vectors[i], &options);
    options.minor_version = 2;
    for EACH(i, etf_vectors_minor2)
        check_round_trip(*state, &etf_vectors_minor2[i], &options);
    options.minor_version = 0;
    for EACH(i, etf_vectors_minor0)
        check_round_trip(*state, &etf_vectors_minor0[i], &options);
    options.minor_version = 1;
    options.deterministic = true;
    for EACH(i, etf_vectors_deterministic)
        check_round_trip(*state, &etf_vectors_deterministic[i], &options);
#if AVM_ZLIB
    options.compression = -1;
    for EACH(i, etf_vectors_compressed)
        check_round_trip(*state, &etf_vectors_compressed[i], &options);
#endif
}

/* In whatever order a large map is written, it is read back as the same map. */
static void large_maps_round_trip_in_our_order(void **state)
{
    struct fixture *f = *state;
    const struct etf_options options = ETF_OPTIONS_DEFAULT;

    for EACH(i, etf_vectors_deterministic) {
        const struct etf_vector *vector = &etf_vectors_deterministic[i];
        struct byte_buffer out;
        term t, again;

        byte_buffer_init(&out, &f->memory, MEMORY_OTHER);
        assert_int_equal(etf_decode(&f->etf, (const uint8_t *) vector->bytes, vector->size, 0,
                             &f->heap, &t, NULL), ETF_OK);
        assert_int_equal(etf_encode(&f->etf, t, &options, &out), ETF_OK);
        assert_int_equal(out.size, vector->size);
        assert_int_equal(etf_decode(&f->etf, out.bytes, out.size, 0, &f->heap, &again, NULL),
            ETF_OK);
        assert_true(term_equal_exact(&f->compare, t, again));
        byte_buffer_deinit(&out);
        reset_heap(f);
    }
}

static void reads_what_others_write(void **state)
{
    struct fixture *f = *state;
    size_t used;
    term t;

    for EACH(i, etf_vectors_other) {
        assert_int_equal(etf_decode(&f->etf, (const uint8_t *) etf_vectors_other[i].bytes,
                             etf_vectors_other[i].size, 0, &f->heap, &t, &used), ETF_OK);
        assert_int_equal(used, etf_vectors_other[i].size);
    }
    for EACH(i, etf_vectors_compressed)
        assert_int_equal(etf_decode(&f->etf, (const uint8_t *) etf_vectors_compressed[i].bytes,
                             etf_vectors_compressed[i].size, 0, &f->heap, &t, &used), ETF_OK);
    assert_int_equal(etf_decode(&f->etf, (const uint8_t *) "\203\115\0\0\0\1\3\377", 8, 0,
                         &f->heap, &t, NULL), ETF_OK);
    assert_int_equal(term_bits_base(t)[0], 0xe0);
}

static void refuses_what_otp_refuses(void **state)
{
    struct fixture *f = *state;
    term t;

    for EACH(i, etf_vectors_bad)
        assert_int_equal(etf_decode(&f->etf, (const uint8_t *) etf_vectors_bad[i].bytes,
                             etf_vectors_bad[i].size, 0, &f->heap, &t, NULL), ETF_BAD_ARGUMENT);
}

static void used_leaves_what_follows(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[2000];
    size_t used;
    term t;

    for EACH(i, etf_vectors_compressed) {
        size_t size = etf_vectors_compressed[i].size;

        memcpy(bytes, etf_vectors_compressed[i].bytes, size);
        memset(bytes + size, 0x55, 10);
        assert_int_equal(etf_decode(&f->etf, bytes, size + 10, 0, &f->heap, &t, &used), ETF_OK);
        assert_int_equal(used, size);
    }
    assert_int_equal(etf_decode(&f->etf, (const uint8_t *) "\141\7\1", 3, ETF_NO_VERSION, &f->heap,
                         &t, &used), ETF_OK);
    assert_int_equal(used, 2);
    assert_true(t == term_make_small(7));
}

static void check_in_slices(struct fixture *f, const struct etf_vector *vector)
{
    const struct etf_options options = ETF_OPTIONS_DEFAULT;
    struct etf_decoding *decoding;
    struct byte_buffer at_once, in_slices;
    size_t used;
    term t;

    byte_buffer_init(&at_once, &f->memory, MEMORY_OTHER);
    byte_buffer_init(&in_slices, &f->memory, MEMORY_OTHER);
    for (unsigned stop_after = 0; stop_after < 12; stop_after++) {
        assert_int_equal(etf_decoding_create(&f->etf, (const uint8_t *) vector->bytes,
                             vector->size, 0, &f->shared, &decoding), ETF_OK);
        for (unsigned i = 0; i < stop_after; i++)
            (void) etf_decoding_run(decoding, 1);
        etf_decoding_destroy(decoding);
    }
    assert_int_equal(etf_decode(&f->etf, (const uint8_t *) vector->bytes, vector->size, 0,
                         &f->heap, &t, NULL), ETF_OK);
    assert_int_equal(etf_encode(&f->etf, t, &options, &at_once), ETF_OK);
    assert_int_equal(etf_decoding_create(&f->etf, (const uint8_t *) vector->bytes, vector->size, 0,
                         &f->shared, &decoding), ETF_OK);
    while (!etf_decoding_run(decoding, 1 + next_random(f) % 3))
        continue;
    assert_int_equal(etf_decoding_finish(decoding, &f->heap, &t, &used), ETF_OK);
    etf_decoding_destroy(decoding);
    assert_int_equal(used, vector->size);
    assert_int_equal(etf_encode(&f->etf, t, &options, &in_slices), ETF_OK);
    assert_int_equal(in_slices.size, at_once.size);
    assert_memory_equal(in_slices.bytes, at_once.bytes, at_once.size);
    byte_buffer_deinit(&at_once);
    byte_buffer_deinit(&in_slices);
    reset_heap(f);
}

static void slices_give_the_same_term(void **state)
{
    struct fixture *f = *state;

    for EACH(i, etf_vectors)
        check_in_slices(f, &etf_vectors[i]);
    for EACH(i, etf_vectors_deterministic)
        check_in_slices(f, &etf_vectors_deterministic[i]);
    for EACH(i, etf_vectors_compressed)
        check_in_slices(f, &etf_vectors_compressed[i]);
    for EACH(i, etf_vectors_bad) {
        struct etf_decoding *decoding;
        size_t used;
        term t;

        if (etf_decoding_create(&f->etf, (const uint8_t *) etf_vectors_bad[i].bytes,
                etf_vectors_bad[i].size, 0, &f->shared, &decoding) != ETF_OK)
            continue;
        while (!etf_decoding_run(decoding, 1))
            continue;
        assert_int_equal(etf_decoding_finish(decoding, &f->heap, &t, &used), ETF_BAD_ARGUMENT);
        etf_decoding_destroy(decoding);
    }
}

static void safe_makes_no_atom(void **state)
{
    struct fixture *f = *state;
    uint32_t before = atom_count(f->etf.atoms);
    const uint8_t *unknown = (const uint8_t *) "\203\144\0\6zq\345xyz";
    term t;

    assert_int_equal(etf_decode(&f->etf, unknown, 10, ETF_SAFE, &f->heap, &t, NULL),
        ETF_BAD_ARGUMENT);
    assert_int_equal(atom_count(f->etf.atoms), before);
    assert_int_equal(etf_decode(&f->etf, unknown, 10, 0, &f->heap, &t, NULL), ETF_OK);
    assert_int_equal(etf_decode(&f->etf, unknown, 10, ETF_SAFE, &f->heap, &t, NULL), ETF_OK);
    assert_int_equal(etf_decode(&f->etf, (const uint8_t *) "\203\144\0\2ok", 6, ETF_SAFE, &f->heap,
                         &t, NULL), ETF_OK);
    assert_true(t == ATOM(ok));
}

static void funs_and_records_round_trip(void **state)
{
    static const char fun[] = "\203\160\0\0\0\110\1ABCDEFGHIJKLMNOP\0\0\0\2\0\0\0\2\144\0\1m\141\2"
                              "\142\1\2\3\4\130\144\0\15nonode@nohost\0\0\0\0\0\0\0\0\0\0\0\0\141\1\152";
    static const char record[] = "\203\103\0\0\0\2\1\144\0\1m\144\0\1r\144\0\1a\144\0\1b\141\1\152";
    const struct etf_vector vectors[] = { { sizeof fun - 1, fun }, { sizeof record - 1, record } };
    const struct etf_options options = ETF_OPTIONS_DEFAULT;

    check_round_trip(*state, &vectors[0], &options);
    check_round_trip(*state, &vectors[1], &options);
}

/* Every container claims what is left of the input: without a bound over all of them the memory
** would grow with the square of it. */
static void nested_claims_are_bounded(void **state)
{
    struct fixture *f = *state;
    size_t size = 200000;
    uint8_t *bytes = malloc(size);
    term t;

    bytes[0] = 131;
    for (size_t at = 1; at + 5 <= size; at += 5)
        memcpy(bytes + at, "\151\0\1\206\240", 5);
    assert_int_equal(etf_decode(&f->etf, bytes, size, 0, &f->heap, &t, NULL), ETF_BAD_ARGUMENT);
    assert_true(f->memory.counts.peak_bytes < 64 * size);
    free(bytes);
}

static void depth_needs_no_c_stack(void **state)
{
    struct fixture *f = *state;
    const struct etf_options options = ETF_OPTIONS_DEFAULT;
    size_t depth = 300000, size = 2 + 2 * depth;
    uint8_t *bytes = malloc(size);
    struct byte_buffer out;
    term t;

    bytes[0] = 131;
    for (size_t i = 0; i < depth; i++)
        memcpy(bytes + 1 + 2 * i, "\150\1", 2);
    bytes[size - 1] = 106;
    assert_int_equal(etf_decode(&f->etf, bytes, size, 0, &f->heap, &t, NULL), ETF_OK);
    byte_buffer_init(&out, &f->memory, MEMORY_OTHER);
    assert_int_equal(etf_encode(&f->etf, t, &options, &out), ETF_OK);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.bytes, bytes, size);
    byte_buffer_deinit(&out);
    free(bytes);
}

/* What decodes at all is a whole term: it can be written and walked. */
static void check_survives(struct fixture *f, const uint8_t *bytes, size_t size)
{
    const struct etf_options options = ETF_OPTIONS_DEFAULT;
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    struct byte_buffer out;
    size_t used;
    term t;

    memcpy(exact, bytes, size);
    if (etf_decode(&f->etf, exact, size, 0, &f->heap, &t, &used) == ETF_OK) {
        assert_true(used <= size);
        byte_buffer_init(&out, &f->memory, MEMORY_OTHER);
        assert_int_equal(etf_encode(&f->etf, t, &options, &out), ETF_OK);
        byte_buffer_deinit(&out);
    }
    free(exact);
}

static void mutilate(struct fixture *f, const struct etf_vector *vector)
{
    uint8_t bytes[4096];

    for (size_t size = 0; size < vector->size; size++) {
        term t;

        assert_int_equal(etf_decode(&f->etf, (const uint8_t *) vector->bytes, size, 0, &f->heap, &t,
                             NULL), ETF_BAD_ARGUMENT);
        check_survives(f, (const uint8_t *) vector->bytes, size);
    }
    for (unsigned round = 0; round < 300; round++) {
        memcpy(bytes, vector->bytes, vector->size);
        for (unsigned flips = 1 + round % 3; flips > 0; flips--)
            bytes[1 + next_random(f) % (vector->size - 1)] ^= (uint8_t) (1u << next_random(f) % 8);
        check_survives(f, bytes, vector->size);
    }
    for (size_t at = 1; at < vector->size && at < 120; at++) {
        memcpy(bytes, vector->bytes, vector->size);
        bytes[at] = (uint8_t) next_random(f);
        check_survives(f, bytes, vector->size);
    }
    reset_heap(f);
}

static void cut_and_flipped_bytes_are_survived(void **state)
{
    for EACH(i, etf_vectors)
        mutilate(*state, &etf_vectors[i]);
    for EACH(i, etf_vectors_deterministic)
        mutilate(*state, &etf_vectors_deterministic[i]);
    for EACH(i, etf_vectors_compressed)
        mutilate(*state, &etf_vectors_compressed[i]);
    for EACH(i, etf_vectors_other)
        mutilate(*state, &etf_vectors_other[i]);
}

static void running_out_of_memory_is_a_status(void **state)
{
    struct fixture *f = *state;
    const struct etf_options options = ETF_OPTIONS_DEFAULT;

    for EACH(i, etf_vectors) {
        for (unsigned nth = 1;; nth++) {
            struct byte_buffer out;
            enum etf_status status;
            term t = TERM_NONE;

            byte_buffer_init(&out, &f->memory, MEMORY_OTHER);
            f->memory.fail_at = f->memory.counts.allocations + f->memory.counts.failures + nth;
            status = etf_decode(&f->etf, (const uint8_t *) etf_vectors[i].bytes,
                etf_vectors[i].size, 0, &f->heap, &t, NULL);
            if (status == ETF_OK)
                status = etf_encode(&f->etf, t, &options, &out);
            f->memory.fail_at = 0;
            byte_buffer_deinit(&out);
            reset_heap(f);
            if (status == ETF_OK)
                break;
            assert_int_equal(status, ETF_NO_MEMORY);
            assert_true(nth < 500);
        }
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(writes_what_otp_writes),
        T(large_maps_round_trip_in_our_order),
        T(reads_what_others_write),
        T(refuses_what_otp_refuses),
        T(used_leaves_what_follows),
        T(slices_give_the_same_term),
        T(safe_makes_no_atom),
        T(funs_and_records_round_trip),
        T(nested_claims_are_bounded),
        T(depth_needs_no_c_stack),
        T(cut_and_flipped_bytes_are_survived),
        T(running_out_of_memory_is_a_status),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
