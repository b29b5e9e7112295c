/* output.c - what a port tells its owner, and its end. A message for which there is no memory ends the
** port with enomem: its owner sees that something is missing. */
#include "port/port.h"

#include "data/bits.h"
#include "data/list.h"
#include "data/number.h"
#include "data/tuple.h"
#include "proc/native_call.h"
#include "proc/timer.h"

void port_exit(struct port *port, term reason)
{
    process_exit(&port->process, reason);
}

/* env holds value; to gets {Port, value}. */
static void send_pair(struct port *port, term to, struct heap *env, term value)
{
    struct node *node = port_node(port);
    term message = value != TERM_NONE ? tuple_make2(env, port_term(port), value) : TERM_NONE;

    if (message == TERM_NONE) {
        heap_deinit(env);
        port_exit(port, ATOM(enomem));
    } else if (signal_send_moved(node, port_term(port), to, env, message) != SEND_OK) {
        port_exit(port, ATOM(enomem));
    }
}

static bool is_silent(const struct port *port)
{
    return process_is_exiting(&port->process);
}

static void begin(struct port *port, struct heap *env)
{
    heap_init_env(env, &port_node(port)->heaps, MEMORY_MAILBOX);
}

/* A binary or a list, as the owner wants it. */
static term make_data(const struct port *port, struct heap *env, const uint8_t *first,
    size_t first_size, const uint8_t *data, size_t size)
{
    uint8_t *bytes;
    term list;

    if (!(port->flags & PORT_BINARY)) {
        list = list_from_bytes(env, data, size, TERM_NIL);
        return list != TERM_NONE ? list_from_bytes(env, first, first_size, list) : TERM_NONE;
    }
    list = bits_make_binary(env, first_size + size, &bytes);
    if (list != TERM_NONE && first_size > 0)
        memcpy(bytes, first, first_size);
    if (list != TERM_NONE && size > 0)
        memcpy(bytes + first_size, data, size);
    return list;
}

void port_send_parts(struct port *port, const uint8_t *first, size_t first_size,
    const uint8_t *data, size_t size)
{
    struct heap env;
    term value;

    if (is_silent(port))
        return;
    port->input += first_size + size;
    begin(port, &env);
    value = make_data(port, &env, first, first_size, data, size);
    if (value != TERM_NONE)
        value = tuple_make2(&env, ATOM(data), value);
    send_pair(port, port->process.parent, &env, value);
}

void port_send_headed(struct port *port, const uint8_t *head, size_t head_size, const uint8_t *data,
    size_t size)
{
    struct heap env;
    term value = TERM_NIL;

    if (is_silent(port))
        return;
    port->input += head_size + size;
    begin(port, &env);
    if (data != NULL)
        value = make_data(port, &env, NULL, 0, data, size);
    if (value != TERM_NONE)
        value = list_from_bytes(&env, head, head_size, value);
    if (value != TERM_NONE)
        value = tuple_make2(&env, ATOM(data), value);
    send_pair(port, port->process.parent, &env, value);
}

void port_send_data(struct port *port, const uint8_t *data, size_t size)
{
    port_send_parts(port, NULL, 0, data, size);
}

void port_send_line(struct port *port, term end, const uint8_t *data, size_t size)
{
    struct heap env;
    term value;

    if (is_silent(port))
        return;
    port->input += size;
    begin(port, &env);
    value = make_data(port, &env, NULL, 0, data, size);
    if (value != TERM_NONE)
        value = tuple_make2(&env, end, value);
    if (value != TERM_NONE)
        value = tuple_make2(&env, ATOM(data), value);
    send_pair(port, port->process.parent, &env, value);
}

void port_send_atom(struct port *port, term to, term atom)
{
    struct heap env;

    begin(port, &env);
    send_pair(port, to, &env, atom);
}

void port_send_status(struct port *port, int status)
{
    struct heap env;

    if (is_silent(port))
        return;
    begin(port, &env);
    send_pair(port, port->process.parent, &env,
        tuple_make2(&env, ATOM(exit_status), term_make_small(status)));
}

bool port_set_timer(struct port *port, int64_t milliseconds)
{
    struct process *process = &port->process;

    timer_cancel_receive(process);
    process->flags &= (uint16_t) ~PROCESS_TIMED_OUT;
    return milliseconds < 0
        || timer_start_receive(process,
            node_monotonic_time(port_node(port)) + milliseconds * 1000000);
}
