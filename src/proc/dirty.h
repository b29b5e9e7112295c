/* dirty.h - natives that block or compute for long, on threads of their own.
**
** A thread that the host gives for them (avm_serve_dirty) has a seat: a scheduler with a slot of its own
** (base/thread.h) that takes processes from one queue, and runs of each the one native that it is about to
** call. A scheduler that comes to the call of a native that is marked NATIVE_DIRTY_... parks its process
** before it and pushes it here; the seat makes the call and gives the process back to the run queues, with
** the result, the exception or what is to be called next. Where no thread serves, natives run where they
** are called.
**
** While a process is on its seat it is as any that runs: signals wait for it. Between dirty_step_out and
** dirty_step_in its native is outside of the VM, as a thread of the host is: it touches its arguments, its
** own heap and what is its own, and comes in (node_enter) for all else. Nobody waits for it: blocks are
** freed (base/reclaim.h) and all are made to stand (proc/crew.h) beside it. So who looks into all heaps
** leaves out those whose native is outside, and literals that these may hold live until they are back. */
#ifndef AVM_PROC_DIRTY_H
#define AVM_PROC_DIRTY_H

#include "proc/node.h"

#if AVM_SMP
#include "proc/run_queue.h"

/* Asks the host for one more thread; false: none will come. */
typedef bool dirty_more_fn(void *user);

struct dirty {
    struct run_queue queue;             /* its lock guards all here */
    unsigned room;                      /* as many threads may serve */
    unsigned served, coming;            /* do, and were promised */
    uint64_t asleep;                    /* seats that wait to be woken, by number from 0 */
    AVM_ATOMIC(unsigned) under_way;     /* processes that were pushed and have not been given back */
    dirty_more_fn *more;                /* NULL: threads come by themselves, if at all */
    void *user;
    bool is_refused;                    /* more has said no since a thread came */
};

/* While one thread is in. False without memory. */
bool dirty_create(struct node *node, unsigned room, dirty_more_fn *more, void *user);
void dirty_destroy(struct node *node);

static inline unsigned dirty_room(const struct node *node)
{
    return node->dirty != NULL ? node->dirty->room : 0;
}
/* Whether somebody would take a process. Any thread. */
bool dirty_is_served(const struct node *node);
/* Takes process, whose native is to be called next; false when nobody serves: it is still the caller's. */
bool dirty_push(struct node *node, struct process *process);

/* A thread has come to the seat; goes. */
void dirty_begin(struct node *node);
void dirty_end(struct node *node);
/* One that was promised has found no seat. */
void dirty_refuse(struct node *node);
/* The host is asked no more. */
void dirty_close(struct node *node);
/* The next process for the seat of the thread, or NULL: then it will be woken, unless it calls again. */
struct process *dirty_take(struct node *node);
/* One that was taken is a scheduler's again, or waits for a seat anew. */
void dirty_give_back(struct node *node);
/* A scheduler has nothing to run, but a native may be over at once: waits so long as a wake-up takes. True:
** there is something. */
bool dirty_linger(struct node *node);
void dirty_wake_all(struct node *node);

/* The dirty native that runs on s leaves the VM, and its lock, and is back. Nothing happens where s is no
** seat. */
void dirty_step_out(struct scheduler *s);
void dirty_step_in(struct scheduler *s);
#else
#define dirty_room(node) ((void) (node), 0u)
#define dirty_is_served(node) false
#define dirty_push(node, process) ((void) (node), (void) (process), false)
#define dirty_linger(node) false
#define dirty_wake_all(node) ((void) 0)
#define dirty_close(node) ((void) 0)
#define dirty_step_out(s) ((void) (s))
#define dirty_step_in(s) ((void) (s))
#endif

#endif
