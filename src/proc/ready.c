/* ready.c - run queues of several schedulers. Always: a process is in at most one queue; none is taken
** while the lock of another is held. */
#include "proc/ready.h"

#if AVM_SMP
/* As crew_is_scheduler, where messages pass. */
static inline bool is_scheduler(const struct node *node)
{
    return thread_slot(node->memory) - 1 < node->crew.count;
}

static inline struct run_queue *own_queue(const struct node *node)
{
    return &node->run_queue[is_scheduler(node) ? thread_slot(node->memory) - 1 : 0];
}

/* What runs now will wait or end, and what was pushed is next: one more than that is for somebody else. */
static void tell_others(struct node *node, size_t count)
{
    if ((count > 1 || !is_scheduler(node)) && atomic_get(&node->crew.asleep) != 0)
        crew_wake_one(node);
}

static AVM_NOINLINE void push(struct node *node, struct run_queue *queue, struct process *process)
{
    size_t count;

    lock_take(&queue->lock);
    if (is_scheduler(node) && queue->next != NULL) {
        run_queue_push(queue, queue->next);
        queue->next = NULL;
    }
    if (process != NULL)
        run_queue_push(queue, process);
    count = queue->count;
    lock_release(&queue->lock);
    tell_others(node, count);
}

void ready_push_shared(struct node *node, struct process *process)
{
    struct run_queue *queue = own_queue(node);

    if (AVM_LIKELY(is_scheduler(node) && queue->may_keep && queue->next == NULL
            && process->priority == PRIORITY_NORMAL)
        && (atomic_peek(&node->crew.asleep) == 0 || atomic_peek(&queue->count) == 0))
        queue->next = process;
    else
        push(node, queue, process);
}

void ready_begin_keeping(struct node *node)
{
    own_queue(node)->may_keep = true;
}

void ready_end_keeping(struct node *node)
{
    struct run_queue *queue = own_queue(node);

    queue->may_keep = false;
    if (queue->next != NULL)
        push(node, queue, NULL);
}

bool ready_has_own(const struct node *node)
{
    const struct run_queue *queue = own_queue(node);

    return queue->next != NULL || atomic_peek(&queue->count) != 0;
}

/* By its scheduler. */
static struct process *take_own(struct run_queue *queue)
{
    struct process *process = queue->next;

    if (atomic_peek(&queue->count) == 0) {
        queue->next = NULL;
        return process;
    }
    lock_take(&queue->lock);
    if (process != NULL) {
        run_queue_push(queue, process);
        queue->next = NULL;
    }
    process = run_queue_pop(queue);
    lock_release(&queue->lock);
    return process;
}

#define TAKEN_AT_ONCE 32

/* So many of from at most, into to but for the first. */
static struct process *take_over(struct run_queue *to, struct run_queue *from, size_t most)
{
    struct process *taken[TAKEN_AT_ONCE];
    size_t count = 0;

    if (most > TAKEN_AT_ONCE)
        most = TAKEN_AT_ONCE;
    lock_take(&from->lock);
    while (count < most && (taken[count] = run_queue_pop(from)) != NULL)
        count++;
    lock_release(&from->lock);
    if (count == 0)
        return NULL;
    if (count > 1) {
        lock_take(&to->lock);
        for (size_t i = 1; i < count; i++)
            run_queue_push(to, taken[i]);
        lock_release(&to->lock);
    }
    return taken[0];
}

/* Half of a queue that holds more than least. */
static struct process *steal(struct node *node, size_t least)
{
    struct run_queue *own = own_queue(node);
    unsigned count = node->crew.count, at = (unsigned) (own - node->run_queue);

    for (unsigned i = 1; i < count; i++) {
        struct run_queue *queue = &node->run_queue[(at + i) % count];
        size_t held = atomic_peek(&queue->count);
        struct process *process = held > least ? take_over(own, queue, (held + 1) / 2) : NULL;

        if (process != NULL)
            return process;
    }
    return NULL;
}

static bool others_run(const struct node *node)
{
    uint64_t all = UINT64_MAX >> (64 - node->crew.count);
    uint64_t own = (uint64_t) 1 << (thread_slot(node->memory) - 1);

    return (atomic_peek(&node->crew.asleep) | own) != all;
}

#ifndef LOOKS
/* Tens of microseconds: less than it takes to sleep and be woken. */
#define LOOKS 24
#endif

/* The only one of a queue is mostly about to run, beside what woke it: it is taken if it is still there a
** little later. */
struct process *ready_pop_shared(struct node *node)
{
    struct run_queue *own = own_queue(node);
    struct process *process = take_own(own);

    if (process == NULL)
        process = steal(node, 1);
    for (unsigned looks = 0; process == NULL && looks < LOOKS && others_run(node)
         && !atomic_peek(&node->halting) && atomic_peek(&node->crew.stopper) == 0; looks++) {
        bool is_waited_for = ready_count_shared(node) != 0;

        lock_pause_briefly();
        process = take_own(own);
        if (process == NULL)
            process = steal(node, is_waited_for ? 0 : 1);
    }
    return process != NULL || ready_count_shared(node) == 0 ? process : steal(node, 0);
}

size_t ready_count_shared(const struct node *node)
{
    size_t count = 0;

    for (unsigned i = 0; i < node->crew.count; i++)
        count += atomic_peek(&node->run_queue[i].count);
    return count + (is_scheduler(node) && own_queue(node)->next != NULL);
}

bool ready_may_sleep(struct node *node)
{
    for (unsigned i = 0; i < node->crew.count; i++) {
        struct run_queue *queue = &node->run_queue[i];
        size_t count;

        lock_take(&queue->lock);
        count = queue->count;
        lock_release(&queue->lock);
        if (count != 0)
            return false;
    }
    return true;
}

void ready_balance(struct node *node)
{
    struct run_queue *own = own_queue(node), *longest = own;
    struct process *process;

    for (unsigned i = 0; i < node->crew.count; i++) {
        if (atomic_peek(&node->run_queue[i].count) > atomic_peek(&longest->count))
            longest = &node->run_queue[i];
    }
    if (atomic_peek(&longest->count) < atomic_peek(&own->count) + 2)
        return;
    process = take_over(own, longest, (atomic_peek(&longest->count) - atomic_peek(&own->count)) / 2);
    if (process == NULL)
        return;
    lock_take(&own->lock);
    run_queue_push(own, process);
    lock_release(&own->lock);
}
#endif
