/* pool.c - owns regions, spans and their free blocks.
** Always: a span begins at a multiple of its size, so that a block's address leads to it; a span in use is
** in the list of its class when it has room and in none when it is full; one without blocks in use hangs in
** its region. Memory that was never used is not touched: a region costs what lies in it. A few regions are
** kept for what comes after what went. */
#include "base/pool.h"

#include <stdlib.h>

#define SPAN_BYTES ((size_t) 16384)
#define REGION_SPANS 16                     /* of the first four; then more, for malloc's own words each time */
#define LATER_REGION_SPANS 64
#define GRAIN 16                            /* as malloc aligns, and the smallest block */
#define CLASSES (POOL_MOST_BYTES / GRAIN + 1)

struct free_block {
    struct free_block *next;
};

struct region {
    struct region *next, *previous;         /* among all with a span that is not in use */
    struct span *unused;                    /* that were in use before, through next */
    uint32_t spans, fresh, used;            /* all, those that ever were in use, and that are */
};

/* At the start of its memory. */
struct span {
    struct span *next, *previous;           /* among those of its class with room */
    struct free_block *free;                /* that were in use before */
    uint32_t used;                          /* blocks */
    uint32_t fresh, block_bytes;            /* where the first block that never was in use begins */
    struct span *first;                     /* of its region */
    struct region region;                   /* of the first */
};

struct pool {
    struct span *roomy[CLASSES];            /* by grains of a block; most sizes stand for none */
    struct region *regions;                 /* those with a span that is not in use */
    size_t region_count, idle_count;        /* all, and those of which no span is in use */
    size_t region_bytes;
};

/* ---- classes ---------------------------------------------------------------------------------------- */

/* By grains up to 32 of them, then eight sizes for each power of two: a ninth is lost at most. */
static inline size_t class_of(size_t size)
{
    size_t grains = (size + GRAIN - 1) / GRAIN, mask;

    if (grains <= 32)
        return grains;
    mask = grains <= 64 ? 3 : 7;
    return (grains + mask) & ~mask;
}

/* ---- regions ---------------------------------------------------------------------------------------- */

static void link_region(struct pool *pool, struct region *region)
{
    region->previous = NULL;
    region->next = pool->regions;
    if (region->next != NULL)
        region->next->previous = region;
    pool->regions = region;
}

static void unlink_region(struct pool *pool, struct region *region)
{
    if (region->previous != NULL)
        region->previous->next = region->next;
    else
        pool->regions = region->next;
    if (region->next != NULL)
        region->next->previous = region->previous;
}

static bool is_full_region(const struct region *region)
{
    return region->used == region->spans;
}

static struct region *create_region(struct pool *pool)
{
    uint32_t spans = pool->region_count < 4 ? REGION_SPANS : LATER_REGION_SPANS;
    struct span *first = aligned_alloc(SPAN_BYTES, spans * SPAN_BYTES);

    if (first == NULL)
        return NULL;
    memset(&first->region, 0, sizeof first->region);
    first->region.spans = spans;
    pool->region_bytes += spans * SPAN_BYTES;
    link_region(pool, &first->region);
    pool->region_count++;
    pool->idle_count++;
    return &first->region;
}

/* One that is not in use; only its place is known. */
static struct span *take_span(struct pool *pool)
{
    struct region *region = pool->regions != NULL ? pool->regions : create_region(pool);
    struct span *span, *first;

    if (region == NULL)
        return NULL;
    first = AVM_CONTAINER_OF(region, struct span, region);
    span = region->unused;
    if (span != NULL)
        region->unused = span->next;
    else
        span = (struct span *) (void *) ((char *) first + SPAN_BYTES * region->fresh++);
    span->first = first;
    pool->idle_count -= region->used++ == 0;
    if (is_full_region(region))
        unlink_region(pool, region);
    return span;
}

static void give_span(struct pool *pool, struct span *span)
{
    struct region *region = &span->first->region;

    if (is_full_region(region))
        link_region(pool, region);
    span->next = region->unused;
    region->unused = span;
    if (--region->used > 0)
        return;
    if (pool->idle_count < 2 + pool->region_count / 8) {
        pool->idle_count++;
        return;
    }
    unlink_region(pool, region);
    pool->region_count--;
    pool->region_bytes -= region->spans * SPAN_BYTES;
    free(span->first);
}

/* ---- spans ------------------------------------------------------------------------------------------ */

static inline struct span *span_of(void *block)
{
    return (struct span *) ((uintptr_t) block & ~(SPAN_BYTES - 1));
}

static inline bool is_full(const struct span *span)
{
    return span->free == NULL && span->fresh + span->block_bytes > SPAN_BYTES;
}

static void link_span(struct span **list, struct span *span)
{
    span->previous = NULL;
    span->next = *list;
    if (span->next != NULL)
        span->next->previous = span;
    *list = span;
}

static void unlink_span(struct span **list, struct span *span)
{
    if (span->previous != NULL)
        span->previous->next = span->next;
    else
        *list = span->next;
    if (span->next != NULL)
        span->next->previous = span->previous;
}

static AVM_NOINLINE struct span *open_span(struct pool *pool, size_t class)
{
    struct span *span = take_span(pool);

    if (span == NULL)
        return NULL;
    span->free = NULL;
    span->used = 0;
    span->fresh = (sizeof *span + GRAIN - 1) / GRAIN * GRAIN;
    span->block_bytes = (uint32_t) (class * GRAIN);
    link_span(&pool->roomy[class], span);
    return span;
}

/* ---- blocks ----------------------------------------------------------------------------------------- */

static inline void *take_block(struct pool *pool, size_t class)
{
    struct span *span = pool->roomy[class];
    struct free_block *block;

    if (AVM_UNLIKELY(span == NULL)) {
        span = open_span(pool, class);
        if (span == NULL)
            return NULL;
    }
    block = span->free;
    if (block != NULL) {
        span->free = block->next;
    } else {
        block = (struct free_block *) (void *) ((char *) span + span->fresh);
        span->fresh += span->block_bytes;
    }
    span->used++;
    if (AVM_UNLIKELY(is_full(span)))
        unlink_span(&pool->roomy[class], span);
    return block;
}

/* Its last block is gone. */
static AVM_NOINLINE void close_span(struct pool *pool, struct span *span)
{
    unlink_span(&pool->roomy[span->block_bytes / GRAIN], span);
    give_span(pool, span);
}

static inline void give_block(struct pool *pool, void *ptr)
{
    struct span *span = span_of(ptr);
    struct free_block *block = ptr;

    if (AVM_UNLIKELY(is_full(span)))
        link_span(&pool->roomy[span->block_bytes / GRAIN], span);
    block->next = span->free;
    span->free = block;
    if (AVM_UNLIKELY(--span->used == 0))
        close_span(pool, span);
}

/* ---- the allocator ---------------------------------------------------------------------------------- */

struct pool *pool_create(void)
{
    return AVM_WATCHES_MALLOC ? NULL : calloc(1, sizeof(struct pool));
}

void pool_destroy(struct pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->regions != NULL) {
        struct region *region = pool->regions;

        unlink_region(pool, region);
        free(AVM_CONTAINER_OF(region, struct span, region));
    }
    free(pool);
}

/* From or to a block of the other sort. */
static AVM_NOINLINE void *move(struct pool *pool, void *ptr, size_t old_size, size_t new_size)
{
    void *moved = pool_resize(pool, NULL, 0, new_size);

    if (moved == NULL)
        return NULL;
    memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
    (void) pool_resize(pool, ptr, old_size, 0);
    return moved;
}

void *pool_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    struct pool *pool = user;

    if (ptr == NULL)
        return new_size <= POOL_MOST_BYTES ? take_block(pool, class_of(new_size)) : malloc(new_size);
    if (new_size == 0) {
        if (old_size <= POOL_MOST_BYTES)
            give_block(pool, ptr);
        else
            free(ptr);
        return NULL;
    }
    if (old_size > POOL_MOST_BYTES && new_size > POOL_MOST_BYTES)
        return realloc(ptr, new_size);
    if (old_size <= POOL_MOST_BYTES && new_size <= POOL_MOST_BYTES
        && class_of(old_size) == class_of(new_size))
        return ptr;
    return move(pool, ptr, old_size, new_size);
}

/* ---- several threads --------------------------------------------------------------------------------- */

#if AVM_SMP
#define BATCH 16

static AVM_NOINLINE void fill_cache(struct pool *pool, struct pool_cache *cache, struct lock *lock, size_t class)
{
    lock_take(lock);
    while (cache->counts[class] < BATCH) {
        struct free_block *block = take_block(pool, class);

        if (block == NULL)
            break;
        block->next = cache->blocks[class];
        cache->blocks[class] = block;
        cache->counts[class]++;
    }
    lock_release(lock);
}

static void drain_class(struct pool *pool, struct pool_cache *cache, size_t class, uint8_t keep)
{
    while (cache->counts[class] > keep) {
        struct free_block *block = cache->blocks[class];

        cache->blocks[class] = block->next;
        cache->counts[class]--;
        give_block(pool, block);
    }
}

static AVM_NOINLINE void drain_cache(struct pool *pool, struct pool_cache *cache, struct lock *lock, size_t class)
{
    lock_take(lock);
    drain_class(pool, cache, class, BATCH);
    lock_release(lock);
}

static inline void *take_cached(struct pool *pool, struct pool_cache *cache, struct lock *lock, size_t class)
{
    struct free_block *block;

    if (cache->blocks[class] == NULL)
        fill_cache(pool, cache, lock, class);
    block = cache->blocks[class];
    if (block != NULL) {
        cache->blocks[class] = block->next;
        cache->counts[class]--;
    }
    return block;
}

static inline void give_cached(struct pool *pool, struct pool_cache *cache, struct lock *lock, void *ptr,
    size_t class)
{
    struct free_block *block = ptr;

    block->next = cache->blocks[class];
    cache->blocks[class] = block;
    if (++cache->counts[class] == 2 * BATCH)
        drain_cache(pool, cache, lock, class);
}

void pool_empty_cache(struct pool *pool, struct pool_cache *cache)
{
    for (size_t class = 0; class < POOL_CACHED_CLASSES; class++)
        drain_class(pool, cache, class, 0);
}

static void *resize_locked(struct pool *pool, struct lock *lock, void *ptr, size_t old_size, size_t new_size)
{
    void *result;

    lock_take(lock);
    result = pool_resize(pool, ptr, old_size, new_size);
    lock_release(lock);
    return result;
}

static void *move_cached(struct pool *pool, struct pool_cache *cache, struct lock *lock, void *ptr,
    size_t old_size, size_t new_size)
{
    void *moved = pool_resize_cached(pool, cache, lock, NULL, 0, new_size);

    if (moved == NULL)
        return NULL;
    memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
    (void) pool_resize_cached(pool, cache, lock, ptr, old_size, 0);
    return moved;
}

void *pool_resize_cached(struct pool *pool, struct pool_cache *cache, struct lock *lock, void *ptr,
    size_t old_size, size_t new_size)
{
    size_t size = ptr == NULL ? new_size : old_size;

    if (ptr != NULL && new_size != 0) {
        if (old_size > POOL_MOST_BYTES && new_size > POOL_MOST_BYTES)
            return realloc(ptr, new_size);
        if (old_size <= POOL_MOST_BYTES && new_size <= POOL_MOST_BYTES
            && class_of(old_size) == class_of(new_size))
            return ptr;
        return move_cached(pool, cache, lock, ptr, old_size, new_size);
    }
    if (size > POOL_MOST_BYTES)
        return pool_resize(pool, ptr, old_size, new_size);      /* malloc's */
    if (class_of(size) >= POOL_CACHED_CLASSES)
        return resize_locked(pool, lock, ptr, old_size, new_size);
    if (ptr == NULL)
        return take_cached(pool, cache, lock, class_of(size));
    give_cached(pool, cache, lock, ptr, class_of(size));
    return NULL;
}
#endif

/* ---- for tests -------------------------------------------------------------------------------------- */

size_t pool_region_bytes(const struct pool *pool)
{
    return pool->region_bytes;
}

static const char *check_span(const struct span *span, size_t class)
{
    size_t first = (sizeof *span + GRAIN - 1) / GRAIN * GRAIN, free_blocks = 0;

    if (span->block_bytes != class * GRAIN || is_full(span))
        return "a span is in the wrong list";
    for (const struct free_block *block = span->free; block != NULL; block = block->next) {
        uintptr_t at = (uintptr_t) block - (uintptr_t) span;

        if (at < first || at >= span->fresh || (at - first) % span->block_bytes != 0)
            return "a free block is no block of its span";
        free_blocks++;
    }
    return span->fresh != first + (span->used + free_blocks) * span->block_bytes
        || span->used == 0 ? "a span has lost a block" : NULL;
}

const char *pool_check(const struct pool *pool)
{
    for (size_t class = 0; class < CLASSES; class++) {
        for (const struct span *span = pool->roomy[class]; span != NULL; span = span->next) {
            const char *wrong = check_span(span, class);

            if (wrong != NULL)
                return wrong;
        }
    }
    for (const struct region *region = pool->regions; region != NULL; region = region->next) {
        size_t unused = 0;

        for (const struct span *span = region->unused; span != NULL; span = span->next)
            unused++;
        if (region->fresh != region->used + unused || is_full_region(region))
            return "a region has lost a span";
    }
    return NULL;
}
