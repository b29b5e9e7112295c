/* maps_long.c - the natives of maps that go through all pairs: made, joined and listed in slices. Pairs
** are taken into an array first; the map is built of it at the end. */
#include "bif/bif.h"
#include "bif/job.h"
#include "data/map_build.h"

#define MAPS_LONG_NATIVES(X)                                                                     \
    X("from_keys", 2, maps_from_keys, 0)                                                         \
    X("from_list", 1, maps_from_list, 0)                                                         \
    X("keys", 1, maps_keys, 0)                                                                   \
    X("values", 1, maps_values, 0)                                                               \
    X("merge", 2, maps_merge, 0)
NATIVE_TABLE_CONCURRENT(bif_maps_long, "maps", "erl_stdlib_errors", MAPS_LONG_NATIVES)

#define UNITS_A_REDUCTION 32
#define PUT_UNITS 16                        /* what a key that is put alone costs */
#define AT_ONCE 256                         /* pairs for which no job is made */

enum step { STEP_ON, STEP_DONE, STEP_FAILED };

struct map_work;
/* Takes what it did off *left; at the end goes over to the next step or sets result. */
typedef enum step step_fn(struct scheduler *s, struct map_work *work, size_t *left);

struct map_work {
    struct native_job job;
    struct memory *memory;
    step_fn *step;
    term result;
    term whole, list;               /* a list of pairs or keys, and what is left of it */
    term value;                     /* of each key; TERM_NONE: the list is of pairs */
    term *pairs;
    size_t pairs_size, count, done;
    struct map_iterator iterator;
    term next;                      /* a map to be gathered after the iterator's, or TERM_NONE */
    bool keep;                      /* what is there stays */
    bool values;
    term *cells;
    struct map_builder builder;
};

static native_fn go_on;

static void release(struct native_job *job)
{
    struct map_work *work = (struct map_work *) job;

    map_builder_deinit(&work->builder);
    memory_free(work->memory, MEMORY_OTHER, work->pairs, work->pairs_size);
}

static void work_init(struct scheduler *s, struct map_work *work, step_fn *step)
{
    native_job_init(&work->job, release);
    work->memory = s->node->memory;
    work->step = step;
    work->pairs = NULL;
    work->pairs_size = work->count = work->done = 0;
    work->builder.block = NULL;
    work->next = TERM_NONE;
}

static term run(struct scheduler *s, const term *a, struct map_work *work)
{
    size_t units = native_job_budget(s, UNITS_A_REDUCTION), left = units;
    struct native_job *kept = &work->job;
    enum step step;
    term result;

    do
        step = work->step(s, work, &left);
    while (step == STEP_ON && left > 0);
    native_charge(s, (units - left) / UNITS_A_REDUCTION);
    if (step == STEP_ON) {
        if (work->job.size == 0 && (kept = native_job_keep(s, kept, sizeof *work)) == NULL)
            return TERM_NONE;
        return native_job_yield(s, go_on, a, kept);
    }
    result = step == STEP_DONE ? work->result : TERM_NONE;
    native_job_end(&work->job);
    return result;
}

static term go_on(struct scheduler *s, const term *a)
{
    return run(s, a, (struct map_work *) native_job_of(s, a));
}

static enum step failed(struct scheduler *s, enum data_status status)
{
    (void) raise_status(s, status);
    return STEP_FAILED;
}

static size_t lesser(size_t a, size_t b) { return a < b ? a : b; }

/* ---- building ------------------------------------------------------------------------------- */

static enum step build(struct scheduler *s, struct map_work *work, size_t *left)
{
    enum data_status status = map_builder_step(&work->builder, native_heap(s), left, &work->result);

    if (status != DATA_OK)
        return failed(s, status);
    return work->builder.phase == MAP_BUILD_DONE ? STEP_DONE : STEP_ON;
}

static enum step begin_build(struct scheduler *s, struct map_work *work)
{
    enum data_status status = map_builder_init(&work->builder, &s->node->compare, work->pairs, work->count);

    work->step = build;
    return status == DATA_OK ? STEP_ON : failed(s, status);
}

static bool allocate_pairs(struct map_work *work)
{
    if (!size_multiply(work->count, 2 * sizeof(term), &work->pairs_size))
        return false;
    work->pairs = memory_allocate(work->memory, MEMORY_OTHER, work->pairs_size);
    if (work->pairs == NULL)
        work->pairs_size = 0;
    return work->pairs != NULL;
}

/* ---- from lists ------------------------------------------------------------------------------ */

static void take_pairs(struct map_work *work, term *pairs, size_t count)
{
    for (; count > 0; count--, pairs += 2, work->list = term_tail(work->list)) {
        term item = term_head(work->list);

        pairs[0] = work->value != TERM_NONE ? item : term_tuple_element(item, 0);
        pairs[1] = work->value != TERM_NONE ? work->value : term_tuple_element(item, 1);
    }
}

static enum step take(struct scheduler *s, struct map_work *work, size_t *left)
{
    size_t now = lesser(work->count - work->done, *left);

    take_pairs(work, work->pairs + 2 * work->done, now);
    work->done += now;
    *left -= now;
    return work->done < work->count ? STEP_ON : begin_build(s, work);
}

static enum step few_at_once(struct scheduler *s, struct map_work *work)
{
    term pairs[2 * AT_ONCE], empty = map_empty(native_heap(s));
    enum data_status status;

    if (empty == TERM_NONE)
        return failed(s, DATA_NO_MEMORY);
    work->result = empty;
    if (work->count == 0)
        return STEP_DONE;
    take_pairs(work, pairs, work->count);
    status = map_put_pairs(&s->node->compare, native_heap(s), empty, pairs, work->count, false, &work->result);
    return status == DATA_OK ? STEP_DONE : failed(s, status);
}

static enum step count_pairs(struct scheduler *s, struct map_work *work, size_t *left)
{
    term list = work->list;

    for (; *left > 0 && term_is_cons(list); list = term_tail(list), --*left) {
        term item = term_head(list);

        if (work->value == TERM_NONE && !(term_is_tuple(item) && term_tuple_arity(item) == 2))
            return failed(s, DATA_BAD_ARGUMENT);
        work->count++;
    }
    work->list = list;
    if (term_is_cons(list))
        return STEP_ON;
    if (!term_is_nil(list))
        return failed(s, DATA_BAD_ARGUMENT);
    work->list = work->whole;
    if (work->count <= AT_ONCE)
        return few_at_once(s, work);
    work->step = take;
    return allocate_pairs(work) ? STEP_ON : failed(s, DATA_NO_MEMORY);
}

static term from_list(struct scheduler *s, const term *a, term value)
{
    struct map_work work;

    work_init(s, &work, count_pairs);
    work.whole = work.list = a[0];
    work.value = value;
    return run(s, a, &work);
}

static term maps_from_list(struct scheduler *s, const term *a)
{
    return from_list(s, a, TERM_NONE);
}

static term maps_from_keys(struct scheduler *s, const term *a)
{
    return from_list(s, a, a[1]);
}

/* ---- lists of keys and values --------------------------------------------------------------- */

static enum step list_items(struct scheduler *s, struct map_work *work, size_t *left)
{
    size_t now = lesser(work->count - work->done, *left);
    term *cells = work->cells + 2 * work->done, key, value;

    (void) s;
    work->done += now;
    *left -= now;
    for (; now > 0 && map_iterator_next(&work->iterator, &key, &value); now--, cells += 2) {
        cells[0] = work->values ? value : key;
        cells[1] = term_make_cons(cells + 2);
    }
    native_cells_cover(cells, work->cells + 2 * work->count);
    if (work->done < work->count)
        return STEP_ON;
    cells[-1] = TERM_NIL;
    work->result = term_make_cons(work->cells);
    return STEP_DONE;
}

/* The keys or values as a list, in iteration order. */
static term list_of(struct scheduler *s, const term *a, bool values)
{
    struct map_work work;

    if (!term_is_map(a[0]))
        return raise_tagged(s, ATOM(badmap), a[0]);
    if (term_map_size(a[0]) == 0)
        return TERM_NIL;
    work_init(s, &work, list_items);
    work.count = term_map_size(a[0]);
    work.values = values;
    work.cells = native_cells_allocate(s, work.count);
    if (work.cells == NULL)
        return raise_no_memory(s);
    map_iterator_init(&work.iterator, a[0]);
    return run(s, a, &work);
}

static term maps_keys(struct scheduler *s, const term *a)
{
    return list_of(s, a, false);
}

static term maps_values(struct scheduler *s, const term *a)
{
    return list_of(s, a, true);
}

/* ---- two maps ---------------------------------------------------------------------------------- */

/* All pairs of the iterator's map, then those of next. */
static enum step gather(struct scheduler *s, struct map_work *work, size_t *left)
{
    term key, value;

    for (; *left > 0; --*left) {
        if (map_iterator_next(&work->iterator, &key, &value)) {
            work->pairs[2 * work->done] = key;
            work->pairs[2 * work->done++ + 1] = value;
            continue;
        }
        if (work->next == TERM_NONE)
            return begin_build(s, work);
        map_iterator_init(&work->iterator, work->next);
        work->next = TERM_NONE;
        return STEP_ON;
    }
    return STEP_ON;
}

/* Each pair of the iterator's map into the result. */
static enum step put_each(struct scheduler *s, struct map_work *work, size_t *left)
{
    const struct compare_context *compare = &s->node->compare;
    enum data_status status = DATA_OK;
    term key, value;

    for (; *left > 0 && status == DATA_OK; *left -= lesser(*left, PUT_UNITS)) {
        if (!map_iterator_next(&work->iterator, &key, &value))
            return STEP_DONE;
        if (!work->keep || map_get(compare, work->result, key) == TERM_NONE)
            status = map_put(compare, native_heap(s), work->result, key, value, &work->result);
    }
    return status == DATA_OK ? STEP_ON : failed(s, status);
}

static term merge_in_slices(struct scheduler *s, const term *a, size_t first, size_t second)
{
    struct map_work work;
    bool is_rebuilt = second > first / 4 && first > second / 4;

    work_init(s, &work, is_rebuilt ? gather : put_each);
    work.keep = second > first / 4;
    work.result = work.keep ? a[1] : a[0];
    map_iterator_init(&work.iterator, is_rebuilt || work.keep ? a[0] : a[1]);
    if (is_rebuilt) {
        work.next = a[1];
        work.count = first + second;
        if (!allocate_pairs(&work))
            return raise_no_memory(s);
    }
    return run(s, a, &work);
}

static term maps_merge(struct scheduler *s, const term *a)
{
    size_t first, second;
    enum data_status status;
    term result;

    if (!term_is_map(a[0]))
        return raise_tagged(s, ATOM(badmap), a[0]);
    if (!term_is_map(a[1]))
        return raise_tagged(s, ATOM(badmap), a[1]);
    first = term_map_size(a[0]);
    second = term_map_size(a[1]);
    if (first > 0 && second > 0 && first + second > AT_ONCE && a[0] != a[1])
        return merge_in_slices(s, a, first, second);
    status = map_merge(&s->node->compare, native_heap(s), a[0], a[1], &result);
    native_charge(s, (first + second) / 8);
    return status == DATA_OK ? result : raise_status(s, status);
}
