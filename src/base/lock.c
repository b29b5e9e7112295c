/* lock.c - the waiting side of locks, and what the thread that runs is to a VM. */
#include "base/lock.h"

#include "base/thread.h"

#if AVM_SMP
#include <threads.h>

#define SPINS 40
#define YIELDS 60
#define LONGEST_SLEEP_NS 1000000

_Thread_local struct thread_self thread_self;

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

void lock_pause(unsigned *steps)
{
    unsigned step = (*steps)++;
    struct timespec time = { 0, 20000 };

    if (step < SPINS) {
        relax();
    } else if (step < YIELDS) {
        thrd_yield();
    } else {
        time.tv_nsec *= (long) (step - YIELDS + 1);
        if (time.tv_nsec > LONGEST_SLEEP_NS)
            time.tv_nsec = LONGEST_SLEEP_NS;
        (void) thrd_sleep(&time, NULL);
    }
}

void lock_pause_briefly(void)
{
    for (unsigned i = 0; i < SPINS; i++)
        relax();
}

void lock_wait(struct lock *lock)
{
    unsigned steps = 0;

    do {
        lock_pause(&steps);
    } while (atomic_peek(&lock->taken) != 0 || !lock_try(lock));
}

/* Somebody has waited for so long that it sleeps between two tries: who comes lets it try. */
static void give_way(struct lock_again *lock)
{
    unsigned steps = 0;

    while (atomic_peek(&lock->starving) != 0 && steps < YIELDS + 2)
        lock_pause(&steps);
}

static void take_slowly(struct lock_again *lock)
{
    unsigned steps = 0;
    bool starves = false;

    while (!lock_try(&lock->lock)) {
        lock_pause(&steps);
        if (steps <= YIELDS)
            continue;
        steps = YIELDS;                     /* it sleeps for the shortest time */
        if (!starves)
            (void) atomic_add(&lock->starving, 1u);
        starves = true;
    }
    if (starves)
        (void) atomic_subtract(&lock->starving, 1u);
}

void lock_again_take(struct lock_again *lock)
{
    if (atomic_peek(&lock->holder) != &thread_self) {
        if (AVM_UNLIKELY(atomic_peek(&lock->starving) != 0))
            give_way(lock);
        if (AVM_UNLIKELY(!lock_try(&lock->lock)))
            take_slowly(lock);
        atomic_poke(&lock->holder, (const void *) &thread_self);
    }
    lock->depth++;
}

void lock_again_release(struct lock_again *lock)
{
    if (--lock->depth > 0)
        return;
    atomic_poke(&lock->holder, (const void *) NULL);
    lock_release(&lock->lock);
}

bool lock_again_is_held(const struct lock_again *lock)
{
    return atomic_peek(&lock->holder) == &thread_self;
}
#endif
