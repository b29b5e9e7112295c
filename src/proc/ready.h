/* ready.h - the processes that are ready, on all schedulers.
**
** Each scheduler has a run queue of its own (guarded by the queue's lock): it pushes to it what it wakes,
** and takes from it; one that has nothing takes half of what another has, and now and then one that has less
** than another does. A thread that is no scheduler pushes to the first.
**
** While all have work, what a slice wakes first is kept beside the queue until the next push or the end of the
** slice, so that pushing it and taking the next lock the queue once. Nobody is kept while a native holds the
** lock of the VM, which may take long, or outside of slices. */
#ifndef AVM_PROC_READY_H
#define AVM_PROC_READY_H

#include "proc/node.h"
#include "proc/run_queue.h"

/* process is in no queue. Any thread. */
#if AVM_SMP
void ready_push_shared(struct node *node, struct process *process);
struct process *ready_pop_shared(struct node *node);
size_t ready_count_shared(const struct node *node);
/* After crew_fall_asleep: false when there is something to run. */
bool ready_may_sleep(struct node *node);
/* Another queue holds more than this scheduler's own: takes over what makes them even. */
void ready_balance(struct node *node);
/* From here on the scheduler that calls may keep one; does so no more. */
void ready_begin_keeping(struct node *node);
void ready_end_keeping(struct node *node);
/* Has the scheduler that calls something of its own to run? */
bool ready_has_own(const struct node *node);
#endif

static inline void ready_push(struct node *node, struct process *process)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node))) {
        ready_push_shared(node, process);
        return;
    }
#endif
    run_queue_push(node->run_queue, process);
}

/* The next for the scheduler that calls; NULL: none is ready. */
static inline struct process *ready_pop(struct node *node)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node)))
        return ready_pop_shared(node);
#endif
    return run_queue_pop(node->run_queue);
}

/* In all queues. */
static inline size_t ready_count(const struct node *node)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node)))
        return ready_count_shared(node);
#endif
    return node->run_queue->count;
}

#endif
