/* ets_select.c - match specifications over whole tables: select, match, select_count, select_delete,
** select_replace, with limits and continuations; and compiled specifications as terms.
**
** A walk works through one bucket, or from one key to the next, at a time and gives up its slice when
** the budget is spent; a hash table is fixed meanwhile. Its state is six terms:
** table, specification, position, list so far, how (action, direction, limit), count so far.
**
** The table is in hand only while objects are looked at. Specifications are compiled before, since that may
** ask for the lock of the VM, and what they call is safe beside others and takes no lock. */
#include "bif/bif.h"
#include "bif/ets.h"
#include "data/list.h"
#include "data/tuple.h"
#include "ets/match.h"

#define ETS_SELECT_NATIVES(X)                                                                    \
    X("select", 1, select_on, 0)                                                                 \
    X("select", 2, select_all, 0)                                                                \
    X("select", 3, select_limited, 0)                                                            \
    X("select_reverse", 1, select_on, 0)                                                         \
    X("select_reverse", 2, select_reverse, 0)                                                    \
    X("select_reverse", 3, select_reverse_limited, 0)                                            \
    X("select_count", 2, select_count, 0)                                                        \
    X("internal_select_delete", 2, select_delete, 0)                                             \
    X("select_replace", 2, select_replace, 0)                                                    \
    X("match", 1, select_on, 0)                                                                  \
    X("match", 2, match_all, 0)                                                                  \
    X("match", 3, match_limited, 0)                                                              \
    X("match_object", 1, select_on, 0)                                                           \
    X("match_object", 2, match_object_all, 0)                                                    \
    X("match_object", 3, match_object_limited, 0)                                                \
    X("match_spec_compile", 1, spec_compile, 0)                                                  \
    X("is_compiled_ms", 1, spec_is_compiled, 0)                                                  \
    X("match_spec_run_r", 3, spec_run, 0)
NATIVE_TABLE_CONCURRENT(bif_ets_select, "ets", "erl_stdlib_errors", ETS_SELECT_NATIVES)

#define MATCH_SPEC_NATIVES(X) X("match_spec_test", 3, spec_test, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_match_spec, "erlang", "erl_erts_errors", MATCH_SPEC_NATIVES)

/* ---- specifications as terms -------------------------------------------------------------- */

struct spec_resource {
    struct resource resource;
    struct memory *memory;
    struct match_spec *spec;
};

static const char spec_type;

static void destroy_spec(struct resource *resource)
{
    struct spec_resource *r = (struct spec_resource *) (void *) resource;

    match_destroy(r->spec);
    memory_free(r->memory, MEMORY_ETS, r, sizeof *r);
}

static struct match_spec *spec_of(term t)
{
    struct resource *resource;

    if (!term_is_resource(t))
        return NULL;
    resource = term_resource(t);
    return resource->type == &spec_type ? ((struct spec_resource *) (void *) resource)->spec : NULL;
}

#define CALLABLE (NATIVE_GUARD | NATIVE_CONCURRENT)

static const struct native *find_native(void *user, term name, uint32_t arity)
{
    struct export *export = node_find_export(user, ATOM(erlang), name, arity);
    const struct native *native = export != NULL ? atomic_get(&export->native) : NULL;

    return native != NULL && (native->flags & CALLABLE) == CALLABLE ? native : NULL;
}

static void make_source(struct scheduler *s, struct match_source *source)
{
    source->heaps = &s->node->heaps;
    source->compare = &s->node->compare;
    source->find = find_native;
    source->user = s->node;
}

/* What a slice runs of a specification that others may have. */
#if AVM_SMP
static struct match_spec *borrow_spec(struct scheduler *s, struct match_spec *spec)
{
    return node_is_shared(s->node) ? match_borrow(spec) : spec;
}

static void return_spec(struct scheduler *s, struct match_spec *spec)
{
    if (node_is_shared(s->node))
        match_return(spec);
}
#else
#define borrow_spec(s, spec) (spec)
#define return_spec(s, spec) ((void) 0)
#endif

/* NULL after raising. */
static struct match_spec *compile(struct scheduler *s, term list, bool keep)
{
    struct match_source source;
    struct match_spec *spec;
    enum data_status status;

    make_source(s, &source);
    status = match_compile(&source, list, keep, &spec, NULL);
    if (status == DATA_OK)
        return spec;
    raise_status(s, status);
    return NULL;
}

/* Takes spec: a reference to it; TERM_NONE after raising. */
static term spec_reference(struct scheduler *s, struct match_spec *spec)
{
    struct spec_resource *r = memory_allocate_zeroed(s->node->memory, MEMORY_ETS, sizeof *r);
    term reference;

    if (r == NULL) {
        match_destroy(spec);
        return raise_no_memory(s);
    }
    r->resource.references = 1;
    r->resource.destroy = destroy_spec;
    r->resource.type = &spec_type;
    r->memory = s->node->memory;
    r->spec = spec;
    reference = heap_make_resource(native_heap(s), &r->resource, node_next_reference(s->node));
    resource_release(&r->resource);
    return native_result(s, reference);
}

static term spec_compile(struct scheduler *s, const term *a)
{
    struct match_spec *spec = a[0] == TERM_NIL ? NULL : compile(s, a[0], true);

    if (a[0] == TERM_NIL)
        return raise_badarg(s);
    return spec != NULL ? spec_reference(s, spec) : TERM_NONE;
}

static term spec_is_compiled(struct scheduler *s, const term *a)
{
    (void) s;
    return native_boolean(spec_of(a[0]) != NULL);
}

/* What match_run gives for a term of the running process, whole. */
static term run_spec(struct scheduler *s, struct match_spec *spec, term t, bool *failed)
{
    return match_run(spec, s, native_heap(s), t, true, failed);
}

/* Up to the end of the list or of the slice. False without memory. */
static bool run_some(struct scheduler *s, struct match_spec *spec, term *list, term *results)
{
    bool failed = false;

    while (term_is_cons(*list) && !failed) {
        term result = run_spec(s, spec, term_head(*list), &failed);

        if (result != TERM_NONE)
            *results = native_cons(s, result, *results);
        failed = failed || *results == TERM_NONE;
        *list = term_tail(*list);
        native_charge(s, 1);
        if (native_budget_spent(s))
            break;
    }
    return !failed;
}

/* List, specification, results so far (newest first). */
static term spec_run(struct scheduler *s, const term *a)
{
    struct match_spec *spec = spec_of(a[1]);
    term next[3] = { a[0], a[1], a[2] };
    bool is_done;

    if (spec == NULL)
        return raise_badarg(s);
    spec = borrow_spec(s, spec);
    if (spec == NULL)
        return raise_no_memory(s);
    is_done = run_some(s, spec, &next[0], &next[2]);
    return_spec(s, spec);
    if (!is_done)
        return raise_no_memory(s);
    if (term_is_cons(next[0]))
        return native_yield(s, spec_run, 3, next);
    return next[0] == TERM_NIL ? next[2] : raise_badarg(s);
}

static term test_errors(struct scheduler *s, const struct match_source *source, term list)
{
    struct match_errors errors = { native_heap(s), TERM_NIL, NULL };
    struct match_spec *spec;
    enum data_status status = match_compile(source, list, false, &spec, &errors);

    if (status == DATA_OK)
        match_destroy(spec);
    if (status != DATA_BAD_ARGUMENT)
        return raise_no_memory(s);
    return native_result(s, native_tuple2(s, ATOM(error), errors.list));
}

/* {ok, Result, Flags, Warnings}; {error, [{error, Text}]} for what is no specification. */
static term spec_test(struct scheduler *s, const term *a)
{
    struct match_source source;
    struct match_spec *spec;
    enum data_status status;
    term result;
    bool failed;

    if (a[2] != ATOM(table))
        return raise_badarg(s);
    make_source(s, &source);
    status = a[1] == TERM_NIL ? DATA_BAD_ARGUMENT : match_compile(&source, a[1], false, &spec, NULL);
    if (status == DATA_BAD_ARGUMENT)
        return test_errors(s, &source, a[1]);
    if (status != DATA_OK)
        return raise_status(s, status);
    result = run_spec(s, spec, a[0], &failed);
    match_destroy(spec);
    if (failed)
        return raise_no_memory(s);
    return native_result(s, tuple_make4(native_heap(s), ATOM(ok),
        result != TERM_NONE ? result : ATOM(false), TERM_NIL, TERM_NIL));
}

/* ---- walks --------------------------------------------------------------------------------------- */

enum action { ACTION_SELECT, ACTION_COUNT, ACTION_DELETE, ACTION_REPLACE };
#define HOW_REVERSE 4
#define HOW_FIXED 8             /* the walk has fixed the table */
#define HOW_CONTINUED 16        /* a part of the list has been in a continuation */
#define HOW_LIMIT_SHIFT 5
#define LIMIT_MAX ((size_t) SMALL_MAX >> HOW_LIMIT_SHIFT)    /* more than any table has */

enum { WALK_TABLE, WALK_SPEC, WALK_POSITION, WALK_LIST, WALK_HOW, WALK_COUNT, WALK_WORDS };

struct walk {
    struct scheduler *s;
    struct ets_table *table;
    struct match_spec *spec;
    term list;                          /* what spec borrows until it is shared */
    term state[WALK_WORDS];             /* WALK_SPEC: TERM_NONE until the walk is to be gone on with */
    enum action action;
    bool reverse, fixed, continued;
    size_t limit, count;                /* limit 0: none */
    struct ets_object *in_front;        /* in the chain of what is visited; NULL: none is known */
};

static bool is_write(enum action action)
{
    return action == ACTION_DELETE || action == ACTION_REPLACE;
}

static unsigned access_for(enum action action)
{
    return is_write(action) ? ETS_WRITE : ETS_READ | ETS_STILL;
}

/* The result that an object gave, onto the list; false without memory. */
static bool visit_select(struct walk *w, const struct ets_object *object, term result)
{
    term list = w->state[WALK_LIST];

    w->state[WALK_LIST] = result == ets_object_term(object) ? ets_copy_cons(w->s, object, list)
                                                            : native_cons(w->s, result, list);
    return w->state[WALK_LIST] != TERM_NONE;
}

/* False after raising. */
static bool visit_replace(struct walk *w, struct ets_object *object, term result)
{
    struct scheduler *s = w->s;
    struct ets_object *new;

    if (!term_is_tuple(result) || term_tuple_arity(result) < w->table->keypos
        || !term_equal_exact(&s->node->compare, term_tuple_element(result, w->table->keypos - 1),
            ets_object_key(w->table, object))) {
        raise_badarg(s);
        return false;
    }
    new = ets_object_create(w->table, result);
    if (new == NULL) {
        raise_no_memory(s);
        return false;
    }
    ets_replace(w->table, w->in_front, object, new);
    w->in_front = new;
    return true;
}

/* One object. False after raising. */
static bool visit(struct walk *w, struct ets_object *object)
{
    struct scheduler *s = w->s;
    bool failed, select = w->action == ACTION_SELECT;
    term result = match_run(w->spec, s, native_heap(s), ets_object_term(object), select, &failed);

    native_charge(s, 1);
    if (failed) {
        raise_no_memory(s);
        return false;
    }
    if (result == TERM_NONE || (!select && w->action != ACTION_REPLACE && result != ATOM(true))) {
        w->in_front = object;
        return true;
    }
    w->count++;
    if (select && !visit_select(w, object, result)) {
        raise_no_memory(s);
        return false;
    }
    if (w->action == ACTION_DELETE && w->fixed && ets_is_fixed_once(w->table, s->process->pid))
        ets_remove_wholly(w->table, w->in_front, object);
    else if (w->action == ACTION_DELETE)
        ets_remove(w->table, w->in_front, object);
    return w->action != ACTION_REPLACE || visit_replace(w, object, result);
}

static bool is_full(const struct walk *w)
{
    return w->limit != 0 && w->count >= w->limit;
}

/* ---- keys that a specification names -------------------------------------------------------------- */

#define CLAUSES_LOOKED_AT 16

/* The least that all clauses say of the key; *several: they do not name the same one. */
static enum match_bound key_bound(const struct walk *w, bool *several)
{
    size_t count = match_clause_count(w->spec), i;
    enum match_bound least = MATCH_IMPOSSIBLE;
    term found = TERM_NONE;

    *several = false;
    if (count > CLAUSES_LOOKED_AT)
        return MATCH_UNBOUND;
    for (i = 0; i < count; i++) {
        term t = TERM_NONE;
        enum match_bound bound = match_element(w->spec, i, w->table->keypos, &t);

        if (bound < least)
            least = bound;
        if (bound == MATCH_IMPOSSIBLE)
            continue;
        if (found != TERM_NONE && least == MATCH_BOUND
            && !term_equal(&w->s->node->compare, found, t))
            *several = true;
        found = found != TERM_NONE ? found : t;
    }
    return least;
}

/* All clauses name keys: those objects only. False after raising. */
static bool walk_keys(struct walk *w)
{
    size_t count = match_clause_count(w->spec), i, j;
    const struct compare_context *compare = &w->s->node->compare;
    size_t keypos = w->table->keypos;

    for (i = 0; i < count; i++) {
        term key, other;
        struct ets_object *object, *next;

        if (match_element(w->spec, i, keypos, &key) != MATCH_BOUND)
            continue;
        for (j = 0; j < i; j++) {
            if (match_element(w->spec, j, keypos, &other) == MATCH_BOUND
                && term_equal(compare, key, other))
                break;
        }
        w->in_front = NULL;
        for (object = j == i ? ets_lookup(w->table, key) : NULL; object != NULL; object = next) {
            next = ets_next_same(w->table, object);
            if (!visit(w, object))
                return false;
        }
    }
    return true;
}

/* Where key lies with respect to all keys that a clause can match: -1: all are smaller, 1: all are
** larger, 0: neither is sure. */
static int beyond(const struct walk *w, term key)
{
    size_t count = match_clause_count(w->spec), i;
    bool smaller = true, larger = true;

    for (i = 0; i < count && (smaller || larger); i++) {
        term t = TERM_NONE;
        enum match_bound bound = match_element(w->spec, i, w->table->keypos, &t);
        int order;

        if (bound == MATCH_IMPOSSIBLE)
            continue;
        order = bound == MATCH_UNBOUND ? 0 : match_compare(w->spec, t, key);
        smaller = smaller && order < 0;
        larger = larger && order > 0;
    }
    return smaller ? -1 : larger ? 1 : 0;
}

/* For the start of a walk through a range: whether key lies in front of it. */
static bool is_in_front(void *user, term key)
{
    const struct walk *w = user;

    return beyond(w, key) == (w->reverse ? -1 : 1);
}

/* ---- from object to object ------------------------------------------------------------------------ */

#define BUCKETS_AHEAD 3         /* whose first objects are being fetched */

/* Position: the bucket that is next. False after raising. */
static bool walk_hash(struct walk *w)
{
    size_t index = (size_t) term_small(w->state[WALK_POSITION]);
    struct ets_object *object, *next;

    for (; index < ets_bucket_count(w->table) && !is_full(w) && !native_budget_spent(w->s); index++) {
        if (index + BUCKETS_AHEAD < ets_bucket_count(w->table))
            AVM_PREFETCH(ets_bucket(w->table, index + BUCKETS_AHEAD));
        w->in_front = NULL;
        for (object = ets_bucket(w->table, index); object != NULL; object = next) {
            next = object->next;
            if (!object->dead && !visit(w, object))
                return false;
        }
    }
    w->state[WALK_POSITION] = index < ets_bucket_count(w->table)
        ? term_make_small((intptr_t) index) : ATOM(end_of_table);
    return true;
}

static bool remember_key(struct walk *w, const struct ets_object *object)
{
    term key = heap_copy(native_heap(w->s), ets_object_key(w->table, object));

    w->state[WALK_POSITION] = key != TERM_NONE ? native_cons(w->s, key, TERM_NIL) : TERM_NONE;
    if (w->state[WALK_POSITION] == TERM_NONE)
        raise_no_memory(w->s);
    return w->state[WALK_POSITION] != TERM_NONE;
}

/* Position: [] or [Key], the last one seen. */
static bool walk_tree(struct walk *w)
{
    term position = w->state[WALK_POSITION];
    bool several, range = key_bound(w, &several) != MATCH_UNBOUND;
    struct ets_cursor cursor;
    struct ets_object *object;

    if (term_is_cons(position))
        ets_cursor_seek(&cursor, w->table, term_head(position), w->reverse, false);
    else if (range)
        ets_cursor_search(&cursor, w->table, is_in_front, w, w->reverse);
    else
        ets_cursor_start(&cursor, w->table, w->reverse);
    while ((object = ets_cursor_next(&cursor)) != NULL) {
        bool stops = native_budget_spent(w->s);

        if (range && beyond(w, ets_object_key(w->table, object)) == (w->reverse ? 1 : -1))
            break;
        if ((is_write(w->action) || stops) && !remember_key(w, object))
            return false;
        if (!visit(w, object))
            return false;
        if (is_write(w->action))
            ets_cursor_seek(&cursor, w->table, term_head(w->state[WALK_POSITION]), w->reverse, false);
        if (stops)
            return true;
        if (is_full(w))
            return remember_key(w, object);
    }
    w->state[WALK_POSITION] = ATOM(end_of_table);
    return true;
}

/* ---- the end of a walk or of its slice ---------------------------------------------------------------- */

/* From here on others may hold the specification, so it no more borrows the list; false after raising. */
static bool share_spec(struct walk *w)
{
    struct match_spec *kept;

    if (w->state[WALK_SPEC] != TERM_NONE)
        return true;
    kept = compile(w->s, w->list, true);
    if (kept == NULL)
        return false;
    w->state[WALK_SPEC] = spec_reference(w->s, kept);
    if (w->state[WALK_SPEC] == TERM_NONE)
        return false;
    match_destroy(w->spec);
    w->spec = kept;
    return true;
}

/* What select/1 goes on with, in the shape that ets:repair_continuation/2 knows. Hash: table, bucket, limit,
** specification, results that wait, how many. Tree: table, last key, [], limit, specification, [], whether
** backwards, 0. */
enum { HASH_TABLE, HASH_BUCKET, HASH_LIMIT, HASH_SPEC, HASH_LIST, HASH_COUNT, HASH_WORDS };
enum { TREE_TABLE, TREE_KEY, TREE_END, TREE_LIMIT, TREE_SPEC, TREE_LIST, TREE_REVERSE, TREE_COUNT,
    TREE_WORDS };

static term make_continuation(struct walk *w, term rest, size_t count)
{
    struct heap *heap = native_heap(w->s);
    term table = w->state[WALK_TABLE], position = w->state[WALK_POSITION], spec;
    term limit = term_make_small((intptr_t) w->limit);

    if (!share_spec(w))
        return TERM_NONE;
    spec = w->state[WALK_SPEC];
    if (w->table->type == ETS_ORDERED_SET) {
        term parts[TREE_WORDS] = { table, term_head(position), TERM_NIL, limit, spec, TERM_NIL,
            term_make_small(w->reverse), term_make_small(0) };

        return native_result(w->s, tuple_make(heap, parts, TREE_WORDS));
    }
    {
        term parts[HASH_WORDS] = { table, term_is_small(position) ? position
                                                                  : term_make_small(SMALL_MAX),
            limit, spec, rest, term_make_small((intptr_t) count) };

        return native_result(w->s, tuple_make(heap, parts, HASH_WORDS));
    }
}

/* The extra results at the front, cut off the list or, where a program may have the list, copied the other
** way round; TERM_NONE after raising. OTP's order, which programs that took a chunk at a time have seen. */
static term cut_list(struct walk *w, term *list, size_t extra)
{
    term rest = w->continued ? TERM_NIL : *list, *cell = NULL;

    for (; extra > 0; extra--, *list = term_tail(*list)) {
        cell = term_cons_cell(*list);
        if (w->continued && (rest = native_cons(w->s, cell[0], rest)) == TERM_NONE)
            return raise_no_memory(w->s);
    }
    if (!w->continued && cell != NULL)
        cell[1] = TERM_NIL;
    return cell != NULL ? rest : TERM_NIL;
}

/* {List, Continuation}: what a bucket gave beyond the limit waits in the continuation. */
static term limited_result(struct walk *w)
{
    struct scheduler *s = w->s;
    size_t extra = w->count > w->limit ? w->count - w->limit : 0;
    term list = w->state[WALK_LIST], rest, next = ATOM(end_of_table);

    if (w->count == 0)
        return ATOM(end_of_table);
    if (w->table->type == ETS_ORDERED_SET)
        list = list_reverse_onto(native_heap(s), list, TERM_NIL);
    if (list == TERM_NONE)
        return raise_no_memory(s);
    rest = cut_list(w, &list, extra);
    if (rest == TERM_NONE)
        return TERM_NONE;
    if (rest != TERM_NIL || w->state[WALK_POSITION] != ATOM(end_of_table)) {
        next = make_continuation(w, rest, extra);
        if (next == TERM_NONE)
            return TERM_NONE;
    }
    return native_result(s, native_tuple2(s, list, next));
}

static term walk_result(struct walk *w)
{
    if (w->action != ACTION_SELECT)
        return native_result(w->s, native_integer(w->s, (int64_t) w->count));
    return w->limit != 0 ? limited_result(w) : w->state[WALK_LIST];
}

static native_fn walk_on;

/* Makes the state what another slice goes on with, whatever becomes of the table's name meanwhile.
** False after raising. */
static bool save_walk(struct walk *w, size_t how)
{
    struct scheduler *s = w->s;

    w->state[WALK_TABLE] = ets_table_reference(native_heap(s), w->table);
    if (w->state[WALK_TABLE] == TERM_NONE) {
        raise_no_memory(s);
        return false;
    }
    w->state[WALK_COUNT] = term_make_small((intptr_t) w->count);
    w->state[WALK_HOW] = term_make_small((intptr_t) (how | (w->fixed ? HOW_FIXED : 0)));
    return share_spec(w);
}

/* False after raising. */
static bool fix_walk(struct walk *w)
{
    if (w->fixed || w->table->type == ETS_ORDERED_SET)
        return true;
    w->fixed = ets_fix_for(w->s, w->table);
    if (!w->fixed)
        raise_no_memory(w->s);
    return w->fixed;
}

/* FAILED: after raising. */
enum walk_end { WALK_FAILED, WALK_DONE, WALK_GOES_ON };

/* As far as the slice goes, the table in hand. What is deleted stays in its chain while the walk is at it, and
** buckets stay what they are until it is over. */
static enum walk_end walk_some(struct walk *w)
{
    bool is_hash = w->table->type != ETS_ORDERED_SET;

    if (w->action == ACTION_DELETE && !fix_walk(w))
        return WALK_FAILED;
    if (w->state[WALK_POSITION] != ATOM(end_of_table) && !is_full(w)
        && !(is_hash ? walk_hash(w) : walk_tree(w)))
        return WALK_FAILED;
    if (w->state[WALK_POSITION] == ATOM(end_of_table) || is_full(w))
        return WALK_DONE;
    return fix_walk(w) ? WALK_GOES_ON : WALK_FAILED;
}

static void unfix_failed(struct walk *w)
{
    size_t all = SIZE_MAX;

    ets_enter(w->s, w->table, true);
    (void) ets_unfix(w->table, w->s->process->pid, &all);
    ets_leave(w->s, w->table);
}

/* The table is no more in hand. */
static term end_slice(struct walk *w, enum walk_end end, size_t how)
{
    term result;

    if (end == WALK_GOES_ON && save_walk(w, how))
        return native_yield(w->s, walk_on, WALK_WORDS, w->state);
    result = end == WALK_DONE ? walk_result(w) : TERM_NONE;
    if (w->fixed && result != TERM_NONE)
        return ets_unfix_for(w->s, w->table, result);
    if (w->fixed)
        unfix_failed(w);
    return result;
}

/* a: the state of a walk. */
static term walk_on(struct scheduler *s, const term *a)
{
    struct walk w;
    size_t how = (size_t) term_small(a[WALK_HOW]);
    enum walk_end end;

    w.s = s;
    w.action = (enum action) (how & 3);
    w.reverse = (how & HOW_REVERSE) != 0;
    w.fixed = (how & HOW_FIXED) != 0;
    w.continued = (how & HOW_CONTINUED) != 0;
    w.limit = how >> HOW_LIMIT_SHIFT;
    w.count = (size_t) term_small(a[WALK_COUNT]);
    w.in_front = NULL;
    memcpy(w.state, a, sizeof w.state);
    w.table = ets_get_for(s, a[WALK_TABLE], access_for(w.action), walk_on, WALK_WORDS, a);
    if (w.table == NULL)
        return TERM_NONE;
    w.spec = borrow_spec(s, spec_of(a[WALK_SPEC]));
    end = w.spec != NULL ? walk_some(&w) : WALK_FAILED;
    ets_leave(s, w.table);
    if (w.spec != NULL)
        return_spec(s, w.spec);
    else
        raise_no_memory(s);
    return end_slice(&w, end, how & ~(size_t) HOW_FIXED);
}

/* The first slice: only what the keys that the specification names can be is looked at. */
static enum walk_end walk_first(struct walk *w)
{
    bool ordered = w->table->type == ETS_ORDERED_SET, several;
    enum match_bound bound = key_bound(w, &several);

    w->state[WALK_POSITION] = ATOM(end_of_table);
    if (bound == MATCH_IMPOSSIBLE)
        return WALK_DONE;
    if (bound == MATCH_BOUND && !(ordered && several))
        return walk_keys(w) ? WALK_DONE : WALK_FAILED;
    w->state[WALK_POSITION] = ordered ? TERM_NIL : term_make_small(0);
    return walk_some(w);
}

/* False after raising: the specification may give objects other keys. */
static bool check_replace(struct scheduler *s, term id, term list)
{
    struct ets_table *table = ets_get(s, id, ETS_WRITE);
    struct match_source source;
    bool failed;

    if (table == NULL)
        return false;
    ets_leave(s, table);
    if (table->type == ETS_BAG) {
        raise_badarg_cause(s, ATOM(table_type));
        return false;
    }
    make_source(s, &source);
    if (match_keeps_element(&source, list, table->keypos, &failed))
        return true;
    (void) (failed ? raise_no_memory(s) : raise_badarg(s));
    return false;
}

/* w has its table in hand, and its specification. */
static term first_slice(struct walk *w, enum action action, bool reverse, size_t limit)
{
    size_t how;
    enum walk_end end;

    w->action = action;
    w->reverse = w->table->type == ETS_ORDERED_SET
        && (action == ACTION_SELECT && limit == 0 ? !reverse : reverse);
    w->fixed = w->continued = false;
    w->limit = limit;
    w->count = 0;
    w->in_front = NULL;
    how = limit << HOW_LIMIT_SHIFT | (w->reverse ? HOW_REVERSE : 0) | (size_t) action;
    w->state[WALK_SPEC] = TERM_NONE;
    w->state[WALK_LIST] = TERM_NIL;
    w->state[WALK_COUNT] = term_make_small(0);
    w->state[WALK_HOW] = term_make_small((intptr_t) how);
    end = walk_first(w);
    ets_leave(w->s, w->table);
    return end_slice(w, end, how);
}

static term start_walk(struct scheduler *s, term id, term list, enum action action, bool reverse,
    size_t limit)
{
    struct match_source source;
    struct walk w;
    enum data_status status;
    term result = TERM_NONE;

    if (action == ACTION_REPLACE && !check_replace(s, id, list))
        return TERM_NONE;
    w.s = s;
    w.list = list;
    w.spec = NULL;
    w.state[WALK_TABLE] = id;
    w.state[WALK_SPEC] = TERM_NONE;
    make_source(s, &source);
    status = match_compile(&source, list, false, &w.spec, NULL);
    w.table = ets_get(s, id, access_for(action));
    if (w.table != NULL && status == DATA_OK) {
        result = first_slice(&w, action, reverse, limit);
    } else if (w.table != NULL) {
        ets_leave(s, w.table);
        raise_status(s, status);
    }
    if (status == DATA_OK && w.state[WALK_SPEC] == TERM_NONE)
        match_destroy(w.spec);
    return result;
}

static bool is_limit(term t)
{
    return term_is_small(t) && term_small(t) >= 1 && (size_t) term_small(t) <= LIMIT_MAX;
}

static term how_of(term limit, bool reverse)
{
    return term_make_small(term_small(limit) << HOW_LIMIT_SHIFT | (reverse ? HOW_REVERSE : 0)
        | HOW_CONTINUED | ACTION_SELECT);
}

/* The state of a walk from a continuation; false: it is none, or of another kind of table. */
static bool read_hash(const term *parts, term *state)
{
    term list = parts[HASH_LIST];
    size_t length = 0;

    for (; term_is_cons(list); list = term_tail(list))
        length++;
    if (list != TERM_NIL || parts[HASH_COUNT] != term_make_small((intptr_t) length)
        || !is_limit(parts[HASH_LIMIT]) || !term_is_small(parts[HASH_BUCKET])
        || term_small(parts[HASH_BUCKET]) < 0)
        return false;
    state[WALK_POSITION] = parts[HASH_BUCKET];
    state[WALK_SPEC] = parts[HASH_SPEC];
    state[WALK_LIST] = parts[HASH_LIST];
    state[WALK_HOW] = how_of(parts[HASH_LIMIT], false);
    state[WALK_COUNT] = parts[HASH_COUNT];
    return true;
}

static bool read_tree(struct scheduler *s, const term *parts, term *state)
{
    if (parts[TREE_LIST] != TERM_NIL || !is_limit(parts[TREE_LIMIT])
        || !term_is_small(parts[TREE_REVERSE]))
        return false;
    state[WALK_POSITION] = native_cons(s, parts[TREE_KEY], TERM_NIL);
    state[WALK_SPEC] = parts[TREE_SPEC];
    state[WALK_LIST] = TERM_NIL;
    state[WALK_HOW] = how_of(parts[TREE_LIMIT], parts[TREE_REVERSE] != term_make_small(0));
    state[WALK_COUNT] = term_make_small(0);
    return true;
}

/* a[0]: what make_continuation made. */
static term select_on(struct scheduler *s, const term *a)
{
    struct ets_table *table;
    const term *parts;
    term state[WALK_WORDS];
    bool tree;

    if (a[0] == ATOM(end_of_table))
        return a[0];
    if (!term_is_tuple(a[0]) || term_tuple_arity(a[0]) == 0)
        return raise_badarg(s);
    parts = term_tuple_elements(a[0]);
    table = ets_get(s, parts[0], ETS_READ);
    if (table == NULL)
        return TERM_NONE;
    ets_leave(s, table);
    tree = term_tuple_arity(a[0]) == TREE_WORDS;
    if ((!tree && term_tuple_arity(a[0]) != HASH_WORDS)
        || spec_of(parts[tree ? TREE_SPEC : HASH_SPEC]) == NULL)
        return raise_badarg(s);
    if ((table->type == ETS_ORDERED_SET) != tree
        || !(tree ? read_tree(s, parts, state) : read_hash(parts, state)))
        return raise_badarg(s);
    if (state[WALK_POSITION] == TERM_NONE)
        return raise_no_memory(s);
    state[WALK_TABLE] = parts[0];
    return walk_on(s, state);
}

/* ---- natives ------------------------------------------------------------------------------------------- */

/* False after raising: no limit. */
static bool read_limit(struct scheduler *s, term id, term t, size_t *limit)
{
    struct ets_table *table = ets_get(s, id, ETS_READ);

    if (table == NULL)
        return false;
    ets_leave(s, table);
    if (!term_is_small(t) || term_small(t) < 1) {
        raise_badarg(s);
        return false;
    }
    *limit = (size_t) term_small(t);
    if (*limit > LIMIT_MAX)
        *limit = LIMIT_MAX;
    return true;
}

/* [{Pattern, [], [result]}] */
static term spec_of_pattern(struct scheduler *s, term pattern, term result)
{
    term body = native_cons(s, result, TERM_NIL);
    term clause = body != TERM_NONE ? native_tuple3(s, pattern, TERM_NIL, body) : TERM_NONE;

    return clause != TERM_NONE ? native_cons(s, clause, TERM_NIL) : TERM_NONE;
}

static term walk_pattern(struct scheduler *s, const term *a, term result, size_t limit)
{
    term list = spec_of_pattern(s, a[1], result);

    return list != TERM_NONE ? start_walk(s, a[0], list, ACTION_SELECT, false, limit)
                             : raise_no_memory(s);
}

static term select_all(struct scheduler *s, const term *a)
{
    return start_walk(s, a[0], a[1], ACTION_SELECT, false, 0);
}

static term select_reverse(struct scheduler *s, const term *a)
{
    return start_walk(s, a[0], a[1], ACTION_SELECT, true, 0);
}

static term select_limited(struct scheduler *s, const term *a)
{
    size_t limit;

    return read_limit(s, a[0], a[2], &limit)
        ? start_walk(s, a[0], a[1], ACTION_SELECT, false, limit) : TERM_NONE;
}

static term select_reverse_limited(struct scheduler *s, const term *a)
{
    size_t limit;

    return read_limit(s, a[0], a[2], &limit)
        ? start_walk(s, a[0], a[1], ACTION_SELECT, true, limit) : TERM_NONE;
}

static term select_count(struct scheduler *s, const term *a)
{
    return start_walk(s, a[0], a[1], ACTION_COUNT, false, 0);
}

static term select_delete(struct scheduler *s, const term *a)
{
    return start_walk(s, a[0], a[1], ACTION_DELETE, false, 0);
}

static term select_replace(struct scheduler *s, const term *a)
{
    return start_walk(s, a[0], a[1], ACTION_REPLACE, false, 0);
}

static term match_all(struct scheduler *s, const term *a)
{
    return walk_pattern(s, a, ATOM(dollar_bindings), 0);
}

static term match_limited(struct scheduler *s, const term *a)
{
    size_t limit;

    return read_limit(s, a[0], a[2], &limit) ? walk_pattern(s, a, ATOM(dollar_bindings), limit)
                                             : TERM_NONE;
}

static term match_object_all(struct scheduler *s, const term *a)
{
    return walk_pattern(s, a, ATOM(dollar_object), 0);
}

static term match_object_limited(struct scheduler *s, const term *a)
{
    size_t limit;

    return read_limit(s, a[0], a[2], &limit) ? walk_pattern(s, a, ATOM(dollar_object), limit)
                                             : TERM_NONE;
}
