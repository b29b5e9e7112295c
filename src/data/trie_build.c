/* trie_build.c - whole maps from many pairs: sort them by hash as the trie goes through it, drop what
** later pairs replace, then make every node once, in one allocation of exactly what the map takes, or
** one for each of up to 256 parts. */
#include "data/map_build.h"
#include "data/trie.h"

#define SMALL_BUILD 64                      /* pairs that need no memory for sorting */
#define WHOLE_BUILD 4096                    /* slots that become nodes in one step */
#define NODE_UNITS 4                        /* what a slot costs as a node */

static const term *pair_at(const struct map_builder *b, uint32_t number)
{
    return b->pairs + 2 * (size_t) number;
}

static uint32_t path_of(uint32_t hash)
{
    hash = (hash & 0x0f0f0f0f) << 4 | (hash >> 4 & 0x0f0f0f0f);
    hash = (hash & 0x00ff00ff) << 8 | (hash >> 8 & 0x00ff00ff);
    return hash << 16 | hash >> 16;
}

static void enter_phase(struct map_builder *b, enum map_build_phase phase)
{
    b->phase = phase;
    b->at = 0;
    b->kept = 0;
}

/* Where the phase stops in this step; its cost is taken off. */
static size_t phase_end(const struct map_builder *b, size_t *budget)
{
    size_t left = b->count - b->at, now = left < *budget ? left : *budget;

    *budget -= now;
    return b->at + now;
}

/* ---- order ------------------------------------------------------------------------- */

static void step_hash(struct map_builder *b, size_t *budget)
{
    size_t end = phase_end(b, budget);

    for (; b->at < end; b->at++) {
        b->slots[b->at].path = path_of(term_hash_internal(b->context, b->pairs[2 * b->at]));
        b->slots[b->at].pair = (uint32_t) b->at;
    }
    if (b->at == b->count)
        enter_phase(b, MAP_BUILD_COUNT);
}

/* Of the two halves of a stable pass over a byte of the path: how many slots have each byte... */
static void step_count(struct map_builder *b, size_t *budget)
{
    size_t end, sum = 0;

    if (b->at == 0)
        memset(b->starts, 0, sizeof b->starts);
    end = phase_end(b, budget);
    for (; b->at < end; b->at++)
        b->starts[b->slots[b->at].path >> b->shift & 0xff]++;
    if (b->at < b->count)
        return;
    for (unsigned i = 0; i < 256; i++) {
        size_t count = b->starts[i];

        b->starts[i] = sum;
        sum += count;
    }
    enter_phase(b, MAP_BUILD_PLACE);
}

/* ... and where each goes, from slots to spare. */
static void step_place(struct map_builder *b, size_t *budget)
{
    size_t end = phase_end(b, budget);
    struct map_slot *swap = b->slots;

    for (; b->at < end; b->at++)
        b->spare[b->starts[b->slots[b->at].path >> b->shift & 0xff]++] = b->slots[b->at];
    if (b->at < b->count)
        return;
    b->slots = b->spare;
    b->spare = swap;
    b->shift += 8;
    enter_phase(b, b->shift < 32 ? MAP_BUILD_COUNT : MAP_BUILD_DROP);
}

static int compare_slots(const struct map_builder *b, const struct map_slot *x, const struct map_slot *y)
{
    return term_compare_exact(b->context, pair_at(b, x->pair)[0], pair_at(b, y->pair)[0]);
}

static bool same_keys(const struct map_builder *b, size_t from, size_t end)
{
    term key = pair_at(b, b->slots[from].pair)[0];

    while (++from < end)
        if (!term_equal_exact(b->context, key, pair_at(b, b->slots[from].pair)[0]))
            return false;
    return true;
}

/* Sorts slots from..end, all of one path, by key; stable (merging, doubling the width). */
static void sort_by_key(struct map_builder *b, size_t from, size_t end)
{
    size_t count = end - from;
    struct map_slot *slots = b->slots + from, *spare = b->spare + from;

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

/* Keeps of the slots from..end, all of one path, the last of each key. */
static void keep_last(struct map_builder *b, size_t from, size_t end)
{
    if (same_keys(b, from, end))
        from = end - 1;
    else
        sort_by_key(b, from, end);
    for (size_t i = from; i < end; i++) {
        if (i + 1 == end || compare_slots(b, &b->slots[i], &b->slots[i + 1]) != 0)
            b->slots[b->kept++] = b->slots[i];
    }
}

/* Leaves one slot for each key: the last. */
static void step_drop(struct map_builder *b, size_t *budget)
{
    while (b->at < b->count && *budget > 0) {
        size_t end = b->at + 1, cost;

        while (end < b->count && b->slots[end].path == b->slots[b->at].path)
            end++;
        keep_last(b, b->at, end);
        cost = end - b->at;
        *budget -= cost < *budget ? cost : *budget;
        b->at = end;
    }
    if (b->at == b->count) {
        b->count = b->kept;
        enter_phase(b, MAP_BUILD_NODES);
    }
}

/* ---- nodes: a level at a time, so the calls nest at most TRIE_LEVELS deep --------------- */

static unsigned path_nibble(uint32_t path, unsigned depth)
{
    return path >> (28 - TRIE_STEP * depth) & 0xf;
}

/* End of the run of slots that go the same way as from at depth. */
static size_t same_way(const struct map_builder *b, size_t from, size_t end, unsigned depth)
{
    unsigned way = path_nibble(b->slots[from].path, depth);

    while (from < end && path_nibble(b->slots[from].path, depth) == way)
        from++;
    return from;
}

static size_t count_words(const struct map_builder *b, size_t from, size_t end, unsigned depth)
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

static term build_leaf(struct map_builder *b, size_t at)
{
    const term *pair = pair_at(b, b->slots[at].pair);
    term *to = b->top;

    to[0] = pair[0];
    to[1] = pair[1];
    b->top += 2;
    return term_make_cons(to);
}

static term build_collision(struct map_builder *b, size_t from, size_t end)
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

static term build_node(struct map_builder *b, size_t from, size_t end, unsigned depth)
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

/* ---- large maps: their nodes of the third level one by one, then what is above them --------- */

/* Lies in spare, which nothing else uses any more. */
struct part {
    term node;
    size_t from;                            /* its first slot */
};

static struct part *parts_of(const struct map_builder *b)
{
    return (struct part *) (void *) b->spare;
}

static size_t part_end(const struct map_builder *b, size_t from)
{
    uint32_t way = b->slots[from].path >> 24;

    while (from < b->count && b->slots[from].path >> 24 == way)
        from++;
    return from;
}

static bool build_part(struct map_builder *b, struct heap *heap, size_t *budget)
{
    size_t end = part_end(b, b->at), cost = NODE_UNITS * (end - b->at);

    b->top = heap_allocate(heap, count_words(b, b->at, end, 2));
    if (b->top == NULL)
        return false;
    parts_of(b)[b->kept++] = (struct part) { build_node(b, b->at, end, 2), b->at };
    b->at = end;
    *budget -= cost < *budget ? cost : *budget;
    return true;
}

static unsigned part_nibble(const struct map_builder *b, size_t part, unsigned depth)
{
    return path_nibble(b->slots[parts_of(b)[part].from].path, depth);
}

/* End of the parts that go the same way as from at the root. */
static size_t group_end(const struct map_builder *b, size_t from)
{
    unsigned way = part_nibble(b, from, 0);

    while (from < b->kept && part_nibble(b, from, 0) == way)
        from++;
    return from;
}

/* The node of the second level over parts from..end; a leaf alone needs none. */
static term join_group(struct map_builder *b, size_t from, size_t end)
{
    const struct part *parts = parts_of(b);
    term *to = b->top;
    uint32_t bitmap = 0;

    if (end - from == 1 && term_is_cons(parts[from].node))
        return parts[from].node;
    b->top += 2 + (end - from);
    for (size_t i = from; i < end; i++) {
        bitmap |= UINT32_C(1) << part_nibble(b, i, 1);
        to[2 + i - from] = parts[i].node;
    }
    to[0] = header_make(BOXED_MAP, 1 + (end - from));
    to[1] = term_make_small((intptr_t) bitmap);
    return term_make_boxed(to);
}

/* The root, 3 words and 16 children, and the nodes under it, of 2 words and 16 children each. */
static bool join_parts(struct map_builder *b, struct heap *heap, term *result)
{
    term groups[16], *words = heap_allocate(heap, 3 + 16 + 16 * (2 + 16));
    size_t count = 0;
    uint32_t bitmap = 0;

    if (words == NULL)
        return false;
    b->top = words + 3 + 16;
    for (size_t from = 0, end; from < b->kept; from = end) {
        end = group_end(b, from);
        bitmap |= UINT32_C(1) << part_nibble(b, from, 0);
        groups[count++] = join_group(b, from, end);
    }
    heap_give_back(heap, b->top, words + 3 + 16 + 16 * (2 + 16));
    words[0] = header_make(BOXED_MAP, 2 + count);
    words[1] = term_make_small((intptr_t) (bitmap | MAP_ROOT));
    words[2] = term_make_small((intptr_t) b->count);
    memcpy(words + 3, groups, count * sizeof(term));
    if (count < 16)
        words[3 + count] = header_make(BOXED_BIG_POSITIVE, 16 - count - 1);
    *result = term_make_boxed(words);
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static enum data_status build_flat(struct map_builder *b, struct heap *heap, term *result)
{
    term pairs[2 * FLAT_MAP_MAX];

    for (size_t i = 0; i < b->count; i++)
        memcpy(pairs + 2 * i, pair_at(b, b->slots[i].pair), 2 * sizeof(term));
    return map_make_flat(b->context, heap, pairs, b->count, result);
}

static enum data_status build_whole(struct map_builder *b, struct heap *heap, term *result)
{
    if (b->count <= FLAT_MAP_MAX)
        return build_flat(b, heap, result);
    b->top = heap_allocate(heap, count_words(b, 0, b->count, 0));
    if (b->top == NULL)
        return DATA_NO_MEMORY;
    *result = build_node(b, 0, b->count, 0);
    return DATA_OK;
}

static enum data_status step_nodes(struct map_builder *b, struct heap *heap, size_t *budget, term *result)
{
    if (b->count > (size_t) SMALL_MAX)
        return DATA_SYSTEM_LIMIT;
    if (b->count <= WHOLE_BUILD) {
        b->phase = MAP_BUILD_DONE;
        return build_whole(b, heap, result);
    }
    while (b->at < b->count && *budget > 0)
        if (!build_part(b, heap, budget))
            return DATA_NO_MEMORY;
    if (b->at < b->count)
        return DATA_OK;
    b->phase = MAP_BUILD_DONE;
    return join_parts(b, heap, result) ? DATA_OK : DATA_NO_MEMORY;
}

enum data_status map_builder_step(struct map_builder *b, struct heap *heap, size_t *budget, term *result)
{
    enum data_status status = DATA_OK;

    while (*budget > 0 && b->phase != MAP_BUILD_DONE && status == DATA_OK) {
        switch (b->phase) {
        case MAP_BUILD_HASH: step_hash(b, budget); break;
        case MAP_BUILD_COUNT: step_count(b, budget); break;
        case MAP_BUILD_PLACE: step_place(b, budget); break;
        case MAP_BUILD_DROP: step_drop(b, budget); break;
        default: status = step_nodes(b, heap, budget, result); break;
        }
    }
    return status;
}

/* small: room for 2 * SMALL_BUILD slots, or NULL. */
static enum data_status open_builder(struct map_builder *b, const struct compare_context *context,
    const term *pairs, size_t count, struct map_slot *small)
{
    size_t size;

    b->context = context;
    b->pairs = pairs;
    b->pair_count = b->count = count;
    b->shift = 0;
    b->block = NULL;
    b->slots = small;
    enter_phase(b, MAP_BUILD_HASH);
    if (count > UINT32_MAX)
        return DATA_SYSTEM_LIMIT;
    if (small == NULL || count > SMALL_BUILD) {
        if (!size_multiply(count, 2 * sizeof *b->slots, &size))
            return DATA_NO_MEMORY;
        b->block = b->slots = memory_allocate(context->memory, MEMORY_OTHER, size);
        if (b->block == NULL)
            return DATA_NO_MEMORY;
    }
    b->spare = b->slots + count;
    return DATA_OK;
}

enum data_status map_builder_init(struct map_builder *b, const struct compare_context *context,
    const term *pairs, size_t count)
{
    return open_builder(b, context, pairs, count, NULL);
}

void map_builder_deinit(struct map_builder *b)
{
    if (b->block != NULL)
        memory_free(b->context->memory, MEMORY_OTHER, b->block, 2 * b->pair_count * sizeof *b->block);
    b->block = NULL;
}

enum data_status trie_build(const struct compare_context *context, struct heap *heap,
    const term *pairs, size_t count, term *result)
{
    struct map_slot small[2 * SMALL_BUILD];
    struct map_builder b;
    size_t budget = SIZE_MAX;
    enum data_status status = open_builder(&b, context, pairs, count, small);

    if (status == DATA_OK)
        status = map_builder_step(&b, heap, &budget, result);
    map_builder_deinit(&b);
    return status;
}
