/* erlang_port.c - natives on ports. erlang.erl waits for {Ref, Result} where one gives a reference, and
** raises what is no result. */
#include "bif/bif.h"
#include "bif/port_settings.h"
#include "data/list.h"
#include "port/port.h"
#include "proc/native_call.h"
#include "proc/table.h"

#define PORT_NATIVES(X)                                                                          \
    X("ports", 0, port_ports, 0)                                                                 \
    X("port_get_data", 1, port_get_data, 0)                                                      \
    X("port_set_data", 2, port_set_data, 0)
NATIVE_TABLE(bif_erlang_port, "erlang", "erl_erts_errors", PORT_NATIVES)

#define INTERNAL_PORT_NATIVES(X)                                                                 \
    X("open_port", 2, port_open_native, NATIVE_SAVES_STATE)                                      \
    X("port_command", 3, port_command_native, NATIVE_SAVES_STATE)                                \
    X("port_connect", 2, port_connect_native, NATIVE_SAVES_STATE)                                \
    X("port_close", 1, port_close_native, NATIVE_SAVES_STATE)                                    \
    X("port_control", 3, port_control_native, NATIVE_SAVES_STATE)                                \
    X("port_call", 3, port_call_native, NATIVE_SAVES_STATE)                                      \
    X("port_info", 1, port_info_native, NATIVE_SAVES_STATE)                                      \
    X("port_info", 2, port_item_native, NATIVE_SAVES_STATE)
NATIVE_TABLE(bif_erts_internal_port, "erts_internal", "erl_erts_errors", INTERNAL_PORT_NATIVES)

static term port_ports(struct scheduler *s, const term *a)
{
    struct process *port = NULL;
    size_t bucket = 0;
    term list = TERM_NIL;

    (void) a;
    process_table_hold(s->node->ports);
    while (list != TERM_NONE
        && (port = process_table_next(s->node->ports, &bucket, port)) != NULL) {
        if (!process_is_exiting(port))
            list = native_cons(s, port->pid, list);
    }
    process_table_let_go(s->node->ports);
    return native_result(s, list);
}

/* ---- opening ---------------------------------------------------------------------------- */

static term port_open_native(struct scheduler *s, const term *a)
{
    struct port_settings settings;
    enum data_status status;
    term port, error;

    native_charge(s, 200);
    status = port_settings_parse(s->node, a[0], a[1], &settings);
    if (status == DATA_OK) {
        port = port_open(s, &settings, &error);
        if (port == TERM_NONE)
            port = error;
    } else {
        port = status == DATA_NO_MEMORY ? ATOM(system_limit) : ATOM(badarg);
    }
    byte_buffer_deinit(&settings.texts);
    return port;
}

/* ---- asking ------------------------------------------------------------------------------- */

/* force, nosuspend */
static bool parse_command_options(term options, bool *force, bool *nosuspend)
{
    for (*force = *nosuspend = false; term_is_cons(options); options = term_tail(options)) {
        *force = *force || term_head(options) == ATOM(force);
        *nosuspend = *nosuspend || term_head(options) == ATOM(nosuspend);
        if (term_head(options) != ATOM(force) && term_head(options) != ATOM(nosuspend))
            return false;
    }
    return options == TERM_NIL;
}

static term port_command_native(struct scheduler *s, const term *a)
{
    struct port *port = port_find(s->node, a[0]);
    bool force, nosuspend, is_asleep;

    if (!parse_command_options(a[2], &force, &nosuspend))
        return ATOM(badopt);
    if (port == NULL)
        return ATOM(badarg);
    if (force && !(port->driver->flags & PORT_DRIVER_SOFT_BUSY))
        return ATOM(notsup);
    if (!port->busy || force || !port_claim(s, port))
        return port_ask(s, port, PORT_COMMAND, a + 1);
    is_asleep = port->busy && (nosuspend || port_suspend_caller(s, port));
    if (!port->busy) {
        port_release(s, port);
        return port_ask(s, port, PORT_COMMAND, a + 1);
    }
    port_release(s, port);
    if (!is_asleep)
        return raise_no_memory(s);
    if (nosuspend)
        return ATOM(false);
    (void) native_yield(s, port_command_native, 3, a);
    s->trap.yields = true;
    return TERM_NONE;
}

static term ask(struct scheduler *s, const term *a, enum port_operation operation)
{
    struct port *port = port_find(s->node, a[0]);

    return port != NULL ? port_ask(s, port, operation, a + 1) : ATOM(badarg);
}

static term port_connect_native(struct scheduler *s, const term *a)
{
    return ask(s, a, PORT_CONNECT);
}

static term port_close_native(struct scheduler *s, const term *a)
{
    return ask(s, a, PORT_CLOSE);
}

static term port_control_native(struct scheduler *s, const term *a)
{
    return ask(s, a, PORT_CONTROL);
}

static term port_call_native(struct scheduler *s, const term *a)
{
    return ask(s, a, PORT_CALL);
}

/* ---- information ------------------------------------------------------------------------------ */

static term info(struct scheduler *s, term which, term item)
{
    struct port *port = port_find(s->node, which);

    return port != NULL ? port_ask(s, port, PORT_INFO, &item) : ATOM(undefined);
}

static term port_info_native(struct scheduler *s, const term *a)
{
    if (!term_is_local_port(a[0]) && !term_is_atom(a[0]))
        return ATOM(badarg);
    return info(s, a[0], TERM_NIL);
}

static term port_item_native(struct scheduler *s, const term *a)
{
    if (!term_is_local_port(a[0]) && !term_is_atom(a[0]))
        return ATOM(badtype);
    if (!term_is_atom(a[1]) && port_find(s->node, a[0]) != NULL)
        return ATOM(badarg);
    return info(s, a[0], a[1]);
}

/* ---- data ------------------------------------------------------------------------------------- */

static term port_set_data(struct scheduler *s, const term *a)
{
    struct port *port = port_find(s->node, a[0]);
    struct heap terms;
    term copy;

    if (port == NULL)
        return raise_badarg(s);
    heap_init_env(&terms, &s->node->heaps, MEMORY_PORT);
    copy = heap_copy_with_literals(&terms, a[1]);
    if (copy == TERM_NONE)
        return raise_no_memory(s);
    heap_deinit(&port->data_terms);
    port->data_terms = terms;
    port->data = copy;
    return ATOM(true);
}

static term port_get_data(struct scheduler *s, const term *a)
{
    struct port *port = port_find(s->node, a[0]);

    if (port == NULL)
        return raise_badarg(s);
    if (port->data == TERM_NONE)
        return ATOM(undefined);
    return native_result(s, heap_copy(native_heap(s), port->data));
}
