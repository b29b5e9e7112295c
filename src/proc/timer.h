/* timer.h - the timers of a node: receive time-outs, and messages sent later.
**
** Timers lie in a tree by the millisecond they are due at, and message timers in a second one by
** reference; so a timer costs its own block (and its message), and a cancelled one costs nothing. A
** timer aimed at a process is in that process's list and goes when the process ends; one aimed at a
** name looks for it when it is due. Time is the platform's monotonic clock in ns.
**
** With several schedulers one lock guards all of them, and the lists of processes; it is held while no
** signal is pushed or freed. A process that has begun to end gets no timers any more. */
#ifndef AVM_PROC_TIMER_H
#define AVM_PROC_TIMER_H

#include "proc/signal.h"
#include "base/lock.h"
#include "proc/tree.h"

struct timer {
    struct tree_node by_time;
    struct timer *next, **link;         /* of the process aimed at; link NULL: in no list */
    int64_t deadline;                   /* ns */
    struct process *process;            /* receive timers: whose */
    bool fired;                         /* receive timers: the signal is on its way */
    bool is_receive;
};

struct receive_timeout {
    struct timer timer;
    struct signal signal;               /* SIGNAL_TIMEOUT */
};

struct message_timer {
    struct timer timer;
    struct tree_node by_reference;
    term to;                            /* pid, or atom */
    struct signal *message;
};

struct timer_queue {
    LOCK_MEMBER(lock)
#if AVM_SMP
    AVM_ATOMIC(int64_t) next_due;       /* nothing is due before (ns) */
#endif
    struct tree_node *by_time, *by_reference;
    uint32_t sequence;
    size_t count;
};

/* Sends message to to (local pid or atom) at deadline (ns, monotonic). wrap: as {timeout, Ref, Message}.
** The reference is made on heap. DATA_NO_MEMORY. A dead pid is DATA_OK: the timer is none. */
enum data_status timer_start(struct node *node, struct heap *heap, int64_t deadline, term to,
    term message, bool wrap, term *reference);
/* Milliseconds left, or -1: no such timer (any more). Cancelling frees it. */
int64_t timer_cancel(struct node *node, uint64_t reference);
int64_t timer_read(struct node *node, uint64_t reference);

/* The receive timer of a running process. */
bool timer_start_receive(struct process *process, int64_t deadline);
void timer_cancel_receive(struct process *process);
bool timer_is_set_for_receive(struct process *process);
/* Whether the SIGNAL_TIMEOUT is that of the process's receive. */
bool timer_is_of_receive(struct process *process, const struct signal *signal);
/* Frees the timer whose SIGNAL_TIMEOUT has been handled. */
void timer_destroy_fired(struct node *node, struct signal *signal);

/* The message of a timer in by_reference. */
struct signal *timer_message(struct tree_node *by_reference);
/* Sends what is due; gives when the next is (ns, INT64_MAX: none). */
int64_t timer_run_due(struct node *node, int64_t now);
int64_t timer_next_due(struct node *node);
/* True: there are no timers. */
bool timer_is_none_due(struct node *node);
/* All timers aimed at a process that ends. */
void timer_drop_all_of(struct process *process);
void timer_drop_all(struct node *node);

#endif
