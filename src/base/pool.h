/* pool.h - the allocator of a VM whose host gives none: small blocks lie side by side in spans, each of one
** size; larger ones are malloc's. Since every release names its size, a block has no header and is given
** back in a few instructions.
**
** Spans come in regions; a span without blocks in use serves any size, a region without spans in use goes
** back to malloc, but for two and an eighth of all. One thread at a time, but for what says
** otherwise. */
#ifndef AVM_BASE_POOL_H
#define AVM_BASE_POOL_H

#include "base/thread.h"

#define POOL_MOST_BYTES 2048            /* larger blocks are malloc's */

struct pool;

/* NULL without memory, and in builds whose sanitizer is to see every block. */
struct pool *pool_create(void);
/* Nothing is in use any more. */
void pool_destroy(struct pool *pool);
/* A memory_resize_fn (base/memory.h); user is the pool. */
void *pool_resize(void *user, void *ptr, size_t old_size, size_t new_size);

#if AVM_SMP
/* Each of several threads has a pool: its own is what it allocates from; what another thread's gave it may
** give back all the same, and that pool takes it in when it next has no room. */
void *pool_resize_shared(struct pool *own, void *ptr, size_t old_size, size_t new_size);
/* What the thread has of others' goes back to them, and what others had of its own is taken in. */
void pool_settle(struct pool *own);
/* All that is other's, blocks in use and all, is pool's; other is no more. Every pool that gave or took
** of other's has been settled, twice, and no thread is in them but the one that calls. */
void pool_join(struct pool *pool, struct pool *other);
#endif

/* Bytes that malloc has given for small blocks, for tests. */
size_t pool_region_bytes(const struct pool *pool);
/* Walks all spans; NULL when every invariant holds, else what does not (static text). */
const char *pool_check(const struct pool *pool);

#endif
