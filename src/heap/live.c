/* live.c - how many words of a heap live, without moving any: what a collection needs at least, asked
** when there is no memory for what it might need at most. Costs a bit for each word of the heap. */
#include "heap/internal.h"

struct marker {
    const struct heap *heap;
    uint8_t *marks;                         /* a bit a word: block, then old, then the fragments */
    struct word_stack stack;                /* pairs: address, how many terms from there */
    size_t live;
};

static size_t words_between(const term *start, const term *end)
{
    return (size_t) (end - start);
}

static size_t all_words(const struct heap *heap)
{
    size_t words = words_between(heap->start, heap->top) + heap_fragment_words(heap);

    return words + (heap->old == NULL ? 0 : words_between(heap->old->start, heap->old->top));
}

/* Number of the word at address among all of the heap's, SIZE_MAX when it is none. */
static size_t number_of(const struct heap *heap, const term *address)
{
    uintptr_t at = (uintptr_t) address;
    size_t before = words_between(heap->start, heap->top);

    if (at - (uintptr_t) heap->start < before * sizeof(term))
        return (at - (uintptr_t) heap->start) / sizeof(term);
    if (heap->old != NULL) {
        size_t old = words_between(heap->old->start, heap->old->top);

        if (at - (uintptr_t) heap->old->start < old * sizeof(term))
            return before + (at - (uintptr_t) heap->old->start) / sizeof(term);
        before += old;
    }
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next) {
        if (at - (uintptr_t) f->words < f->used * sizeof(term))
            return before + (at - (uintptr_t) f->words) / sizeof(term);
        before += f->used;
    }
    return SIZE_MAX;
}

/* True when the object at address is met for the first time. */
static bool mark(struct marker *m, const term *address)
{
    size_t number = number_of(m->heap, address);
    uint8_t bit = (uint8_t) (1u << number % 8);

    if (number == SIZE_MAX || (m->marks[number / 8] & bit) != 0)
        return false;
    m->marks[number / 8] |= bit;
    return true;
}

/* Counts the object of t; the terms in it come in *at and *count. */
static void visit(struct marker *m, term t, const term **at, size_t *count)
{
    const term *boxed = term_boxed(t);

    *count = 0;
    if (term_is_cons(t)) {
        if (mark(m, term_cons_cell(t))) {
            m->live += 2;
            *at = term_cons_cell(t);
            *count = 2;
        }
    } else if (mark(m, boxed)) {
        size_t raw = header_raw_words(boxed[0]);

        m->live += 1 + header_words(boxed[0]);
        *at = boxed + 1 + (header_is_view(boxed[0]) ? 0 : raw);
        *count = header_is_view(boxed[0]) ? 1 : header_words(boxed[0]) - raw;
    }
}

static bool visit_range(struct marker *m, const term *at, size_t count)
{
    for (;;) {
        while (count > 0 && (term_is_immediate(*at) || term_is_header(*at))) {
            at++;
            count--;
        }
        if (count == 0) {
            if (m->stack.count == 0)
                return true;
            count = word_stack_pop(&m->stack);
            at = (const term *) word_stack_pop(&m->stack);
            continue;
        }
        if (count > 1
            && !word_stack_push2(&m->stack, (uintptr_t) (at + 1), (uintptr_t) (count - 1)))
            return false;
        visit(m, *at, &at, &count);
    }
}

size_t heap_live_words(const struct heap *heap, const struct heap_root *roots, size_t root_count)
{
    size_t size = all_words(heap) / 8 + 1;
    struct marker m;
    bool done;

    m.heap = heap;
    m.live = 0;
    m.marks = memory_allocate_zeroed(heap->shared->memory, MEMORY_OTHER, size);
    if (m.marks == NULL)
        return SIZE_MAX;
    word_stack_init(&m.stack, heap->shared->memory);
    done = visit_range(&m, heap->stack, words_between(heap->stack, heap->end));
    for (size_t i = 0; i < root_count && done; i++)
        done = visit_range(&m, roots[i].start, roots[i].count);
    word_stack_deinit(&m.stack);
    memory_free(heap->shared->memory, MEMORY_OTHER, m.marks, size);
    return done ? m.live : SIZE_MAX;
}
