/* The table of code: exports, natives, fun entries, two versions, purge, pcs and lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "support/code_fixture.h"

static term native_one(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return TERM_NIL;
}

static const struct native native_rows[] = {
    { "member", 2, 0, native_one }, { "member", 3, 0, native_one }, { "mem", 2, 0, native_one },
};
static const struct native_table lists_natives = { "lists", NULL, native_rows, 3 };
static const struct native_table more_natives = { "lists", "errors", native_rows, 1 };

static struct export *put(struct code_fixture *f, const char *module, const char *function,
    uint32_t arity)
{
    return code_put_export(f->table, code_fixture_atom(f, module), code_fixture_atom(f, function),
        arity);
}

static void keeps_one_export_an_mfa(void **state)
{
    struct code_fixture f;
    struct export *made[1000];
    char name[20];

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    for (unsigned at = 0; at < AVM_COUNT_OF(made); at++) {
        (void) snprintf(name, sizeof name, "f%u", at / 2);
        made[at] = put(&f, "m", name, at % 2);
        assert_non_null(made[at]);
        assert_int_equal(made[at]->identity.arity, at % 2);
        assert_false(export_is_callable(made[at]));
    }
    for (unsigned at = 0; at < AVM_COUNT_OF(made); at++) {
        (void) snprintf(name, sizeof name, "f%u", at / 2);
        assert_ptr_equal(put(&f, "m", name, at % 2), made[at]);
    }
    assert_null(code_find_export(f.table, code_fixture_atom(&f, "m"),
        code_fixture_atom(&f, "f0"), 2));
    assert_null(code_find_export(f.table, code_fixture_atom(&f, "n"),
        code_fixture_atom(&f, "f0"), 0));
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

static void links_natives_before_and_after(void **state)
{
    struct code_fixture f;
    struct export *early, *late;
    term lists;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    lists = code_fixture_atom(&f, "lists");
    early = put(&f, "lists", "member", 2);
    assert_null(early->native);
    assert_false(code_has_natives(f.table, lists));
    assert_true(code_link_natives(f.table, &lists_natives));
    assert_true(code_has_natives(f.table, lists));
    assert_ptr_equal(early->native, &native_rows[0]);
    assert_ptr_equal(early->native_table, &lists_natives);
    late = put(&f, "lists", "member", 3);
    assert_ptr_equal(late->native, &native_rows[1]);
    assert_null(put(&f, "lists", "member", 4)->native);
    assert_null(put(&f, "other", "member", 2)->native);
    /* Found though nobody made it, by its whole name. */
    assert_non_null(code_find_export(f.table, lists, code_fixture_atom(&f, "mem"), 2));
    assert_null(code_find_export(f.table, lists, code_fixture_atom(&f, "me"), 2));
    assert_true(code_link_natives(f.table, &more_natives));
    assert_ptr_equal(early->native_table, &more_natives);
    assert_ptr_equal(late->native_table, &lists_natives);
    /* By the row, whatever the export says by now. */
    assert_ptr_equal(code_natives_of(f.table, late->native), &lists_natives);
    assert_null(code_natives_of(f.table, native_rows + AVM_COUNT_OF(native_rows)));
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

static void keeps_one_entry_a_fun(void **state)
{
    struct code_fixture f;
    struct fun_identity identity = { .index = 1, .uniq = 2, .arity = 3, .free_count = 4 };
    struct fun_entry *entry;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    identity.module = code_fixture_atom(&f, "m");
    entry = code_put_fun_entry(f.table, &identity);
    assert_non_null(entry);
    assert_ptr_equal(code_put_fun_entry(f.table, &identity), entry);
    identity.md5[3] = 1;
    assert_ptr_not_equal(code_put_fun_entry(f.table, &identity), entry);
    for (uint32_t at = 0; at < 500; at++) {
        identity.index = at;
        assert_non_null(code_put_fun_entry(f.table, &identity));
    }
    identity.md5[3] = 0;
    identity.index = 1;
    assert_ptr_equal(code_put_fun_entry(f.table, &identity), entry);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

/* ---- Versions ---------------------------------------------------------------------------------- */

static const char first[] = "literal 8368016161\n lambda 4 1 0\n function f 1 1\n return\n"
                            "function g 1 3\n return";
static const char second[] = "literal 8368016162\n lambda 4 1 0\n function f 1 1\n move 2 x0\n"
                             " return\nfunction h 1 3\n return";
static const char with_on_load[]
    = "function f 1 1\n return\nfunction load 0 3\n on_load\n move ok x0\n return";

static void replaces_code(void **state)
{
    struct code_fixture f;
    struct module *old, *new;
    struct export *export_f, *export_g;
    struct fun_entry *old_fun, *new_fun;
    term m;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    m = code_fixture_atom(&f, "m");
    old = code_fixture_load(&f, first, 0);
    export_f = put(&f, "m", "f", 1);
    export_g = put(&f, "m", "g", 1);
    assert_null(export_f->function);
    code_make_current(f.table, old);
    assert_ptr_equal(export_f->function, code_fixture_function(&f, old, "f"));
    assert_ptr_equal(export_g->function, code_fixture_function(&f, old, "g"));
    old_fun = old->lambdas[0];
    assert_ptr_equal(old_fun->function, export_g->function);
    assert_false(code_has_old(f.table, m));

    new = code_fixture_load(&f, second, 0);
    new_fun = new->lambdas[0];
    assert_ptr_not_equal(new_fun, old_fun);
    code_make_current(f.table, new);
    assert_true(code_has_old(f.table, m));
    assert_true(old->is_old);
    assert_ptr_equal(export_f->function, code_fixture_function(&f, new, "f"));
    assert_null(export_g->function);
    assert_non_null(old_fun->function);         /* funs keep running old code */
    assert_non_null(new_fun->function);
    assert_false(code_delete_module(f.table, m));

    assert_true(code_prepare_purge(f.table, m, false));
    assert_false(code_prepare_purge(f.table, m, false));
    assert_null(old_fun->function);
    code_abort_purge(f.table, m);
    assert_non_null(old_fun->function);
    assert_true(code_prepare_purge(f.table, m, false));
    code_purge_old(f.table, m);
    assert_false(code_has_old(f.table, m));
    assert_null(old_fun->function);
    assert_non_null(new_fun->function);

    assert_true(code_delete_module(f.table, m));
    assert_null(export_f->function);
    assert_non_null(new_fun->function);
    code_purge_old(f.table, m);
    assert_null(new_fun->function);
    assert_null(code_find_slot(f.table, m)->current);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
    assert_int_equal(f.test_memory.counts.live_bytes, 0);
}

/* The same bytes again: the funs of both versions are the same, and the new one runs them. */
static void reloads_the_same(void **state)
{
    struct code_fixture f;
    struct module *old, *new;
    struct fun_entry *fun;
    term m;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    m = code_fixture_atom(&f, "m");
    old = code_fixture_load(&f, first, 0);
    code_make_current(f.table, old);
    new = code_fixture_load(&f, first, 0);
    fun = new->lambdas[0];
    assert_ptr_equal(old->lambdas[0], fun);
    assert_ptr_equal(fun->function->module, old);
    code_make_current(f.table, new);
    assert_ptr_equal(fun->function->module, new);
    assert_true(code_prepare_purge(f.table, m, false));
    code_purge_old(f.table, m);
    assert_ptr_equal(fun->function->module, new);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

/* A hundred versions take no more than one, but for their literals, which terms may still name. */
static void purges_to_the_byte(void **state)
{
    struct code_fixture f;
    size_t before = 0;
    term m;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    m = code_fixture_atom(&f, "m");
    for (int round = 0; round < 100; round++) {
        code_make_current(f.table, code_fixture_load(&f, round % 2 ? first : second, 0));
        if (code_has_old(f.table, m)) {
            assert_true(code_prepare_purge(f.table, m, false));
            code_purge_old(f.table, m);
        }
        if (round == 9)
            before = f.memory.counts.bytes_by[MEMORY_CODE];
        if (round > 9 && round % 2)
            assert_int_equal(f.memory.counts.bytes_by[MEMORY_CODE], before);
    }
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

static void waits_for_on_load(void **state)
{
    struct code_fixture f;
    struct module *old, *module;
    struct export *export;
    struct fun_entry *entry;
    term m;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    m = code_fixture_atom(&f, "m");
    old = code_fixture_load(&f, first, 0);
    code_make_current(f.table, old);
    export = put(&f, "m", "f", 1);
    module = code_fixture_load(&f, with_on_load, 0);
    assert_int_equal(module->on_load_label, 4);
    assert_true(code_make_pending(f.table, module));
    assert_ptr_equal(export->function->module, old);
    entry = code_on_load_entry(module);
    assert_ptr_equal(entry->function, code_fixture_function(&f, module, "load"));

    /* It failed: purged in the place of the old version. */
    assert_true(code_prepare_purge(f.table, m, true));
    assert_null(entry->function);
    code_purge_old(f.table, m);
    assert_ptr_equal(export->function->module, old);
    assert_false(code_has_old(f.table, m));
    assert_false(code_prepare_purge(f.table, m, true));

    /* It went well. */
    module = code_fixture_load(&f, with_on_load, 0);
    assert_true(code_make_pending(f.table, module));
    entry = code_on_load_entry(module);
    code_make_current(f.table, module);
    assert_null(entry->function);
    assert_ptr_equal(export->function->module, module);
    assert_true(code_has_old(f.table, m));
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

static void walks_slots(void **state)
{
    struct code_fixture f;
    struct code_slot *slot;
    size_t position = 0, count = 0;
    char name[20];

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    for (int at = 0; at < 300; at++) {
        (void) snprintf(name, sizeof name, "module%d", at);
        assert_non_null(code_put_slot(f.table, code_fixture_atom(&f, name)));
    }
    while ((slot = code_next_slot(f.table, &position)) != NULL) {
        assert_false(slot->is_purging);
        slot->is_purging = true;
        count++;
    }
    assert_int_equal(count, 300);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

/* ---- Words ------------------------------------------------------------------------------------- */

/* As the translator does: words, and rows of lines behind them. */
static void give_words(struct code_fixture *f, struct function *function, uint32_t words)
{
    uint32_t size = words * 4 + 2 * sizeof(struct function_line);

    function->words = memory_allocate(&f->memory, MEMORY_CODE, size);
    assert_non_null(function->words);
    function->allocated = size;
    function->word_count = words;
    function->lines = (struct function_line *) (void *) (function->words + words);
    function->line_count = 2;
    function->lines[0] = (struct function_line) { 4, 1 };
    function->lines[1] = (struct function_line) { 8, 2 };
    assert_true(code_register_words(f->table, function));
}

static void finds_pcs_and_lines(void **state)
{
    static const char text[] = "row 10\n file src/x.erl\n row 20\n function f 1 1\n line #1\n return\n"
                               "function g 1 3\n return\n function h 1 5\n return";
    struct code_fixture f;
    struct module *module;
    const char *file;
    size_t size;
    uint32_t line;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f, text, 0);
    code_make_current(f.table, module);
    for (uint32_t at = 0; at < 3; at++)
        give_words(&f, &module->functions[at], 10 + at);
    for (uint32_t at = 0; at < 3; at++) {
        struct function *function = &module->functions[at];

        assert_ptr_equal(code_find_pc(f.table, function->words), function);
        assert_ptr_equal(code_find_pc(f.table, function->words + 9 + at), function);
        assert_ptr_not_equal(code_find_pc(f.table, function->words + 10 + at), function);
        assert_false(code_find_line(function, function->words + 3, &file, &size, &line));
        assert_true(code_find_line(function, function->words + 4, &file, &size, &line));
        assert_int_equal(line, 10);
        assert_int_equal(size, 5);
        assert_memory_equal(file, "m.erl", 5);
        assert_true(code_find_line(function, function->words + 9, &file, &size, &line));
        assert_int_equal(line, 20);
        assert_memory_equal(file, "src/x.erl", 9);
    }
    assert_null(code_find_pc(f.table, (const uint32_t *) (const void *) &f));
    code_delete_module(f.table, code_fixture_atom(&f, "m"));
    code_purge_old(f.table, code_fixture_atom(&f, "m"));
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_one_export_an_mfa),
        cmocka_unit_test(links_natives_before_and_after),
        cmocka_unit_test(keeps_one_entry_a_fun),
        cmocka_unit_test(replaces_code),
        cmocka_unit_test(reloads_the_same),
        cmocka_unit_test(purges_to_the_byte),
        cmocka_unit_test(waits_for_on_load),
        cmocka_unit_test(walks_slots),
        cmocka_unit_test(finds_pcs_and_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
