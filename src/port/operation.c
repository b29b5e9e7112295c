/* operation.c - what programs ask of ports: commands, control, calls, a new owner, the end.
** Always: who asks has claimed the port or runs its slice. */
#include "port/port.h"

#include "data/bits.h"
#include "data/number.h"
#include "data/tuple.h"
#include "proc/names.h"
#include "proc/native_call.h"
#include "proc/reference.h"
#include "proc/table.h"

struct port *port_find(struct node *node, term port)
{
    if (term_is_atom(port))
        port = name_find(node, port);
    return port != TERM_NONE && term_is_local_port(port)
        ? (struct port *) (void *) process_find(node, port) : NULL;
}

/* ---- iodata ----------------------------------------------------------------------------- */

/* Bytes borrowed from a binary, or laid flat in own. */
struct flat {
    const uint8_t *bytes;
    size_t size;
    uint8_t *own;
    size_t own_size;
};

static enum data_status lay_flat(struct memory *memory, term iodata, struct flat *flat)
{
    struct bits_builder builder;
    struct bits_flow flow;
    enum data_status status;
    size_t bits;

    memset(flat, 0, sizeof *flat);
    if (term_is_binary(iodata)) {
        status = DATA_OK;
        (void) bits_get_bytes(memory, iodata, &flat->bytes, &flat->size, &flat->own, &status);
        flat->own_size = flat->size;
        return status;
    }
    if (!term_is_list(iodata))
        return DATA_BAD_ARGUMENT;
    status = bits_iodata_size(memory, iodata, true, &bits);
    if (status != DATA_OK || bits == 0)
        return status;
    flat->own = memory_allocate(memory, MEMORY_OTHER, bits / 8);
    if (flat->own == NULL)
        return DATA_NO_MEMORY;
    builder = (struct bits_builder) { flat->own, 0, TERM_NONE };
    bits_flow_init(&flow, memory, iodata, true);
    if (bits_flow_feed(&flow, SIZE_MAX, bits_flow_build, &builder) != BITS_FLOW_END)
        status = DATA_NO_MEMORY;
    bits_flow_deinit(&flow);
    flat->bytes = flat->own;
    flat->size = flat->own_size = bits / 8;
    return status;
}

static void end_flat(struct memory *memory, struct flat *flat)
{
    memory_free(memory, MEMORY_OTHER, flat->own, flat->own_size);
}

/* ---- operations -------------------------------------------------------------------------- */

static term command(struct port *port, term iodata)
{
    struct memory *memory = port_node(port)->memory;
    struct flat flat;
    enum data_status status;

    if (port->driver->output == NULL)
        return ATOM(badarg);
    status = lay_flat(memory, iodata, &flat);
    if (status == DATA_OK) {
        port->output += flat.size;
        port->driver->output(port, flat.bytes, flat.size);
    }
    end_flat(memory, &flat);
    return status == DATA_OK ? ATOM(true)
        : status == DATA_NO_MEMORY ? ATOM(system_limit) : ATOM(badarg);
}

static bool get_operation(term t, uint32_t *operation)
{
    int64_t value;

    if (!integer_get_int64(t, &value) || value < 0 || value > UINT32_MAX)
        return false;
    *operation = (uint32_t) value;
    return true;
}

static term control(struct port *port, struct heap *heap, term number, term iodata)
{
    struct memory *memory = port_node(port)->memory;
    term result = ATOM(badarg);
    enum data_status status;
    uint32_t operation;
    struct flat flat;

    if (port->driver->control == NULL || !get_operation(number, &operation))
        return ATOM(badarg);
    status = lay_flat(memory, iodata, &flat);
    if (status == DATA_OK) {
        result = port->driver->control(port, heap, operation, flat.bytes, flat.size);
        if (result == TERM_NONE)
            result = ATOM(badarg);
    }
    end_flat(memory, &flat);
    return status == DATA_NO_MEMORY ? TERM_NONE : result;
}

static term call(struct port *port, struct heap *heap, term number, term argument)
{
    uint32_t operation;
    term elements[2] = { ATOM(ok) };

    if (port->driver->call == NULL || !get_operation(number, &operation))
        return ATOM(badarg);
    elements[1] = port->driver->call(port, heap, operation, argument);
    return elements[1] == TERM_NONE ? ATOM(badarg) : tuple_make(heap, elements, 2);
}

static term connect(struct port *port, term to)
{
    struct node *node = port_node(port);

    if (!term_is_local_pid(to) || process_find(node, to) == NULL)
        return ATOM(badarg);
    if (link_make(node, &port->process, to) != DATA_OK)
        return ATOM(system_limit);
    port->process.parent = to;
    return ATOM(true);
}

term port_perform(struct port *port, struct heap *heap, enum port_operation operation,
    const term *arguments)
{
    switch (operation) {
    case PORT_COMMAND:
        return command(port, arguments[0]);
    case PORT_CONTROL:
        return control(port, heap, arguments[0], arguments[1]);
    case PORT_CALL:
        return call(port, heap, arguments[0], arguments[1]);
    case PORT_CLOSE:
        port_exit(port, ATOM(normal));
        return ATOM(true);
    case PORT_CONNECT:
        return connect(port, arguments[0]);
    default:
        return arguments[0] == TERM_NIL ? port_info_all(port, heap)
                                        : port_info_make(port, heap, arguments[0]);
    }
}

/* ---- asking ------------------------------------------------------------------------------- */

/* {Operation, ...} to a port that is doing something else; the reference of the answer. */
static term ask_by_signal(struct scheduler *s, struct port *port, enum port_operation operation,
    const term *arguments)
{
    const struct {
        term atom;
        uint8_t arity;
    } rows[] = { { ATOM(port_command), 1 }, { ATOM(port_control), 2 }, { ATOM(port_call), 2 },
        { ATOM(port_close), 0 }, { ATOM(port_connect), 1 }, { ATOM(port_info), 1 } };
    term reference = native_reference(s), elements[3] = { rows[operation].atom }, body;
    struct signal *signal = NULL;
    struct heap env;

    memcpy(elements + 1, arguments, rows[operation].arity * sizeof *elements);
    heap_init_env(&env, &s->node->heaps, MEMORY_OTHER);
    body = tuple_make(&env, elements, 1 + (size_t) rows[operation].arity);
    if (body != TERM_NONE && reference != TERM_NONE)
        signal = signal_create(s->node, SIGNAL_PORT_REQUEST, s->process->pid, body);
    heap_deinit(&env);
    if (signal == NULL)
        return raise_no_memory(s);
    signal->id = term_reference_id(reference);
    signal_push(s->node, port_term(port), signal);
    return reference;
}

/* Signals that the port has sent the caller come before the result. */
term port_ask(struct scheduler *s, struct port *port, enum port_operation operation,
    const term *arguments)
{
    term result, self = port_term(port);

    native_charge(s, 50);
    if (!port_claim(s, port))
        return port_find(s->node, self) != NULL
            ? ask_by_signal(s, port, operation, arguments)
            : operation == PORT_INFO ? ATOM(undefined) : ATOM(badarg);
    result = port_perform(port, native_heap(s), operation, arguments);
    port_release(s, port);
    return result != TERM_NONE ? native_settle(s, result) : raise_no_memory(s);
}

/* ---- busy ports ---------------------------------------------------------------------------- */

bool port_suspend_caller(struct scheduler *s, struct port *port)
{
    struct process *caller = s->process, *process = &port->process;
    uint64_t here = relation_id_of(caller->pid), there = relation_id_of(process->pid);
    struct relation *suspends, *suspender;

    if (relation_find(process, RELATION_SUSPENDS, here) == NULL) {
        suspends = relation_create(s->node, RELATION_SUSPENDS, here, caller->pid);
        if (suspends == NULL)
            return false;
        relation_insert(process, suspends);
    }
    if (relation_find(caller, RELATION_SUSPENDER, there) == NULL) {
        suspender = relation_create(s->node, RELATION_SUSPENDER, there, process->pid);
        if (suspender == NULL)
            return false;
        relation_insert(caller, suspender);
    }
    caller->flags |= PROCESS_SUSPENDED;
    return true;
}

void port_set_busy(struct port *port, bool busy)
{
    struct relation *suspends;

    port->busy = busy;
    if (busy)
        return;
    while ((suspends = relation_at_least(&port->process, RELATION_SUSPENDS, 0)) != NULL) {
        term to = suspends->other;

        relation_take(&port->process, suspends);
        signal_push(port_node(port), to,
            relation_to_signal(port_node(port), suspends, SIGNAL_RESUME, port_term(port)));
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

/* The owner did not mean it so, or it was somebody else. Without memory for the signal the port ends. */
static void complain(struct port *port)
{
    struct node *node = port_node(port);
    struct signal *signal = signal_create(node, SIGNAL_EXIT, port_term(port), ATOM(badsig));

    if (signal != NULL)
        signal_push(node, port->process.parent, signal);
    else
        port_exit(port, ATOM(enomem));
}

/* {command, Data}, {connect, Pid} or close, said by from: false when it is none of these. */
static bool take_order(struct port *port, term order, term from)
{
    bool is_owner = from == port->process.parent, is_pair, is_good = is_owner;
    term verb, object;

    is_pair = term_is_tuple(order) && term_tuple_arity(order) == 2;
    verb = is_pair ? term_tuple_element(order, 0) : order;
    object = is_pair ? term_tuple_element(order, 1) : TERM_NONE;
    if (!is_pair && verb == ATOM(close)) {
        if (is_owner) {
            port->says_closed = true;
            port_exit(port, ATOM(normal));
        }
    } else if (is_pair && verb == ATOM(command)) {
        is_good = is_owner && command(port, object) == ATOM(true);
    } else if (is_pair && verb == ATOM(connect)) {
        is_good = is_owner && term_is_local_pid(object);
        if (is_good) {
            port->process.parent = object;
            port_send_atom(port, from, ATOM(connected));
        }
    } else {
        return false;
    }
    if (!is_good)
        complain(port);
    return true;
}

void port_take_message(struct port *port, term from, term message)
{
    (void) from;
    if (term_is_tuple(message) && term_tuple_arity(message) == 2
        && term_is_local_pid(term_tuple_element(message, 0))
        && take_order(port, term_tuple_element(message, 1), term_tuple_element(message, 0)))
        return;
    if (port->driver->message != NULL)
        port->driver->message(port, message);
    else
        complain(port);
}

/* ---- sending --------------------------------------------------------------------------------- */

static term send_again(struct scheduler *s, const term *a)
{
    struct process *port = process_find(s->node, a[0]);

    return port != NULL ? port_send(s, port, a[1], false) : a[1];
}

static bool is_command(term message)
{
    term order;

    if (!term_is_tuple(message) || term_tuple_arity(message) != 2)
        return false;
    order = term_tuple_element(message, 1);
    return term_is_tuple(order) && term_tuple_arity(order) == 2
        && term_tuple_element(order, 0) == ATOM(command);
}

static term send_when_calm(struct scheduler *s, struct port *port, term message, bool nosuspend)
{
    term again[2] = { port_term(port), message };
    bool is_asleep = nosuspend || port_suspend_caller(s, port);

    port_release(s, port);
    if (!is_asleep)
        return raise_no_memory(s);
    if (nosuspend)
        return ATOM(nosuspend);
    (void) native_yield(s, send_again, 2, again);
    s->trap.yields = true;
    return TERM_NONE;
}

term port_send(struct scheduler *s, struct process *process, term message, bool nosuspend)
{
    struct port *port = (struct port *) (void *) process;
    term to = port_term(port);

    native_charge(s, 20);
    if (!port_claim(s, port)) {
        if (signal_send_message(s->node, s->process, to, message) != SEND_OK)
            return raise_no_memory(s);
        return message;
    }
    if (port->busy && is_command(message))
        return send_when_calm(s, port, message, nosuspend);
    port_take_message(port, s->process->pid, message);
    port_release(s, port);
    return message;
}
