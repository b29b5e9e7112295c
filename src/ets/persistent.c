/* persistent.c - owns the pairs of persistent terms, in a hash table whose buckets come and go one at a
** time: with each new pair the next bucket takes what is its own from the one that it is split off.
** Always: bucket i of count holds the hashes whose low bits are i, with as many bits as the next
** power of two asks for, or one fewer where that bucket is not there; the table's size follows from the
** count of pairs (where there was memory to grow), so that a storm leaves nothing behind.
**
** With several schedulers writers hold the lock of the VM, readers nothing: a pair that moves to another
** bucket meanwhile may be missed, one that was found is as old as the read. */
#include "ets/persistent.h"

struct pair {
#if AVM_SMP
    struct reclaimed gone;
#endif
    AVM_ATOMIC(struct pair *) next;
    uint32_t hash;
    AVM_ATOMIC(term) pair[2];           /* key, value: immediate, or in area */
    struct literal_area *area;          /* NULL: both are immediate */
};

struct pair_buckets {
#if AVM_SMP
    struct reclaimed gone;
#endif
    size_t capacity;                    /* a power of two */
    AVM_ATOMIC(size_t) count;
    AVM_ATOMIC(struct pair *) first[];
};

struct persistent_table {
    struct heap_shared *heaps;
    struct literal_ranges *literals;
    const struct compare_context *compare;
    struct reclaim *reclaim;
    AVM_ATOMIC(struct pair_buckets *) buckets;
    size_t count;
    size_t words;
};

#define FIRST_BUCKETS 16

static size_t bytes_of(size_t capacity)
{
    return sizeof(struct pair_buckets) + capacity * sizeof(struct pair *);
}

/* Nobody finds the block any more. */
#if AVM_SMP
#define release(table, what, size)                                                                \
    reclaim_free((table)->reclaim, &(what)->gone, MEMORY_LITERAL, what, size)
#else
#define release(table, what, size) memory_free((table)->heaps->memory, MEMORY_LITERAL, what, size)
#endif

struct persistent_table *persistent_table_create(struct heap_shared *heaps,
    struct literal_ranges *literals, const struct compare_context *compare, struct reclaim *reclaim)
{
    struct memory *memory = heaps->memory;
    struct persistent_table *table = memory_allocate_zeroed(memory, MEMORY_LITERAL, sizeof *table);

    if (table == NULL)
        return NULL;
    table->heaps = heaps;
    table->literals = literals;
    table->compare = compare;
    table->reclaim = reclaim;
    table->buckets = memory_allocate_zeroed(memory, MEMORY_LITERAL, bytes_of(FIRST_BUCKETS));
    if (table->buckets == NULL) {
        memory_free(memory, MEMORY_LITERAL, table, sizeof *table);
        return NULL;
    }
    table->buckets->capacity = table->buckets->count = FIRST_BUCKETS;
    return table;
}

void persistent_table_destroy(struct persistent_table *table)
{
    struct memory *memory;

    if (table == NULL)
        return;
    memory = table->heaps->memory;
    for (size_t i = 0; i < table->buckets->count; i++) {
        while (table->buckets->first[i] != NULL) {
            struct pair *pair = table->buckets->first[i];

            table->buckets->first[i] = pair->next;
            literal_area_destroy(table->literals, memory, pair->area);
            memory_free(memory, MEMORY_LITERAL, pair, sizeof *pair);
        }
    }
    memory_free(memory, MEMORY_LITERAL, table->buckets, bytes_of(table->buckets->capacity));
    memory_free(memory, MEMORY_LITERAL, table, sizeof *table);
}

/* ---- buckets --------------------------------------------------------------------------- */

static AVM_ATOMIC(struct pair *) *bucket_of(struct pair_buckets *buckets, uint32_t hash)
{
    size_t index = hash & (buckets->capacity - 1);

    if (index >= atomic_get(&buckets->count))
        index &= buckets->capacity / 2 - 1;
    return &buckets->first[index];
}

/* The link that points to the pair of key, or to the end of its chain. */
static AVM_ATOMIC(struct pair *) *find_link(const struct persistent_table *table, term key, uint32_t hash)
{
    AVM_ATOMIC(struct pair *) *link = bucket_of(atomic_get(&table->buckets), hash);
    struct pair *pair;

    while ((pair = atomic_get(link)) != NULL
        && (pair->hash != hash || !term_equal_exact(table->compare, atomic_get(&pair->pair[0]), key)))
        link = &pair->next;
    return link;
}

static bool resize_buckets(struct persistent_table *table, size_t capacity)
{
    struct pair_buckets *old = table->buckets;
    struct pair_buckets *buckets
        = memory_allocate_zeroed(table->heaps->memory, MEMORY_LITERAL, bytes_of(capacity));

    if (buckets == NULL)
        return false;
    buckets->capacity = capacity;
    buckets->count = old->count;
    memcpy(buckets->first, old->first, old->count * sizeof *old->first);
    atomic_put(&table->buckets, buckets);
    release(table, old, bytes_of(old->capacity));
    return true;
}

/* Without memory for one more bucket the chains grow longer. */
static void split_bucket(struct persistent_table *table)
{
    struct pair_buckets *buckets = table->buckets;
    size_t last = buckets->count;
    AVM_ATOMIC(struct pair *) *link;
    AVM_ATOMIC(struct pair *) *to;

    if (last == buckets->capacity) {
        if (!resize_buckets(table, 2 * last))
            return;
        buckets = table->buckets;
    }
    atomic_put(&buckets->count, last + 1);
    link = &buckets->first[last & (buckets->capacity / 2 - 1)];
    to = &buckets->first[last];
    while (*link != NULL) {
        struct pair *pair = *link;

        if (bucket_of(buckets, pair->hash) != to) {
            link = &pair->next;
            continue;
        }
        atomic_put(link, pair->next);
        atomic_put(&pair->next, *to);
        atomic_put(to, pair);
    }
}

/* Without memory for a smaller block they stay as many. */
static void merge_bucket(struct persistent_table *table)
{
    struct pair_buckets *buckets = table->buckets;
    size_t last = buckets->count - 1;
    AVM_ATOMIC(struct pair *) *link;

    if (buckets->count == buckets->capacity / 2) {
        if (!resize_buckets(table, buckets->count))
            return;
        buckets = table->buckets;
    }
    link = &buckets->first[last & (buckets->capacity / 2 - 1)];
    while (*link != NULL)
        link = &(*link)->next;
    atomic_put(link, buckets->first[last]);
    atomic_put(&buckets->count, last);
    atomic_put(&buckets->first[last], (struct pair *) NULL);
    if (last == buckets->capacity / 2)
        (void) resize_buckets(table, last);
}

static void fit_buckets(struct persistent_table *table)
{
    size_t count = table->buckets->count;

    if (table->count > count)
        split_bucket(table);
    else if (table->count < count && count > FIRST_BUCKETS)
        merge_bucket(table);
}

/* ---- pairs ------------------------------------------------------------------------------ */

static size_t area_words(const struct literal_area *area)
{
    return area == NULL ? 0 : (size_t) (area->end - area->start);
}

term persistent_find(const struct persistent_table *table, term key)
{
    struct pair *pair = atomic_get(find_link(table, key, term_hash_internal(table->compare, key)));

    return pair != NULL ? atomic_get(&pair->pair[1]) : TERM_NONE;
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
    AVM_ATOMIC(struct pair *) *bucket = bucket_of(table->buckets, hash);

    if (new == NULL)
        return false;
    new->next = *bucket;
    new->hash = hash;
    memcpy(new->pair, pair, sizeof new->pair);
    new->area = area;
    atomic_put(bucket, new);
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
        atomic_put(&old->pair[0], pair[0]);
        atomic_put(&old->pair[1], pair[1]);
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
    AVM_ATOMIC(struct pair *) *link = find_link(table, key, term_hash_internal(table->compare, key));
    struct pair *pair = *link;

    if (pair == NULL)
        return false;
    atomic_put(link, pair->next);
    retire(table, pair->area);
    release(table, pair, sizeof *pair);
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
        + table->buckets->capacity * sizeof(struct pair *);
}

void persistent_each(const struct persistent_table *table,
    bool (*visit)(void *user, term key, term value), void *user)
{
    for (size_t i = 0; i < table->buckets->count; i++)
        for (const struct pair *pair = table->buckets->first[i]; pair != NULL; pair = pair->next)
            if (!visit(user, pair->pair[0], pair->pair[1]))
                return;
}
