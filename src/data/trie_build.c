/* trie_build.c - whole maps from many pairs: sort them by hash as the trie goes through it, drop what
** later pairs replace, then make every node once, in one allocation of exactly what the map takes. */
#include "data/trie.h"

#define SMALL_BUILD 64                      /* pairs that need no memory for sorting */

struct slot {
    uint32_t path;                          /* the hash, its nibbles reversed: trie order */
    uint32_t pair;                          /* number over all runs */
};

struct builder {
    const struct compare_context *context;
    const struct pair_run *runs;
    size_t run_count;
    struct slot *slots, *spare;
    size_t count;
    term *top;
};

static const term *pair_at(const struct builder *b, uint32_t number)
{
    const struct pair_run *run = b->runs;

    for (; number >= run->count; run++)
        number -= (uint32_t) run->count;
    return run->pairs + 2 * (size_t) number;
}

static uint32_t path_of(uint32_t hash)
{
    hash = (hash & 0x0f0f0f0f) << 4 | (hash >> 4 & 0x0f0f0f0f);
    hash = (hash & 0x00ff00ff) << 8 | (hash >> 8 & 0x00ff00ff);
    return hash << 16 | hash >> 16;
}

/* ---- order ------------------------------------------------------------------------- */

static void fill_slots(struct builder *b)
{
    struct slot *slot = b->slots;
    uint32_t number = 0;

    for (size_t r = 0; r < b->run_count; r++) {
        for (size_t i = 0; i < b->runs[r].count; i++, slot++) {
            slot->path = path_of(term_hash_internal(b->context, b->runs[r].pairs[2 * i]));
            slot->pair = number++;
        }
    }
}

/* One stable pass over a byte of the path, from slots to spare. */
static void sort_by_byte(struct builder *b, unsigned shift)
{
    size_t starts[256] = { 0 }, sum = 0;
    struct slot *swap = b->slots;

    for (size_t i = 0; i < b->count; i++)
        starts[b->slots[i].path >> shift & 0xff]++;
    for (unsigned i = 0; i < 256; i++) {
        size_t count = starts[i];

        starts[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < b->count; i++)
        b->spare[starts[b->slots[i].path >> shift & 0xff]++] = b->slots[i];
    b->slots = b->spare;
    b->spare = swap;
}

static int compare_slots(const struct builder *b, const struct slot *x, const struct slot *y)
{
    return term_compare_exact(b->context, pair_at(b, x->pair)[0], pair_at(b, y->pair)[0]);
}

/* Sorts slots from..end, all of one path, by key; stable (merging, doubling the width). */
static void sort_by_key(struct builder *b, size_t from, size_t end)
{
    size_t count = end - from;
    struct slot *slots = b->slots + from, *spare = b->spare + from;

    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = low + 2 * width < count ? low + 2 * width : count;
            size_t left = low, right = middle;

            for (size_t to = low; to < high; to++) {
                bool take_left = left < middle
                    && (right >= high || compare_slots(b, &slots[left], &slots[right]) <= 0);

                spare[to] = take_left ? slots[left++] : slots[right++];
            }
        }
        memcpy(slots, spare, count * sizeof *slots);
    }
}

/* Leaves one slot for each key: the last. */
static void drop_replaced(struct builder *b)
{
    size_t kept = 0, from = 0;

    while (from < b->count) {
        size_t end = from + 1;

        while (end < b->count && b->slots[end].path == b->slots[from].path)
            end++;
        if (end - from > 1)
            sort_by_key(b, from, end);
        for (size_t i = from; i < end; i++) {
            if (i + 1 == end || compare_slots(b, &b->slots[i], &b->slots[i + 1]) != 0)
                b->slots[kept++] = b->slots[i];
        }
        from = end;
    }
    b->count = kept;
}

/* ---- nodes: a level at a time, so the calls nest at most TRIE_LEVELS deep --------------- */

static unsigned path_nibble(uint32_t path, unsigned depth)
{
    return path >> (28 - TRIE_STEP * depth) & 0xf;
}

/* End of the run of slots that go the same way as from at depth. */
static size_t same_way(const struct builder *b, size_t from, size_t end, unsigned depth)
{
    unsigned way = path_nibble(b->slots[from].path, depth);

    while (from < end && path_nibble(b->slots[from].path, depth) == way)
        from++;
    return from;
}

static size_t count_words(const struct builder *b, size_t from, size_t end, unsigned depth)
{
    size_t words = depth == 0 ? 3 : 2;

    if (depth > 0 && end - from == 1)
        return 2;
    if (depth == TRIE_LEVELS)
        return 2 + 3 * (end - from);
    while (from < end) {
        size_t next = same_way(b, from, end, depth);

        words += 1 + count_words(b, from, next, depth + 1);
        from = next;
    }
    return words;
}

static term build_leaf(struct builder *b, size_t at)
{
    const term *pair = pair_at(b, b->slots[at].pair);
    term *to = b->top;

    to[0] = pair[0];
    to[1] = pair[1];
    b->top += 2;
    return term_make_cons(to);
}

static term build_collision(struct builder *b, size_t from, size_t end)
{
    size_t count = end - from;
    term *to = b->top;

    b->top += 2 + count;
    to[0] = header_make(BOXED_MAP, 1 + count);
    to[1] = term_make_small(MAP_COLLISION);
    for (size_t i = 0; i < count; i++)
        to[2 + i] = build_leaf(b, from + i);
    return term_make_boxed(to);
}

static term build_node(struct builder *b, size_t from, size_t end, unsigned depth)
{
    size_t fixed = depth == 0 ? 3 : 2, children = 0, all = end - from;
    term *to = b->top;
    uint32_t bitmap = 0;

    if (depth > 0 && all == 1)
        return build_leaf(b, from);
    if (depth == TRIE_LEVELS)
        return build_collision(b, from, end);
    for (size_t at = from; at < end; at = same_way(b, at, end, depth)) {
        bitmap |= UINT32_C(1) << path_nibble(b->slots[at].path, depth);
        children++;
    }
    b->top += fixed + children;
    to[0] = header_make(BOXED_MAP, fixed - 1 + children);
    to[1] = term_make_small((intptr_t) (depth == 0 ? bitmap | MAP_ROOT : bitmap));
    if (depth == 0)
        to[2] = term_make_small((intptr_t) all);
    for (size_t i = 0; i < children; i++) {
        size_t next = same_way(b, from, end, depth);

        to[fixed + i] = build_node(b, from, next, depth + 1);
        from = next;
    }
    return term_make_boxed(to);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static enum data_status build_flat(struct builder *b, struct heap *heap, term *result)
{
    term pairs[2 * FLAT_MAP_MAX];

    for (size_t i = 0; i < b->count; i++)
        memcpy(pairs + 2 * i, pair_at(b, b->slots[i].pair), 2 * sizeof(term));
    return map_make_flat(b->context, heap, pairs, b->count, result);
}

static enum data_status build_map(struct builder *b, struct heap *heap, term *result)
{
    fill_slots(b);
    for (unsigned shift = 0; shift < 32; shift += 8)
        sort_by_byte(b, shift);
    drop_replaced(b);
    if (b->count <= FLAT_MAP_MAX)
        return build_flat(b, heap, result);
    if (b->count > (size_t) SMALL_MAX)
        return DATA_SYSTEM_LIMIT;
    b->top = heap_allocate(heap, count_words(b, 0, b->count, 0));
    if (b->top == NULL)
        return DATA_NO_MEMORY;
    *result = build_node(b, 0, b->count, 0);
    return DATA_OK;
}

enum data_status trie_build(const struct compare_context *context, struct heap *heap,
    const struct pair_run *runs, size_t run_count, term *result)
{
    struct slot small[2 * SMALL_BUILD], *slots = small;
    struct builder b = { context, runs, run_count, NULL, NULL, 0, NULL };
    enum data_status status;
    size_t size;

    for (size_t i = 0; i < run_count; i++)
        b.count += runs[i].count;
    if (b.count > UINT32_MAX)
        return DATA_SYSTEM_LIMIT;
    if (!size_multiply(b.count, 2 * sizeof *slots, &size))
        return DATA_NO_MEMORY;
    if (b.count > SMALL_BUILD) {
        slots = memory_allocate(context->memory, MEMORY_OTHER, size);
        if (slots == NULL)
            return DATA_NO_MEMORY;
    }
    b.slots = slots;
    b.spare = slots + b.count;
    status = build_map(&b, heap, result);
    if (slots != small)
        memory_free(context->memory, MEMORY_OTHER, slots, size);
    return status;
}
