/* native.h - functions and resources written in C.
**
** avm_X here is enif_X of erl_nif.h: same stem, same argument order, same result.
** A native runs inside a process: its env is that process's and ends with the call. Terms do not
** move while it runs. Its env is not cleared or destroyed. The functions that run the VM give
** AVM_BUSY inside of it. */
#ifndef ATOMVM_NATIVE_H
#define ATOMVM_NATIVE_H

#include "atomvm/term.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Functions -------------------------------------------------------------------------- */

/* Returns the result, or what an avm_raise_ function or avm_schedule_native returned. 0 without one
** of these is out of memory: system_limit is raised. */
typedef avm_term avm_native_fn(avm_env *env, int argc, const avm_term argv[]);

/* avm_native.flags, and avm_schedule_native's: it computes, or waits, for long. Where threads serve such
** natives (avm_serve_dirty) it runs on one of them, outside of the VM: beside everything else, and each
** function that it calls here comes in for itself. Its process handles nothing that is sent to it meanwhile:
** one that is killed ends when the native is over. Elsewhere it is run as any other: nothing else of this VM
** runs meanwhile, and other threads wait to send. */
enum { AVM_DIRTY_CPU = 1, AVM_DIRTY_IO = 2 };

typedef struct avm_native {
    const char *name;
    unsigned arity;           /* at most 255 */
    avm_native_fn *fn;
    unsigned flags;           /* AVM_DIRTY_..., or 0 */
} avm_native;

/* The natives of one Erlang module. */
typedef struct avm_native_module {
    const char *name;         /* of the Erlang module */
    const avm_native *natives;
    size_t count;
    /* Each of these may be NULL; 0 is success. load_info is what load_nif was given, the integer 0
    ** without one. *priv_data starts as NULL, and is what avm_priv_data gives from then on. */
    int (*load)(avm_env *env, void **priv_data, avm_term load_info);
    /* When the version of the module that it was loaded for has gone, at the latest in avm_destroy. */
    void (*unload)(avm_env *env, void *priv_data);
    /* Instead of load, when the version of the module before this one has its natives still. */
    int (*upgrade)(avm_env *env, void **priv_data, void **old_priv_data, avm_term load_info);
    /* Told of the VM on the thread that is about to run something of the library, and after that what it
    ** returned: what it was told before on that thread. For functions without an env (erl_nif.h). */
    avm_vm *(*enter)(avm_vm *vm);
} avm_native_module;

/* What nif_init of a shared object returns (erl_nif.h writes it). The fields before module have the
** places of OTP's, so that a library built for another machine is told from one built for this. */
#define AVM_NATIVE_MAJOR 2
#define AVM_NATIVE_MINOR 17
#define AVM_NATIVE_VARIANT "libatomvm.1"
typedef struct avm_native_entry {
    int major, minor;         /* AVM_NATIVE_MAJOR, AVM_NATIVE_MINOR */
    const char *name;
    int count;
    const avm_native *natives;
    void (*unused[4])(void);
    const char *variant;      /* AVM_NATIVE_VARIANT */
    const avm_native_module *module;
} avm_native_entry;

/* Makes the natives of a module known to the VM. The table is borrowed until avm_destroy. They replace
** the functions of the same name and arity, exported or not:
**  - in a module without -on_load, when it is loaded, before any of its code runs; when load fails, so
**    does the loading, and erlang:load_nif/2 gives ok without doing anything;
**  - in a module with -on_load, when it calls erlang:load_nif/2, whatever file that names.
**   AVM_BUSY          the module is loaded already
**   AVM_BAD_ARGUMENT  the module was registered before, or a row of the table is no function
** Libraries in shared objects need no registering: erlang:load_nif(Path, Info) opens Path.so, which
** was built against this header or erl_nif.h, in a host that shows it the symbols of this library
** (it is linked to the shared one, or with -rdynamic). */
AVM_API avm_status avm_register_natives(avm_vm *vm, const avm_native_module *module,
    avm_error *error);

AVM_API avm_vm *avm_env_vm(avm_env *env);
AVM_API void *avm_priv_data(avm_env *env);    /* what load left; NULL outside of natives */
AVM_API avm_pid avm_self(avm_env *env);       /* pid is 0 outside of natives */

/* Return what these return. */
AVM_API avm_term avm_raise_badarg(avm_env *env);
AVM_API avm_term avm_raise_exception(avm_env *env, avm_term reason);    /* class error */
/* True when one of them was called; *reason (unless NULL) is what was raised. */
AVM_API bool avm_has_pending_exception(avm_env *env, avm_term *reason);

/* What the thread runs now as one of those that serve dirty natives of vm: AVM_DIRTY_CPU or _IO, else 0. */
AVM_API unsigned avm_dirty_thread(avm_vm *vm);

/* Continues with fn later, at most 255 arguments: return what this returns. flags: AVM_DIRTY_..., or 0: where
** fn runs, wherever its caller did. */
AVM_API avm_term avm_schedule_native(avm_env *env, const char *name, unsigned flags,
    avm_native_fn *fn, int argc, const avm_term argv[]);

/* Charges percent (1 to 100) of a slice; 1 when it is used up and the native should continue
** later, else 0. */
AVM_API int avm_consume_timeslice(avm_env *env, int percent);

/* Around a wait for another thread that may call into the VM meanwhile (it would wait for the native,
** and the native for it); the functions of erl_nif.h that wait do this by themselves. Called by natives
** and callbacks; between the two calls none of their terms are made. What begin gives goes to end. */
AVM_API unsigned avm_begin_blocking(avm_vm *vm);
AVM_API void avm_end_blocking(avm_vm *vm, unsigned depth);

/* ---- Memory, time, processes ---------------------------------------------------------------- */

/* Bytes of the VM's allocator, counted as OTHER, aligned for anything; NULL when memory runs out.
** What is not freed in avm_destroy stays counted and is lost to an allocator that is not an arena.
** Freed before that. Any thread. */
AVM_API void *avm_alloc(avm_vm *vm, size_t size);
AVM_API void *avm_realloc(avm_vm *vm, void *ptr, size_t size);    /* ptr NULL: as avm_alloc */
AVM_API void avm_free(void *ptr);                                 /* NULL is ignored */

typedef enum avm_time_unit { AVM_SEC, AVM_MSEC, AVM_USEC, AVM_NSEC } avm_time_unit;

/* Erlang's monotonic time, and what is added to it for the system's. Any thread. */
AVM_API int64_t avm_monotonic_time(avm_vm *vm, avm_time_unit unit);
AVM_API int64_t avm_time_offset(avm_vm *vm, avm_time_unit unit);
/* Processor time that the host process has used. Any thread. */
AVM_API int64_t avm_cpu_time(avm_vm *vm, avm_time_unit unit);
/* Rounded down. */
AVM_API int64_t avm_convert_time_unit(int64_t time, avm_time_unit from, avm_time_unit to);

/* Of the process that a native runs in: false once it was killed from elsewhere. */
AVM_API bool avm_is_current_process_alive(avm_env *env);
/* name: an atom. False when no process of this node has it. */
AVM_API bool avm_whereis_pid(avm_env *env, avm_term name, avm_pid *pid);

/* Of a port of this node, by its term or its name (an atom), as a receiver of avm_send. */
AVM_API bool avm_get_local_port(avm_env *env, avm_term term, avm_pid *port);
AVM_API bool avm_whereis_port(avm_env *env, avm_term name, avm_pid *port);
/* Writes iodata to a port in the name of its owner, and does not wait. data lies in message_env, which is
** empty afterwards, or in env when that is NULL. False, with nothing sent, when the port is no more, data is
** no iodata, or memory runs out. Any thread, with a message_env. */
AVM_API bool avm_port_command(avm_env *env, const avm_pid *port, avm_env *message_env, avm_term data);

/* ---- Resources: objects of C that terms refer to ------------------------------------------- */

typedef struct avm_resource_type avm_resource_type;

/* Of a process that a resource watches. */
typedef struct avm_monitor {
    uint64_t id;
} avm_monitor;

/* Each may be NULL, and is called on the thread that runs the VM, between natives or by what a native
** did; dtor also on another that gave the last count back. env is for terms that the call makes;
** avm_self of it is no process. None may run the VM. */
typedef struct avm_resource_callbacks {
    /* The last term and the last count of C are gone. */
    void (*dtor)(avm_env *env, void *object);
    /* AVM_SELECT_STOP: the VM is done with the handle, which can be closed. is_direct: called from
    ** within avm_select. */
    void (*stop)(avm_env *env, void *object, int handle, int is_direct);
    /* A process that the resource watched has ended; the monitor is gone. */
    void (*down)(avm_env *env, void *object, avm_pid *pid, avm_monitor *monitor);
    /* avm_dynamic_resource_call. */
    void (*dyncall)(avm_env *env, void *object, void *call_data);
} avm_resource_callbacks;

/* A type of that name of the module whose load or upgrade is running; callbacks (copied) may be NULL.
** The same name again is the same type, with the callbacks given last. NULL when memory runs out, or
** outside of load and upgrade. */
AVM_API avm_resource_type *avm_open_resource_type(avm_env *env, const char *name,
    const avm_resource_callbacks *callbacks);

/* Whether a type of that name is there, of this version of the module or of one before it. */
AVM_API bool avm_has_resource_type(avm_env *env, const char *name);

/* Counted once for the caller: avm_release_resource when done, also after avm_make_resource. What C
** still holds in avm_destroy is destroyed there. NULL when memory runs out. Any thread. */
AVM_API void *avm_alloc_resource(avm_resource_type *type, size_t size);
AVM_API void avm_keep_resource(void *object);
AVM_API void avm_release_resource(void *object);
AVM_API size_t avm_sizeof_resource(void *object);       /* as it was asked for */
AVM_API avm_term avm_make_resource(avm_env *env, void *object);
/* A binary of bytes that the object owns and leaves as they are until it is destroyed. */
AVM_API avm_term avm_make_resource_binary(avm_env *env, void *object, const void *data,
    size_t size);
AVM_API bool avm_get_resource(avm_env *env, avm_term term, avm_resource_type *type,
    void **object);
/* Calls dyncall of the resource, whose type has that name in the module of that name (atoms): true
** when it was called. */
AVM_API bool avm_dynamic_resource_call(avm_env *env, avm_term module, avm_term name,
    avm_term resource, void *call_data);

/* Watches a process for an object whose type has a down callback; *monitor (unless NULL) tells which.
** The object is not kept alive by it: with the object the monitor ends. Any thread.
** 0: down will be called once; > 0: there is no such process; < 0: no callback, or no memory. */
AVM_API int avm_monitor_process(avm_env *env, void *object, const avm_pid *pid,
    avm_monitor *monitor);
/* 0: down will not be called any more; else it was, or the monitor is none of the object's. */
AVM_API int avm_demonitor_process(avm_env *env, void *object, const avm_monitor *monitor);
AVM_API int avm_compare_monitors(const avm_monitor *left, const avm_monitor *right);    /* 0: same */
AVM_API avm_term avm_make_monitor_term(avm_env *env, const avm_monitor *monitor);    /* a reference */

/* ---- Waiting for handles -------------------------------------------------------------------- */

enum {
    AVM_SELECT_READ = 1, AVM_SELECT_WRITE = 2, AVM_SELECT_STOP = 4, AVM_SELECT_CANCEL = 8,
    AVM_SELECT_CUSTOM_MSG = 16
};
enum {                        /* what avm_select gives: >= 0 done, < 0 failed */
    AVM_SELECT_STOP_CALLED = 1, AVM_SELECT_STOP_SCHEDULED = 2, AVM_SELECT_INVALID_EVENT = 4,
    AVM_SELECT_FAILED = 8, AVM_SELECT_READ_CANCELLED = 16, AVM_SELECT_WRITE_CANCELLED = 32
};

/* Sends a message when the handle of the platform (a file descriptor) is ready, once: to *pid, or to
** the process that calls when pid is NULL.
**   AVM_SELECT_READ, _WRITE: {select, Object, Reference, ready_input | ready_output}; reference is a
**     reference or the atom undefined.
**   with AVM_SELECT_CUSTOM_MSG: the message given instead, copied.
**   AVM_SELECT_CANCEL with READ, WRITE: not any more.
**   AVM_SELECT_STOP: not any more, and stop of the object's type is called once the handle is free.
** The object's type has a stop callback; the object is kept until stop has been called. Handles are
** looked at by avm_run, avm_wait and what else runs the VM; a host that waits in a loop of its own is
** told of them by avm_config.on_watch. */
AVM_API int avm_select(avm_env *env, int handle, unsigned flags, void *object, const avm_pid *pid,
    avm_term reference_or_message);

#ifdef __cplusplus
}
#endif
#endif
