/* Bitstrings against a model in which every bit is a bool of its own. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/atomic.h"
#include "data/bits.h"
#include "data/number.h"

#if AVM_SMP
#include <pthread.h>
#endif

#define MODEL_BITS 1024

struct fixture {
    struct memory memory;
    struct heap_shared shared;
    struct heap heap;
    uint64_t random;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    memory_init(&f->memory, NULL, NULL, 0);
    f->shared.memory = &f->memory;
    f->random = 88172645463325252u;
    heap_init_env(&f->heap, &f->shared, MEMORY_HEAP);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    size_t live;

    heap_deinit(&f->heap);
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

static bool bit_at(const uint8_t *bytes, size_t index)
{
    return (bytes[index >> 3] >> (7 - (index & 7)) & 1) != 0;
}

static void fill_random(struct fixture *f, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t) (next_random(f) >> 11);
}

static void copy_moves_exactly_its_bits(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 0; round < 20000; round++) {
        size_t size = next_random(f) % (round % 2 ? 300 : 40);
        size_t from_offset = next_random(f) % 100, to_offset = next_random(f) % 100;
        size_t from_size = (from_offset + size + 7) / 8, to_size = (to_offset + size + 7) / 8;
        uint8_t *from = malloc(from_size + 1), *to = malloc(to_size + 1),
            *before = malloc(to_size + 1);

        /* exactly as large as needed: reading or writing past an end is seen by the sanitizer */
        from = realloc(from, from_size ? from_size : 1);
        to = realloc(to, to_size ? to_size : 1);
        fill_random(f, from, from_size);
        fill_random(f, to, to_size);
        memcpy(before, to, to_size);
        bits_copy(to, to_offset, from, from_offset, size);
        for (size_t i = 0; i < to_size * 8; i++) {
            bool inside = i >= to_offset && i < to_offset + size;

            assert_int_equal(bit_at(to, i),
                inside ? bit_at(from, i - to_offset + from_offset) : bit_at(before, i));
        }
        assert_int_equal(bits_compare(to, to_offset, from, from_offset, size), 0);
        free(from);
        free(to);
        free(before);
    }
}

static void compare_orders_by_the_first_difference(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 0; round < 20000; round++) {
        uint8_t a[40], b[40];
        size_t a_offset = next_random(f) % 20, b_offset = next_random(f) % 20;
        size_t size = 1 + next_random(f) % 290, place = next_random(f) % size;
        bool greater;

        fill_random(f, a, sizeof a);
        fill_random(f, b, sizeof b);
        bits_copy(b, b_offset, a, a_offset, size);
        b[(b_offset + place) >> 3] ^= (uint8_t) (0x80 >> ((b_offset + place) & 7));
        greater = bit_at(a, a_offset + place);
        assert_int_equal(bits_compare(a, a_offset, b, b_offset, size) > 0, greater);
        assert_int_equal(bits_compare(b, b_offset, a, a_offset, size) < 0, greater);
    }
}

/* Bit i (from the first written) of the low size bits of value in the byte order of little. */
static bool model_bit(const bool *value, size_t size, size_t i, bool little)
{
    size_t rest = size & 7;

    if (!little)
        return value[size - 1 - i];
    if (i >= size - rest)
        return value[size - rest + (rest - 1 - (i - (size - rest)))];
    return value[(i & ~(size_t) 7) + 7 - (i & 7)];
}

static void check_put(const bool *model, term value, size_t size, size_t offset, bool little)
{
    uint8_t bytes[64], zeros[64];
    struct bits_builder builder = { bytes, offset, TERM_NONE };

    for (unsigned fill = 0; fill < 2; fill++) {
        memset(bytes, fill ? 0xff : 0, sizeof bytes);
        memset(zeros, fill ? 0xff : 0, sizeof zeros);
        builder.offset = offset;
        assert_true(bits_put_integer(&builder, value, size, little ? BITS_LITTLE : 0));
        assert_int_equal(builder.offset, offset + size);
        for (size_t i = 0; i < sizeof bytes * 8; i++) {
            bool inside = i >= offset && i < offset + size;

            assert_int_equal(bit_at(bytes, i),
                inside ? model_bit(model, size, i - offset, little) : bit_at(zeros, i));
        }
    }
}

/* Reading what lies in model gives a number whose bits, written again, are the model's; and it is
** the number that the sign asked for. */
static void check_read(struct fixture *f, const bool *model, size_t size, size_t offset,
    bool little, bool is_signed)
{
    uint8_t bytes[64] = { 0 };
    bool extended[MODEL_BITS];
    term value;

    for (size_t i = 0; i < size; i++)
        if (model_bit(model, size, i, little))
            bytes[(offset + i) >> 3] |= (uint8_t) (0x80 >> ((offset + i) & 7));
    assert_int_equal(bits_read_integer(&f->heap, bytes, offset, size,
                         (little ? BITS_LITTLE : 0u) | (is_signed ? BITS_SIGNED : 0u), &value),
        DATA_OK);
    for (size_t i = 0; i < MODEL_BITS; i++)
        extended[i] = i < size ? model[i] : is_signed && size > 0 && model[size - 1];
    check_put(extended, value, size + 70, 3, false);
    if (size < SMALL_BITS)
        assert_true(term_is_small(value));
    if (term_is_big(value)) {
        size_t words = header_words(*term_boxed(value));
        term top = term_boxed(value)[words];

        assert_true(top != 0);
        assert_true(words > 1 || top > (term) SMALL_MAX);
    }
}

static void integers_round_trip_at_every_size_and_offset(void **state)
{
    struct fixture *f = *state;

    for (size_t size = 0; size <= 200; size++) {
        for (size_t offset = 0; offset < 10; offset++) {
            bool model[MODEL_BITS];
            unsigned kind = (unsigned) (next_random(f) % 4);

            for (size_t i = 0; i < MODEL_BITS; i++)
                model[i] = kind == 0 ? 0 : kind == 1 ? 1 : (next_random(f) >> 20 & 1) != 0;
            if (kind == 3 && size > 3)
                memset(model + size / 2, (int) (offset & 1), MODEL_BITS - size / 2);
            for (unsigned flags = 0; flags < 4; flags++)
                check_read(f, model, size, offset, (flags & 1) != 0, (flags & 2) != 0);
        }
        reset_heap(f);
    }
}

static void puts_write_the_low_bits(void **state)
{
    struct fixture *f = *state;
    const int64_t values[] = { 0, 1, -1, 255, 256, -256, INT32_MAX, INT32_MIN, (int64_t) 1 << 40,
        -((int64_t) 1 << 40), INT64_MAX, INT64_MIN, 0x123456789abcdef };

    for (size_t v = 0; v < AVM_COUNT_OF(values); v++) {
        bool model[MODEL_BITS];
        term value = integer_make_int64(&f->heap, values[v]);

        for (size_t i = 0; i < MODEL_BITS; i++)
            model[i] = i < 64 ? ((uint64_t) values[v] >> i & 1) != 0 : values[v] < 0;
        for (size_t size = 0; size < 140; size++)
            for (size_t offset = 0; offset < 9; offset++) {
                check_put(model, value, size, offset, false);
                check_put(model, value, size, offset, true);
            }
    }
}

static void put_refuses_what_is_no_integer(void **state)
{
    uint8_t byte = 7;
    struct bits_builder builder = { &byte, 0, TERM_NONE };

    (void) state;
    assert_false(bits_put_integer(&builder, TERM_NIL, 8, 0));
    assert_false(bits_put_float(&builder, TERM_NIL, 64, 0));
    assert_false(bits_put_bits(&builder, TERM_NIL, 0));
    assert_int_equal(builder.offset, 0);
    assert_int_equal(byte, 7);
}

static void every_half_float_round_trips(void **state)
{
    struct fixture *f = *state;
    term boxed[1 + FLOAT_WORDS];

    (void) f;
    for (unsigned half = 0; half < 0x10000; half++) {
        uint8_t bytes[2] = { (uint8_t) (half >> 8), (uint8_t) half }, out[3] = { 0 };
        struct bits_builder builder = { out, 4, TERM_NONE };
        double value;
        bool finite = (half & 0x7c00) != 0x7c00;

        assert_int_equal(bits_read_float(bytes, 0, 16, 0, &value), finite);
        if (!finite)
            continue;
        assert_true(bits_put_float(&builder, term_put_float(boxed, value), 16, 0));
        assert_int_equal(bits_compare(out, 4, bytes, 0, 16), 0);
    }
}

static unsigned half_of(double value)
{
    term boxed[1 + FLOAT_WORDS];
    uint8_t out[2];
    struct bits_builder builder = { out, 0, TERM_NONE };

    assert_true(bits_put_float(&builder, term_put_float(boxed, value), 16, BITS_LITTLE));
    return (unsigned) (out[0] | out[1] << 8);
}

static void half_floats_round_to_even(void **state)
{
    (void) state;
    assert_int_equal(half_of(1.0 + 0x1p-11), 0x3c00);
    assert_int_equal(half_of(1.0 + 0x1p-11 + 0x1p-40), 0x3c01);
    assert_int_equal(half_of(1.0 + 3 * 0x1p-11), 0x3c02);
    assert_int_equal(half_of(65519.0), 0x7bff);
    assert_int_equal(half_of(65520.0), 0x7c00);
    assert_int_equal(half_of(1e300), 0x7c00);
    assert_int_equal(half_of(-1e300), 0xfc00);
    assert_int_equal(half_of(0x1p-25), 0);
    assert_int_equal(half_of(0x1.8p-25), 1);
    assert_int_equal(half_of(0x1.fffp-15), 0x400);
    assert_int_equal(half_of(-0.0), 0x8000);
    assert_int_equal(half_of(5e-324), 0);
}

static void floats_in_both_orders(void **state)
{
    uint8_t out[9] = { 0 };
    term boxed[1 + FLOAT_WORDS];
    double value;
    const double values[] = { 0.0, 1.5, -2.25, 1e300, 5e-324 };

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(values); i++)
        for (unsigned flags = 0; flags < 8; flags++) {
            struct bits_builder builder = { out, 5, TERM_NONE };

            assert_true(bits_put_float(&builder, term_put_float(boxed, values[i]), 64, flags));
            assert_true(bits_read_float(out, 5, 64, flags, &value));
            assert_true(value == values[i]);
        }
    struct bits_builder builder = { out, 0, TERM_NONE };

    assert_true(bits_put_float(&builder, term_put_float(boxed, -3.5e38), 32, 0));
    assert_memory_equal(out, "\xff\x80\x00\x00", 4);
    builder.offset = 0;
    assert_false(bits_put_float(&builder, term_put_float(boxed, 1.0), 33, 0));
    assert_true(bits_put_float(&builder, term_put_float(boxed, 3.4e38), 32, 0));
    memcpy(out, "\x7f\x80\x00\x00", 4);
    assert_false(bits_read_float(out, 0, 32, 0, &value));
    assert_false(bits_read_float(out, 0, 24, 0, &value));
}

static void every_code_point_round_trips(void **state)
{
    (void) state;
    for (uint32_t point = 0, step; point < 0x110010; point += step) {
        uint8_t out[8] = { 0 };
        term value = term_make_small((intptr_t) point);
        bool valid = (point < 0xd800 || point > 0xdfff) && point <= 0x10ffff;
        struct bits_builder builder = { out, 3, TERM_NONE };
        size_t size = bits_utf8_size(value);
        uint32_t read = 1;

        step = point < 0x10100 || point > 0x10ff00 ? 1 : 251;
        assert_int_equal(size != 0, valid);
        assert_int_equal(bits_utf16_size(value) != 0, valid);
        if (!valid)
            continue;
        bits_put_utf8(&builder, value);
        assert_int_equal(builder.offset, 3 + size);
        assert_int_equal(bits_read_utf8(out, 3, size, &read), size);
        assert_int_equal(read, point);
        assert_int_equal(bits_read_utf8(out, 3, size - 1, &read), 0);
        for (unsigned flags = 0; flags < 2; flags++) {
            builder.offset = 1;
            bits_put_utf16(&builder, value, flags);
            size = bits_utf16_size(value);
            assert_int_equal(bits_read_utf16(out, 1, size, flags, &read), size);
            assert_int_equal(read, point);
            assert_int_equal(bits_read_utf16(out, 1, size - 1, flags, &read), 0);
            builder.offset = 1;
            bits_put_utf32(&builder, value, flags);
            assert_int_equal(bits_read_utf32(out, 1, 32, flags, &read), 32);
            assert_int_equal(read, point);
        }
    }
}

static void ill_formed_text_is_not_read(void **state)
{
    uint32_t point;

    (void) state;
    assert_int_equal(bits_read_utf8((const uint8_t *) "\xc0\x80", 0, 16, &point), 0);
    assert_int_equal(bits_read_utf8((const uint8_t *) "\xed\xa0\x80", 0, 24, &point), 0);
    assert_int_equal(bits_read_utf8((const uint8_t *) "\xf4\x90\x80\x80", 0, 32, &point), 0);
    assert_int_equal(bits_read_utf8((const uint8_t *) "\x80", 0, 8, &point), 0);
    assert_int_equal(bits_read_utf16((const uint8_t *) "\xdc\x00\xd8\x00", 0, 32, 0, &point), 0);
    assert_int_equal(bits_read_utf16((const uint8_t *) "\xd8\x00\x00\x41", 0, 32, 0, &point), 0);
    assert_int_equal(bits_read_utf32((const uint8_t *) "\x00\x00\xd8\x00", 0, 32, 0, &point), 0);
    assert_int_equal(bits_read_utf32((const uint8_t *) "\x00\x11\x00\x00", 0, 32, 0, &point), 0);
}

/* ---- making and appending ----------------------------------------------------------------- */

static void makes_on_and_off_the_heap(void **state)
{
    struct fixture *f = *state;

    for (size_t size = 0; size < 200; size++) {
        uint8_t content[200];
        term binary, part;
        struct bits_view view;

        fill_random(f, content, sizeof content);
        binary = bits_make_copy(&f->heap, content, size);
        assert_true(term_is_binary(binary));
        assert_int_equal(term_has_kind(binary, BOXED_HEAP_BITS), size <= HEAP_BITS_MAX_BYTES);
        assert_true(bits_get_view(binary, &view));
        assert_int_equal(view.size, size * 8);
        assert_int_equal(bits_compare(view.base, view.offset, content, 0, size * 8), 0);
        for (size_t offset = 0; offset < size * 8; offset += 13) {
            size_t length = (size * 8 - offset) / 2;
            struct bits_view inner;

            part = bits_make_sub(&f->heap, binary, offset, length);
            assert_true(bits_get_view(part, &inner));
            assert_int_equal(inner.size, length);
            assert_int_equal(bits_compare(inner.base, inner.offset, content, offset, length), 0);
            if (length > 30) {
                part = bits_make_sub(&f->heap, part, 7, length - 9);
                assert_true(bits_get_view(part, &inner));
                assert_int_equal(
                    bits_compare(inner.base, inner.offset, content, offset + 7, length - 9), 0);
            }
        }
        reset_heap(f);
    }
    assert_false(bits_get_view(TERM_NIL, &(struct bits_view) { 0 }));
}

static void borrowed_bytes_are_aligned(void **state)
{
    struct fixture *f = *state;
    uint8_t content[100], *scratch;
    const uint8_t *bytes;
    size_t size;
    enum data_status status;
    term binary, part;

    fill_random(f, content, sizeof content);
    binary = bits_make_copy(&f->heap, content, sizeof content);
    assert_true(bits_get_bytes(&f->memory, binary, &bytes, &size, &scratch, &status));
    assert_int_equal(size, 100);
    assert_null(scratch);
    part = bits_make_sub(&f->heap, binary, 3, 90 * 8);
    assert_true(bits_get_bytes(&f->memory, part, &bytes, &size, &scratch, &status));
    assert_int_equal(size, 90);
    assert_int_equal(bits_compare(bytes, 0, content, 3, 720), 0);
    memory_free(&f->memory, MEMORY_OTHER, scratch, size);
    part = bits_make_sub(&f->heap, binary, 3, 90 * 8 + 1);
    assert_false(bits_get_bytes(&f->memory, part, &bytes, &size, &scratch, &status));
    assert_int_equal(status, DATA_BAD_ARGUMENT);
    part = bits_make_sub(&f->heap, binary, 3, 90 * 8);
    f->memory.fail_at = f->memory.counts.allocations + f->memory.counts.failures + 1;
    assert_false(bits_get_bytes(&f->memory, part, &bytes, &size, &scratch, &status));
    assert_int_equal(status, DATA_NO_MEMORY);
    f->memory.fail_at = 0;
}

static term append_byte(struct fixture *f, term source, uint8_t byte)
{
    struct bits_builder builder;

    assert_int_equal(bits_build_append(&f->heap, source, 8, 1, &builder), DATA_OK);
    bits_put_bytes(&builder, &byte, 1);
    return builder.result;
}

static void appending_is_amortised_and_leaves_older_ones_alone(void **state)
{
    struct fixture *f = *state;
    term all[3000], t = bits_make_copy(&f->heap, "", 0);
    unsigned moved = 0;
    uint8_t *base = NULL;

    for (unsigned i = 0; i < 3000; i++) {
        t = all[i] = append_byte(f, t, (uint8_t) (i * 7));
        if (i >= HEAP_BITS_MAX_BYTES && term_bits_base(t) != base)
            moved++;
        base = term_bits_base(t);
    }
    assert_in_range(moved, 1, 8);
    for (unsigned i = 0; i < 3000; i++) {
        struct bits_view view;

        assert_true(bits_get_view(all[i], &view));
        assert_int_equal(view.size, (i + 1) * 8);
        for (unsigned k = 0; k <= i; k += 17)
            assert_int_equal(bits_byte_at(view.base, view.offset + k * 8), (uint8_t) (k * 7));
    }
}

static void two_appends_to_one_source_do_not_meet(void **state)
{
    struct fixture *f = *state;
    term source = bits_make_writable(&f->heap, 256), first, second, other;
    struct bits_view a, b;

    source = append_byte(f, source, 1);
    first = append_byte(f, source, 2);
    second = append_byte(f, source, 3);
    assert_true(bits_get_view(first, &a));
    assert_true(bits_get_view(second, &b));
    assert_ptr_equal(a.base, term_bits_base(source));
    assert_ptr_not_equal(a.base, b.base);
    assert_int_equal(a.base[1], 2);
    assert_int_equal(bits_byte_at(b.base, b.offset + 8), 3);
    other = append_byte(f, bits_make_sub(&f->heap, first, 0, 8), 9);
    assert_int_equal(term_bit_size(other), 16);
    assert_int_equal(a.base[1], 2);
}

#if AVM_SMP
struct appender {
    struct memory memory;           /* of its own: this test is about the bytes of the binary */
    struct heap_shared shared;
    struct heap heap;
    term source, result;
    uint8_t byte;
};

static void *append_in_thread(void *user)
{
    struct appender *appender = user;
    struct bits_builder builder;

    if (bits_build_append(&appender->heap, appender->source, 8, 1, &builder) != DATA_OK)
        return NULL;
    bits_put_bytes(&builder, &appender->byte, 1);
    appender->result = builder.result;
    return NULL;
}

/* Two processes hold the same binary: whoever comes second appends to a copy. */
static void appends_of_two_threads_do_not_meet(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 0; round < 200; round++) {
        term source = bits_make_writable(&f->heap, 300);
        struct appender appenders[2];
        pthread_t threads[2];

        for (unsigned i = 0; i < 70; i++)
            source = append_byte(f, source, (uint8_t) i);
        for (unsigned i = 0; i < 2; i++) {
            memory_init(&appenders[i].memory, NULL, NULL, 0);
            appenders[i].shared = (struct heap_shared) { .memory = &appenders[i].memory };
            heap_init_env(&appenders[i].heap, &appenders[i].shared, MEMORY_HEAP);
            appenders[i].source = heap_copy(&appenders[i].heap, source);
            appenders[i].byte = (uint8_t) (200 + i);
        }
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, append_in_thread, &appenders[i]), 0);
        for (unsigned i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        for (unsigned i = 0; i < 2; i++) {
            struct bits_view view;

            assert_true(bits_get_view(appenders[i].result, &view));
            assert_int_equal(view.size, 71 * 8);
            for (unsigned k = 0; k < 71; k++)
                assert_int_equal(bits_byte_at(view.base, view.offset + 8 * k),
                    k < 70 ? k : 200 + i);
        }
        assert_true(term_bits_base(appenders[0].result) != term_bits_base(appenders[1].result));
        for (unsigned i = 0; i < 2; i++) {
            heap_deinit(&appenders[i].heap);
            assert_int_equal(appenders[i].memory.counts.live_bytes, 0);
        }
        reset_heap(f);
    }
}
#endif

static void appending_bits_of_any_size(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 0; round < 200; round++) {
        bool model[4000];
        size_t size = 0;
        term t = bits_make_copy(&f->heap, "", 0);
        struct bits_view view;

        while (size < 3000) {
            size_t extra = next_random(f) % (round % 3 == 0 ? 5 : 90);
            struct bits_builder builder;
            uint8_t bytes[16];

            fill_random(f, bytes, sizeof bytes);
            assert_int_equal(bits_build_append(&f->heap, t, extra, 1, &builder), DATA_OK);
            assert_int_equal(builder.offset - (term_has_kind(builder.result, BOXED_SUB_BITS)
                                     ? term_boxed(builder.result)[2] : 0), size);
            bits_build_clear(&builder, extra);
            for (size_t i = 0; i < extra; i++)
                assert_false(bit_at(builder.base, builder.offset + i));
            bits_copy(builder.base, builder.offset, bytes, 0, extra);
            for (size_t i = 0; i < extra; i++)
                model[size + i] = bit_at(bytes, i);
            size += extra;
            t = builder.result;
        }
        assert_true(bits_get_view(t, &view));
        assert_int_equal(view.size, size);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bit_at(view.base, view.offset + i), model[i]);
        reset_heap(f);
    }
}

static void append_checks_its_source(void **state)
{
    struct fixture *f = *state;
    struct bits_builder builder;
    uint8_t *bytes;
    term odd = bits_make_bitstring(&f->heap, 12, &bytes);

    memset(bytes, 0, 2);
    assert_int_equal(bits_build_append(&f->heap, odd, 8, 8, &builder), DATA_BAD_ARGUMENT);
    assert_int_equal(bits_build_append(&f->heap, odd, 8, 4, &builder), DATA_OK);
    assert_int_equal(term_bit_size(builder.result), 20);
    assert_int_equal(bits_build_append(&f->heap, TERM_NIL, 8, 1, &builder), DATA_BAD_ARGUMENT);
    assert_int_equal(bits_build_append(&f->heap, odd, SIZE_MAX, 1, &builder), DATA_SYSTEM_LIMIT);
}

static void running_out_of_memory_changes_nothing(void **state)
{
    struct fixture *f = *state;
    term t = bits_make_writable(&f->heap, 64);
    struct bits_builder builder;

    for (unsigned i = 0; i < 64; i++)
        t = append_byte(f, t, 5);
    for (unsigned nth = 1; nth < 5; nth++) {
        enum data_status status;

        f->memory.fail_at = f->memory.counts.allocations + f->memory.counts.failures + nth;
        f->memory.fail_from = true;
        status = bits_build_append(&f->heap, t, 800, 1, &builder);
        f->memory.fail_at = 0;
        if (status == DATA_OK)
            break;
        assert_int_equal(status, DATA_NO_MEMORY);
        assert_int_equal(term_bit_size(t), 512);
        assert_int_equal(term_bits_base(t)[63], 5);
    }
    assert_int_equal(term_bit_size(append_byte(f, t, 1)), 520);
}

/* ---- iodata ------------------------------------------------------------------------------- */

static term cons(struct fixture *f, term head, term tail)
{
    term *cell = heap_allocate(&f->heap, 2);

    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

static void iodata_is_laid_flat(void **state)
{
    struct fixture *f = *state;
    term b = bits_make_copy(&f->heap, "bcd", 3), result;
    term list = cons(f, term_make_small('a'), cons(f, cons(f, b, b), cons(f, TERM_NIL, b)));
    struct bits_view view;

    assert_int_equal(bits_from_iodata(&f->heap, list, true, &result), DATA_OK);
    assert_true(bits_get_view(result, &view));
    assert_int_equal(view.size, 80);
    assert_memory_equal(view.base + view.offset / 8, "abcdbcdbcd", 10);
    assert_int_equal(bits_from_iodata(&f->heap, b, true, &result), DATA_OK);
    assert_true(result == b);
}

static void iodata_of_bits(void **state)
{
    struct fixture *f = *state;
    uint8_t *bytes;
    term odd = bits_make_bitstring(&f->heap, 3, &bytes), result;
    term list = cons(f, odd, cons(f, term_make_small(0xff), odd));
    struct bits_view view;

    bytes[0] = 0xa0;
    assert_int_equal(bits_from_iodata(&f->heap, list, true, &result), DATA_BAD_ARGUMENT);
    assert_int_equal(bits_from_iodata(&f->heap, list, false, &result), DATA_OK);
    assert_true(bits_get_view(result, &view));
    assert_int_equal(view.size, 14);
    assert_int_equal(bits_byte_at(view.base, view.offset), 0xbf);
    assert_int_equal(view.base[1], 0xf4);
}

static void what_is_no_iodata_is_refused(void **state)
{
    struct fixture *f = *state;
    term result;

    assert_int_equal(bits_from_iodata(&f->heap, cons(f, term_make_small(256), TERM_NIL), true,
        &result), DATA_BAD_ARGUMENT);
    assert_int_equal(bits_from_iodata(&f->heap, cons(f, term_make_small(-1), TERM_NIL), true,
        &result), DATA_BAD_ARGUMENT);
    assert_int_equal(
        bits_from_iodata(&f->heap, cons(f, TERM_NIL, term_make_small(1)), true, &result),
        DATA_BAD_ARGUMENT);
    assert_int_equal(bits_from_iodata(&f->heap, term_make_small(1), true, &result),
        DATA_BAD_ARGUMENT);
}

static void deep_iodata_needs_no_c_stack(void **state)
{
    struct fixture *f = *state;
    term list = TERM_NIL, result;

    for (unsigned i = 0; i < 300000; i++)
        list = cons(f, list, cons(f, term_make_small((intptr_t) (i & 0xff)), TERM_NIL));
    assert_int_equal(bits_from_iodata(&f->heap, list, true, &result), DATA_OK);
    assert_int_equal(term_bit_size(result), 300000 * 8);
    assert_int_equal(term_bits_base(result)[1000], 1000 & 0xff);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(copy_moves_exactly_its_bits),
        T(compare_orders_by_the_first_difference),
        T(integers_round_trip_at_every_size_and_offset),
        T(puts_write_the_low_bits),
        T(put_refuses_what_is_no_integer),
        T(every_half_float_round_trips),
        T(half_floats_round_to_even),
        T(floats_in_both_orders),
        T(every_code_point_round_trips),
        T(ill_formed_text_is_not_read),
        T(makes_on_and_off_the_heap),
        T(borrowed_bytes_are_aligned),
        T(appending_is_amortised_and_leaves_older_ones_alone),
        T(two_appends_to_one_source_do_not_meet),
#if AVM_SMP
        T(appends_of_two_threads_do_not_meet),
#endif
        T(appending_bits_of_any_size),
        T(append_checks_its_source),
        T(running_out_of_memory_changes_nothing),
        T(iodata_is_laid_flat),
        T(iodata_of_bits),
        T(what_is_no_iodata_is_refused),
        T(deep_iodata_needs_no_c_stack),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
