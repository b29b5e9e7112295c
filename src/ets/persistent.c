/* persistent.c - owns the pairs of persistent terms, in a hash table whose buckets come and go one at a
** time: with each new pair the next bucket takes what is its own from the one that it is split off.
** Always: bucket i of bucket_count holds the hashes whose low bits are i, with as many bits as the next
** power of two asks for, or one fewer where that bucket is not there; the table's size follows from the
** count of pairs (where there was memory to grow), so that a storm leaves nothing behind. */
#include "ets/persistent.h"

struct pair {
    struct pair *next;
    uint32_t hash;
    term pair[2];                       /* key, value: immediate, or in area */
    struct literal_area *area;          /* NULL: both are immediate */
};

struct persistent_table {
    struct heap_shared *heaps;
    struct literal_ranges *literals;
    const struct compare_context *compare;
    struct pair **buckets;
    size_t bucket_count;
    size_t capacity;                    /* of buckets: a power of two */
    size_t count;
    size_t words;
};

#define FIRST_BUCKETS 16

struct persistent_table *persistent_table_create(struct heap_shared *heaps,
    struct literal_ranges *literals, const struct compare_context *compare)
{
    struct memory *memory = heaps->memory;
    struct persistent_table *table = memory_allocate_zeroed(memory, MEMORY_LITERAL, sizeof *table);

    if (table == NULL)
        return NULL;
    table->heaps = heaps;
    table->literals = literals;
    table->compare = compare;
    table->bucket_count = table->capacity = FIRST_BUCKETS;
    table->buckets
        = memory_allocate_zeroed(memory, MEMORY_LITERAL, FIRST_BUCKETS * sizeof *table->buckets);
    if (table->buckets == NULL) {
        memory_free(memory, MEMORY_LITERAL, table, sizeof *table);
        return NULL;
    }
    return table;
}

void persistent_table_destroy(struct persistent_table *table)
{
    struct memory *memory;

    if (table == NULL)
        return;
    memory = table->heaps->memory;
    for (size_t i = 0; i < table->bucket_count; i++) {
        while (table->buckets[i] != NULL) {
            struct pair *pair = table->buckets[i];

            table->buckets[i] = pair->next;
            literal_area_destroy(table->literals, memory, pair->area);
            memory_free(memory, MEMORY_LITERAL, pair, sizeof *pair);
        }
    }
    memory_free(memory, MEMORY_LITERAL, table->buckets, table->capacity * sizeof *table->buckets);
    memory_free(memory, MEMORY_LITERAL, table, sizeof *table);
}

/* ---- buckets --------------------------------------------------------------------------- */

static size_t bucket_of(const struct persistent_table *table, uint32_t hash)
{
    size_t index = hash & (table->capacity - 1);

    return index < table->bucket_count ? index : index & (table->capacity / 2 - 1);
}

/* The link that points to the pair of key, or to the end of its chain. */
static struct pair **find_link(const struct persistent_table *table, term key, uint32_t hash)
{
    struct pair **link = &table->buckets[bucket_of(table, hash)];

    while (*link != NULL
        && ((*link)->hash != hash || !term_equal_exact(table->compare, (*link)->pair[0], key)))
        link = &(*link)->next;
    return link;
}

static bool resize_buckets(struct persistent_table *table, size_t capacity)
{
    struct pair **buckets = memory_resize(table->heaps->memory, MEMORY_LITERAL, table->buckets,
        table->capacity * sizeof *buckets, capacity * sizeof *buckets);

    if (buckets == NULL)
        return false;
    table->buckets = buckets;
    table->capacity = capacity;
    return true;
}

/* Without memory for one more bucket the chains grow longer. */
static void split_bucket(struct persistent_table *table)
{
    size_t last = table->bucket_count;
    struct pair **link, **to;

    if (last == table->capacity && !resize_buckets(table, 2 * last))
        return;
    table->bucket_count++;
    link = &table->buckets[last & (table->capacity / 2 - 1)];
    to = &table->buckets[last];
    *to = NULL;
    while (*link != NULL) {
        struct pair *pair = *link;

        if (bucket_of(table, pair->hash) != last) {
            link = &pair->next;
            continue;
        }
        *link = pair->next;
        pair->next = *to;
        *to = pair;
    }
}

static void merge_bucket(struct persistent_table *table)
{
    size_t last = --table->bucket_count;
    struct pair **link = &table->buckets[last & (table->capacity / 2 - 1)];

    while (*link != NULL)
        link = &(*link)->next;
    *link = table->buckets[last];
    if (last == table->capacity / 2)
        (void) resize_buckets(table, last);
}

static void fit_buckets(struct persistent_table *table)
{
    if (table->count > table->bucket_count)
        split_bucket(table);
    else if (table->count < table->bucket_count && table->bucket_count > FIRST_BUCKETS)
        merge_bucket(table);
}

/* ---- pairs ------------------------------------------------------------------------------ */

static size_t area_words(const struct literal_area *area)
{
    return area == NULL ? 0 : (size_t) (area->end - area->start);
}

term persistent_find(const struct persistent_table *table, term key)
{
    struct pair *pair = *find_link(table, key, term_hash_internal(table->compare, key));

    return pair != NULL ? pair->pair[1] : TERM_NONE;
}

static void retire(struct persistent_table *table, struct literal_area *area)
{
    table->words -= area_words(area);
    if (area != NULL)
        literal_area_retire(table->literals, area);
}

static bool add_pair(struct persistent_table *table, const term *pair, struct literal_area *area,
    uint32_t hash)
{
    struct pair *new = memory_allocate(table->heaps->memory, MEMORY_LITERAL, sizeof *new);
    struct pair **bucket = &table->buckets[bucket_of(table, hash)];

    if (new == NULL)
        return false;
    new->next = *bucket;
    new->hash = hash;
    memcpy(new->pair, pair, sizeof new->pair);
    new->area = area;
    *bucket = new;
    table->count++;
    fit_buckets(table);
    return true;
}

enum data_status persistent_put(struct persistent_table *table, term key, term value)
{
    uint32_t hash = term_hash_internal(table->compare, key);
    struct pair *old = *find_link(table, key, hash);
    term pair[2] = { key, value };
    struct literal_area *area;

    if (old != NULL && term_equal_exact(table->compare, old->pair[1], value))
        return DATA_OK;
    if (!literal_area_copy(table->literals, table->heaps, pair, 2, &area))
        return DATA_NO_MEMORY;
    if (old != NULL) {
        retire(table, old->area);
        memcpy(old->pair, pair, sizeof pair);
        old->area = area;
    } else if (!add_pair(table, pair, area, hash)) {
        literal_area_destroy(table->literals, table->heaps->memory, area);
        return DATA_NO_MEMORY;
    }
    table->words += area_words(area);
    return DATA_OK;
}

bool persistent_remove(struct persistent_table *table, term key)
{
    struct pair **link = find_link(table, key, term_hash_internal(table->compare, key));
    struct pair *pair = *link;

    if (pair == NULL)
        return false;
    *link = pair->next;
    retire(table, pair->area);
    memory_free(table->heaps->memory, MEMORY_LITERAL, pair, sizeof *pair);
    table->count--;
    fit_buckets(table);
    return true;
}

size_t persistent_count(const struct persistent_table *table)
{
    return table->count;
}

size_t persistent_bytes(const struct persistent_table *table)
{
    return table->words * sizeof(term) + table->count * sizeof(struct pair)
        + table->capacity * sizeof *table->buckets;
}

void persistent_each(const struct persistent_table *table,
    bool (*visit)(void *user, term key, term value), void *user)
{
    for (size_t i = 0; i < table->bucket_count; i++)
        for (const struct pair *pair = table->buckets[i]; pair != NULL; pair = pair->next)
            if (!visit(user, pair->pair[0], pair->pair[1]))
                return;
}
