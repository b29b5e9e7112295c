/* ets.h - tables of terms: the room, its tables, and what is done to their objects.
**
** An object is one allocation (MEMORY_ETS): links, and its tuple as a flat block of terms that point
** nowhere else but to counted off-heap objects. Terms go in and out by copy, so that no heap ever
** points into a table once a native has returned.
**
** set, bag and duplicate_bag lie in a hash that grows and shrinks by one bucket at a time; ordered_set
** in a balanced tree. While a table is fixed its hash keeps its buckets, and of each key that is
** deleted one object stays, dead, so that a walk finds its place again; the last release of the
** fixation frees them.
**
** A table belongs to a process (owner), which is a pid here and nothing more: the end of a process is
** told to the room by who knows processes.
**
** With several schedulers a table is found without a lock, and then held (ets_hold) by who looks at it, or
** alone by who changes it; a table that was found may have been doomed, renamed or given away until it is
** held. What is said of a table below is true while it is held, alone where it is changed; a doomed one is its
** owner's, who needs not hold it. The struct stays until the slice is over (base/reclaim.h). Who holds a table
** takes no other one, nor the lock of the VM. */
#ifndef AVM_ETS_ETS_H
#define AVM_ETS_ETS_H

#include "base/lock_shared.h"
#include "base/reclaim.h"
#include "data/compare.h"
#include "data/status.h"

struct ets;                             /* the room: all tables of a VM */

enum ets_type { ETS_SET, ETS_BAG, ETS_DUPLICATE_BAG, ETS_ORDERED_SET };
enum ets_protection { ETS_PRIVATE, ETS_PROTECTED, ETS_PUBLIC };

/* What most tables hold, counters and indexes of a few elements, fits a cache line:
**
**     [right]  next | left   hash | balance   words, flags   tuple ... what it points to  [off-heap list]
**     ordered_set                                                                         where boxed */
struct ets_object {
    struct ets_object *next;            /* hash: in its chain; tree: the left side; in no table: free to use */
    union {
        uint32_t hash;
        int32_t balance;                /* tree: height of the right side less that of the left */
    };
    unsigned words : 29;                /* of the tuple's block */
    unsigned dead : 1;                  /* deleted while the table was fixed */
    unsigned boxed : 1;                 /* a word behind the block is the list of its off-heap objects */
    unsigned in_tree : 1;               /* a word in front is the right side */
    term tuple[];                       /* header, elements, then what they point to */
};
#define ETS_OBJECT_WORDS_MAX (((size_t) 1 << 29) - 1)

/* A link of one of the room's indexes; first in what it indexes. */
struct ets_link {
    AVM_ATOMIC(struct ets_link *) next;
    AVM_ATOMIC(uint64_t) key;
};

/* What a process holds: its tables and its fixations. There while there are any. */
struct ets_holder {
    struct ets_link link;               /* by pid */
    struct ets_table *tables;
    struct ets_fix *fixes;
};

struct ets_fix {
    struct ets_fix *next_of_table, *next_of_holder;
    struct ets_table *table;
    term pid;
    AVM_ATOMIC(size_t) count;
};

struct ets_hash {
    struct ets_object ***segments;
    size_t segment_count, segment_capacity;
    size_t active;                      /* buckets in use */
    size_t mask;                        /* of the power of two that is not below active */
    size_t bytes;                       /* of all segments */
};

#if AVM_SMP
/* What is freed when a table that was held alone is let go. */
struct ets_leavings {
    struct ets_object *objects;
    struct ets_work *works;
};
#endif

/* In front what readers look at, behind what most changes write: two that use one table on several
** processors take as few cache lines from each other as can be. */
struct ets_table {
    struct ets_link by_id;              /* key: id of the table's reference */
    struct ets_link by_name;            /* in the index when is_named */
    struct ets *room;
    struct ets_hash hash;
    struct ets_object *root;            /* ordered_set */
    /* Where a walk by keys is: in a tree a path, NULL: none was there yet; in a hash the object that next gave
    ** the key of, if nothing was put since and it is there. */
    struct ets_place *place;
    struct ets_object *recent;
    struct ets_work *work;              /* what is being done to it; nearly always NULL */
    term name, owner;
    size_t keypos;                      /* from 1: the key is tuple[keypos] */
    enum ets_type type;
    AVM_ATOMIC(enum ets_protection) protection;
    bool is_named, is_dying, purged;    /* purged: dead objects went since the first fixation */
    bool compressed, read_concurrency, decentralized_counters;
    term write_concurrency;             /* true, false or auto */
    AVM_ATOMIC(struct ets_fix *) fixes;         /* who reads may add its own */
    int64_t fixed_at, fixed_at_monotonic;   /* system time, monotonic time of the first fixation, ns */
    struct ets_table *next_of_holder, **link_of_holder;     /* what leads to it */
    term heir;                          /* TERM_NONE when there is none */
    struct ets_object *heir_data;       /* {Data}; NULL: no heir */
#if AVM_SMP
    AVM_ATOMIC(uint32_t) loose;         /* position of an element, below; 0: none */
    uint8_t crowding;                   /* towards an element that is loose */
    struct reclaimed gone;
    struct lock_shared lock;            /* is_alone: with one scheduler always */
    struct ets_leavings left;
#endif
    struct ets_object *dead;            /* linked by their headers (tuple[0]) */
    size_t count;                       /* live objects */
    size_t bytes;                       /* of all objects, dead ones included */
};

/* ---- the room ---------------------------------------------------------------------- */

struct ets *ets_create(struct heap_shared *heaps, const struct compare_context *compare,
    struct reclaim *reclaim);
/* Frees all tables too. */
void ets_destroy(struct ets *room);
#if AVM_SMP
/* From here on slots 0..count use it at the same time; false without memory. Ends with unshare. */
bool ets_share(struct ets *room, unsigned count);
void ets_unshare(struct ets *room);
#endif
size_t ets_table_count(const struct ets *room);

/* ---- tables -------------------------------------------------------------------------- */

/* The bit of a reference's id that says: it was made for a table. */
#define ETS_ID_BIT ((uint64_t) 1 << 60)

/* A new table with all in given (room, type, name, owner, keypos, heir, ...) but links and objects; id as
** references count them. DATA_BAD_KEY: the name is taken. */
enum data_status ets_table_create(struct ets *room, const struct ets_table *given, uint64_t id,
    struct ets_table **table);
/* Any thread. */
struct ets_table *ets_find(struct ets *room, uint64_t id);
struct ets_table *ets_find_name(struct ets *room, term name);
/* Whether table is no more what was found by its name, or by id (name TERM_NONE). */
static inline bool ets_has_left(const struct ets_table *table, term name)
{
    return table->is_dying || (name != TERM_NONE && table->name != name);
}
/* Calls visit with each table that can be found, of which it may read what never changes and the name, until
** it says false. It takes no lock. */
void ets_each(struct ets *room, bool (*visit)(void *user, const struct ets_table *table), void *user);
#if AVM_SMP
/* With several schedulers: from here until it is let go others may only read what table has; alone: nobody
** else is at it. Private tables are always held alone. */
void ets_hold(struct ets_table *table, bool alone);
void ets_let_go(struct ets_table *table);
#define ets_is_alone(table) ((table)->lock.is_alone)

/* Where several count in one table they would take it from each other for each step. So one element of each
** object, always the same, may become loose: whoever holds the table to read may change it from one immediate
** to another by one store. Whoever reads one object, each word once (heap_flat_read), sees it before or after;
** whoever looks at an object twice, or at several, holds it still. An element becomes loose when it is often
** changed beside others, and is so no more once somebody held the table still, or most changes are others. */
void ets_hold_still(struct ets_table *table);
/* To change one element: alone, if none is loose. */
void ets_hold_for_one(struct ets_table *table);
/* Who holds the table may change that element. */
static inline bool ets_may_change(const struct ets_table *table, size_t position)
{
    return ets_is_alone(table) || atomic_peek(&table->loose) == position;
}
/* By who has changed only that element of an object, immediates both; 0: something else, though it held the
** table for one. */
void ets_changed_alone(struct ets_table *table, size_t position);
#define ets_is_wanted(table) AVM_UNLIKELY((table)->lock.is_wanted)
static inline void ets_changed(struct ets_table *table, size_t position)
{
    if (ets_is_wanted(table) && ets_is_alone(table))
        ets_changed_alone(table, position);
}
#else
#define ets_hold(table, alone) ((void) 0)
#define ets_let_go(table) ((void) 0)
#define ets_is_alone(table) true
#define ets_may_change(table, position) true
#define ets_is_wanted(table) false
#define ets_changed(table, position) ((void) (table))
#endif
/* DATA_BAD_KEY: the name is taken. */
enum data_status ets_rename(struct ets_table *table, term name);
/* The table can no more be found; its owner has it until ets_table_free says true. */
void ets_table_doom(struct ets_table *table);
struct ets_table *ets_find_doomed(struct ets *room, term owner, uint64_t id);
/* Frees up to limit objects, then the table; true when it is gone. */
bool ets_table_free(struct ets_table *table, size_t limit);
/* Any pid; false without memory, nothing changed. What stands for the former owner stays, so that the
** table can always be given back, until ets_forget_owner. */
bool ets_set_owner(struct ets_table *table, term owner);
/* Of a process that may hold nothing any more. */
void ets_forget_owner(struct ets *room, term pid);
/* False: pid holds nothing. Without a lock, by a process that has said that it ends: who gives
** a table looks at that after ets_set_owner. */
#if AVM_SMP
bool ets_may_hold(struct ets *room, term pid);
#else
#define ets_may_hold(room, pid) true
#endif
/* heir TERM_NONE: none. False without memory, nothing changed. */
bool ets_set_heir(struct ets_table *table, term heir, term data);
static inline term ets_heir_data(const struct ets_table *table)     /* of a table with an heir */
{
    return table->heir_data->tuple[1];
}
/* The first table that pid owns, doomed ones too; NULL: none. Who deletes one takes it over meanwhile. */
struct ets_table *ets_first_owned(struct ets *room, term pid);
/* Releases what pid has fixed, holding each table; false: limit objects were freed, and there are more. */
bool ets_release_fixes(struct ets *room, term pid, size_t limit);

/* ---- fixation ------------------------------------------------------------------------ */

/* False without memory. pid's process runs; it need not hold the table alone. */
bool ets_fix(struct ets_table *table, term pid, int64_t system_time, int64_t monotonic_time);
/* Undoes one ets_fix of pid, if there is one. With the last one the dead objects go: false when *limit
** of them were freed and there are more, then nothing is undone yet. *limit falls by what was freed. */
bool ets_unfix(struct ets_table *table, term pid, size_t *limit);
/* Whether only pid has fixed the table, once. */
bool ets_is_fixed_once(const struct ets_table *table, term pid);

/* ---- objects --------------------------------------------------------------------------- */

static inline term ets_object_term(const struct ets_object *object)
{
    return term_make_boxed(object->tuple);
}
static inline term ets_object_key(const struct ets_table *table, const struct ets_object *object)
{
    return object->tuple[table->keypos];
}
/* The list of the off-heap objects that it holds. */
static inline term ets_object_offheap(const struct ets_object *object)
{
    return object->boxed ? object->tuple[object->words] : TERM_NONE;
}

/* An object for table; NULL without memory. */
struct ets_object *ets_object_create(struct ets_table *table, term tuple);
/* As ets_object_create, but it belongs to no table yet, and may outlive table: its next is the caller's. */
struct ets_object *ets_object_make(const struct ets_table *table, term tuple);
void ets_object_discard(struct memory *memory, struct ets_object *object);
/* Table takes what ets_object_make made. */
void ets_adopt(struct ets_table *table, struct ets_object *object);
void ets_object_destroy(struct ets_table *table, struct ets_object *object);
/* A copy on heap with extra words behind it: NULL without memory. */
static inline term *ets_object_read(struct heap *heap, const struct ets_object *object, size_t extra)
{
    return heap_flat_read(heap, object->tuple, object->words, extra);
}

/* The first live object of key, NULL: none; ets_next_same: the next one of that key. Objects of one
** key come newest first. */
struct ets_object *ets_lookup(const struct ets_table *table, term key);
struct ets_object *ets_next_same(const struct ets_table *table, const struct ets_object *object);
/* Takes object: replaces what has its key (set, ordered_set), or adds it. Cannot fail. */
void ets_put(struct ets_table *table, struct ets_object *object);
/* Copies tuple (with enough elements) into the table; false without memory, nothing changed. */
bool ets_insert(struct ets_table *table, term tuple);
/* Puts new in old's place; both have the same key. old is destroyed. in_front here and below: one that lies
** in front of it in its chain, whence a hash looks for what leads to it; NULL: none is known. */
void ets_replace(struct ets_table *table, struct ets_object *in_front, struct ets_object *old,
    struct ets_object *new);
/* Removes all of key; gives how many there were. */
size_t ets_remove_key(struct ets_table *table, term key);
/* Removes the live objects equal to tuple. */
size_t ets_remove_object(struct ets_table *table, term tuple);
/* Removes this one (live). */
void ets_remove(struct ets_table *table, struct ets_object *in_front, struct ets_object *object);
void ets_remove_all(struct ets_table *table);
/* As ets_remove, where no walk but the caller's own relies on the fixation: object leaves no trace. */
void ets_remove_wholly(struct ets_table *table, struct ets_object *in_front, struct ets_object *object);
/* Moves all objects of a table that is not fixed into a new one, which pid owns and which is doomed:
** its id as references count them. NULL without memory, nothing changed. */
struct ets_table *ets_detach_all(struct ets_table *table, term pid, uint64_t id);
/* Makes object a copy of the tuple at words, which has the same key and may hold parts of object; in
** place when only immediates change. False without memory, nothing changed. */
bool ets_rewrite(struct ets_table *table, struct ets_object *object, const term *words);

/* ---- changes to many objects, in slices ---------------------------------------------------------- */

enum ets_work_kind {
    ETS_WORK_PUT_NEW,                   /* its objects, if no key is there; then as PUT */
    ETS_WORK_PUT,
    ETS_WORK_CLEAR,                     /* deletes all of a fixed hash table */
    ETS_WORK_COPY,                      /* copies the objects of a key, or an element of each */
    ETS_WORK_TAKE,                      /* as COPY, then as REMOVE */
    ETS_WORK_REMOVE                     /* deletes the objects of a key */
};
/* REFUSED: a key was there; an object lacks the element. DROPPED: the table went away. STARVED: no memory
** for the copies. In the last three nothing has changed. */
enum ets_work_state { ETS_WORK_WAITS, ETS_WORK_DONE, ETS_WORK_REFUSED, ETS_WORK_DROPPED,
    ETS_WORK_STARVED };

struct ets_work {
    struct memory *memory;
    struct ets_object *first, **last;   /* objects that are in no table yet */
    struct ets_object *at;              /* PUT_NEW: the next one to be looked for */
    size_t bucket;                      /* CLEAR: the next one */
    struct heap copies;                 /* an environment */
    struct ets_object *run, *from;      /* of the table: the first one of the key; the next one to be copied */
    size_t position;                    /* of the element that is copied, 0: whole objects */
    term list;                          /* of copies, newest object last */
    AVM_ATOMIC(unsigned) references;
    enum ets_work_kind kind;
    AVM_ATOMIC(enum ets_work_state) state;      /* what the work made is there once it says so */
    struct ets_work *next_left;
};

/* With one reference; NULL without memory. */
struct ets_work *ets_work_create(struct heap_shared *heaps, enum ets_work_kind kind);
/* By a thread that holds no table. */
void ets_work_release(struct ets_work *work);
/* A copy of tuple for table, to be put; false without memory. */
bool ets_work_add(struct ets_work *work, const struct ets_table *table, term tuple);
/* Frees up to *limit objects that wait; true when none does. *limit falls by what was freed. */
bool ets_work_empty(struct ets_work *work, size_t *limit);
/* Whether the key of object, its first live one, has more than limit objects. */
bool ets_run_is_long(const struct ets_table *table, const struct ets_object *object, size_t limit);
/* Table, which has none, has this work from now on. */
void ets_work_begin(struct ets_table *table, struct ets_work *work);
/* Goes on with table's work, if it has any, for up to *limit objects, and takes them off; true when it
** has none any more. Cannot fail. */
bool ets_work_on(struct ets_table *table, size_t *limit);

/* ---- order ---------------------------------------------------------------------------------- */

/* The first object in the table's own order, or the last; NULL: empty. */
struct ets_object *ets_end(const struct ets_table *table, bool last);
/* The first object behind those of key (before: in front of). *found says whether key's place is
** known: always in an ordered_set; in a hash only while an object has it. */
struct ets_object *ets_beside(struct ets_table *table, term key, bool before, bool *found);
size_t ets_bucket_count(const struct ets_table *table);
/* First of a bucket, dead ones among them; the others follow by next. */
struct ets_object *ets_bucket(const struct ets_table *table, size_t index);
/* Of an ordered_set: goes up to limit steps towards the object at index, which is below count, from where
** it came to the last time. False without memory. *object NULL: there are more steps to go; they begin
** anew when the table has changed meanwhile (ets_has_place false). */
bool ets_ordered_slot(struct ets_table *table, size_t index, size_t limit, struct ets_object **object);
bool ets_has_place(const struct ets_table *table);

/* ---- a walk through an ordered_set, which may not change meanwhile ------------------------------ */

#define ETS_TREE_DEPTH 96
struct ets_cursor {
    struct ets_object *path[ETS_TREE_DEPTH];
    unsigned depth;
    bool backwards;
};
void ets_cursor_start(struct ets_cursor *cursor, const struct ets_table *table, bool backwards);
/* The next one will be the first behind key in the cursor's direction; inclusive: or key itself. */
void ets_cursor_seek(struct ets_cursor *cursor, const struct ets_table *table, term key,
    bool backwards, bool inclusive);
/* The next one will be the first, in the cursor's direction, whose key is not in front; what is in front
** lies in one piece before all others. */
void ets_cursor_search(struct ets_cursor *cursor, const struct ets_table *table,
    bool (*is_in_front)(void *user, term key), void *user, bool backwards);
struct ets_object *ets_cursor_next(struct ets_cursor *cursor);

/* Bytes of the table with all it holds. */
size_t ets_table_bytes(const struct ets_table *table);
struct memory *ets_memory(const struct ets *room);
/* NULL, or which invariant does not hold (static text): for tests. */
const char *ets_check(const struct ets_table *table);

#endif
