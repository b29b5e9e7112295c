/* pool.h - the allocator of a VM whose host gives none: small blocks lie side by side in spans, each of one
** size; larger ones are malloc's. Since every release names its size, a block has no header and is given
** back in a few instructions.
**
** Spans come in regions; a span without blocks in use serves any size, a region without spans in use goes
** back to malloc, but for two and an eighth of all. One thread at a time, but for what says
** otherwise. */
#ifndef AVM_BASE_POOL_H
#define AVM_BASE_POOL_H

#include "base/lock.h"

#define POOL_MOST_BYTES 2048            /* larger blocks are malloc's */

struct pool;

/* NULL without memory, and in builds whose sanitizer is to see every block. */
struct pool *pool_create(void);
/* Nothing is in use any more. */
void pool_destroy(struct pool *pool);
/* A memory_resize_fn (base/memory.h); user is the pool. */
void *pool_resize(void *user, void *ptr, size_t old_size, size_t new_size);

#if AVM_SMP
/* Blocks that one scheduler has given back and will take again; all 0 at first. They go in
** batches between it and the pool, whose lock so is taken once for many of them. */
#define POOL_CACHED_CLASSES 33
struct pool_cache {
    struct free_block *blocks[POOL_CACHED_CLASSES];
    uint8_t counts[POOL_CACHED_CLASSES];
};
/* As pool_resize, by any thread: with a cache of its own. lock: of the pool. */
void *pool_resize_cached(struct pool *pool, struct pool_cache *cache, struct lock *lock, void *ptr,
    size_t old_size, size_t new_size);
/* No thread is in the pool any more but the one that calls. */
void pool_empty_cache(struct pool *pool, struct pool_cache *cache);
#endif

/* Bytes that malloc has given for small blocks, for tests. */
size_t pool_region_bytes(const struct pool *pool);
/* Walks all spans; NULL when every invariant holds, else what does not (static text). */
const char *pool_check(const struct pool *pool);

#endif
