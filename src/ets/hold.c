/* hold.c - who has a table in hand: those who read it beside each other, or one alone, who may change it.
**
** What goes away while a table is held may be a resource of the host, whose end takes what locks it likes: so
** whatever holds something off the heap waits until the table is let go. */
#include "ets/internal.h"

#if AVM_SMP
/* Nobody has one in hand now. */
static void set_alone(struct ets *room, bool is_alone)
{
    struct ets_link *link = NULL;
    size_t slot = 0;

    while ((link = ets_index_next(&room->tables, &slot, link)) != NULL)
        AVM_CONTAINER_OF(link, struct ets_table, by_id)->lock.is_alone = is_alone;
}

bool ets_share(struct ets *room, unsigned count)
{
    if (room == NULL)
        return true;
    room->seat_count = count + 1;
    room->seats = memory_allocate_zeroed(ets_memory(room), MEMORY_OTHER,
        room->seat_count * sizeof *room->seats);
    if (room->seats == NULL)
        return false;
    set_alone(room, false);
    return true;
}

void ets_unshare(struct ets *room)
{
    if (room == NULL || room->seats == NULL)
        return;
    set_alone(room, true);
    memory_free(ets_memory(room), MEMORY_OTHER, room->seats, room->seat_count * sizeof *room->seats);
    room->seats = NULL;
}

void ets_hold(struct ets_table *table, bool alone)
{
    struct ets *room = table->room;

    unsigned slot = thread_slot(ets_memory(room));

    if (alone || atomic_peek(&table->protection) == ETS_PRIVATE)
        lock_shared_write(&table->lock, room->seats, room->seat_count, slot);
    else
        lock_shared_read(&table->lock, room->seats, slot);
}

/* ---- the loose element ---------------------------------------------------------------------- */

#define CROWDED 32                      /* changes beside others until an element is loose */
#define IN_VAIN 8                       /* as many of them as one that the loose element does not suit */

static void set_loose(struct ets_table *table, size_t position)
{
    table->crowding = position != 0 ? CROWDED : 0;
    atomic_poke(&table->loose, (uint32_t) position);
}

void ets_hold_still(struct ets_table *table)
{
    ets_hold(table, atomic_peek(&table->loose) != 0);
    if (atomic_peek(&table->loose) == 0)
        return;
    if (!ets_is_alone(table)) {         /* it has just become loose */
        ets_let_go(table);
        ets_hold(table, true);
    }
    set_loose(table, 0);
}

void ets_hold_for_one(struct ets_table *table)
{
    ets_hold(table, atomic_peek(&table->loose) == 0);
}

void ets_changed_alone(struct ets_table *table, size_t position)
{
    uint32_t loose = atomic_peek(&table->loose);

    if (position == loose)
        return;
    if (loose == 0 && position <= UINT32_MAX && ++table->crowding >= CROWDED)
        set_loose(table, position);
    else if (loose != 0 && (table->crowding -= IN_VAIN) == 0)
        set_loose(table, 0);
}

/* ---- letting go ------------------------------------------------------------------------------ */

/* What a doomed table leaves is its owner's to bury. */
static struct ets_leavings take_left(struct ets_table *table)
{
    const struct ets_leavings nothing = { NULL, NULL };
    struct ets_leavings left = nothing;

    if (!table->is_dying && (table->left.objects != NULL || table->left.works != NULL)) {
        left = table->left;
        table->left = nothing;
    }
    return left;
}

void ets_let_go(struct ets_table *table)
{
    struct ets *room = table->room;
    struct ets_leavings left;

    if (!ets_is_alone(table)) {
        lock_shared_read_end(room->seats, thread_slot(ets_memory(room)));
        return;
    }
    left = take_left(table);
    lock_shared_write_end(&table->lock);
    ets_bury(ets_memory(room), &left);
}

void ets_bury(struct memory *memory, struct ets_leavings *left)
{
    struct ets_object *object;
    struct ets_work *work;

    while ((object = left->objects) != NULL) {
        left->objects = object->next;
        ets_object_discard(memory, object);
    }
    while ((work = left->works) != NULL) {
        left->works = work->next_left;
        ets_work_release(work);
    }
}
#endif
