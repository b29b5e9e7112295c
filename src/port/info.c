/* info.c - erlang:port_info/1,2. */
#include "port/port.h"

#include "data/list.h"
#include "data/number.h"
#include "data/tuple.h"
#include "proc/native_call.h"

/* Those of a kind that hold: links, whom it watches, who watches it. */
static term list_others(struct port *port, struct heap *heap, enum relation_kind kind)
{
    struct relation *at = relation_at_least(&port->process, kind, 0);
    term list = TERM_NIL;

    for (; at != NULL && list != TERM_NONE;
         at = relation_at_least(&port->process, kind, relation_id(at) + 1))
        if (kind != RELATION_LINK || at->value.unlink == 0)
            list = list_make_cell(heap, at->other, list);
    return list;
}

static term list_monitors(struct port *port, struct heap *heap)
{
    struct relation *at = relation_at_least(&port->process, RELATION_MONITOR, 0);
    term list = TERM_NIL;

    for (; at != NULL && list != TERM_NONE;
         at = relation_at_least(&port->process, RELATION_MONITOR, relation_id(at) + 1)) {
        term pair = tuple_make2(heap, ATOM(process), at->other);

        list = pair != TERM_NONE ? list_make_cell(heap, pair, list) : TERM_NONE;
    }
    return list;
}

static size_t memory_of(const struct port *port)
{
    return sizeof *port + port->name_size;
}

static term make_os_pid(const struct port *port, struct heap *heap)
{
    return port->os_pid < 0 ? ATOM(undefined) : integer_make_int64(heap, port->os_pid);
}

/* TERM_NONE: no such item (*known is false), or no memory. */
static term make_value(struct port *port, struct heap *heap, term item, bool *known)
{
    const struct port_driver *driver = port->driver;

    *known = true;
    if (item == ATOM(id))
        return integer_make_uint64(heap, (uint64_t) term_port_data(port_term(port)) << 3);
    if (item == ATOM(connected))
        return port->process.parent;
    if (item == ATOM(links))
        return list_others(port, heap, RELATION_LINK);
    if (item == ATOM(name))
        return list_from_bytes(heap, (const uint8_t *) port->name, port->name_size - 1, TERM_NIL);
    if (item == ATOM(input))
        return integer_make_uint64(heap, port->input);
    if (item == ATOM(output))
        return integer_make_uint64(heap, port->output);
    if (item == ATOM(os_pid))
        return make_os_pid(port, heap);
    if (item == ATOM(monitors))
        return list_monitors(port, heap);
    if (item == ATOM(monitored_by))
        return list_others(port, heap, RELATION_WATCHER);
    if (item == ATOM(memory))
        return integer_make_uint64(heap, memory_of(port));
    if (item == ATOM(queue_size))
        return integer_make_uint64(heap,
            driver->queue_size != NULL ? driver->queue_size(port) : 0);
    if (item == ATOM(locking))
        return ATOM(port_level);
    if (item == ATOM(parallelism))
        return native_boolean(port->flags & PORT_PARALLELISM);
    *known = false;
    return TERM_NONE;
}

term port_info_make(struct port *port, struct heap *heap, term item)
{
    bool known;
    term value;

    if (item == ATOM(registered_name)) {
        if (port->process.name == PROCESS_NAME_NONE)
            return TERM_NIL;
        return tuple_make2(heap, item, term_make_atom(port->process.name));
    }
    value = make_value(port, heap, item, &known);
    if (!known)
        return ATOM(badarg);
    return value != TERM_NONE ? tuple_make2(heap, item, value) : TERM_NONE;
}

term port_info_all(struct port *port, struct heap *heap)
{
    const term items[] = { ATOM(os_pid), ATOM(output), ATOM(input), ATOM(connected), ATOM(id),
        ATOM(links), ATOM(name), ATOM(registered_name) };
    term list = TERM_NIL;
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(items) && list != TERM_NONE; i++) {
        term item = port_info_make(port, heap, items[i]);

        if (item != TERM_NIL)
            list = item != TERM_NONE ? list_make_cell(heap, item, list) : TERM_NONE;
    }
    return list;
}
