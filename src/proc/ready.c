/* ready.c - run queues of several schedulers. Always: a process is in at most one queue; none is taken
** while the lock of another is held. */
#include "proc/ready.h"

#if AVM_SMP
static struct run_queue *own_queue(const struct node *node)
{
    return &node->run_queue[crew_is_scheduler(node) ? thread_slot(node->memory) - 1 : 0];
}

/* What runs now will wait or end, and what was pushed is next: one more than that is for somebody else. */
void ready_push_shared(struct node *node, struct process *process)
{
    struct run_queue *queue = own_queue(node);
    size_t count;

    lock_take(&queue->lock);
    run_queue_push(queue, process);
    count = queue->count;
    lock_release(&queue->lock);
    if ((count > 1 || !crew_is_scheduler(node)) && atomic_get(&node->crew.asleep) != 0)
        crew_wake_one(node);
}

static struct process *take(struct run_queue *queue)
{
    struct process *process;

    if (atomic_peek(&queue->count) == 0)
        return NULL;
    lock_take(&queue->lock);
    process = run_queue_pop(queue);
    lock_release(&queue->lock);
    return process;
}

/* From a queue that holds more than least. */
static struct process *steal(struct node *node, size_t least)
{
    unsigned count = node->crew.count, own = (unsigned) (own_queue(node) - node->run_queue);

    for (unsigned i = 1; i < count; i++) {
        struct run_queue *queue = &node->run_queue[(own + i) % count];
        struct process *process = atomic_peek(&queue->count) > least ? take(queue) : NULL;

        if (process != NULL)
            return process;
    }
    return NULL;
}

/* The only one of a queue is mostly about to run, beside what woke it: it is taken if it is still there a
** little later. */
struct process *ready_pop_shared(struct node *node)
{
    struct process *process = take(own_queue(node));

    if (process == NULL)
        process = steal(node, 1);
    if (process != NULL || ready_count_shared(node) == 0)
        return process;
    lock_pause_briefly();
    process = take(own_queue(node));
    return process != NULL ? process : steal(node, 0);
}

size_t ready_count_shared(const struct node *node)
{
    size_t count = 0;

    for (unsigned i = 0; i < node->crew.count; i++)
        count += atomic_peek(&node->run_queue[i].count);
    return count;
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
    process = take(longest);
    if (process == NULL)
        return;
    lock_take(&own->lock);
    run_queue_push(own, process);
    lock_release(&own->lock);
}
#endif
