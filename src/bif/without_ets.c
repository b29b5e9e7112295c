/* without_ets.c - what the rest asks of tables where there are none: processes own none, and the natives of ets are
** not there. */
#include "ets/ets.h"

#include "bif/ets.h"

struct ets *ets_create(struct heap_shared *heaps, const struct compare_context *compare)
{
    (void) heaps;
    (void) compare;
    return NULL;
}

void ets_destroy(struct ets *room) { (void) room; }

size_t ets_table_count(const struct ets *room)
{
    (void) room;
    return 0;
}

bool ets_end_process(struct node *node, struct process *process, term reason)
{
    (void) node;
    (void) process;
    (void) reason;
    return true;
}
