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

#include "proc/process.h"

/* Takes signal; false when the inbox is closed: it is still the caller's. Any thread. */
bool inbox_push(struct process *process, struct signal *signal);
/* What has come, oldest first, taken out. Only its process, or who has claimed it. */
struct signal *inbox_take(struct process *process);
/* False: something has come. */
bool inbox_close(struct process *process);
/* True while there is something to take. */
bool inbox_has_signals(const struct process *process);

/* After a push: true when process was waiting, which the caller must put into a run queue. */
bool inbox_rouse(struct process *process);
/* The process is to wait: true when something has come, and the caller must put it into a run queue. */
bool inbox_rest(struct process *process);
/* A waiting process becomes running, for the caller; false: it was not waiting. */
bool inbox_claim(struct process *process);

#endif
