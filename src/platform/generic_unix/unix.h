/* unix.h - the state of one VM's POSIX platform, shared by the files of this folder.
**
** Always: polled has room for watched + 1 entries (the first is the wake pipe); a slot of watches
** is in use when its mode is not 0. lock guards watches, count, capacity and is_waiting; polled
** belongs to the thread in wait, of which there is one at a time. */
#ifndef AVM_PLATFORM_UNIX_H
#define AVM_PLATFORM_UNIX_H

#include <poll.h>
#include <pthread.h>
#include <sys/types.h>
#include <sys/utsname.h>

#include "atomvm/platform.h"
#include "base/atomic.h"

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
    AVM_ATOMIC(int) directory;  /* that relative paths count from; AT_FDCWD: the host's */
    char *directory_path;       /* its path, directory_size bytes with the 0; NULL: the host's */
    size_t directory_size;
    pthread_mutex_t gate;
    pthread_cond_t next_turn;
    uintptr_t owner;                /* the thread that is in, which alone finds itself here; 0: none */
    unsigned depth;                 /* how often it entered */
    uint64_t last_ticket, serving;  /* equal: nobody is in or waits to be */
    pid_t *forgotten;               /* programs that run, or have ended, and nobody asks about */
    size_t forgotten_count, forgotten_capacity;
#if AVM_SMP
    struct unix_seat *seats;        /* by number - 1; NULL: one scheduler */
    unsigned seat_count, seat_room; /* that are open; in the allocation */
#endif
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

/* unix_gate.c */
bool unix_gate_init(struct unix_platform *platform);
void unix_gate_deinit(struct unix_platform *platform);
void unix_enter(void *state);
void unix_leave(void *state);

/* unix_seat.c */
#if AVM_SMP
avm_status unix_seats_open(void *state, unsigned count);
void unix_seats_close(struct unix_platform *platform);
avm_status unix_park(void *state, unsigned number, int64_t until);
void unix_unpark(void *state, unsigned number);
#else
#define unix_seats_open NULL
#define unix_seats_close(platform) ((void) 0)
#define unix_park NULL
#define unix_unpark NULL
#endif

/* unix_library.c */
#if AVM_NIF
avm_status unix_library_open(void *state, const char *path, void **library, char *why,
    size_t why_size);
void (*unix_library_find(void *state, void *library, const char *name))(void);
void unix_library_close(void *state, void *library);
#else
#define unix_library_open NULL
#define unix_library_find NULL
#define unix_library_close NULL
#endif

/* unix_file.c */
avm_status unix_map_file(void *state, const char *path, avm_blob *blob, char *why,
    size_t why_size);
avm_status unix_write(void *state, avm_stream stream, const void *data, size_t size);
avm_status unix_read(void *state, void *buffer, size_t size, size_t *count);


/* unix_program.c */
#if AVM_PORTS
extern const avm_programs unix_programs;
#define UNIX_PROGRAMS (&unix_programs)
void unix_programs_deinit(struct unix_platform *platform);
#else
#define UNIX_PROGRAMS NULL
#define unix_programs_deinit(platform) ((void) 0)
#endif

/* unix_files.c, unix_paths.c */
#if AVM_FILES
extern const avm_files unix_files;
#define UNIX_FILES (&unix_files)
void unix_files_init(struct unix_platform *platform);
void unix_files_deinit(struct unix_platform *platform);
#else
#define UNIX_FILES NULL
#define unix_files_init(platform) ((void) 0)
#define unix_files_deinit(platform) ((void) 0)
#endif
avm_file_error unix_file_error(int error);
avm_file_error unix_get_path_info(void *state, const char *path, bool follow, avm_file_info *info);
avm_file_error unix_set_permissions(void *state, const char *path, uint32_t mode);
avm_file_error unix_set_owner(void *state, const char *path, int32_t owner, int32_t group);
avm_file_error unix_set_times(void *state, const char *path, int64_t accessed, int64_t modified);
avm_file_error unix_read_link(void *state, const char *path, char *buffer, size_t size,
    size_t *count);
avm_file_error unix_make_link(void *state, const char *existing, const char *path);
avm_file_error unix_make_symlink(void *state, const char *target, const char *path);
avm_file_error unix_rename(void *state, const char *from, const char *to);
avm_file_error unix_remove(void *state, const char *path);
avm_file_error unix_make_directory(void *state, const char *path);
avm_file_error unix_remove_directory(void *state, const char *path);
avm_file_error unix_open_names(void *state, const char *path, void **names);
avm_file_error unix_next_name(void *state, void *names, const char **name);
void unix_close_names(void *state, void *names);
avm_file_error unix_get_directory(void *state, char *buffer, size_t size, size_t *count);
avm_file_error unix_set_directory(void *state, const char *path);
struct stat;
void unix_fill_info(const struct stat *from, avm_file_info *info);

#endif
