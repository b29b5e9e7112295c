/* detach.c - who may hold literals of an area, and making it hold none: before the area is destroyed
** (code purged) every heap that has terms in it takes a copy of them.
**
** A heap takes one copy of the whole area, moves its pointers over to that, and leaves it to a
** collection to keep what is needed: so the copy is as shared as the literals were. */
#include "heap/internal.h"

struct mover {
    struct heap *heap;
    uintptr_t start, size;                  /* of the area, in bytes */
    uintptr_t delta;                        /* from the area to its copy */
};

static bool is_in_area(term t, uintptr_t start, uintptr_t size)
{
    return (term_is_cons(t) || term_is_boxed(t)) && t - start < size;
}

/* ---- asking ----------------------------------------------------------------------------------- */

/* Raw words are taken for terms, too: the answer may be true for no reason. */
static bool any_in_area(const struct literal_area *area, const term *at, const term *end)
{
    uintptr_t start = (uintptr_t) area->start, size = (uintptr_t) area->end - start;

    for (; at < end; at++)
        if (is_in_area(*at, start, size))
            return true;
    return false;
}

bool heap_uses_literals(const struct heap *heap, const struct literal_area *area,
    const struct heap_root *roots, size_t root_count)
{
    for (size_t i = 0; i < root_count; i++)
        if (any_in_area(area, roots[i].start, roots[i].start + roots[i].count))
            return true;
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next)
        if (any_in_area(area, f->words, f->words + f->used))
            return true;
    return any_in_area(area, heap->stack, heap->end) || any_in_area(area, heap->start, heap->top)
        || (heap->old != NULL && any_in_area(area, heap->old->start, heap->old->top));
}

/* ---- moving over -------------------------------------------------------------------------------- */

static void move_slot(const struct mover *m, term *slot)
{
    if (is_in_area(*slot, m->start, m->size))
        *slot += m->delta;
}

static void move_slots(const struct mover *m, term *slot, size_t count)
{
    for (; count > 0; slot++, count--)
        move_slot(m, slot);
}

/* The copy counts its off-heap objects, and lists them with the heap's. */
static void take_offheap(struct heap *heap, term *boxed)
{
    if (!header_is_offheap(boxed[0]))
        return;
    offheap_keep(boxed);
    offheap_link(&heap->offheap, boxed);
    if (header_kind(boxed[0]) == BOXED_BIN_REF)
        heap->offheap_bytes += ((struct offheap_binary *) boxed[2])->capacity;
}

/* From end to end of what is filled with whole terms. */
static void move_objects(const struct mover *m, term *at, const term *end, bool is_copy)
{
    while (at < end) {
        if (!term_is_header(*at)) {
            move_slot(m, at++);
            continue;
        }
        if (header_is_view(*at))
            move_slot(m, at + 1);
        else if (is_copy)
            take_offheap(m->heap, at);
        at += 1 + header_raw_words(*at);
    }
}

/* heap: right after a fullsweep, one block of whole terms. */
static bool move_to_copy(struct heap *heap, const struct literal_area *area,
    const struct heap_root *roots, size_t root_count)
{
    size_t words = (size_t) (area->end - area->start);
    const term *top = heap->top;
    term *copy = heap_allocate(heap, words);
    struct mover m = { heap, (uintptr_t) area->start, words * sizeof(term), 0 };

    if (copy == NULL)
        return false;
    memcpy(copy, area->start, words * sizeof(term));
    m.delta = (uintptr_t) copy - m.start;
    move_objects(&m, copy, copy + words, true);
    heap->high_water = heap->start;             /* all is young now: it points at the newer copy */
    move_objects(&m, heap->start, top, false);
    move_slots(&m, heap->stack, (size_t) (heap->end - heap->stack));
    for (size_t i = 0; i < root_count; i++)
        move_slots(&m, roots[i].start, roots[i].count);
    return true;
}

bool heap_detach_literals(struct heap *heap, const struct literal_area *area,
    const struct heap_root *roots, size_t root_count)
{
    if (!heap_uses_literals(heap, area, roots, root_count))
        return true;
    if (heap_collect(heap, 0, roots, root_count, true, 0) != HEAP_COLLECTED)
        return false;
    if (!heap_uses_literals(heap, area, roots, root_count))
        return true;
    if (!move_to_copy(heap, area, roots, root_count))
        return false;
    /* Without memory for it the next collection sheds what is not needed of the copy. */
    (void) heap_collect(heap, 0, roots, root_count, true, 0);
    return true;
}
