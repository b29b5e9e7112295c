/* dictionary.c - owns the dictionary's one block. Always: pairs 0..count-1 are whole; hashes[i] is the
** hash of key i; positions (open addressing, linear) hold 1 + index of every pair, 0 when free. */
#include "proc/dictionary.h"

#define FIRST_CAPACITY 4

static size_t block_size(uint32_t capacity)
{
    return sizeof(struct dictionary) + capacity * (2 * sizeof(term) + 3 * sizeof(uint32_t));
}

static uint32_t *hashes_of(const struct dictionary *dictionary)
{
    return (uint32_t *) (void *) (uintptr_t) (dictionary->pairs + 2 * (size_t) dictionary->capacity);
}

static uint32_t *positions_of(const struct dictionary *dictionary)
{
    return hashes_of(dictionary) + dictionary->capacity;
}

static uint32_t position_mask(const struct dictionary *dictionary)
{
    return 2 * dictionary->capacity - 1;
}

/* The position slot of key, or the free one where it would go. */
static uint32_t *find_slot(const struct dictionary *dictionary, const struct compare_context *context,
    term key, uint32_t hash)
{
    uint32_t *positions = positions_of(dictionary), mask = position_mask(dictionary);
    uint32_t at = hash & mask;

    for (; positions[at] != 0; at = (at + 1) & mask) {
        uint32_t i = positions[at] - 1;

        if (hashes_of(dictionary)[i] == hash
            && term_equal_exact(context, dictionary->pairs[2 * i], key))
            break;
    }
    return &positions[at];
}

term dictionary_get(const struct dictionary *dictionary, const struct compare_context *context, term key)
{
    uint32_t slot;

    if (dictionary == NULL)
        return TERM_NONE;
    slot = *find_slot(dictionary, context, key, term_hash_internal(context, key));
    return slot != 0 ? dictionary->pairs[2 * (slot - 1) + 1] : TERM_NONE;
}

static void index_pairs(struct dictionary *dictionary)
{
    uint32_t *positions = positions_of(dictionary), mask = position_mask(dictionary), i;

    memset(positions, 0, 2 * dictionary->capacity * sizeof *positions);
    for (i = 0; i < dictionary->count; i++) {
        uint32_t at = hashes_of(dictionary)[i] & mask;

        while (positions[at] != 0)
            at = (at + 1) & mask;
        positions[at] = i + 1;
    }
}

/* Another capacity, count <= capacity. False without memory. */
static bool resize(struct dictionary **dictionary, struct memory *memory, uint32_t capacity)
{
    struct dictionary *old = *dictionary;
    struct dictionary *new = memory_allocate(memory, MEMORY_DICTIONARY, block_size(capacity));

    if (new == NULL)
        return false;
    new->capacity = capacity;
    new->count = old != NULL ? old->count : 0;
    if (old != NULL) {
        memcpy(new->pairs, old->pairs, 2 * (size_t) old->count * sizeof(term));
        memcpy(hashes_of(new), hashes_of(old), old->count * sizeof(uint32_t));
        memory_free(memory, MEMORY_DICTIONARY, old, block_size(old->capacity));
    }
    index_pairs(new);
    *dictionary = new;
    return true;
}

enum data_status dictionary_put(struct dictionary **dictionary, const struct compare_context *context,
    term key, term value, term *old)
{
    uint32_t hash = term_hash_internal(context, key), *slot, i;
    struct dictionary *d = *dictionary;

    if (d != NULL) {
        slot = find_slot(d, context, key, hash);
        if (*slot != 0) {
            *old = d->pairs[2 * (*slot - 1) + 1];
            d->pairs[2 * (*slot - 1) + 1] = value;
            return DATA_OK;
        }
    }
    if (d == NULL || d->count == d->capacity) {
        if (d != NULL && d->capacity > UINT32_MAX / 8)
            return DATA_NO_MEMORY;
        if (!resize(dictionary, context->memory, d != NULL ? 2 * d->capacity : FIRST_CAPACITY))
            return DATA_NO_MEMORY;
        d = *dictionary;
    }
    slot = find_slot(d, context, key, hash);
    i = d->count++;
    d->pairs[2 * i] = key;
    d->pairs[2 * i + 1] = value;
    hashes_of(d)[i] = hash;
    *slot = i + 1;
    *old = TERM_NONE;
    return DATA_OK;
}

/* Takes slot out of the open addressing: what follows in its run moves up. */
static void free_slot(struct dictionary *d, uint32_t at)
{
    uint32_t *positions = positions_of(d), mask = position_mask(d), next = at;

    for (;;) {
        uint32_t home;

        positions[at] = 0;
        do {
            next = (next + 1) & mask;
            if (positions[next] == 0)
                return;
            home = hashes_of(d)[positions[next] - 1] & mask;
        } while (((next - home) & mask) < ((next - at) & mask));
        positions[at] = positions[next];
        at = next;
    }
}

static void move_last_pair(struct dictionary *d, uint32_t to)
{
    uint32_t last = d->count, at = hashes_of(d)[last] & position_mask(d);

    while (positions_of(d)[at] != last + 1)
        at = (at + 1) & position_mask(d);
    positions_of(d)[at] = to + 1;
    d->pairs[2 * to] = d->pairs[2 * last];
    d->pairs[2 * to + 1] = d->pairs[2 * last + 1];
    hashes_of(d)[to] = hashes_of(d)[last];
}

term dictionary_erase(struct dictionary **dictionary, const struct compare_context *context, term key)
{
    struct dictionary *d = *dictionary;
    uint32_t *slot, i;
    term old;

    if (d == NULL)
        return TERM_NONE;
    slot = find_slot(d, context, key, term_hash_internal(context, key));
    if (*slot == 0)
        return TERM_NONE;
    i = *slot - 1;
    old = d->pairs[2 * i + 1];
    free_slot(d, (uint32_t) (slot - positions_of(d)));
    d->count--;
    if (i != d->count)
        move_last_pair(d, i);
    if (d->count == 0)
        dictionary_clear(dictionary, context->memory);
    else if (d->capacity > FIRST_CAPACITY && d->count <= d->capacity / 4)
        (void) resize(dictionary, context->memory, d->capacity / 2);
    return old;
}

void dictionary_clear(struct dictionary **dictionary, struct memory *memory)
{
    struct dictionary *d = *dictionary;

    if (d != NULL)
        memory_free(memory, MEMORY_DICTIONARY, d, block_size(d->capacity));
    *dictionary = NULL;
}
