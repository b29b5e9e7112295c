/* native.h - functions and resources written in C.
**
** A native runs inside a process: its env is that process's and ends with the call. Terms do not
** move while it runs. Its env is not cleared or destroyed. */
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

/* avm_native.flags: it may take long. With one scheduler it is run as any other. */
enum { AVM_DIRTY_CPU = 1, AVM_DIRTY_IO = 2 };

typedef struct avm_native {
    const char *name;
    unsigned arity;
    avm_native_fn *fn;
    unsigned flags;
} avm_native;

typedef struct avm_native_module {
    const char *name;
    const avm_native *natives;
    size_t count;
    int (*load)(avm_env *env, void **priv_data, avm_term load_info);   /* 0: success; or NULL */
    void (*unload)(avm_env *env, void *priv_data);                     /* or NULL */
} avm_native_module;

/* The table is borrowed until avm_destroy. The natives replace the functions of the same name and
** arity, exported or not, when the Erlang module is loaded; load is called then, before any of its
** code runs, with load_info 0 (the integer); when it fails, so does the loading. unload is called in
** avm_destroy, after the last process and resource have gone. erlang:load_nif/2 gives ok when the
** name of its file is that of such a module.
**   AVM_BUSY          the module is loaded already
**   AVM_BAD_ARGUMENT  the module was registered before, or a row of the table is no function */
AVM_API avm_status avm_register_natives(avm_vm *vm, const avm_native_module *module,
    avm_error *error);

AVM_API avm_vm *avm_env_vm(avm_env *env);
AVM_API void *avm_priv_data(avm_env *env);    /* what load left; NULL outside of natives */
AVM_API avm_pid avm_self(avm_env *env);       /* opaque is 0 outside of natives */

/* Return what these return. */
AVM_API avm_term avm_raise_badarg(avm_env *env);
AVM_API avm_term avm_raise_exception(avm_env *env, avm_term reason);    /* class error */

/* Continues with fn later, at most 255 arguments: return what this returns. */
AVM_API avm_term avm_schedule_native(avm_env *env, const char *name, unsigned flags,
    avm_native_fn *fn, int argc, const avm_term argv[]);

/* Charges percent (1 to 100) of a slice; 1 when it is used up and the native should continue
** later, else 0. */
AVM_API int avm_consume_timeslice(avm_env *env, int percent);

/* ---- Resources: objects of C that terms refer to ------------------------------------------- */

typedef struct avm_resource_type avm_resource_type;

typedef struct avm_resource_callbacks {
    /* The last term and the last count of C are gone. env is for terms that this call makes; or
    ** NULL. It may not run the VM. */
    void (*dtor)(avm_env *env, void *object);
} avm_resource_callbacks;

/* A type of that name of the module whose load is running; callbacks (copied) may be NULL. The same
** name again is the same type. NULL when memory runs out, or outside of load. */
AVM_API avm_resource_type *avm_open_resource_type(avm_env *env, const char *name,
    const avm_resource_callbacks *callbacks);

/* Counted once for the caller: avm_release_resource when done, also after avm_make_resource. What C
** still holds in avm_destroy is destroyed there. NULL when memory runs out. */
AVM_API void *avm_alloc_resource(avm_resource_type *type, size_t size);
AVM_API void avm_keep_resource(void *object);
AVM_API void avm_release_resource(void *object);
AVM_API avm_term avm_make_resource(avm_env *env, void *object);
AVM_API bool avm_get_resource(avm_env *env, avm_term term, avm_resource_type *type,
    void **object);

#ifdef __cplusplus
}
#endif
#endif
