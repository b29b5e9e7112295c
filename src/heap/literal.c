/* literal.c - owns literal areas and the table that says where they lie.
** Always: ranges are sorted by address and do not overlap; an area's off-heap entries lie in it; the
** table's capacity follows from its count, so that what comes and goes leaves nothing behind. A table that
** threads may look at is not changed: a new one takes its place. */
#include "heap/internal.h"

struct literal_ranges *literal_ranges_create(struct memory *memory)
{
    struct literal_ranges *ranges = memory_allocate_zeroed(memory, MEMORY_LITERAL, sizeof *ranges);

    if (ranges != NULL)
        ranges->memory = memory;
    return ranges;
}

static bool is_shared(const struct literal_ranges *ranges)
{
    (void) ranges;
    return memory_is_shared(ranges->memory);
}

static size_t table_bytes(size_t capacity)
{
    return sizeof(struct literal_table) + capacity * sizeof(struct literal_range);
}

static void free_table(struct literal_ranges *ranges, struct literal_table *table)
{
    if (table != NULL)
        memory_free(ranges->memory, MEMORY_LITERAL, table, table_bytes(table->capacity));
}

void literal_ranges_destroy(struct literal_ranges *ranges)
{
    if (ranges == NULL)
        return;
    literal_ranges_free_retired(ranges, LITERALS_ALL);
    free_table(ranges, ranges->table);
    free_table(ranges, ranges->spare);
    memory_free(ranges->memory, MEMORY_LITERAL, ranges, sizeof *ranges);
}

void literal_ranges_set_reclaim(struct literal_ranges *ranges, struct reclaim *reclaim)
{
    ranges->reclaim = reclaim;
}

/* Index of the first range that starts above address. */
static size_t upper_bound(const struct literal_table *table, uintptr_t address)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->items[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool literal_ranges_contain(const struct literal_ranges *ranges, const term *address)
{
    const struct literal_table *table = ranges != NULL ? atomic_get(&ranges->table) : NULL;
    size_t next;

    if (table == NULL)
        return false;
    next = upper_bound(table, (uintptr_t) address);
    return next > 0 && (uintptr_t) address < table->items[next - 1].end;
}

struct literal_probe literal_probe_make(const struct literal_ranges *ranges)
{
    const struct literal_table *table = ranges != NULL ? atomic_get(&ranges->table) : NULL;
    struct literal_probe probe = { table, 0, 0, 0, 0 };

    if (table == NULL || table->count == 0)
        probe.size = UINTPTR_MAX;
    return probe;
}

bool literal_probe_search(struct literal_probe *probe, uintptr_t address)
{
    const struct literal_table *table = probe->table;
    size_t next;

    if (table == NULL)
        return false;
    next = upper_bound(table, address);
    if (next > 0 && address < table->items[next - 1].end) {
        probe->hit_low = table->items[next - 1].start;
        probe->hit_size = table->items[next - 1].end - probe->hit_low;
        return true;
    }
    probe->low = next > 0 ? table->items[next - 1].end : 0;
    probe->size = (next < table->count ? table->items[next].start : UINTPTR_MAX) - probe->low;
    return false;
}

/* ---- the table ---------------------------------------------------------------- */

static size_t count_of(const struct literal_ranges *ranges)
{
    return ranges->table != NULL ? ranges->table->count : 0;
}

/* Of a table that nobody else looks at: 0, 4, 8, 16 ... */
static size_t capacity_for(size_t count)
{
    size_t capacity = count == 0 ? 0 : 4;

    while (capacity < count)
        capacity *= 2;
    return capacity;
}

/* A table with room for one more lies ready. */
static bool reserve_range(struct literal_ranges *ranges)
{
    size_t capacity = capacity_for(count_of(ranges) + 1);

    if (ranges->spare != NULL)
        return true;
    if (!is_shared(ranges) && ranges->table != NULL && ranges->table->capacity >= capacity)
        return true;
    ranges->spare = memory_allocate(ranges->memory, MEMORY_LITERAL, table_bytes(capacity));
    if (ranges->spare != NULL)
        ranges->spare->capacity = capacity;
    return ranges->spare != NULL;
}

static void replace_table(struct literal_ranges *ranges, struct literal_table *table)
{
    struct literal_table *old = ranges->table;

    atomic_put(&ranges->table, table);
    if (old == NULL)
        return;
#if AVM_SMP
    if (ranges->reclaim != NULL) {
        reclaim_free(ranges->reclaim, &old->gone, MEMORY_LITERAL, old, table_bytes(old->capacity));
        return;
    }
#endif
    free_table(ranges, old);
}

/* Whether what goes are one area, or the areas that were retired among the first so many. */
struct leaving {
    const struct literal_area *area;
    size_t first;
};

/* A range of nothing has left already. */
static bool is_leaving(const struct leaving *leaving, const struct literal_range *range)
{
    const struct literal_area *area = range->area;

    return range->start == range->end || area == leaving->area
        || (area->retirement != 0 && area->retirement <= leaving->first);
}

/* The ranges of the table but for those that leave. */
static size_t copy_ranges(const struct literal_table *from, struct literal_range *to,
    const struct leaving *leaving)
{
    size_t kept = 0;

    for (size_t i = 0; from != NULL && i < from->count; i++) {
        if (!is_leaving(leaving, &from->items[i]))
            to[kept++] = from->items[i];
    }
    return kept;
}

static void insert_range(struct literal_ranges *ranges, struct literal_area *area)
{
    static const struct leaving none = { NULL, 0 };
    struct literal_table *table = ranges->spare;
    struct literal_range *range;
    size_t at;

    ranges->spare = NULL;
    if (table == NULL)
        table = ranges->table;
    else
        table->count = copy_ranges(ranges->table, table->items, &none);
    at = upper_bound(table, (uintptr_t) area->start);
    range = table->items + at;
    memmove(range + 1, range, (table->count - at) * sizeof *range);
    range->start = (uintptr_t) area->start;
    range->end = (uintptr_t) area->end;
    range->area = area;
    table->count++;
    if (table != ranges->table)
        replace_table(ranges, table);
}

/* Makes the table anew without some; without memory it stays as large as it is, and what goes covers
** nothing any more. */
static void remove_ranges(struct literal_ranges *ranges, const struct leaving *leaving)
{
    struct literal_table *old = ranges->table, *table = NULL;
    size_t left = 0, capacity;

    if (old == NULL)
        return;
    for (size_t i = 0; i < old->count; i++)
        left += !is_leaving(leaving, &old->items[i]);
    capacity = capacity_for(left);
    if (left != 0 && (is_shared(ranges) || capacity < old->capacity)) {
        table = memory_allocate(ranges->memory, MEMORY_LITERAL, table_bytes(capacity));
        if (table != NULL)
            table->capacity = capacity;
    }
    ranges->is_loose = left != 0 && table == NULL && capacity < old->capacity;
    if (left == 0 || table != NULL) {
        if (table != NULL)
            table->count = copy_ranges(old, table->items, leaving);
        replace_table(ranges, table);
    } else if (!is_shared(ranges)) {
        old->count = copy_ranges(old, old->items, leaving);
    } else {
        for (size_t i = 0; i < old->count; i++)
            if (is_leaving(leaving, &old->items[i]))
                atomic_put(&old->items[i].end, old->items[i].start);
        ranges->is_loose = true;
    }
    if (ranges->is_loose) {
        atomic_put(&ranges->retired_words, atomic_peek(&ranges->retired_words) + 1);
        atomic_put(&ranges->oldest_retired, (size_t) 0);
    }
}

/* Gives back what was reserved and not used. */
static void trim(struct literal_ranges *ranges)
{
    free_table(ranges, ranges->spare);
    ranges->spare = NULL;
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
    const struct leaving leaving = { area, 0 };

    if (area == NULL)
        return;
    remove_ranges(ranges, &leaving);
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
    atomic_bump(&ranges->retired_words, (size_t) (area->end - area->start));
    area->retirement = ranges->retirements + 1;
    area->next = ranges->retired;
    if (ranges->retired == NULL)
        atomic_put(&ranges->oldest_retired, area->retirement);
    ranges->retired = area;
    atomic_put(&ranges->retirements, area->retirement);     /* after it is counted in retired_words */
}

size_t literal_ranges_retired_words(const struct literal_ranges *ranges)
{
    return atomic_peek(&ranges->retired_words);
}

struct literal_area *literal_ranges_find_retired(const struct literal_ranges *ranges,
    uintptr_t address)
{
    const struct literal_table *table = ranges->table;
    size_t next = table != NULL ? upper_bound(table, address) : 0;
    const struct literal_range *range = next > 0 ? table->items + next - 1 : NULL;

    return next > 0 && address < range->end && range->area->retirement != 0 ? range->area : NULL;
}

size_t literal_ranges_retirements(const struct literal_ranges *ranges)
{
    return atomic_get(&ranges->retirements);
}

bool literal_ranges_has_retired(const struct literal_ranges *ranges, size_t first)
{
    return atomic_peek(&ranges->retired_words) > 0 && atomic_peek(&ranges->oldest_retired) <= first;
}

/* What stays keeps its place in the list, the newest first. */
static void take_retired(struct literal_ranges *ranges, size_t first)
{
    struct literal_area **at = &ranges->retired, *area;
    size_t oldest = ranges->is_loose ? 0 : SIZE_MAX, words = ranges->is_loose;

    while ((area = *at) != NULL) {
        if (area->retirement <= first) {
            *at = area->next;
            free_area(ranges->memory, area);
        } else {
            oldest = ranges->is_loose ? 0 : area->retirement;
            words += (size_t) (area->end - area->start);
            at = &area->next;
        }
    }
    atomic_put(&ranges->oldest_retired, oldest);
    atomic_put(&ranges->retired_words, words);
}

void literal_ranges_free_retired(struct literal_ranges *ranges, size_t first)
{
    const struct leaving leaving = { NULL, first };

    if (ranges->retired == NULL && !ranges->is_loose)
        return;
    remove_ranges(ranges, &leaving);
    take_retired(ranges, first);
    if (ranges->retired == NULL)
        ranges->retired_low = ranges->retired_size = 0;
}
