/* memory.h - the one caller of the host's allocator, with its counters.
**
** Every byte of a VM comes from memory_resize, with its exact size and its kind.
** Always: live_bytes == sum of bytes_by[kind]; every free names the size and kind that
** the allocation had. A limit is one comparison here. Nothing here collects or retries:
** who can give memory back (a process's heap) does so itself and asks again.
**
** With several schedulers each counts for itself (memory_share), and a count may be negative there: a
** block that one allocates another frees. The sums are exact whenever none is in memory_resize. A limit
** is then one more counter, of all together, so it is never passed; without a limit there is none. With a
** pool (base/pool.h) each has one of its own. The
** peak is looked for each time that one of them has got 64 KB more. */
#ifndef AVM_BASE_MEMORY_H
#define AVM_BASE_MEMORY_H

#include "base/thread.h"

#define AVM_MEMORY_KIND_MAP(X)                                                                   \
    X(HEAP, "heaps") X(STACK, "stacks") X(MAILBOX, "mailboxes") X(SIGNAL, "signals")             \
    X(LINK, "links") X(MONITOR, "monitors") X(ALIAS, "aliases") X(TIMER, "timers")               \
    X(NAME, "names") X(PROCESS, "processes") X(BINARY, "binaries") X(RESOURCE, "resources")      \
    X(ETS, "ets") X(ATOM, "atoms") X(LITERAL, "literals") X(CODE, "code") X(PORT, "ports")       \
    X(DICTIONARY, "dictionaries") X(OTHER, "other")

enum memory_kind {
#define X(name, text) MEMORY_##name,
    AVM_MEMORY_KIND_MAP(X)
#undef X
    MEMORY_KIND_COUNT
};

struct memory_counts {
    size_t live_bytes;                      /* == sum of bytes_by */
    size_t peak_bytes;
    size_t bytes_by[MEMORY_KIND_COUNT];
    size_t objects_by[MEMORY_KIND_COUNT];   /* live allocations of that kind */
    uint64_t allocations;                   /* calls that gave new or larger memory */
    uint64_t failures;
};

typedef void *memory_resize_fn(void *user, void *ptr, size_t old_size, size_t new_size);

struct memory {
    memory_resize_fn *resize;
    void *user;
    size_t limit;                           /* live_bytes never passes it; 0: none */
    size_t (*get_free)(void *user);         /* of the allocator; NULL: it does not say */
    struct memory_counts counts;            /* all, or those of slot 0: read by memory_get_counts */
#if AVM_SMP
    struct memory_shard *shards;            /* one a slot (base/thread.h); NULL: one scheduler */
    unsigned shard_count;
    AVM_ATOMIC(size_t) limited_bytes;       /* shared and with a limit: what is live or about to be */
    AVM_ATOMIC(size_t) shared_peak;
    struct lock *resize_lock;               /* taken around resize, which one thread may call; NULL */
#endif
    uint64_t fail_at;                       /* tests: the allocation with this number fails; 0: none */
    bool fail_from;                         /* tests: and every later one too */
};

/* Whether several schedulers use it. */
#if AVM_SMP
static inline bool memory_is_shared(const struct memory *memory) { return memory->shards != NULL; }
#else
#define memory_is_shared(memory) false
#endif

/* resize NULL: realloc and free. limit 0: none. */
void memory_init(struct memory *memory, memory_resize_fn *resize, void *user, size_t limit);

/* Allocates (ptr NULL, old_size 0), resizes or frees (new_size 0). Gives NULL when memory runs
** out (the old block is untouched) and when freeing. Any thread when SMP is on. */
void *memory_resize(struct memory *memory, enum memory_kind kind, void *ptr, size_t old_size,
    size_t new_size);

static inline void *memory_allocate(struct memory *memory, enum memory_kind kind, size_t size)
{
    return memory_resize(memory, kind, NULL, 0, size);
}

/* As memory_allocate, all bytes 0. */
void *memory_allocate_zeroed(struct memory *memory, enum memory_kind kind, size_t size);

static inline void memory_free(struct memory *memory, enum memory_kind kind, void *ptr, size_t size)
{
    if (ptr != NULL)
        memory_resize(memory, kind, ptr, size, 0);
}

/* Moves bytes and objects from one kind to another without touching the block (a message fragment
** that becomes part of a heap). */
void memory_rename(struct memory *memory, enum memory_kind from, enum memory_kind to, size_t size);

/* What has been allocated so far, by all schedulers. */
void memory_get_counts(const struct memory *memory, struct memory_counts *counts);
static inline uint64_t memory_failures(const struct memory *memory)
{
#if AVM_SMP
    if (memory->shards != NULL) {
        struct memory_counts counts;

        memory_get_counts(memory, &counts);
        return counts.failures;
    }
#endif
    return memory->counts.failures;
}

#if AVM_SMP
/* From here on schedulers 1..count count for themselves. False without memory. one_at_a_time: resize is
** not made for several threads. Ends with memory_unshare, when no thread but the one that calls is in. */
bool memory_share(struct memory *memory, unsigned count, bool one_at_a_time);
void memory_unshare(struct memory *memory);
#endif

/* Bytes that can still be allocated: below the limit, and as the allocator says. SIZE_MAX: no limit. */
size_t memory_get_free(const struct memory *memory);

const char *memory_kind_text(enum memory_kind kind);

/* Checked size arithmetic: false on overflow, result untouched. */
static inline bool size_add(size_t a, size_t b, size_t *sum)
{
    if (a > SIZE_MAX - b)
        return false;
    *sum = a + b;
    return true;
}

static inline bool size_multiply(size_t a, size_t b, size_t *product)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *product = a * b;
    return true;
}

#endif
