/* native.c - functions of the host: tables that it registers, linked when their module is loaded,
** and what they may ask of the process that calls them (native.h).
** Always: natives are linked once load or upgrade has succeeded, to one version of a module; unload
** is called once, when that version goes. */
#include "api/vm.h"

#include "data/bits.h"
#include "proc/dirty.h"

#define ARITY_MAX 255

/* ---- calling ------------------------------------------------------------------------ */

static term run_native(struct scheduler *s, struct host_module *module, avm_native_fn *fn,
    size_t argc, const term *a)
{
    struct avm_env env;             /* but for its own heap, which takes as long to clear as a call */
    avm_vm *before;
    term result;

    env.heap = native_heap(s);
    env.vm = s->node->host;
    env.scheduler = s;
    env.module = module;
    env.has_ended = false;
    if (AVM_UNLIKELY(scheduler_dirty(s)))
        dirty_step_out(s);
    vm_enter_library(env.vm, module, &before);
    result = fn(&env, (int) argc, a);
    vm_leave_library(env.vm, module, before);
    if (AVM_UNLIKELY(scheduler_dirty(s)))
        dirty_step_in(s);
    return AVM_UNLIKELY(env.has_ended) ? TERM_NONE : native_result(s, result);
}

/* What every row of a linked table runs: the row's place says which native it is. */
static term call_host(struct scheduler *s, const term *a)
{
    struct host_module *module
        = (struct host_module *) ((uintptr_t) s->native_table - offsetof(struct host_module, table));
    size_t index = (size_t) (s->native - module->rows);

    return run_native(s, module, module->host->natives[index].fn, s->native->arity, a);
}

/* What goes on later, as the bytes of a binary behind the arguments. */
struct continuation {
    struct host_module *module;
    avm_native_fn *fn;
    size_t argc;
};

static term continue_host(struct scheduler *s, const term *a)
{
    struct continuation next;
    struct bits_view view;

    (void) bits_get_view(a[s->trap.arity - 1], &view);
    memcpy(&next, view.base + view.offset / 8, sizeof next);
    return run_native(s, next.module, next.fn, next.argc, a);
}

/* As the engine knows them. */
static uint8_t dirty_of(unsigned flags)
{
    return (flags & AVM_DIRTY_CPU ? NATIVE_DIRTY_CPU : 0) | (flags & AVM_DIRTY_IO ? NATIVE_DIRTY_IO : 0);
}

/* A stack trace shows as many arguments as the first native has: there are never fewer. */
avm_term avm_schedule_native(avm_env *env, const char *name, unsigned flags, avm_native_fn *fn,
    int argc, const avm_term argv[])
{
    struct continuation next = { env->module, fn, (size_t) argc };
    struct scheduler *s = env->scheduler;
    term arguments[ARITY_MAX + 1];
    size_t count;

    (void) name;
    if (s == NULL)
        return 0;
    if (argc < 0 || argc > ARITY_MAX)
        return avm_raise_badarg(env);
    for (count = 0; count < next.argc; count++)
        arguments[count] = argv[count];
    while (count < s->native->arity)
        arguments[count++] = TERM_NIL;
    env->has_ended = true;
    arguments[count] = bits_make_copy(env->heap, &next, sizeof next);
    if (arguments[count] == TERM_NONE)
        return raise_no_memory(s);
    (void) native_yield(s, continue_host, (uint32_t) count + 1, arguments);
    s->trap.dirty = dirty_of(flags);
    return TERM_NONE;
}

/* ---- what a native asks ---------------------------------------------------------------- */

avm_vm *avm_env_vm(avm_env *env)
{
    return env->vm;
}

void *avm_priv_data(avm_env *env)
{
    return env->module != NULL ? env->module->private_data : NULL;
}

avm_pid avm_self(avm_env *env)
{
    avm_pid pid = { env->scheduler != NULL ? env->scheduler->process->pid : TERM_NONE };

    return pid;
}

avm_term avm_raise_badarg(avm_env *env)
{
    env->has_ended = true;
    return env->scheduler != NULL ? raise_badarg(env->scheduler) : 0;
}

avm_term avm_raise_exception(avm_env *env, avm_term reason)
{
    env->has_ended = true;
    if (env->scheduler == NULL)
        return 0;
    return reason == 0 ? raise_no_memory(env->scheduler) : raise_error(env->scheduler, reason);
}

unsigned avm_dirty_thread(avm_vm *vm)
{
#if AVM_SMP
    unsigned dirty = vm->seats != NULL && thread_slot(&vm->memory) > vm->node.crew.count
        ? vm_scheduler(vm)->dirty : 0;

    return dirty & NATIVE_DIRTY_CPU ? AVM_DIRTY_CPU : dirty & NATIVE_DIRTY_IO ? AVM_DIRTY_IO : 0;
#else
    (void) vm;
    return 0;
#endif
}

bool avm_has_pending_exception(avm_env *env, avm_term *reason)
{
    if (env->scheduler == NULL || !env->has_ended || env->scheduler->outcome != NATIVE_RAISED)
        return false;
    if (reason != NULL)
        *reason = env->scheduler->exception.reason;
    return true;
}

int avm_consume_timeslice(avm_env *env, int percent)
{
    if (env->scheduler == NULL)
        return 0;
    percent = percent < 1 ? 1 : percent > 100 ? 100 : percent;
    native_charge(env->scheduler, (size_t) (SLICE_REDUCTIONS * percent + 99) / 100);
    return native_budget_spent(env->scheduler);
}

/* ---- registering -------------------------------------------------------------------------- */

const avm_native_module *vm_find_registered(const struct avm_vm *vm, const char *name, size_t size)
{
    const struct host_table *table = vm->tables;

    while (table != NULL
        && (strlen(table->host->name) != size || memcmp(table->host->name, name, size) != 0))
        table = table->next;
    return table == NULL ? NULL : table->host;
}

static bool is_good(const avm_native_module *host)
{
    size_t i;

    if (host->name == NULL)
        return false;
    for (i = 0; i < host->count; i++) {
        const avm_native *native = &host->natives[i];

        if (native->name == NULL || native->fn == NULL || native->arity > ARITY_MAX)
            return false;
    }
    return true;
}

static bool is_loaded(struct avm_vm *vm, const char *name)
{
    struct code_slot *slot;
    uint32_t index;

    if (!atom_find(vm->node.atoms, (const uint8_t *) name, strlen(name), &index))
        return false;
    slot = code_find_slot(vm->node.code, term_make_atom(index));
    return slot != NULL && (slot->current != NULL || slot->pending != NULL);
}

avm_status avm_register_natives(avm_vm *vm, const avm_native_module *module, avm_error *error)
{
    struct host_table *made;

    if (!is_good(module))
        return vm_fail(error, AVM_BAD_ARGUMENT, "a row of the natives is no function");
    if (vm_find_registered(vm, module->name, strlen(module->name)) != NULL)
        return vm_fail(error, AVM_BAD_ARGUMENT, "%s: its natives are registered already",
            module->name);
    if (is_loaded(vm, module->name))
        return vm_fail(error, AVM_BUSY, "%s: the module is loaded already", module->name);
    made = memory_allocate_zeroed(&vm->memory, MEMORY_CODE, sizeof *made);
    if (made == NULL)
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    made->host = module;
    made->next = vm->tables;
    vm->tables = made;
    return AVM_OK;
}

/* ---- instances ---------------------------------------------------------------------------- */

struct host_module *vm_natives_of(const struct avm_vm *vm, const struct module *owner)
{
    struct host_module *module = vm->modules;

    while (module != NULL && module->owner != owner)
        module = module->next;
    return module;
}

static void free_module(struct avm_vm *vm, struct host_module *module)
{
    if (module->library != NULL)
        vm->node.platform->library_close(vm->node.platform_state, module->library);
    memory_free(&vm->memory, MEMORY_CODE, module->rows,
        module->host_count * sizeof *module->rows);
    memory_free(&vm->memory, MEMORY_CODE, module, sizeof *module);
}

static struct host_module *create_module(struct avm_vm *vm, const avm_native_module *host)
{
    struct host_module *module = memory_allocate_zeroed(&vm->memory, MEMORY_CODE, sizeof *module);
    size_t i;

    if (module == NULL)
        return NULL;
    module->host = host;
    module->host_count = host->count;
    if (host->count > 0) {
        module->rows = memory_allocate_zeroed(&vm->memory, MEMORY_CODE,
            host->count * sizeof *module->rows);
        if (module->rows == NULL) {
            memory_free(&vm->memory, MEMORY_CODE, module, sizeof *module);
            return NULL;
        }
    }
    for (i = 0; i < host->count; i++)
        module->rows[i] = (struct native) { host->natives[i].name,
            (uint8_t) host->natives[i].arity, dirty_of(host->natives[i].flags), call_host };
    module->table = (struct native_table) { host->name, NULL, module->rows, host->count };
    return module;
}

static void unlink_module(struct avm_vm *vm, struct host_module *module)
{
    struct host_module **at = &vm->modules;

    while (*at != module)
        at = &(*at)->next;
    *at = module->next;
}

/* The instance of the version that is or was current before owner. */
static struct host_module *natives_before(const struct avm_vm *vm, const struct module *owner)
{
    const struct code_slot *slot = code_find_slot(vm->node.code, owner->name);
    struct host_module *before = NULL;

    if (slot != NULL && slot->current != NULL && slot->current != owner)
        return vm_natives_of(vm, slot->current);
    if (slot != NULL && slot->old != NULL && slot->old != owner)
        before = vm_natives_of(vm, slot->old);
    return before;
}

static int call_load(struct avm_vm *vm, struct host_module *module, struct host_module *before,
    term load_info)
{
    struct avm_env env;
    avm_vm *vm_before;
    int veto = 0;

    vm_env_init(&env, vm);
    env.module = module;
    module->is_loading = true;
    vm_enter_library(vm, module, &vm_before);
    if (before != NULL)
        veto = module->host->upgrade(&env, &module->private_data, &before->private_data, load_info);
    else if (module->host->load != NULL)
        veto = module->host->load(&env, &module->private_data, load_info);
    vm_leave_library(vm, module, vm_before);
    module->is_loading = false;
    heap_deinit(env.heap);
    return veto;
}

/* Functions that were called before, by code of their module, are to become calls of the natives. */
static bool retire_stubs(struct avm_vm *vm, const struct module *owner,
    const avm_native_module *host)
{
    uint32_t at, name;
    size_t row;

    for (row = 0; row < host->count; row++) {
        const char *text = host->natives[row].name;

        if (!atom_find(vm->node.atoms, (const uint8_t *) text, strlen(text), &name))
            continue;
        for (at = 0; at < owner->function_count; at++)
            if (owner->functions[at].name == term_make_atom(name)
                && owner->functions[at].arity == host->natives[row].arity
                && !code_retire_words(vm->node.code, &owner->functions[at]))
                return false;
    }
    return true;
}

enum vm_natives_status vm_load_natives(struct avm_vm *vm, const struct module *owner,
    const avm_native_module *host, void *library, term load_info, bool *is_upgrade, int *veto)
{
    struct host_module *before = natives_before(vm, owner), *module;
    void *data_before = before != NULL ? before->private_data : NULL;

    *is_upgrade = before != NULL;
    *veto = 0;
    if (before != NULL && host->upgrade == NULL)
        return NATIVES_NO_UPGRADE;
    module = create_module(vm, host);
    if (module == NULL)
        return NATIVES_NO_MEMORY;
    module->owner = owner;
    module->next = vm->modules;
    vm->modules = module;
    *veto = call_load(vm, module, before, load_info);
    if (*veto == 0 && retire_stubs(vm, owner, host)
        && code_link_version(vm->node.code, owner, &module->table)) {
        module->library = library;
        vm_settle_types(vm, module, true);
        return NATIVES_OK;
    }
    if (before != NULL)
        before->private_data = data_before;
    vm_settle_types(vm, module, false);
    unlink_module(vm, module);
    free_module(vm, module);
    return *veto != 0 ? NATIVES_VETO : NATIVES_NO_MEMORY;
}

avm_status vm_link_natives(struct avm_vm *vm, const struct module *module, avm_error *error)
{
    size_t size;
    const uint8_t *text = atom_text(vm->node.atoms, term_atom_index(module->name), &size);
    const avm_native_module *host = vm_find_registered(vm, (const char *) text, size);
    bool is_upgrade;
    int veto;

    if (host == NULL || module->on_load_label != 0)
        return AVM_OK;
    switch (vm_load_natives(vm, module, host, NULL, term_make_small(0), &is_upgrade, &veto)) {
    case NATIVES_OK:
        return AVM_OK;
    case NATIVES_NO_MEMORY:
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    default:
        return vm_fail(error, AVM_BAD_CODE, "%s: %s of its natives failed", host->name,
            is_upgrade ? "upgrade" : "load");
    }
}

/* ---- the end -------------------------------------------------------------------------------- */

static void call_unload(struct avm_vm *vm, struct host_module *module)
{
    struct avm_env env;
    avm_vm *before;

    if (module->host->unload == NULL)
        return;
    vm_env_init(&env, vm);
    env.module = module;
    vm_enter_library(vm, module, &before);
    module->host->unload(&env, module->private_data);
    vm_leave_library(vm, module, before);
    heap_deinit(env.heap);
}

void vm_drop_module(struct avm_vm *vm, struct host_module *module)
{
    if (module->owner != NULL || module->type_count > 0)
        return;
    unlink_module(vm, module);
    free_module(vm, module);
}

void vm_module_gone(void *user, const struct module *gone)
{
    struct avm_vm *vm = user;
    struct host_module *module = vm_natives_of(vm, gone);

    if (module == NULL)
        return;
    code_unlink_version(vm->node.code, &module->table);
    call_unload(vm, module);
    module->owner = NULL;
    module->type_count++;           /* while types are let go */
    vm_release_types(vm, module);
    module->type_count--;
    vm_drop_module(vm, module);
}

void vm_close_natives(struct avm_vm *vm)
{
    vm_close_watches(vm);
    vm_close_resources(vm);
    vm_close_monitors(vm);
    while (vm->modules != NULL) {
        struct host_module *module = vm->modules;

        if (module->owner != NULL)
            call_unload(vm, module);
        vm->modules = module->next;
        free_module(vm, module);
    }
    while (vm->tables != NULL) {
        struct host_table *table = vm->tables;

        vm->tables = table->next;
        memory_free(&vm->memory, MEMORY_CODE, table, sizeof *table);
    }
}
