/* hash.c - linear hashing: buckets come and go one at a time, so that no insert ever moves more than
** one chain.
**
** Bucket i of active ones holds the hashes whose low bits are i, with as many bits as the next power of
** two asks for, or one fewer where that bucket is not there yet. Buckets lie in segments of
** SEGMENT_BUCKETS; the first segment is always there.
** Always: objects of one key are neighbours in their chain; a fixed table keeps its buckets. */
#include "ets/internal.h"

#define SEGMENT_BUCKETS ((size_t) 64)
#define SEGMENT_BYTES (SEGMENT_BUCKETS * sizeof(struct ets_object *))
#define STEPS 4                         /* buckets that one change may add or take away */

uint32_t ets_hash_of(const struct ets_table *table, term key)
{
    return term_hash_internal(table->room->compare, key);
}

/* The mask of the power of two that is not below active. */
static size_t mask_of(size_t active)
{
    size_t mask = SEGMENT_BUCKETS - 1;

    if (active > SEGMENT_BUCKETS) {
        mask = active - 1;
        mask |= mask >> 1;
        mask |= mask >> 2;
        mask |= mask >> 4;
        mask |= mask >> 8;
        mask |= mask >> 16;
#if SIZE_MAX > 0xffffffff
        mask |= mask >> 32;
#endif
    }
    return mask;
}

size_t ets_hash_bucket_index(const struct ets_hash *hash, uintptr_t value)
{
    size_t mask = mask_of(hash->active), index = value & mask;

    return index < hash->active ? index : index & (mask >> 1);
}

struct ets_object **ets_hash_bucket_at(const struct ets_hash *hash, size_t index)
{
    return &hash->segments[index / SEGMENT_BUCKETS][index % SEGMENT_BUCKETS];
}

struct ets_object **ets_hash_bucket(const struct ets_hash *hash, uintptr_t value)
{
    return ets_hash_bucket_at(hash, ets_hash_bucket_index(hash, value));
}

bool ets_hash_same_key(const struct ets_table *table, const struct ets_object *a,
    const struct ets_object *b)
{
    return a->hash == b->hash
        && term_equal_exact(table->room->compare, ets_object_key(table, a), ets_object_key(table, b));
}

struct ets_object **ets_hash_find(const struct ets_table *table, term key, uintptr_t value)
{
    struct ets_object **link = ets_hash_bucket(&table->hash, value), *at;

    while ((at = *link) != NULL
        && (at->hash != value
            || !term_equal_exact(table->room->compare, ets_object_key(table, at), key)))
        link = &at->next;
    return link;
}

/* ---- segments -------------------------------------------------------------------------- */

static bool add_segment(struct ets_table *table)
{
    struct ets_hash *hash = &table->hash;
    struct ets_object **segment;

    if (!vector_reserve(table_memory(table), MEMORY_ETS, (void **) (void *) &hash->segments,
            &hash->segment_capacity, hash->segment_count, 1, sizeof *hash->segments))
        return false;
    segment = memory_allocate_zeroed(table_memory(table), MEMORY_ETS, SEGMENT_BYTES);
    if (segment == NULL)
        return false;
    hash->segments[hash->segment_count++] = segment;
    return true;
}

static void drop_segment(struct ets_table *table)
{
    struct ets_hash *hash = &table->hash;
    size_t half = hash->segment_capacity / 2;
    void *smaller;

    memory_free(table_memory(table), MEMORY_ETS, hash->segments[--hash->segment_count], SEGMENT_BYTES);
    if (half < 8 || hash->segment_count > half / 2)
        return;
    smaller = memory_resize(table_memory(table), MEMORY_ETS, hash->segments,
        hash->segment_capacity * sizeof *hash->segments, half * sizeof *hash->segments);
    if (smaller != NULL) {
        hash->segments = smaller;
        hash->segment_capacity = half;
    }
}

bool ets_hash_init(struct ets_table *table)
{
    if (!add_segment(table)) {
        ets_hash_deinit(table);
        return false;
    }
    table->hash.active = SEGMENT_BUCKETS;
    return true;
}

void ets_hash_deinit(struct ets_table *table)
{
    struct ets_hash *hash = &table->hash;

    while (hash->segment_count > 0)
        memory_free(table_memory(table), MEMORY_ETS, hash->segments[--hash->segment_count],
            SEGMENT_BYTES);
    memory_free(table_memory(table), MEMORY_ETS, hash->segments,
        hash->segment_capacity * sizeof *hash->segments);
    memset(hash, 0, sizeof *hash);
}

/* ---- growing and shrinking ----------------------------------------------------------------- */

/* The new last bucket takes from the one it is split off what has its index; the order of a chain
** stays as it was, and with it that of equal keys. */
static bool split_bucket(struct ets_table *table)
{
    struct ets_hash *hash = &table->hash;
    size_t new_index = hash->active, old_index;
    struct ets_object **from, **to;

    if (new_index % SEGMENT_BUCKETS == 0 && new_index / SEGMENT_BUCKETS == hash->segment_count
        && !add_segment(table))
        return false;
    old_index = new_index & (mask_of(new_index + 1) >> 1);
    hash->active++;
    from = ets_hash_bucket_at(hash, old_index);
    to = ets_hash_bucket_at(hash, new_index);
    while (*from != NULL) {
        struct ets_object *object = *from;

        if (ets_hash_bucket_index(hash, object->hash) == old_index) {
            from = &object->next;
            continue;
        }
        *from = object->next;
        object->next = NULL;
        *to = object;
        to = &object->next;
    }
    return true;
}

static void merge_bucket(struct ets_table *table)
{
    struct ets_hash *hash = &table->hash;
    size_t last = hash->active - 1, into = last & (mask_of(hash->active) >> 1);
    struct ets_object **to = ets_hash_bucket_at(hash, into);

    while (*to != NULL)
        to = &(*to)->next;
    *to = *ets_hash_bucket_at(hash, last);
    *ets_hash_bucket_at(hash, last) = NULL;
    hash->active--;
    if (hash->active % SEGMENT_BUCKETS == 0)
        drop_segment(table);
}

void ets_hash_grow(struct ets_table *table)
{
    unsigned steps = STEPS;

    while (steps-- > 0 && table->count > table->hash.active && table->fixes == NULL) {
        if (!split_bucket(table))
            return;
    }
}

void ets_hash_shrink(struct ets_table *table)
{
    unsigned steps = STEPS;

    while (steps-- > 0 && table->hash.active > SEGMENT_BUCKETS
        && table->count < table->hash.active / 2 && table->fixes == NULL)
        merge_bucket(table);
}
