/* work.c - changes to many objects of a table, done a slice at a time. While a table has work, whoever
** comes to it goes on with that work first: so all see it done or not begun, and nobody waits for longer
** than a slice.
** Always: an unfinished work that has begun is its table's; objects of a list that are not put yet are
** the work's. */
#include "ets/internal.h"

struct ets_work *ets_work_create(struct memory *memory, enum ets_work_kind kind)
{
    struct ets_work *work = memory_allocate_zeroed(memory, MEMORY_ETS, sizeof *work);

    if (work == NULL)
        return NULL;
    work->memory = memory;
    work->references = 1;
    work->kind = kind;
    work->last = &work->first;
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

    if (--work->references > 0)
        return;
    (void) ets_work_empty(work, &all);
    memory_free(work->memory, MEMORY_ETS, work, sizeof *work);
}

void ets_work_begin(struct ets_table *table, struct ets_work *work)
{
    work->references++;
    work->at = work->first;
    table->work = work;
}

/* ---- slices ------------------------------------------------------------------------------- */

static void finish(struct ets_table *table, enum ets_work_state state)
{
    struct ets_work *work = table->work;

    work->state = state;
    table->work = NULL;
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

bool ets_work_on(struct ets_table *table, size_t *limit)
{
    while (table->work != NULL && *limit > 0) {
        struct ets_work *work = table->work;

        switch (work->kind) {
        case ETS_WORK_PUT_NEW: check_new(table, work, limit); break;
        case ETS_WORK_PUT: put_some(table, work, limit); break;
        case ETS_WORK_CLEAR: clear_some(table, work, limit); break;
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
