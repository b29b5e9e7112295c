/* timer.h - the timers of a node: receive time-outs, and messages sent later.
**
** Timers lie in a tree by the millisecond they are due at, and message timers in a second one by
** reference; so a timer costs its own block (and its message), and a cancelled one costs nothing. A
** timer aimed at a process is in that process's list and goes when the process ends; one aimed at a
** name looks for it when it is due. Time is the platform's monotonic clock in ns.
**
** Each scheduler has a queue of its own, for the timers that it sets; the lock of the queue guards its timers,
** and no signal is pushed or freed under it. A timer is cancelled, read and fired wherever that is
** asked: the reference of a message timer says which queue it is in (its remainder by their count), and
** whatever looks at the time looks at all queues. One thread at a time fires, the first due of all queues
** before the next, so timers for one millisecond fire in the order in which a process has set them, on
** whatever schedulers it ran. A process that has begun to end gets no timers any more. */
#ifndef AVM_PROC_TIMER_H
#define AVM_PROC_TIMER_H

#include "proc/signal.h"
#include "base/lock.h"
#include "base/thread.h"
#include "proc/tree.h"

struct timer {
    struct tree_node by_time;
    int64_t deadline;                   /* ns */
    uint8_t queue;                      /* where it lies */
    bool is_receive;
    bool fired;                         /* receive timers: the signal is on its way */
};

struct receive_timeout {
    struct timer timer;
    struct process *process;            /* whose; NULL: it fired, and nobody waits for it any more */
    struct signal signal;               /* SIGNAL_TIMEOUT */
};

struct message_timer {
    struct timer timer;
    struct message_timer *next, **link; /* of those aimed at one process */
    struct tree_node by_reference;
    term to;                            /* pid: it is in that process's list; or atom */
    struct signal *message;
};

struct timer_queue {
    LOCK_MEMBER(lock)
    AVM_ATOMIC(uint32_t) sequence;
    struct tree_node *by_time, *by_reference;
    size_t count;
#if AVM_SMP
    char first_before[CACHE_LINE];
    AVM_ATOMIC(uint64_t) first;         /* no timer's key is less; read without the lock */
    char first_apart[CACHE_LINE];
#endif
};

/* Guards the lists of some processes; taken under the lock of a queue. */
struct timer_stripe {
    LOCK_MEMBER(lock)
    char apart[CACHE_LINE];
};

struct timers {
    unsigned count;                     /* of queues: one a scheduler */
    struct timer_stripe *stripes;       /* NULL: one queue, whose lock guards the lists as well */
#if AVM_SMP
    char firing_before[CACHE_LINE];
    struct lock firing;                 /* held by who fires; nobody waits for it */
    AVM_ATOMIC(uint64_t) sending;       /* reference of the timer whose message is just sent; 0: none */
    char firing_apart[CACHE_LINE];
#endif
    struct timer_queue queues[];
};

/* NULL without memory. Destroyed when no timer is left. */
struct timers *timers_create(struct memory *memory, unsigned queue_count);
void timers_destroy(struct memory *memory, struct timers *timers);

/* Sends message to to (local pid or atom) at deadline (ns, monotonic). wrap: as {timeout, Ref, Message}.
** setter runs; NULL: the host. The reference is made on heap. DATA_NO_MEMORY. A dead pid is DATA_OK: the timer is none. */
enum data_status timer_start(struct node *node, struct process *setter, struct heap *heap,
    int64_t deadline, term to, term message, bool wrap, term *reference);
/* Milliseconds left, or -1: no such timer (any more); if it has fired, its message has arrived. Cancelling
** frees it. */
int64_t timer_cancel(struct node *node, uint64_t reference);
int64_t timer_read(struct node *node, uint64_t reference);

/* The receive timer of a running process. */
bool timer_start_receive(struct process *process, int64_t deadline);
void timer_cancel_receive(struct process *process);
static inline bool timer_is_set_for_receive(const struct process *process)
{
    return atomic_peek(&process->receive_timer) != NULL;
}
/* Whether the SIGNAL_TIMEOUT is that of the process's receive. */
bool timer_is_of_receive(struct process *process, const struct signal *signal);
/* Frees the timer whose SIGNAL_TIMEOUT has been handled. */
void timer_destroy_fired(struct node *node, struct signal *signal);

/* The message of a timer in by_reference. */
struct signal *timer_message(struct tree_node *by_reference);
/* Sends what is due; gives when the next is (ns, INT64_MAX: none). With several schedulers that may be too
** early by timers that were cancelled: so whoever waits for the time is not woken by each that comes anew. */
int64_t timer_run_due(struct node *node, int64_t now);
int64_t timer_next_due(struct node *node);
/* True: there are no timers. */
bool timer_is_none_due(const struct node *node);
/* All timers aimed at a process that ends. */
void timer_drop_all_of(struct process *process);
void timer_drop_all(struct node *node);

#endif
