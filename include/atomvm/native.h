/* native.h - functions, resources and ports written in C.
**
** A native runs inside a process: its env is that process's and ends with the call. */
#ifndef ATOMVM_NATIVE_H
#define ATOMVM_NATIVE_H

#include "atomvm/term.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Functions -------------------------------------------------------------------------- */

/* Returns the result, or what an avm_raise_ function returned. */
typedef avm_term avm_native_fn(avm_env *env, int argc, const avm_term argv[]);

enum { AVM_DIRTY_CPU = 1, AVM_DIRTY_IO = 2 };    /* avm_native.flags: it may take long */

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
** arity when the Erlang module is loaded; load is called then. */
AVM_API avm_status avm_register_natives(avm_vm *vm, const avm_native_module *module,
    avm_error *error);

AVM_API avm_vm *avm_env_vm(avm_env *env);
AVM_API void *avm_priv_data(avm_env *env);
AVM_API avm_pid avm_self(avm_env *env);
AVM_API avm_term avm_raise_badarg(avm_env *env);
AVM_API avm_term avm_raise_exception(avm_env *env, avm_term reason);

/* Continues with fn later: return what this returns. */
AVM_API avm_term avm_schedule_native(avm_env *env, const char *name, unsigned flags,
    avm_native_fn *fn, int argc, const avm_term argv[]);

/* Charges percent (1 to 100) of a slice; 1 when it is used up and the native should continue
** later, else 0. */
AVM_API int avm_consume_timeslice(avm_env *env, int percent);

/* ---- Resources: objects of C that terms refer to ------------------------------------------- */

typedef struct avm_resource_type avm_resource_type;

typedef struct avm_resource_callbacks {
    void (*dtor)(avm_env *env, void *object);     /* each may be NULL */
    void (*stop)(avm_env *env, void *object, int event, int is_direct_call);
    void (*down)(avm_env *env, void *object, avm_pid pid, avm_term monitor);
} avm_resource_callbacks;

/* In load only. NULL when memory runs out. */
AVM_API avm_resource_type *avm_open_resource_type(avm_env *env, const char *name,
    const avm_resource_callbacks *callbacks);

/* Counted once for the caller: avm_release_resource when done, also after avm_make_resource. */
AVM_API void *avm_alloc_resource(avm_resource_type *type, size_t size);
AVM_API void avm_keep_resource(void *object);
AVM_API void avm_release_resource(void *object);
AVM_API avm_term avm_make_resource(avm_env *env, void *object);
AVM_API bool avm_get_resource(avm_env *env, avm_term term, avm_resource_type *type,
    void **object);

/* ---- Ports ------------------------------------------------------------------------------ */

typedef struct avm_port avm_port;

typedef struct avm_port_driver {
    const char *name;                             /* open_port({spawn, name}, Options) */
    avm_status (*open)(avm_port *port, avm_env *env, avm_term options, void **state);
    void (*message)(avm_port *port, void *state, avm_env *env, avm_term message);
    void (*ready)(avm_port *port, void *state, int event, unsigned mode);
    void (*close)(avm_port *port, void *state);
} avm_port_driver;

/* The driver is borrowed until avm_destroy. */
AVM_API avm_status avm_register_port_driver(avm_vm *vm, const avm_port_driver *driver);
AVM_API avm_pid avm_port_owner(const avm_port *port);

#ifdef __cplusplus
}
#endif
#endif
