/* lock_shared.c - readers and writers.
**
** A reader takes its seat, then looks whether somebody writes; a writer says that it writes, then looks at
** the seats: one of the two sees the other. A writer may miss a seat only where readers lacks its bit, and a
** reader whose bit is gone starts anew: bits are cleared by writers, after they have looked at the seats.
** tests/unit/lock_orders_test.c runs all of it in every order of three threads. */
#include "base/lock_shared.h"

#if AVM_SMP
#ifndef WRITES_REMEMBERED
#define WRITES_REMEMBERED 64            /* who has not read for so long is no more looked at */
#endif

static uint64_t bit_of(unsigned slot)
{
    return (uint64_t) 1 << slot % 64;
}

static bool may_read(const struct lock_shared *lock, uint64_t bit)
{
    return atomic_look(&lock->writing) == 0 && (atomic_look(&lock->readers) & bit) != 0;
}

void lock_shared_read(struct lock_shared *lock, struct lock_seat *seats, unsigned slot)
{
    uint64_t bit = bit_of(slot);
    unsigned steps = 0;

    AVM_PREFETCH(lock);                     /* it and the seat may both be elsewhere */
    for (;;) {
        atomic_settle(&seats[slot].reading, (const struct lock_shared *) lock);
        if (AVM_LIKELY(may_read(lock, bit)))
            return;
        lock_shared_read_end(seats, slot);
        while (atomic_peek(&lock->writing) != 0)
            lock_pause(&steps);
        (void) atomic_or(&lock->readers, bit);
    }
}

static bool try_to_write(struct lock_shared *lock)
{
    uint32_t expected = 0;

    return atomic_replace(&lock->writing, &expected, 1u);
}

static void wait_for_readers(struct lock_shared *lock, struct lock_seat *seats, unsigned count,
    uint64_t readers)
{
    for (unsigned slot = 0; readers != 0 && slot < count; slot++) {
        unsigned steps = 0;

        while ((readers & bit_of(slot)) != 0 && atomic_look(&seats[slot].reading) == lock)
            lock_pause(&steps);
    }
}

void lock_shared_write(struct lock_shared *lock, struct lock_seat *seats, unsigned count, unsigned slot)
{
    unsigned steps = 0;
    uint64_t readers;

    while (AVM_UNLIKELY(!try_to_write(lock))) {
        do {
            lock_pause(&steps);
        } while (atomic_peek(&lock->writing) != 0);
    }
    readers = atomic_look(&lock->readers);
    wait_for_readers(lock, seats, count, readers);
    lock->is_alone = true;
    lock->is_wanted = steps != 0 || (readers & ~bit_of(slot)) != 0;
    if (++lock->writes >= WRITES_REMEMBERED) {
        lock->writes = 0;
        atomic_put(&lock->readers, UINT64_C(0));
    }
}
#endif
