/* native_call.h - what a native may say to the engine: raise, trap, yield, charge. Each raise_* and
** native_* that ends the native returns TERM_NONE, so that natives write `return raise_badarg(s);` */
#ifndef AVM_PROC_NATIVE_CALL_H
#define AVM_PROC_NATIVE_CALL_H

#include "data/compare.h"
#include "data/map.h"
#include "data/number.h"
#include "data/status.h"
#include "proc/node.h"
#include "proc/scheduler.h"

term raise_exception(struct scheduler *s, enum exception_class class, term reason);
term raise_badarg(struct scheduler *s);
/* badarg whose error_info says cause (an atom that errors_module:format_error/2 knows). */
term raise_badarg_cause(struct scheduler *s, term cause);
term raise_error(struct scheduler *s, term reason);             /* any reason, class error */
term raise_tagged(struct scheduler *s, term tag, term value);   /* {badmap, Value} and the like */
term raise_no_memory(struct scheduler *s);                      /* system_limit */
/* DATA_BAD_ARGUMENT -> badarg, DATA_SYSTEM_LIMIT and DATA_NO_MEMORY -> system_limit. */
term raise_status(struct scheduler *s, enum data_status status);
/* As raise_status but badarith. */
term raise_arithmetic(struct scheduler *s, enum data_status status);

/* Goes on as fn(s, x) with count arguments copied from a; gives up the slice when the budget is
** spent. The stack trace names the native that was called first. */
term native_yield(struct scheduler *s, native_fn *fn, uint32_t count, const term *a);
/* The same, of a native that is to run on a seat (NATIVE_DIRTY_...), or on a scheduler (0): it gives up the
** slice. One that yields goes on where it was. */
term native_move(struct scheduler *s, native_fn *fn, uint32_t count, const term *a, unsigned dirty);
/* The same, and no term of the process moves before fn is called. */
term native_yield_pinned(struct scheduler *s, native_fn *fn, uint32_t count, const term *a);
/* Goes on as Module:Function(arguments), in tail position of this native. */
term native_trap(struct scheduler *s, term module, term function, uint32_t count, const term *a);

static inline void native_charge(struct scheduler *s, size_t reductions)
{
    s->reductions -= reductions > 100000 ? 100000 : (intptr_t) reductions;
}
static inline bool native_budget_spent(const struct scheduler *s) { return s->reductions <= 0; }

static inline struct heap *native_heap(struct scheduler *s) { return &s->process->heap; }

/* Terms that natives make all the time; TERM_NONE without memory (pass it on: return
** native_result(s, t)). */
term native_tuple2(struct scheduler *s, term a, term b);
term native_tuple3(struct scheduler *s, term a, term b, term c);
term native_cons(struct scheduler *s, term head, term tail);
term native_reference(struct scheduler *s);                     /* make_ref */
term native_list(struct scheduler *s, const term *items, size_t count);      /* proper list */
/* An integer of 60 bits, which is a word of OTP's on 64 bits: natives that want one raise badarg for any
** larger, here too when a word is shorter. */
static inline bool native_get_small(term t, int64_t *value)
{
    const int64_t limit = INT64_C(1) << 59;

    return integer_get_int64(t, value) && *value >= -limit && *value < limit;
}
/* integer_make_int64 on the process's heap. */
term native_integer(struct scheduler *s, int64_t value);
static inline term native_result(struct scheduler *s, term t)   /* TERM_NONE -> system_limit */
{
    return t != TERM_NONE ? t : raise_no_memory(s);
}
static inline term native_boolean(bool value) { return value ? ATOM(true) : ATOM(false); }

/* What `!`, send/2 and the send instruction do: to a pid, port, alias, registered name or {Name,
** Node}. Gives message; TERM_NONE after raising badarg (no such name, bad destination) or
** system_limit. */
term native_send(struct scheduler *s, term to, term message);
/* Who has the name: pid or port; TERM_NONE: nobody. Starts the processes that the machine has only
** once they are asked for. */
term native_find_name(struct node *node, term name);
/* Handles what has come for the running process itself (exit/2 to itself, an exit signal that came
** with a link): gives result, or TERM_NONE with NATIVE_EXITED when it must end. */
term native_settle(struct scheduler *s, term result);

#endif
