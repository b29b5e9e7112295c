/* internal.h - what the files of this room share and nobody else sees. */
#ifndef AVM_HEAP_INTERNAL_H
#define AVM_HEAP_INTERNAL_H

#include "base/reclaim.h"
#include "heap/heap.h"

/* ---- the list of off-heap objects ------------------------------------------- */

/* Where an off-heap object (BIN_REF or resource) keeps its "raw next". */
static inline term *offheap_next(term *boxed)
{
    return header_kind(boxed[0]) == BOXED_BIN_REF ? boxed + 1 : boxed + 1 + REFERENCE_ID_WORDS;
}

static inline bool header_is_offheap(term header)
{
    return header_kind(header) == BOXED_BIN_REF
        || (header_kind(header) == BOXED_REFERENCE
            && header_words(header) == REFERENCE_RESOURCE_WORDS - 1);
}

static inline void offheap_link(term *list, term *boxed)
{
    *offheap_next(boxed) = *list;
    *list = term_make_boxed(boxed);
}

/* Gives back or takes one more count of what the object at boxed stands for. */
void offheap_drop(const term *boxed);
void offheap_keep(const term *boxed);
/* Puts the entries of list in front of those of *to. */
void offheap_splice(term *to, term list);
/* Drops every entry of a list. */
void offheap_drop_all(term list);

/* ---- literals ------------------------------------------------------------------ */

struct literal_range {
    uintptr_t start, end;
    struct literal_area *area;
};

struct literal_table {
#if AVM_SMP
    struct reclaimed gone;
#endif
    size_t count, capacity;                 /* capacity: by count alone, see literal.c */
    struct literal_range items[];           /* by start, never overlapping */
};

/* With several schedulers who asks takes no lock: the table is replaced by whoever changes it, who holds
** the lock of the VM. */
struct literal_ranges {
    struct memory *memory;
    AVM_ATOMIC(struct literal_table *) table;   /* NULL: empty */
    struct reclaim *reclaim;
    struct literal_table *spare;            /* for the next insertion */
    struct literal_area *retired;           /* through next */
    AVM_ATOMIC(size_t) retired_words;       /* is_loose: one at least */
    AVM_ATOMIC(size_t) retirements;         /* so far */
    AVM_ATOMIC(size_t) oldest_retired;      /* its retirement; SIZE_MAX: none waits; is_loose: 0 */
    uintptr_t retired_low, retired_size;    /* addresses and bytes that all of them lie in */
    bool is_loose;                          /* there was no memory for a table as small as it should be */
};

/* The retired area in which address lies, or NULL. */
struct literal_area *literal_ranges_find_retired(const struct literal_ranges *ranges,
    uintptr_t address);

/* Asks many addresses in a row: remembers the last stretch that held no literal, so that terms of
** one heap cost one comparison each, and the last area that was hit. */
struct literal_probe {
    const struct literal_table *table;
    uintptr_t low, size;
    uintptr_t hit_low, hit_size;
};

struct literal_probe literal_probe_make(const struct literal_ranges *ranges);
bool literal_probe_search(struct literal_probe *probe, uintptr_t address);

static inline bool literal_probe_hit(struct literal_probe *probe, const term *address)
{
    if (AVM_LIKELY((uintptr_t) address - probe->low < probe->size))
        return false;
    if ((uintptr_t) address - probe->hit_low < probe->hit_size)
        return true;
    return literal_probe_search(probe, (uintptr_t) address);
}

/* ---- moving ---------------------------------------------------------------------- */

/* Moves what roots reach in the fragments of env to to..(with room for all of env's words); gives
** the new top. Off-heap entries that survive come in *offheap, the others are dropped; env's
** fragments are full of forwarding words afterwards. */
term *heap_evacuate_env(struct heap *env, term *to, term *roots, size_t root_count, term *offheap);

/* Words that live; SIZE_MAX without memory for the walk. */
size_t heap_live_words(const struct heap *heap, const struct heap_root *roots, size_t root_count);

/* The sum of used over fragments, however large. */
size_t heap_fragment_words(const struct heap *heap);

/* Releases all fragments, not what they hold. */
void heap_release_fragments(struct heap *heap);

/* Number of terms' words to skip or visit after the header at boxed: gives how many of the words
** that follow it are raw at the start; the rest are terms. */
static inline size_t header_raw_words(term header)
{
    switch (header_kind(header)) {
    case BOXED_TUPLE:
    case BOXED_MAP:
    case BOXED_RECORD:
        return 0;
    case BOXED_FUN:
        return 1;
    default:
        return header_words(header);
    }
}

static inline bool header_is_view(term header)
{
    return header_kind(header) == BOXED_SUB_BITS || header_kind(header) == BOXED_MATCH;
}

size_t heap_offheap_pile(const struct heap *heap);

#endif
