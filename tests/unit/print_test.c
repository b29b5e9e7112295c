/* print_test.c - terms as text: what erl's display prints, limits, depth, no memory; lists, tuples. */
#include <setjmp.h>
#include <stdarg.h>
#include "data/print.h"
#include "data/fun.h"
#include "data/list.h"
#include "data/tuple.h"
#include <cmocka.h>
#include "support/read_term.h"

static struct memory memory;
static struct heap_shared shared;
static struct compare_context context;
static struct heap heap;
static struct byte_buffer out;

static void start(void)
{
    memory_init(&memory, NULL, NULL, 0);
    memset(&shared, 0, sizeof shared);
    shared.memory = &memory;
    context.memory = &memory;
    context.atoms = atom_table_create(&memory, 100000);
    heap_init_env(&heap, &shared, MEMORY_HEAP);
    byte_buffer_init(&out, &memory, MEMORY_OTHER);
}

static void stop(void)
{
    byte_buffer_deinit(&out);
    heap_deinit(&heap);
    atom_table_destroy((struct atom_table *) (uintptr_t) context.atoms);
    assert_int_equal(memory.counts.live_bytes, 0);
}

static const char *print(term t, size_t limit)
{
    out.size = 0;
    assert_true(term_print(&out, &context, t, limit));
    byte_buffer_u8(&out, 0);
    return (const char *) out.bytes;
}

static const char *echo(const char *text)
{
    return print(read_term(&context, &heap, text), SIZE_MAX);
}

static void as_display(void **state)
{
    static const char *const cases[][2] = {
        { "a", "a" }, { "'a@_1'", "'a@_1'" }, { "'A'", "'A'" }, { "''", "''" }, { "é", "é" },
        { "aπ", "'aπ'" }, { "'a\tb'", "'a\\tb'" }, { "'a\x01'", "'a\\001'" },
        { "'a\xc2\x80'", "'a\\200'" },
        { "0", "0" }, { "-17", "-17" }, { "1267650600228229401496703205376",
            "1267650600228229401496703205376" },
        { "1.0", "1.000000e+00" }, { "-0.0", "-0.000000e+00" }, { "1.5e300", "1.500000e+300" },
        { "123456789.123", "1.234568e+08" }, { "1.0e-300", "1.000000e-300" },
        { "[]", "[]" }, { "[1,2,3]", "[1,2,3]" }, { "[1,2|3]", "[1,2|3]" }, { "\"abc\"", "\"abc\"" },
        { "[97,960]", "[97,960]" }, { "[104|a]", "[104|a]" }, { "[[]]", "[[]]" },
        { "[97,34,10,92]", "\"a\\\"\\n\\\"" }, { "[9,10,13]", "\"\t\\n\r\"" },
        { "[160]", "\"\xa0\"" }, { "[127]", "[127]" }, { "[150]", "[150]" },
        { "[1,[a|b],\"str\"|c]", "[1,[a|b],\"str\"|c]" },
        { "{}", "{}" }, { "{a}", "{a}" }, { "{[],{},{1,{2}}}", "{[],{},{1,{2}}}" },
        { "#{}", "#{}" }, { "#{b => 2.0, a => 1}", "#{a=>1,b=>2.000000e+00}" },
        { "#{1=>#{2=>{}},[a]=>[]}", "#{1=>#{2=>{}},[a]=>[]}" },
        { "<<>>", "<<>>" }, { "<<1,2>>", "<<1,2>>" }, { "<<\"ab\">>", "<<\"ab\">>" },
        { "<<97,34>>", "<<\"a\\\"\">>" }, { "<<97,10>>", "<<97,10>>" }, { "<<1:3>>", "<<1:3>>" },
        { "<<97,98,3:3>>", "<<97,98,3:3>>" }, { "<<127>>", "<<127>>" }, { "<<0,1:1>>", "<<0,1:1>>" },
    };

    (void) state;
    start();
    for (size_t i = 0; i < AVM_COUNT_OF(cases); i++)
        assert_string_equal(echo(cases[i][0]), cases[i][1]);
    stop();
}

static void identities(void **state)
{
    struct fun_identity fun = { .module = ATOM(lists), .index = 3, .uniq = 4294967295u };
    struct export_identity export = { ATOM(maps), ATOM(lt), 2 };
    term words[3], reference[REFERENCE_WORDS], external[EXTERNAL_ID_WORDS];
    struct external_id id;
    uint64_t number = (uint64_t) 5 << 50 | (uint64_t) 6 << 18 | 7;

    (void) state;
    start();
    words[0] = header_make(BOXED_FUN, 1);
    words[1] = (term) &fun;
    assert_string_equal(print(term_make_boxed(words), SIZE_MAX), "#Fun<lists.3.4294967295>");
    words[0] = header_make(BOXED_EXPORT, 1);
    words[1] = (term) &export;
    assert_string_equal(print(term_make_boxed(words), SIZE_MAX), "fun maps:'<'/2");
    reference[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(reference + 1, &number, sizeof number);
    assert_string_equal(print(term_make_boxed(reference), SIZE_MAX), "#Ref<0.5.6.7>");
    assert_string_equal(print(term_make_pid(83), SIZE_MAX), "<0.83.0>");
    assert_string_equal(print(term_make_port(12), SIZE_MAX), "#Port<0.12>");
    memset(&id, 0, sizeof id);
    memset(external, 0, sizeof external);
    id.node = ATOM(ok);
    id.count = 2;
    id.ids[0] = 9;
    id.ids[1] = 1;
    external[0] = header_make(BOXED_EXTERNAL_PID, EXTERNAL_ID_WORDS - 1);
    memcpy(external + 1, &id, sizeof id);
    byte_buffer_deinit(&out);
    assert_string_equal(print(term_make_boxed(external), SIZE_MAX), "<4.9.1>");
    stop();
}

static void limits(void **state)
{
    term list = TERM_NIL, map;

    (void) state;
    start();
    for (int i = 0; i < 100000; i++)
        list = list_make_cell(&heap, term_make_small(7777), list);
    assert_string_equal(print(list, 12), "[7777,7777,7777...");
    assert_string_equal(print(read_term(&context, &heap, "[abc]"), 100), "[abc]");
    assert_string_equal(print(read_term(&context, &heap, "[abc]"), 5), "[abc]");
    assert_string_equal(print(read_term(&context, &heap, "{a,\"some text\",b}"), 8),
        "{a,\"some...");
    assert_string_equal(print(read_term(&context, &heap, "<<1,2,3,4,5>>"), 5), "<<1,2...");
    map = read_term(&context, &heap, "#{a => 1, b => 2}");
    assert_string_equal(print(map, 4), "#{a=>...");
    stop();
}

static void deep_terms(void **state)
{
    term nested = TERM_NIL;

    (void) state;
    start();
    for (int i = 0; i < 200000; i++)
        nested = i % 2 ? tuple_make2(&heap, nested, ATOM(ok)) : list_make_cell(&heap, nested, TERM_NIL);
    assert_int_equal(strlen(print(nested, SIZE_MAX)), 2 + 100000 * (2 + 5));
    byte_buffer_deinit(&out);
    memory.limit = memory.counts.live_bytes + 2000;
    assert_false(term_print(&out, &context, nested, SIZE_MAX));
    assert_true(out.failed);
    stop();
}

static void large_map(void **state)
{
    term pairs[2 * 50], map;
    size_t arrows = 0;

    (void) state;
    start();
    for (int i = 0; i < 50; i++) {
        pairs[2 * i] = term_make_small(i);
        pairs[2 * i + 1] = ATOM(ok);
    }
    assert_int_equal(map_put_pairs(&context, &heap, map_empty(&heap), pairs, 50, false, &map),
        DATA_OK);
    for (const char *at = print(map, SIZE_MAX); *at != '\0'; at++)
        arrows += at[0] == '=' && at[1] == '>';
    assert_int_equal(arrows, 50);
    stop();
}

/* ---- lists and tuples ------------------------------------------------------------- */

static void lists(void **state)
{
    term elements[3] = { ATOM(true), ATOM(false), TERM_NIL }, copy[3], list, end;

    (void) state;
    start();
    list = list_from_array(&heap, elements, 3, TERM_NIL);
    assert_string_equal(print(list, SIZE_MAX), "[true,false,[]]");
    assert_int_equal(list_length(list), 3);
    assert_int_equal(list_length(TERM_NIL), 0);
    assert_int_equal(list_length(ATOM(ok)), SIZE_MAX);
    assert_int_equal(list_length(list_from_array(&heap, elements, 2, ATOM(ok))), SIZE_MAX);
    assert_int_equal(list_cells(list_from_array(&heap, elements, 2, ATOM(ok)), &end), 2);
    assert_int_equal(end, ATOM(ok));
    list_to_array(list, copy, 3);
    assert_memory_equal(copy, elements, sizeof copy);
    assert_string_equal(print(list_reverse_onto(&heap, list, ATOM(ok)), SIZE_MAX),
        "[[],false,true|ok]");
    assert_int_equal(list_reverse_onto(&heap, TERM_NIL, list), list);
    assert_string_equal(print(list_copy_onto(&heap, list, 2, list), SIZE_MAX),
        "[true,false,true,false,[]]");
    assert_string_equal(print(list_from_bytes(&heap, (const uint8_t *) "\x01z", 2, TERM_NIL),
                            SIZE_MAX), "[1,122]");
    assert_string_equal(print(list_from_utf8(&heap, (const uint8_t *) "aπ", 3, TERM_NIL),
                            SIZE_MAX), "[97,960]");
    assert_int_equal(list_from_utf8(&heap, (const uint8_t *) "\xff", 1, TERM_NIL), TERM_NONE);
    memory.limit = memory.counts.live_bytes;
    assert_int_equal(list_from_array(&heap, elements, SIZE_MAX / 8, TERM_NIL), TERM_NONE);
    stop();
}

static void tuples(void **state)
{
    term t;

    (void) state;
    start();
    t = tuple_make3(&heap, ATOM(ok), term_make_small(1), TERM_NIL);
    assert_string_equal(print(t, SIZE_MAX), "{ok,1,[]}");
    assert_string_equal(print(tuple_replace(&heap, t, 1, ATOM(error)), SIZE_MAX), "{ok,error,[]}");
    assert_string_equal(print(tuple_insert(&heap, t, 0, ATOM(error)), SIZE_MAX), "{error,ok,1,[]}");
    assert_string_equal(print(tuple_insert(&heap, t, 3, ATOM(error)), SIZE_MAX), "{ok,1,[],error}");
    assert_string_equal(print(tuple_remove(&heap, t, 2), SIZE_MAX), "{ok,1}");
    assert_string_equal(print(tuple_to_list(&heap, t), SIZE_MAX), "[ok,1,[]]");
    assert_string_equal(print(tuple_from_list(&heap, tuple_to_list(&heap, t), 3), SIZE_MAX),
        "{ok,1,[]}");
    assert_string_equal(print(tuple_make_filled(&heap, 2, TERM_NIL), SIZE_MAX), "{[],[]}");
    assert_string_equal(print(tuple_make(&heap, NULL, 0), SIZE_MAX), "{}");
    assert_int_equal(tuple_make_filled(&heap, TUPLE_MAX_ARITY + 1, TERM_NIL), TERM_NONE);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_display),
        cmocka_unit_test(identities),
        cmocka_unit_test(limits),
        cmocka_unit_test(deep_terms),
        cmocka_unit_test(large_map),
        cmocka_unit_test(lists),
        cmocka_unit_test(tuples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
