/* memory.c - owns the counters; every allocation and release of a VM passes here.
** Always: counts.live_bytes == sum over kinds of counts.bytes_by. */
#include "base/memory.h"

#include <stdlib.h>

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

static bool may_grow(struct memory *memory, size_t growth)
{
    uint64_t number = memory->counts.allocations + memory->counts.failures + 1;

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

void *memory_resize(struct memory *memory, enum memory_kind kind, void *ptr, size_t old_size,
    size_t new_size)
{
    void *result;

    if (new_size == old_size)
        return ptr;
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
    memory->counts.bytes_by[from] -= size;
    memory->counts.objects_by[from]--;
    memory->counts.bytes_by[to] += size;
    memory->counts.objects_by[to]++;
}

size_t memory_get_free(const struct memory *memory)
{
    size_t below = memory->limit == 0 ? SIZE_MAX
        : memory->limit > memory->counts.live_bytes ? memory->limit - memory->counts.live_bytes : 0;
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
