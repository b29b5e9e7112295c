/* inflate.c - the decompressor behind compressed literals and compressed modules.
**
** Owns nothing but the state on its stack. Always: out_at <= out_size, and every bit comes through
** fill_bits, which stops at the end of the input. Codes are canonical: a table of CODE_FAST_BITS
** answers short ones at once, longer ones are found by counting through the lengths. */
#include "pack/inflate.h"

#define CODE_MAX_BITS 15
#define CODE_FAST_BITS 9
#define LITERAL_CODES 288
#define DISTANCE_CODES 32
#define LENGTH_ORDER_COUNT 19

/* fast[bits]: symbol << 4 | length, 0 when the code is longer than CODE_FAST_BITS or unused. */
struct code {
    uint16_t fast[1 << CODE_FAST_BITS];
    uint16_t count_by_length[CODE_MAX_BITS + 1];
    uint16_t symbols[LITERAL_CODES];    /* by length, then by symbol */
};

struct inflater {
    struct cursor in;
    uint64_t bits;          /* the next bit is the lowest */
    unsigned bit_count;
    uint8_t *out;
    size_t out_at;
    size_t out_size;
    struct code literals;
    struct code distances;
};

static const char truncated_text[] = "compressed data ends too soon";
static const char corrupt_text[] = "compressed data is corrupt";
static const char size_text[] = "compressed data has another size than it says";

static void fill_bits(struct inflater *inflater)
{
    while (inflater->bit_count <= 56 && inflater->in.at < inflater->in.end) {
        inflater->bits |= (uint64_t) *inflater->in.at++ << inflater->bit_count;
        inflater->bit_count += 8;
    }
}

static void drop_bits(struct inflater *inflater, unsigned count)
{
    inflater->bits >>= count;
    inflater->bit_count -= count;
}

/* count <= 16; false when the input ends first. */
static bool take_bits(struct inflater *inflater, unsigned count, unsigned *value)
{
    fill_bits(inflater);
    if (inflater->bit_count < count)
        return false;
    *value = (unsigned) (inflater->bits & ((1u << count) - 1));
    drop_bits(inflater, count);
    return true;
}

static unsigned reverse_bits(unsigned value, unsigned count)
{
    unsigned reversed = 0;

    for (; count > 0; count--, value >>= 1)
        reversed = reversed << 1 | (value & 1);
    return reversed;
}

static void fill_fast(struct code *code, unsigned symbol, unsigned length, unsigned bits)
{
    unsigned at;

    for (at = reverse_bits(bits, length); at < 1u << CODE_FAST_BITS; at += 1u << length)
        code->fast[at] = (uint16_t) (symbol << 4 | length);
}

/* Builds the code from the lengths of its symbols. False when the lengths name more codes than
** there are; fewer are allowed only where one single code is. */
static bool build_code(struct code *code, const uint8_t *lengths, unsigned count)
{
    uint16_t next_index[CODE_MAX_BITS + 2] = { 0 };
    uint16_t next_code[CODE_MAX_BITS + 2] = { 0 };
    unsigned length, symbol;
    int left = 1;

    memset(code, 0, sizeof *code);
    for (symbol = 0; symbol < count; symbol++)
        code->count_by_length[lengths[symbol]]++;
    code->count_by_length[0] = 0;
    for (length = 1; length <= CODE_MAX_BITS; length++) {
        unsigned used = code->count_by_length[length];

        left = left * 2 - (int) used;
        if (left < 0)
            return false;
        next_index[length + 1] = (uint16_t) (next_index[length] + used);
        next_code[length + 1] = (uint16_t) ((next_code[length] + used) << 1);
    }
    if (left > 0 && next_index[CODE_MAX_BITS + 1] > 1)
        return false;
    for (symbol = 0; symbol < count; symbol++) {
        length = lengths[symbol];
        if (length == 0)
            continue;
        code->symbols[next_index[length]++] = (uint16_t) symbol;
        if (length <= CODE_FAST_BITS)
            fill_fast(code, symbol, length, next_code[length]);
        next_code[length]++;
    }
    return true;
}

/* The code word, bit by bit, against the range of codes of each length. -1: no such code. */
static int take_long_symbol(struct inflater *inflater, const struct code *code)
{
    unsigned word = 0, first = 0, index = 0, length;

    for (length = 1; length <= CODE_MAX_BITS && length <= inflater->bit_count; length++) {
        unsigned used = code->count_by_length[length];

        word |= (unsigned) (inflater->bits >> (length - 1)) & 1;
        if (word - first < used) {
            drop_bits(inflater, length);
            return code->symbols[index + (word - first)];
        }
        index += used;
        first = (first + used) << 1;
        word <<= 1;
    }
    return -1;
}

static int take_symbol(struct inflater *inflater, const struct code *code)
{
    unsigned entry, length;

    fill_bits(inflater);
    entry = code->fast[inflater->bits & ((1u << CODE_FAST_BITS) - 1)];
    length = entry & 15;
    if (entry == 0 || length > inflater->bit_count)
        return take_long_symbol(inflater, code);
    drop_bits(inflater, length);
    return (int) (entry >> 4);
}

static const char *copy_match(struct inflater *inflater, unsigned length, unsigned distance)
{
    uint8_t *to = inflater->out + inflater->out_at;

    if (distance > inflater->out_at)
        return corrupt_text;
    if (length > inflater->out_size - inflater->out_at)
        return size_text;
    inflater->out_at += length;
    for (; length > 0; length--, to++)
        *to = *(to - distance);
    return NULL;
}

static const char *read_match(struct inflater *inflater, unsigned length_symbol)
{
    static const uint16_t length_base[29] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27,
        31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258 };
    static const uint8_t length_bits[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3,
        3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
    static const uint16_t distance_base[30] = { 1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97,
        129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
        24577 };
    unsigned more_length, more_distance;
    int symbol;

    if (length_symbol >= AVM_COUNT_OF(length_base))
        return corrupt_text;
    if (!take_bits(inflater, length_bits[length_symbol], &more_length))
        return truncated_text;
    symbol = take_symbol(inflater, &inflater->distances);
    if (symbol < 0 || symbol >= (int) AVM_COUNT_OF(distance_base))
        return corrupt_text;
    if (!take_bits(inflater, symbol < 4 ? 0 : (unsigned) symbol / 2 - 1, &more_distance))
        return truncated_text;
    return copy_match(inflater, length_base[length_symbol] + more_length,
        distance_base[symbol] + more_distance);
}

static const char *read_codes(struct inflater *inflater)
{
    for (;;) {
        int symbol = take_symbol(inflater, &inflater->literals);
        const char *why;

        if (symbol < 0)
            return inflater->bit_count < CODE_MAX_BITS ? truncated_text : corrupt_text;
        if (symbol == 256)
            return NULL;
        if (symbol > 256) {
            why = read_match(inflater, (unsigned) symbol - 257);
            if (why != NULL)
                return why;
        } else if (inflater->out_at == inflater->out_size) {
            return size_text;
        } else {
            inflater->out[inflater->out_at++] = (uint8_t) symbol;
        }
    }
}

static const char *read_stored(struct inflater *inflater)
{
    unsigned length, check;

    drop_bits(inflater, inflater->bit_count % 8);
    if (!take_bits(inflater, 16, &length) || !take_bits(inflater, 16, &check))
        return truncated_text;
    if ((length ^ check) != 0xffff)
        return corrupt_text;
    if (length > inflater->out_size - inflater->out_at)
        return size_text;
    for (; length > 0; length--) {
        unsigned byte;

        if (!take_bits(inflater, 8, &byte))
            return truncated_text;
        inflater->out[inflater->out_at++] = (uint8_t) byte;
    }
    return NULL;
}

static void use_fixed_codes(struct inflater *inflater)
{
    uint8_t lengths[LITERAL_CODES];
    unsigned symbol;

    for (symbol = 0; symbol < LITERAL_CODES; symbol++)
        lengths[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
    (void) build_code(&inflater->literals, lengths, LITERAL_CODES);
    memset(lengths, 5, DISTANCE_CODES);
    (void) build_code(&inflater->distances, lengths, DISTANCE_CODES);
}

/* Reads count code lengths, themselves coded by inflater->literals. */
static const char *read_lengths(struct inflater *inflater, uint8_t *lengths, unsigned count)
{
    unsigned at = 0;

    while (at < count) {
        int symbol = take_symbol(inflater, &inflater->literals);
        unsigned repeat;

        if (symbol < 0)
            return inflater->bit_count < CODE_MAX_BITS ? truncated_text : corrupt_text;
        if (symbol < 16) {
            lengths[at++] = (uint8_t) symbol;
            continue;
        }
        if (!take_bits(inflater, symbol == 16 ? 2 : symbol == 17 ? 3 : 7, &repeat))
            return truncated_text;
        repeat += symbol == 18 ? 11 : 3;
        if (repeat > count - at || (symbol == 16 && at == 0))
            return corrupt_text;
        memset(lengths + at, symbol == 16 ? lengths[at - 1] : 0, repeat);
        at += repeat;
    }
    return NULL;
}

static const char *read_dynamic_codes(struct inflater *inflater)
{
    static const uint8_t order[LENGTH_ORDER_COUNT] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12,
        3, 13, 2, 14, 1, 15 };
    uint8_t lengths[LITERAL_CODES + DISTANCE_CODES] = { 0 };
    unsigned literals, distances, ordered, at, length;
    const char *why;

    if (!take_bits(inflater, 5, &literals) || !take_bits(inflater, 5, &distances)
        || !take_bits(inflater, 4, &ordered))
        return truncated_text;
    literals += 257;
    distances += 1;
    if (literals > LITERAL_CODES)
        return corrupt_text;
    for (at = 0; at < ordered + 4; at++) {
        if (!take_bits(inflater, 3, &length))
            return truncated_text;
        lengths[order[at]] = (uint8_t) length;
    }
    if (!build_code(&inflater->literals, lengths, LENGTH_ORDER_COUNT))
        return corrupt_text;
    memset(lengths, 0, sizeof lengths);
    why = read_lengths(inflater, lengths, literals + distances);
    if (why != NULL)
        return why;
    if (lengths[256] == 0 || !build_code(&inflater->literals, lengths, literals)
        || !build_code(&inflater->distances, lengths + literals, distances))
        return corrupt_text;
    return NULL;
}

static const char *read_block(struct inflater *inflater, bool *is_last)
{
    unsigned last, type;
    const char *why;

    if (!take_bits(inflater, 1, &last) || !take_bits(inflater, 2, &type))
        return truncated_text;
    *is_last = last;
    switch (type) {
        case 0: return read_stored(inflater);
        case 1: use_fixed_codes(inflater); break;
        case 2:
            why = read_dynamic_codes(inflater);
            if (why != NULL)
                return why;
            break;
        default: return corrupt_text;
    }
    return read_codes(inflater);
}

/* Runs over all blocks; afterwards in->at is the byte after the last one used. */
static const char *inflate_raw(struct cursor *in, uint8_t *out, size_t out_size)
{
    struct inflater inflater;
    bool is_last = false;

    inflater.in = *in;
    inflater.bits = 0;
    inflater.bit_count = 0;
    inflater.out = out;
    inflater.out_at = 0;
    inflater.out_size = out_size;
    while (!is_last) {
        const char *why = read_block(&inflater, &is_last);

        if (why != NULL)
            return why;
    }
    inflater.in.at -= inflater.bit_count / 8;
    *in = inflater.in;
    return inflater.out_at == out_size ? NULL : size_text;
}

static uint32_t adler32(const uint8_t *bytes, size_t size)
{
    uint32_t low = 1, high = 0;

    while (size > 0) {
        size_t part = size < 5552 ? size : 5552;    /* the sums fit 32 bits that long */

        size -= part;
        for (; part > 0; part--) {
            low += *bytes++;
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    return high << 16 | low;
}

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t table[16];
    uint32_t crc = 0xffffffff;
    unsigned at, bit;

    for (at = 0; at < AVM_COUNT_OF(table); at++) {
        table[at] = at;
        for (bit = 0; bit < 4; bit++)
            table[at] = table[at] & 1 ? table[at] >> 1 ^ 0xedb88320 : table[at] >> 1;
    }
    for (; size > 0; size--) {
        crc ^= *bytes++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

const char *inflate_zlib(const void *in, size_t in_size, void *out, size_t out_size)
{
    size_t used;

    return inflate_zlib_prefix(in, in_size, out, out_size, &used);
}

const char *inflate_zlib_prefix(const void *in, size_t in_size, void *out, size_t out_size,
    size_t *used)
{
    struct cursor cursor = cursor_make(in, in_size);
    unsigned head = cursor_u16(&cursor);
    const char *why;
    uint32_t check;

    if (cursor.failed)
        return truncated_text;
    if ((head >> 8 & 15) != 8 || head % 31 != 0 || (head & 0x20) != 0)
        return corrupt_text;
    why = inflate_raw(&cursor, out, out_size);
    if (why != NULL)
        return why;
    check = cursor_u32(&cursor);
    if (cursor.failed)
        return truncated_text;
    *used = cursor_offset(&cursor);
    return check == adler32(out, out_size) ? NULL : corrupt_text;
}

static uint32_t little_u32(const uint8_t *bytes)
{
    return (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16
        | (uint32_t) bytes[3] << 24;
}

bool inflate_is_gzip(const void *in, size_t in_size, size_t *out_size)
{
    const uint8_t *bytes = in;

    if (in_size < 18 || bytes[0] != 0x1f || bytes[1] != 0x8b || bytes[2] != 8)
        return false;
    *out_size = little_u32(bytes + in_size - 4);
    return true;
}

static void skip_text(struct cursor *cursor)
{
    while (!cursor->failed && cursor_u8(cursor) != 0) {
    }
}

static void skip_gzip_head(struct cursor *cursor)
{
    enum { CHECK = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };
    unsigned flags;

    cursor_skip(cursor, 3);
    flags = cursor_u8(cursor);
    cursor_skip(cursor, 6);
    if (flags & EXTRA) {
        unsigned low = cursor_u8(cursor);

        cursor_skip(cursor, low | (unsigned) cursor_u8(cursor) << 8);
    }
    if (flags & NAME)
        skip_text(cursor);
    if (flags & COMMENT)
        skip_text(cursor);
    if (flags & CHECK)
        cursor_skip(cursor, 2);
}

const char *inflate_gzip(const void *in, size_t in_size, void *out, size_t out_size)
{
    struct cursor cursor = cursor_make(in, in_size);
    const uint8_t *tail;
    const char *why;

    skip_gzip_head(&cursor);
    if (cursor.failed)
        return truncated_text;
    why = inflate_raw(&cursor, out, out_size);
    if (why != NULL)
        return why;
    tail = cursor_take(&cursor, 8);
    if (tail == NULL)
        return truncated_text;
    return little_u32(tail) == crc32_of(out, out_size) ? NULL : corrupt_text;
}
