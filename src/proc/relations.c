/* relations.c - owns links, monitors, aliases and suspensions of a process. Always: every block in
** process->relations has its kind and id as its key, and counts as the memory kind of its kind. */
#include "proc/relations.h"

#include "proc/reference.h"
#include "proc/spawn.h"

static enum memory_kind memory_of(enum relation_kind kind)
{
    return kind == RELATION_LINK ? MEMORY_LINK : kind == RELATION_ALIAS ? MEMORY_ALIAS : MEMORY_MONITOR;
}

/* ---- blocks ------------------------------------------------------------------------ */

struct relation *relation_find(const struct process *process, enum relation_kind kind, uint64_t id)
{
    return (struct relation *) tree_find(process->relations, relation_key(kind, id));
}

struct relation *relation_at_least(const struct process *process, enum relation_kind kind,
    uint64_t id)
{
    struct relation *relation
        = (struct relation *) tree_at_least(process->relations, relation_key(kind, id));

    return relation != NULL && relation_kind_of(relation) == kind ? relation : NULL;
}

static void relation_init(struct relation *relation, enum relation_kind kind, uint64_t id, term other)
{
    memset(relation, 0, sizeof *relation);
    relation->node.key = relation_key(kind, id);
    relation->other = other;
    relation->tag = TERM_NONE;
}

struct relation *relation_create(struct node *node, enum relation_kind kind, uint64_t id, term other)
{
    struct relation *relation = memory_allocate(node->memory, memory_of(kind), SIGNAL_BLOCK);

    if (relation != NULL)
        relation_init(relation, kind, id, other);
    return relation;
}

void relation_insert(struct process *process, struct relation *relation)
{
    tree_put(&process->relations, &relation->node);
}

void relation_take(struct process *process, struct relation *relation)
{
    tree_remove(&process->relations, relation->node.key);
}

static void release_tag(struct node *node, struct relation *relation)
{
    if (relation->flags & RELATION_HELD_TAG)
        signal_destroy(node, (struct signal *) relation->tag);
    relation->flags &= (uint8_t) ~RELATION_HELD_TAG;
}

void relation_destroy(struct node *node, struct relation *relation)
{
    release_tag(node, relation);
    memory_free(node->memory, memory_of(relation_kind_of(relation)), relation, SIGNAL_BLOCK);
}

struct signal *relation_to_signal(struct node *node, struct relation *relation,
    enum signal_kind kind, term from)
{
    union signal_block *block = (union signal_block *) (void *) relation;
    uint64_t id = relation_id(relation);

    release_tag(node, relation);
    memory_rename(node->memory, memory_of(relation_kind_of(relation)), MEMORY_SIGNAL, SIGNAL_BLOCK);
    memset(&block->signal, 0, sizeof block->signal);
    block->signal.from = from;
    block->signal.id = id;
    block->signal.kind = (uint8_t) kind;
    return &block->signal;
}

struct relation *relation_from_signal(struct node *node, struct signal *signal,
    enum relation_kind kind, uint64_t id)
{
    union signal_block *block = (union signal_block *) (void *) signal;
    term from = signal->from;

    memory_rename(node->memory, MEMORY_SIGNAL, memory_of(kind), SIGNAL_BLOCK);
    relation_init(&block->relation, kind, id, from);
    return &block->relation;
}

/* ---- links ------------------------------------------------------------------------- */

enum data_status link_make(struct node *node, struct process *process, term other)
{
    uint64_t id = relation_id_of(other);
    struct relation *relation = relation_find(process, RELATION_LINK, id), *created = NULL;
    struct signal *signal;

    if (relation != NULL && relation->value.unlink == 0)
        return DATA_OK;
    signal = signal_create(node, SIGNAL_LINK, process->pid, TERM_NONE);
    if (signal == NULL)
        return DATA_NO_MEMORY;
    if (relation == NULL) {
        relation = created = relation_create(node, RELATION_LINK, id, other);
        if (created == NULL) {
            signal_destroy(node, signal);
            return DATA_NO_MEMORY;
        }
        relation_insert(process, created);
    }
    relation->value.unlink = 0;
    signal_push(node, other, signal);
    return DATA_OK;
}

enum data_status link_remove(struct node *node, struct process *process, term other)
{
    struct relation *relation = relation_find(process, RELATION_LINK, relation_id_of(other));
    struct signal *signal;

    if (relation == NULL || relation->value.unlink != 0)
        return DATA_OK;
    signal = signal_create(node, SIGNAL_UNLINK, process->pid, TERM_NONE);
    if (signal == NULL)
        return DATA_NO_MEMORY;
    do {
        signal->id = atomic_add_if(heap_is_shared(&node->heaps), &node->next_unlink, 1);
    } while (signal->id == 0);
    relation->value.unlink = signal->id;
    signal_push(node, other, signal);
    return DATA_OK;
}

/* ---- monitors and aliases ------------------------------------------------------------ */

/* tag into relation: immediates as they are, others in the fragments of a held signal. */
bool relation_set_tag(struct node *node, struct relation *relation, term tag)
{
    struct signal *held;

    if (tag == TERM_NONE || term_is_immediate(tag)) {
        relation->tag = tag;
        return true;
    }
    held = signal_create(node, SIGNAL_MESSAGE, TERM_NONE, tag);
    if (held == NULL)
        return false;
    relation->tag = (term) held;
    relation->flags |= RELATION_HELD_TAG;
    return true;
}

bool monitor_alias_flags(term alias, unsigned *flags)
{
    if (alias == ATOM(explicit_unalias))
        *flags = 0;
    else if (alias == ATOM(demonitor))
        *flags = RELATION_ALIAS_DEMONITOR;
    else if (alias == ATOM(reply_demonitor))
        *flags = RELATION_ALIAS_DEMONITOR | RELATION_ALIAS_REPLY;
    else
        return false;
    return true;
}

struct monitor_parts {
    struct relation *monitor, *alias;
    struct signal *signal;
};

static enum data_status drop_parts(struct node *node, struct monitor_parts *parts)
{
    if (parts->monitor != NULL)
        relation_destroy(node, parts->monitor);
    if (parts->alias != NULL)
        relation_destroy(node, parts->alias);
    if (parts->signal != NULL)
        signal_destroy(node, parts->signal);
    return DATA_NO_MEMORY;
}

static bool make_parts(struct node *node, struct process *process, uint64_t id, term to, term alias,
    term tag, struct monitor_parts *parts)
{
    parts->monitor = relation_create(node, RELATION_MONITOR, id, to);
    parts->signal = signal_create(node, SIGNAL_MONITOR, process->pid, TERM_NONE);
    parts->alias = alias != TERM_NONE
        ? relation_create(node, RELATION_ALIAS, id, process->pid) : NULL;
    return parts->monitor != NULL && parts->signal != NULL
        && (alias == TERM_NONE || parts->alias != NULL) && relation_set_tag(node, parts->monitor, tag);
}

enum data_status monitor_make(struct node *node, struct process *process, struct heap *heap, term to,
    term name, term alias, term tag, term *reference)
{
    struct monitor_parts parts = { NULL, NULL, NULL };
    uint64_t id = node_next_reference(node);
    unsigned alias_flags = 0;
    term made;

    if (alias != TERM_NONE && !monitor_alias_flags(alias, &alias_flags))
        return DATA_BAD_ARGUMENT;
    if (!make_parts(node, process, id, to, alias, tag, &parts))
        return drop_parts(node, &parts);
    made = alias != TERM_NONE ? reference_make_alias(heap, id, process->pid)
                              : reference_make(heap, id);
    if (made == TERM_NONE)
        return drop_parts(node, &parts);
    if (term_is_local_port(to))
        parts.monitor->flags |= RELATION_OF_PORT;
    if (name != TERM_NONE) {
        parts.monitor->value.name = name;
        parts.monitor->flags |= RELATION_BY_NAME;
    }
    if (parts.alias != NULL) {
        parts.monitor->flags |= RELATION_ALIAS_REFERENCE;
        parts.alias->flags = (uint8_t) alias_flags;
        relation_insert(process, parts.alias);
    }
    relation_insert(process, parts.monitor);
    parts.signal->id = id;
    *reference = made;
    if (to != TERM_NONE)
        signal_push(node, to, parts.signal);
    else
        signal_answer_dead(node, TERM_NONE, parts.signal);
    return DATA_OK;
}

/* The monitor itself, which tells the watched process so. */
static void undo_monitor(struct node *node, struct process *process, struct relation *monitor)
{
    term to = monitor->other;

    relation_take(process, monitor);
    if (to == TERM_NONE)
        relation_destroy(node, monitor);
    else
        signal_push(node, to,
            relation_to_signal(node, monitor, SIGNAL_DEMONITOR, process->pid));
}

bool monitor_remove(struct node *node, struct process *process, uint64_t reference)
{
    struct relation *monitor = relation_find(process, RELATION_MONITOR, reference);
    struct relation *alias = relation_find(process, RELATION_ALIAS, reference);

    if (alias != NULL && (alias->flags & RELATION_ALIAS_DEMONITOR)) {
        relation_take(process, alias);
        relation_destroy(node, alias);
    }
    if (monitor == NULL)
        return false;
    undo_monitor(node, process, monitor);
    return true;
}

enum data_status alias_make(struct node *node, struct process *process, struct heap *heap,
    unsigned flags, term *reference)
{
    uint64_t id = node_next_reference(node);
    struct relation *alias = relation_create(node, RELATION_ALIAS, id, process->pid);
    term made;

    if (alias == NULL)
        return DATA_NO_MEMORY;
    made = reference_make_alias(heap, id, process->pid);
    if (made == TERM_NONE) {
        relation_destroy(node, alias);
        return DATA_NO_MEMORY;
    }
    alias->flags = (uint8_t) flags;
    relation_insert(process, alias);
    *reference = made;
    return DATA_OK;
}

bool alias_remove(struct node *node, struct process *process, uint64_t reference)
{
    struct relation *alias = relation_find(process, RELATION_ALIAS, reference);

    if (alias == NULL)
        return false;
    relation_take(process, alias);
    relation_destroy(node, alias);
    return true;
}

bool alias_use(struct node *node, struct process *process, uint64_t reference)
{
    struct relation *alias = relation_find(process, RELATION_ALIAS, reference), *monitor;

    if (alias == NULL)
        return false;
    if (!(alias->flags & RELATION_ALIAS_REPLY))
        return true;
    monitor = alias->flags & RELATION_ALIAS_DEMONITOR
        ? relation_find(process, RELATION_MONITOR, reference) : NULL;
    relation_take(process, alias);
    relation_destroy(node, alias);
    if (monitor != NULL)
        undo_monitor(node, process, monitor);
    return true;
}

/* ---- the end -------------------------------------------------------------------------- */

static void send_end(struct node *node, struct process *process, struct relation *relation,
    enum signal_kind kind, term reason)
{
    term to = relation->other;
    struct signal *signal = relation_to_signal(node, relation, kind, process->pid);
    struct heap env;

    signal->body = reason;
    if (!term_is_immediate(reason)) {
        heap_init_env(&env, &node->heaps, MEMORY_SIGNAL);
        signal->body = heap_copy(&env, reason);
        signal->fragments = env.fragments;
        signal->offheap = env.offheap;
        if (signal->body == TERM_NONE)      /* the receiver is told all the same */
            signal->body = ATOM(system_limit);
    }
    signal_push(node, to, signal);
}

static void end_relation(struct node *node, struct process *process, struct relation *relation,
    term reason)
{
    term other = relation->other;

    switch (relation_kind_of(relation)) {
    case RELATION_LINK:
        if (relation->value.unlink == 0)
            send_end(node, process, relation, SIGNAL_EXIT_LINKED, reason);
        else
            relation_destroy(node, relation);
        break;
    case RELATION_WATCHER:
        send_end(node, process, relation, SIGNAL_MONITOR_DOWN, reason);
        break;
    case RELATION_MONITOR:
        if (other != TERM_NONE)
            signal_push(node, other,
                relation_to_signal(node, relation, SIGNAL_DEMONITOR, process->pid));
        else
            relation_destroy(node, relation);
        break;
    case RELATION_SUSPENDS:
        signal_push(node, other,
            relation_to_signal(node, relation, SIGNAL_RESUME, process->pid));
        break;
    case RELATION_SUSPENDER:
        signal_push(node, other,
            relation_to_signal(node, relation, SIGNAL_SUSPENDED_DOWN, process->pid));
        break;
    default:
        relation_destroy(node, relation);
        break;
    }
}

bool relations_end(struct node *node, struct process *process, term reason, unsigned limit)
{
    while (process->relations != NULL && limit-- > 0) {
        /* Who is linked to a port and watches it is told of the link first, which OTP promises. */
        struct relation *relation = (struct relation *) (process->flags & PROCESS_IS_PORT
            ? tree_at_least(process->relations, 0) : process->relations);

        relation_take(process, relation);
        end_relation(node, process, relation, reason);
    }
    return process->relations == NULL;
}

void relations_destroy(struct node *node, struct process *process)
{
    while (process->relations != NULL) {
        struct relation *relation = (struct relation *) process->relations;

        relation_take(process, relation);
        relation_destroy(node, relation);
    }
}
