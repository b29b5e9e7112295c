/* literals.c - makes all that a node's processes hold leave the retired literals, so that they can be freed.
** Always: no code runs meanwhile, and the registers of every process lie on its stack. The heap of one whose
** native is outside (proc/dirty.h) is not looked at, and what it may hold is not freed. */
#include "proc/literals.h"

#include "proc/inbox.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "proc/timer.h"

#define PROCESS_WORDS 64                /* what a process costs besides its heap */
#define WORDS_PER_REDUCTION 5

static bool detach_signals(struct node *node, struct signal *signal)
{
    for (; signal != NULL; signal = signal->next)
        if (!signal_detach_retired(node, signal))
            return false;
    return true;
}

/* The tags that monitors were given. */
static bool detach_tags(struct process *process)
{
    struct relation *monitor = relation_at_least(process, RELATION_MONITOR, 0);

    for (; monitor != NULL;
         monitor = relation_at_least(process, RELATION_MONITOR, relation_id(monitor) + 1))
        if ((monitor->flags & RELATION_HELD_TAG)
            && !signal_detach_retired(process_node(process), (struct signal *) monitor->tag))
            return false;
    return true;
}

/* What was on the stack of a process that ends is of no use, and need not be whole. */
static bool detach_heap(struct process *process)
{
    struct heap_root roots[PROCESS_MAX_ROOTS];

    if ((process->flags & PROCESS_PINNED) && !process_is_exiting(process))
        return !heap_uses_retired(&process->heap, roots, process_roots(process, roots));
    if (process_is_exiting(process))
        process->heap.stack = process->heap.end;
    else if ((process->flags & PROCESS_LOOKING) && !mailbox_settle(process))
        return false;
    return heap_detach_retired(&process->heap, roots, process_roots(process, roots));
}

static bool detach_process(struct process *process)
{
    return (crew_is_outside(process_node(process), process) || detach_heap(process))
        && detach_signals(process_node(process), process->mailbox.first)
        && detach_signals(process_node(process), inbox_first(process))
        && detach_tags(process);
}

static bool detach_timers(struct node *node)
{
    for (unsigned i = 0; i < node->timers->count; i++) {
        struct tree_node *timers = node->timers->queues[i].by_reference;
        struct tree_node *at = tree_at_least(timers, 0);

        for (; at != NULL; at = tree_at_least(timers, at->key + 1))
            if (!signal_detach_retired(node, timer_message(at)))
                return false;
    }
    return true;
}

static bool detach_table(const struct process_table *table, size_t *words)
{
    struct process *process = NULL;
    size_t bucket = 0;

    while ((process = process_table_next(table, &bucket, process)) != NULL) {
        *words += PROCESS_WORDS;
        if (!crew_is_outside(process_node(process), process))
            *words += heap_total_words(&process->heap);
        if (!detach_process(process))
            return false;
    }
    return true;
}

/* *words: what has been looked at. */
static bool detach_all(struct node *node, size_t *words)
{
    return detach_table(node->processes, words) && detach_table(node->ports, words)
        && detach_timers(node);
}

/* A look at all heaps for each few words that were retired would be most of the work: it waits until as
** much was retired, or until so much else was done that it is a fifth of it. */
static bool is_worth_it(const struct node *node)
{
    struct node_counts counts;

    node_get_counts(node, &counts);
    return WORDS_PER_REDUCTION * (counts.reductions - node->literals_looked_at)
        + 4 * literal_ranges_retired_words(node->literals) >= node->literals_words;
}

bool literals_are_to_go(const struct node *node, bool is_idle)
{
    return literal_ranges_has_retired(node->literals, crew_literals_free(node))
        && (is_idle || is_worth_it(node));
}

size_t literals_leave_retired(struct node *node, struct process *process)
{
    size_t before = literal_ranges_retirements(node->literals);

    if (literal_ranges_retired_words(node->literals) == 0)
        return before;
    node_hold(node);
    before = detach_heap(process) ? literal_ranges_retirements(node->literals) : 0;
    node_let_go(node);
    return before;
}

static bool is_in_use(void *user, const struct module *module)
{
    struct node *node = user;
    struct process *process = NULL;
    size_t bucket = 0;

    while ((process = process_table_next(node->processes, &bucket, process)) != NULL)
        if (!process_is_exiting(process) && node->uses_code(node, process, module))
            return true;
    return crew_uses_natives(node, module);
}

void literals_release_code(struct node *node)
{
    code_release_purged(node->code, is_in_use, node);
}

void literals_free_retired(struct node *node, bool is_idle)
{
    struct node_counts counts;
    size_t words = 0;

    if (!literals_are_to_go(node, is_idle))
        return;
    if (detach_all(node, &words))
        literal_ranges_free_retired(node->literals, crew_literals_free(node));
    node->literals_words = words;
    node_get_counts(node, &counts);
    node->literals_looked_at = counts.reductions;
}
