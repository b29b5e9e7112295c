/* crew.h - the threads that run one VM: its lock, who sleeps and who is woken, and how all are made to
** stand still.
**
** The lock of the VM is held by whoever does what nobody has made safe for several threads: calls of the
** host, loading, natives that are not marked; a scheduler runs its slices without it. It is taken before
** any other lock, and never while one is held.
**
** A scheduler without work sets its bit in asleep, looks at all queues once more (under their locks), and
** sleeps; who has pushed to a queue (under its lock) then looks at asleep. So one of the two sees the
** other. One of the sleepers waits in the platform's wait, for handles and timers; the others are parked.
**
** To look into all heaps a scheduler makes the others stand: it says so in stopper, and waits until none
** is busy. A scheduler is busy while it runs slices, and looks at stopper between two of them.
**
** With AVM_SMP off, or one scheduler, the lock is the platform's enter and leave, and there is no more. */
#ifndef AVM_PROC_CREW_H
#define AVM_PROC_CREW_H

#include "base/lock.h"
#include "base/reclaim.h"
#include "base/thread.h"

struct node;
struct process;
struct module;
struct native_table;

/* What a scheduler counts. */
struct node_counts { uint64_t messages, context_switches, reductions; };

#if AVM_SMP
struct crew_member {                    /* written by its own thread; is_busy and since are read by others */
    AVM_ATOMIC(uint32_t) is_busy;
    bool is_visitor;                    /* the thread is in the VM only while it holds its lock */
    AVM_ATOMIC(size_t) since;           /* of a native that runs outside: how many literals had been retired
                                           when it went (heap/heap.h); LITERALS_ALL: none does */
    struct process *outside;            /* whose native that is; looked at while all stand. NULL: none */
    const struct native_table *natives; /* where the native is from */
    struct node_counts counts;
    uint64_t next_reference, references_end;    /* what it has taken of the node's */
    char apart[CACHE_LINE];
};

/* What is rarely written lies apart from the lock. */
struct crew {
    char lock_before[CACHE_LINE];
    struct lock_again lock;             /* the VM's */
    char lock_apart[CACHE_LINE];
    unsigned count;                     /* of schedulers; 0: one, and all here is unused */
    unsigned slots;                     /* theirs, and of the threads of dirty natives */
    struct crew_member *members;        /* 0..slots, by slot (base/thread.h) */
    AVM_ATOMIC(uint64_t) asleep;        /* bit number - 1 */
    AVM_ATOMIC(uint64_t) watching;      /* who waits for what becomes of a process (under the VM's lock) */
    AVM_ATOMIC(unsigned) poller;        /* who waits in the platform's wait; 0: nobody */
    AVM_ATOMIC(int64_t) poll_until;     /* ns; INT64_MIN: it does not sleep */
    AVM_ATOMIC(unsigned) stopper;       /* for whom all stand; 0: nobody */
    AVM_ATOMIC(int64_t) stop_after;     /* ns: nobody is made to stand before */
    char apart[CACHE_LINE];
};

/* From here on schedulers 1..count, and others up to slots, may run; false without memory, nothing changed.
** Ends with unshare, when only the thread that calls is in. */
bool crew_share(struct node *node, unsigned count, unsigned slots);
void crew_unshare(struct node *node);

/* The scheduler that calls runs slices from now on (waits while all are to stand); does so no more. */
void crew_begin(struct node *node);
void crew_end(struct node *node);
/* Whether any does; of several that end and then ask, the last to end is told the truth. */
bool crew_is_busy(struct node *node);
/* Between two slices. */
void crew_pause(struct node *node);
/* Between two slices: true when all others stand, until crew_go_on; false: they do for another, or one of
** them cannot stand soon. */
bool crew_stop(struct node *node);
void crew_go_on(struct node *node);
/* What it would be done for has to wait for something else: not again for a little while. */
void crew_stop_later(struct node *node);
/* The thread is a scheduler, and not one of dirty natives or of the host. */
bool crew_is_scheduler(const struct node *node);
/* A thread of dirty natives comes in as a scheduler does between crew_begin and crew_end, and goes: from
** then on it is a visitor, who is waited for by nobody. It begins as one. */
void crew_sit_down(struct node *node);
void crew_come_in(struct node *node);
void crew_go_out(struct node *node);
/* How many of the literals that were retired no native that runs outside can hold. */
size_t crew_literals_free(const struct node *node);
/* While all stand: the native of process runs outside. */
bool crew_is_outside(const struct node *node, const struct process *process);
/* The same: one that is from that version of a module does. */
bool crew_uses_natives(const struct node *node, const struct module *module);
/* The thread holds the lock of the VM. */
bool crew_holds_lock(const struct node *node);

/* The scheduler that calls is about to sleep, and sleeps no more. */
void crew_fall_asleep(struct node *node);
void crew_wake_up(struct node *node);
/* Any thread: one of the sleepers; all; those who watch processes. */
void crew_wake_one(struct node *node);
void crew_wake_all(struct node *node);
void crew_wake_watching(struct node *node);
/* A timer was set for then: whoever waits for a later one is woken. */
void crew_tell_timer(struct node *node, int64_t deadline);
#else
#define crew_wake_all(node) ((void) 0)
#define crew_wake_watching(node) ((void) 0)
#define crew_tell_timer(node, deadline) ((void) 0)
#define crew_literals_free(node) LITERALS_ALL
#define crew_is_outside(node, process) false
#define crew_uses_natives(node, module) false
#endif

/* In and out of the VM; a thread that is in may enter again. Any thread. */
void node_enter(struct node *node);
void node_leave(struct node *node);

#endif
