/* atomvm.h - embed an Erlang VM: create it, load code, run it, talk to it.
**
** Rules that hold for every function here:
**  - Names follow avm_<noun>_<verb>, or avm_<verb> when the noun is the VM.
**  - The object acted on is the first parameter; results are last.
**  - A function that can fail returns avm_status; when it fails, it has changed nothing and left
**    its results untouched.
**  - An avm_error parameter may be NULL; else it is filled in when the function fails.
**  - A VM is run by as many threads at once as config.schedulers says, which is one; a further one that
**    tries is told AVM_BUSY. "Any thread" means that others may call it meanwhile; with one scheduler it
**    then waits for the end of a slice. That needs a platform with enter and leave (platform.h), as the
**    built-in one is; with one without, a VM is used by one thread at a time for everything but
**    avm_interrupt.
**  - Nothing here prints, exits, aborts, starts a thread or keeps a global.
*/
#ifndef ATOMVM_ATOMVM_H
#define ATOMVM_ATOMVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomvm/version.h"

#ifndef AVM_API
#if defined(__GNUC__) || defined(__clang__)
#define AVM_API __attribute__((visibility("default")))
#else
#define AVM_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct avm_vm avm_vm;             /* one isolated node */
typedef struct avm_env avm_env;           /* a place where terms live */
typedef struct avm_mailbox avm_mailbox;   /* a process played by the host */
typedef uintptr_t avm_term;               /* opaque; valid while its env is */
typedef struct avm_pid {
    avm_term pid;             /* the library's; 0: nobody */
} avm_pid;

#define AVM_STATUS_MAP(X)                                   \
    X(OK, "success")                                        \
    X(NO_MEMORY, "out of memory, or memory limit reached")  \
    X(BAD_ARGUMENT, "invalid argument")                     \
    X(NOT_FOUND, "no such module, function or process")     \
    X(BAD_FILE, "not a BEAM file or AtomVM pack")           \
    X(BAD_CODE, "code failed verification")                 \
    X(UNSUPPORTED, "feature left out of this build")        \
    X(BUSY, "not allowed in this state")                    \
    X(TIMEOUT, "timed out")                                 \
    X(IO, "input/output error")

typedef enum avm_status {
#define X(name, text) AVM_##name,
    AVM_STATUS_MAP(X)
#undef X
} avm_status;

typedef struct avm_error {
    avm_status status;
    char message[236];    /* one line, no newline, always terminated */
} avm_error;

/* A constant text; never NULL. Any thread. */
AVM_API const char *avm_status_text(avm_status status);

/* AVM_VERSION_TEXT of the library that is linked. Any thread. */
AVM_API const char *avm_version_text(void);
/* The optional parts that are built in, by name with a blank between, of crypto, ets, files, nif, ports, re and
** zlib: "crypto ets files nif ports re zlib", "zlib", "". */
AVM_API const char *avm_parts_text(void);

/* ---- Configuration ---------------------------------------------------------------------- */

/* One function does it all: new_size 0 frees and returns NULL, ptr NULL allocates. On failure it
** returns NULL and leaves ptr as it was. old_size is always exact, so the host can account for
** every byte. It is called by the thread that uses the VM; with several schedulers by any of theirs, one
** at a time. */
typedef struct avm_allocator {
    void *(*resize)(void *user, void *ptr, size_t old_size, size_t new_size);
    void *user;
} avm_allocator;

typedef struct avm_platform avm_platform;     /* platform.h */

typedef enum avm_profile {
    AVM_PROFILE_FAST,     /* heaps grow as BEAM's do */
    AVM_PROFILE_SMALL     /* heaps grow by what is needed: for devices */
} avm_profile;

typedef struct avm_config {
    size_t struct_size;               /* set by avm_config_init */
    const avm_allocator *allocator;   /* copied; NULL: the C library's; with AVM_PROFILE_FAST
                                      ** blocks of up to 2 KB lie in larger pieces of it */
    const avm_platform *platform;     /* borrowed until avm_destroy; NULL: the built-in one */
    void *arena;                      /* all the memory of the VM, arena_size bytes, borrowed until
                                      ** avm_destroy: allocator is not used. NULL: none */
    size_t arena_size;
    size_t memory_limit;              /* bytes; 0: none */
    avm_profile profile;              /* AVM_PROFILE_FAST */
    unsigned schedulers;              /* threads that may run the VM at once; 1. More, up to 64, need a
                                      ** build with AVM_SMP, else avm_create gives AVM_UNSUPPORTED */
    unsigned max_processes;           /* 262144 */
    bool verify_at_load;              /* check all of a module when it is loaded; false: each
                                      ** function at its first call */
    int argc;                         /* init:get_plain_arguments/0 */
    const char *const *argv;          /* copied; UTF-8 */
    void (*on_wakeup)(void *user);    /* avm_run has work again, by a call of the host from
                                      ** outside of it (avm_send, avm_spawn, the end of a
                                      ** mailbox), or still has when one that ran the VM until
                                      ** something happened returns (avm_call, avm_await,
                                      ** avm_mailbox_receive); on the thread that made it. NULL */
    void (*on_crash)(void *user, avm_pid pid, const char *report);   /* a process failed; one
                                      ** line, valid during the call. NULL: the program's
                                      ** logger gets it, if there is one */
    void *user;                       /* handed to all of these, and to avm_user */
    void (*on_watch)(void *user, int handle, unsigned mode);    /* what the VM waits for now at that
                                      ** handle of the platform: AVM_POLL_READ, AVM_POLL_WRITE
                                      ** (platform.h), both, or 0. A host that waits in a loop of
                                      ** its own watches it there and calls avm_run when it is
                                      ** ready. NULL */
    unsigned dirty_schedulers;        /* threads that may serve dirty natives beside them (avm_serve_dirty);
                                      ** 0, and each runs where it is called. More, up to 64: as with
                                      ** schedulers */
    bool (*on_dirty)(void *user);     /* a dirty native is to run, and the threads that serve are all at work,
                                      ** or there is none: true when the host will have one more call
                                      ** avm_serve_dirty, false when it has none to give. Any thread. NULL:
                                      ** the host gives what it has by itself */
    bool (*on_busy)(void *user);      /* more processes are ready than the threads run that are in the VM, and
                                      ** config.schedulers allows for more beside one that calls: true when the
                                      ** host will have one more call avm_serve, false when it has none to
                                      ** give, and is not asked again. Until then one thread runs the VM as if there were one scheduler
                                      ** (others are told AVM_BUSY): a program that has nothing to share pays
                                      ** for none. Any thread that runs the VM. NULL: as with on_dirty */
} avm_config;                         /* none of these functions may call into the VM */

AVM_API void avm_config_init_sized(avm_config *config, size_t struct_size);

/* Sets every field to the default that stands beside it. */
static inline void avm_config_init(avm_config *config)
{
    avm_config_init_sized(config, sizeof *config);
}

/* ---- Life cycle ------------------------------------------------------------------------- */

/* config NULL: all defaults. *vm is the caller's, to end with avm_destroy. */
AVM_API avm_status avm_create(const avm_config *config, avm_vm **vm, avm_error *error);

/* Ends all processes and mailboxes, releases all resources and gives back every byte; no code of
** the VM runs. Envs of the host are destroyed before. NULL is ignored. Not from inside the VM. */
AVM_API void avm_destroy(avm_vm *vm);

AVM_API void *avm_user(const avm_vm *vm);

/* ---- Code ------------------------------------------------------------------------------- */

/* Bytes of a .beam or .avm file. The VM calls release once it is done with them, at the latest in
** avm_destroy. release NULL: the caller keeps them alive and unchanged until avm_destroy. Code
** runs from the bytes in place. */
typedef struct avm_blob {
    const void *data;
    size_t size;
    void (*release)(void *user, const void *data, size_t size);
    void *user;
} avm_blob;

/* Answers for a module that no loaded pack has: AVM_OK with *blob filled in, AVM_NOT_FOUND, or
** another status that makes the call that wanted it fail. module is its name in UTF-8. */
typedef avm_status avm_find_module_fn(void *user, const char *module, avm_blob *blob);

/* Takes a pack (its modules are then found by name, after those of earlier packs) or loads a
** module. name stands in messages. When it fails, the blob is still the caller's. */
AVM_API avm_status avm_load_blob(avm_vm *vm, const char *name, avm_blob blob, avm_error *error);

/* As avm_load_blob, of a file that the platform maps. */
AVM_API avm_status avm_load_file(avm_vm *vm, const char *path, avm_error *error);

/* The finder is asked last, once for each module. NULL: nobody is asked. */
AVM_API void avm_set_module_finder(avm_vm *vm, avm_find_module_fn *find, void *user);

/* Calls add(to, folder) for each folder that the finder looks into, in order. */
typedef void avm_list_folders_fn(void *user, void (*add)(void *to, const char *folder), void *to);

/* Says where the finder looks: what code:get_path/0 answers (behind the current folder, "."), and where
** code:lib_dir/1 finds the folders of libraries. list is called when a program first asks. A program
** with a path may add to it (code:add_path/1), and modules in the current folder are found last, through
** the platform's files.
** NULL: there is no path. */
AVM_API void avm_set_code_path(avm_vm *vm, avm_list_folders_fn *list, void *user);

/* ---- Running ---------------------------------------------------------------------------- */

typedef enum avm_activity {
    AVM_RUNNABLE,   /* reductions spent; some process can still run */
    AVM_WAITING,    /* nothing can run before wake_time or a message */
    AVM_HALTED      /* erlang:halt/0,1 was called; see halt_status */
} avm_activity;

typedef struct avm_progress {
    avm_activity activity;
    int halt_status;
    uint64_t reductions;    /* spent by this call */
    int64_t wake_time;      /* the platform's monotonic clock, ns; INT64_MAX: no timer is set */
} avm_progress;

/* Runs a program to its end on this thread: sets up standard input and output and what a program
** expects around it, calls MODULE:start/0 in a process of its own, and waits for it as avm_wait
** does. module NULL: the start module of the first pack that has one, or the first module that
** was loaded and exports start/0. *exit_status: what erlang:halt/0,1 was called with; 0 when
** start/0 returned ok or 0; 1 when it returned something else or failed, which is written to the
** platform's errors.
**   AVM_NOT_FOUND  there is no such module, or it does not export start/0
**   AVM_BUSY       a program is running already, or avm_interrupt was called */
AVM_API avm_status avm_run_program(avm_vm *vm, const char *module, int *exit_status,
    avm_error *error);

/* Starts a process; the arguments are copied out of env. It runs in avm_run. Its group leader is the process
** user (see avm_call).
**   AVM_NOT_FOUND     there is no such function
**   AVM_NO_MEMORY     or max_processes are alive */
AVM_API avm_status avm_spawn(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_pid *pid, avm_error *error);

/* The functions from here on to avm_call give AVM_BUSY when a native of the VM calls them, or while
** another thread is in one of them; and all that run the VM until something has happened give it
** when erlang:halt/0,1 or avm_interrupt was called meanwhile.
**
** Runs processes until about that many reductions are spent or none can run; never waits.
** progress may be NULL. */
AVM_API avm_status avm_run(avm_vm *vm, uint64_t reductions, avm_progress *progress);

/* Sleeps until a process can run, at most timeout_ns (negative: no limit). AVM_TIMEOUT after it. */
AVM_API avm_status avm_wait(avm_vm *vm, int64_t timeout_ns);

/* Runs the VM until that process has ended; *exit_reason is copied to env. It is the atom noproc
** when the process had ended before. */
AVM_API avm_status avm_await(avm_vm *vm, avm_pid pid, avm_env *env, avm_term *exit_reason);

/* Calls a function in a process of its own and runs the VM until that has ended; *result is in env, and
** no part of it belongs to code that may be purged. To others its process ends as any: with normal, or
** with what it failed with, which is told to the caller and nobody else.
**   AVM_NOT_FOUND     there is no such function
**   AVM_BAD_ARGUMENT  the function failed: error->message is "error: Reason", "exit: Reason" or
**                     "throw: Value"
**   AVM_NO_MEMORY     so it failed, or could not be called
** A call that was interrupted is over: its process is killed.
** The first avm_call or avm_spawn starts what stock modules expect around them, unless a program runs
** or libs/ was left out of the build: the processes init and user, the group leader of what a host
** starts (it prints for io:format/2 and the like). Both sleep until they are asked; the code of either is
** loaded then. */
AVM_API avm_status avm_call(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_term *result, avm_error *error);

/* What runs the VM, or waits for it, returns soon; when nothing does, the next such call. Any
** thread, and signal handlers. */
AVM_API void avm_interrupt(avm_vm *vm);

/* Whether the library is built for more than one scheduler. */
AVM_API bool avm_has_schedulers(void);

/* The thread is one more scheduler: it runs processes beside the others and sleeps while there are none,
** until erlang:halt or avm_interrupt, or for good avm_stop_serving, is called. AVM_BUSY: as many as
** config.schedulers run the VM already, or there is no memory for one more. The VM may not be destroyed before
** all have returned. */
AVM_API avm_status avm_serve(avm_vm *vm);
/* The thread runs dirty natives (AVM_DIRTY_CPU, AVM_DIRTY_IO of native.h), one at a time, and sleeps while
** there are none, until one of the same is called. So natives that block or compute for long hold up no
** process but their own. AVM_BUSY: as many as config.dirty_schedulers do already. A native that has begun is
** not interrupted: who wants to be sure that no thread waits in one may end without avm_destroy. */
AVM_API avm_status avm_serve_dirty(avm_vm *vm);
/* All avm_serve and avm_serve_dirty return soon, and those to come at once. Any thread. */
AVM_API void avm_stop_serving(avm_vm *vm);

/* ---- Messages --------------------------------------------------------------------------- */

/* Moves the message: env is empty afterwards and ready for the next one. From the env of a native
** the message is copied instead. Sending to a process that has ended is AVM_OK, as in Erlang. A
** thread that waits in the VM wakes up. Any thread. */
AVM_API avm_status avm_send(avm_vm *vm, avm_pid to, avm_env *env, avm_term message);

/* The process or port registered under that name, or AVM_NOT_FOUND. Any thread. */
AVM_API avm_status avm_whereis(avm_vm *vm, const char *name, avm_pid *pid);

/* Of a process or a port: false once it has ended, or is about to. Any thread. */
AVM_API bool avm_is_process_alive(avm_vm *vm, avm_pid pid);

/* A pid that the host plays: others may send to it, link to it and watch it. It traps exits.
** name: registered under it; NULL: not registered. AVM_BAD_ARGUMENT when the name is taken.
** *mailbox is the host's until avm_mailbox_close or avm_destroy. */
AVM_API avm_status avm_mailbox_open(avm_vm *vm, const char *name, avm_mailbox **mailbox);
AVM_API avm_pid avm_mailbox_pid(const avm_mailbox *mailbox);

/* Takes the oldest message, moved to env. Runs the VM until there is one, at most timeout_ns (0:
** looks only and does not run it, negative: no limit); AVM_TIMEOUT when none came, AVM_NOT_FOUND
** when the pid was killed. */
AVM_API avm_status avm_mailbox_receive(avm_mailbox *mailbox, int64_t timeout_ns, avm_env *env,
    avm_term *message);

/* Ends the pid, with reason normal, and frees what was not received. NULL is ignored. */
AVM_API void avm_mailbox_close(avm_mailbox *mailbox);

/* ---- Statistics ------------------------------------------------------------------------- */

#define AVM_MEMORY_MAP(X)                                                                \
    X(HEAP, "heaps") X(STACK, "stacks") X(MAILBOX, "mailboxes") X(SIGNAL, "signals")     \
    X(LINK, "links") X(MONITOR, "monitors") X(ALIAS, "aliases") X(TIMER, "timers")       \
    X(NAME, "names") X(PROCESS, "processes") X(BINARY, "binaries")                       \
    X(RESOURCE, "resources") X(ETS, "ets") X(ATOM, "atoms") X(LITERAL, "literals")       \
    X(CODE, "code") X(PORT, "ports") X(DICTIONARY, "dictionaries") X(OTHER, "other")

typedef enum avm_memory {
#define X(name, text) AVM_MEMORY_##name,
    AVM_MEMORY_MAP(X)
#undef X
    AVM_MEMORY_COUNT
} avm_memory;

typedef struct avm_stats {
    size_t struct_size;                       /* set by the caller */
    size_t live_bytes;                        /* == sum of bytes_by */
    size_t peak_bytes;
    size_t limit_bytes;                       /* 0: none */
    size_t bytes_by[AVM_MEMORY_COUNT];
    size_t objects_by[AVM_MEMORY_COUNT];      /* live allocations */
    uint64_t allocations, failures;
    uint64_t reductions, context_switches, messages;
    uint64_t minor_gcs, major_gcs, gc_copied_bytes;
    unsigned processes, ports, modules, atoms, ets_tables;
    size_t free_bytes;                        /* below the limit, or in the arena; SIZE_MAX: no limit */
} avm_stats;

/* "heaps", "stacks", ...: a constant text for each kind. */
AVM_API const char *avm_memory_text(avm_memory kind);

/* Fills in as much as stats->struct_size has room for. Any thread. */
AVM_API void avm_get_stats(avm_vm *vm, avm_stats *stats);

/* Mbed TLS, under the module crypto, allocates for AES-GCM and for each call that works with RSA, DH or
** a curve: by calloc, beside the VM's allocator. A host whose Mbed TLS was built with
** MBEDTLS_PLATFORM_MEMORY can have that, too, counted and limited as the VM's: it hands these two to
** mbedtls_platform_set_calloc_free, once, before anything uses Mbed TLS. What is allocated while no VM
** calls Mbed TLS still comes from the C library. The VM never does this itself: it holds for the whole
** process. Any thread. */
AVM_API void *avm_mbedtls_calloc(size_t count, size_t size);
AVM_API void avm_mbedtls_free(void *ptr);

#ifdef __cplusplus
}
#endif
#endif
