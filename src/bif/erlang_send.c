/* erlang_send.c - sending: `!`, send/2,3, exit/2. */
#include "bif/bif.h"
#include "proc/names.h"
#include "proc/native_call.h"
#include "proc/signal.h"
#include "proc/spawn.h"

#define SEND_NATIVES(X)                                                                          \
    X("!", 2, send_operator, NATIVE_SAVES_STATE)                                                 \
    X("send", 2, send_operator, NATIVE_SAVES_STATE)                                              \
    X("send", 3, send_with_options, NATIVE_SAVES_STATE)                                          \
    X("exit", 2, send_exit, NATIVE_SAVES_STATE)                                                  \
    X("exit_signal", 2, send_exit, NATIVE_SAVES_STATE)
NATIVE_TABLE_CONCURRENT(bif_erlang_send, "erlang", "erl_erts_errors", SEND_NATIVES)

static term send_operator(struct scheduler *s, const term *a)
{
    return native_send(s, a[0], a[1]);
}

/* NULL: no live port, or its name. */
static struct process *find_port(struct scheduler *s, term to)
{
    if (term_is_atom(to))
        to = name_find(s->node, to);
    return to != TERM_NONE && term_is_local_port(to) ? process_find(s->node, to) : NULL;
}

/* Options say what to do about connections to other nodes. */
static term send_with_options(struct scheduler *s, const term *a)
{
    term options = a[2];
    struct process *port;
    bool nosuspend = false;

    for (; term_is_cons(options); options = term_tail(options)) {
        nosuspend = nosuspend || term_head(options) == ATOM(nosuspend);
        if (term_head(options) != ATOM(noconnect) && term_head(options) != ATOM(nosuspend)
            && term_head(options) != ATOM(priority))
            return raise_badarg_cause(s, ATOM(badopt));
    }
    if (options != TERM_NIL)
        return raise_badarg_cause(s, ATOM(badopt));
    if (!nosuspend)
        return native_send(s, a[0], a[1]) != TERM_NONE ? ATOM(ok) : TERM_NONE;
    node_hold(s->node);
    port = find_port(s, a[0]);
    if (port != NULL && nosuspend) {
        term result = s->node->port_hooks->send(s, port, a[1], true);

        node_let_go(s->node);
        return result == TERM_NONE || result == ATOM(nosuspend) ? result : ATOM(ok);
    }
    node_let_go(s->node);
    return native_send(s, a[0], a[1]) != TERM_NONE ? ATOM(ok) : TERM_NONE;
}

/* To itself it takes effect before exit/2 returns. */
static term send_exit(struct scheduler *s, const term *a)
{
    if (term_is_pid(a[0]) && !term_is_local_pid(a[0]))
        return ATOM(true);
    if (!term_is_local_pid(a[0]) && !term_is_local_port(a[0]))
        return raise_badarg(s);
    if (signal_send_exit(s->node, s->process, a[0], a[1]) != SEND_OK)
        return raise_no_memory(s);
    return a[0] == s->process->pid ? native_settle(s, ATOM(true)) : ATOM(true);
}
