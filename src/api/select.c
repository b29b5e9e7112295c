/* select.c - handles of the platform that processes wait for (avm_select of native.h).
** Always: a handle has one entry, with its object kept, from the first selection until stop has been
** called; the platform watches it for what is still to be told, and the host has been told the same. */
#include "api/vm.h"

#include "proc/spawn.h"

/* What one direction tells when it is ready. */
struct direction {
    term to;                        /* pid; TERM_NONE: nobody waits */
    term message;                   /* lies in terms */
    struct heap terms;
};

struct host_watch {
    struct host_watch *next;
    int handle;
    void *object;
    struct direction read, write;
};

static struct host_watch **find(struct avm_vm *vm, int handle)
{
    struct host_watch **at = &vm->watches;

    while (*at != NULL && (*at)->handle != handle)
        at = &(*at)->next;
    return at;
}

static unsigned mode_of(const struct host_watch *watch)
{
    return (watch->read.to != TERM_NONE ? AVM_POLL_READ : 0)
        | (watch->write.to != TERM_NONE ? AVM_POLL_WRITE : 0);
}

static bool tell_platform(struct avm_vm *vm, const struct host_watch *watch)
{
    unsigned mode = mode_of(watch);

    if (vm->node.platform->watch(vm->node.platform_state, watch->handle, mode, vm) != AVM_OK)
        return false;
    if (vm->config.on_watch != NULL)
        vm->config.on_watch(vm->config.user, watch->handle, mode);
    return true;
}

static void clear(struct direction *direction)
{
    if (direction->to == TERM_NONE)
        return;
    heap_deinit(&direction->terms);
    direction->to = TERM_NONE;
}

/* {select, Object, Reference, Ready}, or a copy of the message. */
static bool fill(struct avm_vm *vm, struct direction *direction, void *object, unsigned flags,
    term to, const char *ready, term given)
{
    struct avm_env env;
    term elements[4];

    vm_env_init(&env, vm);
    direction->message = avm_make_copy(&env, given);
    if ((flags & AVM_SELECT_CUSTOM_MSG) == 0 && direction->message != 0) {
        elements[0] = avm_make_atom(&env, "select");
        elements[1] = avm_make_resource(&env, object);
        elements[2] = direction->message;
        elements[3] = avm_make_atom(&env, ready);
        direction->message = avm_make_tuple(&env, 4, elements);
    }
    if (direction->message == 0) {
        heap_deinit(env.heap);
        return false;
    }
    direction->terms = env.own;
    direction->to = to;
    return true;
}

static void free_watch(struct avm_vm *vm, struct host_watch **at)
{
    struct host_watch *watch = *at;

    *at = watch->next;
    clear(&watch->read);
    clear(&watch->write);
    memory_free(&vm->memory, MEMORY_OTHER, watch, sizeof *watch);
}

/* ---- what avm_select is asked ------------------------------------------------------------------ */

static int stop(struct avm_vm *vm, int handle, void *object)
{
    struct host_watch **at = find(vm, handle);
    bool is_kept = *at != NULL;

    if (is_kept) {
        clear(&(*at)->read);
        clear(&(*at)->write);
        (void) tell_platform(vm, *at);
        object = (*at)->object;
        free_watch(vm, at);
    }
    vm_call_stop(object, handle);
    if (is_kept)
        avm_release_resource(object);
    return AVM_SELECT_STOP_CALLED;
}

static int cancel(struct avm_vm *vm, int handle, unsigned flags)
{
    struct host_watch **at = find(vm, handle);
    int result = 0;

    if (*at == NULL)
        return 0;
    if ((flags & AVM_SELECT_READ) && (*at)->read.to != TERM_NONE) {
        clear(&(*at)->read);
        result |= AVM_SELECT_READ_CANCELLED;
    }
    if ((flags & AVM_SELECT_WRITE) && (*at)->write.to != TERM_NONE) {
        clear(&(*at)->write);
        result |= AVM_SELECT_WRITE_CANCELLED;
    }
    (void) tell_platform(vm, *at);
    return result;
}

static struct host_watch **put(struct avm_vm *vm, int handle, void *object)
{
    struct host_watch **at = find(vm, handle), *made;

    if (*at != NULL)
        return (*at)->object == object ? at : NULL;
    made = memory_allocate_zeroed(&vm->memory, MEMORY_OTHER, sizeof *made);
    if (made == NULL)
        return NULL;
    made->handle = handle;
    made->object = object;
    avm_keep_resource(object);
    made->next = vm->watches;
    vm->watches = made;
    return &vm->watches;
}

static int wait_for(struct avm_vm *vm, int handle, unsigned flags, void *object, term to, term given)
{
    struct host_watch **at = put(vm, handle, object);
    bool is_good = at != NULL;

    if (is_good && (flags & AVM_SELECT_READ)) {
        clear(&(*at)->read);
        is_good = fill(vm, &(*at)->read, object, flags, to, "ready_input", given);
    }
    if (is_good && (flags & AVM_SELECT_WRITE)) {
        clear(&(*at)->write);
        is_good = fill(vm, &(*at)->write, object, flags, to, "ready_output", given);
    }
    if (is_good && tell_platform(vm, *at))
        return 0;
    if (at != NULL && mode_of(*at) == 0) {
        free_watch(vm, at);
        avm_release_resource(object);
    }
    return INT_MIN | AVM_SELECT_FAILED;
}

int avm_select(avm_env *env, int handle, unsigned flags, void *object, const avm_pid *pid,
    avm_term given)
{
    struct avm_vm *vm = vm_of_object(object);
    term to = pid != NULL ? pid->pid : avm_self(env).pid;
    int result;

    if (handle < 0)
        return INT_MIN | AVM_SELECT_INVALID_EVENT;
    if (object_callbacks(object)->stop == NULL)
        return INT_MIN | AVM_SELECT_FAILED;
    vm_enter(vm);
    if (flags & AVM_SELECT_STOP)
        result = stop(vm, handle, object);
    else if (flags & AVM_SELECT_CANCEL)
        result = cancel(vm, handle, flags);
    else if (!term_is_local_pid(to) || (flags & (AVM_SELECT_READ | AVM_SELECT_WRITE)) == 0)
        result = INT_MIN | AVM_SELECT_FAILED;
    else
        result = wait_for(vm, handle, flags, object, to, given);
    vm_leave(vm);
    return result;
}

/* ---- what the platform says --------------------------------------------------------------------- */

static void send(struct avm_vm *vm, struct direction *direction)
{
    if (direction->to == TERM_NONE)
        return;
    (void) signal_send_message(&vm->node, NULL, direction->to, direction->message);
    clear(direction);
}

void vm_handle_ready(struct avm_vm *vm, int handle, unsigned mode)
{
    struct host_watch *watch = *find(vm, handle);

    if (watch == NULL)
        return;
    if (mode & AVM_POLL_READ)
        send(vm, &watch->read);
    if (mode & AVM_POLL_WRITE)
        send(vm, &watch->write);
    if (vm->config.on_watch != NULL)
        vm->config.on_watch(vm->config.user, handle, mode_of(watch));
}

void vm_close_watches(struct avm_vm *vm)
{
    while (vm->watches != NULL)
        (void) stop(vm, vm->watches->handle, vm->watches->object);
}
