/* index.c - the room's indexes: chained hashes of links that lie in what they index.
** Always: slot_count is 0 or a power of two; an empty index has no slots, so that nothing is left when
** the last table is gone. Growing is worth having, not needed: without memory chains get longer. */
#include "ets/internal.h"

#define FIRST_SLOTS 8

static size_t slot_of(const struct ets_index *index, uint64_t key)
{
    uint64_t mixed = (key ^ key >> 32) * UINT64_C(0x9fb21c651e98df25);

    return (size_t) (mixed >> 32) & (index->slot_count - 1);
}

static bool resize_slots(struct memory *memory, struct ets_index *index, size_t slot_count)
{
    struct ets_index wanted = { NULL, slot_count, index->count };
    size_t i;

    wanted.slots = memory_allocate_zeroed(memory, MEMORY_ETS, slot_count * sizeof *wanted.slots);
    if (wanted.slots == NULL)
        return false;
    for (i = 0; i < index->slot_count; i++) {
        while (index->slots[i] != NULL) {
            struct ets_link *link = index->slots[i];
            size_t slot = slot_of(&wanted, link->key);

            index->slots[i] = link->next;
            link->next = wanted.slots[slot];
            wanted.slots[slot] = link;
        }
    }
    memory_free(memory, MEMORY_ETS, index->slots, index->slot_count * sizeof *index->slots);
    *index = wanted;
    return true;
}

bool ets_index_put(struct memory *memory, struct ets_index *index, struct ets_link *link)
{
    size_t slot;

    if (index->slot_count == 0 && !resize_slots(memory, index, FIRST_SLOTS))
        return false;
    if (index->count >= 2 * index->slot_count)
        (void) resize_slots(memory, index, 2 * index->slot_count);
    slot = slot_of(index, link->key);
    link->next = index->slots[slot];
    index->slots[slot] = link;
    index->count++;
    return true;
}

struct ets_link *ets_index_find(const struct ets_index *index, uint64_t key)
{
    struct ets_link *link;

    if (index->slot_count == 0)
        return NULL;
    link = index->slots[slot_of(index, key)];
    while (link != NULL && link->key != key)
        link = link->next;
    return link;
}

void ets_index_deinit(struct memory *memory, struct ets_index *index)
{
    memory_free(memory, MEMORY_ETS, index->slots, index->slot_count * sizeof *index->slots);
    memset(index, 0, sizeof *index);
}

static void unlink_at(struct ets_index *index, const struct ets_link *link)
{
    struct ets_link **at = &index->slots[slot_of(index, link->key)];

    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
}

void ets_index_rekey(struct ets_index *index, struct ets_link *link, uint64_t key)
{
    size_t slot = slot_of(index, key);

    unlink_at(index, link);
    link->key = key;
    link->next = index->slots[slot];
    index->slots[slot] = link;
}

void ets_index_remove(struct memory *memory, struct ets_index *index, struct ets_link *link)
{
    unlink_at(index, link);
    if (--index->count == 0)
        ets_index_deinit(memory, index);
    else if (index->slot_count > FIRST_SLOTS && index->count < index->slot_count / 2)
        (void) resize_slots(memory, index, index->slot_count / 2);
}

struct ets_link *ets_index_next(const struct ets_index *index, size_t *slot, struct ets_link *at)
{
    if (at != NULL && at->next != NULL)
        return at->next;
    if (at != NULL)
        ++*slot;
    while (*slot < index->slot_count && index->slots[*slot] == NULL)
        ++*slot;
    return *slot < index->slot_count ? index->slots[*slot] : NULL;
}
