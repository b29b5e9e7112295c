/* mailbox.c - pids that the host plays, and sending.
**
** A player is a process that is suspended for good, by itself: its code never runs, and the scheduler
** does with signals to it what it does for any other. Always: nobody keeps a pointer to it, since it
** may be killed; the pid is looked up. */
#include "api/vm.h"

#include "proc/names.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"

struct avm_mailbox {
    struct avm_mailbox *next;
    struct avm_vm *vm;
    term pid;
};

/* ---- players --------------------------------------------------------------------------- */

term vm_open_player(struct avm_vm *vm)
{
    struct node *node = &vm->node;
    struct spawn_options options;
    struct relation *suspender;
    avm_pid user;
    term pid;

    spawn_options_init(&vm->node, &options);
    options.trap_exit = true;
    options.suspender = suspender = relation_create(node, RELATION_SUSPENDER, 0, TERM_NONE);
    if (avm_whereis(vm, "user", &user) == AVM_OK)
        options.group_leader = user.pid;
    if (suspender == NULL
        || process_spawn(node, NULL, ATOM(atomvm), ATOM(receive), TERM_NIL, &options, NULL, &pid,
               NULL) != DATA_OK) {
        if (suspender != NULL)
            relation_destroy(node, suspender);
        return TERM_NONE;
    }
    return pid;
}

/* With several schedulers it may be in a run queue, or handle its signals, on another: who does it there
** wakes those who watch (crew_wake_watching). */
struct process *vm_look_at_player(struct avm_vm *vm, term pid, bool *is_busy)
{
    struct process *process = process_find(&vm->node, pid);

    *is_busy = false;
    if (process == NULL)
        return NULL;
    if (node_is_shared(&vm->node)) {
        if (!process_claim(process)) {
            *is_busy = true;
            return NULL;
        }
        if (signal_handle_all(vm_scheduler(vm), process))
            return process;
        process_release(&vm->node, process);
        return NULL;
    }
    if (signal_handle_all(vm_scheduler(vm), process))
        return process;
    process_wake(&vm->node, process);
    return NULL;
}

void vm_leave_player(struct avm_vm *vm, struct process *process)
{
    if (process != NULL && atomic_get(&process->state) == PROCESS_STATE_RUNNING)
        process_release(&vm->node, process);
}

/* One that waits for the scheduler, which then sees that it ends, is left to it. */
void vm_close_player(struct avm_vm *vm, term pid)
{
    struct process *process = process_find(&vm->node, pid);

    if (process == NULL)
        return;
    if (node_is_shared(&vm->node)) {
        if (!process_claim(process)) {      /* it runs, or will: it ends there */
            (void) signal_send_exit(&vm->node, NULL, pid, ATOM(kill));
            return;
        }
        process_exit(process, ATOM(normal));
    } else {
        process_exit(process, ATOM(normal));
        if (!process_claim(process))
            return;
    }
    while (!process_end(&vm->node, process)) {
    }
}

/* ---- mailboxes ----------------------------------------------------------------------------- */

static avm_status register_player(struct avm_vm *vm, const char *name, term pid)
{
    enum data_status status;
    term atom;

    if (!vm_get_atom(vm, name, &atom))
        return AVM_NO_MEMORY;
    status = name_put(&vm->node, atom, process_find(&vm->node, pid));
    return status == DATA_OK            ? AVM_OK
        : status == DATA_BAD_ARGUMENT   ? AVM_BAD_ARGUMENT
                                        : AVM_NO_MEMORY;
}

static avm_status open_mailbox(struct avm_vm *vm, const char *name, avm_mailbox **mailbox)
{
    avm_mailbox *made = memory_allocate_zeroed(&vm->memory, MEMORY_OTHER, sizeof *made);
    avm_status status;

    if (made == NULL)
        return AVM_NO_MEMORY;
    made->vm = vm;
    made->pid = vm_open_player(vm);
    if (made->pid != TERM_NONE)
        vm_leave_player(vm, process_find(&vm->node, made->pid));
    status = made->pid == TERM_NONE ? AVM_NO_MEMORY
        : name == NULL              ? AVM_OK
                                    : register_player(vm, name, made->pid);
    if (status != AVM_OK) {
        vm_close_player(vm, made->pid);
        memory_free(&vm->memory, MEMORY_OTHER, made, sizeof *made);
        return status;
    }
    made->next = vm->mailboxes;
    vm->mailboxes = made;
    *mailbox = made;
    return AVM_OK;
}

avm_status avm_mailbox_open(avm_vm *vm, const char *name, avm_mailbox **mailbox)
{
    avm_status status;

    vm_enter(vm);
    status = open_mailbox(vm, name, mailbox);
    vm_leave(vm);
    return status;
}

avm_pid avm_mailbox_pid(const avm_mailbox *mailbox)
{
    avm_pid pid = { mailbox->pid };

    return pid;
}

static bool has_message(struct avm_vm *vm, void *user)
{
    bool is_busy;
    struct process *process = vm_look_at_player(vm, ((avm_mailbox *) user)->pid, &is_busy);
    bool result = !is_busy && (process == NULL || process->mailbox.first != NULL);

    vm_leave_player(vm, process);
    return result;
}

/* The first message of a player that was looked at. */
static avm_status take_first(struct avm_vm *vm, struct process *process, avm_env *env,
    avm_term *message)
{
    *message = heap_copy_with_literals(env->heap, process->mailbox.first->body);
    if (*message == TERM_NONE)
        return AVM_NO_MEMORY;
    signal_destroy(&vm->node, mailbox_take(process, &process->mailbox.first));
    return AVM_OK;
}

static avm_status receive(avm_mailbox *mailbox, int64_t timeout_ns, avm_env *env,
    avm_term *message)
{
    struct avm_vm *vm = mailbox->vm;
    struct process *process;
    avm_status status;
    bool is_busy;

    do {
        status = vm_run_until(vm, has_message, mailbox, timeout_ns, NULL);
        if (status != AVM_OK)
            return status;
        process = vm_look_at_player(vm, mailbox->pid, &is_busy);
    } while (is_busy || (process != NULL && process->mailbox.first == NULL));
    if (process == NULL)
        return AVM_NOT_FOUND;
    status = take_first(vm, process, env, message);
    vm_leave_player(vm, process);
    return status;
}

avm_status avm_mailbox_receive(avm_mailbox *mailbox, int64_t timeout_ns, avm_env *env,
    avm_term *message)
{
    avm_status status;

    if (!vm_begin_run(mailbox->vm))
        return AVM_BUSY;
    status = receive(mailbox, timeout_ns, env, message);
    vm_end_run_until(mailbox->vm);
    return status;
}

static void unlink_mailbox(struct avm_vm *vm, avm_mailbox *mailbox)
{
    avm_mailbox **at = &vm->mailboxes;

    while (*at != mailbox)
        at = &(*at)->next;
    *at = mailbox->next;
}

void avm_mailbox_close(avm_mailbox *mailbox)
{
    struct avm_vm *vm;
    bool had_work;

    if (mailbox == NULL)
        return;
    vm = mailbox->vm;
    vm_enter(vm);
    had_work = vm_has_work(vm);
    vm_close_player(vm, mailbox->pid);
    unlink_mailbox(vm, mailbox);
    memory_free(&vm->memory, MEMORY_OTHER, mailbox, sizeof *mailbox);
    vm_tell_work(vm, had_work);
    vm_leave(vm);
}

void vm_close_mailboxes(struct avm_vm *vm)
{
    while (vm->mailboxes != NULL) {
        avm_mailbox *mailbox = vm->mailboxes;

        vm->mailboxes = mailbox->next;
        memory_free(&vm->memory, MEMORY_OTHER, mailbox, sizeof *mailbox);
    }
}

/* ---- sending ----------------------------------------------------------------------------- */

/* The signal is made first: without memory for it the env keeps its terms. */
static avm_status send_moved(struct avm_vm *vm, term to, struct heap *env, term message)
{
    struct signal *signal = signal_create_moved(&vm->node, SIGNAL_MESSAGE, TERM_NONE, NULL, message);
    struct heap moved;

    if (signal == NULL)
        return AVM_NO_MEMORY;
    heap_init_env(&moved, &vm->node.heaps, MEMORY_MAILBOX);
    heap_adopt(&moved, env);
    signal->fragments = moved.fragments;
    signal->offheap = moved.offheap;
    atomic_bump(&node_own_counts(&vm->node)->messages, (uint64_t) 1);
    signal_push(&vm->node, to, signal);
    return AVM_OK;
}

static avm_status send(struct avm_vm *vm, term to, avm_env *env, term message)
{
    if (env->scheduler == NULL)
        return send_moved(vm, to, env->heap, message);
    return signal_send_message(&vm->node, env->scheduler->process, to, message) == SEND_OK
        ? AVM_OK
        : AVM_NO_MEMORY;
}

avm_status avm_send(avm_vm *vm, avm_pid to, avm_env *env, avm_term message)
{
    avm_status status;
    bool had_work;

    if (message == 0 || !(term_is_local_pid(to.pid) || term_is_local_port(to.pid)))
        return AVM_BAD_ARGUMENT;
    if (vm->is_closing)
        return AVM_OK;
    vm_enter(vm);
    had_work = vm_has_work(vm);
    status = send(vm, to.pid, env, message);
    vm_tell_work(vm, had_work);
    vm_leave(vm);
    return status;
}

avm_status avm_whereis(avm_vm *vm, const char *name, avm_pid *pid)
{
    term owner = TERM_NONE;
    uint32_t index;

    vm_enter(vm);
    if (atom_find(vm->node.atoms, (const uint8_t *) name, strlen(name), &index))
        owner = name_find(&vm->node, term_make_atom(index));
    vm_leave(vm);
    if (owner == TERM_NONE)
        return AVM_NOT_FOUND;
    pid->pid = owner;
    return AVM_OK;
}
