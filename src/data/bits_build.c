/* bits_build.c - bitstrings under construction: new ones, and appending in place.
**
** Appending: the bits behind used_bits of an off-heap binary belong to nobody. Whoever moves
** used_bits from the end of its own bitstring to behind the new bits has claimed them, and nobody
** else ever writes there; every bitstring made before sees what it saw.
**
** What an interrupted construction leaves is never the content of somebody's old memory: where bytecode
** can see the result before it is filled, its new bits are cleared first (bits_build_clear). */
#include <math.h>

#include "base/atomic.h"
#include "base/utf8.h"
#include "data/bits.h"
#include "data/bits_word.h"
#include "data/number.h"

#define APPEND_MIN_CAPACITY 256
/* From here on doubles become an infinite single, as OTP writes them. */
#define SINGLE_LIMIT 0x1.ffffffp127

/* The bits of the last byte that lie behind the result are 0. */
enum data_status bits_build_init(struct heap *heap, size_t size, struct bits_builder *builder)
{
    uint8_t *bytes;
    term result = bits_make_bitstring(heap, size, &bytes);

    if (result == TERM_NONE)
        return DATA_NO_MEMORY;
    if ((size & 7) != 0)
        bytes[size >> 3] = 0;
    builder->base = bytes;
    builder->offset = 0;
    builder->result = result;
    return DATA_OK;
}

/* ---- appending ---------------------------------------------------------------------------- */

static void clear_bits(uint8_t *base, size_t from, size_t to)
{
    if ((from & 7) != 0)
        base[from >> 3] &= (uint8_t) ~(0xffu >> (from & 7));
    from = (from + 7) >> 3;
    to = (to >> 3) + ((to & 7) != 0);
    if (to == from + 1)
        base[from] = 0;
    else if (to > from)
        memset(base + from, 0, to - from);
}

void bits_build_clear(struct bits_builder *builder, size_t size)
{
    clear_bits(builder->base, builder->offset, builder->offset + size);
}

/* Of the bits from..to only those that share a byte with what lies behind to. */
static void clear_last_byte(uint8_t *base, size_t from, size_t to)
{
    if ((to & 7) != 0)
        clear_bits(base, (to & ~(size_t) 7) > from ? to & ~(size_t) 7 : from, to);
}

/* Moves used_bits from end to new_end unless somebody was there first. */
static bool claim_bits(struct offheap_binary *binary, size_t end, size_t new_end)
{
    return atomic_replace_if(memory_is_shared(binary->memory), &binary->used_bits, &end, new_end);
}

static size_t grown_capacity(size_t bits)
{
    size_t size = (bits >> 3) + ((bits & 7) != 0);

    if (size < APPEND_MIN_CAPACITY / 2)
        return APPEND_MIN_CAPACITY;
    return size > SIZE_MAX / 2 ? size : size * 2;
}

/* The binary behind reference with room for bits, NULL when another must be made: it may move only
** when this heap alone holds it and no code or persistent term does. */
static struct offheap_binary *make_room(struct heap *heap, term reference, size_t bits)
{
    struct offheap_binary *binary = term_bin_ref_binary(reference), *grown;
    const struct literal_ranges *literals = heap->shared->literals;

    if ((bits >> 3) + ((bits & 7) != 0) <= binary->capacity)
        return binary;
    if (binary->release != NULL || atomic_get(&binary->references) != 1
        || (literals != NULL && literal_ranges_contain(literals, term_boxed(reference))))
        return NULL;
    grown = offheap_binary_resize(binary, grown_capacity(bits));
    if (grown != NULL) {
        term_boxed(reference)[2] = (term) grown;
        heap_note_offheap(heap, grown->capacity / 2);
    }
    return grown;
}

/* True when the bits behind source are now the caller's: builder is ready but for its result. */
static bool append_in_place(struct heap *heap, term source, size_t new_end,
    struct bits_builder *builder)
{
    const term *sub = term_boxed(source);
    size_t end = sub[3];
    struct offheap_binary *binary;

    if (term_boxed_kind(sub[1]) != BOXED_BIN_REF)
        return false;
    binary = term_bin_ref_binary(sub[1]);
    if (atomic_get(&binary->used_bits) != end)
        return false;
    binary = make_room(heap, sub[1], new_end);
    if (binary == NULL || !claim_bits(binary, end, new_end))
        return false;
    builder->base = binary->data;
    builder->offset = end;
    clear_last_byte(binary->data, end, new_end);
    return true;
}

static term put_sub(term *to, term underlying, size_t first, size_t end)
{
    to[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    to[1] = underlying;
    to[2] = first;
    to[3] = end;
    return term_make_boxed(to);
}

/* A copy of source followed by the new bits: on the heap when small, else with room to grow. */
static enum data_status append_to_copy(struct heap *heap, const struct bits_view *source,
    size_t size, struct bits_builder *builder)
{
    term *sub;

    if (size <= HEAP_BITS_MAX_BYTES * 8) {
        builder->result = bits_make_bitstring(heap, size, &builder->base);
        if (builder->result == TERM_NONE)
            return DATA_NO_MEMORY;
    } else {
        builder->result = bits_make_writable(heap, grown_capacity(size));
        if (builder->result == TERM_NONE)
            return DATA_NO_MEMORY;
        sub = term_boxed(builder->result);
        sub[3] = size;
        term_bin_ref_binary(sub[1])->used_bits = size;
        builder->base = term_bits_base(builder->result);
    }
    clear_last_byte(builder->base, 0, size);
    bits_copy(builder->base, 0, source->base, source->offset, source->size);
    builder->offset = source->size;
    return DATA_OK;
}

enum data_status bits_build_append(struct heap *heap, term source, size_t extra, size_t unit,
    struct bits_builder *builder)
{
    struct bits_view view;
    size_t size, new_end;
    term *sub;

    if (!term_is_bitstring(source) || (unit > 1 && term_bit_size(source) % unit != 0))
        return DATA_BAD_ARGUMENT;
    if (term_boxed_kind(source) == BOXED_SUB_BITS) {
        if (!size_add(term_boxed(source)[3], extra, &new_end))
            return DATA_SYSTEM_LIMIT;
        if (append_in_place(heap, source, new_end, builder)) {
            sub = heap_allocate(heap, SUB_BITS_WORDS);
            if (AVM_UNLIKELY(sub == NULL))
                return DATA_NO_MEMORY;
            builder->result = put_sub(sub, term_boxed(source)[1], term_boxed(source)[2], new_end);
            return DATA_OK;
        }
    }
    bits_get_view(source, &view);
    if (!size_add(view.size, extra, &size))
        return DATA_SYSTEM_LIMIT;
    return append_to_copy(heap, &view, size, builder);
}

/* ---- integers ----------------------------------------------------------------------------- */

static bool is_little(unsigned flags)
{
    return (flags & BITS_LITTLE) != 0 || ((flags & BITS_NATIVE) != 0 && bits_host_is_little());
}

/* The low size (1..64) bits of value. Little-endian: whole bytes first, the rest in the last. */
static void put_word(struct bits_builder *builder, uint64_t value, unsigned size, bool little)
{
    unsigned rest = size & 7;

    if (!little) {
        bits_poke(builder->base, builder->offset, value, size);
    } else {
        unsigned whole = size - rest;

        if (whole > 0)
            bits_poke(builder->base, builder->offset, bits_reverse_bytes64(value) >> (64 - whole),
                whole);
        if (rest > 0)
            bits_poke(builder->base, builder->offset + whole, value >> whole, rest);
    }
    builder->offset += size;
}

void bits_put_word(struct bits_builder *builder, uint64_t word, unsigned size)
{
    bits_poke(builder->base, builder->offset, word, size);
    builder->offset += size;
}

/* Bytes of an integer's two's complement, least significant first, without end. */
struct limb_source {
    const term *limbs;
    size_t count, index;
    term limb, borrow, sign;
    unsigned left;              /* bytes left in limb */
};

static uint8_t next_byte(struct limb_source *source)
{
    uint8_t byte;

    if (source->left == 0) {
        term limb = source->index < source->count ? source->limbs[source->index++] : 0;

        source->limb = (limb - source->borrow) ^ source->sign;
        source->borrow = source->borrow != 0 && limb == 0;
        source->left = sizeof(term);
    }
    byte = (uint8_t) source->limb;
    source->limb >>= 8;
    source->left--;
    return byte;
}

static void put_limbs(struct bits_builder *builder, struct limb_source *source, size_t size,
    bool little)
{
    size_t at = little ? builder->offset : builder->offset + size, left;

    for (left = size; left >= 8; left -= 8) {
        at -= little ? 0 : 8;
        bits_poke8(builder->base, at, next_byte(source), 8);
        at += little ? 8 : 0;
    }
    if (left > 0)
        bits_poke8(builder->base, little ? at : at - left, next_byte(source), (unsigned) left);
    builder->offset += size;
}

static void put_long_integer(struct bits_builder *builder, term value, size_t size, bool little)
{
    struct limb_source source = { NULL, 0, 0, 0, 0, 0, 0 };
    term magnitude;
    bool negative;

    if (term_is_small(value)) {
        negative = term_small(value) < 0;
        magnitude = negative ? 0 - (term) term_small(value) : (term) term_small(value);
        source.limbs = &magnitude;
        source.count = 1;
    } else {
        negative = term_boxed_kind(value) == BOXED_BIG_NEGATIVE;
        source.limbs = term_boxed(value) + 1;
        source.count = header_words(*term_boxed(value));
    }
    source.borrow = negative;
    source.sign = negative ? ~(term) 0 : 0;
    put_limbs(builder, &source, size, little);
}

bool bits_put_integer(struct bits_builder *builder, term value, size_t size, unsigned flags)
{
    if (AVM_LIKELY(term_is_small(value))) {
        if (AVM_LIKELY(size == 8 && (builder->offset & 7) == 0)) {
            builder->base[builder->offset >> 3] = (uint8_t) term_small(value);
            builder->offset += 8;
            return true;
        }
        if (size == 0)
            return true;
        if (size <= 64) {
            put_word(builder, (uint64_t) (int64_t) term_small(value), (unsigned) size,
                is_little(flags));
            return true;
        }
    } else if (!term_is_big(value)) {
        return false;
    }
    if (size > 0 && term_is_big(value) && ((size | builder->offset) & 7) == 0) {
        integer_to_bytes(value, builder->base + (builder->offset >> 3), size >> 3,
            !is_little(flags));
        builder->offset += size;
    } else {
        put_long_integer(builder, value, size, is_little(flags));
    }
    return true;
}

/* ---- floats ------------------------------------------------------------------------------- */

/* IEEE 754 binary16 nearest to value, ties to even; infinity past its range. */
static uint16_t float_to_half(double value)
{
    uint64_t bits, fraction;
    unsigned sign, shift, half;
    int exponent;

    memcpy(&bits, &value, sizeof bits);
    sign = (unsigned) (bits >> 63) << 15;
    exponent = (int) (bits >> 52 & 0x7ff) - 1023;
    if (exponent > 15)
        return (uint16_t) (sign | 0x7c00);
    if (exponent < -25)
        return (uint16_t) sign;
    fraction = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    shift = exponent < -14 ? (unsigned) (42 + -14 - exponent) : 42;
    half = (unsigned) (fraction >> shift);
    fraction &= (UINT64_C(1) << shift) - 1;
    if (exponent >= -14)
        half += (unsigned) (exponent + 14) << 10;
    if (fraction > UINT64_C(1) << (shift - 1)
        || (fraction == UINT64_C(1) << (shift - 1) && (half & 1) != 0))
        half++;
    return (uint16_t) (sign | half);
}

static bool get_number(term value, double *number)
{
    if (term_is_float(value)) {
        *number = term_float(value);
        return true;
    }
    return term_is_integer(value) && integer_to_double(value, number);
}

bool bits_put_float(struct bits_builder *builder, term value, size_t size, unsigned flags)
{
    double number;
    float single;
    uint64_t bits;
    uint32_t single_bits;

    if ((size != 64 && size != 32 && size != 16) || !get_number(value, &number))
        return false;
    if (size == 64) {
        memcpy(&bits, &number, sizeof bits);
    } else if (size == 32) {
        single = number >= SINGLE_LIMIT ? (float) HUGE_VAL
            : number <= -SINGLE_LIMIT   ? (float) -HUGE_VAL
                                        : (float) number;
        memcpy(&single_bits, &single, sizeof single_bits);
        bits = single_bits;
    } else {
        bits = float_to_half(number);
    }
    put_word(builder, bits, (unsigned) size, is_little(flags));
    return true;
}

/* ---- bitstrings, bytes -------------------------------------------------------------------- */

bool bits_put_bits(struct bits_builder *builder, term source, size_t size)
{
    struct bits_view view;

    if (!bits_get_view(source, &view) || size > view.size)
        return false;
    bits_copy(builder->base, builder->offset, view.base, view.offset, size);
    builder->offset += size;
    return true;
}

void bits_put_bytes(struct bits_builder *builder, const uint8_t *bytes, size_t size)
{
    bits_copy(builder->base, builder->offset, bytes, 0, size * 8);
    builder->offset += size * 8;
}

/* ---- code points -------------------------------------------------------------------------- */

static bool is_code_point(term point)
{
    return term_is_small(point) && term_small(point) >= 0 && term_small(point) <= 0x10ffff
        && utf8_is_valid_point((uint32_t) term_small(point));
}

size_t bits_utf8_size(term point)
{
    return is_code_point(point) ? utf8_size((uint32_t) term_small(point)) * 8 : 0;
}

size_t bits_utf16_size(term point)
{
    if (!is_code_point(point))
        return 0;
    return term_small(point) < 0x10000 ? 16 : 32;
}

void bits_put_utf8(struct bits_builder *builder, term point)
{
    uint8_t bytes[4];

    bits_put_bytes(builder, bytes, utf8_encode((uint32_t) term_small(point), bytes));
}

void bits_put_utf16(struct bits_builder *builder, term point, unsigned flags)
{
    uint32_t value = (uint32_t) term_small(point);
    bool little = is_little(flags);

    if (value < 0x10000) {
        put_word(builder, value, 16, little);
    } else {
        value -= 0x10000;
        put_word(builder, 0xd800 | value >> 10, 16, little);
        put_word(builder, 0xdc00 | (value & 0x3ff), 16, little);
    }
}

void bits_put_utf32(struct bits_builder *builder, term point, unsigned flags)
{
    put_word(builder, (uint64_t) term_small(point), 32, is_little(flags));
}
