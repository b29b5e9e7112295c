/* copy.c - deep copies between heaps, in one allocation of exactly the words that the copy takes.
**
** First a walk sums the words (with an explicit stack), then the copy is made without one: objects
** are copied shallow, and what was copied is scanned for pointers that still lead to the source.
** Views of bits come over whole at once: as HEAP_BITS when small, else with a BIN_REF of their own. */
#include "heap/internal.h"

struct copier {
    struct literal_probe probe;
    term *top;
    term *plain, *plain_end;        /* copied cells that the scan need not look at; plain NULL: none */
    term offheap;                   /* of the copy so far, and their bytes */
    size_t offheap_bytes;
};

/* ---- views of bits --------------------------------------------------------------- */

enum view_copy { VIEW_AS_HEAP_BITS, VIEW_OF_LITERAL, VIEW_WITH_BIN_REF };

static enum view_copy view_copy_kind(struct literal_probe *probe,
    const term *boxed)
{
    const term *under = term_boxed(boxed[1]);

    if (boxed[3] - boxed[2] <= HEAP_BITS_MAX_BYTES * 8)
        return VIEW_AS_HEAP_BITS;
    if (literal_probe_hit(probe, under))
        return VIEW_OF_LITERAL;
    return header_kind(under[0]) == BOXED_BIN_REF ? VIEW_WITH_BIN_REF : VIEW_AS_HEAP_BITS;
}

static size_t view_words(struct literal_probe *probe, const term *boxed)
{
    switch (view_copy_kind(probe, boxed)) {
    case VIEW_OF_LITERAL:
        return SUB_BITS_WORDS;
    case VIEW_WITH_BIN_REF:
        return SUB_BITS_WORDS + BIN_REF_WORDS;
    default:
        return HEAP_BITS_WORDS(((size_t) (boxed[3] - boxed[2]) + 7) / 8);
    }
}

/* Copies size bits from bit offset on to whole bytes; unused bits of the last byte become 0. */
static void copy_bits(uint8_t *to, const uint8_t *from, size_t offset, size_t size)
{
    const uint8_t *at = from + offset / 8;
    unsigned shift = offset % 8;
    size_t bytes = (size + 7) / 8;

    if (shift == 0) {
        memcpy(to, at, bytes);
    } else {
        for (size_t i = 0; i < bytes; i++) {
            bool more = i + 1 < bytes || shift + (size - 8 * i) > 8;

            to[i] = (uint8_t) (at[i] << shift | (more ? at[i + 1] >> (8 - shift) : 0));
        }
    }
    if (size % 8 != 0)
        to[bytes - 1] &= (uint8_t) (0xff00 >> size % 8);
}

static term copy_as_heap_bits(struct copier *c, term view)
{
    const term *boxed = term_boxed(view);
    size_t bits = boxed[3] - boxed[2];
    size_t words = HEAP_BITS_WORDS((bits + 7) / 8);
    term *to = c->top;

    c->top += words;
    to[words - 1] = 0;
    to[0] = header_make(BOXED_HEAP_BITS, words - 1);
    to[1] = bits;
    if (bits > 0)
        copy_bits((uint8_t *) (to + 2), term_bits_base(view), boxed[2], bits);
    return term_make_boxed(to);
}

static void link_copy(struct copier *c, term *boxed)
{
    offheap_keep(boxed);
    offheap_link(&c->offheap, boxed);
    if (header_kind(boxed[0]) == BOXED_BIN_REF)
        c->offheap_bytes += ((struct offheap_binary *) boxed[2])->capacity;
}

static term copy_view(struct copier *c, term view)
{
    const term *boxed = term_boxed(view);
    enum view_copy kind = view_copy_kind(&c->probe, boxed);
    term *to = c->top, *under;

    if (kind == VIEW_AS_HEAP_BITS)
        return copy_as_heap_bits(c, view);
    c->top += SUB_BITS_WORDS;
    to[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    memcpy(to + 1, boxed + 1, 3 * sizeof(term));
    if (kind == VIEW_WITH_BIN_REF) {
        under = c->top;
        c->top += BIN_REF_WORDS;
        memcpy(under, term_boxed(boxed[1]), BIN_REF_WORDS * sizeof(term));
        link_copy(c, under);
        to[1] = term_make_boxed(under);
    }
    return term_make_boxed(to);
}

/* ---- how many words ------------------------------------------------------------------ */

struct sizer {
    struct literal_probe probe;
    size_t words;
    struct word_stack stack;                /* pairs: address, how many terms from there */
};

/* Counts the cells from cell on up to one whose head is no immediate, and says what is to be looked
** at next: that cell, or what the list ends with. */
static inline void size_list(struct sizer *s, const term *cell, const term **at, size_t *count)
{
    while (!literal_probe_hit(&s->probe, cell)) {
        s->words += 2;
        if (!term_is_immediate(cell[0])) {
            *at = cell;
            *count = 2;
            return;
        }
        if (!term_is_cons(cell[1])) {
            *at = cell + 1;
            *count = 1;
            return;
        }
        cell = term_cons_cell(cell[1]);
    }
}

/* Counts the object and says which terms are in it. */
static inline void size_boxed(struct sizer *s, const term *boxed, const term **at, size_t *count)
{
    term header = *boxed;
    size_t raw;

    if (literal_probe_hit(&s->probe, boxed))
        return;
    if (header_is_view(header)) {
        s->words += view_words(&s->probe, boxed);
        return;
    }
    raw = header_raw_words(header);
    s->words += 1 + header_words(header);
    *at = boxed + 1 + raw;
    *count = header_words(header) - raw;
}

/* Words are counted more than once only where the walk comes back from the stack: that bounds the
** sum at each push. */
static bool size_range(struct sizer *s, const term *at, size_t count)
{
    for (;;) {
        term t;

        while (count > 0 && !term_is_pointer(*at)) {
            at++;
            count--;
        }
        if (count == 0) {
            if (s->stack.count == 0)
                return true;
            count = word_stack_pop(&s->stack);
            at = (const term *) word_stack_pop(&s->stack);
            continue;
        }
        t = *at;
        if (count > 1
            && (s->words > SIZE_MAX / sizeof(term) / 2
                || !word_stack_push2(&s->stack, (uintptr_t) (at + 1), (uintptr_t) (count - 1))))
            return false;
        count = 0;
        if (term_is_cons(t))
            size_list(s, term_cons_cell(t), &at, &count);
        else
            size_boxed(s, term_boxed(t), &at, &count);
    }
}

/* For a walk that leaves literals where they are; most of the words may lie in source. */
static struct literal_probe literals_stay(const struct heap_shared *shared,
    const struct heap *source)
{
    struct literal_probe probe = literal_probe_make(shared->literals);

    if (source != NULL && probe.size == 0) {
        probe.low = (uintptr_t) source->start;
        probe.size = (uintptr_t) source->top - probe.low;
    }
    return probe;
}

/* For a walk that takes literals along: knows of none. */
static struct literal_probe literals_too(void)
{
    return literal_probe_make(NULL);
}

static size_t copied_size(struct heap_shared *shared, struct literal_probe probe, term t)
{
    struct sizer s;
    bool done;

    s.probe = probe;
    s.words = 0;
    word_stack_init(&s.stack, shared->memory);
    done = size_range(&s, &t, 1);
    word_stack_deinit(&s.stack);
    return done && s.words <= SIZE_MAX / sizeof(term) / 2 ? s.words : SIZE_MAX;
}

size_t heap_copied_words(struct heap_shared *shared, const struct heap *source, term t)
{
    return term_is_immediate(t) ? 0 : copied_size(shared, literals_stay(shared, source), t);
}

size_t heap_term_size(struct heap_shared *shared, term t)
{
    return heap_copied_words(shared, NULL, t);
}

/* ---- the copy --------------------------------------------------------------------------- */

/* Cells from start on, all but for their own tails immediate: the scan passes over one such run at a
** time. */
#define PLAIN_WORDS 16
static inline void note_plain(struct copier *c, term *start, term *end)
{
    if (end - start >= PLAIN_WORDS && c->plain == NULL) {
        c->plain = start;
        c->plain_end = end;
    }
}

/* Copies the cells that the list at *slot begins with to top, unless they are shared; gives the new
** top. Each tail but the last leads to the cell right after it: no pointer into the source can, so
** the scan knows what it need not copy. */
static inline term *copy_list(struct copier *c, term *slot, term *top)
{
    const term *cell = term_cons_cell(*slot);
    term *start = top, all = TERM_NIL;

    if (literal_probe_hit(&c->probe, cell))
        return top;
    *slot = term_make_cons(top);
    for (;;) {
        term tail = cell[1];

        top[0] = cell[0];
        all &= cell[0];
        cell = term_cons_cell(tail);
        if (!term_is_cons(tail) || literal_probe_hit(&c->probe, cell)) {
            top[1] = tail;
            if (term_is_immediate(all & tail))
                note_plain(c, start, top + 2);
            return top + 2;
        }
        top[1] = term_make_cons(top + 2);
        top += 2;
    }
}

static AVM_NOINLINE term *copy_boxed_view(struct copier *c, term *slot, term *top)
{
    c->top = top;
    *slot = copy_view(c, *slot);
    return c->top;
}

static inline term *copy_boxed(struct copier *c, term *slot, term *top)
{
    const term *boxed = term_boxed(*slot);
    term header = *boxed;
    size_t words = header_words(header);

    if (literal_probe_hit(&c->probe, boxed))
        return top;
    if (AVM_UNLIKELY(header_is_view(header)))
        return copy_boxed_view(c, slot, top);
    *slot = term_make_boxed(top);
    top[0] = header;
    for (size_t i = 1; i <= words; i++)
        top[i] = boxed[i];
    if (AVM_UNLIKELY(header_is_offheap(header)))
        link_copy(c, top);
    return top + 1 + words;
}

static struct copier copier_make(struct literal_probe probe, term *to)
{
    struct copier c = { probe, to, NULL, NULL, TERM_NONE, 0 };

    return c;
}

/* The off-heap objects of a copy are those of heap from here on. */
static void hand_offheap(const struct copier *c, struct heap *heap)
{
    term list = c->offheap;

    while (list != TERM_NONE) {
        term *boxed = term_boxed(list);

        list = *offheap_next(boxed);
        offheap_link(&heap->offheap, boxed);
    }
    heap_note_offheap(heap, c->offheap_bytes);
}

static void copy_into(struct copier *c, term *slot)
{
    term *at = c->top;
    term *top = term_is_cons(*slot) ? copy_list(c, slot, at) : copy_boxed(c, slot, at);
    term *end = at;

    for (;;) {
        if (at == end) {
            if (at == c->plain) {
                at = c->plain_end;
                c->plain = NULL;
            }
            end = c->plain != NULL ? c->plain : top;
            if (at == end && end == top)
                break;
        } else if (term_is_immediate(*at)) {
            at++;
        } else if (term_is_cons(*at)) {
            if (*at != term_make_cons(at + 1))
                top = copy_list(c, at, top);
            at++;
        } else if (term_is_boxed(*at)) {
            top = copy_boxed(c, at++, top);
        } else {
            at += 1 + header_raw_words(*at);
        }
    }
    c->top = top;
}

static term copy_term(struct heap *heap, struct literal_probe probe, term t)
{
    struct copier c;
    size_t words;

    if (term_is_immediate(t))
        return t;
    words = copied_size(heap->shared, probe, t);
    if (words == 0)
        return t;
    if (words == SIZE_MAX)
        return TERM_NONE;
    c = copier_make(probe, heap_allocate(heap, words));
    if (c.top == NULL)
        return TERM_NONE;
    copy_into(&c, &t);
    hand_offheap(&c, heap);
    return t;
}

term heap_copy(struct heap *heap, term t)
{
    return copy_term(heap, literals_stay(heap->shared, NULL), t);
}

term heap_copy_with_literals(struct heap *heap, term t)
{
    return copy_term(heap, literals_too(), t);
}

struct heap_fragment *heap_copy_alone(struct heap_shared *shared, enum memory_kind kind,
    size_t prefix, const struct heap *source, size_t words, term *t, term *offheap)
{
    struct heap_fragment *fragment;
    struct copier c;
    char *block;

    if (words > (SIZE_MAX - prefix - sizeof *fragment) / sizeof(term))
        return NULL;
    block = memory_allocate(shared->memory, kind,
        prefix + sizeof *fragment + words * sizeof(term));
    if (block == NULL)
        return NULL;
    fragment = (struct heap_fragment *) (void *) (block + prefix);
    fragment->next = NULL;
    fragment->capacity = fragment->used = words;
    fragment->prefix = prefix;
    c = copier_make(literals_stay(shared, source), fragment->words);
    copy_into(&c, t);
    *offheap = c.offheap;
    return fragment;
}

struct heap_fragment *heap_copy_plain(struct heap_shared *shared, enum memory_kind kind, size_t prefix,
    size_t words, term *t)
{
    const term *from = term_boxed(*t);
    char *block = memory_allocate(shared->memory, kind,
        prefix + sizeof(struct heap_fragment) + words * sizeof(term));
    struct heap_fragment *fragment = (struct heap_fragment *) (void *) (block + prefix);

    if (block == NULL)
        return NULL;
    fragment->next = NULL;
    fragment->capacity = fragment->used = words;
    fragment->prefix = prefix;
    for (size_t i = 0; i < words; i++)
        fragment->words[i] = from[i];
    *t = term_make_boxed(fragment->words);
    return fragment;
}

/* ---- blocks ------------------------------------------------------------------------------- */

size_t heap_flat_words(struct heap_shared *shared, term t)
{
    return term_is_immediate(t) ? 0 : copied_size(shared, literals_too(), t);
}

term heap_flat_write(term t, term *to, term *offheap)
{
    struct copier c = copier_make(literals_too(), to);

    if (!term_is_immediate(t))
        copy_into(&c, &t);
    *offheap = c.offheap;
    return t;
}

/* A pointer in a block of words words at from that is copied to to: moved with it if it leads into it. */
static term read_pointer(term t, const term *from, const term *to, size_t words)
{
    uintptr_t start = (uintptr_t) from;

    return t - start < words * sizeof(term) ? t + ((uintptr_t) to - start) : t;
}

/* Copies the object whose header is *from; gives the words that hold no terms. */
static size_t read_header(struct copier *c, const term *from, term *to)
{
    size_t raw = header_raw_words(*from);

    for (size_t i = 0; i <= raw; i++)
        to[i] = from[i];
    if (header_is_offheap(*from))
        link_copy(c, to);
    return 1 + raw;
}

term *heap_flat_read(struct heap *heap, const term *from, size_t words, size_t extra)
{
    term *to = heap_allocate(heap, words + extra);
    struct copier c = copier_make(literals_too(), NULL);

    if (to == NULL)
        return NULL;
    for (size_t i = 0; i < words;) {
        term word = atomic_peek(&from[i]);

        switch (word & 3) {
        case TAG_IMMEDIATE:
            to[i] = word;
            i++;
            break;
        case TAG_HEADER:
            if (header_is_view(word)) {
                memcpy(to + i, from + i, SUB_BITS_WORDS * sizeof(term));
                to[i + 1] = read_pointer(from[i + 1], from, to, words);
                i += SUB_BITS_WORDS;
            } else {
                i += read_header(&c, from + i, to + i);
            }
            break;
        default:
            to[i] = read_pointer(word, from, to, words);
            i++;
            break;
        }
    }
    if (c.offheap != TERM_NONE)
        hand_offheap(&c, heap);
    return to;
}

void heap_flat_release(term offheap)
{
    offheap_drop_all(offheap);
}

struct offheap_binary *heap_flat_binary(term *offheap)
{
    while (*offheap != TERM_NONE) {
        term at = *offheap;

        *offheap = *offheap_next(term_boxed(at));
        if (header_kind(*term_boxed(at)) == BOXED_BIN_REF)
            return term_bin_ref_binary(at);
    }
    return NULL;
}
