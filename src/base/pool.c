/* pool.c - owns regions, spans and their free blocks.
** Always: a span begins at a multiple of its size, so that a block's address leads to it; a span in use is
** in the list of its class when it has room and in none when it is full; one without blocks in use hangs in
** its region. Memory that was never used is not touched: a region costs what lies in it. A few regions are
** kept for what comes after what went. Of several threads each has a pool of its own; what is given back by
** another than took it goes to the pool that the span names, a chain at a time (see "several threads"). */
#include "base/pool.h"

#include <stdlib.h>

#define SPAN_BYTES ((size_t) 16384)
#define REGION_SPANS 16                     /* of the first four; then more, for malloc's own words each time */
#define LATER_REGION_SPANS 64
#define GRAIN 16                            /* as malloc aligns, and the smallest block */
#define CLASSES (POOL_MOST_BYTES / GRAIN + 1)
#define LINE 64                             /* the first block begins at one, and so all of such a size */

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
    struct pool *pool;                      /* whose it was when it was opened */
    struct region region;                   /* of the first */
};

#define FIRST_BLOCK ((uint32_t) ((sizeof(struct span) + LINE - 1) / LINE * LINE))

struct pool {
    struct span *roomy[CLASSES];            /* by grains of a block; most sizes stand for none */
    struct region *regions;                 /* those with a span that is not in use */
    size_t region_count, idle_count;        /* all, and those of which no span is in use */
    size_t region_bytes;
#if AVM_SMP
    struct chain {                          /* of blocks of another pool, not given back yet */
        struct pool *to;
        struct free_block *first, *last;
        unsigned count;
    } chain;
    char apart[CACHE_LINE];
    AVM_ATOMIC(struct free_block *) returned;   /* by other threads, newest first */
    char returned_apart[CACHE_LINE];
#endif
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
    span->pool = pool;
    span->fresh = FIRST_BLOCK;
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
/* Given back together: so many cost one exchange. */
#define CHAIN_BLOCKS 32

/* What two schedulers write lies in different lines once it is larger than a few words: a process that others
** have spawned runs anywhere. */
static inline size_t shared_class_of(size_t size)
{
    size_t class = class_of(size), mask = LINE / GRAIN - 1;

    return class <= LINE / GRAIN ? class : (class + mask) & ~mask;
}

static AVM_NOINLINE void give_chain(struct pool *pool)
{
    struct chain *chain = &pool->chain;
    struct free_block *newest = atomic_peek(&chain->to->returned);

    do {
        chain->last->next = newest;
    } while (!atomic_replace(&chain->to->returned, &newest, chain->first));
    chain->to = NULL;
}

static inline void give_back(struct pool *pool, struct pool *owner, struct free_block *block)
{
    struct chain *chain = &pool->chain;

    if (chain->to != owner) {
        if (chain->to != NULL)
            give_chain(pool);
        chain->to = owner;
        chain->first = NULL;
        chain->last = block;
        chain->count = 0;
    }
    block->next = chain->first;
    chain->first = block;
    if (++chain->count == CHAIN_BLOCKS)
        give_chain(pool);
}

static void take_returned(struct pool *pool)
{
    struct free_block *block = atomic_peek(&pool->returned);

    if (block != NULL)
        block = atomic_swap(&pool->returned, (struct free_block *) NULL);
    while (block != NULL) {
        struct free_block *next = block->next;

        give_block(pool, block);
        block = next;
    }
}

static inline void *take_shared(struct pool *pool, size_t size)
{
    size_t class = shared_class_of(size);

    if (AVM_UNLIKELY(pool->roomy[class] == NULL))
        take_returned(pool);
    return take_block(pool, class);
}

static inline void give_shared(struct pool *pool, void *ptr)
{
    struct pool *owner = span_of(ptr)->pool;

    if (AVM_LIKELY(owner == pool))
        give_block(pool, ptr);
    else
        give_back(pool, owner, ptr);
}

static AVM_NOINLINE void *change_shared(struct pool *pool, void *ptr, size_t old_size, size_t new_size)
{
    void *moved;

    if (old_size > POOL_MOST_BYTES && new_size > POOL_MOST_BYTES)
        return realloc(ptr, new_size);
    if (old_size <= POOL_MOST_BYTES && new_size <= POOL_MOST_BYTES
        && span_of(ptr)->block_bytes == shared_class_of(new_size) * GRAIN)
        return ptr;
    moved = pool_resize_shared(pool, NULL, 0, new_size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
    (void) pool_resize_shared(pool, ptr, old_size, 0);
    return moved;
}

void *pool_resize_shared(struct pool *pool, void *ptr, size_t old_size, size_t new_size)
{
    if (ptr == NULL)
        return new_size <= POOL_MOST_BYTES ? take_shared(pool, new_size) : malloc(new_size);
    if (new_size != 0)
        return change_shared(pool, ptr, old_size, new_size);
    if (old_size <= POOL_MOST_BYTES)
        give_shared(pool, ptr);
    else
        free(ptr);
    return NULL;
}

void pool_settle(struct pool *pool)
{
    if (pool->chain.to != NULL)
        give_chain(pool);
    take_returned(pool);
}

static void join_spans(struct pool *pool, struct pool *other)
{
    for (size_t class = 0; class < CLASSES; class++) {
        while (other->roomy[class] != NULL) {
            struct span *span = other->roomy[class];

            unlink_span(&other->roomy[class], span);
            link_span(&pool->roomy[class], span);
        }
    }
}

void pool_join(struct pool *pool, struct pool *other)
{
    join_spans(pool, other);
    while (other->regions != NULL) {
        struct region *region = other->regions;

        unlink_region(other, region);
        link_region(pool, region);
    }
    pool->region_count += other->region_count;
    pool->idle_count += other->idle_count;
    pool->region_bytes += other->region_bytes;
    free(other);
}
#endif

/* ---- for tests -------------------------------------------------------------------------------------- */

size_t pool_region_bytes(const struct pool *pool)
{
    return pool->region_bytes;
}

static const char *check_span(const struct span *span, size_t class)
{
    size_t first = FIRST_BLOCK, free_blocks = 0;

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
