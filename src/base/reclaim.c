/* reclaim.c - the one way in which what several threads read is freed.
**
** Epochs are counted. A slot says which epoch its thread saw when it last had nothing in hand; 0: it is
** not in. What a slot was given gathers in fresh; then a new epoch is begun for all of it, and it is
** freed when each slot says 0 or that epoch. */
#include "base/reclaim.h"

#if AVM_SMP
/* Or for so many blocks or bytes. */
#define FRESH_BLOCKS 64
#define FRESH_BYTES 32768

struct reclaim_slot {
    AVM_ATOMIC(size_t) seen;
    struct reclaimed *fresh, *waiting;  /* of the slot's thread alone */
    size_t awaited;                     /* the epoch of waiting */
    size_t fresh_bytes;
    unsigned fresh_count, passes;       /* passes: since it last worked */
    char apart[CACHE_LINE];
};

static void free_list(struct reclaim *reclaim, struct reclaimed *item)
{
    while (item != NULL) {
        struct reclaimed *next = item->next;

        memory_free(reclaim->memory, item->kind, item->block, item->size);
        item = next;
    }
}

static struct reclaimed *join(struct reclaimed *list, struct reclaimed *more)
{
    struct reclaimed *last = list;

    if (list == NULL)
        return more;
    while (last->next != NULL)
        last = last->next;
    last->next = more;
    return list;
}

static bool have_all_seen(const struct reclaim *reclaim, size_t epoch)
{
    for (unsigned at = 0; at < reclaim->count; at++) {
        size_t seen = atomic_get(&reclaim->slots[at].seen);

        if (seen != 0 && seen < epoch)
            return false;
    }
    return true;
}

static struct reclaimed *take_orphans(struct reclaim *reclaim)
{
    return atomic_peek(&reclaim->orphans) != NULL
        ? atomic_swap(&reclaim->orphans, (struct reclaimed *) NULL) : NULL;
}

static void leave_orphans(struct reclaim *reclaim, struct reclaimed *list)
{
    struct reclaimed *last = list, *first = atomic_get(&reclaim->orphans);

    while (last->next != NULL)
        last = last->next;
    do {
        last->next = first;
    } while (!atomic_replace(&reclaim->orphans, &first, list));
}

static struct reclaim_slot *own_slot(struct reclaim *reclaim)
{
    return &reclaim->slots[thread_slot(reclaim->memory)];
}

static void work(struct reclaim *reclaim, struct reclaim_slot *slot)
{
    slot->passes = 0;
    slot->fresh = join(take_orphans(reclaim), slot->fresh);
    if (slot->waiting != NULL && have_all_seen(reclaim, slot->awaited)) {
        free_list(reclaim, slot->waiting);
        slot->waiting = NULL;
    }
    if (slot->waiting == NULL && slot->fresh != NULL) {
        slot->waiting = slot->fresh;
        slot->fresh = NULL;
        slot->fresh_count = 0;
        slot->fresh_bytes = 0;
        slot->awaited = atomic_add(&reclaim->epoch, (size_t) 1) + 1;
        (void) atomic_swap(&slot->seen, slot->awaited);
        if (have_all_seen(reclaim, slot->awaited)) {
            free_list(reclaim, slot->waiting);
            slot->waiting = NULL;
        }
    }
}

void reclaim_enter(struct reclaim *reclaim)
{
    if (reclaim->slots == NULL)
        return;
    (void) atomic_swap(&own_slot(reclaim)->seen, atomic_get(&reclaim->epoch));
}

void reclaim_pass(struct reclaim *reclaim)
{
    struct reclaim_slot *slot;
    size_t epoch;

    if (reclaim->slots == NULL)
        return;
    slot = own_slot(reclaim);
    epoch = atomic_get(&reclaim->epoch);
    if (slot->seen != epoch)
        atomic_put(&slot->seen, epoch);
    if (++slot->passes >= RECLAIM_PASSES || slot->fresh_count >= FRESH_BLOCKS
        || slot->fresh_bytes >= FRESH_BYTES) {
        if (slot->fresh != NULL || slot->waiting != NULL || atomic_peek(&reclaim->orphans) != NULL)
            work(reclaim, slot);
    }
}

/* Whoever leaves last frees everything: each looks again after it has left its own behind. */
void reclaim_leave(struct reclaim *reclaim)
{
    struct reclaim_slot *slot;
    struct reclaimed *list;

    if (reclaim->slots == NULL)
        return;
    slot = own_slot(reclaim);
    list = join(slot->waiting, slot->fresh);
    slot->waiting = slot->fresh = NULL;
    slot->fresh_count = 0;
    slot->fresh_bytes = 0;
    if (list != NULL)
        leave_orphans(reclaim, list);
    (void) atomic_swap(&slot->seen, (size_t) 0);
    while (atomic_look(&reclaim->orphans) != NULL && have_all_seen(reclaim, SIZE_MAX)) {   /* after the swap */
        list = take_orphans(reclaim);
        if (list == NULL || have_all_seen(reclaim, SIZE_MAX))
            free_list(reclaim, list);
        else
            leave_orphans(reclaim, list);   /* somebody came, and left some of these */
    }
}

bool reclaim_share(struct reclaim *reclaim, unsigned count)
{
    reclaim->slots = memory_allocate_zeroed(reclaim->memory, MEMORY_OTHER,
        (count + 1) * sizeof *reclaim->slots);
    reclaim->count = count + 1;
    reclaim->epoch = 1;
    return reclaim->slots != NULL;
}

void reclaim_unshare(struct reclaim *reclaim)
{
    struct reclaim_slot *slots = reclaim->slots;

    if (slots == NULL)
        return;
    for (unsigned at = 0; at < reclaim->count; at++) {
        free_list(reclaim, slots[at].fresh);
        free_list(reclaim, slots[at].waiting);
    }
    free_list(reclaim, take_orphans(reclaim));
    reclaim->slots = NULL;
    memory_free(reclaim->memory, MEMORY_OTHER, slots, reclaim->count * sizeof *slots);
}
#endif

void reclaim_free(struct reclaim *reclaim, struct reclaimed *item, enum memory_kind kind,
    void *block, size_t size)
{
#if AVM_SMP
    if (reclaim->slots != NULL) {
        struct reclaim_slot *slot = own_slot(reclaim);

        item->block = block;
        item->size = size;
        item->kind = kind;
        item->next = slot->fresh;
        slot->fresh = item;
        slot->fresh_count++;
        slot->fresh_bytes += size;
        return;
    }
#endif
    (void) item;
    memory_free(reclaim->memory, kind, block, size);
}
