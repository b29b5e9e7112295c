/* literal.c - owns literal areas and the table that says where they lie.
** Always: ranges are sorted by address and do not overlap; an area's off-heap entries lie in it. */
#include "heap/internal.h"

struct literal_ranges *literal_ranges_create(struct memory *memory)
{
    struct literal_ranges *ranges = memory_allocate_zeroed(memory, MEMORY_LITERAL, sizeof *ranges);

    if (ranges != NULL)
        ranges->memory = memory;
    return ranges;
}

void literal_ranges_destroy(struct literal_ranges *ranges)
{
    if (ranges == NULL)
        return;
    memory_free(ranges->memory, MEMORY_LITERAL, ranges->items,
        ranges->capacity * sizeof *ranges->items);
    memory_free(ranges->memory, MEMORY_LITERAL, ranges, sizeof *ranges);
}

/* Index of the first range that starts above address. */
static size_t upper_bound(const struct literal_ranges *ranges, uintptr_t address)
{
    size_t low = 0, high = ranges->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges->items[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool literal_ranges_contain(const struct literal_ranges *ranges, const term *address)
{
    size_t next;

    if (ranges == NULL)
        return false;
    next = upper_bound(ranges, (uintptr_t) address);
    return next > 0 && (uintptr_t) address < ranges->items[next - 1].end;
}

struct literal_probe literal_probe_make(const struct literal_ranges *ranges)
{
    struct literal_probe probe = { ranges, 0, 0 };

    if (ranges == NULL || ranges->count == 0)
        probe.size = UINTPTR_MAX;
    return probe;
}

bool literal_probe_search(struct literal_probe *probe, uintptr_t address)
{
    const struct literal_ranges *ranges = probe->ranges;
    size_t next;

    if (ranges == NULL)
        return false;
    next = upper_bound(ranges, address);
    if (next > 0 && address < ranges->items[next - 1].end)
        return true;
    probe->low = next > 0 ? ranges->items[next - 1].end : 0;
    probe->size = (next < ranges->count ? ranges->items[next].start : UINTPTR_MAX) - probe->low;
    return false;
}

/* ---- areas ------------------------------------------------------------------- */

static void insert_range(struct literal_ranges *ranges, struct literal_area *area)
{
    size_t at = upper_bound(ranges, (uintptr_t) area->start);
    struct literal_range *range = ranges->items + at;

    memmove(range + 1, range, (ranges->count - at) * sizeof *range);
    range->start = (uintptr_t) area->start;
    range->end = (uintptr_t) area->end;
    range->area = area;
    ranges->count++;
}

struct literal_area *literal_area_create(struct literal_ranges *ranges, struct heap_shared *shared,
    struct heap *env, term *roots, size_t root_count)
{
    void *items = ranges->items;
    struct literal_area *area;
    size_t size;

    if (!vector_reserve(ranges->memory, MEMORY_LITERAL, &items, &ranges->capacity, ranges->count, 1,
            sizeof *ranges->items))
        return NULL;
    ranges->items = items;
    if (!size_multiply(env->fragment_words, sizeof(term), &size)
        || !size_add(size, sizeof *area, &size))
        return NULL;
    area = memory_allocate(shared->memory, MEMORY_LITERAL, size);
    if (area == NULL)
        return NULL;
    area->next = NULL;
    area->size = size;
    area->start = (term *) (area + 1);
    area->end = heap_evacuate_env(env, area->start, roots, root_count, &area->offheap);
    heap_deinit(env);
    insert_range(ranges, area);
    return area;
}

void literal_area_destroy(struct literal_ranges *ranges, struct memory *memory,
    struct literal_area *area)
{
    if (area == NULL)
        return;
    for (size_t i = 0; i < ranges->count; i++) {
        if (ranges->items[i].area != area)
            continue;
        ranges->count--;
        memmove(ranges->items + i, ranges->items + i + 1,
            (ranges->count - i) * sizeof *ranges->items);
        break;
    }
    offheap_drop_all(area->offheap);
    memory_free(memory, MEMORY_LITERAL, area, area->size);
}
