/* table.h - all processes of a node, by pid; and its ports, which are counted by themselves.
**
** Pids are counted: the payload of a new pid is the next number that no live process has, 60 bits (28
** on 32-bit) that come round only after all have been used. A pid prints as <0.Number.Serial> with
** Number the low PID_NUMBER_BITS of the payload.
** The buckets grow and shrink with the count of processes; below 512 processes they have their
** first size again, so that a storm leaves nothing behind.
**
** With several schedulers who looks for a process takes no lock: buckets are replaced whole, and what was
** taken out is freed once nobody may look at it (base/reclaim.h). Whoever changes something holds the
** lock; so does who finds nothing, and looks again, since the chains may just have been made anew. */
#ifndef AVM_PROC_TABLE_H
#define AVM_PROC_TABLE_H

#include "base/lock.h"
#include "data/identity.h"
#include "data/status.h"
#include "proc/node.h"

#define PID_DATA_BITS (TERM_BITS - 4)

struct process_buckets {
#if AVM_SMP
    struct reclaimed gone;
#endif
    size_t count;                   /* a power of two */
    AVM_ATOMIC(struct process *) first[];
};

struct process_table {
    AVM_ATOMIC(struct process_buckets *) buckets;
    LOCK_MEMBER(lock)
    AVM_ATOMIC(uint32_t) count;
    uint32_t limit;
    uintptr_t next;                 /* payload of the next pid */
    size_t first_buckets;
    bool is_of_ports;
    struct reclaim *reclaim;
};

bool process_table_init(struct process_table *table, struct reclaim *reclaim, uint32_t limit,
    bool is_of_ports);
void process_table_deinit(struct process_table *table, struct memory *memory);
/* Gives process its pid, or port. DATA_SYSTEM_LIMIT when limit processes are alive. Never needs memory. */
enum data_status process_table_put(struct process_table *table, struct memory *memory,
    struct process *process);
void process_table_remove(struct process_table *table, struct memory *memory,
    struct process *process);
/* Live or exiting; NULL: none. */
struct process *process_table_find(const struct process_table *table, term pid);
/* Of the table that a pid or port belongs to. */
static inline struct process *node_find_receiver(const struct node *node, term to)
{
    return process_table_find(term_is_local_port(to) ? node->ports : node->processes, to);
}

/* All, one after the other: *bucket and *at start at 0 and NULL; NULL at the end. Nothing may be put
** or removed meanwhile: the caller holds the table (process_table_hold), or all stand (proc/crew.h). */
struct process *process_table_next(const struct process_table *table, size_t *bucket,
    struct process *at);

/* Between the two nothing is put or removed. The caller takes no other lock meanwhile. */
#if AVM_SMP
void process_table_hold(struct process_table *table);
void process_table_let_go(struct process_table *table);
#else
#define process_table_hold(table) ((void) 0)
#define process_table_let_go(table) ((void) 0)
#endif

#endif
