/* monitor.c - processes watched by resources (native.h).
** Always: an entry is in the list from the call until down, demonitor or the end of its object; the
** watched process knows RESOURCE_WATCHER and the id. A DOWN that finds no entry is nobody's. */
#include "api/vm.h"

#include "proc/names.h"
#include "proc/relations.h"
#include "proc/spawn.h"

struct host_monitor {
    struct host_monitor *next;
    uint64_t id;
    void *object;
    term pid;
};

static struct host_monitor **find(struct avm_vm *vm, uint64_t id)
{
    struct host_monitor **at = &vm->monitors;

    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

static void remove_entry(struct avm_vm *vm, struct host_monitor **at)
{
    struct host_monitor *gone = *at;

    *at = gone->next;
    memory_free(&vm->memory, MEMORY_MONITOR, gone, sizeof *gone);
}

/* A process that cannot be told for want of memory says DOWN to nobody. */
static void tell(struct avm_vm *vm, enum signal_kind kind, term pid, uint64_t id)
{
    struct signal *signal = signal_create(&vm->node, kind, RESOURCE_WATCHER, TERM_NONE);

    if (signal == NULL)
        return;
    signal->id = id;
    signal_push(&vm->node, pid, signal);
}

static bool is_alive(struct avm_vm *vm, term pid)
{
    struct process *process = !vm->is_closing ? process_find(&vm->node, pid) : NULL;

    return process != NULL && !process_is_exiting(process);
}

static int watch(struct avm_vm *vm, void *object, term pid, avm_monitor *monitor)
{
    struct host_monitor *made;
    struct signal *signal;

    if (!is_alive(vm, pid))
        return 1;
    made = memory_allocate(&vm->memory, MEMORY_MONITOR, sizeof *made);
    signal = made == NULL ? NULL
                          : signal_create(&vm->node, SIGNAL_MONITOR, RESOURCE_WATCHER, TERM_NONE);
    if (signal == NULL) {
        memory_free(&vm->memory, MEMORY_MONITOR, made, sizeof *made);
        return -1;
    }
    *made = (struct host_monitor) { vm->monitors, node_next_reference(&vm->node), object, pid };
    vm->monitors = made;
    signal->id = made->id;
    if (monitor != NULL)
        monitor->id = made->id;
    signal_push(&vm->node, pid, signal);
    return 0;
}

int avm_monitor_process(avm_env *env, void *object, const avm_pid *pid, avm_monitor *monitor)
{
    struct avm_vm *vm = vm_of_object(object);
    bool had_work;
    int result;

    (void) env;
    vm_enter(vm);
    had_work = vm_has_work(vm);
    result = object_callbacks(object)->down == NULL ? -1 : watch(vm, object, pid->pid, monitor);
    vm_tell_work(vm, had_work);
    vm_leave(vm);
    return result;
}

int avm_demonitor_process(avm_env *env, void *object, const avm_monitor *monitor)
{
    struct avm_vm *vm = vm_of_object(object);
    struct host_monitor **at;
    bool had_work, is_ours;

    (void) env;
    vm_enter(vm);
    had_work = vm_has_work(vm);
    at = find(vm, monitor->id);
    is_ours = *at != NULL && (*at)->object == object;
    if (is_ours) {
        tell(vm, SIGNAL_DEMONITOR, (*at)->pid, monitor->id);
        remove_entry(vm, at);
    }
    vm_tell_work(vm, had_work);
    vm_leave(vm);
    return is_ours ? 0 : 1;
}

int avm_compare_monitors(const avm_monitor *left, const avm_monitor *right)
{
    return left->id < right->id ? -1 : left->id > right->id;
}

void vm_resource_down(struct node *node, struct signal *signal)
{
    struct avm_vm *vm = node->host;
    struct host_monitor **at = find(vm, signal->id);
    avm_monitor monitor = { signal->id };
    void *object;
    avm_pid pid;

    if (*at == NULL)
        return;
    object = (*at)->object;
    pid.pid = (*at)->pid;
    remove_entry(vm, at);
    vm_call_down(object, &pid, &monitor);
}

void vm_end_monitors(struct avm_vm *vm, const void *object)
{
    struct host_monitor **at = &vm->monitors;

    while (*at != NULL) {
        if ((*at)->object == object) {
            if (!vm->is_closing)
                tell(vm, SIGNAL_DEMONITOR, (*at)->pid, (*at)->id);
            remove_entry(vm, at);
        } else {
            at = &(*at)->next;
        }
    }
}

void vm_close_monitors(struct avm_vm *vm)
{
    while (vm->monitors != NULL)
        remove_entry(vm, &vm->monitors);
}

/* ---- processes ----------------------------------------------------------------------------- */

bool avm_is_process_alive(avm_vm *vm, avm_pid pid)
{
    bool result;

    vm_enter(vm);
    result = is_alive(vm, pid.pid);
    vm_leave(vm);
    return result;
}

bool avm_is_current_process_alive(avm_env *env)
{
    const struct process *process = env->scheduler != NULL ? env->scheduler->process : NULL;
    bool is_alive;

    if (process == NULL || !env_is_outside(env))
        return process != NULL && !process_is_exiting(process);
    vm_enter(env->vm);              /* what has come, nobody else takes or changes meanwhile */
    is_alive = !signal_is_ending(process);
    vm_leave(env->vm);
    return is_alive;
}

static term find_name(avm_env *env, avm_term name)
{
    term owner = TERM_NONE;

    env_enter(env);
    if (term_is_atom(name))
        owner = name_find(&env->vm->node, name);
    env_leave(env);
    return owner;
}

bool avm_whereis_pid(avm_env *env, avm_term name, avm_pid *pid)
{
    term owner = find_name(env, name);

    if (owner == TERM_NONE || !term_is_local_pid(owner))
        return false;
    pid->pid = owner;
    return true;
}

bool avm_whereis_port(avm_env *env, avm_term name, avm_pid *port)
{
    term owner = find_name(env, name);

    return owner != TERM_NONE && avm_get_local_port(env, owner, port);
}

avm_term avm_make_monitor_term(avm_env *env, const avm_monitor *monitor)
{
    return env_make_reference(env, monitor->id);
}
