/* encode.c - a term to bytes, without recursion.
**
** Always: what is on the stack of frames is all that is still to be written, in order, so that an
** encoder can stop after any term and go on later. */
#include "data/bits.h"
#include "data/compare.h"
#include "data/identity.h"
#include "data/map.h"
#include "data/number.h"
#include "etf/encoder.h"
#include "etf/tags.h"

enum frame_kind {
    FRAME_TERMS,                /* count terms at next */
    FRAME_LIST,                 /* the rest of a list: next is the list itself */
    FRAME_COUNT,                /* a list that is being counted: next; second: what is not yet counted */
    FRAME_PAIRS,                /* count keys at next, values at second */
    FRAME_SORTED,               /* next: a struct sorted of count pairs, freed at the end */
    FRAME_TRIE,                 /* next: a struct map_iterator, freed at the end */
    FRAME_FUN                   /* count: where the size of a fun goes */
};

struct etf_frame {
    enum frame_kind kind;
    const term *next, *second;
    size_t count;
};

static bool fail(struct etf_encoding *e, enum etf_status status)
{
    if (e->status == ETF_OK)
        e->status = status;
    return false;
}

/* ---- bytes -------------------------------------------------------------------------------- */

/* Room for size bytes, NULL when only counting or without memory. */
static inline uint8_t *extend(struct etf_encoding *e, size_t size)
{
    struct byte_buffer *out = &e->out;
    uint8_t *to;

    if (!size_add(e->size, size, &e->size)) {
        fail(e, ETF_SYSTEM_LIMIT);
        return NULL;
    }
    if (e->counts)
        return NULL;
    if (AVM_UNLIKELY(out->failed || out->capacity - out->size < size))
        return byte_buffer_extend(out, size);
    to = out->bytes + out->size;
    out->size += size;
    return to;
}

static void put_bytes(struct etf_encoding *e, const void *bytes, size_t size)
{
    uint8_t *to = extend(e, size);

    if (to != NULL && size > 0)
        memcpy(to, bytes, size);
}

static void put_u8(struct etf_encoding *e, unsigned value)
{
    uint8_t *to = extend(e, 1);

    if (to != NULL)
        *to = (uint8_t) value;
}

static void put_u16(struct etf_encoding *e, size_t value)
{
    uint8_t *to = extend(e, 2);

    if (to != NULL) {
        to[0] = (uint8_t) (value >> 8);
        to[1] = (uint8_t) value;
    }
}

void encoder_store_u32(uint8_t *bytes, size_t value)
{
    bytes[0] = (uint8_t) (value >> 24);
    bytes[1] = (uint8_t) (value >> 16);
    bytes[2] = (uint8_t) (value >> 8);
    bytes[3] = (uint8_t) value;
}

static void put_u32(struct etf_encoding *e, size_t value)
{
    uint8_t *to = extend(e, 4);

    if (to != NULL)
        encoder_store_u32(to, value);
}

static void put_tag_u32(struct etf_encoding *e, enum etf_tag tag, size_t value)
{
    uint8_t *to = extend(e, 5);

    if (value > UINT32_MAX)
        fail(e, ETF_SYSTEM_LIMIT);
    if (to != NULL) {
        to[0] = (uint8_t) tag;
        encoder_store_u32(to + 1, value);
    }
}

static bool push_frame(struct etf_encoding *e, enum frame_kind kind, const term *next,
    const term *second, size_t count)
{
    if (!vector_reserve(e->context.memory, MEMORY_OTHER, (void **) (void *) &e->frames, &e->frame_capacity,
            e->frame_count, 1, sizeof *e->frames))
        return fail(e, ETF_NO_MEMORY);
    e->frames[e->frame_count++] = (struct etf_frame) { kind, next, second, count };
    return true;
}

/* ---- atoms -------------------------------------------------------------------------------- */

/* Characters of a UTF-8 text that is Latin-1, SIZE_MAX when it is not. */
static size_t latin1_size(const uint8_t *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] >= 0xc4)
            return SIZE_MAX;
        count += (text[i] & 0xc0) != 0x80;
    }
    return count;
}

static void put_latin1(struct etf_encoding *e, const uint8_t *text, size_t size)
{
    uint8_t bytes[ATOM_MAX_CHARACTERS];
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        if ((text[i] & 0xc0) == 0x80)
            bytes[count - 1] = (uint8_t) (text[i - 1] << 6 | (text[i] & 0x3f));
        else
            bytes[count++] = text[i];
    }
    put_bytes(e, bytes, count);
}

static void put_atom(struct etf_encoding *e, term atom)
{
    size_t size, characters;
    const uint8_t *text = atom_text(e->context.atoms, term_atom_index(atom), &size);

    characters = e->options.minor_version >= 2 ? SIZE_MAX : latin1_size(text, size);
    if (characters != SIZE_MAX) {
        put_u8(e, TAG_ATOM);
        put_u16(e, characters);
        put_latin1(e, text, size);
    } else if (size <= 255) {
        put_u8(e, TAG_SMALL_ATOM_UTF8);
        put_u8(e, (unsigned) size);
        put_bytes(e, text, size);
    } else {
        put_u8(e, TAG_ATOM_UTF8);
        put_u16(e, size);
        put_bytes(e, text, size);
    }
}

/* ---- numbers ------------------------------------------------------------------------------ */

static void put_small_big(struct etf_encoding *e, uint64_t magnitude, bool negative)
{
    uint8_t bytes[8];
    unsigned size = 0;

    for (; magnitude != 0; magnitude >>= 8)
        bytes[size++] = (uint8_t) magnitude;
    put_u8(e, TAG_SMALL_BIG);
    put_u8(e, size);
    put_u8(e, negative);
    put_bytes(e, bytes, size);
}

static void put_integer(struct etf_encoding *e, int64_t value)
{
    if (value >= 0 && value <= 255) {
        put_u8(e, TAG_SMALL_INTEGER);
        put_u8(e, (unsigned) value);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
        put_tag_u32(e, TAG_INTEGER, (uint32_t) value);
    } else {
        put_small_big(e, value < 0 ? 0 - (uint64_t) value : (uint64_t) value, value < 0);
    }
}

static void put_big(struct etf_encoding *e, term t)
{
    size_t size = integer_magnitude_bytes(t);
    const term *limbs = term_boxed(t) + 1;
    int64_t value;
    uint8_t *to;

    if (integer_get_int64(t, &value)) {
        put_integer(e, value);
        return;
    }
    if (size <= 255) {
        put_u8(e, TAG_SMALL_BIG);
        put_u8(e, (unsigned) size);
    } else {
        put_tag_u32(e, TAG_LARGE_BIG, size);
    }
    put_u8(e, integer_is_negative(t));
    to = extend(e, size);
    for (size_t i = 0; to != NULL && i < size; i++)
        to[i] = (uint8_t) (limbs[i / sizeof(term)] >> (i % sizeof(term) * 8));
}

static void put_float(struct etf_encoding *e, double value)
{
    uint64_t bits;

    if (e->options.minor_version == 0) {
        char text[FLOAT_TEXT_SIZE + 1] = { 0 };

        float_print_scientific(value, 20, text, FLOAT_TEXT_SIZE);
        put_u8(e, TAG_FLOAT_TEXT);
        put_bytes(e, text, FLOAT_TEXT_SIZE);
        return;
    }
    memcpy(&bits, &value, sizeof bits);
    put_u8(e, TAG_NEW_FLOAT);
    put_u32(e, (size_t) (bits >> 32));
    put_u32(e, (size_t) (bits & 0xffffffff));
}

/* ---- pids, ports, references -------------------------------------------------------------- */

static void put_pid_parts(struct etf_encoding *e, term node, uint32_t number, uint32_t serial,
    uint32_t creation)
{
    put_u8(e, TAG_NEW_PID);
    put_atom(e, node);
    put_u32(e, number);
    put_u32(e, serial);
    put_u32(e, creation);
}

static void put_local_pid(struct etf_encoding *e, term pid)
{
    put_pid_parts(e, e->context.node, term_pid_number(pid), term_pid_serial(pid),
        e->context.creation);
}

static void put_port(struct etf_encoding *e, term node, uint64_t id, uint32_t creation)
{
    bool is_wide = id >> 28 != 0;

    put_u8(e, is_wide ? TAG_V4_PORT : TAG_NEW_PORT);
    put_atom(e, node);
    if (is_wide)
        put_u32(e, (size_t) (id >> 32));
    put_u32(e, (size_t) (id & 0xffffffff));
    put_u32(e, creation);
}

static void put_reference(struct etf_encoding *e, term node, uint32_t creation, const uint32_t *ids,
    size_t count)
{
    put_u8(e, TAG_NEWER_REFERENCE);
    put_u16(e, count);
    put_atom(e, node);
    put_u32(e, creation);
    for (size_t i = 0; i < count; i++)
        put_u32(e, ids[i]);
}

static void put_local_reference(struct etf_encoding *e, term t)
{
    uint32_t words[REFERENCE_ID_PARTS];

    reference_id_split(term_reference_id(t), words);
    put_reference(e, e->context.node, e->context.creation, words, REFERENCE_ID_PARTS);
}

static void put_external(struct etf_encoding *e, term t)
{
    const struct external_id *external = term_external(t);

    if (term_has_kind(t, BOXED_EXTERNAL_PID))
        put_pid_parts(e, external->node, external->ids[0], external->ids[1], external->creation);
    else if (term_has_kind(t, BOXED_EXTERNAL_PORT))
        put_port(e, external->node, (uint64_t) external->ids[1] << 32 | external->ids[0],
            external->creation);
    else
        put_reference(e, external->node, external->creation, external->ids, external->count);
}

/* ---- bitstrings, lists, funs, maps, records ------------------------------------------------ */

static void put_bitstring(struct etf_encoding *e, term t)
{
    size_t bits = term_bit_size(t), size = (bits >> 3) + ((bits & 7) != 0);
    struct bits_view view;
    uint8_t *to;

    put_tag_u32(e, (bits & 7) == 0 ? TAG_BINARY : TAG_BIT_BINARY, size);
    if ((bits & 7) != 0)
        put_u8(e, bits & 7);
    to = extend(e, size);
    if (to != NULL && bits > 0) {
        bits_get_view(t, &view);
        to[size - 1] = 0;
        bits_copy(to, 0, view.base, view.offset, bits);
    }
}

#define STRING_MOST 65535
#define COUNT_STRETCH 4096

/* Elements at the front of a list, no more than may be a string's and one; *list: what is behind them. */
static size_t count_string(term *list, bool *is_string)
{
    size_t length = 0;
    bool bytes = true;
    term at = *list;

    for (; term_is_cons(at) && length <= STRING_MOST; at = term_tail(at), length++) {
        term head = term_head(at);

        bytes = bytes && term_is_small(head) && (uintptr_t) term_small(head) <= 255;
    }
    *list = at;
    *is_string = bytes && term_is_nil(at) && length <= STRING_MOST;
    return length;
}

static bool begin_list(struct etf_encoding *e, term list, size_t length)
{
    put_tag_u32(e, TAG_LIST, length);
    return push_frame(e, FRAME_LIST, (const term *) list, NULL, 0);
}

static bool put_list(struct etf_encoding *e, term list)
{
    bool is_string;
    term rest = list;
    size_t length = count_string(&rest, &is_string);
    uint8_t *to;

    if (term_is_cons(rest))
        return push_frame(e, FRAME_COUNT, (const term *) list, (const term *) rest, length);
    if (!is_string)
        return begin_list(e, list, length);
    put_u8(e, TAG_STRING);
    put_u16(e, length);
    to = extend(e, length);
    if (to != NULL)
        for (; term_is_cons(list); list = term_tail(list))
            *to++ = (uint8_t) term_small(term_head(list));
    return true;
}

/* A long list says its length first. */
static bool count_on(struct etf_encoding *e, struct etf_frame *frame)
{
    term rest = (term) frame->second;
    size_t stretch = COUNT_STRETCH;

    for (; stretch > 0 && term_is_cons(rest); stretch--, frame->count++)
        rest = term_tail(rest);
    frame->second = (const term *) rest;
    if (term_is_cons(rest))
        return true;
    e->frame_count--;
    return begin_list(e, (term) frame->next, frame->count);
}

static bool put_fun(struct etf_encoding *e, term fun)
{
    const struct fun_identity *identity = term_fun_identity(fun);
    size_t free_count = term_fun_free_count(fun), start;

    put_u8(e, TAG_NEW_FUN);
    start = e->size;
    put_u32(e, 0);
    put_u8(e, identity->arity);
    put_bytes(e, identity->md5, sizeof identity->md5);
    put_u32(e, identity->index);
    put_u32(e, free_count);
    put_atom(e, identity->module);
    put_integer(e, identity->index);
    put_integer(e, identity->uniq);
    put_local_pid(e, e->context.self != TERM_NONE ? e->context.self : term_make_pid(0));
    return push_frame(e, FRAME_FUN, NULL, NULL, start)
        && (free_count == 0 || push_frame(e, FRAME_TERMS, term_fun_free(fun), NULL, free_count));
}

static void put_export(struct etf_encoding *e, term fun)
{
    const struct export_identity *identity = term_export_identity(fun);

    put_u8(e, TAG_EXPORT);
    put_atom(e, identity->module);
    put_atom(e, identity->function);
    put_integer(e, identity->arity);
}

/* The pairs of a map, smallest key first, a little at a time: gathered, made a heap (no pair before its
** parent's), taken from its top. */
struct sorted {
    struct compare_context compare;
    struct map_iterator iterator;
    size_t filled;
    size_t unordered;               /* pairs before which nothing is a heap yet */
    bool has_value;                 /* the value of the key that was written last comes next */
    term value;
    term pairs[];
};

static bool is_before(const struct sorted *sorted, size_t a, size_t b)
{
    return term_compare_exact(&sorted->compare, sorted->pairs[2 * a], sorted->pairs[2 * b]) < 0;
}

static void swap_pairs(struct sorted *sorted, size_t a, size_t b)
{
    for (unsigned i = 0; i < 2; i++) {
        term t = sorted->pairs[2 * a + i];

        sorted->pairs[2 * a + i] = sorted->pairs[2 * b + i];
        sorted->pairs[2 * b + i] = t;
    }
}

static void sift_down(struct sorted *sorted, size_t root)
{
    size_t child;

    while ((child = 2 * root + 1) < sorted->filled) {
        if (child + 1 < sorted->filled && is_before(sorted, child + 1, child))
            child++;
        if (!is_before(sorted, child, root))
            return;
        swap_pairs(sorted, root, child);
        root = child;
    }
}

static size_t sorted_size(size_t count)
{
    return sizeof(struct sorted) + 2 * count * sizeof(term);
}

static bool push_sorted(struct etf_encoding *e, term map, size_t count)
{
    struct sorted *sorted = NULL;

    if (count < SIZE_MAX / sizeof(term) / 4)
        sorted = memory_allocate(e->context.memory, MEMORY_OTHER, sorted_size(count));
    if (sorted == NULL)
        return fail(e, ETF_NO_MEMORY);
    sorted->compare = (struct compare_context) { e->context.memory, e->context.atoms };
    sorted->filled = 0;
    sorted->unordered = count / 2;
    sorted->has_value = false;
    map_iterator_init(&sorted->iterator, map);
    if (push_frame(e, FRAME_SORTED, (const term *) (void *) sorted, NULL, count))
        return true;
    memory_free(e->context.memory, MEMORY_OTHER, sorted, sorted_size(count));
    return false;
}

static bool push_trie(struct etf_encoding *e, term map)
{
    struct map_iterator *iterator
        = memory_allocate(e->context.memory, MEMORY_OTHER, sizeof *iterator);

    if (iterator == NULL)
        return fail(e, ETF_NO_MEMORY);
    map_iterator_init(iterator, map);
    if (push_frame(e, FRAME_TRIE, (const term *) (void *) iterator, NULL, 0))
        return true;
    memory_free(e->context.memory, MEMORY_OTHER, iterator, sizeof *iterator);
    return false;
}

static bool put_map(struct etf_encoding *e, term map)
{
    size_t count = term_map_size(map);
    const term *boxed = term_boxed(map);

    put_tag_u32(e, TAG_MAP, count);
    if (count == 0)
        return true;
    if (term_is_flat_map(map))
        return push_frame(e, FRAME_PAIRS, term_tuple_elements(boxed[1]), boxed + 2, count);
    return e->options.deterministic ? push_sorted(e, map, count) : push_trie(e, map);
}

static bool put_tuple(struct etf_encoding *e, term tuple)
{
    size_t arity = term_tuple_arity(tuple);

    if (arity <= 255) {
        put_u8(e, TAG_SMALL_TUPLE);
        put_u8(e, (unsigned) arity);
    } else {
        put_tag_u32(e, TAG_LARGE_TUPLE, arity);
    }
    return arity == 0 || push_frame(e, FRAME_TERMS, term_tuple_elements(tuple), NULL, arity);
}

static bool put_record(struct etf_encoding *e, term record)
{
    const term *boxed = term_boxed(record);
    size_t count = header_words(boxed[0]) - 1;
    const term *definition = term_tuple_elements(boxed[1]);

    put_tag_u32(e, TAG_NATIVE_RECORD, count);
    put_u8(e, definition[2] == ATOM(true));
    put_atom(e, definition[0]);
    put_atom(e, definition[1]);
    for (size_t i = 0; i < count; i++)
        put_atom(e, definition[3 + i]);
    return count == 0 || push_frame(e, FRAME_TERMS, boxed + 2, NULL, count);
}

/* ---- the walk ----------------------------------------------------------------------------- */

static bool put_boxed(struct etf_encoding *e, term t)
{
    switch (term_boxed_kind(t)) {
    case BOXED_TUPLE:
        return put_tuple(e, t);
    case BOXED_MAP:
        return put_map(e, t);
    case BOXED_FUN:
        return put_fun(e, t);
    case BOXED_RECORD:
        return put_record(e, t);
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        put_big(e, t);
        return true;
    case BOXED_FLOAT:
        put_float(e, term_float(t));
        return true;
    case BOXED_EXPORT:
        put_export(e, t);
        return true;
    case BOXED_REFERENCE:
        put_local_reference(e, t);
        return true;
    case BOXED_HEAP_BITS:
    case BOXED_SUB_BITS:
        put_bitstring(e, t);
        return true;
    case BOXED_EXTERNAL_PID:
    case BOXED_EXTERNAL_PORT:
    case BOXED_EXTERNAL_REFERENCE:
        put_external(e, t);
        return true;
    default:
        return fail(e, ETF_BAD_ARGUMENT);
    }
}

static bool put_term(struct etf_encoding *e, term t)
{
    if (term_is_cons(t))
        return put_list(e, t);
    if (term_is_boxed(t))
        return put_boxed(e, t);
    if (term_is_small(t))
        put_integer(e, term_small(t));
    else if (term_is_atom(t))
        put_atom(e, t);
    else if (term_is_nil(t))
        put_u8(e, TAG_NIL);
    else if (term_is_local_pid(t))
        put_local_pid(e, t);
    else if (term_is_local_port(t))
        put_port(e, e->context.node, term_port_data(t), e->context.creation);
    else
        return fail(e, ETF_BAD_ARGUMENT);
    return true;
}

static void release_frame(struct etf_encoding *e, const struct etf_frame *frame)
{
    struct memory *memory = e->context.memory;

    if (frame->kind == FRAME_SORTED)
        memory_free(memory, MEMORY_OTHER, (void *) (uintptr_t) frame->next,
            sorted_size(frame->count));
    else if (frame->kind == FRAME_TRIE)
        memory_free(memory, MEMORY_OTHER, (void *) (uintptr_t) frame->next,
            sizeof(struct map_iterator));
}

static void finish_fun(struct etf_encoding *e, size_t start)
{
    size_t size = e->size - start;

    if (size > UINT32_MAX)
        fail(e, ETF_SYSTEM_LIMIT);
    if (!e->counts && !e->out.failed)
        encoder_store_u32(e->out.bytes + e->out.size - size, size);
}

/* Next of a pair, its value to be written after it. */
static bool put_pair(struct etf_encoding *e, term key, const term *value)
{
    return push_frame(e, FRAME_TERMS, value, NULL, 1) && put_term(e, key);
}

/* A trie's pairs are written key by value: the value waits in its cell, which the iterator
** passes. */
static bool step_trie(struct etf_encoding *e, struct etf_frame *frame)
{
    struct map_iterator *iterator = (struct map_iterator *) (uintptr_t) frame->next;
    term key, value;

    if (frame->count != 0) {
        value = (term) frame->count;
        frame->count = 0;
        return put_term(e, value);
    }
    if (!map_iterator_next(iterator, &key, &value)) {
        release_frame(e, frame);
        e->frame_count--;
        return true;
    }
    frame->count = (size_t) value;
    return put_term(e, key);
}

static bool step_sorted(struct etf_encoding *e, struct etf_frame *frame)
{
    struct sorted *sorted = (struct sorted *) (uintptr_t) frame->next;
    term *pairs = sorted->pairs, key;

    if (sorted->has_value) {
        sorted->has_value = false;
        return put_term(e, sorted->value);
    }
    if (map_iterator_next(&sorted->iterator, &key, &sorted->value)) {
        pairs[2 * sorted->filled] = key;
        pairs[2 * sorted->filled++ + 1] = sorted->value;
    } else if (sorted->unordered > 0) {
        sift_down(sorted, --sorted->unordered);
    } else if (sorted->filled > 0) {
        key = pairs[0];
        sorted->value = pairs[1];
        sorted->has_value = true;
        swap_pairs(sorted, 0, --sorted->filled);
        sift_down(sorted, 0);
        return put_term(e, key);
    } else {
        release_frame(e, frame);
        e->frame_count--;
    }
    return true;
}

/* Writes the next term of the top frame, or ends the frame. */
static bool step(struct etf_encoding *e)
{
    struct etf_frame *frame = &e->frames[e->frame_count - 1];
    const term *next = frame->next, *second = frame->second;
    term list;

    switch (frame->kind) {
    case FRAME_TERMS:
        frame->next++;
        if (--frame->count == 0)
            e->frame_count--;
        return put_term(e, *next);
    case FRAME_LIST:
        list = (term) next;
        if (term_is_cons(list)) {
            frame->next = (const term *) term_tail(list);
            return put_term(e, term_head(list));
        }
        e->frame_count--;
        return put_term(e, list);
    case FRAME_COUNT:
        return count_on(e, frame);
    case FRAME_PAIRS:
        frame->next++;
        frame->second++;
        if (--frame->count == 0)
            e->frame_count--;
        return put_pair(e, *next, second);
    case FRAME_SORTED:
        return step_sorted(e, frame);
    case FRAME_TRIE:
        return step_trie(e, frame);
    case FRAME_FUN:
        e->frame_count--;
        finish_fun(e, frame->count);
        return true;
    }
    return fail(e, ETF_BAD_ARGUMENT);
}

void encoder_begin(struct etf_encoding *e, term t)
{
    if (put_term(e, t) && e->out.failed)
        fail(e, ETF_NO_MEMORY);
}

bool encoder_run(struct etf_encoding *e, size_t *budget)
{
    while (e->status == ETF_OK && e->frame_count > 0) {
        if (*budget == 0)
            return false;
        --*budget;
        (void) step(e);
        if (e->out.failed)
            fail(e, ETF_NO_MEMORY);
    }
    return true;
}

void encoder_end(struct etf_encoding *e)
{
    for (size_t i = 0; i < e->frame_count; i++)
        release_frame(e, &e->frames[i]);
    memory_free(e->context.memory, MEMORY_OTHER, e->frames, e->frame_capacity * sizeof *e->frames);
    e->frames = NULL;
    e->frame_count = e->frame_capacity = 0;
}
