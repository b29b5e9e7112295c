/* run.c - running: processes started by the host, slices, waiting, programs.
** Always: the VM is not entered from inside of it. */
#include "api/vm.h"

#include "data/number.h"
#include "data/print.h"
#include "port/port.h"
#include "proc/run_queue.h"
#include "proc/signal.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "sched/sched.h"

#include <stdio.h>

#define RUN_ALL UINT64_MAX

/* Between two looks at what the host, other threads and handles want. */
#define RUN_PART 20000

/* ---- who is in ----------------------------------------------------------------------------- */

bool vm_begin_run(struct avm_vm *vm)
{
    vm_enter(vm);
    if (!vm->is_run) {
        vm->is_run = true;
        return true;
    }
    vm_leave(vm);
    return false;
}

void vm_end_run(struct avm_vm *vm)
{
    vm->is_run = false;
    vm_leave(vm);
}

void vm_end_run_until(struct avm_vm *vm)
{
    vm->is_run = false;
    vm_tell_work(vm, false);
    vm_leave(vm);
}

bool vm_has_work(const struct avm_vm *vm)
{
    return vm->node.run_queue->count != 0;
}

void vm_tell_work(struct avm_vm *vm, bool had_work)
{
    if (had_work || !vm_has_work(vm))
        return;
    if (vm->sleeps)
        vm->node.platform->wakeup(vm->node.platform_state);
    else if (!vm->is_run && vm->config.on_wakeup != NULL)
        vm->config.on_wakeup(vm->config.user);
}

unsigned avm_begin_blocking(avm_vm *vm)
{
    unsigned depth = vm->depth, left;

    for (left = depth; left > 0; left--)
        vm_leave(vm);
    return depth;
}

void avm_end_blocking(avm_vm *vm, unsigned depth)
{
    while (depth-- > 0)
        vm_enter(vm);
}

/* ---- waiting ------------------------------------------------------------------------------- */

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

/* Sleeps until then at most; tells who waits for what is ready. */
static avm_status wait_until(struct avm_vm *vm, int64_t until, size_t *count)
{
    avm_poll_event events[32];
    avm_status status;
    size_t i;

    vm->sleeps = until != 0;
    vm->depth--;                    /* others come in meanwhile */
    status = vm->node.platform->wait(vm->node.platform_state, until, events,
        AVM_COUNT_OF(events), count);
    vm->depth++;
    vm->sleeps = false;
    if (status != AVM_OK)
        *count = 0;
    for (i = 0; i < *count; i++) {
        if (events[i].tag == &vm->node)
            input_is_ready(vm);
        else if (!port_handle_ready(&vm->node, events[i].handle, events[i].mode))
            vm_handle_ready(vm, events[i].handle, events[i].mode);
        else if (vm->config.on_watch != NULL)
            vm->config.on_watch(vm->config.user, events[i].handle,
                port_watched_mode(&vm->node, events[i].handle));
    }
    return status;
}

static avm_status wait_for_work(struct avm_vm *vm, int64_t timeout_ns)
{
    int64_t until = INT64_MAX, timer = sched_next_timer(&vm->node);
    avm_status status;
    size_t count = 0;

    if (timeout_ns >= 0)
        until = node_monotonic_time(&vm->node) + timeout_ns;
    status = wait_until(vm, timer < until ? timer : until, &count);
    if (status != AVM_OK)
        return status;
    return count == 0 && timer > until && !vm_has_work(vm) && !vm->interrupted
            && until != INT64_MAX && node_monotonic_time(&vm->node) >= until
        ? AVM_TIMEOUT
        : AVM_OK;
}

/* Handles are looked at, and other threads are let in. */
static void look_around(struct avm_vm *vm)
{
    size_t count;

    if (vm->watches != NULL || vm->node.port_room->watches != NULL
        || vm->node.input_waiter != TERM_NONE) {
        (void) wait_until(vm, 0, &count);
    } else {
        vm_leave(vm);
        vm_enter(vm);
    }
}

/* ---- running ------------------------------------------------------------------------------- */

/* Ends early, with AVM_RUNNABLE, when it is interrupted, or the call that the host waits for is over. */
static void run_slices(struct avm_vm *vm, uint64_t reductions, avm_progress *progress)
{
    enum sched_activity activity;
    uint64_t spent, left = reductions;

    do {
        look_around(vm);
        activity = sched_run(vm->scheduler, left < RUN_PART ? left : RUN_PART, &spent,
            &progress->wake_time);
        progress->reductions += spent;
        left = spent < left ? left - spent : 0;
    } while (activity == SCHED_RUNNABLE && left > 0 && !vm->interrupted && !vm->node.pauses);
    progress->activity = activity == SCHED_RUNNABLE ? AVM_RUNNABLE
        : activity == SCHED_WAITING                 ? AVM_WAITING
                                                    : AVM_HALTED;
    progress->halt_status = vm->node.halt_status;
}

avm_status avm_run(avm_vm *vm, uint64_t reductions, avm_progress *progress)
{
    avm_progress result = { AVM_HALTED, 0, 0, INT64_MAX };

    if (!vm_begin_run(vm))
        return AVM_BUSY;
    run_slices(vm, reductions, &result);
    vm->interrupted = false;
    vm_end_run(vm);
    if (progress != NULL)
        *progress = result;
    return AVM_OK;
}

avm_status avm_wait(avm_vm *vm, int64_t timeout_ns)
{
    avm_status status = AVM_OK;

    if (!vm_begin_run(vm))
        return AVM_BUSY;
    if (!vm->interrupted && !vm_has_work(vm))
        status = wait_for_work(vm, timeout_ns);
    vm->interrupted = false;
    vm_end_run(vm);
    return status;
}

void avm_interrupt(avm_vm *vm)
{
    vm->interrupted = true;
    vm->node.platform->wakeup(vm->node.platform_state);
}

static int64_t deadline_of(struct avm_vm *vm, int64_t timeout_ns)
{
    int64_t now = timeout_ns < 0 ? 0 : node_monotonic_time(&vm->node);

    return timeout_ns < 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

avm_status vm_run_until(struct avm_vm *vm, vm_test_fn *test, void *user, int64_t timeout_ns,
    avm_error *error)
{
    int64_t deadline = deadline_of(vm, timeout_ns), now;

    while (!test(vm, user)) {
        avm_progress progress = { AVM_HALTED, 0, 0, INT64_MAX };

        now = deadline == INT64_MAX ? 0 : node_monotonic_time(&vm->node);
        if (now >= deadline)
            return AVM_TIMEOUT;
        run_slices(vm, RUN_PART, &progress);
        if (progress.activity == AVM_HALTED)
            return vm_fail(error, AVM_BUSY, "erlang:halt was called");
        if (vm->interrupted) {
            vm->interrupted = false;
            return vm_fail(error, AVM_BUSY, "interrupted");
        }
        if (progress.activity == AVM_WAITING && !test(vm, user))
            (void) wait_for_work(vm, deadline == INT64_MAX ? -1 : deadline - now);
    }
    return AVM_OK;
}

void vm_report_crash(struct node *node, struct process *process, term reason)
{
    struct avm_vm *vm = node->host;
    struct byte_buffer out;
    char text[1024];
    avm_pid pid = { process->pid };

    byte_buffer_init(&out, &vm->memory, MEMORY_OTHER);
    (void) term_print(&out, &node->compare, reason, sizeof text);
    (void) snprintf(text, sizeof text, "Error in process <0.%llu.0> with exit value: %.*s",
        (unsigned long long) term_pid_data(process->pid), (int) out.size,
        out.size > 0 ? (const char *) out.bytes : "");
    byte_buffer_deinit(&out);
    vm->config.on_crash(vm->config.user, pid, text);
}

bool vm_get_atom(struct avm_vm *vm, const char *name, term *atom)
{
    uint32_t index;

    if (atom_put(vm->node.atoms, (const uint8_t *) name, strlen(name), &index) != ATOM_OK)
        return false;
    *atom = term_make_atom(index);
    return true;
}

bool vm_is_exported(struct avm_vm *vm, term module, term function, uint32_t arity)
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

/* The function's export: AVM_NOT_FOUND, unless it was memory. */
static avm_status find_function(struct avm_vm *vm, const char *module, const char *function,
    size_t argc, struct export **export, avm_error *error)
{
    uint64_t failures = memory_failures(&vm->memory);
    term m, f;

    *export = NULL;
    if (vm_get_atom(vm, module, &m) && vm_get_atom(vm, function, &f)
        && vm_is_exported(vm, m, f, (uint32_t) argc))
        *export = code_put_export(vm->node.code, m, f, (uint32_t) argc);
    if (*export != NULL)
        return AVM_OK;
    if (memory_failures(&vm->memory) != failures)
        return vm_fail_status(error, AVM_NO_MEMORY);
    return vm_fail(error, AVM_NOT_FOUND, "%s:%s/%zu is not exported", module, function, argc);
}

static avm_status spawn_export(struct avm_vm *vm, struct export *export, const term argv[], term *pid)
{
    struct spawn_options options;
    unsigned i;

    for (i = 0; i < export->identity.arity; i++) {
        if (argv[i] == 0)
            return AVM_NO_MEMORY;
    }
    spawn_options_init(&vm->node, &options);
    return vm_start_servers(vm, &options.group_leader)
            && process_spawn_export(&vm->node, export, argv, &options, pid) == DATA_OK
        ? AVM_OK
        : AVM_NO_MEMORY;
}

avm_status vm_spawn_named(struct avm_vm *vm, const char *module, const char *function, size_t argc,
    const avm_term argv[], term *pid, avm_error *error)
{
    struct export *export;
    avm_status status = find_function(vm, module, function, argc, &export, error);

    if (status != AVM_OK)
        return status;
    status = spawn_export(vm, export, argv, pid);
    return status == AVM_OK ? AVM_OK : vm_fail_status(error, status);
}

avm_status avm_spawn(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_pid *pid, avm_error *error)
{
    avm_status status;
    bool had_work;

    (void) env;
    vm_enter(vm);
    had_work = vm_has_work(vm);
    status = vm_spawn_named(vm, module, function, argc, argv, &pid->pid, error);
    vm_tell_work(vm, had_work);
    vm_leave(vm);
    return status;
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
    } else if (!vm_get_atom(vm, module, start)) {
        return vm_fail_status(error, AVM_NO_MEMORY);
    }
    if (!vm_is_exported(vm, *start, ATOM(start), 0)) {
        size_t size;
        const uint8_t *text;

        if (vm->node.find_error[0] != '\0')
            return vm_fail(error, AVM_BAD_FILE, "%s", vm->node.find_error);
        text = atom_text(vm->node.atoms, term_atom_index(*start), &size);
        return vm_fail(error, AVM_NOT_FOUND, "%.*s does not export start/0", (int) size, text);
    }
    return AVM_OK;
}

/* Until erlang:halt, or an interrupt, or until first, which ends the program, has gone. */
static avm_status run_to_halt(struct avm_vm *vm, term first, int *exit_status, avm_error *error)
{
    for (;;) {
        avm_progress progress = { AVM_HALTED, 0, 0, INT64_MAX };

        run_slices(vm, RUN_ALL, &progress);
        if (progress.activity == AVM_HALTED) {
            *exit_status = progress.halt_status;
            return AVM_OK;
        }
        if (vm->interrupted) {
            vm->interrupted = false;
            return vm_fail(error, AVM_BUSY, "interrupted");
        }
        if (process_table_find(vm->node.processes, first) == NULL) {
            /* Nobody is left to end the program: most likely it did not get the memory to begin. */
            if (memory_failures(&vm->memory) != 0)
                return vm_fail_status(error, AVM_NO_MEMORY);
            *exit_status = 1;
            return AVM_OK;
        }
        if (progress.activity == AVM_WAITING)
            (void) wait_for_work(vm, -1);
    }
}

static avm_status start_program(struct avm_vm *vm, term start, term *pid)
{
    bool has_init = vm_is_exported(vm, ATOM(atomvm_init), ATOM(start), 2);
    struct export *export = code_put_export(vm->node.code, has_init ? ATOM(atomvm_init) : start,
        ATOM(start), has_init ? 2 : 0);
    struct spawn_options options;
    avm_status status = AVM_NO_MEMORY;
    struct avm_env scratch;
    term arguments[2];

    if (export == NULL)
        return AVM_NO_MEMORY;
    vm_env_init(&scratch, vm);
    spawn_options_init(&vm->node, &options);
    arguments[0] = start;
    arguments[1] = make_arguments(vm, &scratch);
    if (arguments[1] != 0
        && process_spawn_export(&vm->node, export, arguments, &options, pid) == DATA_OK)
        status = AVM_OK;
    heap_deinit(scratch.heap);
    return status;
}

avm_status vm_fail_busy(avm_error *error)
{
    return vm_fail(error, AVM_BUSY, "called from inside the VM, or another thread runs it");
}

static avm_status run_program(struct avm_vm *vm, const char *module, int *exit_status,
    avm_error *error)
{
    term start = TERM_NONE, pid;
    avm_status status;

    status = find_start(vm, module, &start, error);
    if (status != AVM_OK)
        return status;
    status = start_program(vm, start, &pid);
    if (status != AVM_OK)
        return vm_fail_status(error, status);
    return run_to_halt(vm, pid, exit_status, error);
}

avm_status avm_run_program(avm_vm *vm, const char *module, int *exit_status, avm_error *error)
{
    avm_status status;

    if (!vm_begin_run(vm))
        return vm_fail_busy(error);
    status = run_program(vm, module, exit_status, error);
    vm_end_run(vm);
    return status;
}
