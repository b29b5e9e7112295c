/* lock_shared.h - a lock for what is read more often than it is written: readers beside each other, writers
** alone.
**
** Who reads says so in a seat of its own, which only writers look at: so readers do not meet. A thread reads
** under one such lock at a time, and takes none while it reads. The lock knows whose seats it must look at, so
** that what one thread alone uses costs that thread one exchange. A writer is waited for by the readers that
** come after it. With AVM_SMP off nothing is left of it. */
#ifndef AVM_BASE_LOCK_SHARED_H
#define AVM_BASE_LOCK_SHARED_H

#include "base/lock.h"
#include "base/thread.h"

#if AVM_SMP
/* 16 bytes, so that blocks that malloc aligns have it in one cache line. */
struct lock_shared {
    AVM_ATOMIC(uint64_t) readers;       /* bit slot % 64: a thread of that slot may be reading */
    AVM_ATOMIC(uint32_t) writing;
    uint16_t writes;                    /* since readers was cleared; the writer's */
    bool is_alone;                      /* for who has taken it: to write */
    bool is_wanted;                     /* for who writes: others have just been at it too */
};

/* Of a slot (base/thread.h). */
struct lock_seat {
    AVM_ATOMIC(const struct lock_shared *) reading;
    char apart[CACHE_LINE];
};

void lock_shared_read(struct lock_shared *lock, struct lock_seat *seats, unsigned slot);
static inline void lock_shared_read_end(struct lock_seat *seats, unsigned slot)
{
    atomic_put(&seats[slot].reading, (const struct lock_shared *) NULL);
}
/* Of count seats; slot is that of who calls. */
void lock_shared_write(struct lock_shared *lock, struct lock_seat *seats, unsigned count, unsigned slot);
static inline void lock_shared_write_end(struct lock_shared *lock)
{
    lock->is_alone = false;
    atomic_put(&lock->writing, 0u);
}
#endif

#endif
