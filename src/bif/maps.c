/* maps.c - the natives of module maps, and erlang's of maps. The work is in data/map.c. */
#include "bif/bif.h"
#include "proc/native_call.h"

#define MAPS_NATIVES(X)                                                                          \
    X("find", 2, maps_find, 0)                                                                   \
    X("get", 2, maps_get, 0)                                                                     \
    X("from_keys", 2, maps_from_keys, 0)                                                         \
    X("from_list", 1, maps_from_list, 0)                                                         \
    X("is_key", 2, maps_is_key, 0)                                                               \
    X("keys", 1, maps_keys, 0)                                                                   \
    X("values", 1, maps_values, 0)                                                               \
    X("merge", 2, maps_merge, 0)                                                                 \
    X("put", 3, maps_put, 0)                                                                     \
    X("remove", 2, maps_remove, 0)                                                               \
    X("take", 2, maps_take, 0)                                                                   \
    X("update", 3, maps_update, 0)
NATIVE_TABLE(bif_maps, "maps", "erl_stdlib_errors", MAPS_NATIVES)

#define ERLANG_MAP_NATIVES(X)                                                                    \
    X("map_get", 2, erlang_map_get, NATIVE_GUARD)                                                \
    X("is_map_key", 2, erlang_is_map_key, NATIVE_GUARD)                                          \
    X("map_size", 1, erlang_map_size, NATIVE_GUARD)
NATIVE_TABLE(bif_erlang_map, "erlang", "erl_erts_errors", ERLANG_MAP_NATIVES)

static term raise_badmap(struct scheduler *s, term map)
{
    return raise_tagged(s, ATOM(badmap), map);
}

static term get_or_raise(struct scheduler *s, term key, term map)
{
    term value;

    if (!term_is_map(map))
        return raise_badmap(s, map);
    value = map_get(&s->node->compare, map, key);
    return value != TERM_NONE ? value : raise_tagged(s, ATOM(badkey), key);
}

static term maps_get(struct scheduler *s, const term *a)
{
    return get_or_raise(s, a[0], a[1]);
}

static term erlang_map_get(struct scheduler *s, const term *a)
{
    return get_or_raise(s, a[0], a[1]);
}

static term maps_find(struct scheduler *s, const term *a)
{
    term value;

    if (!term_is_map(a[1]))
        return raise_badmap(s, a[1]);
    value = map_get(&s->node->compare, a[1], a[0]);
    return value != TERM_NONE ? native_result(s, native_tuple2(s, ATOM(ok), value)) : ATOM(error);
}

static term maps_is_key(struct scheduler *s, const term *a)
{
    if (!term_is_map(a[1]))
        return raise_badmap(s, a[1]);
    return native_boolean(map_get(&s->node->compare, a[1], a[0]) != TERM_NONE);
}

static term erlang_is_map_key(struct scheduler *s, const term *a)
{
    return maps_is_key(s, a);
}

static term erlang_map_size(struct scheduler *s, const term *a)
{
    if (!term_is_map(a[0]))
        return raise_badmap(s, a[0]);
    return term_make_small((intptr_t) term_map_size(a[0]));
}

/* Keys and values of a list of pairs (or of keys with one value) in one array, then into a map. */
static term map_from_pairs(struct scheduler *s, term list, bool is_keys, term value)
{
    struct memory *memory = s->node->memory;
    struct heap *heap = native_heap(s);
    size_t count = 0, size, i;
    term *pairs, rest, result, empty;
    enum data_status status;

    for (rest = list; term_is_cons(rest); rest = term_tail(rest)) {
        term item = term_head(rest);

        if (!is_keys && !(term_is_tuple(item) && term_tuple_arity(item) == 2))
            return raise_badarg(s);
        count++;
    }
    if (!term_is_nil(rest))
        return raise_badarg(s);
    empty = map_empty(heap);
    if (empty == TERM_NONE)
        return raise_no_memory(s);
    if (count == 0)
        return empty;
    if (!size_multiply(count, 2 * sizeof(term), &size)
        || (pairs = memory_allocate(memory, MEMORY_OTHER, size)) == NULL)
        return raise_no_memory(s);
    for (i = 0, rest = list; i < count; i++, rest = term_tail(rest)) {
        term item = term_head(rest);

        pairs[2 * i] = is_keys ? item : term_tuple_element(item, 0);
        pairs[2 * i + 1] = is_keys ? value : term_tuple_element(item, 1);
    }
    status = map_put_pairs(&s->node->compare, heap, empty, pairs, count, false, &result);
    memory_free(memory, MEMORY_OTHER, pairs, size);
    native_charge(s, count / 8);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term maps_from_list(struct scheduler *s, const term *a)
{
    return map_from_pairs(s, a[0], false, TERM_NIL);
}

static term maps_from_keys(struct scheduler *s, const term *a)
{
    return map_from_pairs(s, a[0], true, a[1]);
}

/* The keys or values as a list, in iteration order. */
static term list_of(struct scheduler *s, term map, bool values)
{
    struct map_iterator iterator;
    size_t count, i = 0;
    term *cells, key, value;

    if (!term_is_map(map))
        return raise_badmap(s, map);
    count = term_map_size(map);
    if (count == 0)
        return TERM_NIL;
    cells = heap_allocate(native_heap(s), 2 * count);
    if (cells == NULL)
        return raise_no_memory(s);
    map_iterator_init(&iterator, map);
    while (map_iterator_next(&iterator, &key, &value)) {
        cells[2 * i] = values ? value : key;
        cells[2 * i + 1] = i + 1 < count ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
        i++;
    }
    native_charge(s, count / 16);
    return term_make_cons(cells);
}

static term maps_keys(struct scheduler *s, const term *a)
{
    return list_of(s, a[0], false);
}

static term maps_values(struct scheduler *s, const term *a)
{
    return list_of(s, a[0], true);
}

static term maps_merge(struct scheduler *s, const term *a)
{
    term result;
    enum data_status status;

    if (!term_is_map(a[0]))
        return raise_badmap(s, a[0]);
    if (!term_is_map(a[1]))
        return raise_badmap(s, a[1]);
    status = map_merge(&s->node->compare, native_heap(s), a[0], a[1], &result);
    native_charge(s, (term_map_size(a[0]) + term_map_size(a[1])) / 8);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term maps_put(struct scheduler *s, const term *a)
{
    term result;
    enum data_status status;

    if (!term_is_map(a[2]))
        return raise_badmap(s, a[2]);
    status = map_put(&s->node->compare, native_heap(s), a[2], a[0], a[1], &result);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term maps_update(struct scheduler *s, const term *a)
{
    term result;
    enum data_status status;

    if (!term_is_map(a[2]))
        return raise_badmap(s, a[2]);
    status = map_update(&s->node->compare, native_heap(s), a[2], a[0], a[1], &result);
    if (status == DATA_BAD_KEY)
        return raise_tagged(s, ATOM(badkey), a[0]);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term maps_remove(struct scheduler *s, const term *a)
{
    term result;
    enum data_status status;

    if (!term_is_map(a[1]))
        return raise_badmap(s, a[1]);
    status = map_remove(&s->node->compare, native_heap(s), a[1], a[0], &result, NULL);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term maps_take(struct scheduler *s, const term *a)
{
    term result, found;
    enum data_status status;

    if (!term_is_map(a[1]))
        return raise_badmap(s, a[1]);
    status = map_remove(&s->node->compare, native_heap(s), a[1], a[0], &result, &found);
    if (status != DATA_OK)
        return raise_status(s, status);
    return found != TERM_NONE ? native_result(s, native_tuple2(s, found, result)) : ATOM(error);
}
