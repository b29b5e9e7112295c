/* ets_test.c - tables against a model: an array of what each small key holds. Each change leaves every
** invariant; each failing allocation leaves the table and its bytes as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ets/ets.h"
#include "ets/match.h"
#include "support/read_term.h"

#define OWNER term_make_pid(7)
#define OTHER term_make_pid(8)
#define KEYS 600

static struct memory memory;
static struct heap_shared shared;
static struct compare_context context;
static struct heap heap;
static struct reclaim reclaim;
static struct ets *room;
static uint64_t next_id;
static uint32_t random_state;

static int start(void **state)
{
    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    memset(&shared, 0, sizeof shared);
    shared.memory = &memory;
    context.memory = &memory;
    memset(&reclaim, 0, sizeof reclaim);
    reclaim.memory = &memory;
    context.atoms = atom_table_create(&memory, 100000);
    heap_init_env(&heap, &shared, MEMORY_HEAP);
    room = ets_create(&shared, &context, &reclaim);
    next_id = 1;
    random_state = 1;
    return room == NULL;
}

static int stop(void **state)
{
    (void) state;
    ets_destroy(room);
    heap_deinit(&heap);
    atom_table_destroy((struct atom_table *) (uintptr_t) context.atoms);
    return memory.counts.live_bytes != 0;
}

static uint32_t below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static size_t table_bytes(void)
{
    return memory.counts.bytes_by[MEMORY_ETS];
}

static struct ets_table *new_table(enum ets_type type)
{
    struct ets_table given, *table = NULL;

    memset(&given, 0, sizeof given);
    given.room = room;
    given.name = ATOM(table);
    given.owner = OWNER;
    given.heir = TERM_NONE;
    given.keypos = 1;
    given.type = type;
    given.protection = ETS_PUBLIC;
    given.is_named = true;
    given.write_concurrency = ATOM(false);
    assert_int_equal(ets_table_create(room, &given, next_id++, &table), DATA_OK);
    return table;
}

static void delete_table(struct ets_table *table)
{
    ets_table_doom(table);
    while (!ets_table_free(table, 100))
        ;
}

/* {Key, Value, a list}, in words of its own. */
struct object {
    term words[6];
};

static term make_object(struct object *o, int key, int value)
{
    o->words[0] = header_make(BOXED_TUPLE, 3);
    o->words[1] = term_make_small(key);
    o->words[2] = term_make_small(value);
    o->words[3] = term_make_cons(o->words + 4);
    o->words[4] = term_make_small(value);
    o->words[5] = TERM_NIL;
    return term_make_boxed(o->words);
}

static bool insert(struct ets_table *table, int key, int value)
{
    struct object o;

    return ets_insert(table, make_object(&o, key, value));
}

static void check(const struct ets_table *table)
{
    const char *wrong = ets_check(table);

    if (wrong != NULL)
        fail_msg("%s", wrong);
}

/* ---- against a model ------------------------------------------------------------------------ */

struct model {
    unsigned count[KEYS];               /* objects of the key */
    int value[KEYS];                    /* of the newest one */
    size_t total;
};

static void model_put(struct model *m, enum ets_type type, int key, int value)
{
    bool single = type == ETS_SET || type == ETS_ORDERED_SET;

    if (single && m->count[key] > 0) {
        m->value[key] = value;
        return;
    }
    m->count[key]++;
    m->total++;
    m->value[key] = value;
}

static size_t count_key(const struct ets_table *table, int key)
{
    struct ets_object *object = ets_lookup(table, term_make_small(key));
    size_t count = 0;

    for (; object != NULL; object = ets_next_same(table, object))
        count++;
    return count;
}

static void compare_key(const struct ets_table *table, const struct model *m, int key)
{
    struct ets_object *object = ets_lookup(table, term_make_small(key));

    assert_int_equal(count_key(table, key), m->count[key]);
    if (object != NULL)
        assert_int_equal(term_small(object->tuple[2]), m->value[key]);
}

static void remove_one(struct ets_table *table, struct model *m, int key)
{
    struct ets_object *object = ets_lookup(table, term_make_small(key));

    if (object == NULL)
        return;
    if (below(2) == 0) {
        assert_int_equal(ets_remove_key(table, term_make_small(key)), m->count[key]);
        m->total -= m->count[key];
        m->count[key] = 0;
        return;
    }
    ets_remove(table, NULL, object);
    m->total--;
    m->count[key]--;
    object = ets_lookup(table, term_make_small(key));
    if (object != NULL)
        m->value[key] = (int) term_small(object->tuple[2]);
}

static void fix_or_release(struct ets_table *table)
{
    size_t limit = 3;

    if (below(2) == 0) {
        assert_true(ets_fix(table, below(2) == 0 ? OWNER : OTHER, 0, 0));
        return;
    }
    while (!ets_unfix(table, OTHER, &limit))
        limit = 3;
    limit = SIZE_MAX;
    assert_true(ets_unfix(table, OWNER, &limit));
}

static void walk_whole(struct ets_table *table, const struct model *m)
{
    struct ets_object *object = ets_end(table, false);
    bool seen[KEYS] = { false }, found;

    while (object != NULL) {
        int key = (int) term_small(ets_object_key(table, object));

        assert_false(seen[key]);
        assert_true(m->count[key] > 0);
        seen[key] = true;
        object = ets_beside(table, term_make_small(key), false, &found);
        assert_true(found);
    }
    for (int key = 0; key < KEYS; key++)
        assert_int_equal(seen[key], m->count[key] > 0);
}

static void random_step(struct ets_table *table, struct model *m, int step)
{
    int key = (int) below(KEYS);

    switch (below(40)) {
    case 0:
        fix_or_release(table);
        break;
    case 1:
        walk_whole(table, m);
        break;
    case 2:
        if (below(20) == 0) {
            ets_remove_all(table);
            memset(m, 0, sizeof *m);
        }
        break;
    default:
        if (below((step / 4000 & 1) != 0 ? 4 : 2) == 0) {
            assert_true(insert(table, key, step));
            model_put(m, table->type, key, step);
        } else {
            remove_one(table, m, key);
        }
    }
    assert_int_equal(table->count, m->total);
    compare_key(table, m, key);
}

static void random_operations(enum ets_type type)
{
    size_t before = table_bytes();
    struct ets_table *table = new_table(type);
    struct model m;

    memset(&m, 0, sizeof m);
    for (int step = 0; step < 24000; step++) {
        random_step(table, &m, step);
        if (step % 97 == 0)
            check(table);
    }
    delete_table(table);
    (void) ets_release_fixes(room, OTHER, SIZE_MAX);
    assert_int_equal(table_bytes(), before);
}

static void random_set(void **state) { (void) state; random_operations(ETS_SET); }
static void random_bag(void **state) { (void) state; random_operations(ETS_BAG); }
static void random_duplicates(void **state) { (void) state; random_operations(ETS_DUPLICATE_BAG); }
static void random_ordered(void **state) { (void) state; random_operations(ETS_ORDERED_SET); }

/* ---- order ------------------------------------------------------------------------------------- */

static bool below_limit(void *user, term key)
{
    return term_small(key) < *(int *) user;
}

static void cursors(void **state)
{
    struct ets_table *table = new_table(ETS_ORDERED_SET);
    struct ets_cursor cursor;
    struct ets_object *object;
    int limit = 333, expected;

    (void) state;
    for (int i = 0; i < KEYS; i++)
        assert_true(insert(table, i * 7919 % KEYS, i));
    check(table);
    ets_cursor_search(&cursor, table, below_limit, &limit, false);
    for (expected = limit; (object = ets_cursor_next(&cursor)) != NULL; expected++)
        assert_int_equal(term_small(ets_object_key(table, object)), expected);
    assert_int_equal(expected, KEYS);
    ets_cursor_seek(&cursor, table, term_make_small(limit), true, true);
    for (expected = limit; (object = ets_cursor_next(&cursor)) != NULL; expected--)
        assert_int_equal(term_small(ets_object_key(table, object)), expected);
    assert_int_equal(expected, -1);
    delete_table(table);
}

/* ---- what fails for want of memory ---------------------------------------------------------------- */

/* Of the next allocations the one after so many fails. */
static void fail_after(unsigned count)
{
    memory.fail_at = memory.counts.allocations + memory.counts.failures + 1 + count;
}

/* True when it was done; else nothing may have changed. */
typedef bool action_fn(struct ets_table *table);

static bool do_insert(struct ets_table *table) { return insert(table, KEYS, 1); }
static bool do_fix(struct ets_table *table) { return ets_fix(table, OTHER, 0, 0); }
static bool do_heir(struct ets_table *table)
{
    struct object o;

    return ets_set_heir(table, OTHER, make_object(&o, 1, 2));
}
static bool do_give(struct ets_table *table)
{
    term owner = table->owner;
    bool given = ets_set_owner(table, OTHER);

    if (given)
        ets_forget_owner(table->room, owner);
    return given;
}
static bool do_rename(struct ets_table *table)
{
    return ets_rename(table, ATOM(other)) == DATA_OK;
}
static bool do_detach(struct ets_table *table)
{
    struct ets_table *shell = ets_detach_all(table, OTHER, next_id++);

    if (shell != NULL)
        assert_true(ets_table_free(shell, SIZE_MAX));
    return shell != NULL;
}
static bool do_rewrite(struct ets_table *table)
{
    struct object o;
    struct ets_object *object = ets_lookup(table, term_make_small(3));

    return ets_rewrite(table, object, term_boxed(make_object(&o, 3, 77)));
}
static bool do_overwrite(struct ets_table *table)
{
    term words[3] = { header_make(BOXED_TUPLE, 2), term_make_small(3), TERM_NIL };

    return ets_insert(table, term_make_boxed(words));
}

/* All of a key are copied, then deleted: without memory for the copies they stay. */
static bool do_take(struct ets_table *table)
{
    struct ets_work *work = ets_work_create(&shared, ETS_WORK_TAKE);
    size_t limit = 1;
    bool taken;

    if (work == NULL)
        return false;
    work->run = work->from = ets_lookup(table, term_make_small(3));
    ets_work_begin(table, work);
    while (!ets_work_on(table, &limit))
        limit = 1;
    taken = work->state == ETS_WORK_DONE;
    assert_int_equal(work->state, taken ? ETS_WORK_DONE : ETS_WORK_STARVED);
    assert_int_equal(count_key(table, 3), !taken);
    assert_true(!taken || (term_is_cons(work->list) && term_tail(work->list) == TERM_NIL));
    ets_work_release(work);
    return taken;
}

/* Fails the first, the second ... allocation until the action needs no more. */
static void fail_each(enum ets_type type, action_fn *action)
{
    size_t before = table_bytes();
    unsigned failures = 0;
    bool done = false;

    while (!done) {
        struct ets_table *table = new_table(type);
        size_t bytes, count;
        uint64_t failed = memory.counts.failures;

        for (int i = 0; i < 63; i++)
            assert_true(insert(table, i, i));
        bytes = table_bytes();
        count = table->count;
        fail_after(failures);
        done = action(table);
        /* buckets that could not be had only make longer chains: such a failure does not show */
        if (done && memory.counts.failures > failed)
            done = false;
        else if (!done)
            assert_int_equal(table_bytes(), bytes);
        memory.fail_at = 0;
        check(table);
        if (!done && table->count == count) {
            for (int i = 0; i < 63; i++)
                assert_int_equal(count_key(table, i), 1);
            assert_ptr_equal(ets_find_name(room, table->name), table);
        }
        delete_table(table);
        (void) ets_release_fixes(room, OTHER, SIZE_MAX);
        assert_int_equal(table_bytes(), before);
        assert_true(++failures < 100);
    }
}

static void no_memory(void **state)
{
    static action_fn *const actions[] = { do_insert, do_fix, do_heir, do_give, do_rename, do_detach,
        do_rewrite, do_overwrite };
    static const enum ets_type types[] = { ETS_SET, ETS_BAG, ETS_DUPLICATE_BAG, ETS_ORDERED_SET };

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(actions); i++) {
        for (size_t j = 0; j < AVM_COUNT_OF(types); j++)
            fail_each(types[j], actions[i]);
    }
    for (size_t j = 0; j < 3; j++)
        fail_each(types[j], do_take);
}

/* A table is made whole or not at all. */
static void no_memory_for_table(void **state)
{
    size_t before = table_bytes();
    struct ets_table given, *table;

    (void) state;
    memset(&given, 0, sizeof given);
    given.room = room;
    given.name = ATOM(table);
    given.owner = OWNER;
    given.heir = TERM_NONE;
    given.keypos = 1;
    given.is_named = true;
    for (unsigned failures = 0;; failures++) {
        enum data_status status;

        fail_after(failures);
        status = ets_table_create(room, &given, next_id++, &table);
        memory.fail_at = 0;
        if (status == DATA_OK)
            break;
        assert_int_equal(status, DATA_NO_MEMORY);
        assert_int_equal(table_bytes(), before);
        assert_null(ets_find_name(room, ATOM(table)));
        assert_true(failures < 100);
    }
    delete_table(table);
    assert_int_equal(table_bytes(), before);
}

/* ---- match specifications --------------------------------------------------------------------------- */

static const struct native *no_native(void *user, term name, uint32_t arity)
{
    (void) user;
    (void) name;
    (void) arity;
    return NULL;
}

static const char *const specifications[] = {
    "[{{'$1','_',{a,'$2',[1,'$1'|'$3']},#{k=>'$2',1=>'_'}},[true,{'andalso',true,{'orelse',false,true}}],"
    "[{{'$3','$2','$1','$$','$_',#{a=>'$1'},[1,2|'$2'],{{}},{const,{x,<<1,2,3>>}}}}]}]",
    "[{'$1',[],['$1']},{{1.5,[]},[{'and',true,true}],[{'or',true,'$_'},true]},{'_',[],['$$']}]",
};

/* Each allocation of a compilation and of a run fails once. */
static void specifications_without_memory(void **state)
{
    struct match_source source = { &shared, &context, no_native, NULL };
    term object = read_term(&context, &heap, "{7,b,{a,8,[1,7,x,y]},#{k=>8,1=>2,3=>4}}");
    size_t before = table_bytes();

    (void) state;
    for (size_t i = 0; i < AVM_COUNT_OF(specifications); i++) {
        term list = read_term(&context, &heap, specifications[i]);
        struct match_spec *spec = NULL;
        unsigned failures = 0;
        bool failed = true;

        assert_true(list != TERM_NONE);
        for (;; failures++) {
            enum data_status status;

            fail_after(failures);
            status = match_compile(&source, list, true, &spec, NULL);
            memory.fail_at = 0;
            if (status == DATA_OK)
                break;
            assert_int_equal(status, DATA_NO_MEMORY);
            assert_int_equal(table_bytes(), before);
        }
        for (failures = 0; failed; failures++) {
            struct heap result;
            term value;

            heap_init_env(&result, &shared, MEMORY_HEAP);
            fail_after(failures);
            value = match_run(spec, NULL, &result, object, true, &failed);
            memory.fail_at = 0;
            assert_true(failed == (value == TERM_NONE));
            heap_deinit(&result);
        }
        match_destroy(spec);
        assert_int_equal(table_bytes(), before);
    }
}

/* As deep as memory allows: a list of N elements nested N deep, as a pattern, a guard and a body. */
static void deep_specifications(void **state)
{
    struct match_source source = { &shared, &context, no_native, NULL };
    struct match_spec *spec;
    term t = ATOM(true), *words;
    bool failed;

    (void) state;
    for (int i = 0; i < 100000; i++) {
        words = heap_allocate(&heap, 4);
        words[0] = t;
        words[1] = term_make_small(i);
        words[2] = term_make_cons(words);
        words[3] = TERM_NIL;
        t = term_make_cons(words + 2);
    }
    words = heap_allocate(&heap, 4 + 2 + 2 + 2);
    words[0] = header_make(BOXED_TUPLE, 3);
    words[1] = ATOM(wildcard);
    words[2] = TERM_NIL;
    words[3] = term_make_cons(words + 4);
    words[4] = t;
    words[5] = TERM_NIL;
    words[6] = term_make_boxed(words);
    words[7] = TERM_NIL;
    assert_int_equal(match_compile(&source, term_make_cons(words + 6), false, &spec, NULL), DATA_OK);
    assert_true(term_equal(&context, match_run(spec, NULL, &heap, TERM_NIL, true, &failed), t));
    match_destroy(spec);
    words[1] = t;
    words[4] = ATOM(true);
    assert_int_equal(match_compile(&source, term_make_cons(words + 6), false, &spec, NULL), DATA_OK);
    assert_int_equal(match_run(spec, NULL, &heap, t, true, &failed), ATOM(true));
    match_destroy(spec);
}

static void deep_patterns_compare(void **state)
{
    struct match_source source = { &shared, &context, no_native, NULL };
    struct match_spec *spec;
    term pattern = read_term(&context, &heap, "{a,[1,{x,'_'}],3}");
    static const struct { const char *text; int order; } keys[] = {
        { "{a,[1,{x,0}],0}", 0 }, { "{a,[1,{x,zz}],9}", 0 }, { "{a,[0,{x,0}],0}", 1 },
        { "{b,[1,{x,0}],0}", -1 }, { "{a,[1,{w,0}],0}", 1 }, { "{a,b}", 1 }, { "{a,b,c,d}", -1 },
        { "5", 1 }, { "[]", -1 }, { "{a,[1,{y,0}],0}", -1 }, { "{a,[1.0,{x,0}],0}", 0 },
    };

    (void) state;
    assert_int_equal(match_compile(&source, read_term(&context, &heap, "[{'_',[],[true]}]"), true, &spec,
        NULL), DATA_OK);
    for (size_t i = 0; i < AVM_COUNT_OF(keys); i++) {
        int order = match_compare(spec, pattern, read_term(&context, &heap, keys[i].text));

        assert_int_equal((order > 0) - (order < 0), keys[i].order);
    }
    match_destroy(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_set, start, stop),
        cmocka_unit_test_setup_teardown(random_bag, start, stop),
        cmocka_unit_test_setup_teardown(random_duplicates, start, stop),
        cmocka_unit_test_setup_teardown(random_ordered, start, stop),
        cmocka_unit_test_setup_teardown(cursors, start, stop),
        cmocka_unit_test_setup_teardown(no_memory, start, stop),
        cmocka_unit_test_setup_teardown(no_memory_for_table, start, stop),
        cmocka_unit_test_setup_teardown(specifications_without_memory, start, stop),
        cmocka_unit_test_setup_teardown(deep_specifications, start, stop),
        cmocka_unit_test_setup_teardown(deep_patterns_compare, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
