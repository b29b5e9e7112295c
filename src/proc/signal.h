/* signal.h - everything one process does to another: made by the sender, pushed to the receiver's
** inbox, handled by the receiver when it is scheduled or looks for messages, freed when handled.
** Signals between a pair of processes keep their order. Nothing of a handled signal stays on the
** receiver's heap, but a message (whose fragments its heap adopts when it is received).
**
** A signal to a process that does not exist (any more) is freed at once, after what it asks for is
** answered (link -> exit noproc, monitor -> DOWN noproc, unlink -> ack, process_info -> undefined).
**
** A signal is one block of SIGNAL_BLOCK bytes (but for SIGNAL_TIMEOUT, which is its timer), as is a relation (proc/relations.h): a link that ends
** becomes the exit signal, a monitor signal becomes the watched one's half. So the end of a process
** and what is asked of a receiver need no memory; what is larger lies in fragments. */
#ifndef AVM_PROC_SIGNAL_H
#define AVM_PROC_SIGNAL_H

#include "proc/node.h"
#include "proc/scheduler.h"

enum signal_kind {
    SIGNAL_MESSAGE,         /* body; with SIGNAL_TO_ALIAS only if alias id is active */
    SIGNAL_EXIT,            /* exit/2: from, body = reason */
    SIGNAL_EXIT_LINKED,     /* the linked process from ended: body = reason */
    SIGNAL_LINK,            /* from */
    SIGNAL_UNLINK,          /* from, id */
    SIGNAL_UNLINK_ACK,      /* from, id */
    SIGNAL_MONITOR,         /* from watches; id = reference */
    SIGNAL_DEMONITOR,       /* from, id */
    SIGNAL_MONITOR_DOWN,    /* from ended; id = reference; body = reason */
    SIGNAL_GROUP_LEADER,    /* body = new leader */
    SIGNAL_PROCESS_INFO,    /* body = item or list; id = reference of the reply */
    SIGNAL_IS_ALIVE,        /* reply {Ref, true | false} */
    SIGNAL_SUSPEND,         /* from suspends */
    SIGNAL_RESUME,          /* from */
    SIGNAL_SUSPENDED_DOWN,  /* from, which we suspended, ended */
    SIGNAL_NO_ANSWER,       /* what was asked of from cannot be told for want of memory: the asker ends */
    SIGNAL_TIMEOUT,         /* of receive ... after; id says which */
    SIGNAL_PORT_REQUEST,    /* to a port: body = {Operation, ...}; answers {Ref, Result}, Ref from id */
    SIGNAL_SYSTEM_TASK      /* erts_internal:request_system_task: body = {Tag, Id, ...}, from = who is answered */
};

enum signal_flags {
    SIGNAL_TO_ALIAS = 1,
    SIGNAL_EMBEDDED = 4,    /* a message that lies before the last of its fragments, in one allocation
                               with it, and goes where that goes: there it is dead bytes */
    SIGNAL_PLAIN = 8,       /* with SIGNAL_EMBEDDED: no word of its one fragment leads anywhere */
    SIGNAL_SYNCHRONOUS = 2  /* group leader, suspend: answers {Ref, Result}, Ref from id */
};

struct signal {
    struct signal *next;
    term from;                          /* pid, immediate; TERM_NONE: the host or a timer */
    term body;                          /* immediate, or in the fragments (or a literal) */
    uint64_t id;
    struct heap_fragment *fragments;    /* what body needs; exact and mostly one */
    term offheap;                       /* as struct heap's */
    uint8_t kind, flags;
};

/* ---- sending (from: the running process, or NULL for the host) ---- */

enum send_status { SEND_OK, SEND_NO_MEMORY };

/* Copies message. to: local pid or port. A dead receiver is SEND_OK. */
enum send_status signal_send_message(struct node *node, struct process *from, term to, term message);
/* Moves env's fragments; message lies in them (or is immediate). env (of kind MEMORY_MAILBOX) is
** empty afterwards. */
enum send_status signal_send_moved(struct node *node, term from, term to, struct heap *env,
    term message);
/* To the owner of an alias: taken only while the alias is active. */
enum send_status signal_send_alias(struct node *node, struct process *from, term alias, term message);
enum send_status signal_send_exit(struct node *node, struct process *from, term to, term reason);
/* Replies {Reference, Result}: reference (an id of to's process) and result are copied. */
enum send_status signal_send_reply(struct node *node, term from, term to, uint64_t reference,
    term result);

/* Take request, and answer it: {Ref, result}, or {Tag, Id, result} to a system task (whose body is {Tag,
** Id, ...}); result is immediate. Whoever waits for an answer for which there is no memory is ended
** rather than left waiting. */
void signal_reply(struct node *node, term from, struct signal *request, term result);
void signal_reply_task(struct node *node, term from, struct signal *request, term result);
/* Takes request: its sender is ended. */
void signal_refuse(struct node *node, term from, struct signal *request);

/* A signal by itself: NULL without memory. body is copied. kind MESSAGE counts as MEMORY_MAILBOX, all
** others as MEMORY_SIGNAL. */
struct signal *signal_create(struct node *node, enum signal_kind kind, term from, term body);
/* Moves env's fragments (of the kind that the signal counts as) into a new signal. */
struct signal *signal_create_moved(struct node *node, enum signal_kind kind, term from,
    struct heap *env, term body);
void signal_destroy(struct node *node, struct signal *signal);
/* Takes signal. to: local pid or port, alive or not. */
void signal_push(struct node *node, term to, struct signal *signal);
/* As signal_push, to a process that was found in the table. */
void signal_deliver(struct node *node, struct process *process, struct signal *signal);
/* Takes signal: does for a dead process what the signal asks for. */
void signal_answer_dead(struct node *node, term dead, struct signal *signal);
/* Taken signals become those of another kind without moving. */
void signal_change_kind(struct node *node, struct signal *signal, enum signal_kind kind);
/* Moves what body needs into heap (an env or a process's); the signal may only be destroyed then, and
** before heap is collected. */
void signal_adopt(struct node *node, struct signal *signal, struct heap *heap);
/* Makes signal, whose body nobody looks at, hold no retired literal. False without memory. */
bool signal_detach_retired(struct node *node, struct signal *signal);
/* Frees all that is in inbox and mailbox of a process that ended, answering as the dead; the inbox takes
** nothing from then on. */
void signal_drain(struct node *node, struct process *process);

/* Whether something that has come, and that nobody has handled yet, will end process: for whoever keeps it
** from being handled. */
bool signal_is_ending(const struct process *process);

/* ---- receiving: called by the scheduler and the engine ---- */

/* Takes the inbox in, handles all signals that are no messages, appends messages to the mailbox.
** False: the process must end (process->exit_reason says why); what came after that is in the mailbox, of
** whatever kind, for signal_drain. Needs no engine state: works as well
** for a process that waits. */
bool signal_handle_all(struct scheduler *s, struct process *process);

/* The receive instructions.
**
** Peek: the message at the save place, TERM_NONE when there is none (the inbox has been looked at
** too, which may find that the process must end: check process_is_exiting after TERM_NONE). The
** message still lies in its own fragments; the heap adopts them when it is removed. Until then the
** engine may collect through process_collect only, which knows. */
term mailbox_peek(struct scheduler *s, struct process *process);
/* The same where another message was passed over already: it needs no state of the engine. TERM_NONE: ask
** mailbox_peek. */
static inline term mailbox_peek_next(struct process *process)
{
    const struct signal *message = *process->mailbox.save;

    if (message == NULL || process->mailbox.save == &process->mailbox.first)
        return TERM_NONE;
    process->flags |= PROCESS_LOOKING;
    return message->body;
}
/* loop_rec_end */
static inline void mailbox_save_next(struct process *process)
{
    process->flags &= (uint16_t) ~(PROCESS_LOOKING | PROCESS_LOOKS_AT_COPY);
    process->mailbox.save = &(*process->mailbox.save)->next;
}
/* remove_message: the message's terms are the heap's from here on; stops the receive timer. */
void mailbox_remove(struct scheduler *s, struct process *process);
void mailbox_reset(struct process *process);                /* timeout: back to the first, timer off */
/* The receive was left (an exception caught outside of it): the next one starts at the first message. */
void mailbox_restart(struct process *process);

/* wait_timeout. ARMED: wait (armed already counts, too). When the time is over the process is roused
** with PROCESS_TIMED_OUT set; mailbox_reset and mailbox_remove clear it. */
enum receive_timer { RECEIVE_TIMER_ARMED, RECEIVE_TIMER_INFINITE, RECEIVE_TIMER_OVER,
    RECEIVE_TIMER_BAD_VALUE, RECEIVE_TIMER_NO_MEMORY };
enum receive_timer mailbox_set_timer(struct process *process, term timeout);

/* recv_marker_*: the reference optimisation. A marker is a small, or undefined when none was free. */
void mailbox_marker_reserve(struct scheduler *s, struct process *process, term *marker);
void mailbox_marker_bind(struct process *process, term marker, term reference);
void mailbox_marker_use(struct process *process, term reference);
void mailbox_marker_clear(struct process *process, term reference);

void mailbox_drop_markers(struct process *process);
/* Takes the message at *place out of the mailbox (flush of a demonitor). */
struct signal *mailbox_take(struct process *process, struct signal **place);

/* Before a collection while a message is looked at: the heap takes its fragments, the mailbox keeps a
** copy. False without memory. */
bool mailbox_settle(struct process *process);

#endif
