/* run_queue.h - the processes that are ready to run: max before high before normal and low, which
** share, a low one passed over seven times for each time it runs (OTP's rule). */
#ifndef AVM_PROC_RUN_QUEUE_H
#define AVM_PROC_RUN_QUEUE_H

#include "proc/process.h"

struct run_queue {
    struct run_queue_line {
        struct process *first, **last;
    } lines[4];                         /* by enum process_priority */
    size_t count;
    unsigned low_passed_over;
};

void run_queue_init(struct run_queue *queue);
/* process is in no queue. */
void run_queue_push(struct run_queue *queue, struct process *process);
/* NULL: none. */
struct process *run_queue_pop(struct run_queue *queue);

#endif
