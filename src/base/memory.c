/* memory.c - owns the counters; every allocation and release of a VM passes here.
** Always: counts.live_bytes == sum over kinds of counts.bytes_by. */
#include "base/memory.h"

#include "base/lock.h"
#include "base/pool.h"

#include <stdlib.h>

#if AVM_SMP
#define PEAK_STEP 65536

/* Written by the thread of its slot alone. */
struct memory_shard {
    struct memory_counts counts;
    struct pool *pool;                      /* its own; NULL: none yet, or the allocator is the host's */
    size_t peak_seen;                       /* live_bytes at the last look for a peak */
    char apart[CACHE_LINE];
};
#endif

static void *host_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    (void) user;
    (void) old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return ptr == NULL ? malloc(new_size) : realloc(ptr, new_size);
}

void memory_init(struct memory *memory, memory_resize_fn *resize, void *user, size_t limit)
{
    memset(memory, 0, sizeof *memory);
    memory->resize = resize != NULL ? resize : host_resize;
    memory->user = user;
    memory->limit = limit;
}

/* ---- one scheduler --------------------------------------------------------------------------- */

static inline bool may_grow(struct memory *memory, size_t growth)
{
    uint64_t number = memory->counts.allocations + memory->counts.failures + 1;

    if (AVM_LIKELY(memory->fail_at == 0 && memory->limit == 0))
        return true;
    if (memory->fail_at != 0
        && (number == memory->fail_at || (memory->fail_from && number > memory->fail_at)))
        return false;
    return memory->limit == 0
        || (memory->counts.live_bytes <= memory->limit
            && growth <= memory->limit - memory->counts.live_bytes);
}

static void count_change(struct memory_counts *counts, enum memory_kind kind, size_t old_size,
    size_t new_size)
{
    counts->live_bytes += new_size - old_size;
    counts->bytes_by[kind] += new_size - old_size;
    if (old_size == 0)
        counts->objects_by[kind]++;
    if (new_size == 0)
        counts->objects_by[kind]--;
    if (new_size > old_size)
        counts->allocations++;
    if (counts->live_bytes > counts->peak_bytes)
        counts->peak_bytes = counts->live_bytes;
}

/* ---- several --------------------------------------------------------------------------------- */

#if AVM_SMP
static void add_counts(struct memory_counts *sum, const struct memory_counts *counts)
{
    sum->live_bytes += atomic_peek(&counts->live_bytes);
    sum->allocations += atomic_peek(&counts->allocations);
    sum->failures += atomic_peek(&counts->failures);
    for (size_t kind = 0; kind < MEMORY_KIND_COUNT; kind++) {
        sum->bytes_by[kind] += atomic_peek(&counts->bytes_by[kind]);
        sum->objects_by[kind] += atomic_peek(&counts->objects_by[kind]);
    }
}

static size_t shared_live(const struct memory *memory)
{
    size_t live = 0;

    for (unsigned slot = 0; slot < memory->shard_count; slot++)
        live += atomic_peek(&memory->shards[slot].counts.live_bytes);
    return live;
}

static size_t note_peak(struct memory *memory)
{
    size_t live = shared_live(memory), peak = atomic_peek(&memory->shared_peak);

    /* A sum taken while others count may miss what one freed and another allocated: past half of all
    ** addresses it is less than nothing. */
    while (live > peak && live <= SIZE_MAX / 2
        && !atomic_replace(&memory->shared_peak, &peak, live)) {
    }
    return live > peak && live <= SIZE_MAX / 2 ? live : peak;
}

static inline void count_shared(struct memory *memory, struct memory_shard *shard,
    enum memory_kind kind, size_t old_size, size_t new_size)
{
    struct memory_counts *counts = &shard->counts;

    atomic_bump(&counts->live_bytes, new_size - old_size);
    atomic_bump(&counts->bytes_by[kind], new_size - old_size);
    if (old_size == 0)
        atomic_bump(&counts->objects_by[kind], (size_t) 1);
    if (new_size == 0)
        atomic_bump(&counts->objects_by[kind], (size_t) -1);
    if (new_size > old_size)
        atomic_bump(&counts->allocations, (uint64_t) 1);
    if ((intptr_t) (counts->live_bytes - shard->peak_seen) >= PEAK_STEP) {
        shard->peak_seen = counts->live_bytes;
        (void) note_peak(memory);
    } else if (counts->live_bytes - shard->peak_seen > SIZE_MAX / 2) {
        shard->peak_seen = counts->live_bytes;
    }
}

/* Room below the limit, which is its own until it is given back. */
static bool reserve(struct memory *memory, size_t growth)
{
    size_t live = atomic_peek(&memory->limited_bytes);

    do {
        if (live > memory->limit || growth > memory->limit - live)
            return false;
    } while (!atomic_replace(&memory->limited_bytes, &live, live + growth));
    return true;
}

static AVM_NOINLINE bool open_pool(struct memory_shard *shard)
{
    shard->pool = pool_create();
    return shard->pool != NULL;
}

static inline void *resize_alone(struct memory *memory, struct memory_shard *shard, void *ptr,
    size_t old_size, size_t new_size)
{
    void *result;

    if (AVM_LIKELY(memory->resize == pool_resize)) {
        if (AVM_UNLIKELY(shard->pool == NULL) && !open_pool(shard))
            return NULL;
        return pool_resize_shared(shard->pool, ptr, old_size, new_size);
    }
    if (memory->resize_lock == NULL)
        return memory->resize(memory->user, ptr, old_size, new_size);
    lock_take(memory->resize_lock);
    result = memory->resize(memory->user, ptr, old_size, new_size);
    lock_release(memory->resize_lock);
    return result;
}

static AVM_NOINLINE void *resize_shared(struct memory *memory, enum memory_kind kind, void *ptr,
    size_t old_size, size_t new_size)
{
    struct memory_shard *shard = &memory->shards[thread_slot(memory)];
    uint64_t *failures = &shard->counts.failures;
    bool grows = new_size > old_size, is_limited = memory->limit != 0;
    void *result;

    if (grows && is_limited && !reserve(memory, new_size - old_size)) {
        atomic_bump(failures, (uint64_t) 1);
        return NULL;
    }
    result = resize_alone(memory, shard, ptr, old_size, new_size);
    if (result == NULL && new_size != 0) {
        if (grows && is_limited)
            (void) atomic_subtract(&memory->limited_bytes, new_size - old_size);
        if (grows)
            atomic_bump(failures, (uint64_t) 1);
        return NULL;
    }
    if (!grows && is_limited)
        (void) atomic_subtract(&memory->limited_bytes, old_size - new_size);
    count_shared(memory, shard, kind, old_size, new_size);
    return result;
}

bool memory_share(struct memory *memory, unsigned count, bool one_at_a_time)
{
    struct memory_shard *shards = memory_allocate_zeroed(memory, MEMORY_OTHER,
        (count + 1) * sizeof *shards);
    struct lock *resize_lock = NULL;

    if (shards != NULL && one_at_a_time)
        resize_lock = memory_allocate_zeroed(memory, MEMORY_OTHER, sizeof *resize_lock);
    if (shards == NULL || (one_at_a_time && resize_lock == NULL)) {
        memory_free(memory, MEMORY_OTHER, shards, (count + 1) * sizeof *shards);
        return false;
    }
    shards[0].counts = memory->counts;
    shards[0].pool = memory->resize == pool_resize ? memory->user : NULL;
    memory->limited_bytes = memory->counts.live_bytes;
    memory->shared_peak = memory->counts.peak_bytes;
    memory->resize_lock = resize_lock;
    memory->shard_count = count + 1;
    memory->shards = shards;
    return true;
}

/* Twice: the first time blocks may go to one that was settled already. */
static void join_pools(struct memory *memory, struct memory_shard *shards)
{
    for (unsigned i = 0; i < 2 * memory->shard_count; i++) {
        if (shards[i % memory->shard_count].pool != NULL)
            pool_settle(shards[i % memory->shard_count].pool);
    }
    for (unsigned slot = 1; slot < memory->shard_count; slot++) {
        if (shards[slot].pool != NULL)
            pool_join(shards[0].pool, shards[slot].pool);
    }
}

void memory_unshare(struct memory *memory)
{
    struct memory_shard *shards = memory->shards;
    struct lock *resize_lock = memory->resize_lock;

    if (shards == NULL)
        return;
    memory_get_counts(memory, &memory->counts);
    join_pools(memory, shards);
    memory->shards = NULL;
    memory->resize_lock = NULL;
    memory_free(memory, MEMORY_OTHER, resize_lock, sizeof *resize_lock);
    memory_free(memory, MEMORY_OTHER, shards, memory->shard_count * sizeof *shards);
}
#endif

void memory_get_counts(const struct memory *memory, struct memory_counts *counts)
{
#if AVM_SMP
    if (memory->shards != NULL) {
        struct memory_counts sum;

        memset(&sum, 0, sizeof sum);
        for (unsigned slot = 0; slot < memory->shard_count; slot++)
            add_counts(&sum, &memory->shards[slot].counts);
        sum.peak_bytes = note_peak((struct memory *) memory);
        *counts = sum;
        return;
    }
#endif
    *counts = memory->counts;
}

/* ---- both ------------------------------------------------------------------------------------ */

void *memory_resize(struct memory *memory, enum memory_kind kind, void *ptr, size_t old_size,
    size_t new_size)
{
    void *result;

    if (new_size == old_size)
        return ptr;
#if AVM_SMP
    if (memory->shards != NULL)
        return resize_shared(memory, kind, ptr, old_size, new_size);
#endif
    if (new_size > old_size && !may_grow(memory, new_size - old_size)) {
        memory->counts.failures++;
        return NULL;
    }
    result = memory->resize(memory->user, ptr, old_size, new_size);
    if (result == NULL && new_size != 0) {
        if (new_size > old_size)
            memory->counts.failures++;
        return NULL;
    }
    count_change(&memory->counts, kind, old_size, new_size);
    return result;
}

void *memory_allocate_zeroed(struct memory *memory, enum memory_kind kind, size_t size)
{
    void *ptr = memory_resize(memory, kind, NULL, 0, size);

    if (ptr != NULL)
        memset(ptr, 0, size);
    return ptr;
}

void memory_rename(struct memory *memory, enum memory_kind from, enum memory_kind to, size_t size)
{
    struct memory_counts *counts = &memory->counts;

#if AVM_SMP
    if (memory->shards != NULL)
        counts = &memory->shards[thread_slot(memory)].counts;
#endif
    atomic_bump(&counts->bytes_by[from], (size_t) 0 - size);
    atomic_bump(&counts->objects_by[from], (size_t) -1);
    atomic_bump(&counts->bytes_by[to], size);
    atomic_bump(&counts->objects_by[to], (size_t) 1);
}

static size_t live_bytes(const struct memory *memory)
{
#if AVM_SMP
    if (memory->shards != NULL)
        return atomic_peek(&memory->limited_bytes);
#endif
    return memory->counts.live_bytes;
}

size_t memory_get_free(const struct memory *memory)
{
    size_t live = memory->limit == 0 ? 0 : live_bytes(memory);
    size_t below = memory->limit == 0 ? SIZE_MAX : memory->limit > live ? memory->limit - live : 0;
    size_t of_allocator = memory->get_free != NULL ? memory->get_free(memory->user) : SIZE_MAX;

    return below < of_allocator ? below : of_allocator;
}

const char *memory_kind_text(enum memory_kind kind)
{
    static const char *const texts[] = {
#define X(name, text) text,
        AVM_MEMORY_KIND_MAP(X)
#undef X
    };

    return (unsigned) kind < MEMORY_KIND_COUNT ? texts[kind] : "?";
}
