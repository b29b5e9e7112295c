/* collect.c - the generational copying collector.
**
** A minor collection copies what lies above the high-water mark, and what lies in fragments, to a
** new block, and promotes what lies below the mark (it survived once already) to the old block. A
** fullsweep copies everything to a new block. Both scan what they copied, from its start to its
** growing top, so that there is no stack of work. Terms never change and point at older ones only:
** the old block points at nothing but itself and literals.
**
** A moved list cell holds TERM_NONE and its new place; a moved boxed object its new place instead
** of a header. Every block that may be needed is allocated before the first word moves. */
#include "heap/internal.h"

#define FRAGMENTS_TO_SEARCH 4
#define SHRINK_WORDS 3000                   /* smaller blocks are not worth the work */

struct collector {
    uintptr_t block, block_size;            /* from-space, addresses and bytes */
    uintptr_t mature_size;                  /* the part of the block that is promoted */
    uintptr_t old, old_size;                /* from-space in a fullsweep, else size 0 */
    uintptr_t fragments, fragments_size;    /* bounds of all fragments */
    term *top, *old_top;                    /* where copies go */
    const struct heap *heap;
    uintptr_t new_block, new_size;
    bool search_fragments;
    struct literal_probe probe;
};

/* ---- how large blocks are -------------------------------------------------------- */

static size_t next_size_fast(size_t words)
{
    size_t size = 38, before = 12;

    while (size < words && size < 1000000) {
        size_t next = size + before + 1;

        before = size;
        size = next;
    }
    while (size < words)
        size += size / 5;
    return words <= 12 ? 12 : size;
}

/* Words of a block for at least words, by the growth profile. */
static size_t next_size(const struct heap *heap, size_t words)
{
    if (!heap->shared->profile_small)
        return next_size_fast(words);
    return (words + words / (words > 65536 ? 16 : 5) + 15) & ~(size_t) 7;
}

/* Words of a block that the heap has for its pace, whatever lives in it. */
#define PACED_LEAST 233
static size_t paced_words(const struct heap *heap)
{
#if defined(AVM_GC_STRESS)
    (void) heap;
    return 0;
#else
    const struct heap_tally *tally = heap_tally(heap->shared);

    if (heap->shared->profile_small || tally->pace < 8 || tally->paced != heap)
        return 0;
    return tally->pace < 16 ? PACED_LEAST : tally->pace < 24 ? 610 : 1597;
#endif
}

/* Words of a block that has been collected often: a process that lives on messages of a few words would be
** collected at every fifth of them. */
#define BUSY_COLLECTIONS 8
#define BUSY_LEAST 123
static size_t busy_words(const struct heap *heap)
{
#if defined(AVM_GC_STRESS)
    (void) heap;
    return 0;
#else
    return heap->minor_count >= BUSY_COLLECTIONS && !heap->shared->profile_small ? BUSY_LEAST : 0;
#endif
}

/* ---- moving one object -------------------------------------------------------------- */

static void bound_fragments(struct collector *c)
{
    uintptr_t low = UINTPTR_MAX, high = 0;
    size_t count = 0;

    for (const struct heap_fragment *f = c->heap->fragments; f != NULL; f = f->next) {
        if ((uintptr_t) f->words < low)
            low = (uintptr_t) f->words;
        if ((uintptr_t) (f->words + f->used) > high)
            high = (uintptr_t) (f->words + f->used);
        count++;
    }
    c->fragments = count == 0 ? 0 : low;
    c->fragments_size = count == 0 ? 0 : high - low;
    c->search_fragments = count <= FRAGMENTS_TO_SEARCH;
}

/* An address within the bounds of the fragments: is it in one? With many of them it is cheaper to
** ask whether it is in none of the other places where a term of this heap may lie. */
static AVM_NOINLINE bool in_fragments(struct collector *c, uintptr_t at)
{
    const struct heap_old *old = c->heap->old;

    if (c->search_fragments) {
        for (const struct heap_fragment *f = c->heap->fragments; f != NULL; f = f->next) {
            if (at - (uintptr_t) f->words < f->used * sizeof(term))
                return true;
        }
        return false;
    }
    if (at - c->new_block < c->new_size)
        return false;
    if (old != NULL && at - (uintptr_t) old->start < (uintptr_t) old->end - (uintptr_t) old->start)
        return false;
    return !literal_probe_hit(&c->probe, (const term *) at);
}

static AVM_ALWAYS_INLINE bool is_from(struct collector *c, uintptr_t at)
{
    return at - c->block < c->block_size || at - c->old < c->old_size
        || (at - c->fragments < c->fragments_size && in_fragments(c, at));
}

static AVM_ALWAYS_INLINE term *copy_words(struct collector *c, const term *from, size_t words)
{
    term **top = (uintptr_t) from - c->block < c->mature_size ? &c->old_top : &c->top;
    term *to = *top;

    *top = to + words;
    for (size_t i = 0; i < words; i++)
        to[i] = from[i];
    return to;
}

static AVM_ALWAYS_INLINE void evacuate_cons(struct collector *c, term *slot)
{
    term *cell = term_cons_cell(*slot);

    if (!is_from(c, (uintptr_t) cell))
        return;
    if (cell[0] != TERM_NONE) {
        term moved = term_make_cons(copy_words(c, cell, 2));

        cell[0] = TERM_NONE;
        cell[1] = moved;
    }
    *slot = cell[1];
}

static AVM_ALWAYS_INLINE void evacuate_boxed(struct collector *c, term *slot)
{
    term *boxed = term_boxed(*slot);

    if (!is_from(c, (uintptr_t) boxed))
        return;
    if (term_is_header(boxed[0]))
        boxed[0] = term_make_boxed(copy_words(c, boxed, 1 + header_words(boxed[0])));
    *slot = boxed[0];
}

static AVM_ALWAYS_INLINE void evacuate(struct collector *c, term *slot)
{
    if (term_is_cons(*slot))
        evacuate_cons(c, slot);
    else if (term_is_boxed(*slot))
        evacuate_boxed(c, slot);
}

/* Roots and stack: words that are headers are return addresses or TERM_NONE. */
static void evacuate_range(struct collector *c, term *slot, size_t count)
{
    for (term *end = slot + count; slot < end; slot++)
        evacuate(c, slot);
}

/* Visits what was copied between at and *top, which grows meanwhile; gives the top reached. */
static term *scan(struct collector *c, term *at, term *const *top)
{
    while (at < *top) {
        term word = *at;

        switch (word & 3) {
        case TAG_CONS:
            evacuate_cons(c, at++);
            break;
        case TAG_BOXED:
            evacuate_boxed(c, at++);
            break;
        case TAG_IMMEDIATE:
            at++;
            break;
        default:
            if (header_is_view(word))
                evacuate_boxed(c, at + 1);
            at += 1 + header_raw_words(word);
            break;
        }
    }
    return at;
}

static uint32_t offheap_kb(const term *boxed)
{
    if (header_kind(boxed[0]) != BOXED_BIN_REF)
        return 0;
    return (uint32_t) (((struct offheap_binary *) boxed[2])->capacity >> 10) + 1;
}

/* Entries that moved go to the list of where they are now; the others are dropped. Gives the kilobytes
** of the binaries that went to old, or to young where old is NULL. */
static uint32_t sweep_offheap(const struct heap *heap, term list, term *young, term *old)
{
    uint32_t kept = 0;
    uintptr_t old_start = heap->old == NULL ? 0 : (uintptr_t) heap->old->start;
    uintptr_t old_size = heap->old == NULL ? 0 : (uintptr_t) heap->old->end - old_start;

    while (list != TERM_NONE) {
        term *boxed = term_boxed(list);
        bool moved = !term_is_header(boxed[0]);
        term *now = moved ? term_boxed(boxed[0]) : boxed;

        list = *offheap_next(now);
        if (!moved) {
            offheap_drop(boxed);
        } else if (old != NULL && (uintptr_t) now - old_start < old_size) {
            offheap_link(old, now);
            kept += offheap_kb(now);
        } else {
            offheap_link(young, now);
            kept += old == NULL ? offheap_kb(now) : 0;
        }
    }
    return kept;
}

/* ---- blocks ------------------------------------------------------------------------- */

static size_t used_words(const struct heap *heap)
{
    return (size_t) (heap->top - heap->start);
}

static size_t stack_words(const struct heap *heap)
{
    return (size_t) (heap->end - heap->stack);
}

static size_t block_words(const struct heap *heap)
{
    return (size_t) (heap->end - heap->start);
}

static size_t old_words(const struct heap *heap)
{
    return heap->old == NULL ? 0 : (size_t) (heap->old->end - heap->old->start);
}

static term *allocate_block(const struct heap *heap, size_t words)
{
    if (words > SIZE_MAX / sizeof(term))
        return NULL;
    return memory_allocate(heap->shared->memory, heap_kind(heap), words * sizeof(term));
}

/* Under AVM_GC_STRESS whatever still points to where terms were finds nonsense. */
static void poison(term *start, const term *end)
{
#if defined(AVM_GC_STRESS)
    if (start != NULL)
        memset(start, 0xa5, (size_t) (end - start) * sizeof(term));
#else
    (void) start;
    (void) end;
#endif
}

static void release_block(const struct heap *heap, term *block, size_t words)
{
    memory_free(heap->shared->memory, heap_kind(heap), block, words * sizeof(term));
}

static void release_old(struct heap *heap)
{
    if (heap->old == NULL)
        return;
    poison(heap->old->start, heap->old->top);
    release_block(heap, heap->old->start, old_words(heap));
    memory_free(heap->shared->memory, heap_kind(heap), heap->old, sizeof *heap->old);
    heap->old = NULL;
}

static bool create_old(struct heap *heap, size_t words)
{
    struct heap_old *old = memory_allocate(heap->shared->memory, heap_kind(heap), sizeof *old);

    if (old == NULL)
        return false;
    old->start = allocate_block(heap, words);
    if (old->start == NULL) {
        memory_free(heap->shared->memory, heap_kind(heap), old, sizeof *old);
        return false;
    }
    old->top = old->start;
    old->end = old->start + words;
    old->offheap = TERM_NONE;
    heap->old = old;
    return true;
}

static struct collector collector_make(struct heap *heap, term *block, size_t words, bool fullsweep)
{
    struct collector c;

    memset(&c, 0, sizeof c);
    c.heap = heap;
    c.block = (uintptr_t) heap->start;
    c.block_size = (uintptr_t) heap->top - c.block;
    c.top = block;
    c.new_block = (uintptr_t) block;
    c.new_size = words * sizeof(term);
    c.probe = literal_probe_make(heap->shared->literals);
    bound_fragments(&c);
    if (fullsweep && heap->old != NULL) {
        c.old = (uintptr_t) heap->old->start;
        c.old_size = (uintptr_t) heap->old->top - c.old;
    } else if (!fullsweep) {
        c.mature_size = (uintptr_t) heap->high_water - c.block;
        c.old_top = heap->old != NULL ? heap->old->top : NULL;
    }
    return c;
}

/* All that lives has moved to block: it becomes the heap's, with the stack at its end. */
static void install_block(struct heap *heap, term *block, term *top, size_t words)
{
    size_t stack = stack_words(heap);
    term *new_stack = block + words - stack;

    if (stack > 0)
        memcpy(new_stack, heap->stack, stack * sizeof(term));
    poison(heap->start, heap->top);
    poison(heap->stack, heap->end);
    release_block(heap, heap->start, block_words(heap));
    heap_release_fragments(heap);
    heap->start = block;
    heap->top = heap->high_water = top;
    heap->stack = new_stack;
    heap->end = block + words;
    heap->offheap_bytes = 0;
}

static void move_all(struct collector *c, struct heap *heap, const struct heap_root *roots,
    size_t root_count)
{
    term *scanned = c->top, *old_scanned = c->old_top;

    evacuate_range(c, heap->stack, stack_words(heap));
    for (size_t i = 0; i < root_count; i++)
        evacuate_range(c, roots[i].start, roots[i].count);
    do {
        scanned = scan(c, scanned, &c->top);
        old_scanned = scan(c, old_scanned, &c->old_top);
    } while (scanned < c->top);
}

/* ---- shrinking ------------------------------------------------------------------------ */

static void shift(term *slot, uintptr_t low, uintptr_t size, uintptr_t delta)
{
    if ((term_is_cons(*slot) || term_is_boxed(*slot)) && *slot - low < size)
        *slot += delta;
}

static void shift_range(term *slot, size_t count, uintptr_t low, uintptr_t size, uintptr_t delta)
{
    for (size_t i = 0; i < count; i++)
        shift(slot + i, low, size, delta);
}

/* The block moved as a whole by delta bytes: every pointer into it follows. */
static void shift_heap(struct heap *heap, uintptr_t low, uintptr_t size, uintptr_t delta,
    const struct heap_root *roots, size_t root_count)
{
    for (term *at = heap->start; at < heap->top;) {
        if (!term_is_header(*at)) {
            shift(at++, low, size, delta);
            continue;
        }
        if (header_is_view(*at))
            shift(at + 1, low, size, delta);
        at += 1 + header_raw_words(*at);
    }
    shift_range(heap->stack, stack_words(heap), low, size, delta);
    for (size_t i = 0; i < root_count; i++)
        shift_range(roots[i].start, roots[i].count, low, size, delta);
    shift(&heap->offheap, low, size, delta);
    for (term list = heap->offheap; list != TERM_NONE; list = *offheap_next(term_boxed(list)))
        shift(offheap_next(term_boxed(list)), low, size, delta);
}

/* Makes the block smaller, right after a collection (no fragments, nothing old points into it).
** Failing changes nothing. */
static void shrink_block(struct heap *heap, size_t words, const struct heap_root *roots,
    size_t root_count)
{
    size_t stack = stack_words(heap), used = used_words(heap), before = block_words(heap);
    uintptr_t low = (uintptr_t) heap->start;
    term *moved;

    if (words >= before || words < used + stack)
        return;
    memmove(heap->start + words - stack, heap->stack, stack * sizeof(term));
    moved = memory_resize(heap->shared->memory, heap_kind(heap), heap->start, before * sizeof(term),
        words * sizeof(term));
    if (moved == NULL) {
        memmove(heap->stack, heap->start + words - stack, stack * sizeof(term));
        return;
    }
    heap->start = moved;
    heap->top = heap->high_water = moved + used;
    heap->end = moved + words;
    heap->stack = heap->end - stack;
    if ((uintptr_t) moved != low)
        shift_heap(heap, low, words * sizeof(term), (uintptr_t) moved - low, roots, root_count);
}

/* After a collection: gives back what is far too much, as OTP's collector sees it. */
static void shrink_when_empty(struct heap *heap, size_t need, bool fullsweep,
    const struct heap_root *roots, size_t root_count)
{
    size_t size = block_words(heap), wanted;
    size_t needed = used_words(heap) + stack_words(heap) + need;

    if (heap->shared->profile_small) {
        wanted = next_size(heap, needed);
        if (size / 2 <= wanted)
            return;
    } else {
        bool is_slow = heap_tally(heap->shared)->pace <= 1 && size > PACED_LEAST;

        if (size / 4 <= needed || (!fullsweep && size < SHRINK_WORDS && !is_slow))
            return;
        wanted = next_size(heap, fullsweep ? 2 * needed : 3 * needed);
        if (!fullsweep && wanted < old_words(heap) / 8)
            wanted = next_size(heap, old_words(heap) / 8);
    }
    if (wanted < heap->min_words)
        wanted = heap->min_words;
    if (wanted < paced_words(heap))
        wanted = paced_words(heap);
    if (wanted < size)
        shrink_block(heap, wanted, roots, root_count);
}

/* ---- the two collections ------------------------------------------------------------------ */

static bool past_limit(const struct heap *heap, size_t more, const size_t *limit)
{
    return limit != NULL && heap_total_words(heap) + more > *limit;
}


static void count_collection(struct heap_shared *shared, size_t before, size_t copied)
{
    struct heap_tally *tally = heap_tally(shared);

    atomic_bump(&tally->copied_words, copied);
    atomic_bump(&tally->reclaimed_words, before > copied ? before - copied : 0);
}

/* Words of the old block for a first promotion; room for a few more of them. */
static size_t first_old_size(const struct heap *heap, size_t mature)
{
    if (heap->shared->profile_small)
        return next_size(heap, 2 * mature);
    return next_size(heap, next_size(heap, used_words(heap)) + 1);
}

static size_t minor_block_size(const struct heap *heap, size_t need, bool is_limited)
{
    size_t used = used_words(heap) + stack_words(heap) + heap_fragment_words(heap);
    size_t words;

    if (need > block_words(heap) / 2)
        used += need;
    words = used <= block_words(heap) ? block_words(heap) : next_size(heap, used);
    if (words < paced_words(heap) && !is_limited)
        words = paced_words(heap);
    if (words < busy_words(heap) && !is_limited)
        words = busy_words(heap);
    return words < heap->min_words ? heap->min_words : words;
}

static enum heap_collect_result collect_minor(struct heap *heap, size_t need,
    const struct heap_root *roots, size_t root_count, const size_t *limit)
{
    size_t mature = (size_t) (heap->high_water - heap->start);
    size_t before = used_words(heap) + heap_fragment_words(heap);
    size_t words = minor_block_size(heap, need, limit != NULL);
    size_t old = mature > 0 && heap->old == NULL ? first_old_size(heap, mature) : 0;
    struct collector c;
    term *block, *old_top, list;
    uint32_t promoted;

    if (past_limit(heap, words + old, limit))
        return HEAP_LIMIT_REACHED;
    block = allocate_block(heap, words);
    if (block == NULL)
        return HEAP_NO_MEMORY;
    if (old > 0 && !create_old(heap, old)) {
        release_block(heap, block, words);
        return HEAP_NO_MEMORY;
    }
    old_top = heap->old != NULL ? heap->old->top : NULL;
    c = collector_make(heap, block, words, false);
    move_all(&c, heap, roots, root_count);
    list = heap->offheap;
    heap->offheap = TERM_NONE;
    promoted = sweep_offheap(heap, list, &heap->offheap,
        heap->old != NULL ? &heap->old->offheap : NULL);
    if (heap->old != NULL) {
        heap->old->top = c.old_top;
        heap->offheap_old_kb += promoted;
    }
    count_collection(heap->shared, before, (size_t) (c.top - block)
        + (heap->old != NULL ? (size_t) (c.old_top - old_top) : 0));
    install_block(heap, block, c.top, words);
    heap->minor_count++;
    atomic_bump(&heap_tally(heap->shared)->minor_collections, 1u);
    return HEAP_COLLECTED;
}

/* Where memory is short, a heap that is full of what lives would be collected for every few words, again
** and again: after so many collections that made hardly any room its process is told the truth. A small
** heap may go on, since its collections cost little. */
#define STARVED_WORDS 4096
#define STARVED_COLLECTIONS 16

static bool is_starved(const struct heap *heap)
{
    const struct heap_tally *tally = heap_tally(heap->shared);

    return tally->starved == heap && tally->starved_count >= STARVED_COLLECTIONS
        && used_words(heap) >= STARVED_WORDS;
}

static void note_room(struct heap *heap, size_t need)
{
    struct heap_tally *tally = heap_tally(heap->shared);
    size_t live = used_words(heap) + stack_words(heap), room = heap_free_words(heap);

    if (live < STARVED_WORDS || room < need || room - need > live / 16) {
        if (tally->starved == heap)
            tally->starved_count = 0;
        return;
    }
    if (tally->starved != heap) {
        tally->starved = heap;
        tally->starved_count = 0;
    }
    tally->starved_count++;
}

/* A block of *words; where memory is short of least, the most that may live, or of exactly what
** lives. */
static term *allocate_major(struct heap *heap, size_t need, size_t least, size_t *words,
    const struct heap_root *roots, size_t root_count)
{
    term *block = allocate_block(heap, *words);
    size_t live;

    if (block != NULL)
        return block;
    if (is_starved(heap))
        return NULL;
    *words = least;
    block = allocate_block(heap, least);
    if (block != NULL)
        return block;
    live = heap_live_words(heap, roots, root_count);
    if (live == SIZE_MAX)
        return NULL;
    *words = live + stack_words(heap) + need;
    if (*words == 0)
        *words = 1;
    return allocate_block(heap, *words);
}

static enum heap_collect_result collect_major(struct heap *heap, size_t need,
    const struct heap_root *roots, size_t root_count, size_t *limit)
{
    size_t old_used = heap->old == NULL ? 0 : (size_t) (heap->old->top - heap->old->start);
    size_t before = used_words(heap) + heap_fragment_words(heap) + old_used;
    size_t least = before + stack_words(heap) + need;
    size_t words = next_size(heap, heap->shared->profile_small ? least : least + least / 3);
    struct collector c;
    term *block, list = heap->offheap;

    if (words < heap->min_words)
        words = heap->min_words;
    if (words < paced_words(heap) && limit == NULL)
        words = paced_words(heap);
    if (past_limit(heap, words, limit)) {
        if (past_limit(heap, least, limit)) {
            *limit = heap_total_words(heap) + words;
            return HEAP_LIMIT_REACHED;
        }
        words = least;
    }
    block = allocate_major(heap, need, least, &words, roots, root_count);
    if (block == NULL)
        return HEAP_NO_MEMORY;
    c = collector_make(heap, block, words, true);
    move_all(&c, heap, roots, root_count);
    heap->offheap = TERM_NONE;
    heap->offheap_kept_kb = sweep_offheap(heap, list, &heap->offheap, NULL);
    if (heap->old != NULL)
        heap->offheap_kept_kb += sweep_offheap(heap, heap->old->offheap, &heap->offheap, NULL);
    heap->offheap_old_kb = 0;
    release_old(heap);
    count_collection(heap->shared, before, (size_t) (c.top - block));
    install_block(heap, block, c.top, words);
    note_room(heap, need);
    heap->minor_count = 0;
    atomic_bump(&heap_tally(heap->shared)->major_collections, 1u);
    return HEAP_COLLECTED;
}

/* The old generation has as much again of off-heap binaries as the last fullsweep left, and a pile:
** many of them may be dead. */
static bool old_binaries_piled_up(const struct heap *heap)
{
    return heap->offheap_old_kb > 2 * heap->offheap_kept_kb
        && heap->offheap_old_kb > heap_offheap_pile(heap) / 1024;
}

static bool may_be_minor(const struct heap *heap)
{
    size_t mature = (size_t) (heap->high_water - heap->start);

    if (heap->minor_count >= heap->fullsweep_after || old_binaries_piled_up(heap))
        return false;
    return heap->old == NULL || (size_t) (heap->old->end - heap->old->top) >= mature;
}

/* A fullsweep that was asked for leaves a heap as it is after none. */
static void count_pace(const struct heap *heap, bool fullsweep)
{
    struct heap_tally *tally = heap_tally(heap->shared);

    if (tally->paced != heap)
        return;
    if (fullsweep)
        tally->pace = 0;
    else if (tally->pace < UINT8_MAX)
        tally->pace++;
}

enum heap_collect_result heap_collect(struct heap *heap, size_t need, const struct heap_root *roots,
    size_t root_count, bool fullsweep, size_t *limit)
{
    enum heap_collect_result result;

    if (need > HEADER_MAX_WORDS)
        return HEAP_NO_MEMORY;
    count_pace(heap, fullsweep);
    if (!fullsweep && may_be_minor(heap)) {
        result = collect_minor(heap, need, roots, root_count, limit);
        if (result == HEAP_COLLECTED && heap_free_words(heap) >= need) {
            shrink_when_empty(heap, need, false, roots, root_count);
            return result;
        }
    }
    result = collect_major(heap, need, roots, root_count, limit);
    if (result == HEAP_COLLECTED)
        shrink_when_empty(heap, need, true, roots, root_count);
    return result;
}

enum heap_collect_result heap_shrink_to_live(struct heap *heap, const struct heap_root *roots,
    size_t root_count)
{
    enum heap_collect_result result = collect_major(heap, 0, roots, root_count, NULL);
    size_t words;

    if (result != HEAP_COLLECTED)
        return result;
    words = used_words(heap) + stack_words(heap);
    shrink_block(heap, words > 0 ? words : 1, roots, root_count);
    return result;
}

/* ---- literals ------------------------------------------------------------------------------- */

term *heap_evacuate_env(struct heap *env, term *to, term *roots, size_t root_count, term *offheap)
{
    struct collector c = collector_make(env, to, heap_fragment_words(env), true);
    term list = env->offheap;

    evacuate_range(&c, roots, root_count);
    (void) scan(&c, to, &c.top);
    *offheap = TERM_NONE;
    env->offheap = TERM_NONE;
    sweep_offheap(env, list, offheap, NULL);
    return c.top;
}
