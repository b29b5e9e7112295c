/* detach.c - who holds literals of an area, and making it hold none: before the area is destroyed
** (code purged) every heap that has terms in it gets copies of them. */
#include "heap/internal.h"

struct detacher {
    struct heap *heap;
    const struct literal_area *area;
    bool copy;                              /* else only look */
    bool found;
    bool no_memory;
};

static void detach_slot(struct detacher *d, term *slot)
{
    uintptr_t start = (uintptr_t) d->area->start, end = (uintptr_t) d->area->end;
    term copy;

    if ((!term_is_cons(*slot) && !term_is_boxed(*slot)) || *slot - start >= end - start)
        return;
    d->found = true;
    if (!d->copy)
        return;
    copy = heap_copy_with_literals(d->heap, *slot);
    if (copy == TERM_NONE)
        d->no_memory = true;
    else
        *slot = copy;
}

static bool detach_done(const struct detacher *d)
{
    return d->no_memory || (d->found && !d->copy);
}

static void detach_slots(struct detacher *d, term *slot, size_t count)
{
    for (; count > 0 && !detach_done(d); slot++, count--)
        detach_slot(d, slot);
}

static void detach_objects(struct detacher *d, term *at, const term *end)
{
    while (at < end && !detach_done(d)) {
        if (!term_is_header(*at)) {
            detach_slot(d, at++);
            continue;
        }
        if (header_is_view(*at))
            detach_slot(d, at + 1);
        at += 1 + header_raw_words(*at);
    }
}

static void detach_all(struct detacher *d, const struct heap_root *roots, size_t root_count)
{
    struct heap *heap = d->heap;
    const term *top = heap->top;
    struct heap_fragment *first = heap->fragments;
    size_t first_used = first != NULL ? first->used : 0;

    for (struct heap_fragment *f = first; f != NULL; f = f->next)
        detach_objects(d, f->words, f->words + (f == first ? first_used : f->used));
    detach_slots(d, heap->stack, (size_t) (heap->end - heap->stack));
    for (size_t i = 0; i < root_count; i++)
        detach_slots(d, roots[i].start, roots[i].count);
    detach_objects(d, heap->start, top);
    if (heap->old != NULL)
        detach_objects(d, heap->old->start, heap->old->top);
}

bool heap_uses_literals(struct heap *heap, const struct literal_area *area,
    const struct heap_root *roots, size_t root_count)
{
    struct detacher d = { heap, area, false, false, false };

    detach_all(&d, roots, root_count);
    return d.found;
}

bool heap_detach_literals(struct heap *heap, const struct literal_area *area,
    const struct heap_root *roots, size_t root_count)
{
    struct detacher d = { heap, area, true, false, false };

    if (heap->old != NULL)
        return false;
    heap->high_water = heap->start;             /* all is young now: it points at newer copies */
    detach_all(&d, roots, root_count);
    return !d.no_memory;
}
