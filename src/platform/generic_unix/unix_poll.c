/* unix_poll.c - sleeping until a time, a wakeup or a ready handle.
**
** Owns the wake pipe and the list of watches. A byte in the pipe is a wakeup not yet seen; writing
** to it is safe in a signal handler, and a full pipe already wakes. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "platform/generic_unix/unix.h"

#define NS_PER_MS 1000000

static bool set_up_end(int handle)
{
    int flags = fcntl(handle, F_GETFL);

    return flags >= 0 && fcntl(handle, F_SETFL, flags | O_NONBLOCK) == 0
        && fcntl(handle, F_SETFD, FD_CLOEXEC) == 0;
}

static void *resize(struct unix_platform *platform, void *items, size_t old_size, size_t new_size)
{
    return platform->memory.resize(platform->memory.user, items, old_size, new_size);
}

static bool reserve_polled(struct unix_platform *platform, size_t count)
{
    struct pollfd *polled;

    if (count <= platform->polled_capacity)
        return true;
    polled = resize(platform, platform->polled, platform->polled_capacity * sizeof *polled,
        count * sizeof *polled);
    if (polled == NULL)
        return false;
    platform->polled = polled;
    platform->polled_capacity = count;
    return true;
}

static void release_polled(struct unix_platform *platform)
{
    resize(platform, platform->polled, platform->polled_capacity * sizeof *platform->polled, 0);
}

avm_status unix_poll_init(struct unix_platform *platform)
{
    int ends[2];

    if (!reserve_polled(platform, 1))
        return AVM_NO_MEMORY;
    if (pipe(ends) != 0) {
        release_polled(platform);
        return AVM_IO;
    }
    if (!set_up_end(ends[0]) || !set_up_end(ends[1])
        || pthread_mutex_init(&platform->lock, NULL) != 0) {
        close(ends[0]);
        close(ends[1]);
        release_polled(platform);
        return AVM_IO;
    }
    platform->wake_read = ends[0];
    platform->wake_write = ends[1];
    return AVM_OK;
}

void unix_poll_deinit(struct unix_platform *platform)
{
    if (platform->capacity != 0)
        resize(platform, platform->watches, platform->capacity * sizeof *platform->watches, 0);
    release_polled(platform);
    pthread_mutex_destroy(&platform->lock);
    close(platform->wake_read);
    close(platform->wake_write);
}

void unix_wakeup(void *state)
{
    struct unix_platform *platform = state;
    int saved = errno;
    ssize_t written = write(platform->wake_write, "", 1);

    (void) written;
    errno = saved;
}

/* ---- Watches ------------------------------------------------------------------------------- */

static bool reserve_watch(struct unix_platform *platform)
{
    size_t capacity = platform->capacity == 0 ? 8 : platform->capacity * 2;
    struct unix_watch *watches;

    if (platform->count < platform->capacity)
        return true;
    if (capacity > SIZE_MAX / 2 / sizeof *watches)
        return false;
    watches = resize(platform, platform->watches, platform->capacity * sizeof *watches,
        capacity * sizeof *watches);
    if (watches == NULL)
        return false;
    platform->watches = watches;
    platform->capacity = capacity;
    return true;
}

static struct unix_watch *find_watch(struct unix_platform *platform, int handle)
{
    size_t at;

    for (at = 0; at < platform->count; at++)
        if (platform->watches[at].handle == handle)
            return &platform->watches[at];
    return NULL;
}

static avm_status put_watch(struct unix_platform *platform, int handle, unsigned mode, void *tag)
{
    struct unix_watch *watch = find_watch(platform, handle);

    if (mode == 0) {
        if (watch != NULL)
            *watch = platform->watches[--platform->count];
        return AVM_OK;
    }
    if (watch == NULL) {
        if (!reserve_watch(platform))
            return AVM_NO_MEMORY;
        watch = &platform->watches[platform->count++];
    }
    watch->handle = handle;
    watch->mode = mode;
    watch->tag = tag;
    return AVM_OK;
}

avm_status unix_watch(void *state, int handle, unsigned mode, void *tag)
{
    struct unix_platform *platform = state;
    avm_status status;

    if (handle < 0 || (mode & ~(unsigned) (AVM_POLL_READ | AVM_POLL_WRITE)) != 0)
        return AVM_BAD_ARGUMENT;
    pthread_mutex_lock(&platform->lock);
    status = put_watch(platform, handle, mode, tag);
    if (platform->is_waiting)
        unix_wakeup(platform);    /* it then looks at the watches again */
    pthread_mutex_unlock(&platform->lock);
    return status;
}

/* ---- Waiting ------------------------------------------------------------------------------- */

/* Lists the wake pipe and all watches; 0 when memory runs out. */
static size_t list_polled(struct unix_platform *platform)
{
    size_t count, at;

    pthread_mutex_lock(&platform->lock);
    count = platform->count + 1;
    if (!reserve_polled(platform, count)) {
        pthread_mutex_unlock(&platform->lock);
        return 0;
    }
    for (at = 0; at < platform->count; at++) {
        unsigned mode = platform->watches[at].mode;
        struct pollfd *entry = &platform->polled[at + 1];

        entry->fd = platform->watches[at].handle;
        entry->events = (short) ((mode & AVM_POLL_READ ? POLLIN : 0)
            | (mode & AVM_POLL_WRITE ? POLLOUT : 0));
        entry->revents = 0;
    }
    platform->is_waiting = true;
    pthread_mutex_unlock(&platform->lock);
    platform->polled[0].fd = platform->wake_read;
    platform->polled[0].events = POLLIN;
    platform->polled[0].revents = 0;
    return count;
}

/* Rounded up, so that a timer is due when the wait is over. -1: no limit. */
static int timeout_of(struct unix_platform *platform, int64_t until)
{
    int64_t left;

    if (until == INT64_MAX)
        return -1;
    if (until <= 0)
        return 0;
    left = until - unix_monotonic_time(platform);
    if (left <= 0)
        return 0;
    left = (left - 1) / NS_PER_MS + 1;
    return left > INT_MAX ? INT_MAX : (int) left;
}

static void drain_wakeups(struct unix_platform *platform)
{
    char bytes[64];

    while (read(platform->wake_read, bytes, sizeof bytes) > 0) {
    }
}

static unsigned mode_of(short revents)
{
    unsigned mode = 0;

    if (revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
        mode |= AVM_POLL_READ;
    if (revents & (POLLOUT | POLLHUP | POLLERR | POLLNVAL))
        mode |= AVM_POLL_WRITE;
    return mode;
}

/* Tells of a ready handle once: what it was watched for goes out of its watch. */
static bool take_event(struct unix_platform *platform, const struct pollfd *entry,
    avm_poll_event *event)
{
    struct unix_watch *watch = find_watch(platform, entry->fd);
    unsigned mode = watch == NULL ? 0 : watch->mode & mode_of(entry->revents);

    if (mode == 0)
        return false;
    event->handle = entry->fd;
    event->mode = mode;
    event->tag = watch->tag;
    (void) put_watch(platform, entry->fd, watch->mode & ~mode, watch->tag);
    return true;
}

avm_status unix_wait(void *state, int64_t until, avm_poll_event *events, size_t capacity,
    size_t *count)
{
    struct unix_platform *platform = state;
    size_t polled = list_polled(platform);
    avm_status status = AVM_OK;
    bool is_inside = __atomic_load_n(&platform->owner, __ATOMIC_RELAXED) == (uintptr_t) pthread_self();
    size_t at;
    int ready, failed;

    if (polled == 0)
        return AVM_NO_MEMORY;
    *count = 0;
    if (is_inside)
        unix_leave(platform);
    ready = poll(platform->polled, (nfds_t) polled, timeout_of(platform, until));
    failed = ready < 0 ? errno : 0;
    if (is_inside)
        unix_enter(platform);
    if (ready < 0 && failed != EINTR && failed != EAGAIN)
        status = AVM_IO;
    if (ready > 0 && platform->polled[0].revents != 0)
        drain_wakeups(platform);
    pthread_mutex_lock(&platform->lock);
    platform->is_waiting = false;
    for (at = 1; ready > 0 && at < polled && *count < capacity; at++)
        if (platform->polled[at].revents != 0
            && take_event(platform, &platform->polled[at], &events[*count]))
            (*count)++;
    pthread_mutex_unlock(&platform->lock);
    return status;
}
