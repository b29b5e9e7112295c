/* vm.h - the VM as one value: a sub-struct a room, made and unmade in floor order. */
#ifndef AVM_API_VM_H
#define AVM_API_VM_H

#include "atomvm/native.h"
#include "atomvm/platform.h"
#include "load/load.h"
#include "pack/pack.h"
#include "proc/native_call.h"

/* Bytes that the host handed over: a pack, or none yet taken by a module. */
struct vm_pack {
    struct vm_pack *next;
    struct avm_blob blob;
    struct pack pack;
    const char *name;               /* for messages; allocated with name_size */
    size_t name_size;
};

/* Natives that the host has registered. */
struct host_module {
    struct host_module *next;
    const avm_native_module *host;
    struct native *rows;            /* host->count, in its order */
    struct native_table table;
    void *private_data;             /* what load left */
    bool has_loaded, is_linked;
};

struct avm_vm {
    struct memory memory;
    struct node node;
    struct load_context load;
    struct scheduler *scheduler;
    struct vm_pack *packs;          /* in the order of loading */
    avm_find_module_fn *find;
    void *find_user;
    avm_config config;
    avm_allocator platform_allocator;
    term start_module;              /* first module loaded that exports start/0; TERM_NONE: none */
    char **arguments;               /* copies of argv */
    struct host_module *modules;
    struct avm_resource_type *types;
    struct host_resource *resources;    /* all that live */
    struct avm_mailbox *mailboxes;      /* all that are open */
    bool program_runs;
    volatile bool interrupted;          /* one store, also of signal handlers */
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

/* Fills error (which may be NULL) and gives status back. */
avm_status vm_fail(avm_error *error, avm_status status, const char *format, ...) AVM_PRINTF(3, 4);

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

/* Runs the VM until test says true. AVM_BUSY: from a native, halted or interrupted; AVM_TIMEOUT. */
typedef bool vm_test_fn(struct avm_vm *vm, void *user);
avm_status vm_run_until(struct avm_vm *vm, vm_test_fn *test, void *user, int64_t timeout_ns,
    avm_error *error);

/* Tells the host that there is work again, if there was none before: had_work is what vm_has_work
** said then. */
bool vm_has_work(const struct avm_vm *vm);
void vm_tell_work(struct avm_vm *vm, bool had_work);

/* node.crashed, when the host wants to know. */
void vm_report_crash(struct node *node, struct process *process, term reason);

/* A process whose code never runs (it is suspended for good): signals to it are handled as for any
** other. It traps exits. TERM_NONE without memory. */
term vm_open_player(struct avm_vm *vm);
/* Handles what has come for it. NULL: it has ended. */
struct process *vm_look_at_player(struct avm_vm *vm, term pid);
void vm_close_player(struct avm_vm *vm, term pid);
void vm_close_mailboxes(struct avm_vm *vm);

/* The host's natives of a module that is about to be loaded. */
avm_status vm_link_natives(struct avm_vm *vm, term module, avm_error *error);
void vm_close_natives(struct avm_vm *vm);
void vm_close_resources(struct avm_vm *vm);

/* Loads bytes and makes the module current; on success the bytes are the module's. */
avm_status vm_load_bytes(struct avm_vm *vm, const char *name, struct code_bytes bytes,
    bool set_start, avm_error *error);

#endif
