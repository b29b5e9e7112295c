/* names.h - registered names of processes and ports. A process has at most one (process->name).
**
** Any thread: they have a lock of their own, under which nothing else is taken but what finds a process. */
#ifndef AVM_PROC_NAMES_H
#define AVM_PROC_NAMES_H

#include "data/status.h"
#include "proc/node.h"

/* Gives name (an atom) to pid, a live process's. DATA_BAD_ARGUMENT: the name is taken, the process has
** one, or name is undefined. DATA_NO_MEMORY. */
enum data_status name_put(struct node *node, term name, struct process *process);
/* False: no such name. */
bool name_remove(struct node *node, term name);
/* Of a process that ends, if it has one; nobody gives it another. */
void name_remove_of(struct node *node, struct process *process);
/* Pid or port; TERM_NONE: none. */
term name_find(struct node *node, term name);
/* The next name after *position (starts at 0; UINT64_MAX at the end): TERM_NONE at the end. */
term name_next(struct node *node, uint64_t *position);
void name_remove_all(struct node *node);

#endif
