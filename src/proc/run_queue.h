/* run_queue.h - the processes that are ready to run: max before high before normal and low, which
** share, a low one passed over seven times for each time it runs (OTP's rule).
**
** Each scheduler has one, which the others push to and steal from; the lock is for them. */
#ifndef AVM_PROC_RUN_QUEUE_H
#define AVM_PROC_RUN_QUEUE_H

#include "base/lock.h"
#include "base/thread.h"
#include "proc/process.h"

struct run_queue {
    struct run_queue_line {
        struct process *first, **last;
    } lines[4];                         /* by enum process_priority */
    AVM_ATOMIC(size_t) count;
    unsigned low_passed_over;
    LOCK_MEMBER(lock)
#if AVM_SMP
    char apart[CACHE_LINE];
    struct process *next;               /* of its scheduler alone: comes last, see proc/ready.h */
    bool may_keep;
    char next_apart[CACHE_LINE];
#endif
};

void run_queue_init(struct run_queue *queue);
/* process is in no queue. */
void run_queue_push(struct run_queue *queue, struct process *process);
/* NULL: none. */
struct process *run_queue_pop(struct run_queue *queue);

#endif
