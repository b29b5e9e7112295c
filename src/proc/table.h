/* table.h - all processes of a node, by pid; and its ports, which are counted by themselves.
**
** Pids are counted: the payload of a new pid is the next number that no live process has, 60 bits (28
** on 32-bit) that come round only after all have been used. A pid prints as <0.Number.Serial> with
** Number the low PID_NUMBER_BITS of the payload.
** The buckets grow and shrink with the count of processes; below 512 processes they have their
** first size again, so that a storm leaves nothing behind.
**
** With several schedulers who looks for a process takes no lock: buckets are replaced whole, and what was
** taken out is freed once nobody may look at it (base/reclaim.h). Whoever changes a bucket holds the lock of
** its stripe; so does who finds nothing, and looks again, since the chains may just have been made anew.
** Numbers are handed to the schedulers by the block, whose buckets lie together and have a stripe of their
** own, and each counts for itself: so processes that come and go on one scheduler meet those of no other. */
#ifndef AVM_PROC_TABLE_H
#define AVM_PROC_TABLE_H

#include "base/lock.h"
#include "base/thread.h"
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

#if AVM_SMP
#define TABLE_STRIPES 16
#define TABLE_BLOCK 16              /* numbers; TABLE_STRIPES blocks are the first buckets */

/* What several schedulers write, apart from what they read. */
struct process_table_shared {
    AVM_ATOMIC(uintptr_t) next;     /* payload of the next block */
    char next_apart[CACHE_LINE];
    struct lock tight_lock;         /* of counting and putting, while is_tight; taken before those of stripes */
    AVM_ATOMIC(bool) is_tight;      /* hardly any room is left below the limit; written with all stripes held */
    char tight_apart[CACHE_LINE];
    struct process_table_stripe {
        struct lock lock;
        char apart[CACHE_LINE];
    } stripes[TABLE_STRIPES];
    unsigned seat_count;
    struct process_table_seat {     /* of a slot (base/thread.h), written by its thread alone */
        AVM_ATOMIC(size_t) count;   /* put less removed: may be less than nothing */
        uintptr_t next, end;        /* the rest of its block */
        unsigned removals;          /* since it last looked whether the buckets are too many */
        char apart[CACHE_LINE];
    } seats[];
};
#endif

struct process_table {
    AVM_ATOMIC(struct process_buckets *) buckets;
    uint32_t count, limit;          /* count, next: with one scheduler */
    uintptr_t next;                 /* payload of the next pid */
    size_t first_buckets;
    bool is_of_ports;
    struct reclaim *reclaim;
#if AVM_SMP
    struct process_table_shared *shared;    /* NULL: one scheduler */
#endif
};

bool process_table_init(struct process_table *table, struct reclaim *reclaim, uint32_t limit,
    bool is_of_ports);
void process_table_deinit(struct process_table *table, struct memory *memory);
#if AVM_SMP
/* From here on slots 0..count use it at the same time; false without memory. Ends with unshare. */
bool process_table_share(struct process_table *table, unsigned count);
void process_table_unshare(struct process_table *table);
/* Now and then, by a scheduler: as many buckets as there are processes for. */
void process_table_settle(struct process_table *table);
#endif
/* As many are alive as may be. */
bool process_table_is_full(const struct process_table *table);
/* Gives process its pid, or port. DATA_SYSTEM_LIMIT when limit processes are alive. Never needs memory. */
enum data_status process_table_put(struct process_table *table, struct process *process);
/* It ends, and makes room for another: before anybody is told of its end, who then finds room. It may still
** be found. Once for each process. */
void process_table_leave(struct process_table *table, struct process *process);
void process_table_remove(struct process_table *table, struct process *process);
/* Live or exiting; NULL: none. */
struct process *process_table_find(const struct process_table *table, term pid);
/* Whether it is there yet: asked under the lock by who waits for its end, and has said so. So either this sees
** that it has gone, or who takes it out sees that somebody waits (crew_wake_watching), without a fence there. */
bool process_table_has(const struct process_table *table, term pid);
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
void process_table_hold(struct process_table *table);
void process_table_let_go(struct process_table *table);

#endif
