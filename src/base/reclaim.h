/* reclaim.h - blocks that others may still look at when their owner is done with them.
**
** A thread finds what is shared without a lock, and may keep a pointer to it until it passes: at the end
** of a slice, when it knows of nothing shared any more. A block that nobody can find any more goes to
** reclaim_free, and is freed once every thread that was in then has passed or left. So who reads never
** waits and never writes. With one scheduler a block is freed at once. */
#ifndef AVM_BASE_RECLAIM_H
#define AVM_BASE_RECLAIM_H

#include "base/memory.h"

/* Lies in the block itself where no reader looks, or before what readers look at. */
struct reclaimed {
    struct reclaimed *next;
    void *block;
    size_t size;
    enum memory_kind kind;
};

struct reclaim_slot;

struct reclaim {
    struct memory *memory;
#if AVM_SMP
    struct reclaim_slot *slots;         /* one a slot (base/thread.h); NULL: one scheduler */
    unsigned count;
    char apart[CACHE_LINE];
    AVM_ATOMIC(size_t) epoch;
    AVM_ATOMIC(struct reclaimed *) orphans;     /* of threads that have left */
    char epoch_apart[CACHE_LINE];
#endif
};

/* Takes block, which nobody finds from now on. item: the struct reclaimed in it. */
void reclaim_free(struct reclaim *reclaim, struct reclaimed *item, enum memory_kind kind,
    void *block, size_t size);

#if AVM_SMP
/* A new epoch is news for all threads: one is begun, for what a thread has given, when it has passed so often. */
#define RECLAIM_PASSES 32

/* From here on slots 0..count are used by threads at the same time. False without memory. */
bool reclaim_share(struct reclaim *reclaim, unsigned count);
/* Frees all that waits; only the thread that calls is in. */
void reclaim_unshare(struct reclaim *reclaim);
/* The thread of the slot comes to look at what is shared; has nothing of it in hand now; goes. */
void reclaim_enter(struct reclaim *reclaim);
void reclaim_pass(struct reclaim *reclaim);
void reclaim_leave(struct reclaim *reclaim);
#endif

#endif
