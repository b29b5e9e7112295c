/* persistent.c - owns the pairs of persistent terms, in a chained hash table that doubles.
** Always: slot_count is a power of two; each pair's key and value lie in its own env. */
#include "ets/persistent.h"

struct pair {
    struct pair *next;
    uint32_t hash;
    term key, value;
    struct heap env;
};

struct persistent_table {
    struct heap_shared *heaps;
    const struct compare_context *compare;
    struct pair **slots;
    size_t slot_count;
    size_t count;
    size_t words;
};

#define FIRST_SLOTS 16

struct persistent_table *persistent_table_create(struct heap_shared *heaps,
    const struct compare_context *compare)
{
    struct memory *memory = heaps->memory;
    struct persistent_table *table = memory_allocate_zeroed(memory, MEMORY_LITERAL, sizeof *table);

    if (table == NULL)
        return NULL;
    table->heaps = heaps;
    table->compare = compare;
    table->slot_count = FIRST_SLOTS;
    table->slots = memory_allocate_zeroed(memory, MEMORY_LITERAL, FIRST_SLOTS * sizeof *table->slots);
    if (table->slots == NULL) {
        memory_free(memory, MEMORY_LITERAL, table, sizeof *table);
        return NULL;
    }
    return table;
}

static void free_pair(struct persistent_table *table, struct pair *pair)
{
    heap_deinit(&pair->env);
    memory_free(table->heaps->memory, MEMORY_LITERAL, pair, sizeof *pair);
}

void persistent_table_destroy(struct persistent_table *table)
{
    struct memory *memory;
    size_t i;

    if (table == NULL)
        return;
    memory = table->heaps->memory;
    for (i = 0; i < table->slot_count; i++) {
        while (table->slots[i] != NULL) {
            struct pair *pair = table->slots[i];

            table->slots[i] = pair->next;
            free_pair(table, pair);
        }
    }
    memory_free(memory, MEMORY_LITERAL, table->slots, table->slot_count * sizeof *table->slots);
    memory_free(memory, MEMORY_LITERAL, table, sizeof *table);
}

/* The link that points to the pair of key, or to the end of its chain. */
static struct pair **find_link(const struct persistent_table *table, term key, uint32_t hash)
{
    struct pair **link = &table->slots[hash & (table->slot_count - 1)];

    while (*link != NULL
        && ((*link)->hash != hash || !term_equal_exact(table->compare, (*link)->key, key)))
        link = &(*link)->next;
    return link;
}

term persistent_find(const struct persistent_table *table, term key)
{
    struct pair *pair = *find_link(table, key, term_hash_internal(table->compare, key));

    return pair != NULL ? pair->value : TERM_NONE;
}

/* Doubling is worth having, not needed: without memory the chains grow longer. */
static void grow(struct persistent_table *table)
{
    struct memory *memory = table->heaps->memory;
    size_t new_count = 2 * table->slot_count, i;
    struct pair **slots = memory_allocate_zeroed(memory, MEMORY_LITERAL, new_count * sizeof *slots);

    if (slots == NULL)
        return;
    for (i = 0; i < table->slot_count; i++) {
        while (table->slots[i] != NULL) {
            struct pair *pair = table->slots[i];

            table->slots[i] = pair->next;
            pair->next = slots[pair->hash & (new_count - 1)];
            slots[pair->hash & (new_count - 1)] = pair;
        }
    }
    memory_free(memory, MEMORY_LITERAL, table->slots, table->slot_count * sizeof *slots);
    table->slots = slots;
    table->slot_count = new_count;
}

static struct pair *make_pair(struct persistent_table *table, term key, term value, uint32_t hash)
{
    struct pair *pair = memory_allocate_zeroed(table->heaps->memory, MEMORY_LITERAL, sizeof *pair);

    if (pair == NULL)
        return NULL;
    heap_init_env(&pair->env, table->heaps, MEMORY_LITERAL);
    pair->hash = hash;
    pair->key = heap_copy_with_literals(&pair->env, key);
    pair->value = pair->key == TERM_NONE ? TERM_NONE : heap_copy_with_literals(&pair->env, value);
    if (pair->value == TERM_NONE) {
        free_pair(table, pair);
        return NULL;
    }
    return pair;
}

enum data_status persistent_put(struct persistent_table *table, term key, term value)
{
    uint32_t hash = term_hash_internal(table->compare, key);
    struct pair **link = find_link(table, key, hash), *old = *link, *pair;

    if (old != NULL && term_equal_exact(table->compare, old->value, value))
        return DATA_OK;
    pair = make_pair(table, key, value, hash);
    if (pair == NULL)
        return DATA_NO_MEMORY;
    pair->next = old != NULL ? old->next : NULL;
    *link = pair;
    table->words += heap_total_words(&pair->env);
    if (old != NULL) {
        table->words -= heap_total_words(&old->env);
        free_pair(table, old);
    } else if (++table->count > table->slot_count) {
        grow(table);
    }
    return DATA_OK;
}

bool persistent_remove(struct persistent_table *table, term key)
{
    struct pair **link = find_link(table, key, term_hash_internal(table->compare, key));
    struct pair *pair = *link;

    if (pair == NULL)
        return false;
    *link = pair->next;
    table->count--;
    table->words -= heap_total_words(&pair->env);
    free_pair(table, pair);
    return true;
}

size_t persistent_count(const struct persistent_table *table)
{
    return table->count;
}

size_t persistent_bytes(const struct persistent_table *table)
{
    return table->words * sizeof(term) + table->count * sizeof(struct pair);
}

void persistent_each(const struct persistent_table *table,
    bool (*visit)(void *user, term key, term value), void *user)
{
    size_t i;
    struct pair *pair;

    for (i = 0; i < table->slot_count; i++) {
        for (pair = table->slots[i]; pair != NULL; pair = pair->next) {
            if (!visit(user, pair->key, pair->value))
                return;
        }
    }
}
