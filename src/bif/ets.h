/* ets.h - what the natives of ets share: from a table's name in Erlang to the table, and back. */
#ifndef AVM_BIF_ETS_H
#define AVM_BIF_ETS_H

#include "ets/ets.h"
#include "proc/native_call.h"

/* What is to be done to a table, which says who may. May be added: ALONE, it changes the table even so; STILL, it
** looks at an object twice, or at several; ONE, it may be a change to one element (ets_hold_for_one). */
enum { ETS_INFO, ETS_READ, ETS_WRITE, ETS_ALONE = 4, ETS_STILL = 8, ETS_ONE = 16 };
#define ETS_ACCESS 3u

/* With several schedulers: the running process has table in hand until ets_leave. */
static inline void ets_enter(struct scheduler *s, struct ets_table *table, bool alone)
{
    if (AVM_UNLIKELY(node_is_shared(s->node)))
        ets_hold(table, alone);
    (void) s;
    (void) table;
    (void) alone;
}
static inline void ets_leave(struct scheduler *s, struct ets_table *table)
{
    if (AVM_UNLIKELY(node_is_shared(s->node)))
        ets_let_go(table);
    (void) s;
    (void) table;
}

/* The table that id (name or reference) names, in hand, when the running process may do that to it. What the
** table has to do is done first. NULL: *cause is the cause of the badarg (type, id or access); or TERM_NONE: the
** slice is over, and fn of count terms a will be called again. */
struct ets_table *ets_resolve(struct scheduler *s, term id, unsigned access, native_fn *fn, uint32_t count,
    const term *a, term *cause);
/* The same, NULL after raising or yielding. */
struct ets_table *ets_get_for(struct scheduler *s, term id, unsigned access, native_fn *fn, uint32_t count,
    const term *a);
/* For the native that runs. */
struct ets_table *ets_get(struct scheduler *s, term id, unsigned access);
/* By reference, alone; NULL: it is gone. */
struct ets_table *ets_get_alone(struct scheduler *s, term reference);
/* Goes on with the work of a table in hand, alone. False: the slice is over, and fn will be called again. */
bool ets_settle(struct scheduler *s, struct ets_table *table, native_fn *fn, uint32_t count,
    const term *a);

/* What a native does with the table a[0] in hand. It takes no lock, and runs nothing that might. */
typedef term ets_body(struct scheduler *s, struct ets_table *table, const term *a);
/* What a body gives that does not hold the table alone, and finds that it must: it is called again, alone. */
#define ETS_ALONE_FIRST header_make(BOXED_TUPLE, 0)

static AVM_ALWAYS_INLINE term ets_run(struct scheduler *s, const term *a, unsigned access, ets_body *body)
{
    term result;

    do {
        struct ets_table *table = ets_get(s, a[0], access);

        if (table == NULL)
            return TERM_NONE;
        result = body(s, table, a);
        ets_leave(s, table);
        access |= ETS_ALONE;
    } while (AVM_UNLIKELY(result == ETS_ALONE_FIRST));
    return result;
}

/* Opens the body of a native. */
#define ETS_NATIVE(name, access)                                                                  \
    static ets_body name##_in;                                                                    \
    static term name(struct scheduler *s, const term *a) { return ets_run(s, a, access, name##_in); } \
    static term name##_in(AVM_UNUSED struct scheduler *s, struct ets_table *table, AVM_UNUSED const term *a)

/* True: the table of global names is not there yet; the server that makes it has been started, since the
** stock module `global` asks. */
bool ets_awaits_names(struct scheduler *s);
/* Name of a named table, else its reference (TERM_NONE without memory). */
term ets_table_term(struct scheduler *s, const struct ets_table *table);
term ets_table_reference(struct heap *heap, const struct ets_table *table);
/* A copy of an object on the running process's heap; TERM_NONE without memory. */
term ets_copy(struct scheduler *s, const struct ets_object *object);
/* As ets_copy with a list cell in front of tail. */
term ets_copy_cons(struct scheduler *s, const struct ets_object *object, term tail);
bool ets_fix_for(struct scheduler *s, struct ets_table *table);
/* Takes back one ets_fix_for of a table that is not in hand, in as many slices as it takes, and ends the native
** with result. */
term ets_unfix_for(struct scheduler *s, struct ets_table *table, term result);

/* A step of the end of a process: its fixations are released, its tables go to their heirs or are
** deleted; false while there is more to do. */
bool ets_end_process(struct node *node, struct process *process, term reason);
#endif
