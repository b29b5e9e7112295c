/* index.c - the room's indexes: chained hashes of links that lie in what they index.
** Always: the count of slots is 0 or a power of two; an empty index has no slots, so that nothing is left when
** the last table is gone. Growing is worth having, not needed: without memory chains get longer.
**
** With several schedulers who changes an index holds the lock of the room; who reads beside that may miss a
** link that is just moving to another chain, and finds no wrong one. */
#include "ets/internal.h"

#define FIRST_SLOTS 8

static size_t bytes_of(size_t count)
{
    return sizeof(struct ets_slots) + count * sizeof(struct ets_link *);
}

static void release(struct reclaim *reclaim, struct ets_slots *slots)
{
#if AVM_SMP
    reclaim_free(reclaim, &slots->gone, MEMORY_ETS, slots, bytes_of(slots->count));
#else
    memory_free(reclaim->memory, MEMORY_ETS, slots, bytes_of(slots->count));
#endif
}

static void put_first(struct ets_link **slot, struct ets_link *link)
{
    atomic_put(&link->next, *slot);
    atomic_put(slot, link);
}

static bool resize_slots(struct reclaim *reclaim, struct ets_index *index, size_t count)
{
    struct ets_slots *old = index->slots;
    struct ets_slots *slots = memory_allocate_zeroed(reclaim->memory, MEMORY_ETS, bytes_of(count));

    if (slots == NULL)
        return false;
    slots->count = count;
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        struct ets_link *link, *next;

        for (link = old->first[i]; link != NULL; link = next) {
            next = link->next;
            put_first(ets_slot_of(slots, link->key), link);
        }
    }
    atomic_put(&index->slots, slots);
    if (old != NULL)
        release(reclaim, old);
    return true;
}

bool ets_index_put(struct reclaim *reclaim, struct ets_index *index, struct ets_link *link)
{
    if (index->slots == NULL && !resize_slots(reclaim, index, FIRST_SLOTS))
        return false;
    if (index->count >= 2 * index->slots->count)
        (void) resize_slots(reclaim, index, 2 * index->slots->count);
    put_first(ets_slot_of(index->slots, link->key), link);
    atomic_poke(&index->count, index->count + 1);
    return true;
}

static void unlink_at(struct ets_index *index, const struct ets_link *link)
{
    struct ets_link **at = ets_slot_of(index->slots, link->key);

    while (*at != link)
        at = &(*at)->next;
    atomic_put(at, link->next);
}

void ets_index_rekey(struct ets_index *index, struct ets_link *link, uint64_t key)
{
    unlink_at(index, link);
    atomic_poke(&link->key, key);
    put_first(ets_slot_of(index->slots, key), link);
}

void ets_index_remove(struct reclaim *reclaim, struct ets_index *index, struct ets_link *link)
{
    struct ets_slots *slots = index->slots;

    unlink_at(index, link);
    atomic_poke(&index->count, index->count - 1);
    if (index->count == 0) {
        atomic_put(&index->slots, (struct ets_slots *) NULL);
        release(reclaim, slots);
    } else if (slots->count > FIRST_SLOTS && index->count < slots->count / 2) {
        (void) resize_slots(reclaim, index, slots->count / 2);
    }
}

struct ets_link *ets_index_next(const struct ets_index *index, size_t *slot, struct ets_link *at)
{
    const struct ets_slots *slots = index->slots;

    if (at != NULL && at->next != NULL)
        return at->next;
    if (at != NULL)
        ++*slot;
    while (slots != NULL && *slot < slots->count && slots->first[*slot] == NULL)
        ++*slot;
    return slots != NULL && *slot < slots->count ? slots->first[*slot] : NULL;
}
