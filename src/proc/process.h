/* process.h - one process: its heap, inbox, relations and what the scheduler knows of it.
**
** One process never touches another's memory: all that others do to it are signals in its inbox
** (proc/signal.h). Fields here belong to the process while it runs, but for inbox and state. */
#ifndef AVM_PROC_PROCESS_H
#define AVM_PROC_PROCESS_H

#include "base/atomic.h"
#include "code/code.h"
#include "heap/heap.h"

struct node;
struct signal;
struct relations;               /* links, monitors, aliases: proc/relations.h */
struct dictionary;              /* proc/dictionary.h */
struct timer;

enum process_state {            /* changed by compare-and-swap when SMP */
    PROCESS_STATE_WAITING,      /* in no queue; a signal makes it runnable */
    PROCESS_STATE_RUNNABLE,     /* in a run queue */
    PROCESS_STATE_RUNNING,
    PROCESS_STATE_SUSPENDED,
    PROCESS_STATE_EXITING,      /* its end is under way; takes no more signals */
    PROCESS_STATE_FREE
};

enum process_priority { PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH, PRIORITY_MAX };

enum process_flags {
    PROCESS_TRAP_EXIT = 1,
    PROCESS_SYSTEM = 2,             /* erts_internal:is_system_process/1 */
    PROCESS_OFF_HEAP_MESSAGES = 4,  /* message_queue_data */
    PROCESS_TIMED_OUT = 8,          /* the receive timer has fired */
    PROCESS_HIBERNATED = 16,
    PROCESS_KILLED = 32,
    PROCESS_HEAP_KILL = 64,         /* max_heap_size options */
    PROCESS_HEAP_LOG = 128
};

/* Messages in order of arrival; save is the place of the receive that is going on. */
struct mailbox {
    struct signal *first, **last;
    struct signal **save;
    size_t count;
};

/* Receive markers (recv_marker_*): remembered places of the mailbox, by reference. */
struct receive_marker {
    term reference;                 /* the ref, or a small (not bound yet) */
    struct signal **place;
};

struct process_rare {               /* allocated at first use */
    uint32_t max_heap_words;
    struct receive_marker markers[4];
    unsigned marker_next;
    term error_handler;             /* atom; TERM_NONE: error_handler */
    unsigned suspend_count;
    /* ... */
};

struct process {
    struct heap heap;
    struct node *node;
    term pid;
    const uint32_t *ip;             /* where it goes on; NULL: not started */
    AVM_ATOMIC(struct signal *) inbox;  /* pushed by anyone, newest first; taken whole by the owner */
    struct mailbox mailbox;
    struct relations *relations;
    struct dictionary *dictionary;
    struct process_rare *rare;
    struct process *queue_next;     /* run queue, or list of free structs */
    struct timer *receive_timer;    /* of a receive ... after */
    term group_leader;              /* immediate, or on the heap (external) */
    term registered_name;           /* atom, or TERM_NONE */
    term parent;
    struct export *initial_call;
    term exit_reason;               /* while exiting */
    uint64_t reductions;            /* executed so far, slices that ended */
    uint16_t live;                  /* x registers saved on top of the stack while it does not run */
    uint16_t flags;
    uint8_t priority;
    AVM_ATOMIC(uint8_t) state;
};

#endif
