/* binary.c - what the instructions on bitstrings do: reading fields off a match context, and making
** bitstrings from segments.
**
** A match context is a MATCH term: boxed[1] what it reads, boxed[2] the next bit, boxed[3] the end.
** Always: boxed[2] <= boxed[3]; every read checks what is left, so no order of instructions reads
** past the end. */
#include "interp/engine.h"

#include "data/bits.h"

/* ---- matching ------------------------------------------------------------- */

static size_t bits_left(const term *context)
{
    return context[3] - context[2];
}

/* size * unit as bits, when that many are left; the atom all: everything, a multiple of unit. */
static bool field_size(const term *context, term size, uint32_t unit, size_t *bits)
{
    size_t left = bits_left(context);

    if (size == ATOM(all)) {
        *bits = left;
        return unit == 0 || left % unit == 0;
    }
    if (!term_is_small(size) || term_small(size) < 0
        || !size_multiply((size_t) term_small(size), unit, bits))
        return false;
    return *bits <= left;
}

term match_integer(struct scheduler *s, term context, term size, const uint32_t *I)
{
    term *c = term_boxed(context), result;
    size_t bits;
    enum data_status status;

    s->outcome = NATIVE_TRAPPED;
    if (!field_size(c, size, I[4], &bits))
        return TERM_NONE;
    status = bits_read_integer(native_heap(s), term_bits_base(context), c[2], bits,
        INSTRUCTION_B(*I), &result);
    if (status == DATA_SYSTEM_LIMIT)            /* an integer too large to exist matches nothing */
        return TERM_NONE;
    if (status != DATA_OK) {
        engine_no_memory(s);
        return TERM_NONE;
    }
    c[2] += bits;
    return result;
}

term match_float(struct scheduler *s, term context, term size, const uint32_t *I)
{
    term *c = term_boxed(context), *words;
    size_t bits;
    double value;

    s->outcome = NATIVE_TRAPPED;
    if (!field_size(c, size, I[4], &bits)
        || !bits_read_float(term_bits_base(context), c[2], bits, INSTRUCTION_B(*I), &value))
        return TERM_NONE;
    words = heap_allocate(native_heap(s), 1 + FLOAT_WORDS);
    if (words == NULL) {
        engine_no_memory(s);
        return TERM_NONE;
    }
    c[2] += bits;
    return term_put_float(words, value);
}

static term make_part(struct scheduler *s, const term *context, size_t bits)
{
    struct heap *heap = native_heap(s);
    term *words = heap_allocate(heap, SUB_BITS_WORDS);

    if (words == NULL) {
        engine_no_memory(s);
        return TERM_NONE;
    }
    words[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    words[1] = context[1];
    words[2] = context[2];
    words[3] = context[2] + bits;
    return term_make_boxed(words);
}

term match_binary(struct scheduler *s, term context, term size, const uint32_t *I)
{
    term *c = term_boxed(context), result;
    size_t bits;

    s->outcome = NATIVE_TRAPPED;
    if (!field_size(c, size, I[4], &bits))
        return TERM_NONE;
    result = make_part(s, c, bits);
    if (result != TERM_NONE)
        c[2] += bits;
    return result;
}

bool match_skip(term context, term size, uint32_t unit)
{
    term *c = term_boxed(context);
    size_t bits;

    if (!field_size(c, size, unit, &bits))
        return false;
    c[2] += bits;
    return true;
}

term match_tail(struct scheduler *s, term context)
{
    return make_part(s, term_boxed(context), bits_left(term_boxed(context)));
}

bool match_string(term context, size_t bits, const uint8_t *bytes)
{
    term *c = term_boxed(context);

    if (bits > bits_left(c) || bits_compare(match_base(c), c[2], bytes, 0, bits) != 0)
        return false;
    c[2] += bits;
    return true;
}

term match_utf(term context, unsigned form, unsigned flags)
{
    term *c = term_boxed(context);
    const uint8_t *base = term_bits_base(context);
    size_t left = bits_left(c), used;
    uint32_t point;

    used = form == SEGMENT_UTF8    ? bits_read_utf8(base, c[2], left, &point)
        : form == SEGMENT_UTF16 ? bits_read_utf16(base, c[2], left, flags, &point)
                                : bits_read_utf32(base, c[2], left, flags, &point);
    if (used == 0)
        return TERM_NONE;
    c[2] += used;
    return term_make_small((intptr_t) point);
}

/* The value is compared bit by bit from the least significant end. */
bool match_equal(term context, size_t bits, term value)
{
    term *c = term_boxed(context);
    const uint8_t *base = term_bits_base(context);
    uint64_t expected;

    if (bits > bits_left(c) || !integer_get_uint64(value, &expected))
        return false;
    for (size_t i = 0; i < bits; i++) {
        size_t at = c[2] + bits - 1 - i;
        unsigned bit = (base[at >> 3] >> (7 - (at & 7))) & 1;

        if (bit != (i < 64 ? (expected >> i) & 1 : 0))
            return false;
    }
    c[2] += bits;
    return true;
}

term match_position(struct scheduler *s, term context)
{
    term position = integer_make_uint64(native_heap(s), term_boxed(context)[2]);

    if (position == TERM_NONE)
        engine_no_memory(s);
    return position;
}

bool match_set_position(term context, term position)
{
    term *c = term_boxed(context);
    uint64_t value;

    if (!integer_get_uint64(position, &value) || value > c[3])
        return false;
    c[2] = (term) value;
    return true;
}

/* ---- building ----------------------------------------------------------------- */

static bool build_fails(struct scheduler *s, term reason)
{
    engine_error(s, reason);
    return false;
}

static bool build_status(struct scheduler *s, enum data_status status)
{
    return build_fails(s, status == DATA_BAD_ARGUMENT ? ATOM(badarg) : ATOM(system_limit));
}

/* size * unit as bits; the exception is set when it is none. */
static bool segment_bits(struct scheduler *s, term size, uint32_t unit, size_t *bits)
{
    if (term_is_big(size) && !integer_is_negative(size))
        return build_fails(s, ATOM(system_limit));
    if (!term_is_small(size) || term_small(size) < 0)
        return build_fails(s, ATOM(badarg));
    if (!size_multiply((size_t) term_small(size), unit, bits))
        return build_fails(s, ATOM(system_limit));
    return true;
}

struct segment {
    unsigned type, flags;
    uint32_t unit;
    const uint32_t *source;     /* unit of code */
    term size;
};

static void read_segment(const uint32_t *at, const term *x, const term *stack,
    struct segment *segment)
{
    segment->type = at[0] & 0xff;
    segment->flags = at[0] >> 8;
    segment->unit = at[1] >> 16;
    segment->source = at + 2;
    segment->size = operand_load(at + 3, x, stack);
}

/* Bits that the segment adds; segments of type append add nothing. */
static bool segment_size(struct scheduler *s, const struct segment *segment, const term *stack,
    size_t *bits)
{
    term value;

    if (segment->type == SEGMENT_STRING)
        return segment_bits(s, segment->size, 8, bits);
    value = operand_load(segment->source, s->x, stack);
    switch (segment->type) {
    case SEGMENT_UTF8:
        *bits = bits_utf8_size(value);
        return *bits != 0 || build_fails(s, ATOM(badarg));
    case SEGMENT_UTF16:
        *bits = bits_utf16_size(value);
        return *bits != 0 || build_fails(s, ATOM(badarg));
    case SEGMENT_UTF32:
        *bits = 32;
        return bits_utf8_size(value) != 0 || build_fails(s, ATOM(badarg));
    case SEGMENT_INTEGER:
        if (!term_is_integer(value))
            return build_fails(s, ATOM(badarg));
        break;
    case SEGMENT_FLOAT:
        if (!term_is_number(value))
            return build_fails(s, ATOM(badarg));
        break;
    default:
        if (!term_is_bitstring(value))
            return build_fails(s, ATOM(badarg));
        if (segment->size == ATOM(all)) {
            *bits = term_bit_size(value);
            return (segment->unit == 0 || *bits % segment->unit == 0)
                || build_fails(s, ATOM(badarg));
        }
        break;
    }
    return segment_bits(s, segment->size, segment->unit, bits);
}

static bool put_segment(struct scheduler *s, struct bits_builder *builder,
    const struct segment *segment, const term *stack, size_t bits)
{
    term value;

    if (segment->type == SEGMENT_STRING) {
        bits_put_bytes(builder, (const uint8_t *) engine_pool(segment->source, *segment->source),
            bits / 8);
        return true;
    }
    value = operand_load(segment->source, s->x, stack);
    switch (segment->type) {
    case SEGMENT_UTF8:
        bits_put_utf8(builder, value);
        return true;
    case SEGMENT_UTF16:
        bits_put_utf16(builder, value, segment->flags);
        return true;
    case SEGMENT_UTF32:
        bits_put_utf32(builder, value, segment->flags);
        return true;
    case SEGMENT_INTEGER:
        return bits_put_integer(builder, value, bits, segment->flags)
            || build_fails(s, ATOM(badarg));
    case SEGMENT_FLOAT:
        return bits_put_float(builder, value, bits, segment->flags)
            || build_fails(s, ATOM(badarg));
    default:
        if (bits > term_bit_size(value) || !bits_put_bits(builder, value, bits))
            return build_fails(s, ATOM(badarg));
        return true;
    }
}

static bool is_append(unsigned type)
{
    return type == SEGMENT_APPEND || type == SEGMENT_PRIVATE_APPEND;
}

/* Sizes of so many segments are not asked for twice. */
#define SIZES 16

/* Units from I: label, destination, heap need, count, then 4 units a segment. */
/* Copying as many bits is a reduction. */
#define CHARGED_BITS 8192

term binary_create(struct scheduler *s, const uint32_t *I, const term *E)
{
    const uint32_t *at = I + 5;
    uint32_t count = I[4];
    struct segment segment = { 0 };
    struct bits_builder builder;
    enum data_status status;
    size_t total = 0, bits, sizes[SIZES];
    bool appends = false;

    for (uint32_t i = 0; i < count; i++) {
        read_segment(at + 4 * i, s->x, E, &segment);
        if (!segment_size(s, &segment, E, &bits))
            return TERM_NONE;
        if (i < SIZES)
            sizes[i] = bits;
        if (i == 0 && is_append(segment.type))
            appends = true;
        else if (!size_add(total, bits, &total))
            return build_fails(s, ATOM(system_limit)) ? TERM_NONE : TERM_NONE;
    }
    if (appends) {
        read_segment(at, s->x, E, &segment);
        status = bits_build_append(native_heap(s), operand_load(segment.source, s->x, E), total,
            segment.unit, &builder);
    } else {
        status = bits_build_init(native_heap(s), total, &builder);
    }
    if (status != DATA_OK)
        return build_status(s, status) ? TERM_NONE : TERM_NONE;
    for (uint32_t i = appends ? 1 : 0; i < count; i++) {
        read_segment(at + 4 * i, s->x, E, &segment);
        if (i < SIZES)
            bits = sizes[i];
        else if (!segment_size(s, &segment, E, &bits))
            return TERM_NONE;
        if (!put_segment(s, &builder, &segment, E, bits))
            return TERM_NONE;
    }
    native_charge(s, total / CHARGED_BITS);
    return builder.result;
}

/* The values of count segments from at on, behind each other in one word; false: one is no small. */
static bool gather_smalls(struct scheduler *s, const uint32_t *at, uint32_t count, const term *E,
    uint64_t *word)
{
    for (; count > 0; count--, at += 4) {
        unsigned bits = at[1] & 0xffff;
        term value = operand_load(at + 2, s->x, E);

        if (AVM_UNLIKELY(!term_is_small(value)))
            return false;
        if (bits < 64)
            *word = *word << bits | ((uint64_t) (int64_t) term_small(value)
                & (((uint64_t) 1 << bits) - 1));
        else
            *word = (uint64_t) (int64_t) term_small(value);
    }
    return true;
}

term binary_create_fixed(struct scheduler *s, const uint32_t *I, const term *E)
{
    const uint32_t *at = I + 5;
    bool appends = is_append(at[0] & 0xff);
    uint64_t word = 0;
    struct bits_builder builder;
    unsigned total = INSTRUCTION_B(*I);
    enum data_status status;

    if (!gather_smalls(s, appends ? at + 4 : at, I[4] - appends, E, &word))
        return binary_create(s, I, E);
    if (appends)
        status = bits_build_append(native_heap(s), operand_load(at + 2, s->x, E), total, at[1] >> 16,
            &builder);
    else
        status = bits_build_init(native_heap(s), total, &builder);
    if (status != DATA_OK)
        return build_status(s, status) ? TERM_NONE : TERM_NONE;
    bits_put_word(&builder, word, total);
    return builder.result;
}

/* ---- the older instructions ------------------------------------------------------- */

static size_t builder_end(const struct scheduler *s)
{
    const term *boxed;

    if (s->builder.result == TERM_NONE)
        return 0;
    boxed = term_boxed(s->builder.result);
    return header_kind(boxed[0]) == BOXED_HEAP_BITS ? boxed[1] : boxed[3];
}

static bool builder_has_room(const struct scheduler *s, size_t bits)
{
    size_t end = builder_end(s);

    return end >= s->builder.offset && bits <= end - s->builder.offset;
}

term binary_writable(struct scheduler *s, term size)
{
    size_t bytes = term_is_small(size) && term_small(size) >= 0 ? (size_t) term_small(size) : 1024;
    term result = bits_make_writable(native_heap(s), bytes);

    if (result == TERM_NONE)
        engine_no_memory(s);
    return result;
}

term binary_init(struct scheduler *s, term size, unsigned unit)
{
    enum data_status status;
    size_t bits;

    s->builder.result = TERM_NONE;
    if (!segment_bits(s, size, unit, &bits))
        return TERM_NONE;
    status = bits_build_init(native_heap(s), bits, &s->builder);
    if (status != DATA_OK) {
        build_status(s, status);
        return TERM_NONE;
    }
    bits_build_clear(&s->builder, bits);
    return s->builder.result;
}

term binary_append(struct scheduler *s, term source, term size, uint32_t unit)
{
    enum data_status status;
    size_t bits;

    s->builder.result = TERM_NONE;
    if (!term_is_bitstring(source)) {
        engine_error(s, ATOM(badarg));
        return TERM_NONE;
    }
    if (!segment_bits(s, size, 1, &bits))
        return TERM_NONE;
    status = bits_build_append(native_heap(s), source, bits, unit, &s->builder);
    if (status != DATA_OK) {
        build_status(s, status);
        return TERM_NONE;
    }
    bits_build_clear(&s->builder, bits);
    return s->builder.result;
}

/* Contents on the heap move with their term; those off the heap do not. */
void binary_rebase(struct scheduler *s, term result)
{
    s->builder.result = result;
    s->builder.base = term_bits_base(result);
}

term binary_add(struct scheduler *s, term a, term b, uint32_t unit)
{
    size_t first, second;

    if (!segment_bits(s, a, 1, &first) || !segment_bits(s, b, unit, &second))
        return TERM_NONE;
    if (!size_add(first, second, &first) || first > (size_t) SMALL_MAX) {
        engine_error(s, ATOM(system_limit));
        return TERM_NONE;
    }
    return term_make_small((intptr_t) first);
}

bool binary_put(struct scheduler *s, unsigned type, term value, term size, uint32_t unit,
    unsigned flags)
{
    size_t bits;

    if (type == SEGMENT_BINARY) {
        if (!term_is_bitstring(value))
            return build_fails(s, ATOM(badarg));
        if (size == ATOM(all)) {
            bits = term_bit_size(value);
            if (unit != 0 && bits % unit != 0)
                return build_fails(s, ATOM(badarg));
        } else if (!segment_bits(s, size, unit, &bits)) {
            return false;
        }
        if (bits > term_bit_size(value))
            return build_fails(s, ATOM(badarg));
    } else if (!segment_bits(s, size, unit, &bits)) {
        return false;
    }
    if (!builder_has_room(s, bits))
        return build_fails(s, ATOM(badarg));
    if (type == SEGMENT_BINARY ? bits_put_bits(&s->builder, value, bits)
            : type == SEGMENT_INTEGER
            ? term_is_integer(value) && bits_put_integer(&s->builder, value, bits, flags)
            : term_is_number(value) && bits_put_float(&s->builder, value, bits, flags))
        return true;
    return build_fails(s, ATOM(badarg));
}

bool binary_put_string(struct scheduler *s, size_t size, const uint8_t *bytes)
{
    if (!builder_has_room(s, size * 8))
        return build_fails(s, ATOM(badarg));
    bits_put_bytes(&s->builder, bytes, size);
    return true;
}

bool binary_put_utf(struct scheduler *s, unsigned type, term value, unsigned flags)
{
    size_t bits = type == SEGMENT_UTF8 ? bits_utf8_size(value)
        : type == SEGMENT_UTF16        ? bits_utf16_size(value)
        : bits_utf8_size(value) != 0   ? 32
                                       : 0;

    if (bits == 0 || !builder_has_room(s, bits))
        return build_fails(s, ATOM(badarg));
    if (type == SEGMENT_UTF8)
        bits_put_utf8(&s->builder, value);
    else if (type == SEGMENT_UTF16)
        bits_put_utf16(&s->builder, value, flags);
    else
        bits_put_utf32(&s->builder, value, flags);
    return true;
}
