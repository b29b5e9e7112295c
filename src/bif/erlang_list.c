/* erlang_list.c - natives of erlang on lists. Long ones are walked in slices: the cells of the result are
** allocated once, and filled from the front; what is not filled between two slices is one dead object. */
#include "bif/bif.h"
#include "bif/job.h"
#include "data/list.h"

#define LIST_NATIVES(X)                                                                          \
    X("hd", 1, list_hd, NATIVE_GUARD)                                                            \
    X("tl", 1, list_tl, NATIVE_GUARD)                                                            \
    X("length", 1, list_native_length, NATIVE_GUARD)                                             \
    X("++", 2, list_append, 0)                                                                   \
    X("append", 2, list_append, 0)                                                               \
    X("--", 2, list_subtract, 0)                                                                 \
    X("subtract", 2, list_subtract, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_list, "erlang", "erl_erts_errors", LIST_NATIVES)

#define COUNTED_A_REDUCTION 64
#define CELLS_A_REDUCTION 16
#define LOOKED_UP_A_REDUCTION 8

static term list_hd(struct scheduler *s, const term *a)
{
    return term_is_cons(a[0]) ? term_head(a[0]) : raise_badarg(s);
}

static term list_tl(struct scheduler *s, const term *a)
{
    return term_is_cons(a[0]) ? term_tail(a[0]) : raise_badarg(s);
}

static term list_native_length(struct scheduler *s, const term *a)
{
    size_t count = list_length(a[0]);

    if (count == SIZE_MAX)
        return raise_badarg(s);
    native_charge(s, count / COUNTED_A_REDUCTION);
    return term_make_small((intptr_t) count);
}

/* ---- a walk that stops ------------------------------------------------------------------- */

struct place {
    term list;                      /* what is still to be walked */
    size_t count;                   /* cells behind it */
};

enum walked { WALK_STOPPED, WALK_ENDED, WALK_IMPROPER };

static enum walked count_cells(struct scheduler *s, struct place *place)
{
    size_t budget = native_job_budget(s, COUNTED_A_REDUCTION), left = budget;
    term list = place->list;

    for (; left > 0 && term_is_cons(list); left--)
        list = term_tail(list);
    native_charge(s, (budget - left) / COUNTED_A_REDUCTION);
    place->list = list;
    place->count += budget - left;
    if (term_is_cons(list))
        return WALK_STOPPED;
    return term_is_nil(list) ? WALK_ENDED : WALK_IMPROPER;
}

/* ---- ++ ------------------------------------------------------------------------------------ */

struct append_work {
    struct native_job job;
    struct place place;
    size_t count;
    term *cells;                    /* NULL: being counted */
};

static native_fn append_on;

static term append_yield(struct scheduler *s, const term *a, struct append_work *work)
{
    struct native_job *kept = &work->job;

    if (work->job.size == 0 && (kept = native_job_keep(s, kept, sizeof *work)) == NULL)
        return TERM_NONE;
    return native_job_yield(s, append_on, a, kept);
}

/* False: the slice is over. */
static bool append_copy(struct scheduler *s, struct append_work *work)
{
    size_t budget = native_job_budget(s, CELLS_A_REDUCTION), left = work->count - work->place.count;
    size_t count = left < budget ? left : budget;
    term *cells = work->cells + 2 * work->place.count, list = work->place.list;

    for (size_t i = 0; i < count; i++, cells += 2, list = term_tail(list)) {
        cells[0] = term_head(list);
        cells[1] = term_make_cons(cells + 2);
    }
    native_charge(s, count / CELLS_A_REDUCTION);
    work->place.list = list;
    work->place.count += count;
    native_cells_cover(cells, work->cells + 2 * work->count);
    return count == left;
}

static term append_run(struct scheduler *s, const term *a, struct append_work *work)
{
    enum walked walked;

    if (work->cells == NULL) {
        walked = count_cells(s, &work->place);
        if (walked == WALK_STOPPED)
            return append_yield(s, a, work);
        if (walked == WALK_IMPROPER)
            return raise_badarg(s);
        if (work->place.count == 0)
            return a[1];
        work->count = work->place.count;
        work->cells = native_cells_allocate(s, work->count);
        if (work->cells == NULL)
            return raise_no_memory(s);
        work->place = (struct place) { a[0], 0 };
    }
    if (!append_copy(s, work))
        return append_yield(s, a, work);
    work->cells[2 * work->count - 1] = a[1];
    return term_make_cons(work->cells);
}

static term append_on(struct scheduler *s, const term *a)
{
    return append_run(s, a, (struct append_work *) native_job_of(s, a));
}

static term list_append(struct scheduler *s, const term *a)
{
    struct append_work work;

    native_job_init(&work.job, NULL);
    work.place = (struct place) { a[0], 0 };
    work.cells = NULL;
    return append_run(s, a, &work);
}

/* ---- -- ------------------------------------------------------------------------------------ */

/* What -- takes away: a multiset of terms as an open hash table. Always: used slots have count > 0 or
** are spent (count 0), and capacity is a power of two at least twice the number of terms. */
struct multiset {
    const struct compare_context *compare;
    struct { term item; size_t count; } *slots;
    size_t capacity;
};

static size_t multiset_find(const struct multiset *set, term item)
{
    size_t at = term_hash_internal(set->compare, item) & (set->capacity - 1);

    while (set->slots[at].item != TERM_NONE
        && !term_equal_exact(set->compare, set->slots[at].item, item))
        at = (at + 1) & (set->capacity - 1);
    return at;
}

enum subtract_phase { COUNT_LEFT, COUNT_RIGHT, FILL_SET, TAKE_AWAY };

struct subtract_work {
    struct native_job job;
    enum subtract_phase phase;
    struct place place;
    size_t length;                  /* of the left list */
    size_t remaining;               /* elements of the right one not yet taken away */
    struct multiset set;
    size_t set_size;
    struct memory *memory;
    term *cells;                    /* room for length of them */
    size_t kept;
};

static void subtract_release(struct native_job *job)
{
    struct subtract_work *work = (struct subtract_work *) job;

    memory_free(work->memory, MEMORY_OTHER, work->set.slots, work->set_size);
}

static void enter_phase(struct subtract_work *work, enum subtract_phase phase, term list)
{
    work->phase = phase;
    work->place = (struct place) { list, 0 };
}

static bool make_set(struct subtract_work *work)
{
    work->set.capacity = 4;
    while (work->set.capacity < 2 * work->remaining)
        work->set.capacity *= 2;
    if (!size_multiply(work->set.capacity, sizeof *work->set.slots, &work->set_size))
        return false;
    work->set.slots = memory_allocate_zeroed(work->memory, MEMORY_OTHER, work->set_size);
    return work->set.slots != NULL;
}

/* Both phases: false when the slice is over. */
static bool fill_set(struct scheduler *s, struct subtract_work *work)
{
    size_t budget = native_job_budget(s, LOOKED_UP_A_REDUCTION), left = budget;
    struct multiset *set = &work->set;
    term list = work->place.list;

    for (; left > 0 && term_is_cons(list); left--, list = term_tail(list)) {
        size_t at = multiset_find(set, term_head(list));

        set->slots[at].item = term_head(list);
        set->slots[at].count++;
    }
    native_charge(s, (budget - left) / LOOKED_UP_A_REDUCTION);
    work->place.list = list;
    return !term_is_cons(list);
}

static bool take_away(struct scheduler *s, struct subtract_work *work)
{
    size_t budget = native_job_budget(s, LOOKED_UP_A_REDUCTION), left = budget;
    struct multiset *set = &work->set;
    term list = work->place.list, *cells = work->cells + 2 * work->kept;

    for (; left > 0 && work->remaining > 0 && term_is_cons(list); left--, list = term_tail(list)) {
        size_t at = multiset_find(set, term_head(list));

        if (set->slots[at].item != TERM_NONE && set->slots[at].count > 0) {
            set->slots[at].count--;
            work->remaining--;
        } else {
            cells[0] = term_head(list);
            cells[1] = term_make_cons(cells + 2);
            cells += 2;
        }
    }
    native_charge(s, (budget - left) / LOOKED_UP_A_REDUCTION);
    work->place.list = list;
    work->kept = (size_t) (cells - work->cells) / 2;
    native_cells_cover(cells, work->cells + 2 * work->length);
    return work->remaining == 0 || !term_is_cons(list);
}

/* Once all are found the rest of the left list is shared. */
static term give_difference(struct scheduler *s, struct subtract_work *work)
{
    term *end = work->cells + 2 * work->kept;

    heap_give_back(native_heap(s), end, work->cells + 2 * work->length);
    if (work->kept == 0)
        return work->place.list;
    end[-1] = work->place.list;
    return term_make_cons(work->cells);
}

enum step { STEP_STOPPED, STEP_DONE, STEP_FAILED };

/* On to the next phase; STEP_DONE: there is nothing to take away, or nothing to take from. */
static enum step counted(struct scheduler *s, const term *a, struct subtract_work *work)
{
    enum walked walked = count_cells(s, &work->place);

    if (walked == WALK_IMPROPER)
        (void) raise_badarg(s);
    if (walked != WALK_ENDED)
        return walked == WALK_STOPPED ? STEP_STOPPED : STEP_FAILED;
    if (work->phase == COUNT_LEFT) {
        work->length = work->place.count;
        enter_phase(work, COUNT_RIGHT, a[1]);
        return counted(s, a, work);
    }
    work->remaining = work->place.count;
    if (work->length == 0 || work->remaining == 0) {
        work->place.list = a[0];
        return STEP_DONE;
    }
    if (!make_set(work)) {
        (void) raise_no_memory(s);
        return STEP_FAILED;
    }
    enter_phase(work, FILL_SET, a[1]);
    return STEP_STOPPED;
}

static enum step subtract_step(struct scheduler *s, const term *a, struct subtract_work *work)
{
    if (work->phase < FILL_SET)
        return counted(s, a, work);
    if (work->phase == TAKE_AWAY)
        return take_away(s, work) ? STEP_DONE : STEP_STOPPED;
    if (fill_set(s, work)) {
        work->cells = native_cells_allocate(s, work->length);
        if (work->cells == NULL) {
            (void) raise_no_memory(s);
            return STEP_FAILED;
        }
        enter_phase(work, TAKE_AWAY, a[0]);
    }
    return STEP_STOPPED;
}

static native_fn subtract_on;

static term subtract_run(struct scheduler *s, const term *a, struct subtract_work *work)
{
    struct native_job *kept = &work->job;
    enum step step;
    term result = TERM_NONE;

    do
        step = subtract_step(s, a, work);
    while (step == STEP_STOPPED && !native_budget_spent(s));
    if (step == STEP_STOPPED) {
        if (work->job.size == 0 && (kept = native_job_keep(s, kept, sizeof *work)) == NULL)
            return TERM_NONE;
        return native_job_yield(s, subtract_on, a, kept);
    }
    if (step == STEP_DONE)
        result = work->cells == NULL ? work->place.list : give_difference(s, work);
    native_job_end(&work->job);
    return result;
}

static term subtract_on(struct scheduler *s, const term *a)
{
    return subtract_run(s, a, (struct subtract_work *) native_job_of(s, a));
}

static term list_subtract(struct scheduler *s, const term *a)
{
    struct subtract_work work = { .phase = COUNT_LEFT, .set = { &s->node->compare, NULL, 0 },
        .memory = s->node->memory };

    native_job_init(&work.job, subtract_release);
    enter_phase(&work, COUNT_LEFT, a[0]);
    return subtract_run(s, a, &work);
}
