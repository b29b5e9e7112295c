/* inbox.h - how a signal gets to a process on another scheduler, and how that wakes it.
**
** An inbox is a list, newest first, that any thread pushes to; its process takes it whole. It closes when
** the process ends, and only while it is empty: what was pushed before is the process's to answer, what
** comes later its sender's, so the answers come in the order of the signals.
**
** A process sleeps in no queue. Whoever pushes a signal then tries to change its state from waiting to
** runnable; the process changes its state to waiting and then looks at its inbox. Each is done by an
** exchange after the other's write, so that one of the two sees the signal and the state: no wake-up is
** lost, and as only one change of the state succeeds, the process is queued once. */
#ifndef AVM_PROC_INBOX_H
#define AVM_PROC_INBOX_H

#include "proc/signal.h"

/* What a closed inbox holds. */
#define INBOX_CLOSED ((struct signal *) (uintptr_t) 1)

/* Takes signal; false when the inbox is closed: it is still the caller's. Any thread. */
static inline bool inbox_push(struct process *process, struct signal *signal)
{
    struct signal *first = atomic_get(&process->inbox);

    do {
        if (first == INBOX_CLOSED)
            return false;
        signal->next = first;
    } while (!atomic_replace_if(process_is_shared(process), &process->inbox, &first, signal));
    return true;
}
/* What has come, oldest first, taken out. Only its process, or who has claimed it. */
struct signal *inbox_take(struct process *process);
/* False: something has come. */
bool inbox_close(struct process *process);
/* True while there is something to take. */
static inline bool inbox_has_signals(const struct process *process)
{
    const struct signal *first = atomic_get(&process->inbox);

    return first != NULL && first != INBOX_CLOSED;
}

/* After a push: true when process was waiting, which the caller must put into a run queue. */
static inline bool inbox_rouse(struct process *process)
{
    uint8_t waiting = PROCESS_STATE_WAITING;

    return atomic_replace_if(process_is_shared(process), &process->state, &waiting,
        PROCESS_STATE_RUNNABLE);
}
/* The process is to wait: true when something has come, and the caller must put it into a run queue. */
bool inbox_rest(struct process *process);
/* A waiting process becomes running, for the caller; false: it was not waiting. */
bool inbox_claim(struct process *process);

#endif
