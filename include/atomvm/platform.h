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
};

/* The platform that is built in; a constant. */
AVM_API const avm_platform *avm_platform_default(void);

#ifdef __cplusplus
}
#endif
#endif
