/* signal.h - everything one process does to another: made by the sender, pushed to the receiver's
** inbox, handled by the receiver when it runs (or by the scheduler on its behalf when it waits), freed
** when handled. Signals between a pair of processes keep their order. Nothing of a handled signal stays
** on the receiver's heap, but a message (whose fragments its heap adopts when it is received).
**
** A signal to a process that does not exist (any more) is freed at once, after what it asks for is
** answered (link -> exit noproc, monitor -> DOWN noproc, process_info -> undefined). */
#ifndef AVM_PROC_SIGNAL_H
#define AVM_PROC_SIGNAL_H

#include "proc/node.h"

enum signal_kind {
    SIGNAL_MESSAGE,         /* to_alias: only if the alias is active */
    SIGNAL_EXIT,            /* exit/2: from, reason */
    SIGNAL_EXIT_LINKED,     /* the linked process ended */
    SIGNAL_LINK, SIGNAL_UNLINK, SIGNAL_UNLINK_ACK,
    SIGNAL_MONITOR, SIGNAL_DEMONITOR, SIGNAL_MONITOR_DOWN,
    SIGNAL_GROUP_LEADER, SIGNAL_PROCESS_INFO, SIGNAL_IS_ALIVE, SIGNAL_SUSPEND, SIGNAL_RESUME,
    SIGNAL_TIMEOUT, SIGNAL_CODE_CHECK, SIGNAL_GARBAGE_COLLECT, SIGNAL_REQUEST
};

struct signal {
    struct signal *next;
    uint8_t kind;
    term from;              /* pid, immediate */
    term body;              /* message, reason, ...: immediate, or on env's fragments */
    struct heap env;        /* what body needs; empty for immediates */
    uint64_t id;            /* unlink id */
    size_t size;            /* bytes of this allocation */
};
/* An implementation may use smaller structs for signals without a body; the first members are common. */

/* ---- sending (from: the running process, or NULL for the host/timers) ---- */
enum send_status { SEND_OK, SEND_NO_MEMORY };
/* Copies message. to: local pid. A dead receiver is SEND_OK. */
enum send_status signal_send_message(struct node *node, struct process *from, term to, term message);
/* Moves env's fragments; message lies in them (or is immediate). env is empty afterwards. */
enum send_status signal_send_moved(struct node *node, term from, term to, struct heap *env, term message);
enum send_status signal_send_exit(struct node *node, struct process *from, term to, term reason);

/* ---- receiving: called by the engine ---- */
/* Takes the inbox in, handles all signals that are no messages, appends messages to the mailbox.
** False: the process must end (process->exit_reason says why). */
bool signal_handle_all(struct scheduler *s, struct process *process);

/* The receive instructions. Peek: the message at the save place (adopting its fragments into the heap),
** TERM_NONE when there is none (the inbox has been looked at too). */
term mailbox_peek(struct scheduler *s, struct process *process);
void mailbox_save_next(struct process *process);            /* loop_rec_end */
void mailbox_remove(struct scheduler *s, struct process *process);   /* remove_message: frees it */
void mailbox_reset(struct process *process);                /* timeout */
void mailbox_marker_reserve(struct scheduler *s, struct process *process, term *marker);
void mailbox_marker_bind(struct process *process, term marker, term reference);
void mailbox_marker_use(struct process *process, term reference);
void mailbox_marker_clear(struct process *process, term reference);

#endif
