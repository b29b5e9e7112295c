/* ets.h - what the natives of ets share: from a table's name in Erlang to the table, and back. */
#ifndef AVM_BIF_ETS_H
#define AVM_BIF_ETS_H

#include "ets/ets.h"
#include "proc/native_call.h"

enum ets_access { ETS_INFO, ETS_READ, ETS_WRITE };

/* The table that id (name or reference) names, when the running process may do that to it; else NULL,
** with *cause the cause of the badarg: type, id or access. */
struct ets_table *ets_resolve(struct scheduler *s, term id, enum ets_access access, term *cause);
/* The same for a native, where the table's work is done first: NULL after raising, or after yielding, and
** then the native is called again. a are its arguments. */
struct ets_table *ets_get(struct scheduler *s, term id, enum ets_access access);
/* As ets_get for what a native goes on with: fn of count terms a is called again. */
struct ets_table *ets_get_for(struct scheduler *s, term id, enum ets_access access, native_fn *fn,
    uint32_t count, const term *a);
/* Goes on with the table's work. False: the slice is over, and fn will be called again. */
bool ets_settle(struct scheduler *s, struct ets_table *table, native_fn *fn, uint32_t count,
    const term *a);
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
/* Takes back one ets_fix_for, in as many slices as it takes, and ends the native with result. */
term ets_unfix_for(struct scheduler *s, struct ets_table *table, term result);

/* A step of the end of a process: its fixations are released, its tables go to their heirs or are
** deleted; false while there is more to do. */
bool ets_end_process(struct node *node, struct process *process, term reason);
/* {'ETS-TRANSFER', Table, From, Data} to the table's owner; false without memory. */
bool ets_send_transfer(struct node *node, struct ets_table *table, struct process *from, term data);

#endif
