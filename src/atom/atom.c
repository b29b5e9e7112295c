/* atom.c - owns the atom table: index to text, and text to index through an open hash.
**
** Index to text: segments that double in size and never move, so that a reader who holds an index
** needs no lock, while one thread at a time looks for texts and adds; named atoms have no entry, their texts
** are read-only data. A copied text is its size in two bytes, then the bytes, in text blocks that never move
** either.
** Always: a slot of the hash is filled after the entry it names. */
#include "atom/atom.h"

#include "base/utf8.h"

#define FIRST_SEGMENT_BITS 8
#define FIRST_SEGMENT ((size_t) 1 << FIRST_SEGMENT_BITS)
#define SEGMENT_COUNT (32 - FIRST_SEGMENT_BITS)
#define TEXT_BLOCK_BYTES 2032
#define MAX_TEXT_BYTES (ATOM_MAX_CHARACTERS * 4)
#define NO_ATOM UINT32_MAX

struct named_atom {
    const char *text;
    uint16_t size;
};

static const struct named_atom named_atoms[] = {
#define A(identifier, text) { text, sizeof(text) - 1 },
#include "atom/atoms.def"
#undef A
};

struct text_block {
    struct text_block *next;
    size_t capacity;
    size_t used;
    uint8_t bytes[];
};

struct atom_slot {
    uint32_t hash;
    uint32_t index;                         /* NO_ATOM: free */
};

struct atom_table {
    struct memory *memory;
    uint32_t limit;
    AVM_ATOMIC(uint32_t) count;             /* put after all of an atom is there */
    const uint8_t **segments[SEGMENT_COUNT];
    struct atom_slot *slots;
    size_t slot_count;                      /* a power of two, at least 4/3 of count */
    struct text_block *texts;
};

/* Where a copied atom's text pointer lies: segment, position and the segment's length. */
struct place {
    unsigned segment;
    size_t position;
    size_t length;
};

static struct place entry_place(uint32_t index)
{
    size_t number = (size_t) (index - ATOM_INDEX_COUNT) + FIRST_SEGMENT;
    unsigned bits = 63 - bits_count_leading_zeros64(number);
    struct place place;

    place.segment = bits - FIRST_SEGMENT_BITS;
    place.length = (size_t) 1 << bits;
    place.position = number - place.length;
    return place;
}

const uint8_t *atom_text(const struct atom_table *table, uint32_t index, size_t *size)
{
    struct place place;
    const uint8_t *entry;

    if (index < ATOM_INDEX_COUNT) {
        *size = named_atoms[index].size;
        return (const uint8_t *) named_atoms[index].text;
    }
    if (index >= atomic_get(&table->count)) {
        *size = 0;
        return (const uint8_t *) "";
    }
    place = entry_place(index);
    entry = table->segments[place.segment][place.position];
    *size = (size_t) entry[0] << 8 | entry[1];
    return entry + 2;
}

uint32_t atom_count(const struct atom_table *table)
{
    return atomic_peek(&table->count);
}

uint32_t atom_limit(const struct atom_table *table)
{
    return table->limit;
}

/* ---- hashing ------------------------------------------------------------- */

/* P. J. Weinberger's hash over code points below 256 and over the bytes of larger ones: the value
** that phash and phash2 of OTP build on. */
static uint32_t hash_text(const uint8_t *text, size_t size)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < size; i++) {
        uint32_t value = text[i];
        uint32_t overflow;

        if ((value & 0xfe) == 0xc2 && i + 1 < size && (text[i + 1] & 0xc0) == 0x80) {
            value = (value << 6 | (text[i + 1] & 0x3f)) & 0xff;
            i++;
        }
        hash = (hash << 4) + value;
        overflow = hash & 0xf0000000;
        if (overflow != 0)
            hash = (hash ^ overflow >> 24) & ~overflow;
    }
    return hash;
}

uint32_t atom_hash_text(const struct atom_table *table, uint32_t index)
{
    size_t size;
    const uint8_t *text = atom_text(table, index, &size);

    return hash_text(text, size);
}

/* The hash has few bits and weak low ones: multiply, then take the middle. */
static size_t first_slot(uint32_t hash, size_t slot_count)
{
    return (size_t) (((uint64_t) hash * UINT64_C(0x9e3779b97f4a7c15)) >> 24) & (slot_count - 1);
}

static bool text_is(const struct atom_table *table, uint32_t index, const uint8_t *text, size_t size)
{
    size_t other_size;
    const uint8_t *other = atom_text(table, index, &other_size);

    return size == other_size && memcmp(text, other, size) == 0;
}

/* The atom's slot, or the free one where it belongs. */
static struct atom_slot *find_slot(const struct atom_table *table, uint32_t hash,
    const uint8_t *text, size_t size)
{
    size_t at = first_slot(hash, table->slot_count);

    for (;;) {
        struct atom_slot *slot = table->slots + at;

        if (slot->index == NO_ATOM
            || (slot->hash == hash && text_is(table, slot->index, text, size)))
            return slot;
        at = (at + 1) & (table->slot_count - 1);
    }
}

static struct atom_slot *create_slots(struct memory *memory, size_t slot_count)
{
    size_t size;
    struct atom_slot *slots;

    if (!size_multiply(slot_count, sizeof *slots, &size))
        return NULL;
    slots = memory_allocate(memory, MEMORY_ATOM, size);
    if (slots != NULL)
        memset(slots, 0xff, size);
    return slots;
}

static void release_slots(struct atom_table *table)
{
    memory_free(table->memory, MEMORY_ATOM, table->slots, table->slot_count * sizeof *table->slots);
}

static bool reserve_slot(struct atom_table *table)
{
    size_t slot_count = table->slot_count * 2;
    struct atom_slot *slots;

    if ((size_t) table->count + 1 <= table->slot_count - table->slot_count / 4)
        return true;
    slots = create_slots(table->memory, slot_count);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < table->slot_count; i++) {
        size_t at = first_slot(table->slots[i].hash, slot_count);

        if (table->slots[i].index == NO_ATOM)
            continue;
        while (slots[at].index != NO_ATOM)
            at = (at + 1) & (slot_count - 1);
        slots[at] = table->slots[i];
    }
    release_slots(table);
    table->slots = slots;
    table->slot_count = slot_count;
    return true;
}

/* ---- life ---------------------------------------------------------------- */

static void put_named_atoms(struct atom_table *table)
{
    for (uint32_t i = 0; i < ATOM_INDEX_COUNT; i++) {
        const uint8_t *text = (const uint8_t *) named_atoms[i].text;
        uint32_t hash = hash_text(text, named_atoms[i].size);
        struct atom_slot *slot;

        table->count = i;
        slot = find_slot(table, hash, text, named_atoms[i].size);
        if (slot->index == NO_ATOM) {
            slot->hash = hash;
            slot->index = i;
        }
    }
    table->count = ATOM_INDEX_COUNT;
}

struct atom_table *atom_table_create(struct memory *memory, uint32_t limit)
{
    struct atom_table *table = memory_allocate_zeroed(memory, MEMORY_ATOM, sizeof *table);
    size_t slot_count = 16;

    if (table == NULL)
        return NULL;
    while (slot_count - slot_count / 4 < ATOM_INDEX_COUNT + 1)
        slot_count *= 2;
    table->memory = memory;
    table->limit = limit;
    table->slot_count = slot_count;
    table->slots = create_slots(memory, slot_count);
    if (table->slots == NULL) {
        memory_free(memory, MEMORY_ATOM, table, sizeof *table);
        return NULL;
    }
    put_named_atoms(table);
    return table;
}

void atom_table_destroy(struct atom_table *table)
{
    if (table == NULL)
        return;
    for (unsigned i = 0; i < SEGMENT_COUNT; i++)
        memory_free(table->memory, MEMORY_ATOM, table->segments[i],
            (FIRST_SEGMENT << i) * sizeof(uint8_t *));
    while (table->texts != NULL) {
        struct text_block *block = table->texts;

        table->texts = block->next;
        memory_free(table->memory, MEMORY_ATOM, block, sizeof *block + block->capacity);
    }
    release_slots(table);
    memory_free(table->memory, MEMORY_ATOM, table, sizeof *table);
}

/* ---- adding --------------------------------------------------------------- */

static const uint8_t *copy_text(struct atom_table *table, const uint8_t *text, size_t size)
{
    struct text_block *block = table->texts;
    uint8_t *entry;

    if (block == NULL || block->capacity - block->used < size + 2) {
        block = memory_allocate(table->memory, MEMORY_ATOM, sizeof *block + TEXT_BLOCK_BYTES);
        if (block == NULL)
            return NULL;
        block->next = table->texts;
        block->capacity = TEXT_BLOCK_BYTES;
        block->used = 0;
        table->texts = block;
    }
    entry = block->bytes + block->used;
    entry[0] = (uint8_t) (size >> 8);
    entry[1] = (uint8_t) size;
    memcpy(entry + 2, text, size);
    block->used += size + 2;
    return entry;
}

static enum atom_status add_atom(struct atom_table *table, uint32_t hash, const uint8_t *text,
    size_t size, uint32_t *index)
{
    struct place place = entry_place(table->count);
    const uint8_t ***segment = &table->segments[place.segment];
    const uint8_t *entry;
    struct atom_slot *slot;

    if (table->count >= table->limit)
        return ATOM_TABLE_FULL;
    if (!reserve_slot(table))
        return ATOM_NO_MEMORY;
    if (*segment == NULL) {
        *segment = memory_allocate(table->memory, MEMORY_ATOM, place.length * sizeof **segment);
        if (*segment == NULL)
            return ATOM_NO_MEMORY;
    }
    entry = copy_text(table, text, size);
    if (entry == NULL)
        return ATOM_NO_MEMORY;
    (*segment)[place.position] = entry;
    slot = find_slot(table, hash, text, size);
    slot->hash = hash;
    slot->index = table->count;
    *index = table->count;
    atomic_put(&table->count, *index + 1);
    return ATOM_OK;
}

enum atom_status atom_put(struct atom_table *table, const uint8_t *text, size_t size, uint32_t *index)
{
    uint32_t hash = hash_text(text, size);
    const struct atom_slot *slot = find_slot(table, hash, text, size);
    size_t characters;

    if (slot->index != NO_ATOM) {
        *index = slot->index;
        return ATOM_OK;
    }
    characters = utf8_count(text, size);
    if (characters == SIZE_MAX)
        return ATOM_BAD;
    if (characters > ATOM_MAX_CHARACTERS)
        return ATOM_TOO_LONG;
    return add_atom(table, hash, text, size, index);
}

enum atom_status atom_put_latin1(struct atom_table *table, const uint8_t *text, size_t size,
    uint32_t *index)
{
    uint8_t utf8[ATOM_MAX_CHARACTERS * 2];
    size_t used = 0;

    if (size > ATOM_MAX_CHARACTERS)
        return ATOM_TOO_LONG;
    for (size_t i = 0; i < size; i++)
        used += utf8_encode(text[i], utf8 + used);
    return atom_put(table, utf8, used, index);
}

bool atom_find(const struct atom_table *table, const uint8_t *text, size_t size, uint32_t *index)
{
    const struct atom_slot *slot;

    if (size > MAX_TEXT_BYTES)
        return false;
    slot = find_slot(table, hash_text(text, size), text, size);
    if (slot->index == NO_ATOM)
        return false;
    *index = slot->index;
    return true;
}

/* ---- order and printing ------------------------------------------------------ */

/* UTF-8 keeps the order of code points, so bytes decide. */
int atom_compare(const struct atom_table *table, uint32_t a, uint32_t b)
{
    size_t a_size, b_size;
    const uint8_t *a_text, *b_text;
    int order;

    if (a == b)
        return 0;
    a_text = atom_text(table, a, &a_size);
    b_text = atom_text(table, b, &b_size);
    order = memcmp(a_text, b_text, a_size < b_size ? a_size : b_size);
    if (order == 0)
        order = a_size < b_size ? -1 : a_size > b_size;
    return order;
}

static bool is_lower(uint32_t point)
{
    return (point >= 'a' && point <= 'z') || (point >= 0xdf && point <= 0xff && point != 0xf7);
}

static bool is_upper(uint32_t point)
{
    return (point >= 'A' && point <= 'Z') || (point >= 0xc0 && point <= 0xde && point != 0xd7);
}

bool atom_is_bare(const uint8_t *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t point = 0;
        int used = utf8_decode(text + at, size - at, &point);
        bool inside = at > 0
            && (is_upper(point) || point == '_' || (point >= '0' && point <= '9'));

        if (used <= 0 || (!inside && !is_lower(point)))
            return false;
        at += (size_t) used;
    }
    return size > 0;
}
