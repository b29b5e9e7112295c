/* run.c - running: processes started by the host, slices, waiting, programs. */
#include "api/vm.h"

#include "data/number.h"
#include "proc/signal.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "sched/sched.h"

#define RUN_ALL UINT64_MAX

avm_status avm_run(avm_vm *vm, uint64_t reductions, avm_progress *progress)
{
    avm_progress result = { AVM_HALTED, 0, 0, INT64_MAX };
    enum sched_activity activity = sched_run(vm->scheduler, reductions, &result.reductions,
        &result.wake_time);

    result.activity = activity == SCHED_RUNNABLE ? AVM_RUNNABLE
        : activity == SCHED_WAITING             ? AVM_WAITING
                                                : AVM_HALTED;
    result.halt_status = vm->node.halt_status;
    if (progress != NULL)
        *progress = result;
    return AVM_OK;
}

/* Tells the process that waits for input; the poll event was told once and is off again. */
static void input_is_ready(struct avm_vm *vm)
{
    term waiter = vm->node.input_waiter, message[3];

    vm->node.input_waiter = TERM_NONE;
    if (waiter == TERM_NONE)
        return;
    message[0] = header_make(BOXED_TUPLE, 2);
    message[1] = ATOM(atomvm_input);
    message[2] = ATOM(ready);
    (void) signal_send_message(&vm->node, NULL, waiter, term_make_boxed(message));
}

avm_status avm_wait(avm_vm *vm, int64_t timeout_ns)
{
    const struct avm_platform *platform = vm->node.platform;
    void *state = vm->node.platform_state;
    int64_t until = INT64_MAX, timer = sched_next_timer(&vm->node);
    avm_poll_event events[8];
    size_t count = 0, i;
    avm_status status;

    if (timeout_ns >= 0)
        until = platform->monotonic_time(state) + timeout_ns;
    status = platform->wait(state, timer < until ? timer : until, events, AVM_COUNT_OF(events),
        &count);
    for (i = 0; i < count; i++)
        input_is_ready(vm);
    if (status != AVM_OK)
        return status;
    return count == 0 && timer > until && until != INT64_MAX ? AVM_TIMEOUT : AVM_OK;
}

void avm_interrupt(avm_vm *vm)
{
    atomic_put(&vm->interrupted, true);
    vm->node.platform->wakeup(vm->node.platform_state);
}

static bool get_atom(struct avm_vm *vm, const char *name, term *atom)
{
    uint32_t index;

    if (atom_put(vm->node.atoms, (const uint8_t *) name, strlen(name), &index) != ATOM_OK)
        return false;
    *atom = term_make_atom(index);
    return true;
}

static bool is_exported(struct avm_vm *vm, term module, term function, uint32_t arity)
{
    struct export *export = code_find_export(vm->node.code, module, function, arity);
    struct code_slot *slot;

    if (export != NULL && (export->native != NULL || export->function != NULL))
        return true;
    (void) vm_find_module(vm, &vm->node, module);
    slot = code_find_slot(vm->node.code, module);
    return slot != NULL
        && ((slot->current != NULL && vm_module_exports(slot->current, function, arity))
            || (slot->pending != NULL && vm_module_exports(slot->pending, function, arity)));
}

static avm_status spawn_term(struct avm_vm *vm, term module, term function, struct heap *heap,
    term arguments, term *pid)
{
    struct spawn_options options;
    enum data_status status;

    spawn_options_init(&options);
    status = process_spawn(&vm->node, NULL, module, function, arguments, &options, heap, pid, NULL);
    return status == DATA_OK ? AVM_OK : AVM_NO_MEMORY;
}

avm_status avm_spawn(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_pid *pid, avm_error *error)
{
    term m, f, arguments = avm_make_list(env, argc, argv);
    avm_status status;

    if (arguments == 0 || !get_atom(vm, module, &m) || !get_atom(vm, function, &f))
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    if (!is_exported(vm, m, f, (uint32_t) argc))
        return vm_fail(error, AVM_NOT_FOUND, "%s:%s/%zu is not exported", module, function, argc);
    status = spawn_term(vm, m, f, &env->heap, arguments, &pid->opaque);
    return status == AVM_OK ? AVM_OK : vm_fail(error, status, "%s", avm_status_text(status));
}

/* ---- programs ---------------------------------------------------------------------- */

/* What stood after -- as a list of strings; 0 without memory. */
static term make_arguments(struct avm_vm *vm, avm_env *env)
{
    term list = TERM_NIL;
    int i;

    for (i = vm->config.argc - 1; i >= 0 && list != 0; i--) {
        term text = avm_make_string(env, vm->config.argv[i]);

        list = text == 0 ? 0 : avm_make_list_cell(env, text, list);
    }
    return list;
}

static avm_status find_start(struct avm_vm *vm, const char *module, term *start, avm_error *error)
{
    if (module == NULL) {
        if (vm->start_module == TERM_NONE)
            return vm_fail(error, AVM_NOT_FOUND, "no module exports start/0");
        *start = vm->start_module;
    } else if (!get_atom(vm, module, start)) {
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    }
    if (!is_exported(vm, *start, ATOM(start), 0)) {
        size_t size;
        const uint8_t *text = atom_text(vm->node.atoms, term_atom_index(*start), &size);

        return vm_fail(error, AVM_NOT_FOUND, "%.*s does not export start/0", (int) size, text);
    }
    return AVM_OK;
}

/* Until erlang:halt, or an interrupt, or until nothing can ever run again. */
static avm_status run_to_halt(struct avm_vm *vm, term first, bool *is_halted, avm_error *error)
{
    avm_progress progress;

    *is_halted = true;

    for (;;) {
        (void) avm_run(vm, RUN_ALL, &progress);
        if (progress.activity == AVM_HALTED)
            return AVM_OK;
        if (atomic_get(&vm->interrupted)) {
            atomic_put(&vm->interrupted, false);
            return vm_fail(error, AVM_BUSY, "interrupted");
        }
        if (process_table_find(vm->node.processes, first) == NULL) {
            /* Nobody is left to end the program: most likely it did not get the memory to begin. */
            *is_halted = false;
            return vm->memory.counts.failures == 0
                ? AVM_OK
                : vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
        }
        if (progress.activity == AVM_WAITING)
            (void) avm_wait(vm, -1);
    }
}

avm_status avm_run_program(avm_vm *vm, const char *module, avm_env *env, avm_outcome *outcome,
    avm_error *error)
{
    term start = TERM_NONE, arguments, list, elements[2], pid;
    avm_status status;
    bool is_halted;

    if (vm->program_runs)
        return vm_fail(error, AVM_BUSY, "a program is running already");
    status = find_start(vm, module, &start, error);
    if (status != AVM_OK)
        return status;
    arguments = make_arguments(vm, env);
    elements[0] = start;
    elements[1] = arguments;
    list = arguments == 0 ? 0 : avm_make_list(env, 2, elements);
    status = list == 0 ? AVM_NO_MEMORY
        : is_exported(vm, ATOM(atomvm_init), ATOM(start), 2)
        ? spawn_term(vm, ATOM(atomvm_init), ATOM(start), &env->heap, list, &pid)
        : spawn_term(vm, start, ATOM(start), &env->heap, TERM_NIL, &pid);
    if (status != AVM_OK)
        return vm_fail(error, status, "%s", avm_status_text(status));
    vm->program_runs = true;
    status = run_to_halt(vm, pid, &is_halted, error);
    vm->program_runs = false;
    outcome->ending = is_halted ? AVM_STOPPED : AVM_FAILED;
    outcome->halt_status = vm->node.halt_status;
    outcome->value = ATOM(ok);
    return status;
}
