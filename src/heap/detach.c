/* detach.c - who may hold literals that are retired, and making it hold none: before their areas are
** destroyed (code purged, persistent terms put anew or erased) every heap that has terms in them takes
** a copy of these.
**
** A heap takes one copy of each area that it holds any of, moves its pointers over to that, and leaves
** it to a collection to keep what is needed: so the copy is as shared as the literals were. */
#include "heap/internal.h"

/* Most pointers lead nowhere near a retired area: two comparisons. */
static struct literal_area *area_of(const struct literal_ranges *ranges, term t)
{
    if ((term_is_cons(t) || term_is_boxed(t)) && t - ranges->retired_low < ranges->retired_size)
        return literal_ranges_find_retired(ranges, t & ~(term) 3);
    return NULL;
}

/* ---- asking ----------------------------------------------------------------------------------- */

/* Raw words are taken for terms, too: the answer may be true for no reason. */
static bool hold_any(const struct literal_ranges *ranges, const term *at, const term *end, bool all)
{
    bool any = false;

    for (; at < end && (all || !any); at++) {
        struct literal_area *area = area_of(ranges, *at);

        if (area != NULL)
            any = area->is_held = true;
    }
    return any;
}

/* all: marks every area that is held, not only the first. */
static bool look(const struct heap *heap, const struct heap_root *roots, size_t root_count, bool all)
{
    const struct literal_ranges *ranges = heap->shared->literals;
    bool any = false;

    for (size_t i = 0; i < root_count && (all || !any); i++)
        any |= hold_any(ranges, roots[i].start, roots[i].start + roots[i].count, all);
    for (const struct heap_fragment *f = heap->fragments; f != NULL && (all || !any); f = f->next)
        any |= hold_any(ranges, f->words, f->words + f->used, all);
    if (all || !any)
        any |= hold_any(ranges, heap->stack, heap->end, all);
    if (all || !any)
        any |= hold_any(ranges, heap->start, heap->top, all);
    if (heap->old != NULL && (all || !any))
        any |= hold_any(ranges, heap->old->start, heap->old->top, all);
    return any;
}

bool heap_uses_retired(const struct heap *heap, const struct heap_root *roots, size_t root_count)
{
    return look(heap, roots, root_count, false);
}

/* ---- moving over -------------------------------------------------------------------------------- */

static void move_slot(const struct literal_ranges *ranges, term *slot)
{
    const struct literal_area *area = area_of(ranges, *slot);

    if (area != NULL)
        *slot += area->delta;
}

static void move_slots(const struct literal_ranges *ranges, term *slot, size_t count)
{
    for (; count > 0; slot++, count--)
        move_slot(ranges, slot);
}

/* The copy counts its off-heap objects, and lists them with the heap's. */
static void take_offheap(struct heap *heap, term *boxed)
{
    if (!header_is_offheap(boxed[0]))
        return;
    offheap_keep(boxed);
    offheap_link(&heap->offheap, boxed);
    if (header_kind(boxed[0]) == BOXED_BIN_REF)
        heap_note_offheap(heap, ((struct offheap_binary *) boxed[2])->capacity);
}

/* From end to end of what is filled with whole terms. copy_of: whose off-heap objects they are. */
static void move_objects(const struct literal_ranges *ranges, term *at, const term *end,
    struct heap *copy_of)
{
    while (at < end) {
        if (!term_is_header(*at)) {
            move_slot(ranges, at++);
            continue;
        }
        if (header_is_view(*at))
            move_slot(ranges, at + 1);
        else if (copy_of != NULL)
            take_offheap(copy_of, at);
        at += 1 + header_raw_words(*at);
    }
}

static size_t held_words(const struct literal_ranges *ranges)
{
    size_t words = 0;

    for (struct literal_area *area = ranges->retired; area != NULL; area = area->next)
        words += area->is_held ? (size_t) (area->end - area->start) : 0;
    return words;
}

static void copy_held(const struct literal_ranges *ranges, term *to)
{
    for (struct literal_area *area = ranges->retired; area != NULL; area = area->next) {
        size_t words = (size_t) (area->end - area->start);

        if (!area->is_held)
            continue;
        memcpy(to, area->start, words * sizeof(term));
        area->delta = (uintptr_t) to - (uintptr_t) area->start;
        to += words;
    }
}

/* heap: right after a fullsweep, one block of whole terms. A literal never points into another area, so
** that what is held is all that is needed. */
static bool move_to_copies(struct heap *heap, const struct heap_root *roots, size_t root_count)
{
    const struct literal_ranges *ranges = heap->shared->literals;
    size_t words = held_words(ranges);
    const term *top = heap->top;
    term *copy = heap_allocate(heap, words);

    if (copy == NULL)
        return false;
    copy_held(ranges, copy);
    move_objects(ranges, copy, copy + words, heap);
    heap->high_water = heap->start;             /* all is young now: it points at the newer copy */
    move_objects(ranges, heap->start, top, NULL);
    move_slots(ranges, heap->stack, (size_t) (heap->end - heap->stack));
    for (size_t i = 0; i < root_count; i++)
        move_slots(ranges, roots[i].start, roots[i].count);
    return true;
}

bool heap_detach_retired(struct heap *heap, const struct heap_root *roots, size_t root_count)
{
    if (!heap_uses_retired(heap, roots, root_count))
        return true;
    if (heap_collect(heap, 0, roots, root_count, true, NULL) != HEAP_COLLECTED)
        return false;
    for (struct literal_area *area = heap->shared->literals->retired; area != NULL; area = area->next)
        area->is_held = false;
    if (!look(heap, roots, root_count, true))
        return true;
    if (!move_to_copies(heap, roots, root_count))
        return false;
    /* Without memory for it the next collection sheds what is not needed of the copy. */
    (void) heap_collect(heap, 0, roots, root_count, true, NULL);
    return true;
}
