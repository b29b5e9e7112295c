/* vm.h - the VM as one value: a sub-struct a room, made and unmade in floor order. */
#ifndef AVM_API_VM_H
#define AVM_API_VM_H

#include "atomvm/native.h"
#include "atomvm/platform.h"
#include "load/load.h"
#include "pack/pack.h"
#include "proc/native_call.h"
#include "proc/signal.h"

/* A place for a thread that runs the VM beside others. */
struct vm_seat {
    struct scheduler *scheduler;    /* NULL: it is made when a thread comes */
    bool is_taken;
    unsigned interrupts_seen;       /* when it came, or was interrupted last */
#if AVM_SMP
    struct thread_self before;      /* what the thread was before */
#endif
};

/* Bytes that the host handed over: a pack, or none yet taken by a module. */
struct vm_pack {
    struct vm_pack *next;
    struct avm_blob blob;
    struct pack pack;
    const char *name;               /* for messages; allocated with name_size */
    size_t name_size;
};

/* A module of natives that the host has registered. */
struct host_table {
    struct host_table *next;
    const avm_native_module *host;
};

/* Natives loaded for one version of a module. */
struct host_module {
    struct host_module *next;
    const avm_native_module *host;
    const struct module *owner;     /* that version; NULL: it has gone, resources keep the library */
    struct native *rows;            /* in host's order */
    size_t host_count;              /* host may go with its library */
    struct native_table table;
    void *private_data;             /* what load left */
    void *library;                  /* the platform's; NULL: registered by the host */
    size_t type_count;              /* resource types that are its own */
    bool is_loading;                /* load or upgrade runs: types are made */
};

struct avm_vm {
    struct memory memory;
    struct node node;
    struct load_context load;
    struct scheduler *scheduler;    /* the one; where several may run, of whoever is none of them (slot 0) */
    struct vm_pack *packs;          /* in the order of loading */
    avm_find_module_fn *find;
    void *find_user;
    avm_config config;
    avm_allocator platform_allocator;
    term start_module;              /* first module loaded that exports start/0; TERM_NONE: none */
    char **arguments;               /* copies of argv */
    struct host_table *tables;
    struct host_module *modules;
    struct avm_resource_type *types;
    struct host_monitor *monitors;      /* of resources, by id */
    struct host_watch *watches;         /* handles that are selected */
    struct host_resource *resources;    /* all that live */
    struct host_driver *drivers;        /* of ports, registered */
    struct avm_mailbox *mailboxes;      /* all that are open */
    bool is_run;                    /* a thread runs the VM, or waits for it */
    bool sleeps;                    /* in the platform's wait */
    bool is_closing;                /* nobody is sent to or watched any more */
    volatile unsigned interrupts;   /* how many there were: one store, also of signal handlers */
    unsigned interrupts_seen;       /* by somebody who ran then */
    struct vm_seat *seats;          /* by slot, when several may run; those for dirty natives come last */
    AVM_ATOMIC(bool) no_more_serving;    /* avm_stop_serving was called */
    unsigned coming;                /* threads that config.on_busy has promised */
    unsigned serving;               /* threads in avm_serve */
    bool is_to_share;               /* several may run, but there has been nothing to share yet, ... */
    bool was_busy;                  /* ... or only when the last part ended */
    bool is_watching;               /* who runs the VM alone waits for what becomes of a process */
};

/* A heap without a block: its terms never move. That of a native is the heap of its process, which
** does not collect while it runs. */
struct avm_env {
    struct heap *heap;              /* &own, or the process's */
    struct avm_vm *vm;
    struct scheduler *scheduler;    /* of the native; NULL: an env of the host */
    struct host_module *module;     /* of the native, or of load; else NULL */
    bool has_ended;                 /* the native has raised, or goes on later */
    struct heap own;
};

/* An env of the host within C; ends by heap_deinit(env.heap). */
static inline void vm_env_init(struct avm_env *env, struct avm_vm *vm)
{
    memset(env, 0, sizeof *env);
    env->vm = vm;
    env->heap = &env->own;
    heap_init_env(&env->own, &vm->node.heaps, MEMORY_OTHER);
}

/* A function that any thread may call is between these; so is one that runs the VM. */
static inline void vm_enter(struct avm_vm *vm) { node_enter(&vm->node); }
static inline void vm_leave(struct avm_vm *vm) { node_leave(&vm->node); }

/* From here on threads may be in avm_run at once; false without memory, then vm_unshare. */
bool vm_share(struct avm_vm *vm);
/* Only the thread that calls is left. */
void vm_unshare(struct avm_vm *vm);
/* That of a seat, unless there is one. False without memory. */
bool vm_make_scheduler(struct avm_vm *vm, unsigned number);
/* Of the thread that is in. */
static inline struct scheduler *vm_scheduler(struct avm_vm *vm)
{
    return vm->seats == NULL ? vm->scheduler : vm->seats[thread_slot(&vm->memory)].scheduler;
}
/* The same for an env: in a native the thread is in already, but for a dirty one on its seat. */
static inline bool env_is_outside(const struct avm_env *env)
{
    return env->scheduler == NULL || scheduler_is_outside(env->scheduler);
}
static inline void env_enter(const struct avm_env *env)
{
    if (env_is_outside(env))
        vm_enter(env->vm);
}
static inline void env_leave(const struct avm_env *env)
{
    if (env_is_outside(env))
        vm_leave(env->vm);
}

/* Fills error (which may be NULL) and gives status back. */
avm_status vm_fail(avm_error *error, avm_status status, const char *format, ...) AVM_PRINTF(3, 4);

avm_status vm_fail_status(avm_error *error, avm_status status);    /* with the status's own text */

void vm_close_packs(struct avm_vm *vm);

/* Whether the module itself, current or pending, exports that. */
bool vm_module_exports(const struct module *module, term function, uint32_t arity);

/* node.find_module: packs in order, then the host's finder; true when the module is current, or
** pending because its on_load has not run yet. */
bool vm_find_module(void *user, struct node *node, term module);

/* The atom of a name; false without memory. */
bool vm_get_atom(struct avm_vm *vm, const char *name, term *atom);

/* Whether that can be called, after its module has been looked for. */
bool vm_is_exported(struct avm_vm *vm, term module, term function, uint32_t arity);

/* A process of a function by name, with copies of the arguments, and the servers that it may ask. */
avm_status vm_spawn_named(struct avm_vm *vm, const char *module, const char *function, size_t argc,
    const avm_term argv[], term *pid, avm_error *error);
/* *leader: the pid of user, or the atom undefined when libs/ was left out. False without memory. */
bool vm_start_servers(struct avm_vm *vm, term *leader);
/* The first step of the end of a process: a host that waits for its outcome is told. */
process_end_step vm_end_call;

/* Between vm_begin_run and vm_end_run: runs the VM until test says true. AVM_BUSY: halted or
** interrupted; AVM_TIMEOUT. */
typedef bool vm_test_fn(struct avm_vm *vm, void *user);
avm_status vm_run_until(struct avm_vm *vm, vm_test_fn *test, void *user, int64_t timeout_ns,
    avm_error *error);

/* A thread begins to run the VM, or to wait for it: false when one does already. */
bool vm_begin_run(struct avm_vm *vm);
void vm_end_run(struct avm_vm *vm);
/* The same after vm_run_until: what could still run is told as new work. */
void vm_end_run_until(struct avm_vm *vm);
avm_status vm_fail_busy(avm_error *error);

/* Tells the host, or the thread that waits, that there is work again, if there was none before: had_work
** is what vm_has_work said then. */
bool vm_has_work(const struct avm_vm *vm);
void vm_tell_work(struct avm_vm *vm, bool had_work);

/* node.crashed, when the host wants to know. */
void vm_report_crash(struct node *node, struct process *process, term reason);

/* A process whose code never runs (it is suspended for good): signals to it are handled as for any
** other. It traps exits. TERM_NONE without memory. Who opened it has it claimed until vm_leave_player. */
term vm_open_player(struct avm_vm *vm);
/* Handles what has come for it, and keeps it from running until vm_leave_player. NULL: it has ended, or, with
** *is_busy set, cannot be looked at now. */
struct process *vm_look_at_player(struct avm_vm *vm, term pid, bool *is_busy);
void vm_leave_player(struct avm_vm *vm, struct process *process);
void vm_close_player(struct avm_vm *vm, term pid);
void vm_close_mailboxes(struct avm_vm *vm);

/* Natives that the host registered for a module without on_load, which is about to become current. */
avm_status vm_link_natives(struct avm_vm *vm, const struct module *module, avm_error *error);
/* An instance of the natives of host for a version; load or upgrade is called: gives what that gave, in
** *veto, and the instance, linked; NULL when it failed: *has_upgrade says what was called. */
enum vm_natives_status { NATIVES_OK, NATIVES_NO_MEMORY, NATIVES_NO_UPGRADE, NATIVES_VETO };
enum vm_natives_status vm_load_natives(struct avm_vm *vm, const struct module *owner,
    const avm_native_module *host, void *library, term load_info, bool *is_upgrade, int *veto);
const avm_native_module *vm_find_registered(const struct avm_vm *vm, const char *name, size_t size);
struct host_module *vm_natives_of(const struct avm_vm *vm, const struct module *owner);
/* The library is told which VM it works for. */
static inline void vm_enter_library(struct avm_vm *vm, const struct host_module *module,
    avm_vm **before)
{
    *before = module->host->enter != NULL ? module->host->enter(vm) : NULL;
}
static inline void vm_leave_library(struct avm_vm *vm, const struct host_module *module,
    avm_vm *before)
{
    (void) vm;
    if (module->host->enter != NULL)
        (void) module->host->enter(before);
}
/* node.load_nif: erlang:load_nif/2 called by module. */
#if AVM_NIF
term vm_load_nif(struct scheduler *s, const struct module *module, term path, term info);
#else
#define vm_load_nif NULL
#endif
/* The code table's gone. */
void vm_module_gone(void *user, const struct module *module);
void vm_close_natives(struct avm_vm *vm);

/* Types made or taken over while load or upgrade of module ran become what they are to be, or not. */
void vm_settle_types(struct avm_vm *vm, struct host_module *module, bool keep);
/* module has gone: its types go with their last object. */
void vm_release_types(struct avm_vm *vm, struct host_module *module);
void vm_close_resources(struct avm_vm *vm);
/* An instance without owner goes with its last type. */
void vm_drop_module(struct avm_vm *vm, struct host_module *module);

/* Of an object of a resource. */
struct avm_vm *vm_of_object(void *object);
const avm_resource_callbacks *object_callbacks(void *object);
void vm_call_down(void *object, avm_pid *pid, avm_monitor *monitor);
void vm_call_stop(void *object, int handle);
/* A binary term of the first size bytes; takes the count of binary, also when it fails with 0. */
avm_term env_adopt_binary(struct avm_env *env, struct offheap_binary *binary, size_t size);
avm_term env_make_reference(struct avm_env *env, uint64_t id);
size_t vm_print(struct avm_vm *vm, term t, char *buffer, size_t size);

/* node.resource_down: a process that a resource watched has ended. */
void vm_resource_down(struct node *node, struct signal *signal);
void vm_end_monitors(struct avm_vm *vm, const void *object);
void vm_close_monitors(struct avm_vm *vm);

/* The room of ports, and the drivers that the host has registered. */
bool vm_open_ports(struct avm_vm *vm);
void vm_close_ports(struct avm_vm *vm);

/* A handle of avm_select is ready. */
void vm_handle_ready(struct avm_vm *vm, int handle, unsigned mode);
void vm_close_watches(struct avm_vm *vm);

/* Loads bytes and makes the module current; on success the bytes are the module's. */
avm_status vm_load_bytes(struct avm_vm *vm, const char *name, struct code_bytes bytes,
    bool set_start, avm_error *error);

#endif
