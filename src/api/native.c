/* native.c - functions of the host: tables that it registers, linked when their module is loaded,
** and what they may ask of the process that calls them (native.h).
** Always: no native is found before load of its table has succeeded. */
#include "api/vm.h"

#include "data/bits.h"

#define ARITY_MAX 255

/* ---- calling ------------------------------------------------------------------------ */

static term run_native(struct scheduler *s, struct host_module *module, avm_native_fn *fn,
    size_t argc, const term *a)
{
    struct avm_env env = { .heap = native_heap(s), .vm = s->node->host, .scheduler = s,
        .module = module };
    term result = fn(&env, (int) argc, a);

    return env.has_ended ? TERM_NONE : native_result(s, result);
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

/* A stack trace shows as many arguments as the first native has: there are never fewer. */
avm_term avm_schedule_native(avm_env *env, const char *name, unsigned flags, avm_native_fn *fn,
    int argc, const avm_term argv[])
{
    struct continuation next = { env->module, fn, (size_t) argc };
    struct scheduler *s = env->scheduler;
    term arguments[ARITY_MAX + 1];
    size_t count;

    (void) name;
    (void) flags;
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
    return arguments[count] == TERM_NONE
        ? raise_no_memory(s)
        : native_yield(s, continue_host, (uint32_t) count + 1, arguments);
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

int avm_consume_timeslice(avm_env *env, int percent)
{
    if (env->scheduler == NULL)
        return 0;
    percent = percent < 1 ? 1 : percent > 100 ? 100 : percent;
    native_charge(env->scheduler, (size_t) (SLICE_REDUCTIONS * percent + 99) / 100);
    return native_budget_spent(env->scheduler);
}

/* ---- registering -------------------------------------------------------------------------- */

static struct host_module *find_module(const struct avm_vm *vm, const char *name, size_t size)
{
    struct host_module *module = vm->modules;

    while (module != NULL
        && (strlen(module->host->name) != size || memcmp(module->host->name, name, size) != 0))
        module = module->next;
    return module;
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

static void free_module(struct avm_vm *vm, struct host_module *module)
{
    memory_free(&vm->memory, MEMORY_CODE, module->rows,
        module->host->count * sizeof *module->rows);
    memory_free(&vm->memory, MEMORY_CODE, module, sizeof *module);
}

static struct host_module *create_module(struct avm_vm *vm, const avm_native_module *host)
{
    struct host_module *module = memory_allocate_zeroed(&vm->memory, MEMORY_CODE, sizeof *module);
    size_t i;

    if (module == NULL)
        return NULL;
    module->host = host;
    if (host->count > 0) {
        module->rows = memory_allocate_zeroed(&vm->memory, MEMORY_CODE,
            host->count * sizeof *module->rows);
        if (module->rows == NULL) {
            free_module(vm, module);
            return NULL;
        }
    }
    for (i = 0; i < host->count; i++)
        module->rows[i] = (struct native) { host->natives[i].name,
            (uint8_t) host->natives[i].arity, 0, call_host };
    module->table = (struct native_table) { host->name, NULL, module->rows, host->count };
    return module;
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
    struct host_module *made;

    if (!is_good(module))
        return vm_fail(error, AVM_BAD_ARGUMENT, "a row of the natives is no function");
    if (find_module(vm, module->name, strlen(module->name)) != NULL)
        return vm_fail(error, AVM_BAD_ARGUMENT, "%s: its natives are registered already",
            module->name);
    if (is_loaded(vm, module->name))
        return vm_fail(error, AVM_BUSY, "%s: the module is loaded already", module->name);
    made = create_module(vm, module);
    if (made == NULL)
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    made->next = vm->modules;
    vm->modules = made;
    return AVM_OK;
}

/* ---- linking ------------------------------------------------------------------------------ */

static bool load_natives(struct avm_vm *vm, struct host_module *module)
{
    struct avm_env env;

    if (module->has_loaded)
        return true;
    vm_env_init(&env, vm);
    env.module = module;
    module->has_loaded = module->host->load == NULL
        || module->host->load(&env, &module->private_data, term_make_small(0)) == 0;
    heap_deinit(env.heap);
    return module->has_loaded;
}

avm_status vm_link_natives(struct avm_vm *vm, term name, avm_error *error)
{
    size_t size;
    const uint8_t *text = atom_text(vm->node.atoms, term_atom_index(name), &size);
    struct host_module *module = find_module(vm, (const char *) text, size);

    if (module == NULL || module->is_linked)
        return AVM_OK;
    if (!load_natives(vm, module))
        return vm_fail(error, AVM_BAD_CODE, "%s: load of its natives failed", module->host->name);
    if (!code_link_natives(vm->node.code, &module->table))
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    module->is_linked = true;
    return AVM_OK;
}

void vm_close_natives(struct avm_vm *vm)
{
    vm_close_resources(vm);
    while (vm->modules != NULL) {
        struct host_module *module = vm->modules;

        if (module->has_loaded && module->host->unload != NULL) {
            struct avm_env env;

            vm_env_init(&env, vm);
            env.module = module;
            module->host->unload(&env, module->private_data);
            heap_deinit(env.heap);
        }
        vm->modules = module->next;
        free_module(vm, module);
    }
}
