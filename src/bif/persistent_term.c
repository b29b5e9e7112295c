/* persistent_term.c - the natives of module persistent_term over ets/persistent.c. */
#include "bif/bif.h"
#include "data/number.h"
#include "ets/persistent.h"
#include "proc/native_call.h"

#define PERSISTENT_TERM_NATIVES(X)                                                               \
    X("get", 0, persistent_term_get0, 0)                                                         \
    X("get", 1, persistent_term_get1, 0)                                                         \
    X("get", 2, persistent_term_get2, 0)                                                         \
    X("put", 2, persistent_term_put, 0)                                                          \
    X("put_new", 2, persistent_term_put_new, 0)                                                  \
    X("erase", 1, persistent_term_erase, 0)                                                      \
    X("info", 0, persistent_term_info, 0)
NATIVE_TABLE(bif_persistent_term, "persistent_term", "erl_erts_errors", PERSISTENT_TERM_NATIVES)

static struct persistent_table *table_of(struct scheduler *s)
{
    return s->node->persistent_terms;
}

static term persistent_term_get1(struct scheduler *s, const term *a)
{
    term value = persistent_find(table_of(s), a[0]);

    return value == TERM_NONE ? raise_badarg(s)
                              : native_result(s, heap_copy(native_heap(s), value));
}

static term persistent_term_get2(struct scheduler *s, const term *a)
{
    term value = persistent_find(table_of(s), a[0]);

    return value == TERM_NONE ? a[1] : native_result(s, heap_copy(native_heap(s), value));
}

static term persistent_term_put(struct scheduler *s, const term *a)
{
    enum data_status status = persistent_put(table_of(s), a[0], a[1]);

    return status == DATA_OK ? ATOM(ok) : raise_status(s, status);
}

static term persistent_term_put_new(struct scheduler *s, const term *a)
{
    term value = persistent_find(table_of(s), a[0]);

    if (value != TERM_NONE && !term_equal_exact(&s->node->compare, value, a[1]))
        return raise_badarg(s);
    return persistent_term_put(s, a);
}

static term persistent_term_erase(struct scheduler *s, const term *a)
{
    return native_boolean(persistent_remove(table_of(s), a[0]));
}

static term persistent_term_get0(struct scheduler *s, const term *a)
{
    size_t position = 0;
    term list = TERM_NIL, key, value;

    (void) a;
    while (persistent_next(table_of(s), &position, &key, &value)) {
        key = heap_copy(native_heap(s), key);
        value = heap_copy(native_heap(s), value);
        if (key == TERM_NONE || value == TERM_NONE)
            return raise_no_memory(s);
        list = native_cons(s, native_tuple2(s, key, value), list);
        if (list == TERM_NONE)
            return raise_no_memory(s);
    }
    return list;
}

static term persistent_term_info(struct scheduler *s, const term *a)
{
    struct persistent_table *table = table_of(s);
    term pairs[4], map, result;
    enum data_status status;

    (void) a;
    pairs[0] = ATOM(count);
    pairs[1] = term_make_small((intptr_t) persistent_count(table));
    pairs[2] = ATOM(memory);
    pairs[3] = integer_make_uint64(native_heap(s), persistent_bytes(table));
    map = map_empty(native_heap(s));
    if (map == TERM_NONE || pairs[3] == TERM_NONE)
        return raise_no_memory(s);
    status = map_put_pairs(&s->node->compare, native_heap(s), map, pairs, 2, false, &result);
    return status == DATA_OK ? result : raise_status(s, status);
}
