/* walk.c - counts what there is and compares it with the counters; looks for the other half of each link
** and monitor; has each heap checked. Reads only. */
#include "walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "proc/dictionary.h"
#include "proc/inbox.h"
#include "proc/names.h"
#include "proc/relations.h"
#include "proc/run_queue.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "proc/timer.h"

struct walk {
    struct node *node;
    size_t objects[MEMORY_KIND_COUNT];
    size_t processes, runnable;
    bool deep, at_rest, failed;
    char *why;
    size_t size;
};

static void fail(struct walk *w, const char *format, ...) AVM_PRINTF(2, 3);

/* The first cause is kept. */
static void fail(struct walk *w, const char *format, ...)
{
    va_list arguments;

    if (w->failed)
        return;
    w->failed = true;
    va_start(arguments, format);
    vsnprintf(w->why, w->size, format, arguments);
    va_end(arguments);
}

static void fail_of(struct walk *w, const struct process *process, const char *what)
{
    fail(w, "<0.%" PRIu64 "> %s", (uint64_t) term_pid_data(process->pid), what);
}

/* ---- signals -------------------------------------------------------------------------------- */

static void walk_fragments(struct walk *w, const struct signal *signal)
{
    struct heap env;
    struct heap_root root = { (term *) (uintptr_t) &signal->body, 1 };
    const struct heap_fragment *fragment;
    const char *why;

    if (!w->deep || signal->fragments == NULL)
        return;
    heap_init_env(&env, &w->node->heaps, MEMORY_MAILBOX);
    env.fragments = signal->fragments;
    env.offheap = signal->offheap;
    for (fragment = signal->fragments; fragment != NULL; fragment = fragment->next)
        env.fragment_words += (uint32_t) fragment->used;
    why = heap_check(&env, &root, 1);
    if (why != NULL)
        fail(w, "a signal of kind %d: %s", signal->kind, why);
}

static void walk_signal(struct walk *w, const struct signal *signal)
{
    const struct heap_fragment *fragment;
    enum memory_kind kind = signal->kind == SIGNAL_MESSAGE ? MEMORY_MAILBOX : MEMORY_SIGNAL;

    if (signal->kind == SIGNAL_TIMEOUT) {
        w->objects[MEMORY_TIMER]++;
        return;
    }
    if (!(signal->flags & SIGNAL_EMBEDDED))
        w->objects[kind]++;
    for (fragment = signal->fragments; fragment != NULL; fragment = fragment->next)
        w->objects[kind]++;
    walk_fragments(w, signal);
}

static size_t walk_list(struct walk *w, const struct signal *signal)
{
    size_t count = 0;

    for (; signal != NULL; signal = signal->next, count++)
        walk_signal(w, signal);
    return count;
}

/* Whether a signal that changes what ties both is on its way from one to the other. */
static bool is_under_way(const struct process *to, term from)
{
    const struct signal *signal = to == NULL ? NULL : inbox_first(to);

    for (; signal != NULL; signal = signal->next)
        if (signal->from == from && signal->kind != SIGNAL_MESSAGE)
            return true;
    return false;
}

/* ---- relations -------------------------------------------------------------------------------- */

/* Whether half and what the other has may differ at this moment. */
static bool may_differ(const struct walk *w, const struct process *process,
    const struct process *other, const struct relation *half)
{
    if (w->at_rest)
        return false;
    return process_is_exiting(process) || (other != NULL && process_is_exiting(other))
        || is_under_way(process, half->other) || is_under_way(other, process->pid);
}

static void expect_half(struct walk *w, const struct process *process, const struct relation *half,
    enum relation_kind kind, uint64_t id, const char *what)
{
    const struct process *other = process_table_find(w->node->processes, half->other);
    const struct relation *there = other != NULL ? relation_find(other, kind, id) : NULL;

    if ((there == NULL || there->other != process->pid) && !may_differ(w, process, other, half))
        fail_of(w, process, what);
}

static void walk_link(struct walk *w, const struct process *process, const struct relation *link)
{
    const struct process *other = process_table_find(w->node->processes, link->other);

    w->objects[MEMORY_LINK]++;
    if (link->other == process->pid)
        fail_of(w, process, "is linked to itself");
    if (link->value.unlink == 0)
        expect_half(w, process, link, RELATION_LINK, term_pid_data(process->pid),
            "has half of a link");
    else if (!may_differ(w, process, other, link))
        fail_of(w, process, "waits for an ack that does not come");
}

static void walk_relation(struct walk *w, const struct process *process,
    const struct relation *relation)
{
    uint64_t id = relation_id(relation), own = term_pid_data(process->pid);

    if (relation->flags & RELATION_HELD_TAG)
        walk_signal(w, (const struct signal *) relation->tag);
    switch (relation_kind_of(relation)) {
    case RELATION_LINK:
        walk_link(w, process, relation);
        return;
    case RELATION_ALIAS:
        w->objects[MEMORY_ALIAS]++;
        return;
    case RELATION_MONITOR:
        if (relation->other != TERM_NONE)
            expect_half(w, process, relation, RELATION_WATCHER, id, "watches one that does not know it");
        break;
    case RELATION_WATCHER:
        expect_half(w, process, relation, RELATION_MONITOR, id, "is watched by one that does not know it");
        break;
    case RELATION_SUSPENDS:
        expect_half(w, process, relation, RELATION_SUSPENDER, own, "suspends one that does not know it");
        break;
    case RELATION_SUSPENDER:
        expect_half(w, process, relation, RELATION_SUSPENDS, own, "is suspended by one that does not know it");
        break;
    }
    w->objects[MEMORY_MONITOR]++;
}

static void walk_relations(struct walk *w, const struct process *process, const struct tree_node *at,
    uint64_t low, uint64_t high)
{
    if (at == NULL)
        return;
    if (at->key < low || at->key > high) {
        fail_of(w, process, "has relations that are out of order");
        return;
    }
    walk_relation(w, process, (const struct relation *) at);
    if (at->key > 0)
        walk_relations(w, process, at->left, low, at->key - 1);
    if (at->key < UINT64_MAX)
        walk_relations(w, process, at->right, at->key + 1, high);
}

/* ---- a process ---------------------------------------------------------------------------------- */

static void walk_heap(struct walk *w, struct process *process)
{
    struct heap_root roots[PROCESS_MAX_ROOTS];
    struct heap heap = process->heap;
    const struct heap_fragment *fragment;
    const char *why;

    w->objects[MEMORY_HEAP] += (heap.start != NULL) + 2 * (size_t) (heap.old != NULL);
    for (fragment = heap.fragments; fragment != NULL; fragment = fragment->next)
        w->objects[MEMORY_HEAP]++;
    /* What is looked at still lies in its message. */
    if (!w->deep || (process->flags & PROCESS_LOOKING))
        return;
    if (process_is_exiting(process))
        heap.stack = heap.end;
    why = heap_check(&heap, roots, process_roots(process, roots));
    if (why != NULL)
        fail_of(w, process, why);
}

static void walk_mail(struct walk *w, const struct process *process)
{
    const struct signal *inbox = inbox_first(process);
    size_t count = walk_list(w, process->mailbox.first);

    if (count != process->message_count && !(process_is_exiting(process) && count > process->message_count))
        fail_of(w, process, "has another number of messages than it says");
    (void) walk_list(w, inbox);
    if (inbox != NULL && w->at_rest)
        fail_of(w, process, "has signals at rest");
}

static void walk_process(struct walk *w, struct process *process)
{
    uint8_t state = atomic_get(&process->state);
    struct process_rare *rare = process->rare;

    w->processes++;
    w->runnable += atomic_get(&process->inbox) != INBOX_WAITS;
    w->objects[MEMORY_PROCESS] += 1 + (size_t) (rare != NULL)
        + (size_t) (rare != NULL && rare->parked != NULL);
    w->objects[MEMORY_DICTIONARY] += process->dictionary != NULL;
    w->objects[MEMORY_MAILBOX] += rare != NULL && rare->markers != NULL;
    if (process_table_find(w->node->processes, process->pid) != process)
        fail_of(w, process, "is not in its place in the table");
    if (state == PROCESS_STATE_FREE || state == PROCESS_STATE_RUNNING)
        fail_of(w, process, "is in a state that cannot be between slices");
    walk_heap(w, process);
    walk_mail(w, process);
    walk_relations(w, process, process->relations, 0, UINT64_MAX);
    if (process->name != PROCESS_NAME_NONE && !process_is_exiting(process)
        && name_find(w->node, term_make_atom(process->name)) != process->pid)
        fail_of(w, process, "has a name that is not its own");
}

static void walk_processes(struct walk *w)
{
    struct process *process = NULL;
    size_t bucket = 0, ended = 0;

    while ((process = process_table_next(w->node->processes, &bucket, process)) != NULL) {
        walk_process(w, process);
        ended += process->has_left;
    }
    w->objects[MEMORY_PROCESS]++;                   /* the buckets */
    if (w->processes - ended != process_table_count(w->node->processes))
        fail(w, "%zu processes in the table, not %zu", w->processes - ended,
            process_table_count(w->node->processes));
}

/* ---- what is outside of processes ---------------------------------------------------------------- */

static void walk_names(struct walk *w)
{
    uint64_t position = 0;
    term name;

    while ((name = name_next(w->node, &position)) != TERM_NONE) {
        term pid = name_find(w->node, name);
        const struct process *process = process_table_find(w->node->processes, pid);

        w->objects[MEMORY_NAME]++;
        if (process == NULL || process->name != term_atom_index(name))
            fail(w, "a name whose process does not have it");
    }
}

static void walk_timers(struct walk *w)
{
    for (unsigned i = 0; i < w->node->timers->count; i++) {
        struct timer_queue *queue = &w->node->timers->queues[i];
        struct tree_node *at = tree_at_least(queue->by_reference, 0);

        w->objects[MEMORY_TIMER] += queue->count;
        for (; at != NULL;
             at = at->key == UINT64_MAX ? NULL : tree_at_least(queue->by_reference, at->key + 1))
            walk_signal(w, timer_message(at));
    }
}

static void walk_queue(struct walk *w)
{
    const struct run_queue *queue = w->node->run_queue;
    size_t line, count = 0;

    for (line = 0; line < AVM_COUNT_OF(queue->lines); line++) {
        const struct process *at = queue->lines[line].first;

        for (; at != NULL && count <= queue->count; at = at->queue_next)
            count++;
    }
    if (count != queue->count || count != w->runnable)
        fail(w, "%zu processes in the run queue, which says %zu; %zu are runnable", count,
            queue->count, w->runnable);
    if (w->at_rest && count != 0)
        fail(w, "%zu processes can run at rest", count);
}

static void compare_counts(struct walk *w)
{
    static const enum memory_kind walked[] = { MEMORY_HEAP, MEMORY_MAILBOX, MEMORY_SIGNAL,
        MEMORY_LINK, MEMORY_MONITOR, MEMORY_ALIAS, MEMORY_TIMER, MEMORY_NAME, MEMORY_PROCESS,
        MEMORY_DICTIONARY };
    const struct memory_counts *counts = &w->node->memory->counts;
    size_t at, sum = 0;

    for (at = 0; at < MEMORY_KIND_COUNT; at++)
        sum += counts->bytes_by[at];
    if (sum != counts->live_bytes)
        fail(w, "%zu live bytes, the kinds have %zu", counts->live_bytes, sum);
    for (at = 0; at < AVM_COUNT_OF(walked); at++) {
        enum memory_kind kind = walked[at];

        if (w->objects[kind] != counts->objects_by[kind])
            fail(w, "%zu %s are there, %zu are counted", w->objects[kind], memory_kind_text(kind),
                counts->objects_by[kind]);
    }
}

bool walk_vm(struct avm_vm *vm, bool deep, bool at_rest, char *why, size_t size)
{
    struct walk w;

    memset(&w, 0, sizeof w);
    w.node = &vm->node;
    w.deep = deep;
    w.at_rest = at_rest;
    w.why = why;
    w.size = size;
    walk_processes(&w);
    walk_names(&w);
    walk_timers(&w);
    walk_queue(&w);
    compare_counts(&w);
    return !w.failed;
}
