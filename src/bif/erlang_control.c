/* erlang_control.c - natives of erlang that steer the engine: raising, apply, hibernate. */
#include "bif/bif.h"
#include "proc/native_call.h"

#define ERLANG_CONTROL_NATIVES(X)                   \
    X("error", 1, control_error_1, 0)               \
    X("error", 2, control_error_2, 0)               \
    X("error", 3, control_error_3, 0)               \
    X("exit", 1, control_exit, 0)                   \
    X("throw", 1, control_throw, 0)                 \
    X("raise", 3, control_raise, 0)                 \
    X("nif_error", 1, control_nif_error, 0)         \
    X("nif_error", 2, control_nif_error, 0)         \
    X("apply", 2, control_apply_2, 0)               \
    X("apply", 3, control_apply_3, 0)               \
    X("yield", 0, control_yield, 0)                 \
    X("hibernate", 0, control_hibernate_here, 0)    \
    X("hibernate", 3, control_hibernate, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_control, "erlang", "erl_erts_errors", ERLANG_CONTROL_NATIVES)

/* ---- raising: the frame at the top is the caller's, not the native's ---------------- */

static term raise_here(struct scheduler *s, enum exception_class class, term reason)
{
    raise_exception(s, class, reason);
    s->exception.in_native = false;
    return TERM_NONE;
}

static term control_error_1(struct scheduler *s, const term *a)
{
    return raise_here(s, EXCEPTION_ERROR, a[0]);
}

/* Arguments that are no list are as none. */
static term control_error_2(struct scheduler *s, const term *a)
{
    raise_here(s, EXCEPTION_ERROR, a[0]);
    if (term_is_cons(a[1]) || a[1] == TERM_NIL)
        s->exception.arguments = a[1];
    return TERM_NONE;
}

/* Its own frame stays on top: the function behind it was to be replaced. */
static term control_nif_error(struct scheduler *s, const term *a)
{
    return raise_error(s, a[0]);
}

static bool is_proper_list(term list)
{
    while (term_is_cons(list))
        list = term_tail(list);
    return list == TERM_NIL;
}

/* Options: [{error_info, Map}]; anything else there takes all of them away. */
static term control_error_3(struct scheduler *s, const term *a)
{
    term info = TERM_NONE, at;

    for (at = a[2]; term_is_cons(at); at = term_tail(at)) {
        term option = term_head(at);

        if (!term_is_tuple(option) || term_tuple_arity(option) != 2
            || term_tuple_element(option, 0) != ATOM(error_info)
            || !term_is_map(term_tuple_element(option, 1)))
            break;
        info = term_tuple_element(option, 1);
    }
    control_error_2(s, a);
    s->exception.cause = at == TERM_NIL ? info : TERM_NONE;
    return TERM_NONE;
}

static term control_exit(struct scheduler *s, const term *a)
{
    return raise_here(s, EXCEPTION_EXIT, a[0]);
}

static term control_throw(struct scheduler *s, const term *a)
{
    return raise_here(s, EXCEPTION_THROW, a[0]);
}

/* ---- raise/3: a trace that the caller made ---------------------------------------------- */

static bool is_location(term list)
{
    for (; term_is_cons(list); list = term_tail(list)) {
        term item = term_head(list);

        if (!term_is_tuple(item) || term_tuple_arity(item) != 2
            || !term_is_atom(term_tuple_element(item, 0)))
            return false;
    }
    return list == TERM_NIL;
}

/* {M, F, A}, {M, F, A, Location}, {Fun, Args} or {Fun, Args, Location}. */
static bool is_frame(term frame)
{
    size_t arity;

    if (!term_is_tuple(frame))
        return false;
    arity = term_tuple_arity(frame);
    if (arity == 2)
        return term_is_fun(term_tuple_element(frame, 0));
    if (arity == 3 && term_is_fun(term_tuple_element(frame, 0)))
        return is_location(term_tuple_element(frame, 2));
    if (arity != 3 && arity != 4)
        return false;
    return term_is_atom(term_tuple_element(frame, 0)) && term_is_atom(term_tuple_element(frame, 1))
        && (arity == 3 || is_location(term_tuple_element(frame, 3)));
}

/* As make_frame, with a location where there was none. */
static term complete_frame(struct scheduler *s, term frame)
{
    size_t arity = term_tuple_arity(frame);
    bool is_fun = term_is_fun(term_tuple_element(frame, 0));
    size_t want = is_fun ? 3 : 4;
    term *words;

    if (arity == want)
        return frame;
    words = heap_allocate(native_heap(s), want + 1);
    if (words == NULL)
        return frame;
    words[0] = header_make(BOXED_TUPLE, want);
    memcpy(words + 1, term_tuple_elements(frame), arity * sizeof(term));
    words[want] = TERM_NIL;
    return term_make_boxed(words);
}

/* At most backtrace_depth frames, but one, each with a location. */
static term complete_trace(struct scheduler *s, term list)
{
    term frames[64], result = TERM_NIL;
    size_t limit = s->node->backtrace_depth < 64 ? s->node->backtrace_depth : 64, count = 0;

    if (limit == 0)
        limit = 1;
    for (; term_is_cons(list) && count < limit; list = term_tail(list))
        frames[count++] = complete_frame(s, term_head(list));
    while (count > 0) {
        result = native_cons(s, frames[--count], result);
        if (result == TERM_NONE)
            return TERM_NIL;
    }
    return result;
}

static term control_raise(struct scheduler *s, const term *a)
{
    enum exception_class class;
    term list = a[2];

    if (a[0] == ATOM(error))
        class = EXCEPTION_ERROR;
    else if (a[0] == ATOM(exit))
        class = EXCEPTION_EXIT;
    else if (a[0] == ATOM(throw))
        class = EXCEPTION_THROW;
    else
        return ATOM(badarg);
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!is_frame(term_head(list)))
            return ATOM(badarg);
    }
    if (list != TERM_NIL)
        return ATOM(badarg);
    list = complete_trace(s, a[2]);
    raise_here(s, class, a[1]);
    s->exception.stacktrace = list;
    return TERM_NONE;
}

/* ---- apply, hibernate ---------------------------------------------------------------------- */

/* More do not fit the registers; a function never has as many. */
#define ARGUMENTS_MAX (X_REGISTERS - 2)

static bool spread(struct scheduler *s, term list, term *arguments, uint32_t *count)
{
    for (*count = 0; term_is_cons(list); list = term_tail(list)) {
        if (*count == ARGUMENTS_MAX) {
            raise_error(s, is_proper_list(list) ? ATOM(system_limit) : ATOM(badarg));
            return false;
        }
        arguments[(*count)++] = term_head(list);
    }
    if (list != TERM_NIL)
        raise_badarg(s);
    return list == TERM_NIL;
}

static term control_apply_3(struct scheduler *s, const term *a)
{
    term arguments[ARGUMENTS_MAX];
    uint32_t count;

    if (!term_is_atom(a[0]) || !term_is_atom(a[1]))
        return raise_badarg(s);
    if (!spread(s, a[2], arguments, &count))
        return TERM_NONE;
    return native_trap(s, a[0], a[1], count, arguments);
}

/* A fun is called by the engine, which knows how: x[count] holds it. */
static term control_apply_2(struct scheduler *s, const term *a)
{
    term arguments[ARGUMENTS_MAX];
    uint32_t count;
    term fun = a[0];

    if (!term_is_fun(fun)) {
        raise_tagged(s, ATOM(badfun), fun);
        s->exception.in_native = false;
        return TERM_NONE;
    }
    if (!spread(s, a[1], arguments, &count))
        return TERM_NONE;
    memcpy(s->x, arguments, count * sizeof(term));
    s->x[count] = fun;
    s->outcome = NATIVE_APPLIES;
    s->trap.arity = count;
    return TERM_NONE;
}

static term control_hibernate(struct scheduler *s, const term *a)
{
    term arguments[ARGUMENTS_MAX];
    uint32_t count;

    if (!term_is_atom(a[0]) || !term_is_atom(a[1]))
        return raise_badarg(s);
    if (!spread(s, a[2], arguments, &count))
        return TERM_NONE;
    s->outcome = NATIVE_HIBERNATES;
    return TERM_NONE;
}

/* As OTP 28 and later: the stack stays, and it returns when there is a message. */
static term control_hibernate_here(struct scheduler *s, const term *a)
{
    if (s->process->message_count > 0)
        return ATOM(ok);
    (void) native_yield(s, control_hibernate_here, 0, a);
    s->outcome = NATIVE_SLEEPS;
    return TERM_NONE;
}

static term yielded(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(true);
}

/* The rest of the slice is given up. */
static term control_yield(struct scheduler *s, const term *a)
{
    if (s->reductions > 0)
        s->reductions = 0;
    return native_yield(s, yielded, 0, a);
}
