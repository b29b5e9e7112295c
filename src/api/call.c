/* call.c - calls of functions by the host, and waiting for the end of a process.
** Always: what one of these starts has gone when it returns, but for a process that was waited for;
** what it gives to an env of the host is a copy, and no literal of code that may be purged later. */
#include "api/vm.h"

#include "proc/names.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"

/* What a player waits for: 'DOWN' of whom it watches. It stays in its mailbox, where a purge finds the
** literals that it holds. */
struct waiting {
    term player, reference;
    struct signal *down;            /* {'DOWN', Reference, process, Watched, Reason} */
    struct process *claimed;        /* the player, while nobody else may look into it; NULL */
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

/* True as well when the player is no more: there was no memory for what it must see. */
static bool has_ended(struct avm_vm *vm, void *user)
{
    struct waiting *w = user;
    struct process *process;
    struct signal **place;
    bool is_busy;

    if (w->claimed != NULL)
        return true;
    w->down = NULL;
    process = vm_look_at_player(vm, w->player, &is_busy);
    if (is_busy)
        return false;
    if (process == NULL)
        return true;
    for (place = &process->mailbox.first; *place != NULL && w->down == NULL;) {
        if (is_down(w, (*place)->body))
            w->down = *place;
        else
            signal_destroy(&vm->node, mailbox_take(process, place));
    }
    if (w->down != NULL)
        w->claimed = process;       /* what came is read, and nobody ends the player meanwhile */
    else
        vm_leave_player(vm, process);
    return w->down != NULL;
}

/* Who opened the player, or looked at it, lets it go. */
static void let_go(struct avm_vm *vm, struct waiting *w)
{
    vm_leave_player(vm, w->claimed);
    w->claimed = NULL;
}

static bool copy_out(struct avm_env *env, term t, avm_term *result)
{
    term copy = term_is_immediate(t) ? t : heap_copy_with_literals(env->heap, t);

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

    w.player = vm_open_player(vm);
    if (w.player == TERM_NONE)
        return AVM_NO_MEMORY;
    vm_env_init(&scratch, vm);
    w.claimed = process_find(&vm->node, w.player);
    if (monitor_make(&vm->node, w.claimed, scratch.heap, pid.pid, TERM_NONE, TERM_NONE, TERM_NONE,
            &w.reference) == DATA_OK)
        status = AVM_OK;
    let_go(vm, &w);
    if (status == AVM_OK)
        status = vm_run_until(vm, has_ended, &w, -1, NULL);
    if (status == AVM_OK && w.down == NULL)
        status = AVM_NO_MEMORY;
    if (status == AVM_OK
        && !copy_out(env, term_tuple_element(w.down->body, 4), exit_reason))
        status = AVM_NO_MEMORY;
    heap_deinit(scratch.heap);
    let_go(vm, &w);
    vm_close_player(vm, w.player);
    return status;
}

avm_status avm_await(avm_vm *vm, avm_pid pid, avm_env *env, avm_term *exit_reason)
{
    avm_status status;

    if (!term_is_local_pid(pid.pid))
        return AVM_BAD_ARGUMENT;
    if (!vm_begin_run(vm))
        return AVM_BUSY;
    status = await(vm, pid, env, exit_reason);
    vm_end_run_until(vm);
    return status;
}

/* ---- calls ----------------------------------------------------------------------------- */

struct call {
    struct host_call host;          /* pid TERM_NONE: its outcome has been told */
    struct avm_vm *vm;
    struct avm_env *env;            /* where the result goes */
    avm_term *result;
    term pid;
    uint64_t failures;              /* of memory, before it began */
    avm_status status;
    avm_error *error;
};

static avm_status fail_call(const struct call *call, term class, term reason)
{
    bool says_memory = reason == ATOM(system_limit)
        || (is_tuple_of(reason, 2) && term_tuple_element(reason, 0) == ATOM(bad_code));
    char text[200];

    if (says_memory && memory_failures(&call->vm->memory) != call->failures)
        return vm_fail_status(call->error, AVM_NO_MEMORY);
    (void) vm_print(call->vm, reason, text, sizeof text);
    return vm_fail(call->error, AVM_BAD_ARGUMENT, "%s: %s",
        class == ATOM(error) ? "error" : class == ATOM(exit) ? "exit" : "throw", text);
}

/* Its terms are still there: a result is copied before anybody could purge the code that it came from. */
static void note_outcome(struct host_call *host, term class, term value)
{
    struct call *call = AVM_CONTAINER_OF(host, struct call, host);

    host->pid = TERM_NONE;
    if (!node_is_shared(&call->vm->node))
        call->vm->node.pauses = true;
    if (class != ATOM(ok))
        call->status = fail_call(call, class, value);
    else if (!copy_out(call->env, value, call->result))
        call->status = vm_fail_status(call->error, AVM_NO_MEMORY);
    else
        call->status = AVM_OK;
}

bool vm_end_call(struct node *node, struct process *process, term reason)
{
    (void) node;
    /* {Reason, Stack} of a failure that no exception could be raised for. */
    if (is_tuple_of(reason, 2) && term_is_list(term_tuple_element(reason, 1)))
        reason = term_tuple_element(reason, 0);
    (void) node_tell_call(process, ATOM(exit), reason);
    return true;
}

static bool is_over(struct avm_vm *vm, void *user)
{
    return !process_table_has(vm->node.processes, ((struct call *) user)->pid);
}

/* The process cannot tell the outcome before this thread lets others in, which is when its pid is known. */
static void link_call(struct call *call)
{
    struct node *node = &call->vm->node;

    call->host.pid = TERM_NONE;
    call->host.ended = note_outcome;
    call->host.next = node->call;
    atomic_put(&node->call, &call->host);
}

static void unlink_call(struct call *call)
{
    AVM_ATOMIC(struct host_call *) *at = &call->vm->node.call;

    while (*at != &call->host)
        at = &(*at)->next;
    atomic_put(at, call->host.next);
}

static avm_status run_call(struct call *call)
{
    avm_status status;

    call->host.pid = call->pid;
    status = vm_run_until(call->vm, is_over, call, -1, call->error);
    if (status == AVM_OK)
        return call->status;
    (void) signal_send_exit(&call->vm->node, NULL, call->pid, ATOM(kill));
    return status;
}

avm_status avm_call(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_term *result, avm_error *error)
{
    struct call call;
    avm_status status;

    if (!vm_begin_run(vm))
        return vm_fail_busy(error);
    memset(&call, 0, sizeof call);
    call.vm = vm;
    call.env = env;
    call.result = result;
    call.failures = memory_failures(&vm->memory);
    call.error = error;
    link_call(&call);
    status = vm_spawn_named(vm, module, function, argc, argv, &call.pid, error);
    if (status == AVM_OK)
        status = run_call(&call);
    unlink_call(&call);
    vm_end_run_until(vm);
    return status;
}
