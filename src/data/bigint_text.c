/* bigint_text.c - magnitudes to and from digits.
**
** A chunk is as many digits as always fit one limb. Bases that are powers of 2 move bits; the others
** go chunk by chunk when short, else divide and conquer over powers of the base: big^(2^i) with
** big = base^(digits of BIGINT_TEXT_CHUNKS chunks). The recursion of printing is as deep as there
** are powers, at most 15. */
#include "data/bigint.h"
#include "data/bigint_limb.h"

#define POWERS_MAX 24

struct chunk {
    unsigned digits;
    limb value;                     /* base ^ digits */
};

#if UINTPTR_MAX > 0xffffffffu
static const struct chunk decimal_chunk = { 19, 10000000000000000000u };
#else
static const struct chunk decimal_chunk = { 9, 1000000000u };
#endif

static struct chunk chunk_of(unsigned base)
{
    struct chunk chunk = { 0, 1 };

    if (base == 10)
        return decimal_chunk;
    while (chunk.value <= LIMB_MAX / base) {
        chunk.value *= base;
        chunk.digits++;
    }
    return chunk;
}

/* log2 of base when it is a power of 2, else 0. */
static unsigned base_bits(unsigned base)
{
    unsigned bits = 0;

    if ((base & (base - 1)) != 0)
        return 0;
    while (base > 1) {
        base >>= 1;
        bits++;
    }
    return bits;
}

unsigned bigint_digit_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 10u;
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A' + 10u;
    return 255;
}

static char digit_text(unsigned value)
{
    return (char) (value < 10 ? '0' + value : 'A' + (value - 10));
}

/* ---- powers of the base ------------------------------------------------------- */

struct power {
    limb *limbs;
    size_t size;                    /* trimmed */
    size_t capacity;
};

struct powers {
    struct memory *memory;
    struct power items[POWERS_MAX]; /* items[i] = base ^ (first_digits << i) */
    unsigned count;
    size_t first_digits;
};

static void powers_deinit(struct powers *powers)
{
    while (powers->count > 0) {
        struct power *power = &powers->items[--powers->count];

        memory_free(powers->memory, MEMORY_OTHER, power->limbs, power->capacity * sizeof(limb));
    }
}

static struct power *powers_extend(struct powers *powers, size_t capacity)
{
    struct power *power = &powers->items[powers->count];

    power->limbs = memory_allocate(powers->memory, MEMORY_OTHER, capacity * sizeof(limb));
    if (power->limbs == NULL)
        return NULL;
    power->capacity = capacity;
    powers->count++;
    return power;
}

/* base ^ (chunk digits * BIGINT_TEXT_CHUNKS). */
static bool powers_init(struct powers *powers, struct memory *memory, struct chunk chunk)
{
    struct power *power;

    powers->memory = memory;
    powers->count = 0;
    powers->first_digits = (size_t) chunk.digits * BIGINT_TEXT_CHUNKS;
    power = powers_extend(powers, BIGINT_TEXT_CHUNKS);
    if (power == NULL)
        return false;
    power->limbs[0] = chunk.value;
    for (power->size = 1; power->size < BIGINT_TEXT_CHUNKS; power->size++)
        power->limbs[power->size] =
            bigint_multiply_limb(power->limbs, power->limbs, power->size, chunk.value, 0);
    power->size = bigint_trim(power->limbs, power->size);
    return true;
}

static bool powers_square(struct powers *powers)
{
    struct power *last = &powers->items[powers->count - 1];
    struct power *power = powers_extend(powers, 2 * last->size);

    if (power == NULL || !bigint_multiply(powers->memory, power->limbs, last->limbs, last->size,
                             last->limbs, last->size))
        return false;
    power->size = bigint_trim(power->limbs, 2 * last->size);
    return true;
}

/* ---- printing ------------------------------------------------------------------ */

size_t bigint_text_size(const limb *a, size_t size, unsigned base)
{
    size_t bits = bigint_bit_size(a, size);
    struct chunk chunk;
    unsigned chunk_bits;

    if (size <= 1)
        return bits == 0 ? 1 : bits;        /* base 2 */
    chunk = chunk_of(base);
    /* A chunk of digits says at least that many bits. */
    chunk_bits = LIMB_BITS - 1 - limb_leading_zeros(chunk.value);
    return (bits / chunk_bits + 1) * chunk.digits;
}

static size_t print_bits(const limb *a, size_t size, unsigned digit_bits, char *text)
{
    size_t bits = bigint_bit_size(a, size), count = (bits + digit_bits - 1) / digit_bits, i;

    for (i = 0; i < count; i++) {
        size_t bit = i * digit_bits, index = bit / LIMB_BITS;
        unsigned offset = (unsigned) (bit % LIMB_BITS);
        limb digit = a[index] >> offset;

        if (offset + digit_bits > LIMB_BITS && index + 1 < size)
            digit |= a[index + 1] << (LIMB_BITS - offset);
        text[count - 1 - i] = digit_text((unsigned) (digit & (((limb) 1 << digit_bits) - 1)));
    }
    return count;
}

struct printer {
    struct powers powers;
    struct chunk chunk;
    unsigned base;
    char *text;
    size_t count;                   /* digits written; 0: leading zeros are still left out */
};

/* Writes the digits of value so that they end at end, at least width of them; gives how many. Base
** 10 is apart because a division by a constant is a product. */
static unsigned print_limb(limb value, unsigned base, unsigned width, char *end)
{
    char *at = end;

    if (base == 10) {
        for (; value >= 10; value /= 10)
            *--at = (char) ('0' + value % 10);
    } else {
        for (; value >= base; value /= base)
            *--at = digit_text((unsigned) (value % base));
    }
    *--at = digit_text((unsigned) value);
    while ((unsigned) (end - at) < width)
        *--at = '0';
    return (unsigned) (end - at);
}

/* A chunk's digits: without leading zeros as long as nothing was written. */
static void print_chunk(struct printer *printer, limb value)
{
    char digits[LIMB_BITS];
    unsigned width = printer->count > 0 ? printer->chunk.digits : 0;
    unsigned count = print_limb(value, printer->base, width, digits + sizeof digits);

    memcpy(printer->text + printer->count, digits + sizeof digits - count, count);
    printer->count += count;
}

/* value has at most BIGINT_TEXT_CHUNKS limbs, and once digits were written at most that many chunks
** of digits: then exactly that many are written. value is destroyed. */
static void print_short(struct printer *printer, limb *value, size_t size)
{
    limb chunks[2 * BIGINT_TEXT_CHUNKS];
    unsigned count = 0;

    for (size = bigint_trim(value, size); size > 0; size = bigint_trim(value, size))
        chunks[count++] = bigint_divide_limb(value, value, size, printer->chunk.value);
    if (printer->count > 0) {
        unsigned missing = BIGINT_TEXT_CHUNKS - count;

        memset(printer->text + printer->count, '0', (size_t) missing * printer->chunk.digits);
        printer->count += (size_t) missing * printer->chunk.digits;
    }
    while (count > 0)
        print_chunk(printer, chunks[--count]);
}

/* value is below items[level] (level counted from 1; 0: below the first power), and is destroyed. */
static bool print_long(struct printer *printer, limb *value, size_t size, unsigned level)
{
    struct memory *memory = printer->powers.memory;
    const struct power *power;
    limb *quotient;
    size_t quotient_size;
    bool done;

    size = bigint_trim(value, size);
    if (level == 0) {
        print_short(printer, value, size);
        return true;
    }
    power = &printer->powers.items[level - 1];
    if (bigint_compare(value, size, power->limbs, power->size) < 0) {
        if (printer->count > 0) {
            size_t zeros = printer->powers.first_digits << (level - 1);

            memset(printer->text + printer->count, '0', zeros);
            printer->count += zeros;
        }
        return print_long(printer, value, size, level - 1);
    }
    quotient_size = size - power->size + 1;
    quotient = memory_allocate(memory, MEMORY_OTHER, (quotient_size + power->size) * sizeof(limb));
    if (quotient == NULL)
        return false;
    done = bigint_divide(memory, quotient, quotient + quotient_size, value, size, power->limbs,
               power->size)
        && print_long(printer, quotient, quotient_size, level - 1)
        && print_long(printer, quotient + quotient_size, power->size, level - 1);
    memory_free(memory, MEMORY_OTHER, quotient, (quotient_size + power->size) * sizeof(limb));
    return done;
}

/* Powers until the last one's square is past a. */
static bool printer_prepare(struct printer *printer, struct memory *memory, size_t size)
{
    if (!powers_init(&printer->powers, memory, printer->chunk))
        return false;
    for (;;) {
        struct power *last = &printer->powers.items[printer->powers.count - 1];

        if (2 * last->size - 1 > size)
            return true;
        if (printer->powers.count == POWERS_MAX || !powers_square(&printer->powers))
            return false;
    }
}

static size_t print_copy(struct printer *printer, const limb *a, size_t size)
{
    limb value[BIGINT_TEXT_CHUNKS];

    memcpy(value, a, size * sizeof *value);
    print_short(printer, value, size);
    return printer->count;
}

static size_t print_one(limb value, unsigned base, char *text)
{
    char digits[LIMB_BITS];
    unsigned count = print_limb(value, base, 0, digits + sizeof digits);

    memcpy(text, digits + sizeof digits - count, count);
    return count;
}

size_t bigint_print(struct memory *memory, const limb *a, size_t size, unsigned base, char *text)
{
    struct printer printer;
    size_t result = SIZE_MAX;
    limb *value;

    if (size == 0) {
        text[0] = '0';
        return 1;
    }
    if (base_bits(base) != 0)
        return print_bits(a, size, base_bits(base), text);
    if (size == 1)
        return print_one(a[0], base, text);
    printer.chunk = chunk_of(base);
    printer.base = base;
    printer.text = text;
    printer.count = 0;
    if (size < BIGINT_TEXT_CHUNKS)
        return print_copy(&printer, a, size);
    value = memory_allocate(memory, MEMORY_OTHER, size * sizeof *value);
    if (value == NULL)
        return SIZE_MAX;
    memcpy(value, a, size * sizeof *value);
    if (printer_prepare(&printer, memory, size)
        && print_long(&printer, value, size, printer.powers.count))
        result = printer.count;
    powers_deinit(&printer.powers);
    memory_free(memory, MEMORY_OTHER, value, size * sizeof *value);
    return result;
}

/* ---- parsing ------------------------------------------------------------------- */

size_t bigint_parse_limbs(size_t text_size, unsigned base)
{
    return text_size / chunk_of(base).digits + 1;
}

static size_t parse_bits(const uint8_t *text, size_t text_size, unsigned digit_bits, limb *r)
{
    size_t size = bigint_parse_limbs(text_size, 1u << digit_bits), i;

    memset(r, 0, size * sizeof *r);
    for (i = 0; i < text_size; i++) {
        limb digit = bigint_digit_value(text[text_size - 1 - i]);
        size_t bit = i * digit_bits, index = bit / LIMB_BITS;
        unsigned offset = (unsigned) (bit % LIMB_BITS);

        r[index] |= digit << offset;
        if (offset + digit_bits > LIMB_BITS && digit >> (LIMB_BITS - offset) != 0)
            r[index + 1] |= digit >> (LIMB_BITS - offset);
    }
    return bigint_trim(r, size);
}

/* Chunk by chunk; r is not trimmed, its size is at most one limb a chunk. */
static size_t parse_short(const uint8_t *text, size_t text_size, unsigned base, struct chunk chunk,
    limb *r)
{
    size_t size = 0;

    while (text_size > 0) {
        size_t count = text_size % chunk.digits != 0 ? text_size % chunk.digits : chunk.digits, i;
        limb value = 0, factor = 1;

        for (i = 0; i < count; i++) {
            value = value * base + bigint_digit_value(text[i]);
            factor *= base;
        }
        value = bigint_multiply_limb(r, r, size, factor, value);
        if (value != 0)
            r[size++] = value;
        text += count;
        text_size -= count;
    }
    return size;
}

/* Blocks of BIGINT_TEXT_CHUNKS << level limbs each, least significant first. */
struct parser {
    struct powers powers;
    limb *from, *to;
    size_t blocks;
    size_t block;                   /* limbs of one */
};

/* Joins blocks two by two: high * power + low. */
static bool parser_join(struct parser *parser)
{
    const struct power *power = &parser->powers.items[parser->powers.count - 1];
    size_t block = parser->block, i;
    limb *swap;

    for (i = 0; i < parser->blocks / 2; i++) {
        limb *low = parser->from + 2 * i * block, *high = low + block;
        limb *joined = parser->to + 2 * i * block;

        memset(joined, 0, 2 * block * sizeof *joined);
        if (!bigint_multiply(parser->powers.memory, joined, high, bigint_trim(high, block),
                power->limbs, power->size))
            return false;
        bigint_add(joined, joined, 2 * block, low, block);
    }
    if (parser->blocks % 2 != 0) {
        memcpy(parser->to + 2 * i * block, parser->from + 2 * i * block, block * sizeof(limb));
        memset(parser->to + (2 * i + 1) * block, 0, block * sizeof(limb));
    }
    swap = parser->from;
    parser->from = parser->to;
    parser->to = swap;
    parser->blocks = (parser->blocks + 1) / 2;
    parser->block *= 2;
    return true;
}

static bool parse_long(struct parser *parser, const uint8_t *text, size_t text_size, unsigned base,
    struct chunk chunk)
{
    size_t digits = parser->powers.first_digits, i;

    for (i = 0; i < parser->blocks; i++) {
        limb *block = parser->from + i * parser->block;
        size_t count = text_size < digits ? text_size : digits;
        size_t used = parse_short(text + text_size - count, count, base, chunk, block);

        memset(block + used, 0, (parser->block - used) * sizeof *block);
        text_size -= count;
    }
    while (parser->blocks > 1) {
        if (!parser_join(parser))
            return false;
        if (parser->blocks > 1 && !powers_square(&parser->powers))
            return false;
    }
    return true;
}

bool bigint_parse(struct memory *memory, const uint8_t *text, size_t text_size, unsigned base,
    limb *r, size_t *size)
{
    struct chunk chunk = chunk_of(base);
    struct parser parser;
    size_t half, digits = (size_t) chunk.digits * BIGINT_TEXT_CHUNKS;
    limb *buffers;
    bool done;

    if (base_bits(base) != 0) {
        *size = parse_bits(text, text_size, base_bits(base), r);
        return true;
    }
    if (text_size <= digits) {
        *size = parse_short(text, text_size, base, chunk, r);
        return true;
    }
    parser.block = BIGINT_TEXT_CHUNKS;
    parser.blocks = (text_size + digits - 1) / digits;
    for (half = 1; half < parser.blocks;)
        half *= 2;
    half *= parser.block;
    buffers = memory_allocate(memory, MEMORY_OTHER, 2 * half * sizeof *buffers);
    if (buffers == NULL)
        return false;
    parser.from = buffers;
    parser.to = buffers + half;
    done = powers_init(&parser.powers, memory, chunk)
        && parse_long(&parser, text, text_size, base, chunk);
    powers_deinit(&parser.powers);
    if (done) {
        *size = bigint_trim(parser.from, parser.block);
        memcpy(r, parser.from, *size * sizeof *r);
    }
    memory_free(memory, MEMORY_OTHER, buffers, 2 * half * sizeof *buffers);
    return done;
}
