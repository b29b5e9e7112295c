/* reference.h - making local references and aliases. */
#ifndef AVM_PROC_REFERENCE_H
#define AVM_PROC_REFERENCE_H

#include "heap/heap.h"

/* Writes a plain reference at to (REFERENCE_WORDS). */
static inline term reference_put(term *to, uint64_t id)
{
    to[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(to + 1, &id, sizeof id);
    return term_make_boxed(to);
}

/* TERM_NONE without memory. */
static inline term reference_make(struct heap *heap, uint64_t id)
{
    term *words = heap_allocate(heap, REFERENCE_WORDS);

    return words != NULL ? reference_put(words, id) : TERM_NONE;
}

/* The form of a reference that is an alias of owner. */
static inline term reference_make_alias(struct heap *heap, uint64_t id, term owner)
{
    term *words = heap_allocate(heap, REFERENCE_ALIAS_WORDS);

    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_REFERENCE, REFERENCE_ALIAS_WORDS - 1);
    memcpy(words + 1, &id, sizeof id);
    words[1 + REFERENCE_ID_WORDS] = owner;
    return term_make_boxed(words);
}

#endif
