/* erlang_spawn.c - the natives that make processes. Options are read before anything is made. */
#include "bif/bif.h"
#include "data/number.h"
#include "proc/native_call.h"
#include "proc/options.h"
#include "proc/reference.h"
#include "proc/signal.h"
#include "proc/spawn.h"

#define SPAWN_NATIVES(X)                                                                         \
    X("spawn", 1, spawn_fun, NATIVE_SAVES_STATE)                                                 \
    X("spawn", 3, spawn_mfa, NATIVE_SAVES_STATE)                                                 \
    X("spawn_link", 1, spawn_link_fun, NATIVE_SAVES_STATE)                                       \
    X("spawn_link", 3, spawn_link_mfa, NATIVE_SAVES_STATE)                                       \
    X("spawn_monitor", 1, spawn_monitor_fun, NATIVE_SAVES_STATE)                                 \
    X("spawn_monitor", 3, spawn_monitor_mfa, NATIVE_SAVES_STATE)                                 \
    X("spawn_opt", 2, spawn_opt_fun, NATIVE_SAVES_STATE)                                         \
    X("spawn_opt", 4, spawn_opt_mfa, NATIVE_SAVES_STATE)                                         \
    X("spawn_request_abandon", 1, spawn_request_abandon, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_spawn, "erlang", "erl_erts_errors", SPAWN_NATIVES)

#define INTERNAL_SPAWN_NATIVES(X)                                                                \
    X("spawn_request", 4, spawn_request, NATIVE_SAVES_STATE)                                     \
    X("spawn_system_process", 3, spawn_system_process, NATIVE_SAVES_STATE)
NATIVE_TABLE_CONCURRENT(bif_erts_internal_spawn, "erts_internal", "erl_erts_errors", INTERNAL_SPAWN_NATIVES)

/* Gives Pid, or {Pid, Ref} when it is to be monitored. */
static term spawn_with(struct scheduler *s, term module, term function, term arguments,
    const struct spawn_options *options)
{
    term pid, reference = TERM_NONE;
    enum data_status status;

    if (!term_is_atom(module) || !term_is_atom(function))
        return raise_badarg(s);
    status = process_spawn(s->node, s->process, module, function, arguments, options,
        native_heap(s), &pid, &reference);
    if (status != DATA_OK)
        return raise_status(s, status);
    native_charge(s, 100);
    return options->monitor ? native_result(s, native_tuple2(s, pid, reference)) : pid;
}

/* A fun F runs as erlang:apply(F, []). */
static term spawn_fun_with(struct scheduler *s, term fun, const struct spawn_options *options)
{
    term list;

    if (term_is_tuple(fun) && term_tuple_arity(fun) == 2)
        return spawn_with(s, term_tuple_element(fun, 0), term_tuple_element(fun, 1), TERM_NIL, options);
    if (!term_is_fun(fun))
        return raise_badarg(s);
    list = native_cons(s, TERM_NIL, TERM_NIL);
    list = list != TERM_NONE ? native_cons(s, fun, list) : TERM_NONE;
    if (list == TERM_NONE)
        return raise_no_memory(s);
    return spawn_with(s, ATOM(erlang), ATOM(apply), list, options);
}

static struct spawn_options options_with(struct scheduler *s, bool link, bool monitor)
{
    struct spawn_options options;

    spawn_options_init(s->node, &options);
    options.link = link;
    options.monitor = monitor;
    return options;
}

static term spawn_fun(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, false, false);

    return spawn_fun_with(s, a[0], &options);
}

static term spawn_link_fun(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, true, false);

    return spawn_fun_with(s, a[0], &options);
}

static term spawn_monitor_fun(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, false, true);

    if (!term_is_fun(a[0]))
        return raise_badarg(s);
    return spawn_fun_with(s, a[0], &options);
}

static term spawn_mfa(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, false, false);

    return spawn_with(s, a[0], a[1], a[2], &options);
}

static term spawn_link_mfa(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, true, false);

    return spawn_with(s, a[0], a[1], a[2], &options);
}

static term spawn_monitor_mfa(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, false, true);

    return spawn_with(s, a[0], a[1], a[2], &options);
}

static term spawn_opt_fun(struct scheduler *s, const term *a)
{
    struct spawn_options options;

    if (!options_parse_spawn(s->node, a[1], &options, NULL))
        return raise_badarg_cause(s, ATOM(badopt));
    return spawn_fun_with(s, a[0], &options);
}

static term spawn_opt_mfa(struct scheduler *s, const term *a)
{
    struct spawn_options options;

    if (!options_parse_spawn(s->node, a[3], &options, NULL))
        return raise_badarg_cause(s, ATOM(badopt));
    return spawn_with(s, a[0], a[1], a[2], &options);
}

static term spawn_system_process(struct scheduler *s, const term *a)
{
    struct spawn_options options = options_with(s, false, false);

    options.system = true;
    return spawn_with(s, a[0], a[1], a[2], &options);
}

/* ---- spawn_request ------------------------------------------------------------------- */

/* {Tag, Reference, ok | error, Result} to the caller itself. */
static term send_spawn_reply(struct scheduler *s, const struct spawn_reply *reply, term reference,
    bool is_ok, term result)
{
    term *words;

    if (is_ok ? !reply->success : !reply->failure)
        return reference;
    words = heap_allocate(native_heap(s), 5);
    if (words == NULL)
        return raise_no_memory(s);
    words[0] = header_make(BOXED_TUPLE, 4);
    words[1] = reply->tag;
    words[2] = reference;
    words[3] = is_ok ? ATOM(ok) : ATOM(error);
    words[4] = result;
    if (signal_send_message(s->node, s->process, s->process->pid, term_make_boxed(words)) != SEND_OK)
        return raise_no_memory(s);
    return reference;
}

static bool is_proper_list(term list)
{
    while (term_is_cons(list))
        list = term_tail(list);
    return list == TERM_NIL;
}

static term spawn_request(struct scheduler *s, const term *a)
{
    struct spawn_options options;
    struct spawn_reply reply;
    term pid, reference = TERM_NONE;
    enum data_status status;

    if (!term_is_atom(a[0]) || !term_is_atom(a[1]) || !is_proper_list(a[2]))
        return ATOM(badarg);
    if (!is_proper_list(a[3]))
        return ATOM(badopt);
    if (!options_parse_spawn(s->node, a[3], &options, &reply)) {
        reference = native_reference(s);
        return reference == TERM_NONE ? raise_no_memory(s)
                                      : send_spawn_reply(s, &reply, reference, false, ATOM(badopt));
    }
    status = process_spawn(s->node, s->process, a[0], a[1], a[2], &options, native_heap(s), &pid,
        &reference);
    if (reference == TERM_NONE)
        reference = native_reference(s);
    if (reference == TERM_NONE)
        return raise_no_memory(s);
    return send_spawn_reply(s, &reply, reference, status == DATA_OK,
        status == DATA_OK ? pid : ATOM(system_limit));
}

/* The reply has always been sent when the request returned: nothing is left to abandon. */
static term spawn_request_abandon(struct scheduler *s, const term *a)
{
    return term_is_reference(a[0]) ? ATOM(false) : raise_badarg(s);
}
