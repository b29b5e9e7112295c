/* process.h - one process: its heap, inbox, relations and what the scheduler knows of it.
**
** One process never touches another's memory: all that others do to it are signals in its inbox
** (proc/signal.h). Fields here belong to the process while it runs, but for inbox and state (any
** thread), table_next (the table's lock), timers and receive_timer (proc/timer.h), name (the VM's lock) and queue_next
** (the run queue's while the process is in it). exit_reason may be asked for by anyone, too.
**
** While a process does not run its x registers lie on top of its stack: x[i] is stack[i] for
** i < live. */
#ifndef AVM_PROC_PROCESS_H
#define AVM_PROC_PROCESS_H

#include "base/atomic.h"
#include "base/reclaim.h"
#include "code/code.h"
#include "heap/heap.h"

struct node;
struct signal;
struct dictionary;              /* proc/dictionary.h */
struct message_timer;           /* proc/timer.h */
struct receive_timeout;
struct tree_node;               /* proc/tree.h */

enum process_state {            /* written by whoever runs it; whether it waits its inbox says */
    PROCESS_STATE_WAITING,      /* it was put to wait, and has not run since */
    PROCESS_STATE_RUNNABLE,     /* it was put into a run queue, and has not run since */
    PROCESS_STATE_RUNNING,
    PROCESS_STATE_EXITING,      /* its end is under way; signals to it are answered as from the dead */
    PROCESS_STATE_FREE          /* being made, or gone from the table */
};

enum process_priority { PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH, PRIORITY_MAX };

enum process_flags {
    PROCESS_TRAP_EXIT = 1,
    PROCESS_SYSTEM = 2,             /* erts_internal:is_system_process/1 */
    PROCESS_OFF_HEAP_MESSAGES = 4,  /* message_queue_data */
    PROCESS_TIMED_OUT = 8,          /* the receive timer has fired */
    PROCESS_HIBERNATED = 16,
    PROCESS_LOOKING = 32,           /* between mailbox_peek and what follows it: see proc/signal.h */
    PROCESS_HEAP_KILL = 64,         /* max_heap_size options */
    PROCESS_HEAP_LOG = 128,
    PROCESS_IN_RECEIVE = 256,       /* its code waits in receive: when it is queued, then for signals */
    PROCESS_ROUSED = 512,           /* a message or the time-out came: its code has something to do */
    PROCESS_SUSPENDED = 1024,
    PROCESS_LOOKS_AT_COPY = 2048,   /* what is looked at has been copied to the heap's block */
    PROCESS_OWNS_FILES = 4096,      /* has opened files: they are closed when it ends */
    PROCESS_PINNED = 8192,          /* a native between two slices knows terms by address: nothing may
                                       be collected */
    PROCESS_READS_TABLES = 16384,   /* erts_internal:ets_super_user/1: every table */
    PROCESS_IS_PORT = 32768         /* see struct port_hooks of proc/node.h */
};

/* live of a process that ends once nobody finds it any more: of a port that has something left to do. */
#define PROCESS_END_UNSEEN UINT16_MAX

/* Messages in order of arrival; save is the place of the receive that is going on. */
struct mailbox {
    struct signal *first, **last;
    struct signal **save;
};

/* Receive markers (recv_marker_*): remembered places of the mailbox, by reference. One allocation
** (MEMORY_MAILBOX), freed with its last marker. */
#define RECEIVE_MARKERS 4
struct receive_markers {
    struct receive_marker {
        uint64_t reference;         /* id */
        struct signal **place;      /* NULL: free */
        bool bound;
    } at[RECEIVE_MARKERS];
    unsigned next;
};

/* max_heap_size. */
struct heap_limit {
    size_t words;                   /* 0: none */
    bool kill, log;
};

struct process_rare {               /* allocated at first use (MEMORY_PROCESS) */
    size_t max_heap_words;
    term error_handler;             /* atom; TERM_NONE: error_handler */
    unsigned suspend_count;
    struct receive_markers *markers;
    term *parked;                   /* x registers of a pinned native for which the block had no room */
    uint16_t parked_count;
};

#define PROCESS_NAME_NONE UINT32_MAX

/* Who looks for another process reads the names of those that share its bucket: they lie with what is hardly
** ever written, so that no lines go to and fro between processors. What a sender touches comes next. */
struct process {
    term pid;
    struct process *table_next;
    term group_leader;              /* immediate, or on the heap (external) */
    term parent;
    struct export *initial_call;
    struct tree_node *relations;    /* links, monitors, aliases: proc/relations.h */
    struct dictionary *dictionary;
    struct process_rare *rare;

    AVM_ATOMIC(struct signal *) inbox;  /* pushed by anyone, newest first; taken whole by the owner */
    struct process *queue_next;
    AVM_ATOMIC(uint8_t) state;
    uint8_t priority;
    uint16_t flags;
    uint16_t live;                  /* x registers saved; while exiting: how far the end is */
    bool has_left;                  /* it ends, and is counted no more among those that are alive */
    uint8_t timer_queue;            /* where it has last set a timer: that of receive_timer, if it has one */
    const uint32_t *ip;             /* where it goes on; NULL: not started */
    struct mailbox mailbox;
    AVM_ATOMIC(term) exit_reason;   /* while exiting; TERM_NONE before */

    union {
        struct heap heap;           /* what it shares is its node's: process_node */
        struct reclaimed gone;      /* of one that has ended, with its heap */
    };
    AVM_ATOMIC(struct message_timer *) timers;          /* aimed at this process */
    AVM_ATOMIC(struct receive_timeout *) receive_timer; /* of its receive ... after */
    uint64_t reductions;            /* executed so far, slices that ended */
    AVM_ATOMIC(uint32_t) name;      /* atom index, or PROCESS_NAME_NONE */
    uint32_t message_count;         /* in the mailbox */
};

/* Whether other threads may be at its inbox and its state. */
#define process_is_shared(process) heap_is_shared((process)->heap.shared)

/* The rare part, made at first use; NULL without memory. */
struct process_rare *process_get_rare(struct process *process);

/* Frees the rare part when all in it is as at the beginning. */
void process_release_rare(struct process *process);
/* Keeps count words beside the process, nothing of it being moved meanwhile. False without memory. */
bool process_set_aside(struct process *process, const term *words, uint16_t count);
/* Gives them back, and how many they are. */
uint16_t process_take_up(struct process *process, term *words);
void process_drop_parked(struct process *process);

/* True once the process must end (exit_reason is set): code of it runs no more. */
static inline bool process_is_exiting(const struct process *process)
{
    return atomic_peek(&process->exit_reason) != TERM_NONE;
}

#endif
