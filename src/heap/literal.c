/* literal.c - owns literal areas and the table that says where they lie.
** Always: ranges are sorted by address and do not overlap; an area's off-heap entries lie in it; the
** table's capacity follows from its count, so that what comes and goes leaves nothing behind. */
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
    literal_ranges_free_retired(ranges);
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
    struct literal_probe probe = { ranges, 0, 0, 0, 0 };

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
    if (next > 0 && address < ranges->items[next - 1].end) {
        probe->hit_low = ranges->items[next - 1].start;
        probe->hit_size = ranges->items[next - 1].end - probe->hit_low;
        return true;
    }
    probe->low = next > 0 ? ranges->items[next - 1].end : 0;
    probe->size = (next < ranges->count ? ranges->items[next].start : UINTPTR_MAX) - probe->low;
    return false;
}

/* ---- the table ---------------------------------------------------------------- */

static bool reserve_range(struct literal_ranges *ranges)
{
    void *items = ranges->items;

    if (!vector_reserve(ranges->memory, MEMORY_LITERAL, &items, &ranges->capacity, ranges->count, 1,
            sizeof *ranges->items))
        return false;
    ranges->items = items;
    return true;
}

static void trim(struct literal_ranges *ranges)
{
    size_t capacity = ranges->capacity;
    void *items;

    while (capacity > 0 && (capacity > 4 ? ranges->count <= capacity / 2 : ranges->count == 0))
        capacity = capacity > 4 ? capacity / 2 : 0;
    if (capacity == ranges->capacity)
        return;
    items = memory_resize(ranges->memory, MEMORY_LITERAL, ranges->items,
        ranges->capacity * sizeof *ranges->items, capacity * sizeof *ranges->items);
    if (items == NULL && capacity > 0)
        return;
    ranges->items = items;
    ranges->capacity = capacity;
}

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

static void remove_range(struct literal_ranges *ranges, const struct literal_area *area)
{
    size_t after = upper_bound(ranges, (uintptr_t) area->start);

    memmove(ranges->items + after - 1, ranges->items + after,
        (ranges->count - after) * sizeof *ranges->items);
    ranges->count--;
}

/* ---- areas ------------------------------------------------------------------- */

/* An area of words, not yet in the table, which has room for it; NULL without memory. */
static struct literal_area *allocate_area(struct literal_ranges *ranges, struct memory *memory,
    size_t words)
{
    struct literal_area *area;
    size_t size;

    if (!size_multiply(words, sizeof(term), &size) || !size_add(size, sizeof *area, &size)
        || !reserve_range(ranges))
        return NULL;
    area = memory_allocate(memory, MEMORY_LITERAL, size);
    if (area == NULL) {
        trim(ranges);
        return NULL;
    }
    memset(area, 0, sizeof *area);
    area->size = size;
    area->start = (term *) (area + 1);
    area->end = area->start + words;
    area->offheap = TERM_NONE;
    return area;
}

struct literal_area *literal_area_create(struct literal_ranges *ranges, struct heap_shared *shared,
    struct heap *env, term *roots, size_t root_count)
{
    struct literal_area *area = allocate_area(ranges, shared->memory, heap_fragment_words(env));

    if (area == NULL)
        return NULL;
    area->end = heap_evacuate_env(env, area->start, roots, root_count, &area->offheap);
    heap_deinit(env);
    insert_range(ranges, area);
    return area;
}

static void write_roots(struct heap_shared *shared, struct literal_area *area, term *roots,
    size_t root_count)
{
    term *to = area->start, offheap;

    for (size_t i = 0; i < root_count; i++) {
        size_t words = heap_flat_words(shared, roots[i]);

        roots[i] = heap_flat_write(roots[i], to, &offheap);
        offheap_splice(&area->offheap, offheap);
        to += words;
    }
}

bool literal_area_copy(struct literal_ranges *ranges, struct heap_shared *shared, term *roots,
    size_t root_count, struct literal_area **area)
{
    size_t words = 0;

    *area = NULL;
    for (size_t i = 0; i < root_count; i++) {
        size_t more = heap_flat_words(shared, roots[i]);

        if (more == SIZE_MAX || !size_add(words, more, &words))
            return false;
    }
    if (words == 0)
        return true;
    *area = allocate_area(ranges, shared->memory, words);
    if (*area == NULL)
        return false;
    write_roots(shared, *area, roots, root_count);
    insert_range(ranges, *area);
    return true;
}

static void free_area(struct memory *memory, struct literal_area *area)
{
    offheap_drop_all(area->offheap);
    memory_free(memory, MEMORY_LITERAL, area, area->size);
}

void literal_area_destroy(struct literal_ranges *ranges, struct memory *memory,
    struct literal_area *area)
{
    if (area == NULL)
        return;
    remove_range(ranges, area);
    trim(ranges);
    free_area(memory, area);
}

/* ---- retired areas -------------------------------------------------------------- */

void literal_area_retire(struct literal_ranges *ranges, struct literal_area *area)
{
    uintptr_t low = (uintptr_t) area->start, high = (uintptr_t) area->end;

    if (ranges->retired != NULL) {
        uintptr_t end = ranges->retired_low + ranges->retired_size;

        low = low < ranges->retired_low ? low : ranges->retired_low;
        high = high > end ? high : end;
    }
    ranges->retired_low = low;
    ranges->retired_size = high - low;
    ranges->retired_words += (size_t) (area->end - area->start);
    area->is_retired = true;
    area->next = ranges->retired;
    ranges->retired = area;
}

size_t literal_ranges_retired_words(const struct literal_ranges *ranges)
{
    return ranges->retired_words;
}

struct literal_area *literal_ranges_find_retired(const struct literal_ranges *ranges,
    uintptr_t address)
{
    size_t next = upper_bound(ranges, address);
    const struct literal_range *range = ranges->items + next - 1;

    return next > 0 && address < range->end && range->area->is_retired ? range->area : NULL;
}

void literal_ranges_free_retired(struct literal_ranges *ranges)
{
    size_t kept = 0;

    if (ranges->retired == NULL)
        return;
    for (size_t i = 0; i < ranges->count; i++)
        if (!ranges->items[i].area->is_retired)
            ranges->items[kept++] = ranges->items[i];
    ranges->count = kept;
    while (ranges->retired != NULL) {
        struct literal_area *area = ranges->retired;

        ranges->retired = area->next;
        free_area(ranges->memory, area);
    }
    ranges->retired_words = 0;
    ranges->retired_low = ranges->retired_size = 0;
    trim(ranges);
}
