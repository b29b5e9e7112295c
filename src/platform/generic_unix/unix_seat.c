/* unix_seat.c - schedulers that sleep until another wakes them. With AVM_SMP off there is nothing of it. */
#define _POSIX_C_SOURCE 200809L
#include "platform/generic_unix/unix.h"

#if AVM_SMP
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000

struct unix_seat {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool is_called;             /* unpark came, and no park has seen it */
};

static bool open_seat(struct unix_seat *seat)
{
    pthread_condattr_t attributes;
    bool done;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    done = pthread_mutex_init(&seat->lock, NULL) == 0;
    if (done && pthread_cond_init(&seat->woken, &attributes) != 0) {
        pthread_mutex_destroy(&seat->lock);
        done = false;
    }
    pthread_condattr_destroy(&attributes);
    return done;
}

avm_status unix_seats_open(void *state, unsigned count)
{
    struct unix_platform *platform = state;

    platform->seats = platform->memory.resize(platform->memory.user, NULL, 0,
        count * sizeof *platform->seats);
    if (platform->seats == NULL)
        return AVM_NO_MEMORY;
    memset(platform->seats, 0, count * sizeof *platform->seats);
    platform->seat_room = count;
    while (platform->seat_count < count) {
        if (!open_seat(&platform->seats[platform->seat_count]))
            return AVM_NO_MEMORY;
        platform->seat_count++;
    }
    return AVM_OK;
}

void unix_seats_close(struct unix_platform *platform)
{
    if (platform->seats == NULL)
        return;
    while (platform->seat_count > 0) {
        struct unix_seat *seat = &platform->seats[--platform->seat_count];

        pthread_cond_destroy(&seat->woken);
        pthread_mutex_destroy(&seat->lock);
    }
    platform->memory.resize(platform->memory.user, platform->seats,
        platform->seat_room * sizeof *platform->seats, 0);
    platform->seats = NULL;
}

/* False: the time is over. */
static bool wait_until(struct unix_seat *seat, int64_t until)
{
    struct timespec time = { (time_t) (until / NS_PER_S), (long) (until % NS_PER_S) };

    if (until == INT64_MAX)
        return pthread_cond_wait(&seat->woken, &seat->lock) == 0;
    return until > 0 && pthread_cond_timedwait(&seat->woken, &seat->lock, &time) == 0;
}

avm_status unix_park(void *state, unsigned number, int64_t until)
{
    struct unix_seat *seat = &((struct unix_platform *) state)->seats[number - 1];

    pthread_mutex_lock(&seat->lock);
    while (!seat->is_called && wait_until(seat, until)) {
    }
    seat->is_called = false;
    pthread_mutex_unlock(&seat->lock);
    return AVM_OK;
}

void unix_unpark(void *state, unsigned number)
{
    struct unix_seat *seat = &((struct unix_platform *) state)->seats[number - 1];

    pthread_mutex_lock(&seat->lock);
    seat->is_called = true;
    pthread_cond_signal(&seat->woken);
    pthread_mutex_unlock(&seat->lock);
}
#endif
