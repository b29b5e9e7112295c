/* vm.h - the VM as one value: a sub-struct a room, made and unmade in floor order. */
#ifndef AVM_API_VM_H
#define AVM_API_VM_H

#include "atomvm/platform.h"
#include "atomvm/term.h"
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
    bool program_runs;
    AVM_ATOMIC(bool) interrupted;
};

struct avm_env {
    struct heap heap;
    struct avm_vm *vm;
};

/* Fills error (which may be NULL) and gives status back. */
avm_status vm_fail(avm_error *error, avm_status status, const char *format, ...) AVM_PRINTF(3, 4);

void vm_close_packs(struct avm_vm *vm);

/* Whether the module itself, current or pending, exports that. */
bool vm_module_exports(const struct module *module, term function, uint32_t arity);

/* node.find_module: packs in order, then the host's finder; true when the module is current, or
** pending because its on_load has not run yet. */
bool vm_find_module(void *user, struct node *node, term module);

/* Loads bytes and makes the module current; on success the bytes are the module's. */
avm_status vm_load_bytes(struct avm_vm *vm, const char *name, struct code_bytes bytes,
    bool set_start, avm_error *error);

#endif
