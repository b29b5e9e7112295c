/* maps.c - the natives of module maps that look at few pairs, and erlang's of maps. The work is in data/map.c. */
#include "bif/bif.h"
#include "proc/native_call.h"

#define MAPS_NATIVES(X)                                                                          \
    X("find", 2, maps_find, 0)                                                                   \
    X("get", 2, maps_get, 0)                                                                     \
    X("is_key", 2, maps_is_key, 0)                                                               \
    X("put", 3, maps_put, 0)                                                                     \
    X("remove", 2, maps_remove, 0)                                                               \
    X("take", 2, maps_take, 0)                                                                   \
    X("update", 3, maps_update, 0)
NATIVE_TABLE_CONCURRENT(bif_maps, "maps", "erl_stdlib_errors", MAPS_NATIVES)

#define ERLANG_MAP_NATIVES(X)                                                                    \
    X("map_get", 2, erlang_map_get, NATIVE_GUARD)                                                \
    X("is_map_key", 2, erlang_is_map_key, NATIVE_GUARD)                                          \
    X("map_size", 1, erlang_map_size, NATIVE_GUARD)
NATIVE_TABLE_CONCURRENT(bif_erlang_map, "erlang", "erl_erts_errors", ERLANG_MAP_NATIVES)

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
