/* ets_object.c - natives of module ets that put, find, change and remove single objects, and those that
** step from key to key. */
#include "bif/bif.h"
#include "bif/ets.h"
#include "data/number.h"
#include "proc/reference.h"

#define ETS_OBJECT_NATIVES(X)                                                                    \
    X("insert", 2, object_insert, 0)                                                             \
    X("insert_new", 2, object_insert_new, 0)                                                     \
    X("lookup", 2, object_lookup, 0)                                                             \
    X("lookup_element", 3, object_lookup_element, 0)                                             \
    X("lookup_element", 4, object_lookup_element, 0)                                             \
    X("member", 2, object_member, 0)                                                             \
    X("take", 2, object_take, 0)                                                                 \
    X("delete", 2, object_delete, 0)                                                             \
    X("delete_object", 2, object_delete_object, 0)                                               \
    X("internal_delete_all", 2, object_delete_all, 0)                                            \
    X("update_counter", 3, object_update_counter, 0)                                             \
    X("update_counter", 4, object_update_counter_default, 0)                                     \
    X("update_element", 3, object_update_element, 0)                                             \
    X("update_element", 4, object_update_element_default, 0)                                     \
    X("first", 1, object_first, 0)                                                               \
    X("last", 1, object_last, 0)                                                                 \
    X("next", 2, object_next, 0)                                                                 \
    X("prev", 2, object_prev, 0)                                                                 \
    X("first_lookup", 1, object_first_lookup, 0)                                                 \
    X("last_lookup", 1, object_last_lookup, 0)                                                   \
    X("next_lookup", 2, object_next_lookup, 0)                                                   \
    X("prev_lookup", 2, object_prev_lookup, 0)                                                   \
    X("slot", 2, object_slot, 0)
NATIVE_TABLE_CONCURRENT(bif_ets_object, "ets", "erl_stdlib_errors", ETS_OBJECT_NATIVES)

#define ETS_RAW_NATIVES(X)                                                                       \
    X("ets_raw_first", 1, object_first, 0)                                                       \
    X("ets_raw_next", 2, object_next, 0)                                                         \
    X("ets_lookup_binary_info", 2, object_binary_info, 0)
NATIVE_TABLE_CONCURRENT(bif_erts_internal_ets_object, "erts_internal", NULL, ETS_RAW_NATIVES)

#define OBJECTS_A_SLICE 2000

static bool is_object(const struct ets_table *table, term t)
{
    return term_is_tuple(t) && term_tuple_arity(t) >= table->keypos;
}

static bool is_set(const struct ets_table *table)
{
    return table->type == ETS_SET || table->type == ETS_ORDERED_SET;
}

static term key_of(const struct ets_table *table, term tuple)
{
    return term_tuple_element(tuple, table->keypos - 1);
}

/* ---- insert ----------------------------------------------------------------------------- */

#define SHORT_LIST 100                 /* objects that are put in one go */

/* Whether all elements of a list of no more than SHORT_LIST are objects; *count says how many it has,
** SIZE_MAX: more. */
static bool check_short(const struct ets_table *table, term list, size_t *count)
{
    for (*count = 0; term_is_cons(list); list = term_tail(list)) {
        if (++*count > SHORT_LIST) {
            *count = SIZE_MAX;
            return true;
        }
        if (!is_object(table, term_head(list)))
            return false;
    }
    return list == TERM_NIL;
}

/* The objects of a long list as a term: all are made, in slices, before the first is put, so that nothing
** has changed when memory runs out; then they are the table's work. */
struct pending {
    struct resource resource;
    struct ets_work *work;
};

static const char pending_type;

static void destroy_pending(struct resource *resource)
{
    struct pending *p = (struct pending *) (void *) resource;
    struct memory *memory = p->work->memory;

    ets_work_release(p->work);
    memory_free(memory, MEMORY_ETS, p, sizeof *p);
}

static struct ets_work *pending_work(term t)
{
    return ((struct pending *) (void *) term_resource(t))->work;
}

/* A term for a new work; TERM_NONE without memory. */
static term make_pending(struct scheduler *s, enum ets_work_kind kind)
{
    struct memory *memory = s->node->memory;
    struct pending *p = memory_allocate_zeroed(memory, MEMORY_ETS, sizeof *p);
    term t;

    if (p == NULL)
        return TERM_NONE;
    p->work = ets_work_create(&s->node->heaps, kind);
    if (p->work == NULL) {
        memory_free(memory, MEMORY_ETS, p, sizeof *p);
        return TERM_NONE;
    }
    p->resource.references = 1;
    p->resource.destroy = destroy_pending;
    p->resource.type = &pending_type;
    t = heap_make_resource(native_heap(s), &p->resource, node_next_reference(s->node));
    resource_release(&p->resource);
    return t;
}

/* a: the pending objects, which are let go, and the error's reason. */
static term insert_fails(struct scheduler *s, const term *a)
{
    size_t limit = OBJECTS_A_SLICE;

    if (ets_work_empty(pending_work(a[0]), &limit))
        return a[1] == ATOM(badarg) ? raise_badarg(s) : raise_no_memory(s);
    native_charge(s, SLICE_REDUCTIONS);
    return native_yield(s, insert_fails, 2, a);
}

static native_fn work_on;
static native_fn insert_on;

/* a: reference of the table, its work, what is given when that is done. */
static term work_result(struct scheduler *s, const term *a)
{
    enum ets_work_state state = atomic_get(&pending_work(a[1])->state);

    return state == ETS_WORK_DONE ? a[2]
        : state == ETS_WORK_REFUSED ? ATOM(false) : raise_badarg_cause(s, ATOM(id));
}

/* Goes on with the work that fn(a) waits for, if it is not done: false when the slice is over. The table is in
** hand. */
static bool work_some(struct scheduler *s, struct ets_table *table, native_fn *fn, const term *a)
{
    return atomic_get(&pending_work(a[1])->state) != ETS_WORK_WAITS || ets_settle(s, table, fn, 3, a);
}

/* The same, wherever the table is; true when it is gone. */
static bool find_work(struct scheduler *s, native_fn *fn, const term *a)
{
    struct ets_table *table = ets_get_alone(s, a[0]);
    bool is_over = table == NULL || work_some(s, table, fn, a);

    if (table != NULL)
        ets_leave(s, table);
    return is_over;
}

static term work_on(struct scheduler *s, const term *a)
{
    return find_work(s, work_on, a) ? work_result(s, a) : TERM_NONE;
}

/* The work of a becomes that of the table in hand. */
static term work_begin(struct scheduler *s, struct ets_table *table, const term *a)
{
    ets_work_begin(table, pending_work(a[1]));
    return work_some(s, table, work_on, a) ? work_result(s, a) : TERM_NONE;
}

/* With no table in hand: what is let go may be anything. */
static term insert_failed(struct scheduler *s, term pending, term reason)
{
    term failed[2] = { pending, reason };

    return native_yield(s, insert_fails, 2, failed);
}

/* a: reference of the table, what is left of the list, the pending objects. */
static term insert_some(struct scheduler *s, struct ets_table *table, const term *a)
{
    struct ets_work *work = pending_work(a[2]);
    term rest[3] = { a[0], a[1], a[2] };

    for (; term_is_cons(rest[1]); rest[1] = term_tail(rest[1])) {
        if (native_budget_spent(s))
            return native_yield(s, insert_on, 3, rest);
        if (!is_object(table, term_head(rest[1])))
            return insert_failed(s, a[2], ATOM(badarg));
        if (!ets_work_add(work, table, term_head(rest[1])))
            return insert_failed(s, a[2], ATOM(system_limit));
        native_charge(s, 1);
    }
    if (rest[1] != TERM_NIL)
        return insert_failed(s, a[2], ATOM(badarg));
    rest[1] = rest[2];
    rest[2] = ATOM(true);
    return work_begin(s, table, rest);
}

static term insert_on(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get_for(s, a[0], ETS_WRITE, insert_on, 3, a);
    term result;

    if (table == NULL)
        return s->outcome == NATIVE_TRAPPED ? TERM_NONE : insert_failed(s, a[2], ATOM(badarg));
    result = insert_some(s, table, a);
    ets_leave(s, table);
    return result;
}

static term insert_long(struct scheduler *s, struct ets_table *table, term list, bool is_new)
{
    term a[3] = { ets_table_reference(native_heap(s), table), list,
        make_pending(s, is_new ? ETS_WORK_PUT_NEW : ETS_WORK_PUT) };

    return a[0] != TERM_NONE && a[2] != TERM_NONE ? insert_some(s, table, a) : raise_no_memory(s);
}

/* A short list, in one go. */
static term insert_short(struct scheduler *s, struct ets_table *table, term list)
{
    struct ets_object *made = NULL, **last = &made, *object;
    bool complete = true;

    for (; term_is_cons(list) && complete; list = term_tail(list)) {
        *last = ets_object_make(table, term_head(list));
        complete = *last != NULL;
        if (complete)
            last = &(*last)->next;
    }
    *last = NULL;
    while ((object = made) != NULL) {
        made = object->next;
        if (!complete) {
            ets_object_discard(s->node->memory, object);
            continue;
        }
        ets_adopt(table, object);
        ets_put(table, object);
    }
    return complete ? ATOM(true) : raise_no_memory(s);
}

/* {Key, Value}, immediates both. */
static bool is_plain_pair(term t)
{
    return term_is_tuple(t) && term_tuple_arity(t) == 2 && term_is_immediate(term_tuple_element(t, 0))
        && term_is_immediate(term_tuple_element(t, 1));
}

/* A plain pair over one of the same key, in a table that is not held alone; false: it is another case. */
static bool put_beside(struct ets_table *table, term pair)
{
    struct ets_object *object;

    if (table->keypos != 1 || !is_set(table) || !ets_may_change(table, 2))
        return false;
    object = ets_lookup(table, term_tuple_element(pair, 0));
    if (object == NULL || !is_plain_pair(ets_object_term(object))
        || ets_object_key(table, object) != term_tuple_element(pair, 0))
        return false;
    atomic_put(&object->tuple[2], term_tuple_element(pair, 1));
    return true;
}

static ets_body insert;

static term object_insert(struct scheduler *s, const term *a)
{
    bool is_one = node_is_shared(s->node) && is_plain_pair(a[1]);

    return ets_run(s, a, is_one ? ETS_WRITE | ETS_ONE : ETS_WRITE, insert);
}

static term insert(struct scheduler *s, struct ets_table *table, const term *a)
{
    size_t count;

    if (!ets_is_alone(table))
        return put_beside(table, a[1]) ? ATOM(true) : ETS_ALONE_FIRST;
    if (ets_is_wanted(table) && is_plain_pair(a[1]))
        ets_changed(table, 0);
    if (is_object(table, a[1]))
        return ets_insert(table, a[1]) ? ATOM(true) : raise_no_memory(s);
    if (!check_short(table, a[1], &count))
        return raise_badarg(s);
    if (count == SIZE_MAX)
        return insert_long(s, table, a[1], false);
    native_charge(s, count);
    return insert_short(s, table, a[1]);
}

ETS_NATIVE(object_insert_new, ETS_WRITE)
{
    size_t count;
    term list;

    if (is_object(table, a[1])) {
        if (ets_lookup(table, key_of(table, a[1])) != NULL)
            return ATOM(false);
        return ets_insert(table, a[1]) ? ATOM(true) : raise_no_memory(s);
    }
    if (!check_short(table, a[1], &count))
        return raise_badarg(s);
    if (count == SIZE_MAX)
        return insert_long(s, table, a[1], true);
    native_charge(s, count);
    for (list = a[1]; term_is_cons(list); list = term_tail(list)) {
        if (ets_lookup(table, key_of(table, term_head(list))) != NULL)
            return ATOM(false);
    }
    return insert_short(s, table, a[1]);
}

/* ---- lookup ---------------------------------------------------------------------------------- */

/* a: reference of the table, its work, position of the key in what is given as {Key, [Object]} or 0. */
static term run_result(struct scheduler *s, const term *a)
{
    struct ets_work *work = pending_work(a[1]);
    enum ets_work_state state = atomic_get(&work->state);
    term list;

    if (state == ETS_WORK_STARVED)
        return raise_no_memory(s);
    if (state != ETS_WORK_DONE)
        return state == ETS_WORK_REFUSED ? raise_badarg(s) : raise_badarg_cause(s, ATOM(id));
    heap_adopt(native_heap(s), &work->copies);
    list = work->list;
    if (term_small(a[2]) != 0)
        list = native_tuple2(s, term_tuple_element(term_head(list), (size_t) term_small(a[2]) - 1), list);
    return native_result(s, list);
}

static term run_on(struct scheduler *s, const term *a)
{
    return find_work(s, run_on, a) ? run_result(s, a) : TERM_NONE;
}

/* What is to be done to the many objects of a key, of which first is the first: a lookup is one point in
** time, so it is the table's work, and nobody sees the half of it. position is that of an element. */
static term run_start(struct scheduler *s, struct ets_table *table, struct ets_object *first,
    enum ets_work_kind kind, size_t position, bool with_key)
{
    term a[3];
    struct ets_work *work;

    if (!ets_is_alone(table))
        return ETS_ALONE_FIRST;
    a[0] = ets_table_reference(native_heap(s), table);
    a[1] = make_pending(s, kind);
    a[2] = kind == ETS_WORK_REMOVE ? ATOM(true) : term_make_small(with_key ? (intptr_t) table->keypos : 0);
    if (a[0] == TERM_NONE || a[1] == TERM_NONE)
        return raise_no_memory(s);
    work = pending_work(a[1]);
    work->run = work->from = first;
    work->position = position;
    if (kind == ETS_WORK_REMOVE)
        return work_begin(s, table, a);
    ets_work_begin(table, work);
    return work_some(s, table, run_on, a) ? run_result(s, a) : TERM_NONE;
}

static bool is_long(const struct ets_table *table, const struct ets_object *first)
{
    return !is_set(table) && ets_run_is_long(table, first, OBJECTS_A_SLICE);
}

/* All objects of the key of first, oldest first. */
static term copy_same(struct scheduler *s, const struct ets_table *table,
    const struct ets_object *first)
{
    term list = TERM_NIL;
    size_t count = 0;

    for (; first != NULL && list != TERM_NONE; first = ets_next_same(table, first), count++)
        list = ets_copy_cons(s, first, list);
    native_charge(s, count / 8);
    return list;
}

static native_fn object_lookup;

/* Tables of stock servers that start when they are first asked: what a program would find in them. */
static term lookup_missing(struct scheduler *s, const term *a, term cause)
{
    if (cause != ATOM(id))
        return raise_badarg_cause(s, cause);
    if (a[0] == ATOM(global_names) && ets_awaits_names(s)) {
        s->reductions = 0;
        return native_yield(s, object_lookup, 2, a);
    }
    if (a[0] == ATOM(ac_tab))           /* of application_controller: no application has an environment */
        return TERM_NIL;
    if (a[0] == ATOM(code_server) && native_find_name(s->node, a[0]) != TERM_NONE)
        return native_trap(s, ATOM(atomvm_code), ATOM(loaded), 1, a + 1);
    return raise_badarg_cause(s, cause);
}

static term lookup_in(struct scheduler *s, struct ets_table *table, const term *a)
{
    struct ets_object *object = ets_lookup(table, a[1]);

    if (object == NULL)
        return TERM_NIL;
    if (is_set(table))
        return native_result(s, ets_copy_cons(s, object, TERM_NIL));
    return is_long(table, object) ? run_start(s, table, object, ETS_WORK_COPY, 0, false)
                                  : native_result(s, copy_same(s, table, object));
}

static term object_lookup(struct scheduler *s, const term *a)
{
    unsigned access = ETS_READ;
    term result, cause;

    do {
        struct ets_table *table = ets_resolve(s, a[0], access, object_lookup, 2, a, &cause);

        if (table == NULL)
            return cause != TERM_NONE ? lookup_missing(s, a, cause) : TERM_NONE;
        result = lookup_in(s, table, a);
        ets_leave(s, table);
        access |= ETS_ALONE;
    } while (AVM_UNLIKELY(result == ETS_ALONE_FIRST));
    return result;
}

/* Elements at position of all objects of a key; TERM_NONE after raising. */
static term element_list(struct scheduler *s, const struct ets_table *table,
    const struct ets_object *object, size_t position)
{
    const struct ets_object *at;
    term list = TERM_NIL;

    for (at = object; at != NULL; at = ets_next_same(table, at)) {
        if (position > header_words(at->tuple[0]))
            return raise_badarg(s);
    }
    for (at = object; at != NULL && list != TERM_NONE; at = ets_next_same(table, at)) {
        term element = heap_copy(native_heap(s), at->tuple[position]);

        list = element != TERM_NONE ? native_cons(s, element, list) : TERM_NONE;
    }
    return native_result(s, list);
}

ETS_NATIVE(object_lookup_element, ETS_READ)
{
    struct ets_object *object;

    if (!term_is_small(a[2]) || term_small(a[2]) < 1)
        return raise_badarg(s);
    object = ets_lookup(table, a[1]);
    if (object == NULL)
        return s->native->arity == 4 ? a[3] : raise_badarg_cause(s, ATOM(badkey));
    if (is_long(table, object))
        return run_start(s, table, object, ETS_WORK_COPY, (size_t) term_small(a[2]), false);
    if (!is_set(table))
        return element_list(s, table, object, (size_t) term_small(a[2]));
    if ((size_t) term_small(a[2]) > header_words(object->tuple[0]))
        return raise_badarg(s);
    return native_result(s, heap_copy(native_heap(s), atomic_peek(&object->tuple[term_small(a[2])])));
}

ETS_NATIVE(object_member, ETS_READ)
{
    return native_boolean(ets_lookup(table, a[1]) != NULL);
}

ETS_NATIVE(object_take, ETS_WRITE)
{
    struct ets_object *object;
    term list;

    object = ets_lookup(table, a[1]);
    if (is_long(table, object))
        return run_start(s, table, object, ETS_WORK_TAKE, 0, false);
    list = copy_same(s, table, object);
    if (list != TERM_NONE)
        (void) ets_remove_key(table, a[1]);
    return native_result(s, list);
}

/* ---- delete ------------------------------------------------------------------------------------ */

ETS_NATIVE(object_delete, ETS_WRITE)
{
    if (!is_set(table)) {
        struct ets_object *object = ets_lookup(table, a[1]);

        if (is_long(table, object))
            return run_start(s, table, object, ETS_WORK_REMOVE, 0, false);
    }
    native_charge(s, ets_remove_key(table, a[1]) / 8);
    return ATOM(true);
}

ETS_NATIVE(object_delete_object, ETS_WRITE)
{
    if (!is_object(table, a[1]))
        return raise_badarg(s);
    (void) ets_remove_object(table, a[1]);
    return ATOM(true);
}

/* a: reference of the doomed table that has the objects now, what is to be given. */
static term delete_all_on(struct scheduler *s, const term *a)
{
    struct ets_table *shell = ets_find_doomed(s->node->ets, s->process->pid, term_reference_id(a[0]));

    if (shell == NULL || ets_table_free(shell, OBJECTS_A_SLICE))
        return a[1];
    native_charge(s, SLICE_REDUCTIONS);
    return native_yield(s, delete_all_on, 2, a);
}

/* What a fixed hash table holds stays in its buckets, dead. */
static term clear_fixed(struct scheduler *s, struct ets_table *table, term count)
{
    term a[3] = { ets_table_reference(native_heap(s), table), make_pending(s, ETS_WORK_CLEAR), count };

    if (a[0] == TERM_NONE || a[1] == TERM_NONE || count == TERM_NONE)
        return raise_no_memory(s);
    return work_begin(s, table, a);
}

/* Gives how many there were, or a[1] when that is not undefined. They are out of the table at once, and freed in slices. */
ETS_NATIVE(object_delete_all, ETS_WRITE)
{
    struct ets_table *shell;
    term rest[2];

    rest[1] = a[1] == ATOM(undefined) ? native_integer(s, (int64_t) table->count) : a[1];
    if (table->count <= OBJECTS_A_SLICE / 4 && ets_bucket_count(table) <= OBJECTS_A_SLICE) {
        native_charge(s, table->count / 8);
        ets_remove_all(table);
        return native_result(s, rest[1]);
    }
    if (table->fixes != NULL && table->type != ETS_ORDERED_SET)
        return clear_fixed(s, table, rest[1]);
    rest[0] = reference_make(native_heap(s), node_next_reference(s->node) | ETS_ID_BIT);
    shell = rest[0] == TERM_NONE || rest[1] == TERM_NONE ? NULL
        : ets_detach_all(table, s->process->pid, term_reference_id(rest[0]));
    return shell != NULL ? native_yield(s, delete_all_on, 2, rest) : raise_no_memory(s);
}

/* ---- update_counter ---------------------------------------------------------------------------- */

/* One object being changed: its tuple, copied to where it can be written. */
struct update {
    struct ets_table *table;
    struct ets_object *object;          /* NULL: made from a default */
    term *words;                        /* header and elements */
};

/* From the object of key, or the default (TERM_NONE: none) under that key. False: DATA_BAD_KEY or no
** memory in *status. */
static bool begin_update(struct scheduler *s, struct ets_table *table, term key, term fallback,
    struct update *u, enum data_status *status)
{
    const term *from;
    size_t size;

    u->table = table;
    u->object = ets_lookup(table, key);
    *status = DATA_BAD_KEY;
    if (u->object == NULL && (fallback == TERM_NONE || !is_object(table, fallback)))
        return false;
    from = u->object != NULL ? u->object->tuple : term_boxed(fallback);
    size = 1 + header_words(from[0]);
    *status = DATA_NO_MEMORY;
    u->words = heap_allocate(native_heap(s), size);
    if (u->words == NULL)
        return false;
    memcpy(u->words, from, size * sizeof *from);
    if (u->object == NULL)
        u->words[table->keypos] = key;
    return true;
}

static bool end_update(struct update *u)
{
    return u->object != NULL ? ets_rewrite(u->table, u->object, u->words)
                             : ets_insert(u->table, term_make_boxed(u->words));
}

/* TERM_NONE after raising what is wrong with {Position, Increment[, Threshold, SetTo]}; else an atom. */
static term check_operation(struct scheduler *s, const struct update *u, term operation)
{
    const term *elements;
    size_t arity;

    if (!term_is_tuple(operation))
        return raise_badarg(s);
    elements = term_tuple_elements(operation);
    arity = term_tuple_arity(operation);
    if ((arity != 2 && arity != 4) || !term_is_small(elements[0]) || !term_is_integer(elements[1])
        || (arity == 4 && (!term_is_integer(elements[2]) || !term_is_integer(elements[3]))))
        return raise_badarg(s);
    if (term_small(elements[0]) == (intptr_t) u->table->keypos)
        return raise_badarg_cause(s, ATOM(keypos));
    if (term_small(elements[0]) < 1
        || (size_t) term_small(elements[0]) > header_words(u->words[0]))
        return raise_badarg_cause(s, ATOM(position));
    return term_is_integer(u->words[term_small(elements[0])]) ? ATOM(ok) : raise_badarg(s);
}

/* The new value, in its place; TERM_NONE after raising. */
static term do_operation(struct scheduler *s, struct update *u, term operation)
{
    const term *elements = term_tuple_elements(operation);
    term *place = &u->words[term_small(elements[0])], sum;
    enum data_status status = number_add(native_heap(s), *place, elements[1], &sum);

    if (status != DATA_OK)
        return raise_no_memory(s);
    if (term_tuple_arity(operation) == 4) {
        bool falls = number_compare(elements[1], term_make_small(0)) < 0;
        int order = number_compare(sum, elements[2]);

        if (falls ? order < 0 : order > 0)
            sum = elements[3];
    }
    return *place = sum;
}

static term add_one(struct scheduler *s, struct update *u, term operation)
{
    term value;

    if (check_operation(s, u, operation) == TERM_NONE)
        return TERM_NONE;
    value = do_operation(s, u, operation);
    if (value == TERM_NONE)
        return TERM_NONE;
    value = native_result(s, heap_copy(native_heap(s), value));
    return value != TERM_NONE && !end_update(u) ? raise_no_memory(s) : value;
}

static term add_all(struct scheduler *s, struct update *u, term operations)
{
    term list, values = TERM_NIL, result = TERM_NIL;

    for (list = operations; term_is_cons(list); list = term_tail(list)) {
        if (check_operation(s, u, term_head(list)) == TERM_NONE)
            return TERM_NONE;
    }
    if (list != TERM_NIL)
        return raise_badarg(s);
    for (list = operations; term_is_cons(list); list = term_tail(list)) {
        term value = do_operation(s, u, term_head(list));

        if (value == TERM_NONE)
            return TERM_NONE;
        values = native_cons(s, value, values);
        if (values == TERM_NONE)
            return raise_no_memory(s);
    }
    for (; values != TERM_NIL && result != TERM_NONE; values = term_tail(values)) {
        term value = heap_copy(native_heap(s), term_head(values));

        result = value != TERM_NONE ? native_cons(s, value, result) : TERM_NONE;
    }
    return result != TERM_NONE && end_update(u) ? result : raise_no_memory(s);
}

/* What is to be done to a table held for one element is more than that: false, it is not held alone. */
static bool is_for_more(struct ets_table *table)
{
    if (!ets_is_alone(table))
        return false;
    ets_changed(table, 0);
    return true;
}

/* The counter next to the key, and a small step: most calls, and nothing is copied. */
static term add_small(struct ets_table *table, term key, term step)
{
    struct ets_object *object = ets_lookup(table, key);
    size_t position = table->keypos + 1;
    term value;
    int64_t sum;

    if (object == NULL || position > header_words(object->tuple[0]) || !ets_may_change(table, position))
        return TERM_NONE;
    value = atomic_peek(&object->tuple[position]);
    do {
        if (!term_is_small(value))
            return TERM_NONE;
        sum = (int64_t) term_small(value) + term_small(step);
        if (!small_fits(sum))
            return TERM_NONE;
    } while (!atomic_replace_if(!ets_is_alone(table), &object->tuple[position], &value,
        term_make_small((intptr_t) sum)));
    ets_changed(table, position);
    return term_make_small((intptr_t) sum);
}

static term update_counter(struct scheduler *s, struct ets_table *table, const term *a, term fallback)
{
    struct update u;
    enum data_status status;
    term result;

    if (!is_set(table))
        return raise_badarg_cause(s, ATOM(table_type));
    if (term_is_small(a[2]) && (result = add_small(table, a[1], a[2])) != TERM_NONE)
        return result;
    if (!is_for_more(table))
        return ETS_ALONE_FIRST;
    if (!begin_update(s, table, a[1], fallback, &u, &status))
        return status == DATA_BAD_KEY ? raise_badarg_cause(s, ATOM(badkey)) : raise_no_memory(s);
    if (term_is_integer(a[2])) {
        term operation = native_tuple2(s, term_make_small((intptr_t) table->keypos + 1), a[2]);

        return operation != TERM_NONE ? add_one(s, &u, operation) : raise_no_memory(s);
    }
    return term_is_tuple(a[2]) ? add_one(s, &u, a[2]) : add_all(s, &u, a[2]);
}

ETS_NATIVE(object_update_counter, ETS_WRITE | ETS_ONE)
{
    return update_counter(s, table, a, TERM_NONE);
}

ETS_NATIVE(object_update_counter_default, ETS_WRITE | ETS_ONE)
{
    return term_is_tuple(a[3]) ? update_counter(s, table, a, a[3]) : raise_badarg(s);
}

/* ---- update_element --------------------------------------------------------------------------------- */

/* TERM_NONE after raising, else an atom; the element is in its place. */
static term put_element(struct scheduler *s, struct update *u, term pair)
{
    const term *elements;

    if (!term_is_tuple(pair) || term_tuple_arity(pair) != 2)
        return raise_badarg(s);
    elements = term_tuple_elements(pair);
    if (!term_is_small(elements[0]))
        return raise_badarg(s);
    if (term_small(elements[0]) == (intptr_t) u->table->keypos)
        return raise_badarg_cause(s, ATOM(keypos));
    if (term_small(elements[0]) < 1
        || (size_t) term_small(elements[0]) > header_words(u->words[0]))
        return raise_badarg(s);
    u->words[term_small(elements[0])] = elements[1];
    return ATOM(ok);
}

/* One element, where both the old and the new one are immediates: most calls, and nothing is copied. False:
** it is another call. */
static bool put_small(struct ets_table *table, term key, term pair)
{
    struct ets_object *object;
    size_t position;

    if (!term_is_tuple(pair) || term_tuple_arity(pair) != 2 || !term_is_small(term_tuple_element(pair, 0))
        || !term_is_immediate(term_tuple_element(pair, 1)))
        return false;
    position = (size_t) term_small(term_tuple_element(pair, 0));
    object = ets_lookup(table, key);
    if (object == NULL || position == table->keypos || position < 1
        || position > header_words(object->tuple[0]) || !ets_may_change(table, position)
        || !term_is_immediate(atomic_peek(&object->tuple[position])))
        return false;
    atomic_put(&object->tuple[position], term_tuple_element(pair, 1));
    ets_changed(table, position);
    return true;
}

static term update_element(struct scheduler *s, struct ets_table *table, const term *a, term fallback)
{
    struct update u;
    enum data_status status;
    term list = a[2];

    if (!is_set(table))
        return raise_badarg(s);
    if (put_small(table, a[1], list))
        return ATOM(true);
    if (!is_for_more(table))
        return ETS_ALONE_FIRST;
    if (!begin_update(s, table, a[1], fallback, &u, &status))
        return status != DATA_BAD_KEY ? raise_no_memory(s)
            : fallback != TERM_NONE ? raise_badarg(s) : ATOM(false);
    if (term_is_tuple(list)) {
        if (put_element(s, &u, list) == TERM_NONE)
            return TERM_NONE;
        list = TERM_NIL;
    }
    for (; term_is_cons(list); list = term_tail(list)) {
        if (put_element(s, &u, term_head(list)) == TERM_NONE)
            return TERM_NONE;
    }
    if (list != TERM_NIL)
        return raise_badarg(s);
    return end_update(&u) ? ATOM(true) : raise_no_memory(s);
}

ETS_NATIVE(object_update_element, ETS_WRITE | ETS_ONE)
{
    return update_element(s, table, a, TERM_NONE);
}

ETS_NATIVE(object_update_element_default, ETS_WRITE | ETS_ONE)
{
    return term_is_tuple(a[3]) ? update_element(s, table, a, a[3]) : raise_badarg(s);
}

/* ---- from key to key ----------------------------------------------------------------------------------- */

static term key_result(struct scheduler *s, struct ets_table *table, struct ets_object *object)
{
    if (object == NULL)
        return ATOM(end_of_table);
    return native_result(s, heap_copy(native_heap(s), ets_object_key(table, object)));
}

/* {Key, [Object]} */
static term key_and_objects(struct scheduler *s, struct ets_table *table, struct ets_object *object)
{
    term list, key;

    if (object == NULL)
        return ATOM(end_of_table);
    if (is_long(table, object))
        return run_start(s, table, object, ETS_WORK_COPY, 0, true);
    list = copy_same(s, table, object);
    key = list != TERM_NONE ? key_of(table, term_head(list)) : TERM_NONE;
    return native_result(s, key != TERM_NONE ? native_tuple2(s, key, list) : TERM_NONE);
}

typedef term step_result(struct scheduler *s, struct ets_table *table, struct ets_object *object);

static AVM_ALWAYS_INLINE term step(struct scheduler *s, struct ets_table *table, term key, bool before,
    step_result *result)
{
    bool found;
    struct ets_object *object = ets_beside(table, key, before, &found);

    return found ? result(s, table, object) : raise_badarg(s);
}

ETS_NATIVE(object_first, ETS_READ)
{
    return key_result(s, table, ets_end(table, false));
}

ETS_NATIVE(object_last, ETS_READ)
{
    return key_result(s, table, ets_end(table, true));
}

ETS_NATIVE(object_next, ETS_READ)
{
    return step(s, table, a[1], false, key_result);
}

ETS_NATIVE(object_prev, ETS_READ)
{
    return step(s, table, a[1], true, key_result);
}

ETS_NATIVE(object_first_lookup, ETS_READ)
{
    return key_and_objects(s, table, ets_end(table, false));
}

ETS_NATIVE(object_last_lookup, ETS_READ)
{
    return key_and_objects(s, table, ets_end(table, true));
}

ETS_NATIVE(object_next_lookup, ETS_READ)
{
    return step(s, table, a[1], false, key_and_objects);
}

ETS_NATIVE(object_prev_lookup, ETS_READ)
{
    return step(s, table, a[1], true, key_and_objects);
}

static native_fn ordered_slot_on;

/* Up to limit steps towards the object at index, which is there, of an ordered_set. */
static term ordered_slot(struct scheduler *s, const term *a, struct ets_table *table, size_t limit)
{
    struct ets_object *object;

    if (!ets_ordered_slot(table, (size_t) term_small(a[1]), limit, &object))
        return raise_no_memory(s);
    if (object != NULL)
        return native_result(s, ets_copy_cons(s, object, TERM_NIL));
    native_charge(s, SLICE_REDUCTIONS);
    return native_yield(s, ordered_slot_on, 2, a);
}

/* False: *result is what the native ends with, as there is no slot a[1]. */
static bool has_slot(struct scheduler *s, const term *a, const struct ets_table *table, term *result)
{
    size_t slots = table->type == ETS_ORDERED_SET ? table->count : ets_bucket_count(table);

    if (!term_is_small(a[1]) || term_small(a[1]) < 0 || (size_t) term_small(a[1]) > slots)
        *result = raise_badarg(s);
    else if ((size_t) term_small(a[1]) == slots)
        *result = ATOM(end_of_table);
    else
        return true;
    return false;
}

/* Where others have changed the table meanwhile the steps begin anew, and then are one go: so they end. */
static term ordered_slot_on(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get_for(s, a[0], ETS_READ | ETS_ALONE, ordered_slot_on, 2, a);
    term result;

    if (table == NULL)
        return TERM_NONE;
    if (has_slot(s, a, table, &result))
        result = ordered_slot(s, a, table, ets_has_place(table) ? OBJECTS_A_SLICE : SIZE_MAX);
    ets_leave(s, table);
    return result;
}

static term bucket_slot(struct scheduler *s, struct ets_table *table, size_t index)
{
    struct ets_object *object = ets_bucket(table, index);
    term list = TERM_NIL;

    for (; object != NULL && list != TERM_NONE; object = object->next) {
        if (!object->dead)
            list = ets_copy_cons(s, object, list);
    }
    return native_result(s, list);
}

ETS_NATIVE(object_slot, ETS_READ | ETS_STILL)
{
    term result;

    if (!has_slot(s, a, table, &result))
        return result;
    if (table->type != ETS_ORDERED_SET)
        return bucket_slot(s, table, (size_t) term_small(a[1]));
    return ets_is_alone(table) ? ordered_slot(s, a, table, OBJECTS_A_SLICE) : ETS_ALONE_FIRST;
}

/* {Id, Bytes, References} in front of list. */
static term binary_info(struct scheduler *s, const struct offheap_binary *binary, term list)
{
    term id = native_integer(s, (int64_t) (uintptr_t) binary);
    term size = native_integer(s, (int64_t) binary->capacity);
    term info = TERM_NONE;

    if (id != TERM_NONE && size != TERM_NONE && list != TERM_NONE)
        info = native_tuple3(s, id, size,
            term_make_small((intptr_t) atomic_get(&binary->references)));
    return info != TERM_NONE ? native_cons(s, info, list) : TERM_NONE;
}

/* Of all off-heap binaries of a key's objects. */
ETS_NATIVE(object_binary_info, ETS_READ)
{
    struct ets_object *object;
    term list = TERM_NIL;

    for (object = ets_lookup(table, a[1]); object != NULL; object = ets_next_same(table, object)) {
        term offheap = ets_object_offheap(object);
        struct offheap_binary *binary;

        while ((binary = heap_flat_binary(&offheap)) != NULL && list != TERM_NONE)
            list = binary_info(s, binary, list);
    }
    return native_result(s, list);
}
