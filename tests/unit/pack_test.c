/* Packs and modules: the bytes of the format, every size lied about, every allocation failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "pack/iff.h"
#include "pack/pack.h"

/* A pack by the letter of the format: two modules, the second starts, and a file of five bytes. */
static const uint8_t sample[] = {
    '#', '!', '/', 'u', 's', 'r', '/', 'b', 'i', 'n', '/', 'e', 'n', 'v', ' ', 'A',
    't', 'o', 'm', 'V', 'M', '\n', 0, 0,
    /* 24: lib.beam */
    0, 0, 0, 28, 0, 0, 0, 2, 0, 0, 0, 0,
    'l', 'i', 'b', '.', 'b', 'e', 'a', 'm', 0, 0, 0, 0,
    'L', 'I', 'B', '!',
    /* 52: app.beam, three bytes of data and one of padding */
    0, 0, 0, 28, 0, 0, 0, 3, 0, 0, 0, 0,
    'a', 'p', 'p', '.', 'b', 'e', 'a', 'm', 0, 0, 0, 0,
    'A', 'P', 'P', 0,
    /* 80: app/priv/greeting */
    0, 0, 0, 44, 0, 0, 0, 4, 0, 0, 0, 0,
    'a', 'p', 'p', '/', 'p', 'r', 'i', 'v', '/', 'g', 'r', 'e', 'e', 't', 'i', 'n', 'g', 0, 0, 0,
    0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0, 0, 0,
    /* 124: the end */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'e', 'n', 'd', 0,
};

static struct memory fresh_memory(void)
{
    struct memory memory;

    memory_init(&memory, NULL, NULL, 0);
    return memory;
}

static void reads_by_the_letter(void **state)
{
    struct memory memory = fresh_memory();
    struct pack pack;
    struct pack_error error;
    const struct pack_section *section;

    (void) state;
    assert_true(pack_open(&pack, &memory, sample, sizeof sample, &error));
    assert_int_equal(pack.count, 3);
    assert_int_equal(pack.size, sizeof sample);
    section = pack_find_module(&pack, "lib", 3);
    assert_ptr_equal(section, &pack.sections[0]);
    assert_int_equal(section->flags, PACK_BEAM);
    assert_int_equal(section->offset, 24);
    assert_int_equal(section->size, 4);
    assert_memory_equal(section->data, "LIB!", 4);
    section = pack_find_start(&pack);
    assert_ptr_equal(section, &pack.sections[1]);
    assert_string_equal(section->name, "app.beam");
    section = pack_find(&pack, "app/priv/greeting", 17);
    assert_ptr_equal(section, &pack.sections[2]);
    assert_int_equal(section->size, 5);
    assert_memory_equal(section->data, "hello", 5);
    assert_null(pack_find(&pack, "app", 3));
    assert_null(pack_find_module(&pack, "app.beam", 8));
    assert_null(pack_find_module(&pack, (const char *) sample, 1u << 20));
    pack_close(&pack);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void writes_by_the_letter(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    pack_write_header(&buffer);
    pack_write_section(&buffer, "lib.beam", 8, PACK_BEAM, "LIB!", 4);
    pack_write_section(&buffer, "app.beam", 8, PACK_BEAM | PACK_START, "APP", 3);
    pack_write_file(&buffer, "app/priv/greeting", 17, "hello", 5);
    pack_write_end(&buffer);
    assert_false(buffer.failed);
    assert_int_equal(buffer.size, sizeof sample);
    assert_memory_equal(buffer.bytes, sample, sizeof sample);
    byte_buffer_deinit(&buffer);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void every_cut_is_refused(void **state)
{
    struct memory memory = fresh_memory();
    struct pack pack;
    struct pack_error error;
    size_t size;

    (void) state;
    /* The last four bytes, the word "end", are not needed to see the end. */
    for (size = 0; size < sizeof sample - 4; size++) {
        uint8_t *cut = test_malloc(size + 1);    /* so that a read past the cut is seen */

        memcpy(cut, sample, size);
        assert_false(pack_open(&pack, &memory, cut, size, &error));
        assert_non_null(error.why);
        assert_true(error.offset <= size);
        test_free(cut);
    }
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* Opens the sample with one byte changed; whatever it says must lie within the bytes. */
static void open_changed(struct memory *memory, size_t at, uint8_t value)
{
    uint8_t bytes[sizeof sample];
    struct pack pack;
    struct pack_error error;
    size_t index;

    memcpy(bytes, sample, sizeof sample);
    bytes[at] = value;
    if (!pack_open(&pack, memory, bytes, sizeof bytes, &error)) {
        assert_non_null(error.why);
        return;
    }
    for (index = 0; index < pack.count; index++) {
        const struct pack_section *section = &pack.sections[index];

        assert_true(section->data >= bytes && section->data <= bytes + sizeof bytes);
        assert_true(section->size <= (size_t) (bytes + sizeof bytes - section->data));
        assert_int_equal(strlen(section->name), section->name_size);
        assert_non_null(pack_find(&pack, section->name, section->name_size));
    }
    pack_close(&pack);
}

static void every_change_is_survived(void **state)
{
    static const uint8_t values[] = { 0, 1, 3, 4, 16, 0x7f, 0x80, 0xff };
    struct memory memory = fresh_memory();
    size_t at, value;

    (void) state;
    for (at = 0; at < sizeof sample; at++)
        for (value = 0; value < sizeof values; value++)
            open_changed(&memory, at, values[value]);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static const char *why_changed(size_t at, uint8_t value, size_t *offset)
{
    struct memory memory = fresh_memory();
    uint8_t bytes[sizeof sample];
    struct pack pack;
    struct pack_error error;

    memcpy(bytes, sample, sizeof sample);
    bytes[at] = value;
    assert_false(pack_open(&pack, &memory, bytes, sizeof bytes, &error));
    *offset = error.offset;
    return error.why;
}

static void says_what_is_wrong(void **state)
{
    size_t offset;

    (void) state;
    assert_string_equal(why_changed(0, '$', &offset), "not a pack (no AtomVM header at its start)");
    assert_string_equal(why_changed(52, 1, &offset), "a section that ends beyond the file");
    assert_int_equal(offset, 52);
    assert_string_equal(why_changed(55, 30, &offset), "a section of an impossible size");
    assert_string_equal(why_changed(55, 12, &offset), "a section of an impossible size");
    assert_string_equal(why_changed(59, 0, &offset), "a section without flags");
    assert_string_equal(why_changed(36, 0, &offset), "a section without a name");
    assert_string_equal(why_changed(113, 1, &offset), "a file that is longer than its section");
    assert_int_equal(offset, 80);
}

static void first_of_a_name_wins(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;
    struct pack pack;
    struct pack_error error;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    pack_write_header(&buffer);
    pack_write_section(&buffer, "m.beam", 6, PACK_BEAM, "1111", 4);
    pack_write_section(&buffer, "m.beam", 6, PACK_BEAM | PACK_START, "2222", 4);
    pack_write_end(&buffer);
    assert_true(pack_open(&pack, &memory, buffer.bytes, buffer.size, &error));
    assert_memory_equal(pack_find_module(&pack, "m", 1)->data, "1111", 4);
    pack_close(&pack);
    byte_buffer_deinit(&buffer);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void thousand_sections(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;
    struct pack pack;
    struct pack_error error;
    unsigned at;
    char name[16];

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    pack_write_header(&buffer);
    for (at = 0; at < 1000; at++) {
        int size = snprintf(name, sizeof name, "m%u.beam", at);

        pack_write_section(&buffer, name, (size_t) size, PACK_BEAM, &at, sizeof at);
    }
    pack_write_end(&buffer);
    assert_true(pack_open(&pack, &memory, buffer.bytes, buffer.size, &error));
    assert_int_equal(pack.count, 1000);
    for (at = 0; at < 1000; at++) {
        int size = snprintf(name, sizeof name, "m%u", at);

        assert_memory_equal(pack_find_module(&pack, name, (size_t) size)->data, &at, sizeof at);
    }
    assert_null(pack_find_module(&pack, "m1000", 5));
    pack_close(&pack);
    byte_buffer_deinit(&buffer);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void empty_pack(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;
    struct pack pack;
    struct pack_error error;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    pack_write_header(&buffer);
    pack_write_end(&buffer);
    assert_int_equal(buffer.size, 40);
    assert_true(pack_open(&pack, &memory, buffer.bytes, buffer.size, &error));
    assert_int_equal(pack.count, 0);
    assert_null(pack_find_start(&pack));
    assert_null(pack_find(&pack, "", 0));
    pack_close(&pack);
    byte_buffer_deinit(&buffer);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void open_without_memory(void **state)
{
    struct memory memory = fresh_memory();
    struct pack pack;
    struct pack_error error;
    unsigned failing = 0;
    bool is_open = false;

    (void) state;
    while (!is_open) {
        memory_init(&memory, NULL, NULL, 0);
        memory.fail_at = ++failing;
        is_open = pack_open(&pack, &memory, sample, sizeof sample, &error);
        if (!is_open) {
            assert_string_equal(error.why, "out of memory");
            assert_int_equal(memory.counts.live_bytes, 0);
        }
    }
    assert_true(failing > 2);
    pack_close(&pack);
    assert_int_equal(memory.counts.live_bytes, 0);
}

/* ---- Modules ------------------------------------------------------------------------------- */

/* zlib's form of "LITERALS!". */
static const uint8_t compressed[] = { 0, 0, 0, 9, 0x78, 0x9c, 0xf3, 0xf1, 0x0c, 0x71, 0x0d, 0x72,
    0xf4, 0x09, 0x56, 0x04, 0x00, 0x0d, 0x30, 0x02, 0x82 };

static void make_module(struct byte_buffer *buffer, const void *literals, size_t size)
{
    size_t begin = iff_write_begin(buffer);

    iff_write_chunk(buffer, "AtU8", "atoms", 5);
    iff_write_chunk(buffer, "Docs", "not needed to run", 17);
    iff_write_chunk(buffer, "LitT", literals, size);
    iff_write_chunk(buffer, "Code", "code", 4);
    iff_write_end(buffer, begin);
}

static void chunks_of_a_module(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;
    struct iff iff;
    struct iff_chunk chunk;
    size_t position = 0, count = 0;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    make_module(&buffer, compressed, sizeof compressed);
    byte_buffer_append(&buffer, "left out", 8);
    assert_null(iff_open(&iff, buffer.bytes, buffer.size));
    assert_int_equal(iff.size, buffer.size - 8);
    while (iff_next(&iff, &position, &chunk))
        count++;
    assert_int_equal(count, 4);
    assert_true(iff_find(&iff, "AtU8", &chunk));
    assert_int_equal(chunk.size, 5);
    assert_memory_equal(chunk.data, "atoms", 5);
    assert_true(iff_find(&iff, "Code", &chunk));
    assert_memory_equal(chunk.data, "code", 4);
    assert_false(iff_find(&iff, "Line", &chunk));
    byte_buffer_deinit(&buffer);
}

static void module_cuts_are_refused(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;
    struct iff iff;
    size_t size;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    make_module(&buffer, compressed, sizeof compressed);
    for (size = 0; size < buffer.size; size++)
        assert_non_null(iff_open(&iff, buffer.bytes, size));
    buffer.bytes[12 + 7] = 0xff;
    assert_string_equal(iff_open(&iff, buffer.bytes, buffer.size),
        "truncated: a chunk is longer than the module");
    byte_buffer_deinit(&buffer);
}

static void literals_in_all_forms(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer;
    struct iff iff;
    const uint8_t *data;
    size_t size;
    bool is_owned;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    make_module(&buffer, compressed, sizeof compressed);
    assert_null(iff_open(&iff, buffer.bytes, buffer.size));
    assert_null(iff_read_literals(&iff, &memory, &data, &size, &is_owned));
    assert_true(is_owned);
    assert_int_equal(size, 9);
    assert_memory_equal(data, "LITERALS!", 9);
    memory_free(&memory, MEMORY_CODE, (void *) (uintptr_t) data, size);

    buffer.size = 0;
    make_module(&buffer, "\0\0\0\0PLAIN", 9);
    assert_null(iff_open(&iff, buffer.bytes, buffer.size));
    assert_null(iff_read_literals(&iff, &memory, &data, &size, &is_owned));
    assert_false(is_owned);
    assert_int_equal(size, 5);
    assert_memory_equal(data, "PLAIN", 5);

    buffer.size = 0;
    make_module(&buffer, "\xff\xff\xff\xffrubbish", 11);
    assert_null(iff_open(&iff, buffer.bytes, buffer.size));
    assert_string_equal(iff_read_literals(&iff, &memory, &data, &size, &is_owned),
        "the literal table claims an impossible size");
    byte_buffer_deinit(&buffer);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static void stripped_module(void **state)
{
    struct memory memory = fresh_memory();
    struct byte_buffer buffer, stripped;
    struct iff iff;
    struct iff_chunk chunk;

    (void) state;
    byte_buffer_init(&buffer, &memory, MEMORY_OTHER);
    byte_buffer_init(&stripped, &memory, MEMORY_OTHER);
    make_module(&buffer, compressed, sizeof compressed);
    assert_null(iff_open(&iff, buffer.bytes, buffer.size));
    assert_null(iff_write_stripped(&stripped, &iff));
    assert_null(iff_open(&iff, stripped.bytes, stripped.size));
    assert_int_equal(iff.size, stripped.size);
    assert_true(iff_find(&iff, "Code", &chunk));
    assert_false(iff_find(&iff, "Docs", &chunk));
    assert_false(iff_find(&iff, "LitT", &chunk));
    assert_true(iff_find(&iff, "LitU", &chunk));
    assert_int_equal(chunk.size, 9);
    assert_memory_equal(chunk.data, "LITERALS!", 9);
    byte_buffer_deinit(&buffer);
    byte_buffer_deinit(&stripped);
    assert_int_equal(memory.counts.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_by_the_letter),
        cmocka_unit_test(writes_by_the_letter),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_change_is_survived),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(first_of_a_name_wins),
        cmocka_unit_test(thousand_sections),
        cmocka_unit_test(empty_pack),
        cmocka_unit_test(open_without_memory),
        cmocka_unit_test(chunks_of_a_module),
        cmocka_unit_test(module_cuts_are_refused),
        cmocka_unit_test(literals_in_all_forms),
        cmocka_unit_test(stripped_module),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
