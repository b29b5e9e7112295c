/* atomvm_memory.c - atomvm:memory/0: what is counted, by kind. The counts are those of the moment of the
** call, before its result is made. */
#include "bif/bif.h"
#include "data/map.h"
#include "data/number.h"
#include "proc/native_call.h"

#define ATOMVM_MEMORY_NATIVES(X) X("memory", 0, memory_by_kind, 0)
NATIVE_TABLE(bif_atomvm_memory, "atomvm", NULL, ATOMVM_MEMORY_NATIVES)

/* Kinds, then total, peak, limit, free. */
#define ROWS (MEMORY_KIND_COUNT + 4)

static bool make_key(struct scheduler *s, const char *text, term *key)
{
    uint32_t index;

    if (atom_put(s->node->atoms, (const uint8_t *) text, strlen(text), &index) != ATOM_OK)
        return false;
    *key = term_make_atom(index);
    return true;
}

static term make_bytes(struct scheduler *s, size_t bytes)
{
    return integer_make_uint64(native_heap(s), bytes);
}

static bool make_kinds(struct scheduler *s, const struct memory_counts *counts, term *pairs)
{
    int kind;

    for (kind = 0; kind < MEMORY_KIND_COUNT; kind++) {
        term bytes = make_bytes(s, counts->bytes_by[kind]);
        term objects = make_bytes(s, counts->objects_by[kind]);
        term both = bytes != TERM_NONE && objects != TERM_NONE ? native_tuple2(s, bytes, objects)
                                                               : TERM_NONE;

        if (both == TERM_NONE || !make_key(s, memory_kind_text((enum memory_kind) kind), pairs++))
            return false;
        *pairs++ = both;
    }
    return true;
}

/* value SIZE_MAX: infinity. */
static bool make_sum(struct scheduler *s, const char *text, size_t value, term *pair)
{
    pair[1] = value == SIZE_MAX ? ATOM(infinity) : make_bytes(s, value);
    return pair[1] != TERM_NONE && make_key(s, text, pair);
}

/* atomvm:memory() -> #{kind => {Bytes, Objects}, total, peak => Bytes, limit, free => Bytes | infinity} */
static term memory_by_kind(struct scheduler *s, const term *a)
{
    const struct memory *memory = s->node->memory;
    struct memory_counts counts;
    size_t limit = memory->limit != 0 ? memory->limit : SIZE_MAX;
    size_t left;
    term pairs[2 * ROWS], *sums = pairs + 2 * MEMORY_KIND_COUNT, map = map_empty(native_heap(s));
    enum data_status status;

    (void) a;
    memory_get_counts(memory, &counts);
    left = memory_get_free(memory);
    if (map == TERM_NONE || !make_kinds(s, &counts, pairs)
        || !make_sum(s, "total", counts.live_bytes, sums)
        || !make_sum(s, "peak", counts.peak_bytes, sums + 2) || !make_sum(s, "limit", limit, sums + 4)
        || !make_sum(s, "free", left, sums + 6))
        return raise_no_memory(s);
    status = map_put_pairs(&s->node->compare, native_heap(s), map, pairs, ROWS, false, &map);
    return status == DATA_OK ? map : raise_status(s, status);
}
