/* work.c - changes to many objects of a table, and copies of many objects of a key, done a slice at a time. While a table has work, whoever
** comes to it goes on with that work first: so all see it done or not begun, and nobody waits for longer
** than a slice.
** Always: an unfinished work that has begun is its table's; objects of a list that are not put yet are
** the work's. */
#include "ets/internal.h"

struct ets_work *ets_work_create(struct heap_shared *heaps, enum ets_work_kind kind)
{
    struct memory *memory = heaps->memory;
    struct ets_work *work = memory_allocate_zeroed(memory, MEMORY_ETS, sizeof *work);

    if (work == NULL)
        return NULL;
    work->memory = memory;
    work->references = 1;
    work->kind = kind;
    work->last = &work->first;
    heap_init_env(&work->copies, heaps, MEMORY_ETS);
    work->list = TERM_NIL;
    return work;
}

bool ets_work_add(struct ets_work *work, const struct ets_table *table, term tuple)
{
    struct ets_object *object = ets_object_make(table, tuple);

    if (object == NULL)
        return false;
    object->next = NULL;
    *work->last = object;
    work->last = &object->next;
    return true;
}

bool ets_work_empty(struct ets_work *work, size_t *limit)
{
    struct ets_object *object;

    for (; (object = work->first) != NULL && *limit > 0; --*limit) {
        work->first = object->next;
        ets_object_discard(work->memory, object);
    }
    if (object == NULL)
        work->last = &work->first;
    return object == NULL;
}

void ets_work_release(struct ets_work *work)
{
    size_t all = SIZE_MAX;

    if (atomic_subtract(&work->references, 1u) > 1)
        return;
    (void) ets_work_empty(work, &all);
    heap_deinit(&work->copies);
    memory_free(work->memory, MEMORY_ETS, work, sizeof *work);
}

void ets_work_begin(struct ets_table *table, struct ets_work *work)
{
    (void) atomic_add(&work->references, 1u);
    work->at = work->first;
    table->work = work;
}

/* ---- slices ------------------------------------------------------------------------------- */

static void finish(struct ets_table *table, enum ets_work_state state)
{
    struct ets_work *work = table->work;

    atomic_put(&work->state, state);
    table->work = NULL;
#if AVM_SMP
    if (heap_is_shared(table->room->heaps)) {
        work->next_left = table->left.works;
        table->left.works = work;
        return;
    }
#endif
    ets_work_release(work);
}

/* Whether a key of the list is there already is known before the first object is put. */
static void check_new(struct ets_table *table, struct ets_work *work, size_t *limit)
{
    for (; work->at != NULL && *limit > 0; work->at = work->at->next, --*limit) {
        if (ets_lookup(table, ets_object_key(table, work->at)) != NULL) {
            finish(table, ETS_WORK_REFUSED);
            return;
        }
    }
    if (work->at == NULL)
        work->kind = ETS_WORK_PUT;
}

static void put_some(struct ets_table *table, struct ets_work *work, size_t *limit)
{
    struct ets_object *object;

    for (; (object = work->first) != NULL && *limit > 0; --*limit) {
        work->first = object->next;
        ets_adopt(table, object);
        ets_put(table, object);
    }
    if (object == NULL) {
        work->last = &work->first;
        finish(table, ETS_WORK_DONE);
    }
}

static void clear_some(struct ets_table *table, struct ets_work *work, size_t *limit)
{
    while (work->bucket < ets_bucket_count(table) && *limit > 0) {
        --*limit;
        if (!ets_store_kill_bucket(table, work->bucket, limit))
            return;
        work->bucket++;
    }
    if (work->bucket == ets_bucket_count(table))
        finish(table, ETS_WORK_DONE);
}

bool ets_run_is_long(const struct ets_table *table, const struct ets_object *object, size_t limit)
{
    while (object != NULL && limit-- > 0)
        object = ets_next_same(table, object);
    return object != NULL;
}

/* A cell with a copy of what is asked for of object; false without memory. */
static bool copy_one(struct ets_work *work, const struct ets_object *object)
{
    term *words = NULL, *cell = NULL, copy = TERM_NONE;

    if (work->position != 0)
        copy = heap_copy(&work->copies, object->tuple[work->position]);
    else if ((words = ets_object_read(&work->copies, object, 2)) != NULL)
        copy = term_make_boxed(words);
    if (copy != TERM_NONE)
        cell = words != NULL ? words + object->words : heap_allocate(&work->copies, 2);
    if (cell == NULL)
        return false;
    cell[0] = copy;
    cell[1] = work->list;
    work->list = term_make_cons(cell);
    return true;
}

/* What is copied stays where it is meanwhile: nobody changes a table that has work. If nobody waits for
** the copies any more they are not made. */
static void copy_some(struct ets_table *table, struct ets_work *work, size_t *limit)
{
    if (atomic_get(&work->references) == 1) {
        finish(table, ETS_WORK_DROPPED);
        return;
    }
    for (; work->from != NULL && *limit > 0; --*limit) {
        bool lacks = work->position > header_words(work->from->tuple[0]);

        if (lacks || !copy_one(work, work->from)) {
            finish(table, lacks ? ETS_WORK_REFUSED : ETS_WORK_STARVED);
            return;
        }
        work->from = ets_next_same(table, work->from);
    }
    if (work->from != NULL)
        return;
    if (work->kind == ETS_WORK_TAKE)
        work->kind = ETS_WORK_REMOVE;
    else
        finish(table, ETS_WORK_DONE);
}

static void remove_some(struct ets_table *table, struct ets_work *work, size_t *limit)
{
    while (work->run != NULL && *limit > 0) {
        struct ets_object *object = work->run;

        work->run = ets_next_same(table, object);
        ets_store_kill(table, object);
        --*limit;
    }
    if (work->run != NULL)
        return;
    ets_store_settle(table);
    finish(table, ETS_WORK_DONE);
}

bool ets_work_on(struct ets_table *table, size_t *limit)
{
    while (table->work != NULL && *limit > 0) {
        struct ets_work *work = table->work;

        switch (work->kind) {
        case ETS_WORK_PUT_NEW: check_new(table, work, limit); break;
        case ETS_WORK_PUT: put_some(table, work, limit); break;
        case ETS_WORK_CLEAR: clear_some(table, work, limit); break;
        case ETS_WORK_COPY:
        case ETS_WORK_TAKE: copy_some(table, work, limit); break;
        case ETS_WORK_REMOVE: remove_some(table, work, limit); break;
        }
    }
    return table->work == NULL;
}

bool ets_work_drop(struct ets_table *table, size_t *limit)
{
    if (table->work == NULL)
        return true;
    if (!ets_work_empty(table->work, limit))
        return false;
    finish(table, ETS_WORK_DROPPED);
    return true;
}
