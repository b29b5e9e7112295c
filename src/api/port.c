/* port.c - drivers of ports that the host has registered (port.h), and what they may call.
** Always: an avm_port is the struct port that it stands for. */
#include "atomvm/port.h"
#include "api/vm.h"

#include "port/port.h"

struct host_driver {
    struct host_driver *next;
    const avm_driver *driver;
    void *user;
};

/* What a port of a host's driver has as its state. */
struct host_port {
    const avm_driver *driver;
    void *state;
};

static struct port *port_of(avm_port *port) { return (struct port *) (void *) port; }
static avm_port *public_of(struct port *port) { return (avm_port *) (void *) port; }
static const struct host_port *host_of(const struct port *port) { return port->state; }
static struct avm_vm *vm_of(const struct port *port) { return port_node(port)->host; }

/* ---- the driver as the room of ports sees it ----------------------------------------------- */

static term failure(struct node *node, avm_status status)
{
    const char *text = status == AVM_NOT_FOUND ? "enoent"
        : status == AVM_NO_MEMORY              ? "enomem"
        : status == AVM_BUSY                   ? "eagain" : "eio";
    term atom;

    return status == AVM_BAD_ARGUMENT || !vm_get_atom(node->host, text, &atom) ? ATOM(badarg) : atom;
}

static term host_start(struct port *port, const struct port_settings *settings, void *user)
{
    struct node *node = port_node(port);
    const struct host_driver *registered = user;
    struct host_port *made = memory_allocate_zeroed(node->memory, MEMORY_PORT, sizeof *made);
    const char *command = (const char *) settings->texts.bytes + settings->command;
    avm_status status = AVM_OK;

    if (made == NULL)
        return ATOM(enomem);
    made->driver = registered->driver;
    made->state = registered->user;
    port->state = made;
    if (made->driver->start != NULL)
        status = made->driver->start(public_of(port), command, registered->user, &made->state);
    if (status == AVM_OK)
        return TERM_NONE;
    port->state = NULL;
    memory_free(node->memory, MEMORY_PORT, made, sizeof *made);
    return failure(node, status);
}

static void host_stop(struct port *port)
{
    struct host_port *made = port->state;

    if (made->driver->stop != NULL)
        made->driver->stop(public_of(port), made->state);
    port->state = NULL;
    memory_free(port_node(port)->memory, MEMORY_PORT, made, sizeof *made);
}

static void host_output(struct port *port, const uint8_t *data, size_t size)
{
    const struct host_port *host = host_of(port);

    if (host->driver->output != NULL)
        host->driver->output(public_of(port), host->state, data, size);
}

/* An env whose terms go to heap. */
static void begin_env(struct avm_env *env, struct port *port, struct heap *heap)
{
    vm_env_init(env, vm_of(port));
    if (heap != NULL)
        env->heap = heap;
    env->has_ended = false;
}

static term end_env(const struct avm_env *env, avm_term result)
{
    return env->has_ended ? TERM_NONE : result;
}

static term host_control(struct port *port, struct heap *heap, uint32_t operation,
    const uint8_t *data, size_t size)
{
    const struct host_port *host = host_of(port);
    struct avm_env env;

    if (host->driver->control == NULL)
        return TERM_NONE;
    begin_env(&env, port, heap);
    return end_env(&env,
        host->driver->control(public_of(port), host->state, &env, operation, data, size));
}

static term host_call(struct port *port, struct heap *heap, uint32_t operation, term argument)
{
    const struct host_port *host = host_of(port);
    struct avm_env env;

    if (host->driver->call == NULL)
        return TERM_NONE;
    begin_env(&env, port, heap);
    return end_env(&env,
        host->driver->call(public_of(port), host->state, &env, operation, argument));
}

static void host_message(struct port *port, term message)
{
    const struct host_port *host = host_of(port);
    struct avm_env env;

    begin_env(&env, port, NULL);
    host->driver->message(public_of(port), host->state, &env, message);
    heap_deinit(env.heap);
}

static void host_ready(struct port *port, int handle, unsigned mode)
{
    const struct host_port *host = host_of(port);

    if (host->driver->ready != NULL)
        host->driver->ready(public_of(port), host->state, handle, mode);
}

static void host_timeout(struct port *port)
{
    const struct host_port *host = host_of(port);

    if (host->driver->timeout != NULL)
        host->driver->timeout(public_of(port), host->state);
}

static void host_down(struct port *port, uint64_t id, term pid, term reason)
{
    const struct host_port *host = host_of(port);
    avm_monitor monitor = { id };
    avm_pid who = { pid };
    struct avm_env env;

    if (host->driver->down == NULL)
        return;
    begin_env(&env, port, NULL);
    host->driver->down(public_of(port), host->state, &env, &monitor, who, reason);
    heap_deinit(env.heap);
}

static bool host_flush(struct port *port)
{
    const struct host_port *host = host_of(port);

    return host->driver->flush == NULL || host->driver->flush(public_of(port), host->state);
}

/* By what a driver has: output, control, call and message differ in what a program is told without. */
static const struct port_driver *row_of(const avm_driver *driver)
{
#define ROW(flags_, output_, message_)                                                            \
    { flags_, host_start, host_stop, output_, host_control, host_call, message_, host_ready,      \
        host_timeout, host_down, host_flush, NULL }
    static const struct port_driver rows[2][2][2] = {
        { { ROW(0, NULL, NULL), ROW(0, NULL, host_message) },
            { ROW(0, host_output, NULL), ROW(0, host_output, host_message) } },
        { { ROW(PORT_DRIVER_SOFT_BUSY, NULL, NULL), ROW(PORT_DRIVER_SOFT_BUSY, NULL, host_message) },
            { ROW(PORT_DRIVER_SOFT_BUSY, host_output, NULL),
                ROW(PORT_DRIVER_SOFT_BUSY, host_output, host_message) } },
    };
#undef ROW

    return &rows[(driver->flags & AVM_DRIVER_SOFT_BUSY) != 0][driver->output != NULL]
                [driver->message != NULL];
}

/* ---- the registry ------------------------------------------------------------------------------ */

static struct host_driver *find(struct avm_vm *vm, const char *name, size_t size)
{
    struct host_driver *at = vm->drivers;

    while (at != NULL && !(strlen(at->driver->name) == size && memcmp(at->driver->name, name, size) == 0))
        at = at->next;
    return at;
}

static const struct port_driver *find_driver(struct node *node, const char *name, size_t size,
    void **user)
{
    struct host_driver *found = find(node->host, name, size);

    *user = found;
    return found != NULL ? row_of(found->driver) : NULL;
}

avm_status avm_register_driver(avm_vm *vm, const avm_driver *driver, void *user)
{
    struct host_driver *made;
    avm_status status = AVM_BAD_ARGUMENT;

    if (driver == NULL || driver->name == NULL || driver->name[0] == '\0'
        || strpbrk(driver->name, " \t") != NULL)
        return AVM_BAD_ARGUMENT;
    vm_enter(vm);
    if (find(vm, driver->name, strlen(driver->name)) == NULL) {
        made = memory_allocate(&vm->memory, MEMORY_PORT, sizeof *made);
        status = made != NULL ? AVM_OK : AVM_NO_MEMORY;
        if (made != NULL) {
            *made = (struct host_driver) { vm->drivers, driver, user };
            vm->drivers = made;
        }
    }
    vm_leave(vm);
    return status;
}

static bool watch(struct node *node, int handle, unsigned mode)
{
    struct avm_vm *vm = node->host;

    if (node->platform->watch(node->platform_state, handle, mode, node->port_room) != AVM_OK)
        return false;
    if (vm->config.on_watch != NULL)
        vm->config.on_watch(vm->config.user, handle, mode);
    return true;
}

bool vm_open_ports(struct avm_vm *vm)
{
    if (!port_room_create(&vm->node))
        return false;
    vm->node.port_room->watch = watch;
    vm->node.port_room->find_driver = find_driver;
    return true;
}

void vm_close_ports(struct avm_vm *vm)
{
    while (vm->drivers != NULL) {
        struct host_driver *gone = vm->drivers;

        vm->drivers = gone->next;
        memory_free(&vm->memory, MEMORY_PORT, gone, sizeof *gone);
    }
    port_room_destroy(&vm->node);
}

/* ---- what a driver calls ------------------------------------------------------------------------ */

avm_vm *avm_port_vm(avm_port *port) { return vm_of(port_of(port)); }
avm_term avm_port_term(avm_port *port) { return port_term(port_of(port)); }

avm_pid avm_port_address(avm_port *port)
{
    avm_pid address = { port_term(port_of(port)) };

    return address;
}

avm_pid avm_port_owner(avm_port *port)
{
    avm_pid owner = { port_of(port)->process.parent };

    return owner;
}

void avm_port_output(avm_port *port, const void *data, size_t size)
{
    port_send_data(port_of(port), data, size);
}

avm_status avm_port_send(avm_port *port, avm_pid to, avm_env *env, avm_term message)
{
    if (process_is_exiting(&port_of(port)->process))
        return AVM_OK;
    return avm_send(vm_of(port_of(port)), to, env, message);
}

bool avm_port_select(avm_port *port, int handle, unsigned mode)
{
    return (mode & ~(unsigned) (AVM_POLL_READ | AVM_POLL_WRITE)) == 0
        && port_select(port_of(port), handle, mode);
}

bool avm_port_set_timer(avm_port *port, int64_t milliseconds)
{
    return port_set_timer(port_of(port), milliseconds);
}

void avm_port_set_busy(avm_port *port, bool busy)
{
    port_set_busy(port_of(port), busy);
}

void avm_port_exit(avm_port *port, const char *reason)
{
    term atom;

    port_exit(port_of(port), vm_get_atom(vm_of(port_of(port)), reason, &atom) ? atom : ATOM(enomem));
}

avm_status avm_port_monitor(avm_port *port, avm_pid pid, avm_monitor *monitor)
{
    struct node *node = port_node(port_of(port));
    enum data_status status;
    struct avm_env scratch;
    term reference;

    if (!term_is_local_pid(pid.pid) || process_find(node, pid.pid) == NULL)
        return AVM_NOT_FOUND;
    vm_env_init(&scratch, node->host);
    status = monitor_make(node, &port_of(port)->process, scratch.heap, pid.pid, TERM_NONE,
        TERM_NONE, TERM_NONE, &reference);
    if (status == DATA_OK)
        monitor->id = term_reference_id(reference);
    heap_deinit(scratch.heap);
    return status == DATA_OK ? AVM_OK : AVM_NO_MEMORY;
}

bool avm_port_demonitor(avm_port *port, const avm_monitor *monitor)
{
    return monitor_remove(port_node(port_of(port)), &port_of(port)->process, monitor->id);
}

/* ---- ports as natives see them ------------------------------------------------------------------ */

bool avm_get_local_port(avm_env *env, avm_term t, avm_pid *port)
{
    (void) env;
    if (!term_is_local_port(t))
        return false;
    port->pid = t;
    return true;
}

/* {Owner, {command, Data}}; 0 when there is no such port, or Data is no iodata. */
static avm_term make_command(avm_env *env, term port, avm_term data)
{
    struct process *process = term_is_local_port(port) ? process_find(&env->vm->node, port) : NULL;
    avm_term command[2] = { ATOM(command), data }, message[2];
    avm_binary bytes;

    if (process == NULL || !avm_inspect_iolist_as_binary(env, data, &bytes))
        return 0;
    message[0] = process->parent;
    message[1] = avm_make_tuple(env, 2, command);
    return avm_make_tuple(env, 2, message);
}

bool avm_port_command(avm_env *env, const avm_pid *port, avm_env *message_env, avm_term data)
{
    avm_env *from = message_env != NULL ? message_env : env;
    struct avm_vm *vm = from->vm;
    avm_term message;
    bool is_sent;

    env_enter(from);
    message = make_command(from, port->pid, data);
    is_sent = message != 0 && avm_send(vm, *port, from, message) == AVM_OK;
    env_leave(from);
    return is_sent;
}
