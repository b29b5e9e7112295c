/* call.c - calls of functions by the host, and waiting for the end of a process.
** Always: what one of these starts has gone when it returns, but for a process that was waited for;
** what it gives to an env of the host is a copy, and no literal of code that may be purged later. */
#include "api/vm.h"

#include "proc/names.h"
#include "proc/relations.h"
#include "proc/spawn.h"

/* What a player waits for: 'DOWN' of whom it watches, and in a call the outcome before. Both stay in its
** mailbox, where a purge finds the literals that they hold. */
struct waiting {
    term player, watched, reference;
    struct signal *outcome;         /* {Watched, ok | Class, Value}; NULL: none came */
    struct signal *down;            /* {'DOWN', Reference, process, Watched, Reason} */
};

static bool is_tuple_of(term t, size_t arity)
{
    return term_is_tuple(t) && term_tuple_arity(t) == arity;
}

static bool is_down(const struct waiting *w, term t)
{
    return is_tuple_of(t, 5) && term_tuple_element(t, 0) == ATOM(DOWN)
        && term_is_reference(term_tuple_element(t, 1))
        && term_reference_id(term_tuple_element(t, 1)) == term_reference_id(w->reference);
}

/* False: it is not for us. */
static bool note_message(struct waiting *w, struct signal *signal)
{
    if (w->down == NULL && is_down(w, signal->body))
        w->down = signal;
    else if (w->outcome == NULL && is_tuple_of(signal->body, 3)
        && term_tuple_element(signal->body, 0) == w->watched)
        w->outcome = signal;
    return signal == w->down || signal == w->outcome;
}

/* True as well when the player is no more: there was no memory for what it must see. */
static bool has_ended(struct avm_vm *vm, void *user)
{
    struct waiting *w = user;
    struct process *process = vm_look_at_player(vm, w->player);
    struct signal **place;

    if (process == NULL) {
        w->down = w->outcome = NULL;
        return true;
    }
    for (place = &process->mailbox.first; *place != NULL;) {
        if (note_message(w, *place))
            place = &(*place)->next;
        else
            signal_destroy(&vm->node, mailbox_take(process, place));
    }
    return w->down != NULL;
}

static void stop_waiting(struct avm_vm *vm, struct waiting *w)
{
    vm_close_player(vm, w->player);
}

static bool start_waiting(struct avm_vm *vm, struct waiting *w)
{
    memset(w, 0, sizeof *w);
    w->player = vm_open_player(vm);
    return w->player != TERM_NONE;
}

static bool copy_out(struct avm_env *env, term t, avm_term *result)
{
    term copy = heap_copy_with_literals(env->heap, t);

    if (copy != TERM_NONE)
        *result = copy;
    return copy != TERM_NONE;
}

/* ---- the end of a process ----------------------------------------------------------------- */

static avm_status await(struct avm_vm *vm, avm_pid pid, avm_env *env, avm_term *exit_reason)
{
    avm_status status = AVM_NO_MEMORY;
    struct avm_env scratch;
    struct waiting w;

    if (!start_waiting(vm, &w))
        return AVM_NO_MEMORY;
    vm_env_init(&scratch, vm);
    w.watched = pid.opaque;
    if (monitor_make(&vm->node, process_find(&vm->node, w.player), scratch.heap, pid.opaque,
            TERM_NONE, TERM_NONE, TERM_NONE, &w.reference) == DATA_OK)
        status = vm_run_until(vm, has_ended, &w, -1, NULL);
    if (status == AVM_OK && w.down == NULL)
        status = AVM_NO_MEMORY;
    if (status == AVM_OK
        && !copy_out(env, term_tuple_element(w.down->body, 4), exit_reason))
        status = AVM_NO_MEMORY;
    heap_deinit(scratch.heap);
    stop_waiting(vm, &w);
    return status;
}

avm_status avm_await(avm_vm *vm, avm_pid pid, avm_env *env, avm_term *exit_reason)
{
    avm_status status;

    if (!term_is_local_pid(pid.opaque))
        return AVM_BAD_ARGUMENT;
    if (!vm_begin_run(vm))
        return AVM_BUSY;
    status = await(vm, pid, env, exit_reason);
    vm_end_run(vm);
    return status;
}

/* ---- calls ----------------------------------------------------------------------------- */

/* The process that calls, watched by the player. */
static avm_status start_call(struct avm_vm *vm, struct waiting *w, struct avm_env *scratch,
    term module, term function, term arguments)
{
    struct process *player = process_find(&vm->node, w->player);
    uint64_t failures = memory_failures(&vm->memory);
    struct spawn_options options;
    term elements[4], list, runner, call;

    if (!vm_get_atom(vm, "atomvm_host", &runner) || !vm_get_atom(vm, "call", &call))
        return AVM_NO_MEMORY;
    if (!vm_is_exported(vm, runner, call, 4))
        return memory_failures(&vm->memory) != failures ? AVM_NO_MEMORY : AVM_UNSUPPORTED;
    elements[0] = w->player;
    elements[1] = module;
    elements[2] = function;
    elements[3] = arguments;
    list = avm_make_list(scratch, 4, elements);
    spawn_options_init(&vm->node, &options);
    options.monitor = true;
    if (list == 0
        || process_spawn(&vm->node, player, runner, call, list, &options, scratch->heap,
               &w->watched, &w->reference) != DATA_OK)
        return AVM_NO_MEMORY;
    return AVM_OK;
}

static avm_status fail_call(struct avm_env *scratch, const char *class, term reason,
    bool had_no_memory, avm_error *error)
{
    char text[200];
    bool says_memory = reason == ATOM(system_limit)
        || (is_tuple_of(reason, 2) && term_tuple_element(reason, 0) == ATOM(bad_code));

    if (says_memory && had_no_memory)
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    (void) avm_print(scratch, reason, text, sizeof text);
    return vm_fail(error, AVM_BAD_ARGUMENT, "%s: %s", class, text);
}

static const char *class_text(term class)
{
    return class == ATOM(error) ? "error" : class == ATOM(exit) ? "exit" : "throw";
}

/* The outcome, copied to env when it is a result. */
static avm_status finish_call(struct avm_vm *vm, struct waiting *w, struct avm_env *scratch,
    uint64_t failures, struct avm_env *env, term *result, avm_error *error)
{
    bool had_no_memory = memory_failures(&vm->memory) != failures;
    term body;

    if (w->down == NULL)
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    if (w->outcome == NULL) {
        term reason = term_tuple_element(w->down->body, 4);

        /* {Reason, Stack} of a failure in the call's own process. */
        if (is_tuple_of(reason, 2) && term_is_list(term_tuple_element(reason, 1)))
            reason = term_tuple_element(reason, 0);
        return fail_call(scratch, "exit", reason, had_no_memory, error);
    }
    body = w->outcome->body;
    if (term_tuple_element(body, 1) != ATOM(ok))
        return fail_call(scratch, class_text(term_tuple_element(body, 1)),
            term_tuple_element(body, 2), had_no_memory, error);
    if (!copy_out(env, term_tuple_element(body, 2), result))
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    return AVM_OK;
}

static avm_status run_call(struct avm_vm *vm, struct waiting *w, struct avm_env *scratch,
    term module, term function, term arguments, avm_error *error)
{
    avm_status status = start_call(vm, w, scratch, module, function, arguments);

    if (status == AVM_UNSUPPORTED)
        return vm_fail(error, status, "libs/ was left out of this build");
    if (status != AVM_OK)
        return vm_fail(error, status, "%s", avm_status_text(status));
    status = vm_run_until(vm, has_ended, w, -1, error);
    if (status != AVM_OK)
        (void) signal_send_exit(&vm->node, NULL, w->watched, ATOM(kill));
    return status;
}

/* Names, and whether there is such a function: AVM_NOT_FOUND, unless it was memory. */
static avm_status find_function(struct avm_vm *vm, const char *module, const char *function,
    size_t argc, term names[2], avm_error *error)
{
    uint64_t failures = memory_failures(&vm->memory);

    if (vm_get_atom(vm, module, &names[0]) && vm_get_atom(vm, function, &names[1])
        && vm_is_exported(vm, names[0], names[1], (uint32_t) argc))
        return AVM_OK;
    if (memory_failures(&vm->memory) != failures)
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    return vm_fail(error, AVM_NOT_FOUND, "%s:%s/%zu is not exported", module, function, argc);
}

static avm_status call(struct avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_term *result, avm_error *error)
{
    uint64_t failures = memory_failures(&vm->memory);
    struct avm_env scratch;
    struct waiting w;
    term names[2], arguments;
    avm_status status;

    status = find_function(vm, module, function, argc, names, error);
    if (status != AVM_OK)
        return status;
    vm_env_init(&scratch, vm);
    arguments = avm_make_list(&scratch, argc, argv);
    if (arguments == 0 || !start_waiting(vm, &w)) {
        heap_deinit(scratch.heap);
        return vm_fail(error, AVM_NO_MEMORY, "%s", avm_status_text(AVM_NO_MEMORY));
    }
    status = run_call(vm, &w, &scratch, names[0], names[1], arguments, error);
    if (status == AVM_OK)
        status = finish_call(vm, &w, &scratch, failures, env, result, error);
    stop_waiting(vm, &w);
    heap_deinit(scratch.heap);
    return status;
}

avm_status avm_call(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_term *result, avm_error *error)
{
    avm_status status;

    if (!vm_begin_run(vm))
        return vm_fail_busy(error);
    status = call(vm, module, function, env, argc, argv, result, error);
    vm_end_run(vm);
    return status;
}
