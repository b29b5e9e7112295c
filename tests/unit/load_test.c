/* Loading: chunks in all their forms, literals, lines, what is broken, every allocation failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/md5.h"
#include "load/compact.h"
#include "load/disasm.h"
#include "pack/iff.h"
#include "support/assemble.h"
#include "support/code_fixture.h"

/* A module with something in every chunk. */
static const char full[]
    = "literal 8361ff\n"                            /* 255 */
      "literal 8368026400016164000162\n"            /* {a, b} */
      "literal 836e080000000000000000ff\n"          /* a bignum */
      "literal 8346400921fb54442d18\n"              /* 3.14... */
      "strings hello\n"
      "file src/one.erl\n"
      "row 10\n"
      "row 70000\n"
      "lambda 6 2 1\n"
      "function start 1 1\n"
      " line #1\n"
      " allocate #1 #1\n"
      " move @1 y0\n"
      " line #2\n"
      " call_ext #1 lists:reverse/1\n"
      " move $0123456789abcdef01 x1\n"
      " move $ff23456789abcdef01 x2\n"
      " move 123456789012345678 x3\n"
      " deallocate #1\n"
      " return\n"
      "function fun 2 5\n"
      " move {x1:3} x0\n"
      " return\n"
      "function list 0 7\n"
      " move @0 x0\n"
      " return";

static void need(const struct code_fixture *f, const struct module *module)
{
    if (module == NULL)
        fail_msg("%s", f->error.text);
}

static void reads_every_chunk(void **state)
{
    struct code_fixture f;
    struct module *module;
    struct function *start;
    const struct export *export;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f, full, 0);
    need(&f, module);
    assert_int_equal(module->name, code_fixture_atom(&f, "m"));
    assert_int_equal(module->function_count, 3);
    assert_int_equal(module->export_count, 3);
    assert_int_equal(module->import_count, 1);
    assert_int_equal(module->lambda_count, 1);
    assert_int_equal(module->literal_count, 4);
    assert_int_equal(module->line_count, 3);
    assert_int_equal(module->lines[1].line, 10);
    assert_int_equal(module->lines[2].line, 70000);
    assert_int_equal(module->line_file_count, 2);
    assert_int_equal(module->line_files[0].size, 5);
    assert_memory_equal(module->line_files[0].text, "m.erl", 5);
    assert_memory_equal(module->line_files[1].text, "src/one.erl", 11);
    assert_int_equal(module->big_count, sizeof(term) == 8 ? 2 : 3);

    start = code_fixture_function(&f, module, "start");
    assert_int_equal(start->arity, 1);
    assert_int_equal(start->entry_label, 2);
    assert_null(start->words);
    export = code_find_export(f.table, code_fixture_atom(&f, "lists"),
        code_fixture_atom(&f, "reverse"), 1);
    assert_ptr_equal(module->imports[0], export);
    assert_null(export->function);
    assert_null(module->exports[0].export->function);   /* not current yet */

    assert_int_equal(module->lambdas[0]->identity.arity, 1);
    assert_int_equal(module->lambdas[0]->identity.free_count, 1);
    assert_int_equal(module->lambdas[0]->identity.uniq, 12345);
    assert_null(module->lambdas[0]->function);
    module_destroy(module);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
    assert_int_equal(f.test_memory.counts.live_bytes, 0);
}

static void keeps_literals_in_its_area(void **state)
{
    struct code_fixture f;
    struct module *module;
    term tuple;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f, full, 0);
    need(&f, module);
    assert_int_equal(module->literals[0], term_make_small(255));
    tuple = module->literals[1];
    assert_true(term_is_tuple(tuple));
    assert_int_equal(term_tuple_arity(tuple), 2);
    assert_int_equal(term_tuple_element(tuple, 1), code_fixture_atom(&f, "b"));
    assert_true(literal_ranges_contain(f.literals, term_boxed(tuple)));
    assert_true(term_is_big(module->literals[2]));
    assert_true(term_float(module->literals[3]) > 3.14 && term_float(module->literals[3]) < 3.15);
    assert_true(term_has_kind(module->literals[4], BOXED_BIG_POSITIVE));
    assert_true(term_has_kind(module->literals[5], BOXED_BIG_NEGATIVE));
    assert_true(literal_ranges_contain(f.literals, term_boxed(module->literals[5])));
    module_destroy(module);
    assert_int_equal(f.memory.counts.bytes_by[MEMORY_LITERAL] > 0, true);   /* the table of ranges */
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

static void reads_the_forms_of_other_releases(void **state)
{
    static const unsigned forms[] = { ASSEMBLE_LONG_ATOMS, ASSEMBLE_PLAIN_LITERALS,
        ASSEMBLE_LONG_ATOMS | ASSEMBLE_PLAIN_LITERALS };

    (void) state;
    for (size_t at = 0; at < AVM_COUNT_OF(forms); at++) {
        struct code_fixture f;
        struct module *module;

        assert_true(code_fixture_init(&f, NULL));
        module = code_fixture_load(&f, full, forms[at]);
        need(&f, module);
        assert_int_equal(module->name, code_fixture_atom(&f, "m"));
        assert_int_equal(module->literals[0], term_make_small(255));
        module_destroy(module);
        code_fixture_deinit(&f);
        assert_int_equal(f.memory.counts.live_bytes, 0);
    }
}

static void digests_as_the_stock_loader(void **state)
{
    static const char ids[][5] = { "AtU8", "Code", "StrT", "ImpT", "ExpT" };
    struct code_fixture f;
    struct assembled assembled;
    struct iff iff;
    struct iff_chunk chunk;
    struct md5 md5;
    uint8_t digest[MD5_SIZE], row[24];
    enum load_status status;
    struct module *module;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    assert_null(assemble(&assembled, &f.test_memory, full, 0));
    module = code_fixture_load_bytes(&f, assembled.bytes.bytes, assembled.bytes.size, &status);
    need(&f, module);
    assert_null(iff_open(&iff, assembled.bytes.bytes, assembled.bytes.size));
    md5_init(&md5);
    for (size_t at = 0; at < AVM_COUNT_OF(ids); at++) {
        assert_true(iff_find(&iff, ids[at], &chunk));
        md5_update(&md5, chunk.data, chunk.size);
    }
    assert_true(iff_find(&iff, "FunT", &chunk));
    md5_update(&md5, chunk.data, 4);
    memcpy(row, chunk.data + 4, 24);
    memset(row + 20, 0, 4);
    md5_update(&md5, row, 24);
    md5_finish(&md5, digest);
    assert_memory_equal(module->md5, digest, MD5_SIZE);
    assert_memory_equal(module->lambdas[0]->identity.md5, digest, MD5_SIZE);
    module_destroy(module);
    assemble_deinit(&assembled);
    code_fixture_deinit(&f);
}

/* ---- What is broken ---------------------------------------------------------------------------- */

static void refuses_broken_structures(void **state)
{
    static const struct {
        const char *text, *why;
    } modules[] = {
        { "function f 0 1\n label #3\n label #3\n return", "defined twice" },
        { "return", "header claims" },
        { "label #1\n return", "header claims" },
        { "move x0 x0\n function f 0 1\n return", "outside of a function" },
        { "function f 0 1\n put_string #1 #1 x0\n return", "OTP 23" },
        { "function f 0 1\n move @0 x0\n return", NULL },   /* found when the body is decoded */
        { "lambda 9 0 0\n function f 0 1\n return", "no function of that arity" },
        { "lambda 2 1 0\n function f 0 1\n return", "no function of that arity" },
        { "lambda 2 0 1\n function f 0 1\n return", "more free variables" },
        { "literal 83ff\n function f 0 1\n return", "no term" },
        { "literal 8368ff61\n function f 0 1\n return", "no term" },
        { "function f 0 1\n select_val x0 L1 [ [ ] ]\n return", "broken operands" },
    };

    (void) state;
    for (size_t at = 0; at < AVM_COUNT_OF(modules); at++) {
        struct code_fixture f;
        struct module *module;

        assert_true(code_fixture_init(&f, NULL));
        module = code_fixture_load(&f, modules[at].text, 0);
        if (modules[at].why == NULL) {
            need(&f, module);
            assert_false(load_verify(&module->functions[0], &f.error));
            module_destroy(module);
        } else {
            assert_null(module);
            if (strstr(f.error.text, modules[at].why) == NULL)
                fail_msg("%s: %s", modules[at].text, f.error.text);
        }
        code_fixture_deinit(&f);
        assert_int_equal(f.memory.counts.live_bytes, 0);
    }
}

/* Every length cut, every byte changed in two ways: it loads or it does not, and nothing is left. */
static void survives_any_bytes(void **state)
{
    struct code_fixture f;
    struct assembled assembled;
    enum load_status status;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    assert_null(assemble(&assembled, &f.test_memory, full, 0));
    for (size_t at = 0; at < assembled.bytes.size; at++) {
        uint8_t *byte = &assembled.bytes.bytes[at];
        uint8_t kept = *byte;
        static const uint8_t flips[] = { 0xff, 0x01, 0x80, 0x10 };

        module_destroy(code_fixture_load_bytes(&f, assembled.bytes.bytes, at + 1, &status));
        for (size_t flip = 0; flip < AVM_COUNT_OF(flips); flip++) {
            struct module *module;

            *byte = kept ^ flips[flip];
            module = code_fixture_load_bytes(&f, assembled.bytes.bytes, assembled.bytes.size,
                &status);
            for (uint32_t i = 0; module != NULL && i < module->function_count; i++)
                (void) load_verify(&module->functions[i], &f.error);
            module_destroy(module);
        }
        *byte = kept;
    }
    assemble_deinit(&assembled);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
    assert_int_equal(f.test_memory.counts.live_bytes, 0);
}

/* Each allocation fails in turn: the module's own bytes are all gone, what the tables keep is whole. */
static void fails_every_allocation(void **state)
{
    struct assembled assembled;
    struct memory test_memory;
    uint64_t number;

    (void) state;
    memory_init(&test_memory, NULL, NULL, 0);
    assert_null(assemble(&assembled, &test_memory, full, 0));
    for (number = 1;; number++) {
        struct code_fixture f;
        enum load_status status;
        struct module *module;
        size_t objects;

        assert_true(code_fixture_init(&f, NULL));
        /* Another module first, so that the tables have their chains. */
        module_destroy(code_fixture_load(&f, "lambda 2 0 0\n function g 0 1\n return", 0));
        objects = f.memory.counts.objects_by[MEMORY_CODE];
        f.memory.fail_at = f.memory.counts.allocations + f.memory.counts.failures + number;
        module = code_fixture_load_bytes(&f, assembled.bytes.bytes, assembled.bytes.size, &status);
        f.memory.fail_at = 0;
        if (module == NULL) {
            assert_int_equal(status, LOAD_NO_MEMORY);
            assert_string_equal(f.error.text, "out of memory");
            assert_int_equal(f.memory.counts.objects_by[MEMORY_CODE], objects);
            module = code_fixture_load_bytes(&f, assembled.bytes.bytes, assembled.bytes.size,
                &status);
            need(&f, module);
        } else if (f.memory.counts.failures == 0) {
            assert_true(number > 20);
            number = 0;
        }
        module_destroy(module);
        code_fixture_deinit(&f);
        assert_int_equal(f.memory.counts.live_bytes, 0);
        if (number == 0)
            break;
    }
    assemble_deinit(&assembled);
}

/* Loaded and destroyed again and again: the second time takes what the first took. */
static void leaves_nothing_behind(void **state)
{
    struct code_fixture f;
    size_t after_first = 0;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    for (int round = 0; round < 20; round++) {
        struct module *module = code_fixture_load(&f, full, 0);

        need(&f, module);
        module_destroy(module);
        if (round == 0)
            after_first = f.memory.counts.live_bytes;
        assert_int_equal(f.memory.counts.live_bytes, after_first);
    }
    code_fixture_deinit(&f);
}

/* ---- Compact terms ------------------------------------------------------------------------------ */

static void reads_compact_terms(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t size;
        int tag;                    /* -1: refused */
        uint64_t value;
    } units[] = {
        { { 0x10 }, 1, COMPACT_NUMBER, 1 },
        { { 0xf0 }, 1, COMPACT_NUMBER, 15 },
        { { 0x08, 0x10 }, 2, COMPACT_NUMBER, 16 },
        { { 0xe8, 0xff }, 2, COMPACT_NUMBER, 2047 },
        { { 0x18, 0x08, 0x00 }, 3, COMPACT_NUMBER, 2048 },
        { { 0x18, 0x80, 0x00 }, 3, -1, 0 },                     /* negative */
        { { 0x08 }, 1, -1, 0 },
        { { 0x18, 0x08 }, 2, -1, 0 },
        { { 0xf8, 0x00, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 11, COMPACT_NUMBER,
            UINT64_MAX },
        { { 0xf8, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 12, COMPACT_NUMBER, UINT64_MAX },
        { { 0xfb, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 12, -1, 0 },
        { { 0x33 }, 1, COMPACT_X, 3 },
        { { 0x44 }, 1, COMPACT_Y, 4 },
        { { 0x55 }, 1, COMPACT_LABEL, 5 },
        { { 0x17, 0x20 }, 2, COMPACT_LIST, 2 },
        { { 0x27, 0x20 }, 2, COMPACT_FLOAT_REGISTER, 2 },
        { { 0x47, 0x70 }, 2, COMPACT_LITERAL, 7 },
        { { 0x57, 0x33, 0x90 }, 3, COMPACT_TYPED, 3 },
        { { 0x57, 0x30, 0x90 }, 3, -1, 0 },
        { { 0x57, 0x33 }, 2, -1, 0 },
        { { 0x07, 0x33 }, 2, -1, 0 },
        { { 0x67, 0x33 }, 2, -1, 0 },
        { { 0x17, 0x17 }, 2, -1, 0 },
        { { 0 }, 0, -1, 0 },
    };

    (void) state;
    for (size_t at = 0; at < AVM_COUNT_OF(units); at++) {
        struct cursor cursor = cursor_make(units[at].bytes, units[at].size);
        struct compact unit;
        bool is_good = compact_read(&cursor, &unit);

        assert_int_equal(is_good, units[at].tag >= 0);
        if (!is_good)
            continue;
        assert_int_equal(unit.tag, units[at].tag);
        assert_true(unit.value == units[at].value);
        assert_int_equal(cursor_left(&cursor), 0);
    }
}

static void disassembles(void **state)
{
    struct code_fixture f;
    struct module *module;
    struct byte_buffer out;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f, full, 0);
    byte_buffer_init(&out, &f.memory, MEMORY_OTHER);
    assert_true(disasm_module(&out, module, NULL, &f.error));
    byte_buffer_u8(&out, 0);
    assert_non_null(strstr((const char *) out.bytes, "module m\n"));
    assert_non_null(strstr((const char *) out.bytes, "start/1\n  label L1\n"));
    assert_non_null(strstr((const char *) out.bytes, "    line src/one.erl:70000\n"));
    assert_non_null(strstr((const char *) out.bytes, "    call_ext 1, lists:reverse/1\n"));
    assert_non_null(strstr((const char *) out.bytes, "    move <tuple>, y0\n"));
    assert_non_null(strstr((const char *) out.bytes, "    move 255, x0\n"));
    byte_buffer_deinit(&out);
    module_destroy(module);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_chunk),
        cmocka_unit_test(keeps_literals_in_its_area),
        cmocka_unit_test(reads_the_forms_of_other_releases),
        cmocka_unit_test(digests_as_the_stock_loader),
        cmocka_unit_test(refuses_broken_structures),
        cmocka_unit_test(survives_any_bytes),
        cmocka_unit_test(fails_every_allocation),
        cmocka_unit_test(leaves_nothing_behind),
        cmocka_unit_test(reads_compact_terms),
        cmocka_unit_test(disassembles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
