/* port.c - owns the ports: how they come to be, their slices and their end.
** Always: a port is in the room's list from its making until it is freed; started is set while its
** driver has a state to stop. */
#include "port/port.h"

#include "proc/native_call.h"
#include "proc/ready.h"
#include "proc/table.h"
#include "proc/timer.h"

static struct port *port_of(struct process *process)
{
    return (struct port *) (void *) process;
}

/* ---- the end ---------------------------------------------------------------------------- */

static void stop_driver(struct port *port)
{
    if (port->started && !port->stopped) {
        port->stopped = true;
        port->driver->stop(port);
    }
    port_unwatch_all(port);
}

/* Output that waits is written first, unless the port was killed. */
static bool is_flushed(struct port *port)
{
    if (!port->started || port->stopped || port->driver->flush == NULL
        || port->process.exit_reason == ATOM(killed))
        return true;
    return port->driver->flush(port);
}

static bool end(struct node *node, struct process *process)
{
    struct port *port = port_of(process);

    (void) node;
    port->is_queued = false;
    port_run_ready(port);
    if (!is_flushed(port))
        return false;
    stop_driver(port);
    if (port->says_closed) {
        port->says_closed = false;
        port_send_atom(port, process->parent, ATOM(closed));
    }
    return true;
}

static void destroy(struct node *node, struct process *process)
{
    struct port *port = port_of(process);

    stop_driver(port);
    *port->link = port->next;
    if (port->next != NULL)
        port->next->link = port->link;
    heap_deinit(&port->data_terms);
    memory_free(node->memory, MEMORY_PORT, port->name, port->name_size);
    reclaim_free(&node->reclaim, &process->gone, MEMORY_PORT, port, sizeof *port);
}

/* ---- slices ------------------------------------------------------------------------------- */

static bool is_down(term message)
{
    return term_is_tuple(message) && term_tuple_arity(message) == 5
        && term_tuple_element(message, 0) == ATOM(DOWN)
        && term_is_local_reference(term_tuple_element(message, 1));
}

static void take_down(struct port *port, term message)
{
    if (port->driver->down != NULL)
        port->driver->down(port, term_reference_id(term_tuple_element(message, 1)),
            term_tuple_element(message, 3), term_tuple_element(message, 4));
}

/* Takes signal: {Operation, ...} whose answer somebody waits for. */
static void answer(struct scheduler *s, struct port *port, struct signal *signal)
{
    const term atoms[] = { ATOM(port_command), ATOM(port_control), ATOM(port_call),
        ATOM(port_close), ATOM(port_connect), ATOM(port_info) };
    term result, *elements = term_tuple_elements(signal->body);
    struct heap env;
    unsigned operation = 0;

    while (operation < PORT_INFO && atoms[operation] != elements[0])
        operation++;
    heap_init_env(&env, &s->node->heaps, MEMORY_OTHER);
    result = port_perform(port, &env, (enum port_operation) operation, elements + 1);
    signal_reply(s->node, port_term(port), signal,
        result != TERM_NONE ? result : ATOM(system_limit));
    heap_deinit(&env);
}

/* All that lies in the mailbox, until the port ends: what is left then is for signal_drain. */
static void run_messages(struct scheduler *s, struct port *port)
{
    struct process *process = &port->process;

    while (process->mailbox.first != NULL && !process_is_exiting(process)) {
        struct signal *signal = mailbox_take(process, &process->mailbox.first);

        native_charge(s, 20);
        if (signal->kind == SIGNAL_PORT_REQUEST) {
            answer(s, port, signal);
        } else {
            if (is_down(signal->body))
                take_down(port, signal->body);
            else
                port_take_message(port, signal->from, signal->body);
            signal_destroy(s->node, signal);
        }
    }
}

static void run(struct scheduler *s, struct process *process)
{
    struct port *port = port_of(process);

    native_charge(s, 50);
    run_messages(s, port);
    port_run_ready(port);
    if ((process->flags & PROCESS_TIMED_OUT) && !process_is_exiting(process)) {
        process->flags &= (uint16_t) ~PROCESS_TIMED_OUT;
        if (port->driver->timeout != NULL)
            port->driver->timeout(port);
    }
}

bool port_claim(struct scheduler *s, struct port *port)
{
    if (!process_claim(&port->process))
        return false;
    if (signal_handle_all(s, &port->process))
        run_messages(s, port);
    if (!process_is_exiting(&port->process))
        return true;
    port_release(s, port);
    return false;
}

/* One that has ended goes at once, so that who ended it sees what comes of it; what many links and
** monitors leave to be done goes in slices of its own. */
void port_release(struct scheduler *s, struct port *port)
{
    struct process *process = &port->process;

    if (!process_is_exiting(process)) {
        process_put_back(s->node, process, process->message_count == 0);
        return;
    }
    if (!process_end(s->node, process) && process->live != PROCESS_END_UNSEEN)
        ready_push(s->node, process);
}

/* ---- making ------------------------------------------------------------------------------- */

static const struct port_hooks hooks = { run, end, port_send, destroy };

bool port_room_create(struct node *node)
{
    node->port_hooks = &hooks;
    node->port_room = memory_allocate_zeroed(node->memory, MEMORY_PORT, sizeof *node->port_room);
    return node->port_room != NULL;
}

void port_room_stop(struct node *node)
{
    struct port *port, *next;

    if (node->port_room == NULL)
        return;
    for (port = node->port_room->ports; port != NULL; port = next) {
        next = port->next;
        stop_driver(port);
        if (atomic_get(&port->process.state) == PROCESS_STATE_EXITING
            && port->process.live == PROCESS_END_UNSEEN)
            process_destroy(node, &port->process);
    }
}

void port_room_destroy(struct node *node)
{
    memory_free(node->memory, MEMORY_PORT, node->port_room, sizeof *node->port_room);
    node->port_room = NULL;
}

static struct port *create_port(struct node *node, term owner, const struct port_settings *settings)
{
    struct port *port = memory_allocate_zeroed(node->memory, MEMORY_PORT, sizeof *port);
    struct port_room *room = node->port_room;

    if (port == NULL)
        return NULL;
    process_init(node, &port->process);
    port->process.flags = PROCESS_IS_PORT;
    port->process.parent = owner;
    port->process.group_leader = ATOM(undefined);
    heap_init_env(&port->data_terms, &node->heaps, MEMORY_PORT);
    port->os_pid = -1;
    port->flags = settings->flags;
    port->next = room->ports;
    port->link = &room->ports;
    if (room->ports != NULL)
        room->ports->link = &port->next;
    room->ports = port;
    port->name = memory_allocate(node->memory, MEMORY_PORT, settings->command_size + 1);
    if (port->name == NULL) {
        process_destroy(node, &port->process);
        return NULL;
    }
    port->name_size = settings->command_size + 1;
    memcpy(port->name, settings->texts.bytes + settings->command, port->name_size);
    return port;
}

static const struct port_driver *find_driver(struct node *node, const char *name, size_t size,
    void **user)
{
    static const char ram_file[] = "ram_file_drv";
    const struct port_driver *found = node->port_room->find_driver != NULL
        ? node->port_room->find_driver(node, name, size, user) : NULL;

    if (found == NULL && size == sizeof ram_file - 1 && memcmp(name, ram_file, size) == 0)
        return &port_ram_file_driver;
    return found;
}

/* The driver that the first word of the command names, or that of programs; NULL: none. */
static const struct port_driver *choose_driver(struct node *node,
    const struct port_settings *settings, void **user)
{
    const char *command = (const char *) settings->texts.bytes + settings->command;
    const struct port_driver *found = NULL;

    *user = NULL;
    if (settings->kind <= PORT_OF_COMMAND)
        found = find_driver(node, command, strcspn(command, " \t"), user);
    return found != NULL || settings->kind == PORT_OF_DRIVER ? found : &port_program_driver;
}

/* Takes port, which nobody has seen. */
static term give_up(struct node *node, struct port *port)
{
    process_table_remove(node->ports, &port->process);
    signal_drain(node, &port->process);
    stop_driver(port);
    process_destroy(node, &port->process);
    return TERM_NONE;
}

static term start(struct scheduler *s, struct port *port, const struct port_settings *settings,
    void *user, term *error)
{
    struct node *node = s->node;

    atomic_put(&port->process.state, PROCESS_STATE_RUNNING);
    *error = port->driver->start(port, settings, user);
    if (*error != TERM_NONE)
        return give_up(node, port);
    port->started = true;
    *error = ATOM(system_limit);
    if (link_make(node, s->process, port_term(port)) != DATA_OK)
        return give_up(node, port);
    process_put_back(node, &port->process, false);
    return port_term(port);
}

term port_open(struct scheduler *s, const struct port_settings *settings, term *error)
{
    void *user;
    const struct port_driver *driver = choose_driver(s->node, settings, &user);
    struct port *port;

    *error = ATOM(badarg);
    if (driver == NULL)
        return TERM_NONE;
    *error = ATOM(system_limit);
    port = create_port(s->node, s->process->pid, settings);
    if (port == NULL)
        return TERM_NONE;
    port->driver = driver;
    if (process_table_put(s->node->ports, &port->process) != DATA_OK) {
        process_destroy(s->node, &port->process);
        return TERM_NONE;
    }
    return start(s, port, settings, user, error);
}
