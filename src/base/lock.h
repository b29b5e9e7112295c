/* lock.h - a lock for sections of a few hundred instructions, which never wait for anything while they
** hold it. Whoever finds it taken spins a little, then gives its processor away, then sleeps for longer
** and longer, since on few processors the holder may be one that does not run.
** With AVM_SMP off nothing is left of it. */
#ifndef AVM_BASE_LOCK_H
#define AVM_BASE_LOCK_H

#include "base/atomic.h"

#if AVM_SMP
struct lock { AVM_ATOMIC(uint32_t) taken; };

void lock_wait(struct lock *lock);
/* A microsecond or a few. */
void lock_pause_briefly(void);

static inline void lock_init(struct lock *lock) { atomic_put(&lock->taken, 0u); }
static inline bool lock_try(struct lock *lock)
{
    uint32_t expected = 0;

    AVM_ATOMIC_STEP();
    return __atomic_compare_exchange_n(&lock->taken, &expected, 1u, false, __ATOMIC_ACQUIRE,
        __ATOMIC_RELAXED);
}
static inline void lock_take(struct lock *lock)
{
    if (AVM_UNLIKELY(!lock_try(lock)))
        lock_wait(lock);
}
static inline void lock_release(struct lock *lock) { atomic_put(&lock->taken, 0u); }
/* One step of waiting for another thread; *steps starts at 0. */
void lock_pause(unsigned *steps);

/* One that its holder may take again, and gives back as often: held for as long as need be. */
struct lock_again {
    struct lock lock;
    AVM_ATOMIC(unsigned) starving;      /* threads that have waited for long: others give way to them */
    AVM_ATOMIC(const void *) holder;    /* a variable of the thread; NULL: nobody */
    unsigned depth;                     /* the holder's */
};
void lock_again_take(struct lock_again *lock);
void lock_again_release(struct lock_again *lock);
/* By the thread that calls. */
bool lock_again_is_held(const struct lock_again *lock);

#define LOCK_MEMBER(name) struct lock name;
#define LOCK_TAKE(lock) lock_take(lock)
#define LOCK_RELEASE(lock) lock_release(lock)
/* Where one thread alone may be at it unless shared. */
#define LOCK_TAKE_IF(shared, lock) do { if (AVM_UNLIKELY(shared)) lock_take(lock); } while (0)
#define LOCK_RELEASE_IF(shared, lock) do { if (AVM_UNLIKELY(shared)) lock_release(lock); } while (0)
#else
#define LOCK_MEMBER(name)
#define LOCK_TAKE(lock) ((void) 0)
#define LOCK_RELEASE(lock) ((void) 0)
#define LOCK_TAKE_IF(shared, lock) ((void) 0)
#define LOCK_RELEASE_IF(shared, lock) ((void) 0)
#endif

#endif
