/* trie.c - finding, putting and removing one key of a trie, by copying the path to it. */
#include "data/trie.h"

struct step {
    const term *node;
    size_t position;                        /* of the child, from 0 */
};

/* Where a key is, or belongs. */
struct location {
    struct step steps[TRIE_LEVELS + 1];
    unsigned depth;                         /* of the last step */
    const term *leaf;                       /* in its place: that key, or one that is in the way */
    bool found;
};

static unsigned nibble(uint32_t hash, unsigned depth)
{
    return hash >> (TRIE_STEP * depth) & 0xf;
}

static bool same_key(const struct compare_context *context, term a, term b)
{
    return term_equal_exact(context, a, b);
}

/* ---- finding ---------------------------------------------------------------------- */

static const term *find_collision(const struct compare_context *context, const term *node, term key)
{
    size_t count = trie_child_count(node);

    for (size_t i = 0; i < count; i++) {
        const term *leaf = term_cons_cell(node[2 + i]);

        if (same_key(context, leaf[0], key))
            return leaf;
    }
    return NULL;
}

const term *trie_find(const struct compare_context *context, const term *root, term key,
    uint32_t hash)
{
    const term *children = root + 3, *node = root;
    uint32_t bitmap = (uint32_t) term_small(root[1]);

    for (;;) {
        uint32_t bit = UINT32_C(1) << (hash & 0xf);
        term child;

        if ((bitmap & bit) == 0)
            return NULL;
        child = children[bits_count_ones32(bitmap & (bit - 1))];
        if (term_is_cons(child)) {
            const term *leaf = term_cons_cell(child);

            return same_key(context, leaf[0], key) ? leaf : NULL;
        }
        node = term_boxed(child);
        bitmap = (uint32_t) term_small(node[1]);
        if ((bitmap & MAP_COLLISION) != 0)
            return find_collision(context, node, key);
        children = node + 2;
        hash >>= TRIE_STEP;
    }
}

/* Position of key among a collision node's leaves; *found when it is there. */
static size_t collision_position(const struct compare_context *context, const term *node, term key,
    bool *found)
{
    size_t low = 0, high = trie_child_count(node);

    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        int order = term_compare_exact(context, term_head(node[2 + middle]), key);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void locate(const struct compare_context *context, const term *root, term key, uint32_t hash,
    struct location *at)
{
    const term *node = root;

    at->leaf = NULL;
    at->found = false;
    for (at->depth = 0;; at->depth++) {
        uint32_t bitmap = (uint32_t) term_small(node[1]);
        struct step *step = &at->steps[at->depth];
        uint32_t bit;
        term child;

        step->node = node;
        if ((bitmap & MAP_COLLISION) != 0) {
            step->position = collision_position(context, node, key, &at->found);
            if (at->found)
                at->leaf = term_cons_cell(node[2 + step->position]);
            return;
        }
        bit = UINT32_C(1) << nibble(hash, at->depth);
        step->position = bits_count_ones32(bitmap & (bit - 1));
        if ((bitmap & bit) == 0)
            return;
        child = node[trie_fixed_words(node) + step->position];
        if (term_is_cons(child)) {
            at->leaf = term_cons_cell(child);
            at->found = same_key(context, at->leaf[0], key);
            return;
        }
        node = term_boxed(child);
    }
}

/* ---- copying nodes ------------------------------------------------------------------- */

static size_t node_words(const term *node)
{
    return 1 + header_words(node[0]);
}

static term copy_node(term **top, const struct step *step, term child)
{
    size_t words = node_words(step->node);
    term *to = *top;

    memcpy(to, step->node, words * sizeof(term));
    to[trie_fixed_words(to) + step->position] = child;
    *top += words;
    return term_make_boxed(to);
}

/* A copy with one more child, at step's position; bit: what it adds to the bitmap. */
static term copy_node_with(term **top, const struct step *step, term child, uint32_t bit)
{
    size_t words = node_words(step->node), before;
    term *to = *top;

    before = trie_fixed_words(step->node) + step->position;
    memcpy(to, step->node, before * sizeof(term));
    to[before] = child;
    memcpy(to + before + 1, step->node + before, (words - before) * sizeof(term));
    to[0] = header_make(BOXED_MAP, words);
    to[1] = term_make_small(term_small(to[1]) | (intptr_t) bit);
    *top += words + 1;
    return term_make_boxed(to);
}

/* A copy without the child at step's position. */
static term copy_node_without(term **top, const struct step *step, uint32_t bit)
{
    size_t words = node_words(step->node), before;
    term *to = *top;

    before = trie_fixed_words(step->node) + step->position;
    memcpy(to, step->node, before * sizeof(term));
    memcpy(to + before, step->node + before + 1, (words - before - 1) * sizeof(term));
    to[0] = header_make(BOXED_MAP, words - 2);
    to[1] = term_make_small(term_small(to[1]) & ~(intptr_t) bit);
    *top += words - 1;
    return term_make_boxed(to);
}

static term make_leaf(term **top, term key, term value)
{
    term *to = *top;

    to[0] = key;
    to[1] = value;
    *top += 2;
    return term_make_cons(to);
}

/* Copies the steps above the last one, each with its new child; gives the root. */
static term copy_path(term **top, const struct location *at, term child)
{
    for (unsigned i = at->depth; i > 0; i--)
        child = copy_node(top, &at->steps[i - 1], child);
    return child;
}

static size_t path_words(const struct location *at)
{
    size_t words = 0;

    for (unsigned i = 0; i <= at->depth; i++)
        words += node_words(at->steps[i].node);
    return words;
}

static void change_size(term root, intptr_t change)
{
    term *node = term_boxed(root);

    node[2] = term_make_small(term_small(node[2]) + change);
}

/* ---- putting -------------------------------------------------------------------------------- */

/* Levels from depth on where both hashes go the same way. */
static unsigned common_levels(uint32_t a, uint32_t b, unsigned depth)
{
    unsigned levels = 0;

    while (depth + levels < TRIE_LEVELS && nibble(a, depth + levels) == nibble(b, depth + levels))
        levels++;
    return levels;
}

/* The node for two leaves whose hashes part, or never do, below depth. */
static term make_pair_node(const struct compare_context *context, term **top, term leaf_a,
    uint32_t hash_a, term leaf_b, uint32_t hash_b, unsigned depth)
{
    bool collision = depth == TRIE_LEVELS;
    unsigned a = collision ? 0 : nibble(hash_a, depth), b = collision ? 0 : nibble(hash_b, depth);
    bool a_first = collision
        ? term_compare_exact(context, term_head(leaf_a), term_head(leaf_b)) < 0
        : a < b;
    term *to = *top;

    to[0] = header_make(BOXED_MAP, 3);
    to[1] = term_make_small(collision ? MAP_COLLISION : (intptr_t) (1u << a | 1u << b));
    to[2] = a_first ? leaf_a : leaf_b;
    to[3] = a_first ? leaf_b : leaf_a;
    *top += 4;
    return term_make_boxed(to);
}

static term make_single_node(term **top, term child, unsigned slot)
{
    term *to = *top;

    to[0] = header_make(BOXED_MAP, 2);
    to[1] = term_make_small((intptr_t) (1u << slot));
    to[2] = child;
    *top += 3;
    return term_make_boxed(to);
}

/* The leaf in the way and a new one go to a new node below. */
static enum data_status put_beside(const struct compare_context *context, struct heap *heap,
    const struct location *at, term key, term value, uint32_t hash, term *result)
{
    const struct step *last = &at->steps[at->depth];
    term other = last->node[trie_fixed_words(last->node) + last->position];
    uint32_t other_hash = term_hash_internal(context, term_head(other));
    unsigned first = at->depth + 1;
    unsigned common = common_levels(hash, other_hash, first);
    term *top = heap_allocate(heap, path_words(at) + 2 + 3 * (size_t) common + 4);
    term child;

    if (top == NULL)
        return DATA_NO_MEMORY;
    child = make_leaf(&top, key, value);
    child = make_pair_node(context, &top, child, hash, other, other_hash, first + common);
    for (unsigned i = common; i > 0; i--)
        child = make_single_node(&top, child, nibble(hash, first + i - 1));
    *result = copy_path(&top, at, copy_node(&top, last, child));
    change_size(*result, 1);
    return DATA_OK;
}

/* A new leaf in a free place of the last node. */
static enum data_status put_new(struct heap *heap, const struct location *at, term key, term value,
    uint32_t hash, term *result)
{
    const struct step *last = &at->steps[at->depth];
    bool collision = (term_small(last->node[1]) & MAP_COLLISION) != 0;
    uint32_t bit = collision ? 0 : UINT32_C(1) << nibble(hash, at->depth);
    term *top = heap_allocate(heap, path_words(at) + 1 + 2);
    term leaf;

    if (top == NULL)
        return DATA_NO_MEMORY;
    leaf = make_leaf(&top, key, value);
    *result = copy_path(&top, at, copy_node_with(&top, last, leaf, bit));
    change_size(*result, 1);
    return DATA_OK;
}

static enum data_status put_again(struct heap *heap, const struct location *at, term map, term value,
    term *result)
{
    term *top;
    term leaf;

    if (at->leaf[1] == value) {
        *result = map;
        return DATA_OK;
    }
    top = heap_allocate(heap, path_words(at) + 2);
    if (top == NULL)
        return DATA_NO_MEMORY;
    leaf = make_leaf(&top, at->leaf[0], value);
    *result = copy_path(&top, at, copy_node(&top, &at->steps[at->depth], leaf));
    return DATA_OK;
}

enum data_status trie_put(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, bool must_exist, term *result)
{
    uint32_t hash = term_hash_internal(context, key);
    struct location at;

    locate(context, term_boxed(map), key, hash, &at);
    if (at.found)
        return put_again(heap, &at, map, value, result);
    if (must_exist)
        return DATA_BAD_KEY;
    if (at.leaf != NULL)
        return put_beside(context, heap, &at, key, value, hash, result);
    return put_new(heap, &at, key, value, hash, result);
}

/* ---- removing --------------------------------------------------------------------------------- */

/* When one leaf alone remains of the last node it takes the node's place, and so on upward; gives the
** leaf and moves at->depth to the node that keeps it, else TERM_NONE. */
static term pull_up(struct location *at)
{
    const struct step *last = &at->steps[at->depth];
    term other;

    if (at->depth == 0 || trie_child_count(last->node) != 2)
        return TERM_NONE;
    other = last->node[2 + (1 - last->position)];
    if (!term_is_cons(other))
        return TERM_NONE;
    do
        at->depth--;
    while (at->depth > 0 && trie_child_count(at->steps[at->depth].node) == 1);
    return other;
}

enum data_status trie_remove(const struct compare_context *context, struct heap *heap, term map,
    term key, term *result)
{
    uint32_t hash = term_hash_internal(context, key);
    struct location at;
    const struct step *last;
    term *top, pulled, child;
    uint32_t bit;

    locate(context, term_boxed(map), key, hash, &at);
    if (!at.found)
        return DATA_BAD_KEY;
    pulled = pull_up(&at);
    last = &at.steps[at.depth];
    top = heap_allocate(heap, path_words(&at) - (pulled == TERM_NONE ? 1 : 0));
    if (top == NULL)
        return DATA_NO_MEMORY;
    if (pulled != TERM_NONE) {
        child = copy_node(&top, last, pulled);
    } else {
        bit = (term_small(last->node[1]) & MAP_COLLISION) != 0
            ? 0
            : UINT32_C(1) << nibble(hash, at.depth);
        child = copy_node_without(&top, last, bit);
    }
    *result = copy_path(&top, &at, child);
    change_size(*result, -1);
    return DATA_OK;
}
