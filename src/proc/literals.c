/* literals.c - makes all that a node's processes hold leave an area of literals, so that it can be freed.
** Always: no code runs meanwhile, and the registers of every process lie on its stack. */
#include "proc/literals.h"

#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "proc/timer.h"

static bool detach_signals(struct node *node, struct signal *signal, const struct literal_area *area)
{
    for (; signal != NULL; signal = signal->next)
        if (!signal_detach_literals(node, signal, area))
            return false;
    return true;
}

/* The tags that monitors were given. */
static bool detach_tags(struct process *process, const struct literal_area *area)
{
    struct relation *monitor = relation_at_least(process, RELATION_MONITOR, 0);

    for (; monitor != NULL;
         monitor = relation_at_least(process, RELATION_MONITOR, relation_id(monitor) + 1))
        if ((monitor->flags & RELATION_HELD_TAG)
            && !signal_detach_literals(process->node, (struct signal *) monitor->tag, area))
            return false;
    return true;
}

/* What was on the stack of a process that ends is of no use, and need not be whole. */
static bool detach_heap(struct process *process, const struct literal_area *area)
{
    struct heap_root roots[PROCESS_MAX_ROOTS];

    if (process_is_exiting(process))
        process->heap.stack = process->heap.end;
    else if ((process->flags & PROCESS_LOOKING) && !mailbox_settle(process))
        return false;
    return heap_detach_literals(&process->heap, area, roots, process_roots(process, roots));
}

static bool detach_process(struct process *process, const struct literal_area *area)
{
    return detach_heap(process, area)
        && detach_signals(process->node, process->mailbox.first, area)
        && detach_signals(process->node, atomic_get(&process->inbox), area)
        && detach_tags(process, area);
}

static bool detach_timers(struct node *node, const struct literal_area *area)
{
    struct tree_node *at = tree_at_least(node->timers->by_reference, 0);

    for (; at != NULL; at = tree_at_least(node->timers->by_reference, at->key + 1))
        if (!signal_detach_literals(node, timer_message(at), area))
            return false;
    return true;
}

static bool detach_all(struct node *node, const struct literal_area *area)
{
    struct process *process = NULL;
    size_t bucket = 0;

    while ((process = process_table_next(node->processes, &bucket, process)) != NULL)
        if (!detach_process(process, area))
            return false;
    return detach_timers(node, area);
}

void literals_free_retired(struct node *node)
{
    const struct literal_area *area;

    while ((area = code_retired_literals(node->code)) != NULL && detach_all(node, area))
        code_free_retired(node->code);
}
