/* literals.h - the end of the literals of purged modules.
**
** Terms anywhere may lie in them: on heaps, in dictionaries, in messages on their way or yet to be sent.
** Tables and persistent terms hold copies, as do the environments of the host. */
#ifndef AVM_PROC_LITERALS_H
#define AVM_PROC_LITERALS_H

#include "proc/node.h"

/* Between slices: whoever holds literals that were retired copies them, then they are freed. What there
** is no memory for stays until the next purge. */
void literals_free_retired(struct node *node);

#endif
