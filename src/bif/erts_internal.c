/* erts_internal.c - what stock Erlang code asks of the machine below the public functions: steps
** through maps, small facts. */
#include "bif/bif.h"
#include "bif/job.h"
#include "data/list.h"
#include "data/map.h"
#include "data/number.h"
#include "data/trie.h"
#include "data/tuple.h"
#include "proc/native_call.h"

#define INTERNAL_NATIVES(X)                                                                      \
    X("map_next", 3, internal_map_next, 0)                                                       \
    X("map_to_tuple_keys", 1, internal_map_keys, 0)                                              \
    X("map_hashmap_children", 1, internal_map_children, 0)                                       \
    X("term_type", 1, internal_term_type, 0)                                                     \
    X("no_aux_work_threads", 0, internal_one, 0)                                                 \
    X("scheduler_wall_time", 1, internal_wall_time, 0)                                           \
    X("get_creation", 0, internal_creation, 0)                                                   \
    X("get_dflags", 0, internal_dflags, 0)                                                       \
    X("system_check", 1, internal_system_check, 0)
NATIVE_TABLE(bif_erts_internal, "erts_internal", "erl_erts_errors", INTERNAL_NATIVES)

/* ---- maps --------------------------------------------------------------------------------- */

#define PATH_BITS 5                 /* a position among a node's 16 children, from 1 */
#define PATH_LEVELS 9               /* the last has the bits that are left: equal hashes */
#define PAIRS_A_STEP 32

/* Where an iterator stands, as an integer: the position in a flat map, or a position a level. */
static uint64_t path_of(const struct map_iterator *iterator)
{
    uint64_t path = 0;
    uint32_t i;

    if (iterator->depth == 0)
        return iterator->index;
    for (i = 0; i < iterator->depth; i++)
        path |= (uint64_t) iterator->path[i].next << (PATH_BITS * i);
    return path;
}

/* TERM_NONE: the node has no such child. */
static term child_at(term node, uint32_t position)
{
    const term *boxed = term_boxed(node);

    return position < trie_child_count(boxed) ? boxed[trie_fixed_words(boxed) + position] : TERM_NONE;
}

/* False: no place of this map. */
static bool iterator_at(struct map_iterator *iterator, term map, uint64_t path)
{
    map_iterator_init(iterator, map);
    if (path == 0)
        return true;
    if (iterator->depth == 0) {
        iterator->index = path < term_map_size(map) ? (uint32_t) path : (uint32_t) term_map_size(map);
        return true;
    }
    for (;;) {
        uint32_t level = iterator->depth - 1;
        uint64_t rest = path >> (PATH_BITS * level);
        uint32_t here = level + 1 == PATH_LEVELS ? (uint32_t) rest
                                                 : (uint32_t) rest & ((1u << PATH_BITS) - 1);
        uint64_t deeper = level + 1 == PATH_LEVELS ? 0 : rest >> PATH_BITS;
        term child;

        if (here == 0)
            return false;
        if (deeper == 0) {
            iterator->path[level].next = here;
            return true;
        }
        child = child_at(iterator->path[level].node, here - 1);
        iterator->path[level].next = here;
        if (child == TERM_NONE || !term_is_boxed(child))
            return false;
        iterator->path[iterator->depth].node = child;
        iterator->path[iterator->depth++].next = 0;
    }
}

/* {K, V, {K, V, ... [Path | Map]}} of the next pairs, none at the end. */
static term next_pairs(struct scheduler *s, struct map_iterator *iterator, term map)
{
    term pairs[2 * PAIRS_A_STEP], result = ATOM(none);
    size_t count = 0;

    while (count < PAIRS_A_STEP
        && map_iterator_next(iterator, &pairs[2 * count], &pairs[2 * count + 1]))
        count++;
    if (count == PAIRS_A_STEP) {
        term path = integer_make_uint64(native_heap(s), path_of(iterator));

        result = path != TERM_NONE ? native_cons(s, path, map) : TERM_NONE;
    }
    while (count-- > 0 && result != TERM_NONE)
        result = native_tuple3(s, pairs[2 * count], pairs[2 * count + 1], result);
    native_charge(s, PAIRS_A_STEP / 8);
    return native_result(s, result);
}

/* All pairs that are left before tail, in order. */
struct pairs_work {
    struct native_job job;
    struct map_iterator iterator;
    term *cells, *next, *end;       /* next: the first that is not filled */
    term tail;
};

static native_fn list_pairs_on;

static size_t pairs_left(struct map_iterator iterator)
{
    size_t count = 0;
    term key, value;

    while (map_iterator_next(&iterator, &key, &value))
        count++;
    return count;
}

static term list_pairs_run(struct scheduler *s, const term *a, struct pairs_work *work)
{
    size_t budget = native_job_budget(s, PAIRS_A_STEP / 2), left = budget;
    struct native_job *kept = &work->job;
    term key, value, *cells = work->next, pair;

    for (; left > 0 && cells < work->end; left--, cells += 2) {
        map_iterator_next(&work->iterator, &key, &value);
        pair = native_tuple2(s, key, value);
        if (pair == TERM_NONE)
            return raise_no_memory(s);
        cells[0] = pair;
        cells[1] = term_make_cons(cells + 2);
        work->next = cells + 2;
        native_cells_cover(work->next, work->end);
    }
    native_charge(s, (budget - left) / (PAIRS_A_STEP / 2));
    if (cells < work->end) {
        if (work->job.size == 0 && (kept = native_job_keep(s, kept, sizeof *work)) == NULL)
            return TERM_NONE;
        return native_job_yield(s, list_pairs_on, a, kept);
    }
    cells[-1] = work->tail;
    return term_make_cons(work->cells);
}

static term list_pairs_on(struct scheduler *s, const term *a)
{
    return list_pairs_run(s, a, (struct pairs_work *) native_job_of(s, a));
}

static term list_pairs(struct scheduler *s, const term *a, const struct map_iterator *iterator, bool from_start)
{
    struct pairs_work work;
    size_t count = from_start ? term_map_size(a[1]) : pairs_left(*iterator);

    if (count == 0)
        return a[2];
    native_job_init(&work.job, NULL);
    work.iterator = *iterator;
    work.tail = a[2];
    work.cells = work.next = native_cells_allocate(s, count);
    if (work.cells == NULL)
        return raise_no_memory(s);
    work.end = work.cells + 2 * count;
    native_cells_cover(work.cells, work.end);
    return list_pairs_run(s, a, &work);
}

/* Of an iterator with an order, as OTP 26 and later: path is the list of keys that are left. */
static term next_of_keys(struct scheduler *s, term keys, term map)
{
    term value, rest;

    if (keys == TERM_NIL)
        return ATOM(none);
    value = map_get(&s->node->compare, map, term_head(keys));
    if (value == TERM_NONE)
        return raise_badarg(s);
    rest = native_cons(s, term_tail(keys), map);
    return native_result(s,
        rest == TERM_NONE ? TERM_NONE : native_tuple3(s, term_head(keys), value, rest));
}

static term internal_map_next(struct scheduler *s, const term *a)
{
    struct map_iterator iterator;
    uint64_t path;

    if (term_is_list(a[0]) && term_is_map(a[1]) && a[2] == ATOM(iterator))
        return next_of_keys(s, a[0], a[1]);
    if (!integer_get_uint64(a[0], &path) || !term_is_map(a[1])
        || !(a[2] == ATOM(iterator) || term_is_list(a[2])) || !iterator_at(&iterator, a[1], path))
        return raise_badarg(s);
    return a[2] == ATOM(iterator) ? next_pairs(s, &iterator, a[1]) : list_pairs(s, a, &iterator, path == 0);
}

static term internal_map_keys(struct scheduler *s, const term *a)
{
    if (!term_is_map(a[0]))
        return raise_tagged(s, ATOM(badmap), a[0]);
    return term_is_flat_map(a[0]) ? term_boxed(a[0])[1] : raise_badarg(s);
}

/* The leaves of a large map, each a cell of key and value. Nodes between them are no terms. */
static term internal_map_children(struct scheduler *s, const term *a)
{
    struct map_iterator iterator;
    term key, value, list = TERM_NIL;

    if (!term_is_map(a[0]))
        return raise_tagged(s, ATOM(badmap), a[0]);
    if (term_is_flat_map(a[0]))
        return raise_badarg(s);
    map_iterator_init(&iterator, a[0]);
    while (list != TERM_NONE && map_iterator_next(&iterator, &key, &value)) {
        term leaf = native_cons(s, key, value);

        list = leaf == TERM_NONE ? TERM_NONE : native_cons(s, leaf, list);
    }
    native_charge(s, term_map_size(a[0]) / PAIRS_A_STEP);
    return native_result(s, list);
}

/* ---- what a term is ------------------------------------------------------------------------- */

static term type_of_immediate(term t)
{
    return term_is_small(t) ? ATOM(fixnum)
        : term_is_atom(t)   ? ATOM(atom)
        : term_is_nil(t)    ? ATOM(nil)
        : term_is_pid(t)    ? ATOM(pid) : ATOM(port);
}

static term type_of_bits(term t)
{
    const term *boxed = term_boxed(t);

    if (header_kind(boxed[0]) == BOXED_HEAP_BITS)
        return (boxed[1] & 7) == 0 ? ATOM(heap_binary) : ATOM(sub_binary);
    if (term_boxed_kind(boxed[1]) != BOXED_BIN_REF || boxed[2] != 0 || (boxed[3] & 7) != 0)
        return ATOM(sub_binary);
    return boxed[3] == atomic_get(&term_bin_ref_binary(boxed[1])->used_bits) ? ATOM(refc_binary)
                                                                            : ATOM(sub_binary);
}

static term type_of_boxed(term t)
{
    switch (term_boxed_kind(t)) {
    case BOXED_TUPLE:
        return ATOM(tuple);
    case BOXED_MAP:
        return term_is_flat_map(t) ? ATOM(flatmap) : ATOM(hashmap);
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        return ATOM(bignum);
    case BOXED_FLOAT:
        return ATOM(hfloat);
    case BOXED_FUN:
        return ATOM(fun);
    case BOXED_EXPORT:
        return ATOM(export);
    case BOXED_REFERENCE:
        return ATOM(reference);
    case BOXED_EXTERNAL_PID:
        return ATOM(external_pid);
    case BOXED_EXTERNAL_PORT:
        return ATOM(external_port);
    case BOXED_EXTERNAL_REFERENCE:
        return ATOM(external_reference);
    case BOXED_RECORD:
        return ATOM(record);
    default:
        return type_of_bits(t);
    }
}

static term internal_term_type(struct scheduler *s, const term *a)
{
    if (term_is_cons(a[0]))
        return ATOM(list);
    if (term_is_boxed(a[0]) && !term_is_bitstring(a[0]) && term_has_kind(a[0], BOXED_MATCH))
        return raise_badarg(s);
    return term_is_boxed(a[0]) ? type_of_boxed(a[0]) : type_of_immediate(a[0]);
}

/* ---- small ones ------------------------------------------------------------------------------ */

static term internal_one(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return term_make_small(1);
}

static term internal_wall_time(struct scheduler *s, const term *a)
{
    return a[0] == ATOM(true) || a[0] == ATOM(false) ? ATOM(false) : raise_badarg(s);
}

static term internal_creation(struct scheduler *s, const term *a)
{
    (void) a;
    if (s->node->creation == 0)
        return ATOM(undefined);
    return native_result(s, integer_make_uint64(native_heap(s), s->node->creation));
}

/* {erts_dflags, Default, Mandatory, Addable, Rejectable, Strict}: no distribution, no flags. */
static term internal_dflags(struct scheduler *s, const term *a)
{
    term zero = term_make_small(0);
    term flags[] = { ATOM(erts_dflags), zero, zero, zero, zero, zero };

    (void) a;
    return native_result(s, tuple_make(native_heap(s), flags, AVM_COUNT_OF(flags)));
}

static term internal_system_check(struct scheduler *s, const term *a)
{
    return a[0] == ATOM(schedulers) ? ATOM(ok) : raise_badarg(s);
}
