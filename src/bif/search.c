/* search.c - owns the factorisation of one needle and the automaton of several. */
#include "bif/search.h"

/* ---- one needle --------------------------------------------------------------------------- */

/* Start of the needle's greatest suffix in the order of bytes or its reverse, and its period. */
static size_t greatest_suffix(const uint8_t *needle, size_t size, bool reversed, size_t *period)
{
    size_t best = 0, candidate = 1, offset = 0;

    *period = 1;
    while (candidate + offset < size) {
        uint8_t a = needle[candidate + offset], b = needle[best + offset];

        if (a == b) {
            offset++;
            if (offset == *period) {
                candidate += offset;
                offset = 0;
            }
        } else if (reversed ? a > b : a < b) {
            candidate += offset + 1;
            offset = 0;
            *period = candidate - best;
        } else {
            best = candidate++;
            offset = 0;
            *period = 1;
        }
    }
    return best;
}

static void factorise(struct search *search)
{
    size_t period, reversed_period;
    size_t split = greatest_suffix(search->bytes, search->size, false, &period);
    size_t reversed = greatest_suffix(search->bytes, search->size, true, &reversed_period);

    search->critical = split;
    search->period = period;
    if (reversed > split) {
        search->critical = reversed;
        search->period = reversed_period;
    }
    search->is_periodic = search->critical + search->period <= search->size
        && memcmp(search->bytes, search->bytes + search->period, search->critical) == 0;
    if (!search->is_periodic) {
        size_t right = search->size - search->critical;

        search->period = (search->critical > right ? search->critical : right) + 1;
    }
}

void search_init(struct search *search, const uint8_t *needle, size_t size)
{
    size_t reach = size < 255 ? size : 255;

    search->bytes = needle;
    search->size = size;
    search->longest = size;
    search->nodes = NULL;
    search->node_capacity = 0;
    if (size == 1)
        return;
    memset(search->shift, (int) reach, sizeof search->shift);
    for (size_t i = size - reach; i < size; i++)
        search->shift[needle[i]] = (uint8_t) (size - 1 - i);
    factorise(search);
}

/* The window at text matches up to `known` already: *move is how far it may go when it does not
** match. */
static bool matches_window(const struct search *search, const uint8_t *text, size_t known,
    size_t *move)
{
    const uint8_t *needle = search->bytes;
    size_t i = search->critical > known ? search->critical : known;

    for (; i < search->size; i++)
        if (needle[i] != text[i]) {
            *move = i - search->critical + 1;
            return false;
        }
    *move = 0;
    for (i = search->critical; i > known; i--)
        if (needle[i - 1] != text[i - 1])
            return false;
    return true;
}

static bool find_one(const struct search *search, const uint8_t *text, size_t size, size_t *at)
{
    size_t place = 0, known = 0, move;

    if (search->size == 1) {
        const uint8_t *found = size == 0 ? NULL : memchr(text, search->bytes[0], size);

        if (found != NULL)
            *at = (size_t) (found - text);
        return found != NULL;
    }
    while (size - place >= search->size) {
        move = search->shift[text[place + search->size - 1]];
        if (move == 0) {
            if (matches_window(search, text + place, known, &move)) {
                *at = place;
                return true;
            }
            if (move == 0) {
                place += search->period;
                known = search->is_periodic ? search->size - search->period : 0;
                if (place > size)
                    break;
                continue;
            }
        }
        known = 0;
        place += move;
    }
    return false;
}

/* ---- several needles ---------------------------------------------------------------------- */

/* A node is a beginning of a needle; 0 is the empty one, and no node is anybody's child twice. */
struct search_node {
    uint32_t fail;              /* the longest proper suffix that is a node */
    uint32_t child, sibling;    /* 0: none */
    uint32_t depth;             /* its size */
    uint32_t match;             /* size of the longest needle that it ends with; 0: none */
    uint8_t byte;
};

static uint32_t find_child(const struct search *search, uint32_t node, uint8_t byte)
{
    uint32_t child;

    if (node == 0)
        return search->roots[byte];
    for (child = search->nodes[node].child; child != 0; child = search->nodes[child].sibling)
        if (search->nodes[child].byte == byte)
            return child;
    return 0;
}

static uint32_t step(const struct search *search, uint32_t node, uint8_t byte)
{
    uint32_t child;

    while ((child = find_child(search, node, byte)) == 0 && node != 0)
        node = search->nodes[node].fail;
    return child;
}

static void add_needle(struct search *search, const struct search_needle *needle, uint32_t *count)
{
    uint32_t node = 0;

    for (size_t i = 0; i < needle->size; i++) {
        uint32_t child = find_child(search, node, needle->bytes[i]);

        if (child == 0) {
            struct search_node *parent = &search->nodes[node];

            child = (*count)++;
            search->nodes[child]
                = (struct search_node) { 0, 0, parent->child, parent->depth + 1, 0,
                    needle->bytes[i] };
            parent->child = child;
            if (node == 0)
                search->roots[needle->bytes[i]] = child;
        }
        node = child;
    }
    search->nodes[node].match = (uint32_t) needle->size;
}

/* Breadth first, so that what a suffix says is known before it is asked for. */
static void link_suffixes(struct search *search, uint32_t *queue)
{
    size_t first = 0, last = 0;

    queue[last++] = 0;
    while (first < last) {
        uint32_t node = queue[first++], child;

        for (child = search->nodes[node].child; child != 0; child = search->nodes[child].sibling) {
            struct search_node *to = &search->nodes[child];

            to->fail = node == 0 ? 0 : step(search, search->nodes[node].fail, to->byte);
            if (to->match == 0)
                to->match = search->nodes[to->fail].match;
            queue[last++] = child;
        }
    }
}

bool search_init_many(struct search *search, struct memory *memory,
    const struct search_needle *needles, size_t count)
{
    size_t capacity = 1, bytes;
    uint32_t used = 1, *queue = NULL;

    memset(search, 0, sizeof *search);
    for (size_t i = 0; i < count; i++) {
        if (!size_add(capacity, needles[i].size, &capacity))
            return false;
        if (needles[i].size > search->longest)
            search->longest = needles[i].size;
    }
    if (capacity > UINT32_MAX || !size_multiply(capacity, sizeof *search->nodes, &bytes))
        return false;
    search->nodes = memory_allocate_zeroed(memory, MEMORY_OTHER, bytes);
    queue = memory_allocate(memory, MEMORY_OTHER, capacity * sizeof *queue);
    search->node_capacity = search->nodes == NULL ? 0 : capacity;
    if (search->nodes != NULL && queue != NULL) {
        for (size_t i = 0; i < count; i++)
            add_needle(search, &needles[i], &used);
        link_suffixes(search, queue);
    } else {
        search_deinit(search, memory);
    }
    memory_free(memory, MEMORY_OTHER, queue, capacity * sizeof *queue);
    return search->nodes != NULL;
}

void search_deinit(struct search *search, struct memory *memory)
{
    memory_free(memory, MEMORY_OTHER, search->nodes, search->node_capacity * sizeof *search->nodes);
    search->nodes = NULL;
}

/* Goes on after a match for as long as one that begins no later may still come. */
static bool find_many(const struct search *search, const uint8_t *text, size_t size, size_t *at,
    size_t *length)
{
    uint32_t node = 0;
    bool found = false;

    for (size_t i = 0; i < size; i++) {
        const struct search_node *reached;

        node = step(search, node, text[i]);
        reached = &search->nodes[node];
        if (found && i + 1 - reached->depth > *at)
            break;
        if (reached->match != 0) {
            size_t start = i + 1 - reached->match;

            if (!found || start < *at || (start == *at && reached->match > *length)) {
                *at = start;
                *length = reached->match;
                found = true;
            }
        }
    }
    return found;
}

bool search_find(const struct search *search, const uint8_t *text, size_t size, size_t *at,
    size_t *length)
{
    if (search->nodes != NULL)
        return find_many(search, text, size, at, length);
    *length = search->size;
    return find_one(search, text, size, at);
}
