/* platform.h - all that the VM asks of the system it runs on.
**
** A host hands its own table to avm_create, or leaves it to the one that is built in. Every
** function gets the state that open made for this VM. Each may be called by the thread that runs
** the VM; those marked "any thread" also by others. None may call back into the VM. */
#ifndef ATOMVM_PLATFORM_H
#define ATOMVM_PLATFORM_H

#include "atomvm/atomvm.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum avm_stream { AVM_STDIN = 0, AVM_STDOUT = 1, AVM_STDERR = 2 } avm_stream;

enum { AVM_POLL_READ = 1, AVM_POLL_WRITE = 2 };

/* A handle that became ready. */
typedef struct avm_poll_event {
    int handle;
    unsigned mode;            /* AVM_POLL_READ, AVM_POLL_WRITE or both */
    void *tag;                /* as given to watch */
} avm_poll_event;

typedef struct avm_host {
    const char *family;       /* os:type/0: "unix" */
    const char *name;         /* "linux"; both constant, or the state's */
    unsigned version[3];      /* os:version/0 */
    int64_t process_id;       /* os:getpid/0 */
    unsigned processors;      /* at least 1 */
} avm_host;

/* ---- files ----------------------------------------------------------------------------- */

/* What a file operation may fail with: POSIX's names, and how Erlang says each. */
#define AVM_FILE_ERROR_MAP(X)                                                                    \
    X(E2BIG, "e2big") X(EACCES, "eacces") X(EAGAIN, "eagain") X(EBADF, "ebadf")                  \
    X(EBUSY, "ebusy") X(EDEADLK, "edeadlk") X(EDOM, "edom") X(EDQUOT, "edquot")                  \
    X(EEXIST, "eexist") X(EFAULT, "efault") X(EFBIG, "efbig") X(EINTR, "eintr")                  \
    X(EINVAL, "einval") X(EIO, "eio") X(EISDIR, "eisdir") X(ELOOP, "eloop")                      \
    X(EMFILE, "emfile") X(EMLINK, "emlink") X(ENAMETOOLONG, "enametoolong")                      \
    X(ENFILE, "enfile") X(ENODEV, "enodev") X(ENOENT, "enoent") X(ENOLCK, "enolck")              \
    X(ENOMEM, "enomem") X(ENOSPC, "enospc") X(ENOSYS, "enosys") X(ENOTDIR, "enotdir")            \
    X(ENOTEMPTY, "enotempty") X(ENOTTY, "enotty") X(ENXIO, "enxio")                              \
    X(EOPNOTSUPP, "eopnotsupp") X(EOVERFLOW, "eoverflow") X(EPERM, "eperm") X(EPIPE, "epipe")    \
    X(EROFS, "erofs") X(ESPIPE, "espipe") X(ESTALE, "estale") X(ETIMEDOUT, "etimedout")          \
    X(ETXTBSY, "etxtbsy") X(EXDEV, "exdev")

typedef enum avm_file_error {
    AVM_FILE_OK,
    AVM_FILE_UNSUPPORTED,               /* enotsup */
    AVM_FILE_UNKNOWN,                   /* another one of the system's: unknown */
#define AVM_FILE_ERROR_ROW_(name, text) AVM_FILE_##name,
    AVM_FILE_ERROR_MAP(AVM_FILE_ERROR_ROW_)
#undef AVM_FILE_ERROR_ROW_
    AVM_FILE_ERROR_COUNT
} avm_file_error;

enum {                                  /* modes of open */
    AVM_FILE_READ = 1,
    AVM_FILE_WRITE = 2,                 /* alone: the file is made, or emptied */
    AVM_FILE_APPEND = 4,                /* every write goes to the end */
    AVM_FILE_EXCLUSIVE = 8,             /* fails when there is such a file */
    AVM_FILE_SYNC = 16,                 /* a write returns when the bytes are on the disk */
    AVM_FILE_DIRECTORY = 32             /* only a directory; without it, never one */
};

typedef enum avm_file_place { AVM_FILE_FROM_START, AVM_FILE_FROM_HERE, AVM_FILE_FROM_END } avm_file_place;

typedef enum avm_file_advice {
    AVM_FILE_NORMAL, AVM_FILE_RANDOM, AVM_FILE_SEQUENTIAL, AVM_FILE_WILL_NEED, AVM_FILE_DONT_NEED,
    AVM_FILE_NO_REUSE
} avm_file_advice;

typedef enum avm_file_type {
    AVM_FILE_IS_DEVICE, AVM_FILE_IS_DIRECTORY, AVM_FILE_IS_REGULAR, AVM_FILE_IS_LINK, AVM_FILE_IS_OTHER
} avm_file_type;

typedef struct avm_file_info {
    uint64_t size;
    avm_file_type type;
    unsigned access;                    /* AVM_FILE_READ, AVM_FILE_WRITE or both */
    int64_t accessed, modified, changed;    /* seconds since 1970 */
    uint32_t mode, links, major_device, minor_device, owner, group;
    uint64_t inode;
} avm_file_info;

/* Files, for a platform that has them. Paths are the system's bytes and end with 0; relative ones
** count from the directory of this VM, which is its own: set_directory changes it for no other VM and
** not for the host. Whatever a VM opened it closes before close of the platform. Every function may
** be NULL: AVM_FILE_UNSUPPORTED then. Where threads serve dirty natives (avm_serve_dirty) these call all but
** adopt, close, seek, get_number, close_names and those of the directory, several at once, and beside any. */
typedef struct avm_files {
    size_t struct_size;                 /* sizeof(avm_files) */

    avm_file_error (*open)(void *state, const char *path, unsigned modes, intptr_t *file);
    /* An open file that the host knows by number. */
    avm_file_error (*adopt)(void *state, int number, intptr_t *file);
    /* The file is closed, also when this fails. */
    avm_file_error (*close)(void *state, intptr_t file);
    /* Until size bytes are there or the file ends. */
    avm_file_error (*read)(void *state, intptr_t file, void *buffer, size_t size, size_t *count);
    avm_file_error (*read_at)(void *state, intptr_t file, uint64_t offset, void *buffer, size_t size,
        size_t *count);
    /* All of it. */
    avm_file_error (*write)(void *state, intptr_t file, const void *data, size_t size);
    avm_file_error (*write_at)(void *state, intptr_t file, uint64_t offset, const void *data,
        size_t size);
    avm_file_error (*seek)(void *state, intptr_t file, avm_file_place from, int64_t offset,
        uint64_t *position);
    avm_file_error (*sync)(void *state, intptr_t file, bool data_only);
    avm_file_error (*truncate)(void *state, intptr_t file);     /* where it stands */
    avm_file_error (*allocate)(void *state, intptr_t file, uint64_t offset, uint64_t size);
    avm_file_error (*advise)(void *state, intptr_t file, uint64_t offset, uint64_t size,
        avm_file_advice advice);
    avm_file_error (*get_info)(void *state, intptr_t file, avm_file_info *info);
    /* The number that the host knows it by. */
    avm_file_error (*get_number)(void *state, intptr_t file, int *number);

    avm_file_error (*get_path_info)(void *state, const char *path, bool follow_link,
        avm_file_info *info);
    avm_file_error (*set_permissions)(void *state, const char *path, uint32_t mode);
    avm_file_error (*set_owner)(void *state, const char *path, int32_t owner,
        int32_t group);                 /* -1: as it is */
    avm_file_error (*set_times)(void *state, const char *path, int64_t accessed, int64_t modified);
    /* The target of a link, at most size bytes of it, without a 0; *count is its length when that is
    ** below size, else there may be more. */
    avm_file_error (*read_link)(void *state, const char *path, char *buffer, size_t size,
        size_t *count);
    avm_file_error (*make_link)(void *state, const char *existing, const char *path);
    avm_file_error (*make_symlink)(void *state, const char *target, const char *path);
    avm_file_error (*rename)(void *state, const char *from, const char *to);
    avm_file_error (*remove)(void *state, const char *path);
    avm_file_error (*make_directory)(void *state, const char *path);
    avm_file_error (*remove_directory)(void *state, const char *path);

    /* Names in a directory, in any order, without "." and "..". *name NULL: there are no more; else
    ** it is good until the next call. */
    avm_file_error (*open_names)(void *state, const char *path, void **names);
    avm_file_error (*next_name)(void *state, void *names, const char **name);
    void (*close_names)(void *state, void *names);

    /* The directory that relative paths count from: as read_link. */
    avm_file_error (*get_directory)(void *state, char *buffer, size_t size, size_t *count);
    avm_file_error (*set_directory)(void *state, const char *path);
} avm_files;

/* ---- programs -------------------------------------------------------------------------- */

enum {                                  /* avm_program.flags */
    AVM_PROGRAM_READ = 1,               /* what it writes is read */
    AVM_PROGRAM_WRITE = 2,              /* what it reads is written */
    AVM_PROGRAM_STDERR_TO_STDOUT = 4,
    AVM_PROGRAM_NO_STDIO = 8            /* it reads handle 3 and writes handle 4, not 0 and 1 */
};

typedef struct avm_program {
    const char *command;                /* a line for the shell; NULL: path is run */
    const char *path;                   /* of an executable */
    const char *const *arguments;       /* argument 0 first, NULL at the end; with path */
    const char *const *environment;     /* "NAME=value" texts, NULL at the end: all that it gets */
    const char *directory;              /* NULL: the VM's */
    unsigned flags;
} avm_program;

/* A program that runs: handles of the platform for watch and these functions, -1 where there is none. */
typedef struct avm_program_handles {
    int64_t id;                         /* what the system calls it: os_pid of port_info/2 */
    int read, write;
    int ended;                          /* ready to be read once it has ended; -1: get_status is asked
                                        ** now and then */
} avm_program_handles;

/* Programs, for a platform that has them: what open_port/2 starts. Everything here returns at once. */
typedef struct avm_programs {
    size_t struct_size;                 /* sizeof(avm_programs) */
    /* Fails, with nothing left, when the program cannot be run: AVM_FILE_ENOENT, AVM_FILE_EACCES. */
    avm_file_error (*start)(void *state, const avm_program *program, avm_program_handles *handles);
    /* Makes a handle that the host has open usable for read and write. It is not closed. */
    avm_file_error (*adopt)(void *state, int handle);
    /* What is there, *count bytes of it, 0 at the end; AVM_FILE_EAGAIN: nothing yet. */
    avm_file_error (*read)(void *state, int handle, void *buffer, size_t size, size_t *count);
    /* As much as goes, *count bytes of it; AVM_FILE_EAGAIN: nothing now. */
    avm_file_error (*write)(void *state, int handle, const void *data, size_t size, size_t *count);
    void (*close)(void *state, int handle);
    /* AVM_OK once it has ended: *status is what it exited with, 128 + n for signal n; AVM_BUSY;
    ** after AVM_OK nothing is asked about it any more. */
    avm_status (*get_status)(void *state, int64_t id, int *status);
    /* Nobody will ask for its status: it runs on. */
    void (*forget)(void *state, int64_t id);
} avm_programs;

/* ---- the platform ---------------------------------------------------------------------- */

struct avm_platform {
    size_t struct_size;       /* sizeof(avm_platform) */
    void *user;               /* handed to open */

    /* Makes what one VM needs. Memory comes from the VM's counted allocator, which outlives the
    ** state. */
    avm_status (*open)(void *user, const avm_allocator *memory, void **state);
    void (*close)(void *state);

    /* Time. monotonic never goes back; system is the time since 1970-01-01 00:00 UTC. Both in
    ** nanoseconds, any thread. */
    int64_t (*monotonic_time)(void *state);
    int64_t (*system_time)(void *state);
    /* Processor time that the host process has used, in nanoseconds. */
    int64_t (*cpu_time)(void *state);

    /* Local time is UTC + offset, in seconds. is_dst: 1 daylight saving, 0 not, -1 to be found
    ** out. AVM_BAD_ARGUMENT when there is no such time. */
    avm_status (*offset_of_utc)(void *state, int64_t utc_seconds, int32_t *offset);
    avm_status (*offset_of_local)(void *state, int64_t local_seconds, int is_dst,
        int32_t *offset);

    /* Fills bytes that nobody can foretell. Any thread. */
    avm_status (*get_entropy)(void *state, void *bytes, size_t size);

    /* Sleeps until the monotonic time until, a wakeup, or a watched handle becomes ready; until 0:
    ** does not sleep; INT64_MAX: no limit. Fills in at most capacity events, *count of them; an
    ** event is told once, the handle is then no longer watched for it. A wakeup that came before
    ** the call ends it at once. */
    avm_status (*wait)(void *state, int64_t until, avm_poll_event *events, size_t capacity,
        size_t *count);
    void (*wakeup)(void *state);    /* any thread, and signal handlers */

    /* Watches the handle for the modes, and no others, from now on; mode 0: not any more. */
    avm_status (*watch)(void *state, int handle, unsigned mode, void *tag);

    /* The bytes of a file, mapped or read, to be given back by blob->release. AVM_NOT_FOUND,
    ** AVM_IO (a directory, no permission), AVM_NO_MEMORY. why: room for a short text of the
    ** reason, or NULL. Any thread; works without a VM too, with state NULL. */
    avm_status (*map_file)(void *state, const char *path, avm_blob *blob, char *why,
        size_t why_size);

    /* Writes all of it to AVM_STDOUT or AVM_STDERR. */
    avm_status (*write)(void *state, avm_stream stream, const void *data, size_t size);

    /* Reads what standard input has now, *count bytes; 0 at its end. AVM_BUSY when nothing is
    ** there yet: watch AVM_STDIN for reading. */
    avm_status (*read)(void *state, void *buffer, size_t size, size_t *count);

    /* "NAME=value" texts up to a NULL, the environment at the start of the VM. */
    const char *const *(*get_environment)(void *state);

    void (*get_host)(void *state, avm_host *host);

    /* What Erlang programs may do with files; NULL: nothing, every operation is {error, enotsup}. A
    ** host that takes the default platform and sets this to NULL has a VM without file access. */
    const avm_files *files;

    /* One thread at a time is in the VM. enter waits for its turn, first come first served; leave
    ** lets the next one in. A thread that is in may enter again, and leaves as often. wait is called
    ** by a thread that entered once, and lets others in while it sleeps. Any thread. Both NULL: the
    ** host sees to it that only one thread uses the VM at a time. */
    void (*enter)(void *state);
    void (*leave)(void *state);

    /* Machine code in a file (erlang:load_nif/2): opens it with all it needs, or fails with why, a
    ** line of at most why_size bytes; finds a function by name, NULL when there is none. library_open
    ** NULL: there is no such thing here, and every load_nif of a file fails. */
    avm_status (*library_open)(void *state, const char *path, void **library, char *why,
        size_t why_size);
    void (*(*library_find)(void *state, void *library, const char *name))(void);
    void (*library_close)(void *state, void *library);

    /* What open_port/2 of a command, an executable or handles does; NULL: nothing, it is badarg. A host
    ** that takes the default platform and sets this to NULL has a VM that starts no programs. */
    const avm_programs *programs;

    /* Several schedulers: seat makes room for threads 1..count, before any of them comes. park puts the
    ** thread with that number to sleep until the monotonic time until (INT64_MAX: no limit) or until
    ** unpark, which ends the next park at once if it came before; unpark is called by any thread. All
    ** NULL: a VM has one scheduler here. */
    avm_status (*seat)(void *state, unsigned count);
    avm_status (*park)(void *state, unsigned number, int64_t until);
    void (*unpark)(void *state, unsigned number);
};

/* The platform that is built in; a constant. */
AVM_API const avm_platform *avm_platform_default(void);

#ifdef __cplusplus
}
#endif
#endif
