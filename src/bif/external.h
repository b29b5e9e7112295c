/* external.h - what the external term format needs of a node: its names, exports and funs. */
#ifndef AVM_BIF_EXTERNAL_H
#define AVM_BIF_EXTERNAL_H

#include "etf/etf.h"
#include "proc/node.h"

/* self (may be NULL) is named as the maker of funs. safe: exports must exist already. Valid while
** node is. */
void external_context_init(struct etf_context *context, struct node *node, struct process *self,
    bool safe);

#endif
