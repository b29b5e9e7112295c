/* erlang_timer.c - start_timer, send_after, cancel_timer, read_timer with their options. */
#include "bif/bif.h"
#include "data/number.h"
#include "proc/native_call.h"
#include "proc/signal.h"
#include "proc/timer.h"

#define TIMER_NATIVES(X)                                                                         \
    X("start_timer", 3, timer_start_3, NATIVE_SAVES_STATE)                                       \
    X("start_timer", 4, timer_start_4, NATIVE_SAVES_STATE)                                       \
    X("send_after", 3, timer_send_after_3, NATIVE_SAVES_STATE)                                   \
    X("send_after", 4, timer_send_after_4, NATIVE_SAVES_STATE)                                   \
    X("cancel_timer", 1, timer_cancel_1, 0)                                                      \
    X("cancel_timer", 2, timer_cancel_2, 0)                                                      \
    X("read_timer", 1, timer_read_1, 0)                                                          \
    X("read_timer", 2, timer_read_2, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_timer, "erlang", "erl_erts_errors", TIMER_NATIVES)

#define NANOSECONDS INT64_C(1000000)                    /* in a millisecond */

static bool parse_pair(term option, term key, term *value)
{
    if (!term_is_tuple(option) || term_tuple_arity(option) != 2
        || term_tuple_element(option, 0) != key)
        return false;
    *value = term_tuple_element(option, 1);
    return *value == ATOM(true) || *value == ATOM(false);
}

static bool parse_start_options(term list, bool *is_absolute)
{
    term value;

    *is_absolute = false;
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!parse_pair(term_head(list), ATOM(abs), &value))
            return false;
        *is_absolute = value == ATOM(true);
    }
    return list == TERM_NIL;
}

static int64_t add_clamped(int64_t a, int64_t b)
{
    return b > 0 && a > INT64_MAX - b ? INT64_MAX : b < 0 && a < INT64_MIN - b ? INT64_MIN : a + b;
}

/* Milliseconds from now, or of erlang:monotonic_time(millisecond); false: past what a clock counts. */
static bool find_deadline(struct scheduler *s, term time, bool is_absolute, int64_t *deadline)
{
    int64_t milliseconds, now = node_monotonic_time(s->node);

    if (!integer_get_int64(time, &milliseconds) || milliseconds > INT64_MAX / NANOSECONDS
        || milliseconds < INT64_MIN / NANOSECONDS || (milliseconds < 0 && !is_absolute))
        return false;
    if (is_absolute)
        *deadline = add_clamped(milliseconds * NANOSECONDS, -s->node->time_shift);
    else if (milliseconds * NANOSECONDS > INT64_MAX - now)
        return false;
    else
        *deadline = now + milliseconds * NANOSECONDS;
    return true;
}

static term start(struct scheduler *s, const term *a, term options, bool wrap)
{
    bool is_absolute;
    int64_t deadline;
    term reference;

    if (!parse_start_options(options, &is_absolute))
        return raise_badarg_cause(s, ATOM(badopt));
    if (!find_deadline(s, a[0], is_absolute, &deadline))
        return raise_badarg_cause(s, ATOM(time));
    if (!term_is_local_pid(a[1]) && !term_is_atom(a[1]))
        return raise_badarg(s);
    if (timer_start(s->node, s->process, native_heap(s), deadline, a[1], a[2], wrap, &reference)
        != DATA_OK)
        return raise_no_memory(s);
    native_charge(s, 10);
    return reference;
}

static term timer_start_3(struct scheduler *s, const term *a) { return start(s, a, TERM_NIL, true); }
static term timer_start_4(struct scheduler *s, const term *a) { return start(s, a, a[3], true); }
static term timer_send_after_3(struct scheduler *s, const term *a)
{
    return start(s, a, TERM_NIL, false);
}
static term timer_send_after_4(struct scheduler *s, const term *a) { return start(s, a, a[3], false); }

/* ---- cancelling and reading ------------------------------------------------------------------- */

struct end_options { bool is_async, wants_info; };

static bool parse_end_options(term list, bool may_info, struct end_options *options)
{
    term value;

    for (; term_is_cons(list); list = term_tail(list)) {
        if (parse_pair(term_head(list), ATOM(async), &value))
            options->is_async = value == ATOM(true);
        else if (may_info && parse_pair(term_head(list), ATOM(info), &value))
            options->wants_info = value == ATOM(true);
        else
            return false;
    }
    return list == TERM_NIL;
}

/* The answer itself, or ok and a message {tag, Reference, answer}. */
static term answer(struct scheduler *s, term tag, term reference, int64_t left,
    const struct end_options *options)
{
    term value = left < 0 ? ATOM(false) : native_integer(s, left), message;

    if (value == TERM_NONE)
        return raise_no_memory(s);
    if (!options->is_async)
        return options->wants_info ? value : ATOM(ok);
    if (!options->wants_info)
        return ATOM(ok);
    message = native_tuple3(s, tag, reference, value);
    if (message == TERM_NONE
        || signal_send_message(s->node, s->process, s->process->pid, message) != SEND_OK)
        return raise_no_memory(s);
    return ATOM(ok);
}

static term cancel(struct scheduler *s, term reference, const struct end_options *options)
{
    int64_t left;

    if (!term_is_reference(reference))
        return raise_badarg(s);
    left = term_is_local_reference(reference)
        ? timer_cancel(s->node, term_reference_id(reference)) : -1;
    return answer(s, ATOM(cancel_timer), reference, left, options);
}

static term timer_cancel_1(struct scheduler *s, const term *a)
{
    struct end_options options = { false, true };

    return cancel(s, a[0], &options);
}

static term timer_cancel_2(struct scheduler *s, const term *a)
{
    struct end_options options = { false, true };

    if (!parse_end_options(a[1], true, &options))
        return raise_badarg(s);
    return cancel(s, a[0], &options);
}

static term read_left(struct scheduler *s, term reference, const struct end_options *options)
{
    int64_t left;

    if (!term_is_reference(reference))
        return raise_badarg(s);
    left = term_is_local_reference(reference)
        ? timer_read(s->node, term_reference_id(reference)) : -1;
    return answer(s, ATOM(read_timer), reference, left, options);
}

static term timer_read_1(struct scheduler *s, const term *a)
{
    struct end_options options = { false, true };

    return read_left(s, a[0], &options);
}

static term timer_read_2(struct scheduler *s, const term *a)
{
    struct end_options options = { false, true };

    if (!parse_end_options(a[1], false, &options))
        return raise_badarg(s);
    return read_left(s, a[0], &options);
}
