/* arena.h - an allocator inside one buffer that the host gives: with it a VM never asks the system.
**
** Blocks lie one behind the other; a free one is merged with its free neighbours at once, so two free
** blocks never touch, and what is free depends only on what is in use and where. Free blocks hang in
** lists by size: one list for each multiple of 8 bytes up to 128, then 16 for each power of two. A
** search takes the first list whose every block is large enough: a fixed number of steps, but when
** memory is almost out.
** Always: the sizes of all blocks add up to the buffer; what counts as free depends on the sizes that
** are allocated, not on where they lie. */
#ifndef AVM_BASE_ARENA_H
#define AVM_BASE_ARENA_H

#include "base/compiler.h"

struct arena;

/* Makes an arena at the start of buffer; NULL when it is too small to hold even one block. */
struct arena *arena_create(void *buffer, size_t size);
/* A memory_resize_fn (base/memory.h); user is the arena. */
void *arena_resize(void *user, void *ptr, size_t old_size, size_t new_size);
/* What allocations can still get, each with its 8 to 31 bytes of header and rounding. user is the
** arena. */
size_t arena_free_bytes(void *user);
/* The largest free block, for tests of fragmentation. */
size_t arena_largest_free(const struct arena *arena);
/* Walks all blocks; NULL when every invariant holds, else what does not (static text). */
const char *arena_check(const struct arena *arena);

#endif
