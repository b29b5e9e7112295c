/* The decompressor against streams made by zlib, each cut short and damaged at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pack/inflate.h"

static const uint8_t dynamic_bytes[] = {
    0x78, 0xda, 0xed, 0xcf, 0x61, 0x82, 0x41, 0x21, 0x14, 0x40, 0xe1, 0xad, 0x24, 0x19, 0x17, 0x0f,
    0x49, 0x08, 0xe1, 0x4a, 0x08, 0x21, 0x79, 0x08, 0x0f, 0xfb, 0xdf, 0xc5, 0xcc, 0x2c, 0x62, 0xfe,
    0xcd, 0x39, 0x2b, 0xf8, 0x08, 0x21, 0x25, 0x5a, 0x66, 0x5f, 0x50, 0xcf, 0xda, 0xa2, 0xa7, 0x34,
    0x5a, 0xb7, 0x8f, 0xb7, 0x82, 0x42, 0x4b, 0x8e, 0xcd, 0x26, 0x24, 0x02, 0x7c, 0x68, 0x76, 0xf9,
    0x1b, 0x84, 0x5e, 0xc7, 0x17, 0x48, 0xf4, 0xa9, 0x22, 0x66, 0xfe, 0x01, 0x7d, 0x7b, 0xa6, 0x1d,
    0x0c, 0x84, 0xe3, 0x89, 0x76, 0xed, 0x15, 0x46, 0xfe, 0x23, 0x96, 0x29, 0xc3, 0x1c, 0x26, 0xb1,
    0xaa, 0x23, 0x4c, 0xf3, 0x86, 0xb9, 0x73, 0x47, 0x54, 0xa8, 0x99, 0xa7, 0x3c, 0x80, 0x29, 0x06,
    0xb1, 0xe9, 0x18, 0x16, 0xea, 0x22, 0x8e, 0xd9, 0x16, 0x56, 0x6c, 0x41, 0xe7, 0x04, 0x7f, 0x9e,
    0xd3, 0x05, 0x5b, 0xc1, 0x36, 0x3b, 0x8a, 0x8b, 0x2a, 0x90, 0xb9, 0x66, 0x1c, 0x14, 0x06, 0x0e,
    0xf2, 0x69, 0x6a, 0x41, 0x11, 0xc7, 0xef, 0xa6, 0x91, 0x4f, 0x21, 0xea, 0x6a, 0x9c, 0x40, 0x8e,
    0x59, 0x5a, 0x8a, 0x8f, 0x1f, 0xc1, 0xd5, 0x76, 0xe9, 0x09, 0x39, 0x09, 0xd8, 0xa1, 0x67, 0xdb,
    0x87, 0x87, 0x9f, 0x89, 0x4a, 0xf2, 0x28, 0xe1, 0x15, 0xd7, 0x5a, 0xc0, 0x3b, 0xdf, 0x99, 0x21,
    0x07, 0x92, 0xc2, 0xc6, 0x8c, 0x65, 0x0b, 0x68, 0x71, 0x8b, 0x7b, 0x67, 0x51, 0xab, 0x9e, 0x68,
    0x67, 0x75, 0xf8, 0x62, 0x65, 0x5a, 0x22, 0xbf, 0xfd, 0xfb, 0xff, 0xc0, 0xff, 0x0d, 0xcb, 0x38,
    0x8c, 0x79,
};

static const uint8_t fixed_bytes[] = {
    0x78, 0x01, 0x4b, 0x4c, 0x4a, 0x4e, 0x1c, 0x45, 0xa3, 0x68, 0x14, 0x0d, 0x6f, 0x04, 0x00, 0x9a,
    0xc9, 0x7e, 0xdf,
};

static const uint8_t stored_bytes[] = {
    0x78, 0x01, 0x01, 0x0f, 0x00, 0xf0, 0xff, 0x73, 0x74, 0x6f, 0x72, 0x65, 0x64, 0x20, 0x61, 0x73,
    0x20, 0x69, 0x74, 0x20, 0x69, 0x73, 0x2d, 0xed, 0x05, 0x7f,
};

static const uint8_t gzip_bytes[] = {
    0x1f, 0x8b, 0x08, 0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x78, 0x2e, 0x62, 0x65, 0x61, 0x6d,
    0x00, 0x4b, 0x4c, 0x4a, 0x4e, 0x1c, 0x45, 0xa3, 0x68, 0x14, 0x0d, 0x6f, 0x04, 0x00, 0x1f, 0xa3,
    0x73, 0xcc, 0xe8, 0x03, 0x00, 0x00,
};

#define CURVE_SIZE 600
#define CYCLE_SIZE 1000

/* What dynamic_bytes holds: hardly repeats, so that it needs codes of its own. */
static void make_curve(uint8_t *out)
{
    unsigned at;

    for (at = 0; at < CURVE_SIZE; at++)
        out[at] = (uint8_t) (((at * at) >> 3 & 0x3f) + 32);
}

/* What fixed_bytes and gzip_bytes hold: "abcabc...", matches that overlap themselves. */
static void make_cycle(uint8_t *out)
{
    unsigned at;

    for (at = 0; at < CYCLE_SIZE; at++)
        out[at] = (uint8_t) (97 + at % 3);
}

static struct memory memory;

static int set_up(void **state)
{
    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    return 0;
}

static int nothing_is_left(void **state)
{
    (void) state;
    return memory.counts.live_bytes == 0 ? 0 : 1;
}

static void dynamic_codes(void **state)
{
    uint8_t expected[CURVE_SIZE], out[CURVE_SIZE];

    (void) state;
    make_curve(expected);
    assert_null(inflate_zlib(&memory, dynamic_bytes, sizeof dynamic_bytes, out, sizeof out));
    assert_memory_equal(out, expected, sizeof out);
}

static void fixed_codes(void **state)
{
    uint8_t expected[CYCLE_SIZE], out[CYCLE_SIZE];

    (void) state;
    make_cycle(expected);
    assert_null(inflate_zlib(&memory, fixed_bytes, sizeof fixed_bytes, out, sizeof out));
    assert_memory_equal(out, expected, sizeof out);
}

static void stored_block(void **state)
{
    uint8_t out[15];

    (void) state;
    assert_null(inflate_zlib(&memory, stored_bytes, sizeof stored_bytes, out, sizeof out));
    assert_memory_equal(out, "stored as it is", sizeof out);
}

static void gzip_file(void **state)
{
    uint8_t expected[CYCLE_SIZE], out[CYCLE_SIZE];
    size_t size = 0;

    (void) state;
    make_cycle(expected);
    assert_true(inflate_is_gzip(gzip_bytes, sizeof gzip_bytes, &size));
    assert_int_equal(size, sizeof out);
    assert_null(inflate_gzip(&memory, gzip_bytes, sizeof gzip_bytes, out, sizeof out));
    assert_memory_equal(out, expected, sizeof out);
    assert_false(inflate_is_gzip(fixed_bytes, sizeof fixed_bytes, &size));
    assert_false(inflate_is_gzip(gzip_bytes, 17, &size));
}

static void wrong_size_is_refused(void **state)
{
    uint8_t out[CYCLE_SIZE + 1];

    (void) state;
    assert_non_null(inflate_zlib(&memory, fixed_bytes, sizeof fixed_bytes, out, CYCLE_SIZE - 1));
    assert_non_null(inflate_zlib(&memory, fixed_bytes, sizeof fixed_bytes, out, CYCLE_SIZE + 1));
    assert_non_null(inflate_zlib(&memory, stored_bytes, sizeof stored_bytes, out, 14));
    assert_non_null(inflate_zlib(&memory, stored_bytes, sizeof stored_bytes, out, 16));
    assert_non_null(inflate_zlib(&memory, stored_bytes, sizeof stored_bytes, out, 0));
}

typedef const char *inflate_fn(struct memory *memory, const void *in, size_t in_size, void *out, size_t out_size);

static void cut_and_damage(inflate_fn *inflate, const uint8_t *in, size_t in_size, size_t out_size,
    size_t first)
{
    uint8_t bytes[1024], out[CYCLE_SIZE], plain[CYCLE_SIZE];
    size_t at;
    unsigned bit;

    assert_true(in_size <= sizeof bytes);
    assert_null(inflate(&memory, in, in_size, plain, out_size));
    for (at = 0; at < in_size; at++)
        assert_non_null(inflate(&memory, in, at, out, out_size));
    for (at = first; at < in_size; at++) {
        for (bit = 0; bit < 8; bit++) {
            memcpy(bytes, in, in_size);
            bytes[at] ^= (uint8_t) (1u << bit);
            /* A stream that still counts as whole must be the same text. */
            if (inflate(&memory, bytes, in_size, out, out_size) == NULL)
                assert_memory_equal(out, plain, out_size);
        }
    }
}

static void damage_is_refused(void **state)
{
    (void) state;
    cut_and_damage(inflate_zlib, dynamic_bytes, sizeof dynamic_bytes, CURVE_SIZE, 0);
    cut_and_damage(inflate_zlib, fixed_bytes, sizeof fixed_bytes, CYCLE_SIZE, 0);
    cut_and_damage(inflate_zlib, stored_bytes, sizeof stored_bytes, 15, 0);
    cut_and_damage(inflate_gzip, gzip_bytes, sizeof gzip_bytes, CYCLE_SIZE, 10);
}

static void memory_may_fail(void **state)
{
    uint8_t out[CURVE_SIZE];

    (void) state;
    assert_null(inflate_zlib(&memory, dynamic_bytes, sizeof dynamic_bytes, out, sizeof out));
    assert_true(memory.counts.allocations > 0);
    memory.fail_from = true;
    memory.fail_at = memory.counts.allocations + 1;
    assert_string_equal(
        inflate_zlib(&memory, dynamic_bytes, sizeof dynamic_bytes, out, sizeof out),
        "out of memory");
}

static void prefix_says_what_it_took(void **state)
{
    uint8_t bytes[sizeof stored_bytes + 3] = { 0 }, out[15];
    size_t used = 0;

    (void) state;
    memcpy(bytes, stored_bytes, sizeof stored_bytes);
    assert_null(inflate_zlib_prefix(&memory, bytes, sizeof bytes, out, sizeof out, &used));
    assert_int_equal(used, sizeof stored_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dynamic_codes, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(fixed_codes, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(stored_block, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(gzip_file, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(wrong_size_is_refused, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(damage_is_refused, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(memory_may_fail, set_up, nothing_is_left),
        cmocka_unit_test_setup_teardown(prefix_says_what_it_took, set_up, nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
