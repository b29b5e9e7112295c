/* internal.h - what the files of this room share and nobody else sees. */
#ifndef AVM_ETS_INTERNAL_H
#define AVM_ETS_INTERNAL_H

#include "ets/ets.h"

/* The path from the root of a tree to the object that next, prev or slot came to last: the one beside it is
** a step away, and its key need not be looked for. What changes the shape of the tree forgets it. */
struct ets_place {
    size_t index;                       /* of that object, SIZE_MAX: not known */
    unsigned depth;                     /* 0: nowhere */
    bool fresh;                         /* nothing else was looked for since */
    struct ets_object *path[ETS_TREE_DEPTH];
};

struct ets_slots {
#if AVM_SMP
    struct reclaimed gone;
#endif
    size_t count;                       /* a power of two */
    AVM_ATOMIC(struct ets_link *) first[];
};

struct ets_index {
    AVM_ATOMIC(struct ets_slots *) slots;       /* NULL: it is empty */
    AVM_ATOMIC(size_t) count;
};

#define ETS_HELD 256

/* With several schedulers lock guards all indexes, what hangs on holders, names and owners of tables; tables and
** names are also read without it. It is taken behind that of a table, and nothing behind it. */
struct ets {
    struct heap_shared *heaps;
    const struct compare_context *compare;
    struct reclaim *reclaim;
    struct ets_index tables;            /* by id */
    struct ets_index names;             /* by name */
    struct ets_index holders;           /* by pid */
    LOCK_MEMBER(lock)
#if AVM_SMP
    struct lock_seat *seats;            /* one a slot (base/thread.h); NULL: one scheduler */
    unsigned seat_count;
    AVM_ATOMIC(uint32_t) held[ETS_HELD];        /* holders, by what ets_may_hold makes of their pids */
#endif
};

static inline void room_hold(struct ets *room)
{
    LOCK_TAKE_IF(heap_is_shared(room->heaps), &room->lock);
    (void) room;
}
static inline void room_let_go(struct ets *room)
{
    LOCK_RELEASE_IF(heap_is_shared(room->heaps), &room->lock);
    (void) room;
}

/* ---- indexes ---------------------------------------------------------------- */

/* False without memory for the first slots. */
bool ets_index_put(struct reclaim *reclaim, struct ets_index *index, struct ets_link *link);
static inline struct ets_link **ets_slot_of(struct ets_slots *slots, uint64_t key)
{
    uint64_t mixed = (key ^ key >> 32) * UINT64_C(0x9fb21c651e98df25);

    return &slots->first[(size_t) (mixed >> 32) & (slots->count - 1)];
}
static inline struct ets_link *ets_index_find(const struct ets_index *index, uint64_t key)
{
    struct ets_slots *slots = atomic_get(&index->slots);
    struct ets_link *link = slots != NULL ? atomic_get(ets_slot_of(slots, key)) : NULL;

    while (link != NULL && atomic_peek(&link->key) != key)
        link = atomic_get(&link->next);
    return link;
}
void ets_index_remove(struct reclaim *reclaim, struct ets_index *index, struct ets_link *link);
struct ets_link *ets_index_next(const struct ets_index *index, size_t *slot, struct ets_link *at);
/* Gives link another key. */
void ets_index_rekey(struct ets_index *index, struct ets_link *link, uint64_t key);

/* ---- the hash ------------------------------------------------------------------ */

bool ets_hash_init(struct ets_table *table);
void ets_hash_deinit(struct ets_table *table);
uint32_t ets_hash_of(const struct ets_table *table, term key);
struct ets_object **ets_hash_bucket(const struct ets_hash *hash, uint32_t value);
struct ets_object **ets_hash_bucket_at(const struct ets_hash *hash, size_t index);
/* The buckets from index on that lie beside each other. */
struct ets_object **ets_hash_piece(const struct ets_hash *hash, size_t index, size_t *count);
size_t ets_hash_bucket_index(const struct ets_hash *hash, uint32_t value);
/* The link to the first object of key, dead or live; it points to NULL when there is none. */
struct ets_object **ets_hash_find(const struct ets_table *table, term key, uint32_t hash);
/* Adds a bucket or takes one away, when the count asks for it and the table is not fixed. */
void ets_hash_grow(struct ets_table *table);
void ets_hash_shrink(struct ets_table *table);
bool ets_hash_same_key(const struct ets_table *table, const struct ets_object *a,
    const struct ets_object *b);

/* ---- the tree -------------------------------------------------------------------- */

struct ets_object *ets_tree_find(const struct ets_table *table, term key);
/* Takes object; gives the one that had its key, or NULL. */
struct ets_object *ets_tree_put(struct ets_table *table, struct ets_object *object);
/* Takes out what has key; NULL: none. */
struct ets_object *ets_tree_remove(struct ets_table *table, term key);
struct ets_object *ets_tree_beside(struct ets_table *table, term key, bool before);
/* Frees the place, if there is one. */
void ets_tree_forget(struct ets_table *table);
struct ets_object *ets_tree_end(const struct ets_table *table, bool last);
/* Takes out some object; NULL when the tree is empty. No balance is kept. */
struct ets_object *ets_tree_pull(struct ets_table *table);
/* True when heights, order and count are right. */
bool ets_tree_check(const struct ets_table *table, size_t *count);

static inline struct memory *table_memory(const struct ets_table *table)
{
    return table->room->heaps->memory;
}
/* In a tree. */
static inline struct ets_object **tree_side(const struct ets_object *object, bool right)
{
    return (struct ets_object **) (void *) object - right;
}
static inline int key_compare(const struct ets_table *table, term a, term b)
{
    if (term_is_small(a) && term_is_small(b))
        return ((intptr_t) a > (intptr_t) b) - ((intptr_t) a < (intptr_t) b);
    return term_compare(table->room->compare, a, b);
}
static inline size_t ets_object_size(const struct ets_object *object)
{
    return sizeof *object + (object->in_tree + (size_t) object->words + object->boxed) * sizeof(term);
}
/* Frees up to limit objects; true when none is left. */
bool ets_store_free(struct ets_table *table, size_t limit);
/* Frees dead objects, up to *limit; true when none is left. *limit falls by what was freed. */
bool ets_store_purge(struct ets_table *table, size_t *limit);
/* Deletes this one, which lives in a hash; its buckets stay. */
void ets_store_kill(struct ets_table *table, struct ets_object *object);
/* Deletes what lives in a bucket, up to *limit; true when nothing does. */
bool ets_store_kill_bucket(struct ets_table *table, size_t index, size_t *limit);
#if AVM_SMP
/* Frees them; no table is held. */
void ets_bury(struct memory *memory, struct ets_leavings *left);
#else
#define ets_bury(memory, left) ((void) 0)
#endif
/* The table goes away: frees what its work has not put, up to *limit; true when there is no work left. */
bool ets_work_drop(struct ets_table *table, size_t *limit);
/* The table is no more fixed, and dead objects went: takes steps towards the buckets it should have. Not
** when a walk has only read, since chunks of a select count on the buckets as they are. */
void ets_store_settle(struct ets_table *table);

#endif
