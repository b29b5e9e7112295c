/* heap.c - owns a heap's block, old block and fragments: making, allocating, adopting, releasing.
** Always: fragment_words is the sum of used over fragments; every allocated stretch is either filled
** with whole terms or covered by a header that says how long it is. */
#include "heap/internal.h"

#define FRAGMENT_MIN_WORDS 32
#define FRAGMENT_MAX_GROWTH 8192            /* words; a fragment grows past it only by what is asked */
#define PILE_WORDS 256                      /* fragments below it never make a collection due */
#define STRESS_SMALL_WORDS 2000
#define PILE_OFFHEAP_WORDS 46422            /* OTP's min_bin_vheap_size */
#define PILE_BYTES_PER_FRAME_WORD 64

void heap_init_env(struct heap *heap, struct heap_shared *shared, enum memory_kind kind)
{
    memset(heap, 0, sizeof *heap);
    heap->shared = shared;
    heap->min_words = kind;
    heap->fullsweep_after = UINT16_MAX;
}

bool heap_init(struct heap *heap, struct heap_shared *shared, size_t words)
{
    size_t size;
    term *block;

    heap_init_env(heap, shared, MEMORY_HEAP);
    if (words == 0)
        words = 1;
    if (words > UINT32_MAX || !size_multiply(words, sizeof(term), &size))
        return false;
    block = memory_allocate(shared->memory, MEMORY_HEAP, size);
    if (block == NULL)
        return false;
    heap->start = heap->top = heap->high_water = block;
    heap->stack = heap->end = block + words;
    heap->min_words = (uint32_t) words;
    return true;
}

static size_t fragment_size(const struct heap_fragment *fragment)
{
    return fragment->prefix + sizeof *fragment + fragment->capacity * sizeof(term);
}

void heap_release_list(struct memory *memory, enum memory_kind kind, struct heap_fragment *fragments,
    term offheap)
{
    struct heap_fragment *fragment = fragments, *next;

    if (offheap != TERM_NONE)
        offheap_drop_all(offheap);
    for (; fragment != NULL; fragment = next) {
        next = fragment->next;
#if defined(AVM_GC_STRESS)
        memset(fragment->words, 0xa9, fragment->used * sizeof(term));
#endif
        memory_free(memory, kind, (char *) fragment - fragment->prefix, fragment_size(fragment));
    }
}

void heap_release_fragments(struct heap *heap)
{
    heap_release_list(heap->shared->memory, heap_kind(heap), heap->fragments, TERM_NONE);
    heap->fragments = NULL;
    heap->fragment_words = 0;
}

void heap_release(struct heap *heap)
{
    struct memory *memory = heap->shared->memory;
    enum memory_kind kind = heap_kind(heap);

    offheap_drop_all(heap->offheap);
    if (heap->old != NULL) {
        offheap_drop_all(heap->old->offheap);
        memory_free(memory, kind, heap->old->start,
            (size_t) (heap->old->end - heap->old->start) * sizeof(term));
        memory_free(memory, kind, heap->old, sizeof *heap->old);
    }
    heap_release_fragments(heap);
    memory_free(memory, kind, heap->start,
        (size_t) (heap->end - heap->start) * sizeof(term));
}

void heap_deinit(struct heap *heap)
{
    enum memory_kind kind = heap_kind(heap);

    heap_release(heap);
    heap_init_env(heap, heap->shared, kind);
}

#if AVM_SMP
bool heap_share(struct heap_shared *shared, unsigned count)
{
    shared->tallies = memory_allocate_zeroed(shared->memory, MEMORY_OTHER,
        (count + 1) * sizeof *shared->tallies);
    if (shared->tallies == NULL)
        return false;
    shared->tallies[0] = shared->tally;
    shared->tally_count = count + 1;
    atomic_poke(&shared->is_shared, true);
    return true;
}

void heap_unshare(struct heap_shared *shared)
{
    struct heap_tally *tallies = shared->tallies;

    if (tallies == NULL)
        return;
    heap_get_tally(shared, &shared->tally);
    shared->tallies = NULL;
    atomic_poke(&shared->is_shared, false);
    memory_free(shared->memory, MEMORY_OTHER, tallies, shared->tally_count * sizeof *tallies);
}
#endif

void heap_get_tally(const struct heap_shared *shared, struct heap_tally *sum)
{
    *sum = shared->tally;
#if AVM_SMP
    for (unsigned slot = 0; shared->tallies != NULL && slot < shared->tally_count; slot++) {
        const struct heap_tally *tally = &shared->tallies[slot];

        sum->minor_collections += atomic_peek(&tally->minor_collections);
        sum->major_collections += atomic_peek(&tally->major_collections);
        sum->copied_words += atomic_peek(&tally->copied_words);
        sum->reclaimed_words += atomic_peek(&tally->reclaimed_words);
    }
#endif
}

/* ---- allocation ---------------------------------------------------------------- */

/* The first fragment of an environment is exact (most messages are one copy); later ones double. */
static struct heap_fragment *create_fragment(struct heap *heap, size_t words)
{
    size_t capacity = heap->fragment_words;
    struct heap_fragment *fragment;

    if (capacity > FRAGMENT_MAX_GROWTH)
        capacity = FRAGMENT_MAX_GROWTH;
    if ((heap->start != NULL || capacity > 0) && capacity < FRAGMENT_MIN_WORDS)
        capacity = FRAGMENT_MIN_WORDS;
    if (capacity < words)
        capacity = words;
    if (capacity > (SIZE_MAX - sizeof *fragment) / sizeof(term))
        return NULL;
    fragment = memory_allocate(heap->shared->memory, heap_kind(heap),
        sizeof *fragment + capacity * sizeof(term));
    if (fragment == NULL)
        return NULL;
    fragment->next = heap->fragments;
    fragment->capacity = capacity;
    fragment->used = 0;
    fragment->prefix = 0;
    heap->fragments = fragment;
    return fragment;
}

term *heap_allocate_slow(struct heap *heap, size_t words)
{
    struct heap_fragment *fragment = heap->fragments;
    size_t wanted = words == 0 ? 1 : words;
    term *result;

    if (fragment == NULL || fragment->capacity - fragment->used < wanted) {
        fragment = create_fragment(heap, wanted);
        if (fragment == NULL)
            return NULL;
    }
    result = fragment->words + fragment->used;
    if (words == 0)
        result[0] = header_make(BOXED_RECORD, 0);
    fragment->used += wanted;
    heap->fragment_words = heap_count_up(heap->fragment_words, wanted);
    return result;
}

void heap_give_back(struct heap *heap, term *from, term *allocation_end)
{
    struct heap_fragment *fragment = heap->fragments;
    size_t words = (size_t) (allocation_end - from);

    if (words == 0)
        return;
    if (allocation_end == heap->top) {
        heap->top = from;
    } else if (fragment != NULL && fragment->words + fragment->used == allocation_end) {
        fragment->used -= words;
        heap->fragment_words = heap->fragment_words != UINT32_MAX
            ? heap->fragment_words - (uint32_t) words : UINT32_MAX;
    } else {
        from[0] = header_make(BOXED_BIG_POSITIVE, words - 1);
    }
}

void heap_adopt(struct heap *to, struct heap *from)
{
    struct heap_fragment **link = to->fragments != NULL ? &to->fragments->next : &to->fragments;
    struct heap_fragment *after = *link;
    struct heap_fragment *fragment;

    if (from->fragments == NULL)
        return;
    *link = from->fragments;
    for (fragment = from->fragments;; fragment = fragment->next) {
        if (heap_kind(to) != heap_kind(from))
            memory_rename(to->shared->memory, heap_kind(from), heap_kind(to),
                fragment_size(fragment));
        if (fragment->next == NULL)
            break;
    }
    fragment->next = after;
    to->fragment_words = heap_count_up(to->fragment_words, from->fragment_words);
    heap_note_offheap(to, from->offheap_bytes);
    offheap_splice(&to->offheap, from->offheap);
    heap_init_env(from, from->shared, heap_kind(from));
}

size_t heap_fragment_words(const struct heap *heap)
{
    size_t words = 0;

    if (AVM_LIKELY(heap->fragment_words != UINT32_MAX))
        return heap->fragment_words;
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next)
        words += f->used;
    return words;
}

/* ---- figures ---------------------------------------------------------------------- */

#if defined(AVM_GC_STRESS)
bool heap_stress_due(const struct heap *heap, const term *top, const term *stack)
{
    size_t young = (size_t) (top - heap->high_water) + heap->fragment_words;
    size_t words = (size_t) (top - heap->start) + (size_t) (heap->end - stack)
        + heap->fragment_words;

    if (heap->old != NULL)
        words += (size_t) (heap->old->top - heap->old->start);
    return words <= STRESS_SMALL_WORDS || young > words / 32;
}
#endif

/* Bytes of new off-heap binaries that make a collection due: as OTP begins, no more often than what
** lives doubles, and as many as make it worth walking a deep stack; what is counted up to UINT32_MAX
** reaches it. */
size_t heap_offheap_pile(const struct heap *heap)
{
    size_t pile = PILE_OFFHEAP_WORDS * sizeof(term);
    size_t kept = (size_t) heap->offheap_kept_kb * 1024;
    size_t stack = (size_t) (heap->end - heap->stack);

    if (heap->shared->profile_small)
        return pile / 16;
    if (kept < stack * PILE_BYTES_PER_FRAME_WORD)
        kept = stack * PILE_BYTES_PER_FRAME_WORD;
    if (kept > UINT32_MAX / 2)
        return UINT32_MAX / 2;
    return kept > pile ? kept : pile;
}

bool heap_wants_collection(const struct heap *heap)
{
#if defined(AVM_GC_STRESS)
    if (heap->fragments != NULL && heap_stress_due(heap, heap->top, heap->stack))
        return true;
#endif
    size_t block = (size_t) (heap->end - heap->start);

    return heap->offheap_bytes > heap_offheap_pile(heap)
        || heap->fragment_words > (block > PILE_WORDS ? block : PILE_WORDS);
}

static bool lies_in(const term *at, size_t words, const term *start, const term *end)
{
    uintptr_t offset = (uintptr_t) at - (uintptr_t) start;
    uintptr_t size = (uintptr_t) end - (uintptr_t) start;

    return offset < size && size - offset >= words * sizeof(term) && offset % sizeof(term) == 0;
}

bool heap_may_hold(const struct heap *heap, const term *at, size_t words)
{
    if (lies_in(at, words, heap->start, heap->end)
        || (heap->old != NULL && lies_in(at, words, heap->old->start, heap->old->end)))
        return true;
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next)
        if (lies_in(at, words, f->words, f->words + f->capacity))
            return true;
    return (uintptr_t) at % sizeof(term) == 0
        && literal_ranges_contain(heap->shared->literals, at)
        && literal_ranges_contain(heap->shared->literals, at + words - 1);
}

size_t heap_total_words(const struct heap *heap)
{
    size_t words = (size_t) (heap->end - heap->start);

    if (heap->old != NULL)
        words += (size_t) (heap->old->end - heap->old->start);
    for (const struct heap_fragment *f = heap->fragments; f != NULL; f = f->next)
        words += f->capacity;
    return words;
}
