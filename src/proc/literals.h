/* literals.h - the end of the literals of purged modules, and of persistent terms put anew or erased.
**
** Terms anywhere may lie in them: on heaps, in dictionaries, in messages on their way or yet to be sent.
** Tables and persistent terms hold copies, as do the environments of the host. */
#ifndef AVM_PROC_LITERALS_H
#define AVM_PROC_LITERALS_H

#include "proc/node.h"

/* Between slices, when there are any: whoever holds literals that were retired copies them, then they
** are freed. Looks at every heap: unless is_idle it waits until that is little beside what else was
** done. What there is no memory for stays until the next time. */
void literals_free_retired(struct node *node, bool is_idle);
/* Process, of the scheduler that calls, holds nothing of what has been retired so far, or of the first so
** many that it gives. May collect. */
size_t literals_leave_retired(struct node *node, struct process *process);
/* Whether that would do anything now. */
bool literals_are_to_go(const struct node *node, bool is_idle);
/* With several schedulers, while all stand: frees purged modules that no process runs or returns to. */
void literals_release_code(struct node *node);

#endif
