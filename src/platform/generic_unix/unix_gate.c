/* unix_gate.c - one thread at a time in the VM, in the order of coming.
**
** Whoever comes draws a ticket and waits until it is served: a thread that leaves and comes back at
** once, as one between two slices does, lets those who wait in before. */
#define _POSIX_C_SOURCE 200809L
#include "platform/generic_unix/unix.h"

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

void unix_enter(void *state)
{
    struct unix_platform *platform = state;
    pthread_t self = pthread_self();

    pthread_mutex_lock(&platform->gate);
    if (platform->depth == 0 || !pthread_equal(platform->owner, self)) {
        uint64_t ticket = platform->last_ticket++;

        while (platform->serving != ticket)
            pthread_cond_wait(&platform->next_turn, &platform->gate);
        platform->owner = self;
    }
    platform->depth++;
    pthread_mutex_unlock(&platform->gate);
}

void unix_leave(void *state)
{
    struct unix_platform *platform = state;

    pthread_mutex_lock(&platform->gate);
    if (--platform->depth == 0 && ++platform->serving != platform->last_ticket)
        pthread_cond_broadcast(&platform->next_turn);
    pthread_mutex_unlock(&platform->gate);
}
