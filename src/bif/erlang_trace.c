/* erlang_trace.c - what the natives of tracing answer where no trace is on, and none can be turned on:
** as OTP's do in a system that was built without dynamic trace and traces nothing. Those that would
** turn one on are not here: they are undefined. */
#include "bif/bif.h"
#include "proc/native_call.h"

#define TRACE_NATIVES(X)                                                                         \
    X("dt_get_tag", 0, trace_undefined, 0)                                                       \
    X("dt_put_tag", 1, trace_undefined, 0)                                                       \
    X("dt_get_tag_data", 0, trace_undefined, 0)                                                  \
    X("dt_spread_tag", 1, trace_spread_tag, 0)                                                   \
    X("dt_restore_tag", 1, trace_restore_tag, 0)                                                 \
    X("dt_append_vm_tag_data", 1, trace_same, 0)                                                 \
    X("dt_prepend_vm_tag_data", 1, trace_same, 0)                                                \
    X("seq_trace_info", 1, trace_sequential_info, 0)                                             \
    X("seq_trace_print", 1, trace_print, 0)                                                      \
    X("seq_trace_print", 2, trace_print, 0)                                                      \
    X("trace_info", 2, trace_info, 0)                                                            \
    X("system_monitor", 0, trace_undefined, 0)                                                   \
    X("system_profile", 0, trace_undefined, 0)
NATIVE_TABLE(bif_erlang_trace, "erlang", "erl_erts_errors", TRACE_NATIVES)

static term trace_undefined(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(undefined);
}

static term trace_spread_tag(struct scheduler *s, const term *a)
{
    return a[0] == ATOM(true) || a[0] == ATOM(false) ? ATOM(true) : raise_badarg(s);
}

static term trace_restore_tag(struct scheduler *s, const term *a)
{
    return a[0] == ATOM(true) ? ATOM(true) : raise_badarg(s);
}

static term trace_same(struct scheduler *s, const term *a)
{
    (void) s;
    return a[0];
}

static term trace_print(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(false);
}

static term trace_sequential_info(struct scheduler *s, const term *a)
{
    if (a[0] == ATOM(label) || a[0] == ATOM(serial))
        return TERM_NIL;
    if (a[0] == ATOM(send) || a[0] == ATOM(receive) || a[0] == ATOM(print)
        || a[0] == ATOM(timestamp))
        return native_result(s, native_tuple2(s, a[0], ATOM(false)));
    return raise_badarg(s);
}

static bool is_mfa(term t)
{
    return term_is_tuple(t) && term_tuple_arity(t) == 3 && term_is_atom(term_tuple_element(t, 0))
        && term_is_atom(term_tuple_element(t, 1)) && term_is_small(term_tuple_element(t, 2));
}

/* {Item, Value} for a pid or `new` (flags, tracer), or for a function. */
static term trace_info(struct scheduler *s, const term *a)
{
    bool is_process = term_is_pid(a[0]) || a[0] == ATOM(new) || a[0] == ATOM(new_processes)
        || a[0] == ATOM(new_ports);

    if (is_process && (a[1] == ATOM(flags) || a[1] == ATOM(tracer)))
        return native_result(s, native_tuple2(s, a[1], TERM_NIL));
    if ((is_mfa(a[0]) || a[0] == ATOM(on_load))
        && (a[1] == ATOM(traced) || a[1] == ATOM(match_spec) || a[1] == ATOM(meta)
            || a[1] == ATOM(meta_match_spec) || a[1] == ATOM(call_count)
            || a[1] == ATOM(call_time) || a[1] == ATOM(all)))
        return native_result(s, native_tuple2(s, a[1], ATOM(false)));
    return raise_badarg(s);
}
