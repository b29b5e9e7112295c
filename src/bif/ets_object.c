/* ets_object.c - natives of module ets that put, find, change and remove single objects, and those that
** step from key to key. */
#include "bif/bif.h"
#include "bif/ets.h"
#include "data/number.h"

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
NATIVE_TABLE(bif_ets_object, "ets", "erl_stdlib_errors", ETS_OBJECT_NATIVES)

#define ETS_RAW_NATIVES(X)                                                                       \
    X("ets_raw_first", 1, object_first, 0)                                                       \
    X("ets_raw_next", 2, object_next, 0)                                                         \
    X("ets_lookup_binary_info", 2, object_binary_info, 0)
NATIVE_TABLE(bif_erts_internal_ets_object, "erts_internal", NULL, ETS_RAW_NATIVES)

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

/* Each element of a proper list of objects; false: it is none. */
static bool are_objects(struct scheduler *s, const struct ets_table *table, term list)
{
    size_t count = 0;

    for (; term_is_cons(list); list = term_tail(list), count++) {
        if (!is_object(table, term_head(list)))
            return false;
    }
    native_charge(s, count);
    return list == TERM_NIL;
}

/* All are made before the first is put, so that nothing has changed when memory runs out. */
static bool insert_list(struct ets_table *table, term list)
{
    struct ets_object *made = NULL, **last = &made, *object;
    bool complete = true;

    for (; term_is_cons(list) && complete; list = term_tail(list)) {
        *last = ets_object_create(table, term_head(list));
        complete = *last != NULL;
        if (complete)
            last = &(*last)->child[0];
    }
    while ((object = made) != NULL) {
        made = object->child[0];
        if (complete)
            ets_put(table, object);
        else
            ets_object_destroy(table, object);
    }
    return complete;
}

static term object_insert(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    if (table == NULL)
        return TERM_NONE;
    if (is_object(table, a[1]))
        return ets_insert(table, a[1]) ? ATOM(true) : raise_no_memory(s);
    if (!are_objects(s, table, a[1]))
        return raise_badarg(s);
    return insert_list(table, a[1]) ? ATOM(true) : raise_no_memory(s);
}

static term object_insert_new(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    term list;

    if (table == NULL)
        return TERM_NONE;
    if (is_object(table, a[1])) {
        if (ets_lookup(table, key_of(table, a[1])) != NULL)
            return ATOM(false);
        return ets_insert(table, a[1]) ? ATOM(true) : raise_no_memory(s);
    }
    if (!are_objects(s, table, a[1]))
        return raise_badarg(s);
    for (list = a[1]; term_is_cons(list); list = term_tail(list)) {
        if (ets_lookup(table, key_of(table, term_head(list))) != NULL)
            return ATOM(false);
    }
    return insert_list(table, a[1]) ? ATOM(true) : raise_no_memory(s);
}

/* ---- lookup ---------------------------------------------------------------------------------- */

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

static term object_lookup(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);
    struct ets_object *object;

    if (table == NULL)
        return TERM_NONE;
    object = ets_lookup(table, a[1]);
    if (object == NULL)
        return TERM_NIL;
    return native_result(s, is_set(table) ? ets_copy_cons(s, object, TERM_NIL)
                                          : copy_same(s, table, object));
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

static term object_lookup_element(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);
    struct ets_object *object;

    if (table == NULL)
        return TERM_NONE;
    if (!term_is_small(a[2]) || term_small(a[2]) < 1)
        return raise_badarg(s);
    object = ets_lookup(table, a[1]);
    if (object == NULL)
        return s->native->arity == 4 ? a[3] : raise_badarg_cause(s, ATOM(badkey));
    if (!is_set(table))
        return element_list(s, table, object, (size_t) term_small(a[2]));
    if ((size_t) term_small(a[2]) > header_words(object->tuple[0]))
        return raise_badarg(s);
    return native_result(s, heap_copy(native_heap(s), object->tuple[term_small(a[2])]));
}

static term object_member(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);

    return table == NULL ? TERM_NONE : native_boolean(ets_lookup(table, a[1]) != NULL);
}

static term object_take(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    term list;

    if (table == NULL)
        return TERM_NONE;
    list = copy_same(s, table, ets_lookup(table, a[1]));
    if (list != TERM_NONE)
        (void) ets_remove_key(table, a[1]);
    return native_result(s, list);
}

/* ---- delete ------------------------------------------------------------------------------------ */

static term object_delete(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    if (table == NULL)
        return TERM_NONE;
    native_charge(s, ets_remove_key(table, a[1]) / 8);
    return ATOM(true);
}

static term object_delete_object(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    if (table == NULL)
        return TERM_NONE;
    if (!is_object(table, a[1]))
        return raise_badarg(s);
    (void) ets_remove_object(table, a[1]);
    return ATOM(true);
}

/* Gives how many there were. */
static term object_delete_all(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    size_t count;

    if (table == NULL)
        return TERM_NONE;
    count = table->count;
    ets_remove_all(table);
    native_charge(s, count / 8);
    return native_result(s, native_integer(s, (int64_t) count));
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

/* The counter next to the key, and a small step: most calls, and nothing is copied. */
static term add_small(const struct ets_table *table, term key, term step)
{
    struct ets_object *object = ets_lookup(table, key);
    size_t position = table->keypos + 1;
    int64_t sum;

    if (object == NULL || position > header_words(object->tuple[0])
        || !term_is_small(object->tuple[position]))
        return TERM_NONE;
    sum = (int64_t) term_small(object->tuple[position]) + term_small(step);
    return small_fits(sum) ? object->tuple[position] = term_make_small((intptr_t) sum) : TERM_NONE;
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
    if (!begin_update(s, table, a[1], fallback, &u, &status))
        return status == DATA_BAD_KEY ? raise_badarg_cause(s, ATOM(badkey)) : raise_no_memory(s);
    if (term_is_integer(a[2])) {
        term operation = native_tuple2(s, term_make_small((intptr_t) table->keypos + 1), a[2]);

        return operation != TERM_NONE ? add_one(s, &u, operation) : raise_no_memory(s);
    }
    return term_is_tuple(a[2]) ? add_one(s, &u, a[2]) : add_all(s, &u, a[2]);
}

static term object_update_counter(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    return table != NULL ? update_counter(s, table, a, TERM_NONE) : TERM_NONE;
}

static term object_update_counter_default(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    if (table == NULL)
        return TERM_NONE;
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

static term update_element(struct scheduler *s, struct ets_table *table, const term *a, term fallback)
{
    struct update u;
    enum data_status status;
    term list = a[2];

    if (!is_set(table))
        return raise_badarg(s);
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

static term object_update_element(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    return table != NULL ? update_element(s, table, a, TERM_NONE) : TERM_NONE;
}

static term object_update_element_default(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    if (table == NULL)
        return TERM_NONE;
    return term_is_tuple(a[3]) ? update_element(s, table, a, a[3]) : raise_badarg(s);
}

/* ---- from key to key ----------------------------------------------------------------------------------- */

static term key_result(struct scheduler *s, const struct ets_table *table,
    const struct ets_object *object)
{
    if (object == NULL)
        return ATOM(end_of_table);
    return native_result(s, heap_copy(native_heap(s), ets_object_key(table, object)));
}

/* {Key, [Object]} */
static term key_and_objects(struct scheduler *s, const struct ets_table *table,
    const struct ets_object *object)
{
    term list, key;

    if (object == NULL)
        return ATOM(end_of_table);
    list = copy_same(s, table, object);
    key = list != TERM_NONE ? key_of(table, term_head(list)) : TERM_NONE;
    return native_result(s, key != TERM_NONE ? native_tuple2(s, key, list) : TERM_NONE);
}

typedef term step_result(struct scheduler *s, const struct ets_table *table,
    const struct ets_object *object);

static term at_end(struct scheduler *s, const term *a, bool last, step_result *result)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);

    return table != NULL ? result(s, table, ets_end(table, last)) : TERM_NONE;
}

static term step(struct scheduler *s, const term *a, bool before, step_result *result)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);
    struct ets_object *object;
    bool found;

    if (table == NULL)
        return TERM_NONE;
    object = ets_beside(table, a[1], before, &found);
    return found ? result(s, table, object) : raise_badarg(s);
}

static term object_first(struct scheduler *s, const term *a)
{
    return at_end(s, a, false, key_result);
}

static term object_last(struct scheduler *s, const term *a)
{
    return at_end(s, a, true, key_result);
}

static term object_next(struct scheduler *s, const term *a)
{
    return step(s, a, false, key_result);
}

static term object_prev(struct scheduler *s, const term *a)
{
    return step(s, a, true, key_result);
}

static term object_first_lookup(struct scheduler *s, const term *a)
{
    return at_end(s, a, false, key_and_objects);
}

static term object_last_lookup(struct scheduler *s, const term *a)
{
    return at_end(s, a, true, key_and_objects);
}

static term object_next_lookup(struct scheduler *s, const term *a)
{
    return step(s, a, false, key_and_objects);
}

static term object_prev_lookup(struct scheduler *s, const term *a)
{
    return step(s, a, true, key_and_objects);
}

/* The object at index in an ordered_set; NULL: none. */
static struct ets_object *ordered_slot(const struct ets_table *table, size_t index)
{
    struct ets_cursor cursor;
    struct ets_object *object;

    ets_cursor_start(&cursor, table, false);
    do
        object = ets_cursor_next(&cursor);
    while (object != NULL && index-- > 0);
    return object;
}

static term object_slot(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);
    struct ets_object *object;
    size_t index, slots;
    term list = TERM_NIL;

    if (table == NULL)
        return TERM_NONE;
    slots = table->type == ETS_ORDERED_SET ? table->count : ets_bucket_count(table);
    if (!term_is_small(a[1]) || term_small(a[1]) < 0 || (size_t) term_small(a[1]) > slots)
        return raise_badarg(s);
    index = (size_t) term_small(a[1]);
    if (index == slots)
        return ATOM(end_of_table);
    if (table->type == ETS_ORDERED_SET) {
        native_charge(s, index / 16);
        return native_result(s, ets_copy_cons(s, ordered_slot(table, index), TERM_NIL));
    }
    for (object = ets_bucket(table, index); object != NULL && list != TERM_NONE; object = object->next) {
        if (!object->dead)
            list = ets_copy_cons(s, object, list);
    }
    return native_result(s, list);
}

/* [{Id, Bytes, References}] of the off-heap binaries of a key's objects. */
static term object_binary_info(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);
    struct ets_object *object;

    if (table == NULL)
        return TERM_NONE;
    object = ets_lookup(table, a[1]);
    return object == NULL ? raise_badarg(s) : TERM_NIL;
}
