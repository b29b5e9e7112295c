/* heap.h - where terms live: a process's heap and stack, message fragments, environments.
**
** One block, heap up and stack down:
**
**   start          high_water        top            stack              end
**   | old survivors | since last gc  |  free  ...    | y registers, cp  |
**
** Fragments: heap_allocate never moves a term. When the block has no room it takes the words from
** a fragment (one more block in the list), and the next collection folds all fragments into the
** heap. So a native may allocate as it likes and keep terms in C variables; collections happen
** only where the engine asks for one (heap_collect), between instructions and after a native.
**
** A struct heap without a block (start NULL) is an environment: all its terms lie in fragments.
** A message is built in one and moved as a whole (heap_adopt) into the receiver's heap.
**
** Off-heap objects: BIN_REF and resource REFERENCE words on this heap form a list through their
** "raw next" word (offheap: boxed terms, TERM_NONE ends it); each entry owns one count of its
** target. After a collection entries that did not survive give their count back.
**
** Literal areas are blocks of terms that belong to loaded code (or persistent terms); no collection
** moves or copies what lies in one. The collector knows them through the range table. */
#ifndef AVM_HEAP_HEAP_H
#define AVM_HEAP_HEAP_H

#include "base/atomic.h"
#include "base/memory.h"
#include "base/vector.h"
#include "term/term.h"

struct heap_fragment {
    struct heap_fragment *next;
    size_t capacity;                /* words allocated */
    size_t used;                    /* words filled with terms */
    size_t prefix;                  /* bytes before it that belong to its allocation (a message's signal) */
    term words[];
};

/* Old generation and what is rare; allocated at the first minor collection that promotes. */
struct heap_old {
    term *start, *top, *end;
    term offheap;
};

struct heap {
    term *start, *top, *stack, *end;
    term *high_water;
    struct heap_fragment *fragments;
    term offheap;
    struct heap_old *old;
    struct heap_shared *shared;     /* what all heaps of a VM share */
    uint32_t fragment_words;        /* sum of used over fragments; UINT32_MAX: that or more */
    uint32_t offheap_bytes;         /* of off-heap binaries reached since the last collection; as above */
    uint32_t offheap_old_kb;        /* of those that were promoted since the last fullsweep */
    uint32_t offheap_kept_kb;       /* of those that survived it */
    uint16_t minor_count;           /* since the last fullsweep */
    uint16_t fullsweep_after;
    uint32_t min_words;             /* min_heap_size; without a block: heap_kind */
};

struct literal_area {
    struct literal_area *next;      /* the retired areas */
    term *start, *end;
    term offheap;                   /* off-heap binaries that the literals own */
    size_t size;                    /* bytes of this allocation */
    uintptr_t delta;                /* while heaps are made to leave it: from here to the copy */
    size_t retirement;              /* the how manieth that was retired; 0: it is not */
    bool is_held;                   /* by the heap that is looked at */
};

/* What one scheduler knows of collections; the last three only it reads. */
struct heap_tally {
    uint64_t minor_collections, major_collections, copied_words, reclaimed_words;
    const struct heap *starved;     /* the heap whose last collections found hardly any room */
    unsigned starved_count;         /* how many of them */
    const struct heap *paced;       /* the heap of the process that runs */
    uint8_t pace;                   /* collections of paced lately: heap_slow_down halves it */
#if AVM_SMP
    char apart[CACHE_LINE];
#endif
};

struct heap_shared {
    struct memory *memory;
    const struct literal_ranges *literals;  /* all literal areas, sorted; NULL: none */
    struct heap_tally tally;
#if AVM_SMP
    struct heap_tally *tallies;     /* one a slot (base/thread.h) instead; NULL: one scheduler */
    unsigned tally_count;
    AVM_ATOMIC(bool) is_shared;     /* several schedulers run; once they may, to the end */
#endif
    bool profile_small;             /* growth for devices instead of BEAM's */
};

#if AVM_SMP
static inline bool heap_is_shared(const struct heap_shared *shared) { return atomic_peek(&shared->is_shared); }
/* From here on slots 0..count have tallies of their own; false without memory. Ends with unshare. */
bool heap_share(struct heap_shared *shared, unsigned count);
void heap_unshare(struct heap_shared *shared);
#else
#define heap_is_shared(shared) false
#endif

static inline struct heap_tally *heap_tally(struct heap_shared *shared)
{
#if AVM_SMP
    if (shared->tallies != NULL)
        return &shared->tallies[thread_slot(shared->memory)];
#endif
    return &shared->tally;
}
/* The counts of all. */
void heap_get_tally(const struct heap_shared *shared, struct heap_tally *sum);

/* ---- life --------------------------------------------------------------- */

/* An environment: no block. */
void heap_init_env(struct heap *heap, struct heap_shared *shared, enum memory_kind kind);
/* With a block of words words (MEMORY_HEAP), min_words set to it. False without memory. */
bool heap_init(struct heap *heap, struct heap_shared *shared, size_t words);
/* Releases everything, off-heap counts first. The heap is an empty environment afterwards. */
void heap_deinit(struct heap *heap);
/* The same of a heap that nobody uses any more: but for shared, its fields say nothing afterwards. */
void heap_release(struct heap *heap);

/* What the heap's blocks and fragments count as. */
static inline enum memory_kind heap_kind(const struct heap *heap)
{
    return heap->start != NULL ? MEMORY_HEAP : (enum memory_kind) heap->min_words;
}

/* Adds to a count that stays at UINT32_MAX once it is there. */
static inline uint32_t heap_count_up(uint32_t count, size_t more)
{
    return more < UINT32_MAX - count ? count + (uint32_t) more : UINT32_MAX;
}

static inline void heap_note_offheap(struct heap *heap, size_t bytes)
{
    heap->offheap_bytes = heap_count_up(heap->offheap_bytes, bytes);
}

/* ---- allocation ----------------------------------------------------------- */

/* words > 0 contiguous words that do not move until the next collection; NULL without memory. */
term *heap_allocate_slow(struct heap *heap, size_t words);

static inline size_t heap_free_words(const struct heap *heap)
{
    return (size_t) (heap->stack - heap->top);
}

static inline term *heap_allocate(struct heap *heap, size_t words)
{
#if !defined(AVM_GC_STRESS)
    if (AVM_LIKELY(heap_free_words(heap) >= words)) {
        term *result = heap->top;

        heap->top += words;
        return result;
    }
#endif
    return heap_allocate_slow(heap, words);
}

/* Gives back the unused tail of the newest allocation: from..(its end). */
void heap_give_back(struct heap *heap, term *from, term *allocation_end);

/* ---- collection ------------------------------------------------------------ */

struct heap_root {
    term *start;
    size_t count;
};

enum heap_collect_result { HEAP_COLLECTED, HEAP_NO_MEMORY, HEAP_LIMIT_REACHED };

/* Makes room for need words in the block (after it, heap_free_words >= need), moving live terms;
** the stack is always a root, roots are the further ones (x registers, dictionary, mailbox...).
** Fragments are folded in. fullsweep: collect both generations. limit: the most words that all blocks may
** take meanwhile, and when that does not do, which is HEAP_LIMIT_REACHED, what they would take; NULL: no
** limit. HEAP_NO_MEMORY, HEAP_LIMIT_REACHED: nothing moved, everything still valid. */
enum heap_collect_result heap_collect(struct heap *heap, size_t need, const struct heap_root *roots,
    size_t root_count, bool fullsweep, size_t *limit);

/* Reduces the heap to its live words, min_words or not. HEAP_NO_MEMORY: nothing has changed. */
enum heap_collect_result heap_shrink_to_live(struct heap *heap, const struct heap_root *roots,
    size_t root_count);

/* Said at the start of each slice. A heap that is collected many times a slice gets a larger block, so
** that short-lived garbage costs little; one that is no more loses it at a later collection. */
static inline void heap_slow_down(const struct heap *heap)
{
    struct heap_tally *tally = heap_tally(heap->shared);

    tally->pace = tally->paced == heap ? tally->pace >> 1 : 0;
    tally->paced = heap;
}

/* True when a collection is due before more is allocated: fragments or off-heap bytes piled up. */
bool heap_wants_collection(const struct heap *heap);

#if defined(AVM_GC_STRESS)
/* Whether the next allocation shall collect, top and stack being where the
** block's free words begin and end. Always while the heap is small; a large one, where each
** collection costs what lives, waits until a 32nd of it is new. */
bool heap_stress_due(const struct heap *heap, const term *top, const term *stack);
#endif

/* Whether so many words at any address, aligned or not, lie in the heap or in a literal: whether a term
** that may be stale can be looked at. */
bool heap_may_hold(const struct heap *heap, const term *at, size_t words);

/* Words live plus free in all blocks of the heap (process_info memory and total_heap_size). */
size_t heap_total_words(const struct heap *heap);

/* ---- moving between heaps ---------------------------------------------------- */

/* Words that a copy of t takes on another heap (literals not counted when to the same VM).
** SIZE_MAX without memory for the walk. Terms are copied without sharing, as OTP does. */
size_t heap_term_size(struct heap_shared *shared, term t);
/* Deep copy into heap (one allocation); literals are shared, off-heap binaries counted.
** TERM_NONE without memory, nothing changed. Immediates come back as they are. */
term heap_copy(struct heap *heap, term t);
/* What a copy of t to another heap takes, as heap_term_size. source: the heap that most of t lies in; may
** be NULL. */
size_t heap_copied_words(struct heap_shared *shared, const struct heap *source, term t);
/* A copy of *t, which takes words words, alone in a fragment (in no heap's list) whose allocation begins
** prefix bytes (whole words) before it, for the owner's use. *t becomes the copy, *offheap the list of its
** off-heap objects. NULL without memory, nothing changed. */
struct heap_fragment *heap_copy_alone(struct heap_shared *shared, enum memory_kind kind,
    size_t prefix, const struct heap *source, size_t words, term *t, term *offheap);
/* Words of a tuple of nothing but immediates in heap's block, which is what most messages are; 0: t is no
** such, or a large one. */
#define HEAP_PLAIN_MOST 16
static inline size_t heap_plain_words(const struct heap *heap, term t)
{
    const term *boxed = term_boxed(t);
    size_t words;

    if (!term_is_boxed(t)
        || (uintptr_t) boxed - (uintptr_t) heap->start >= (uintptr_t) heap->top - (uintptr_t) heap->start
        || header_kind(boxed[0]) != BOXED_TUPLE)
        return 0;
    words = header_words(boxed[0]);
    if (words > HEAP_PLAIN_MOST)
        return 0;
    for (size_t i = 1; i <= words; i++)
        if (!term_is_immediate(boxed[i]))
            return 0;
    return words + 1;
}
/* As heap_copy_alone of a term of heap_plain_words words. */
struct heap_fragment *heap_copy_plain(struct heap_shared *shared, enum memory_kind kind, size_t prefix,
    size_t words, term *t);
/* As heap_copy, but copies literals too (for literals that are retired). */
term heap_copy_with_literals(struct heap *heap, term t);
/* Moves all fragments and off-heap objects of from into to; from is empty afterwards. Terms do not
** move. Counts go over to to's kind. */
void heap_adopt(struct heap *to, struct heap *from);

struct offheap_binary;

/* ---- a term as one block outside of any heap: an object of a table ------------------ */

/* Words of the block of t, literals included; 0 for an immediate, SIZE_MAX without memory. */
size_t heap_flat_words(struct heap_shared *shared, term t);
/* Copies t to the heap_flat_words(t) words at to, its outermost object first. *offheap is the list
** of off-heap objects in the block; it owns their counts until heap_flat_release. Cannot fail. */
term heap_flat_write(term t, term *to, term *offheap);
/* Copies a whole block onto heap, word by word, with extra words behind it: pointers into the block lead
** into the copy, others stay. Immediates in it may be changed to others meanwhile. NULL without memory. */
term *heap_flat_read(struct heap *heap, const term *from, size_t words, size_t extra);
void heap_flat_release(term offheap);
/* The first binary of what is left of the list at *offheap, which goes on behind it; NULL: no more. */
struct offheap_binary *heap_flat_binary(term *offheap);

/* Frees what lies in a list of fragments of no heap: the counts of offheap, then the fragments. */
void heap_release_list(struct memory *memory, enum memory_kind kind, struct heap_fragment *fragments,
    term offheap);

/* ---- off-heap binaries --------------------------------------------------------- */

struct offheap_binary {
    AVM_ATOMIC(size_t) references;
    size_t capacity;                /* bytes in data */
    AVM_ATOMIC(size_t) used_bits;   /* high-water mark: bits that some term may see; an append whose
                                       source ends here may write in place behind it */
    void (*release)(void *user, void *data);    /* NULL: data is part of this allocation */
    void *user;
    uint8_t *data;
    struct memory *memory;
};

/* New, with references 1 and used_bits 0; contents undefined. NULL without memory. */
struct offheap_binary *offheap_binary_create(struct memory *memory, size_t capacity);
void offheap_binary_keep(struct offheap_binary *binary);
void offheap_binary_release(struct offheap_binary *binary);
/* Room for capacity bytes; only for one with references 1: it may move. NULL without memory,
** nothing changed. */
struct offheap_binary *offheap_binary_resize(struct offheap_binary *binary, size_t capacity);

/* A BIN_REF on heap that takes over the caller's count of binary; TERM_NONE without memory (the
** count stays the caller's). Words: BIN_REF_WORDS. */
term heap_make_bin_ref(struct heap *heap, struct offheap_binary *binary);
static inline struct offheap_binary *term_bin_ref_binary(term bin_ref)
{
    return (struct offheap_binary *) term_boxed(bin_ref)[2];
}
/* First byte of what a bitstring or match context lies in (bit offsets count from it). */
static inline uint8_t *term_bits_base(term t)
{
    const term *boxed = term_boxed(t);

    if (header_kind(boxed[0]) == BOXED_HEAP_BITS)
        return (uint8_t *) (uintptr_t) (boxed + 2);
    boxed = term_boxed(boxed[1]);
    return header_kind(boxed[0]) == BOXED_HEAP_BITS
        ? (uint8_t *) (uintptr_t) (boxed + 2)
        : ((struct offheap_binary *) boxed[2])->data;
}

/* The next binary of a list of off-heap objects, *list going behind it; NULL when no more is left. */
struct offheap_binary *offheap_binary_next(term *list);

/* ---- resources: objects of C behind a reference ------------------------------------ */

struct resource {
    AVM_ATOMIC(size_t) references;
    void (*destroy)(struct resource *resource);     /* releases the object and its memory */
    const void *type;                               /* identity of the resource type */
};
/* A resource REFERENCE on heap that keeps resource (one more count). id: unique, from the node. */
term heap_make_resource(struct heap *heap, struct resource *resource, uint64_t id);
static inline struct resource *term_resource(term t)
{
    return (struct resource *) term_boxed(t)[2 + REFERENCE_ID_WORDS];
}
void resource_keep(struct resource *resource);
/* For who found it otherwise than by a reference. False: the last one has gone, and its end is under way. */
bool resource_keep_living(struct resource *resource);
void resource_release(struct resource *resource);

/* ---- literal areas --------------------------------------------------------------------- */

struct literal_ranges;
struct literal_ranges *literal_ranges_create(struct memory *memory);
void literal_ranges_destroy(struct literal_ranges *ranges);
struct reclaim;
/* Who frees tables that several schedulers may look at. */
void literal_ranges_set_reclaim(struct literal_ranges *ranges, struct reclaim *reclaim);
/* Moves all terms of env (built with kind MEMORY_LITERAL) into one compact area registered in
** ranges; roots are updated to point into it. NULL without memory, nothing changed. */
struct literal_area *literal_area_create(struct literal_ranges *ranges, struct heap_shared *shared,
    struct heap *env, term *roots, size_t root_count);
/* Copies roots, with all that they hold, into an area of their own; *area NULL when all are immediate.
** False without memory, nothing changed. */
bool literal_area_copy(struct literal_ranges *ranges, struct heap_shared *shared, term *roots,
    size_t root_count, struct literal_area **area);
/* No term may point into it any more. */
void literal_area_destroy(struct literal_ranges *ranges, struct memory *memory,
    struct literal_area *area);
bool literal_ranges_contain(const struct literal_ranges *ranges, const term *address);

/* Literals that nobody finds any more, but that some heap may still hold: they lie where they are
** until literal_ranges_free_retired, before which every heap was made to hold none of the first so many
** that were retired: literal_ranges_retirements counts them, LITERALS_ALL is all. */
#define LITERALS_ALL SIZE_MAX
void literal_area_retire(struct literal_ranges *ranges, struct literal_area *area);
size_t literal_ranges_retired_words(const struct literal_ranges *ranges);
size_t literal_ranges_retirements(const struct literal_ranges *ranges);
/* Whether any of the first so many waits to be freed. */
bool literal_ranges_has_retired(const struct literal_ranges *ranges, size_t first);
void literal_ranges_free_retired(struct literal_ranges *ranges, size_t first);
/* Whether a term of heap or of roots may point into a retired area: false is certain. */
bool heap_uses_retired(const struct heap *heap, const struct heap_root *roots, size_t root_count);
/* Makes heap (not an environment) and roots hold no retired term, by a copy that keeps what it shares.
** Collects where any is held: terms move. False without memory: all is valid, some may be held. */
bool heap_detach_retired(struct heap *heap, const struct heap_root *roots, size_t root_count);

/* ---- the walker: every invariant of a heap, for tests and soak -------------------------- */

/* NULL when all holds, else what does not (static text). */
const char *heap_check(const struct heap *heap, const struct heap_root *roots, size_t root_count);

#endif
