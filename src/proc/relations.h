/* relations.h - what ties a process to others: links, monitors in both directions, aliases,
** suspensions. Private to the process; others change them by signals.
**
** All lie in one tree (process->relations) by kind and id, each a block as large as a signal, counted
** as MEMORY_LINK, MEMORY_MONITOR or MEMORY_ALIAS.
**
** Links (OTP's protocol): link inserts the half here and sends LINK. Unlink marks the half with a new
** unlink id and sends UNLINK(id); until UNLINK_ACK(id) comes back the link counts as gone (an exit
** of the other is ignored); to link again clears the mark, and the ack is ignored when it comes. The
** receiver of UNLINK drops its half, unless that is marked itself, and always acks. */
#ifndef AVM_PROC_RELATIONS_H
#define AVM_PROC_RELATIONS_H

#include "data/status.h"
#include "proc/signal.h"
#include "proc/tree.h"

enum relation_kind {
    RELATION_LINK,              /* id: relation_id_of the other */
    RELATION_MONITOR,           /* id: reference; other: whom we watch */
    RELATION_WATCHER,           /* id: reference; other: who watches us */
    RELATION_ALIAS,             /* id: reference */
    RELATION_SUSPENDS,          /* id: relation_id_of whom we suspend; value: how often */
    RELATION_SUSPENDER          /* id: relation_id_of who suspends us */
};

enum relation_flags {
    RELATION_HELD_TAG = 1,      /* tag is a struct signal whose body is the tag */
    RELATION_ALIAS_REFERENCE = 2,       /* a monitor whose reference has the form of an alias */
    RELATION_ALIAS_REPLY = 4,           /* alias ends with the first message through it */
    RELATION_ALIAS_DEMONITOR = 8,       /* alias ends with its monitor */
    RELATION_BY_NAME = 16,              /* monitor by registered name: value is the name */
    RELATION_SPAWN_REQUEST = 32,        /* spawn_request whose reply has not been delivered */
    RELATION_OF_PORT = 64               /* a monitor of a port: what 'DOWN' says */
};

struct relation {
    struct tree_node node;      /* key: kind and id */
    term other;                 /* pid; TERM_NONE: a monitor of a name that nobody has */
    union {
        uint64_t unlink;        /* link: 0 when active */
        term name;              /* monitor by name */
        uint64_t count;         /* suspensions */
    } value;
    term tag;                   /* monitor: TERM_NONE is 'DOWN' */
    uint8_t flags;
};

/* What a signal or relation takes, so that each can become the other. */
union signal_block {
    struct signal signal;
    struct relation relation;
};
#define SIGNAL_BLOCK sizeof(union signal_block)

#define RELATION_KIND_SHIFT 61
static inline uint64_t relation_key(enum relation_kind kind, uint64_t id)
{
    return (uint64_t) kind << RELATION_KIND_SHIFT | id;
}
static inline enum relation_kind relation_kind_of(const struct relation *relation)
{
    return (enum relation_kind) (relation->node.key >> RELATION_KIND_SHIFT);
}
static inline uint64_t relation_id(const struct relation *relation)
{
    return relation->node.key & (((uint64_t) 1 << RELATION_KIND_SHIFT) - 1);
}

/* A pid's or port's number, as the id of what ties one to it. */
static inline uint64_t relation_id_of(term other)
{
    return (uint64_t) term_pid_data(other) | (uint64_t) term_is_local_port(other) << 60;
}

struct relation *relation_find(const struct process *process, enum relation_kind kind, uint64_t id);
/* The first of kind with an id >= id; NULL: none. */
struct relation *relation_at_least(const struct process *process, enum relation_kind kind,
    uint64_t id);
/* A new one, in no tree; NULL without memory. */
struct relation *relation_create(struct node *node, enum relation_kind kind, uint64_t id, term other);
void relation_insert(struct process *process, struct relation *relation);
void relation_take(struct process *process, struct relation *relation);     /* out of the tree */
void relation_destroy(struct node *node, struct relation *relation);
/* The tag of a monitor (copied); false without memory. */
bool relation_set_tag(struct node *node, struct relation *relation, term tag);
/* Taken relation becomes a signal from..., and the other way round; neither can fail. */
struct signal *relation_to_signal(struct node *node, struct relation *relation,
    enum signal_kind kind, term from);
struct relation *relation_from_signal(struct node *node, struct signal *signal,
    enum relation_kind kind, uint64_t id);

/* ---- what natives do; process is running ---- */

/* other: a local pid or port, not its own; when it is dead an exit signal noproc follows. */
enum data_status link_make(struct node *node, struct process *process, term other);
enum data_status link_remove(struct node *node, struct process *process, term other);

/* alias: TERM_NONE or the atom of monitor/3. tag: TERM_NONE or any term (copied). to: pid or port (dead
** ones too), or TERM_NONE with name not registered; name: TERM_NONE or the atom watched by name. The
** reference is made on heap. */
enum data_status monitor_make(struct node *node, struct process *process, struct heap *heap, term to,
    term name, term alias, term tag, term *reference);
/* The flags of a monitor's alias option; false: no such option. */
bool monitor_alias_flags(term alias, unsigned *flags);
/* Takes the monitor away with what its alias option says; false: process has no such monitor. */
bool monitor_remove(struct node *node, struct process *process, uint64_t reference);

/* flags: RELATION_ALIAS_REPLY or 0. */
enum data_status alias_make(struct node *node, struct process *process, struct heap *heap,
    unsigned flags, term *reference);
bool alias_remove(struct node *node, struct process *process, uint64_t reference);
/* A message came through alias id: true when it is active (and may end here by its option). */
bool alias_use(struct node *node, struct process *process, uint64_t reference);

/* ---- the end ---- */

/* Undoes up to limit relations of a process that ended with reason, telling the others; true when none
** is left. */
bool relations_end(struct node *node, struct process *process, term reason, unsigned limit);
/* Frees all without telling anyone. */
void relations_destroy(struct node *node, struct process *process);

#endif
