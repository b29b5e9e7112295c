/* unix.h - the state of one VM's POSIX platform, shared by the files of this folder.
**
** Always: polled has room for watched + 1 entries (the first is the wake pipe); a slot of watches
** is in use when its mode is not 0. lock guards watches, count, capacity and is_waiting; polled
** belongs to the thread in wait, of which there is one at a time. */
#ifndef AVM_PLATFORM_UNIX_H
#define AVM_PLATFORM_UNIX_H

#include <poll.h>
#include <pthread.h>
#include <sys/utsname.h>

#include "atomvm/platform.h"

struct unix_watch {
    int handle;
    unsigned mode;
    void *tag;
};

struct unix_platform {
    avm_allocator memory;
    int wake_read;
    int wake_write;
    pthread_mutex_t lock;
    struct unix_watch *watches;
    size_t count;
    size_t capacity;
    bool is_waiting;
    struct pollfd *polled;
    size_t polled_capacity;
    char system_name[sizeof ((struct utsname *) 0)->sysname];
    unsigned version[3];
};

/* unix_time.c */
int64_t unix_monotonic_time(void *state);
int64_t unix_system_time(void *state);
int64_t unix_cpu_time(void *state);
avm_status unix_offset_of_utc(void *state, int64_t utc_seconds, int32_t *offset);
avm_status unix_offset_of_local(void *state, int64_t local_seconds, int is_dst, int32_t *offset);

/* unix_poll.c */
avm_status unix_poll_init(struct unix_platform *platform);
void unix_poll_deinit(struct unix_platform *platform);
avm_status unix_wait(void *state, int64_t until, avm_poll_event *events, size_t capacity,
    size_t *count);
void unix_wakeup(void *state);
avm_status unix_watch(void *state, int handle, unsigned mode, void *tag);

/* unix_file.c */
avm_status unix_map_file(void *state, const char *path, avm_blob *blob, char *why,
    size_t why_size);
avm_status unix_write(void *state, avm_stream stream, const void *data, size_t size);
avm_status unix_read(void *state, void *buffer, size_t size, size_t *count);

#endif
