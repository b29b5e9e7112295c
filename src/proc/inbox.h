/* inbox.h - how a signal gets to a process on another scheduler, and how that wakes it.
**
** An inbox is a list, newest first, that any thread pushes to; its process takes it whole. It closes when
** the process ends, and only while it is empty: what was pushed before is the process's to answer, what
** comes later its sender's, so the answers come in the order of the signals.
**
** A process sleeps in no queue, and its inbox says so: resting is one exchange of the empty inbox for the mark
** of one that waits, which fails when something has come. Whoever pushes to a marked inbox takes the mark away
** by the same exchange, and must put the process into a run queue; so no wake-up is lost, and as one alone
** takes the mark, the process is queued once. */
#ifndef AVM_PROC_INBOX_H
#define AVM_PROC_INBOX_H

#include "proc/signal.h"

/* What a closed inbox holds, and that of a process that waits. */
#define INBOX_CLOSED ((struct signal *) (uintptr_t) 1)
#define INBOX_WAITS ((struct signal *) (uintptr_t) 2)

static inline bool inbox_is_mark(const struct signal *first)
{
    return (uintptr_t) first <= (uintptr_t) INBOX_WAITS;
}

enum inbox_push_result {
    INBOX_REFUSED,              /* it is closed: the signal is still the caller's */
    INBOX_PUSHED,
    INBOX_WOKEN                 /* the process was waiting: the caller must put it into a run queue */
};

/* Takes signal, unless it refuses. Any thread. */
static inline enum inbox_push_result inbox_push(struct process *process, struct signal *signal)
{
    struct signal *first = atomic_get(&process->inbox);

    do {
        if (first == INBOX_CLOSED)
            return INBOX_REFUSED;
        signal->next = first == INBOX_WAITS ? NULL : first;
    } while (!atomic_replace_if(process_is_shared(process), &process->inbox, &first, signal));
    return first == INBOX_WAITS ? INBOX_WOKEN : INBOX_PUSHED;
}
/* What has come, oldest first, taken out. Only its process, or who has claimed it. */
struct signal *inbox_take(struct process *process);
/* False: something has come. */
bool inbox_close(struct process *process);
/* The newest; NULL: there is none. Only to look at. */
static inline struct signal *inbox_first(const struct process *process)
{
    struct signal *first = atomic_get(&process->inbox);

    return inbox_is_mark(first) ? NULL : first;
}
/* True while there is something to take. */
static inline bool inbox_has_signals(const struct process *process)
{
    return inbox_first(process) != NULL;
}

/* The process is to wait: false when something has come, and the caller must put it into a run queue. */
static inline bool inbox_rest(struct process *process)
{
    struct signal *none = NULL;

    return atomic_replace_if(process_is_shared(process), &process->inbox, &none, INBOX_WAITS);
}
/* A waiting process waits no more, and is the caller's to run or to queue; false: it was not waiting. */
static inline bool inbox_rouse(struct process *process)
{
    struct signal *waits = INBOX_WAITS;

    return atomic_replace_if(process_is_shared(process), &process->inbox, &waits, NULL);
}

#endif
