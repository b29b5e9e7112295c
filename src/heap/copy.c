/* copy.c - deep copies between heaps, in one allocation of exactly the words that the copy takes.
**
** First a walk sums the words (with an explicit stack), then the copy is made without one: objects
** are copied shallow, and what was copied is scanned for pointers that still lead to the source.
** Views of bits come over whole at once: as HEAP_BITS when small, else with a BIN_REF of their own. */
#include "heap/internal.h"

struct copier {
    struct literal_probe probe;
    bool literals_too;
    term *top;
    term offheap;                   /* of the copy so far, and their bytes */
    size_t offheap_bytes;
};

static bool is_shared(struct literal_probe *probe, bool literals_too, const term *address)
{
    return !literals_too && literal_probe_hit(probe, address);
}

/* ---- views of bits --------------------------------------------------------------- */

enum view_copy { VIEW_AS_HEAP_BITS, VIEW_OF_LITERAL, VIEW_WITH_BIN_REF };

static enum view_copy view_copy_kind(struct literal_probe *probe, bool literals_too,
    const term *boxed)
{
    const term *under = term_boxed(boxed[1]);

    if (boxed[3] - boxed[2] <= HEAP_BITS_MAX_BYTES * 8)
        return VIEW_AS_HEAP_BITS;
    if (is_shared(probe, literals_too, under))
        return VIEW_OF_LITERAL;
    return header_kind(under[0]) == BOXED_BIN_REF ? VIEW_WITH_BIN_REF : VIEW_AS_HEAP_BITS;
}

static size_t view_words(struct literal_probe *probe, bool literals_too, const term *boxed)
{
    switch (view_copy_kind(probe, literals_too, boxed)) {
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
    enum view_copy kind = view_copy_kind(&c->probe, c->literals_too, boxed);
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
    bool literals_too;
    size_t words;
    struct word_stack stack;                /* pairs: address, how many terms from there */
};

/* Counts the object at t and says which terms are in it. */
static void size_object(struct sizer *s, term t, const term **at, size_t *count)
{
    const term *boxed = term_boxed(t);

    *count = 0;
    if (term_is_cons(t)) {
        boxed = term_cons_cell(t);
        if (!is_shared(&s->probe, s->literals_too, boxed)) {
            s->words += 2;
            *at = boxed;
            *count = 2;
        }
    } else if (!is_shared(&s->probe, s->literals_too, boxed)) {
        size_t raw = header_raw_words(boxed[0]);

        if (header_is_view(boxed[0])) {
            s->words += view_words(&s->probe, s->literals_too, boxed);
        } else {
            s->words += 1 + header_words(boxed[0]);
            *at = boxed + 1 + raw;
            *count = header_words(boxed[0]) - raw;
        }
    }
}

static bool size_range(struct sizer *s, const term *at, size_t count)
{
    for (;;) {
        while (count > 0 && (term_is_immediate(*at) || term_is_header(*at))) {
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
        if (count > 1
            && !word_stack_push2(&s->stack, (uintptr_t) (at + 1), (uintptr_t) (count - 1)))
            return false;
        if (s->words > SIZE_MAX / sizeof(term) / 2)
            return false;
        size_object(s, *at, &at, &count);
    }
}

static struct literal_probe probe_for(const struct heap_shared *shared, const struct heap *source)
{
    struct literal_probe probe = literal_probe_make(shared->literals);

    if (source != NULL && probe.size == 0) {
        probe.low = (uintptr_t) source->start;
        probe.size = (uintptr_t) source->top - probe.low;
    }
    return probe;
}

static size_t copied_size(struct heap_shared *shared, const struct heap *source, term t,
    bool literals_too)
{
    struct sizer s;
    bool done;

    s.probe = probe_for(shared, source);
    s.literals_too = literals_too;
    s.words = 0;
    word_stack_init(&s.stack, shared->memory);
    done = size_range(&s, &t, 1);
    word_stack_deinit(&s.stack);
    return done ? s.words : SIZE_MAX;
}

size_t heap_copied_words(struct heap_shared *shared, const struct heap *source, term t)
{
    return term_is_immediate(t) ? 0 : copied_size(shared, source, t, false);
}

size_t heap_term_size(struct heap_shared *shared, term t)
{
    return heap_copied_words(shared, NULL, t);
}

/* ---- the copy --------------------------------------------------------------------------- */

static void copy_cons(struct copier *c, term *slot)
{
    const term *cell = term_cons_cell(*slot);

    if (is_shared(&c->probe, c->literals_too, cell))
        return;
    *slot = term_make_cons(c->top);
    c->top[0] = cell[0];
    c->top[1] = cell[1];
    c->top += 2;
}

static void copy_boxed(struct copier *c, term *slot)
{
    const term *boxed = term_boxed(*slot);
    term *to = c->top;
    size_t words;

    if (is_shared(&c->probe, c->literals_too, boxed))
        return;
    if (header_is_view(boxed[0])) {
        *slot = copy_view(c, *slot);
        return;
    }
    words = 1 + header_words(boxed[0]);
    c->top += words;
    for (size_t i = 0; i < words; i++)
        to[i] = boxed[i];
    if (header_is_offheap(to[0]))
        link_copy(c, to);
    *slot = term_make_boxed(to);
}

static struct copier copier_make(const struct heap_shared *shared, const struct heap *source,
    bool literals_too, term *to)
{
    struct copier c = { probe_for(shared, source), literals_too, to, TERM_NONE, 0 };

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

    if (term_is_cons(*slot))
        copy_cons(c, slot);
    else
        copy_boxed(c, slot);
    while (at < c->top) {
        switch (*at & 3) {
        case TAG_CONS:
            copy_cons(c, at++);
            break;
        case TAG_BOXED:
            copy_boxed(c, at++);
            break;
        case TAG_IMMEDIATE:
            at++;
            break;
        default:
            at += 1 + header_raw_words(*at);
            break;
        }
    }
}

static term copy_term(struct heap *heap, term t, bool literals_too)
{
    struct copier c;
    size_t words;

    if (term_is_immediate(t))
        return t;
    words = copied_size(heap->shared, NULL, t, literals_too);
    if (words == 0)
        return t;
    if (words == SIZE_MAX)
        return TERM_NONE;
    c = copier_make(heap->shared, NULL, literals_too, heap_allocate(heap, words));
    if (c.top == NULL)
        return TERM_NONE;
    copy_into(&c, &t);
    hand_offheap(&c, heap);
    return t;
}

term heap_copy(struct heap *heap, term t)
{
    return copy_term(heap, t, false);
}

term heap_copy_with_literals(struct heap *heap, term t)
{
    return copy_term(heap, t, true);
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
    c = copier_make(shared, source, false, fragment->words);
    copy_into(&c, t);
    *offheap = c.offheap;
    return fragment;
}

/* ---- blocks ------------------------------------------------------------------------------- */

size_t heap_flat_words(struct heap_shared *shared, term t)
{
    return term_is_immediate(t) ? 0 : copied_size(shared, NULL, t, true);
}

term heap_flat_write(struct heap_shared *shared, term t, term *to, term *offheap)
{
    struct copier c = copier_make(shared, NULL, true, to);

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
    struct copier c = copier_make(heap->shared, NULL, true, NULL);

    if (to == NULL)
        return NULL;
    for (size_t i = 0; i < words;) {
        switch (from[i] & 3) {
        case TAG_IMMEDIATE:
            to[i] = from[i];
            i++;
            break;
        case TAG_HEADER:
            if (header_is_view(from[i])) {
                memcpy(to + i, from + i, SUB_BITS_WORDS * sizeof(term));
                to[i + 1] = read_pointer(from[i + 1], from, to, words);
                i += SUB_BITS_WORDS;
            } else {
                i += read_header(&c, from + i, to + i);
            }
            break;
        default:
            to[i] = read_pointer(from[i], from, to, words);
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
