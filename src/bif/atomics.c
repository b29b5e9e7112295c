/* atomics.c - arrays of 64-bit integers that all processes share: natives of atomics, and of counters
** by way of erts_internal. An array is a resource; index 1 is its first number. */
#include "bif/bif.h"
#include "data/map.h"
#include "data/number.h"
#include "proc/native_call.h"

#define ATOMICS_NATIVES(X)                                                                       \
    X("add", 3, atomics_add, 0)                                                                  \
    X("add_get", 3, atomics_add_get, 0)                                                          \
    X("compare_exchange", 4, atomics_compare_exchange, 0)                                        \
    X("exchange", 3, atomics_exchange, 0)                                                        \
    X("get", 2, atomics_get, 0)                                                                  \
    X("info", 1, atomics_info, 0)                                                                \
    X("put", 3, atomics_put, 0)
NATIVE_TABLE_CONCURRENT(bif_atomics, "atomics", "erl_erts_errors", ATOMICS_NATIVES)

#define COUNTERS_NATIVES(X)                                                                      \
    X("atomics_new", 2, atomics_new, 0)                                                          \
    X("counters_new", 1, counters_new, 0)                                                        \
    X("counters_get", 2, atomics_get, 0)                                                         \
    X("counters_add", 3, atomics_add, 0)                                                         \
    X("counters_put", 3, atomics_put, 0)                                                         \
    X("counters_info", 1, counters_info, 0)
NATIVE_TABLE(bif_erts_internal_atomics, "erts_internal", NULL, COUNTERS_NATIVES)

struct atomics {
    struct resource resource;
    struct memory *memory;
    size_t count;
    bool is_signed;
    AVM_ATOMIC(uint64_t) values[];
};

static const char atomics_type;

static size_t size_of(size_t count)
{
    return sizeof(struct atomics) + count * sizeof(uint64_t);
}

static void destroy_atomics(struct resource *resource)
{
    struct atomics *atomics = (struct atomics *) (void *) resource;

    memory_free(atomics->memory, MEMORY_RESOURCE, atomics, size_of(atomics->count));
}

static struct atomics *atomics_of(term t)
{
    if (!term_is_resource(t) || term_resource(t)->type != &atomics_type)
        return NULL;
    return (struct atomics *) (void *) term_resource(t);
}

static term make(struct scheduler *s, term count, bool is_signed)
{
    uint64_t wanted;
    struct atomics *atomics;
    term reference;

    if (term_has_kind(count, BOXED_BIG_POSITIVE))
        return raise_no_memory(s);
    if (!integer_get_uint64(count, &wanted) || wanted == 0)
        return raise_badarg(s);
    if (wanted > (SIZE_MAX / 2 - sizeof *atomics) / sizeof(uint64_t))
        return raise_no_memory(s);
    atomics = memory_allocate_zeroed(s->node->memory, MEMORY_RESOURCE, size_of((size_t) wanted));
    if (atomics == NULL)
        return raise_no_memory(s);
    atomics->resource.references = 1;
    atomics->resource.destroy = destroy_atomics;
    atomics->resource.type = &atomics_type;
    atomics->memory = s->node->memory;
    atomics->count = (size_t) wanted;
    atomics->is_signed = is_signed;
    reference = heap_make_resource(native_heap(s), &atomics->resource, node_next_reference(s->node));
    resource_release(&atomics->resource);
    return native_result(s, reference);
}

/* Options come as a small: bit 0 says signed. */
static term atomics_new(struct scheduler *s, const term *a)
{
    return term_is_small(a[1]) ? make(s, a[0], (term_small(a[1]) & 1) != 0) : raise_badarg(s);
}

static term counters_new(struct scheduler *s, const term *a)
{
    return make(s, a[0], true);
}

/* NULL: no array, or no such index. */
static AVM_ATOMIC(uint64_t) *place_of(const term *a, struct atomics **atomics)
{
    *atomics = atomics_of(a[0]);
    if (*atomics == NULL || !term_is_small(a[1]) || term_small(a[1]) < 1
        || (uint64_t) term_small(a[1]) > (*atomics)->count)
        return NULL;
    return &(*atomics)->values[term_small(a[1]) - 1];
}

/* False: no integer that the array holds. */
static bool read_value(const struct atomics *atomics, term t, uint64_t *value)
{
    int64_t number;

    if (!atomics->is_signed)
        return integer_get_uint64(t, value);
    if (!integer_get_int64(t, &number))
        return false;
    *value = (uint64_t) number;
    return true;
}

/* What is added may be any of 64 bits, with a sign or without, in either array. */
static bool read_step(term t, uint64_t *value)
{
    int64_t number;

    if (!integer_get_int64(t, &number))
        return integer_get_uint64(t, value);
    *value = (uint64_t) number;
    return true;
}

static term make_value(struct scheduler *s, const struct atomics *atomics, uint64_t value)
{
    return native_result(s, atomics->is_signed ? integer_make_int64(native_heap(s), (int64_t) value)
                                               : integer_make_uint64(native_heap(s), value));
}

static uint64_t exchange(AVM_ATOMIC(uint64_t) *place, uint64_t value)
{
    uint64_t old = atomic_get(place);

    while (!atomic_replace(place, &old, value))
        continue;
    return old;
}

static term atomics_get(struct scheduler *s, const term *a)
{
    struct atomics *atomics;
    AVM_ATOMIC(uint64_t) *place = place_of(a, &atomics);

    return place != NULL ? make_value(s, atomics, atomic_get(place)) : raise_badarg(s);
}

static term atomics_put(struct scheduler *s, const term *a)
{
    struct atomics *atomics;
    AVM_ATOMIC(uint64_t) *place = place_of(a, &atomics);
    uint64_t value;

    if (place == NULL || !read_value(atomics, a[2], &value))
        return raise_badarg(s);
    atomic_put(place, value);
    return ATOM(ok);
}

static term atomics_add(struct scheduler *s, const term *a)
{
    struct atomics *atomics;
    AVM_ATOMIC(uint64_t) *place = place_of(a, &atomics);
    uint64_t step;

    if (place == NULL || !read_step(a[2], &step))
        return raise_badarg(s);
    (void) atomic_add(place, step);
    return ATOM(ok);
}

static term atomics_add_get(struct scheduler *s, const term *a)
{
    struct atomics *atomics;
    AVM_ATOMIC(uint64_t) *place = place_of(a, &atomics);
    uint64_t step;

    if (place == NULL || !read_step(a[2], &step))
        return raise_badarg(s);
    return make_value(s, atomics, atomic_add(place, step) + step);
}

static term atomics_exchange(struct scheduler *s, const term *a)
{
    struct atomics *atomics;
    AVM_ATOMIC(uint64_t) *place = place_of(a, &atomics);
    uint64_t value;

    if (place == NULL || !read_value(atomics, a[2], &value))
        return raise_badarg(s);
    return make_value(s, atomics, exchange(place, value));
}

static term atomics_compare_exchange(struct scheduler *s, const term *a)
{
    struct atomics *atomics;
    AVM_ATOMIC(uint64_t) *place = place_of(a, &atomics);
    uint64_t expected, value;

    if (place == NULL || !read_value(atomics, a[2], &expected)
        || !read_value(atomics, a[3], &value))
        return raise_badarg(s);
    return atomic_replace(place, &expected, value) ? ATOM(ok) : make_value(s, atomics, expected);
}

/* #{size, memory} and, for atomics, #{max, min}. */
static term make_info(struct scheduler *s, const struct atomics *atomics, size_t pairs)
{
    struct heap *heap = native_heap(s);
    term items[8], map = map_empty(heap), result;
    size_t i;

    items[0] = ATOM(size);
    items[1] = native_integer(s, (int64_t) atomics->count);
    items[2] = ATOM(memory);
    items[3] = native_integer(s, (int64_t) size_of(atomics->count));
    items[4] = ATOM(max);
    items[5] = integer_make_uint64(heap, atomics->is_signed ? (uint64_t) INT64_MAX : UINT64_MAX);
    items[6] = ATOM(min);
    items[7] = native_integer(s, atomics->is_signed ? INT64_MIN : 0);
    for (i = 0; i < AVM_COUNT_OF(items); i++) {
        if (items[i] == TERM_NONE || map == TERM_NONE)
            return raise_no_memory(s);
    }
    if (map_put_pairs(&s->node->compare, heap, map, items, pairs, false, &result) != DATA_OK)
        return raise_no_memory(s);
    return result;
}

static term atomics_info(struct scheduler *s, const term *a)
{
    struct atomics *atomics = atomics_of(a[0]);

    return atomics != NULL ? make_info(s, atomics, 4) : raise_badarg(s);
}

static term counters_info(struct scheduler *s, const term *a)
{
    struct atomics *atomics = atomics_of(a[0]);

    return atomics != NULL ? make_info(s, atomics, 2) : raise_badarg(s);
}
