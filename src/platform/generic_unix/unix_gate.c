/* unix_gate.c - one thread at a time in the VM, in the order of coming.
**
** Whoever comes draws a ticket and waits until it is served: a thread that leaves and comes back at
** once, as one between two slices does, lets those who wait in before. Nobody else there: no lock is taken. */
#define _POSIX_C_SOURCE 200809L
#include "platform/generic_unix/unix.h"

#define NOBODY ((uintptr_t) 0)

bool unix_gate_init(struct unix_platform *platform)
{
    if (pthread_mutex_init(&platform->gate, NULL) != 0)
        return false;
    if (pthread_cond_init(&platform->next_turn, NULL) == 0)
        return true;
    pthread_mutex_destroy(&platform->gate);
    return false;
}

void unix_gate_deinit(struct unix_platform *platform)
{
    pthread_cond_destroy(&platform->next_turn);
    pthread_mutex_destroy(&platform->gate);
}

/* Tickets and the turn are changed and read in one order for all threads: whoever draws a ticket and then
** sees that it is not served is seen by the one who leaves, who wakes it. */
void unix_enter(void *state)
{
    struct unix_platform *platform = state;
    uintptr_t self = (uintptr_t) pthread_self();
    uint64_t ticket;

    if (__atomic_load_n(&platform->owner, __ATOMIC_RELAXED) == self) {
        platform->depth++;
        return;
    }
    ticket = __atomic_fetch_add(&platform->last_ticket, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&platform->serving, __ATOMIC_SEQ_CST) != ticket) {
        pthread_mutex_lock(&platform->gate);
        while (__atomic_load_n(&platform->serving, __ATOMIC_SEQ_CST) != ticket)
            pthread_cond_wait(&platform->next_turn, &platform->gate);
        pthread_mutex_unlock(&platform->gate);
    }
    __atomic_store_n(&platform->owner, self, __ATOMIC_RELAXED);
    platform->depth = 1;
}

void unix_leave(void *state)
{
    struct unix_platform *platform = state;
    uint64_t next;

    if (--platform->depth > 0)
        return;
    __atomic_store_n(&platform->owner, NOBODY, __ATOMIC_RELAXED);
    next = __atomic_add_fetch(&platform->serving, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&platform->last_ticket, __ATOMIC_SEQ_CST) == next)
        return;
    pthread_mutex_lock(&platform->gate);
    pthread_cond_broadcast(&platform->next_turn);
    pthread_mutex_unlock(&platform->gate);
}
