/* check.c - the walker that verifies every invariant of a heap; for tests and soak.
**
** It visits what roots, stack and off-heap lists reach, once each (a set of addresses lies in memory
** of kind OTHER; without memory for it the check passes). Literals are taken as they are. */
#include "heap/internal.h"

enum place { PLACE_NONE, PLACE_BLOCK, PLACE_OLD, PLACE_FRAGMENT, PLACE_LITERAL };

#define MARK_LISTED 1u              /* low bits of an address in the set: on an off-heap list */

struct checker {
    const struct heap *heap;
    struct memory *memory;
    uintptr_t *set;                 /* open hash of addresses, 0 is free */
    size_t set_capacity, set_count;
    struct word_stack work;         /* terms to visit */
    bool no_memory;
};

/* ---- the set ------------------------------------------------------------------------ */

static size_t set_slot(const uintptr_t *set, size_t capacity, uintptr_t address)
{
    size_t at = (size_t) ((address >> 2) * UINT32_C(2654435761)) & (capacity - 1);

    while (set[at] != 0 && (set[at] & ~(uintptr_t) 3) != address)
        at = (at + 1) & (capacity - 1);
    return at;
}

static bool set_grow(struct checker *c)
{
    size_t capacity = c->set_capacity == 0 ? 256 : c->set_capacity * 2;
    uintptr_t *set = memory_allocate_zeroed(c->memory, MEMORY_OTHER, capacity * sizeof *set);

    if (set == NULL) {
        c->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < c->set_capacity; i++) {
        if (c->set[i] != 0)
            set[set_slot(set, capacity, c->set[i] & ~(uintptr_t) 3)] = c->set[i];
    }
    memory_free(c->memory, MEMORY_OTHER, c->set, c->set_capacity * sizeof *set);
    c->set = set;
    c->set_capacity = capacity;
    return true;
}

/* The entry of address, made when it is not there (*is_new); NULL without memory. */
static uintptr_t *set_put(struct checker *c, const term *address, bool *is_new)
{
    uintptr_t *entry;

    if (c->set_count * 2 >= c->set_capacity && !set_grow(c))
        return NULL;
    entry = c->set + set_slot(c->set, c->set_capacity, (uintptr_t) address);
    *is_new = *entry == 0;
    if (*is_new) {
        *entry = (uintptr_t) address;
        c->set_count++;
    }
    return entry;
}

/* ---- places ---------------------------------------------------------------------------- */

static bool within(const term *at, size_t words, const term *start, const term *end)
{
    uintptr_t low = (uintptr_t) start, high = (uintptr_t) end, address = (uintptr_t) at;

    return address >= low && address < high && words <= (high - address) / sizeof(term);
}

/* Where words words from at on lie as a whole. */
static enum place find_place(const struct heap *heap, const term *at, size_t words)
{
    if (within(at, words, heap->start, heap->top))
        return PLACE_BLOCK;
    if (heap->old != NULL && within(at, words, heap->old->start, heap->old->top))
        return PLACE_OLD;
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next) {
        if (within(at, words, f->words, f->words + f->used))
            return PLACE_FRAGMENT;
    }
    if (literal_ranges_contain(heap->shared->literals, at))
        return PLACE_LITERAL;
    return PLACE_NONE;
}

/* ---- one object --------------------------------------------------------------------------- */

static const char *check_bits(const term *boxed)
{
    size_t bits, bytes, words = header_words(boxed[0]);
    const uint8_t *data = (const uint8_t *) (boxed + 2);

    if (words < 1)
        return "HEAP_BITS without a size";
    bits = boxed[1];
    if (bits > words * sizeof(term) * 8)
        return "HEAP_BITS with more bits than words";
    bytes = (bits + 7) / 8;
    if (words + 1 != HEAP_BITS_WORDS(bytes))
        return "HEAP_BITS whose size does not match its words";
    if (bits % 8 != 0 && (data[bytes - 1] & (0xff >> bits % 8)) != 0)
        return "HEAP_BITS with unused bits set";
    return NULL;
}

static const char *check_view(const struct checker *c, const term *boxed)
{
    const term *under;
    size_t limit;

    if (header_words(boxed[0]) != SUB_BITS_WORDS - 1)
        return "a view of bits with a wrong number of words";
    if (!term_is_boxed(boxed[1]))
        return "a view of bits over no boxed term";
    under = term_boxed(boxed[1]);
    if (find_place(c->heap, under, 2) == PLACE_NONE)
        return "a view of bits over a term that is not on this heap";
    if (header_kind(under[0]) == BOXED_HEAP_BITS)
        limit = under[1];
    else if (header_kind(under[0]) == BOXED_BIN_REF)
        limit = ((const struct offheap_binary *) under[2])->capacity * 8;
    else
        return "a view of bits over neither HEAP_BITS nor BIN_REF";
    if (boxed[2] > boxed[3] || boxed[3] > limit)
        return "a view of bits past the end of its bytes";
    return NULL;
}

static const char *check_big(const term *boxed)
{
    size_t words = header_words(boxed[0]);
    bool negative = header_kind(boxed[0]) == BOXED_BIG_NEGATIVE;

    if (words == 0 || boxed[words] == 0)
        return "a big integer with a leading zero limb";
    if (words == 1 && boxed[1] <= (term) SMALL_MAX + (negative ? 1 : 0))
        return "a big integer in the range of small ones";
    return NULL;
}

static const char *check_reference(const term *boxed)
{
    size_t words = header_words(boxed[0]) + 1;

    if (words == REFERENCE_ALIAS_WORDS && !term_is_pid(boxed[1 + REFERENCE_ID_WORDS]))
        return "an alias whose owner is no pid";
    return words == REFERENCE_WORDS || words == REFERENCE_ALIAS_WORDS
            || words == REFERENCE_RESOURCE_WORDS
        ? NULL
        : "a reference with a wrong number of words";
}

static const char *check_flat_map(const term *boxed, size_t words)
{
    const term *keys = term_boxed(boxed[1]);

    if (header_kind(keys[0]) != BOXED_TUPLE)
        return "a flat map whose keys are no tuple";
    if (header_words(keys[0]) != words - 1)
        return "a flat map with different numbers of keys and values";
    return words - 1 > FLAT_MAP_MAX ? "a flat map with too many keys" : NULL;
}

static const char *check_map(const struct checker *c, const term *boxed)
{
    size_t words = header_words(boxed[0]), children, mark;

    if (words == 0)
        return "a map without words";
    if (term_is_boxed(boxed[1]))
        return find_place(c->heap, term_boxed(boxed[1]), 1) == PLACE_NONE
            ? "a flat map whose keys are not on this heap"
            : check_flat_map(boxed, words);
    if (!term_is_small(boxed[1]))
        return "a map that is neither flat nor a trie";
    mark = (size_t) term_small(boxed[1]);
    if ((mark & MAP_ROOT) != 0 && (words < 2 || !term_is_small(boxed[2])))
        return "a trie's root without a size";
    children = words - 1 - ((mark & MAP_ROOT) != 0 ? 1 : 0);
    if ((mark & MAP_COLLISION) == 0 && children != bits_count_ones32(mark & 0xffff))
        return "a trie node whose bitmap does not match its children";
    for (size_t i = words - children + 1; i <= words; i++) {
        if (!term_is_cons(boxed[i]) && !term_is_boxed(boxed[i]))
            return "a trie node's child that is neither leaf nor node";
    }
    return NULL;
}

static const char *check_external(const term *boxed)
{
    if (header_words(boxed[0]) != EXTERNAL_ID_WORDS - 1)
        return "an external identifier with a wrong number of words";
    return term_is_atom(boxed[1]) ? NULL : "an external identifier whose node is no atom";
}

static const char *check_object(const struct checker *c, const term *boxed)
{
    size_t words = header_words(boxed[0]);

    switch (header_kind(boxed[0])) {
    case BOXED_TUPLE:
        return NULL;
    case BOXED_RECORD:
        return words > 0 && term_is_boxed(boxed[1]) ? NULL : "a record without definition";
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        return check_big(boxed);
    case BOXED_FLOAT:
        return words == FLOAT_WORDS ? NULL : "a float with a wrong number of words";
    case BOXED_FUN:
        return words > 0 && boxed[1] != 0 ? NULL : "a fun without code";
    case BOXED_EXPORT:
        return words == 1 && boxed[1] != 0 ? NULL : "an external fun without export";
    case BOXED_REFERENCE:
        return check_reference(boxed);
    case BOXED_HEAP_BITS:
        return check_bits(boxed);
    case BOXED_SUB_BITS:
    case BOXED_MATCH:
        return check_view(c, boxed);
    case BOXED_BIN_REF:
        return words == BIN_REF_WORDS - 1 ? NULL : "a BIN_REF with a wrong number of words";
    case BOXED_MAP:
        return check_map(c, boxed);
    default:
        return check_external(boxed);
    }
}

/* ---- the walk ------------------------------------------------------------------------------- */

static const char *push_terms(struct checker *c, const term *at, size_t count, enum place from)
{
    for (; count > 0; at++, count--) {
        const term *to;
        enum place place;

        if (term_is_immediate(*at))
            continue;
        if (term_is_header(*at))
            return "a header where a term should be";
        to = (const term *) (*at & ~(term) 3);
        place = find_place(c->heap, to, term_is_cons(*at) ? 2 : 1);
        if (place == PLACE_NONE)
            return "a pointer that leads to nothing of this heap";
        if (from == PLACE_OLD && place != PLACE_OLD && place != PLACE_LITERAL)
            return "a pointer from the old generation to the young one";
        if (place != PLACE_LITERAL && !word_stack_push(&c->work, *at))
            c->no_memory = true;
    }
    return NULL;
}

static const char *visit_boxed(struct checker *c, const term *boxed, bool listed)
{
    enum place place;
    const char *wrong;
    size_t raw;

    if (!term_is_header(boxed[0]))
        return "a boxed pointer to something without a header";
    place = find_place(c->heap, boxed, 1 + header_words(boxed[0]));
    if (place == PLACE_NONE)
        return "an object that ends past its block";
    wrong = check_object(c, boxed);
    if (wrong != NULL)
        return wrong;
    if (header_is_offheap(boxed[0]) && !listed)
        return "an off-heap object that is on no list";
    if (header_is_view(boxed[0]))
        return push_terms(c, boxed + 1, 1, place);
    raw = header_raw_words(boxed[0]);
    return push_terms(c, boxed + 1 + raw, header_words(boxed[0]) - raw, place);
}

static const char *visit(struct checker *c, term t)
{
    const term *at = (const term *) (t & ~(term) 3);
    bool is_new;
    uintptr_t *entry = set_put(c, at, &is_new);
    bool listed = entry != NULL && (*entry & MARK_LISTED) != 0;

    if (entry == NULL || (!is_new && !listed))
        return NULL;
    if (term_is_cons(t))
        return push_terms(c, at, 2, find_place(c->heap, at, 2));
    return visit_boxed(c, at, listed);
}

static const char *check_list(struct checker *c, term list, bool old)
{
    for (; list != TERM_NONE; list = *offheap_next(term_boxed(list))) {
        term *boxed = term_boxed(list);
        enum place place = term_is_boxed(list) ? find_place(c->heap, boxed, 2) : PLACE_NONE;
        bool is_new;
        uintptr_t *entry;

        if (place == PLACE_NONE || place == PLACE_LITERAL || (place == PLACE_OLD) != old)
            return "an off-heap entry outside its generation";
        if (!term_is_header(boxed[0]) || !header_is_offheap(boxed[0]))
            return "an off-heap entry that is no off-heap object";
        if (header_kind(boxed[0]) == BOXED_BIN_REF
            ? atomic_get(&((struct offheap_binary *) boxed[2])->references) == 0
            : atomic_get(&((struct resource *) boxed[2 + REFERENCE_ID_WORDS])->references) == 0)
            return "an off-heap entry whose target was released";
        entry = set_put(c, boxed, &is_new);
        if (entry == NULL)
            return NULL;
        if (!is_new)
            return "an off-heap object that is on a list twice";
        *entry |= MARK_LISTED;
    }
    return NULL;
}

static const char *check_bounds(const struct heap *heap)
{
    size_t words = 0;

    if (heap->start > heap->high_water || heap->high_water > heap->top || heap->top > heap->stack
        || heap->stack > heap->end)
        return "a block whose marks are out of order";
    if (heap->old != NULL && (heap->old->start > heap->old->top || heap->old->top > heap->old->end))
        return "an old block whose marks are out of order";
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next) {
        if (f->used > f->capacity)
            return "a fragment that is more than full";
        words += f->used;
    }
    return words < UINT32_MAX && words != heap->fragment_words ? "a wrong sum of fragments" : NULL;
}

static const char *push_root(struct checker *c, const term *at, size_t count)
{
    const char *wrong = NULL;

    for (; count > 0 && wrong == NULL; at++, count--) {
        if (!term_is_header(*at))
            wrong = push_terms(c, at, 1, PLACE_BLOCK);
    }
    return wrong;
}

static const char *check_all(struct checker *c, const struct heap_root *roots, size_t root_count)
{
    const struct heap *heap = c->heap;
    const char *wrong = check_bounds(heap);

    if (wrong == NULL)
        wrong = check_list(c, heap->offheap, false);
    if (wrong == NULL && heap->old != NULL)
        wrong = check_list(c, heap->old->offheap, true);
    if (wrong == NULL)
        wrong = push_root(c, heap->stack, (size_t) (heap->end - heap->stack));
    for (size_t i = 0; i < root_count && wrong == NULL; i++)
        wrong = push_root(c, roots[i].start, roots[i].count);
    while (wrong == NULL && c->work.count > 0)
        wrong = visit(c, word_stack_pop(&c->work));
    return wrong;
}

const char *heap_check(const struct heap *heap, const struct heap_root *roots, size_t root_count)
{
    struct checker c;
    const char *wrong;

    memset(&c, 0, sizeof c);
    c.heap = heap;
    c.memory = heap->shared->memory;
    word_stack_init(&c.work, c.memory);
    wrong = check_all(&c, roots, root_count);
    word_stack_deinit(&c.work);
    memory_free(c.memory, MEMORY_OTHER, c.set, c.set_capacity * sizeof *c.set);
    return wrong;
}
