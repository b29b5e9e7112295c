/* without_ets.c - what the rest asks of tables where there are none: processes own none, and the natives of ets are
** not there. */
#include "ets/ets.h"

#include "bif/ets.h"

struct ets *ets_create(struct heap_shared *heaps, const struct compare_context *compare,
    struct reclaim *reclaim)
{
    (void) heaps;
    (void) compare;
    (void) reclaim;
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

#if AVM_SMP
bool ets_share(struct ets *room, unsigned count)
{
    (void) room;
    (void) count;
    return true;
}

void ets_unshare(struct ets *room) { (void) room; }
#endif
