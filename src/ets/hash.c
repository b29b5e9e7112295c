/* hash.c - linear hashing: buckets come and go one at a time, so that no insert ever moves more than
** one chain.
**
** Bucket i of active ones holds the hashes whose low bits are i, with as many bits as the next power of
** two asks for, or one fewer where that bucket is not there yet. Buckets lie in segments
** that grow with the table, so that little is there in vain and the directory of a large table stays in
** the nearest cache: of each power of two there are 16, of FIRST_BUCKETS to 1 << LAST_SHIFT buckets. The
** first segment is always there.
** Always: objects of one key are neighbours in their chain; a fixed table keeps its buckets. */
#include "ets/internal.h"

#define FIRST_SHIFT 6u
#define LAST_SHIFT 14u
#define FIRST_BUCKETS ((size_t) 1 << FIRST_SHIFT)
#define STEPS 4                         /* buckets that one change may add or take away */

uint32_t ets_hash_of(const struct ets_table *table, term key)
{
    return term_hash_internal(table->room->compare, key);
}

/* Where a bucket lies: which segment of how many buckets (as a shift), and which of them. */
struct place {
    size_t segment, within;
    unsigned shift;
};

static inline struct place place_of(size_t index)
{
    struct place p = { 0, 0, FIRST_SHIFT };

    if (index >> (FIRST_SHIFT + 4) != 0) {
        p.shift = 59 - bits_count_leading_zeros64(index);
        if (p.shift > LAST_SHIFT)
            p.shift = LAST_SHIFT;
    }
    p.segment = 16 * (p.shift - FIRST_SHIFT) + (index >> p.shift);
    p.within = index & (((size_t) 1 << p.shift) - 1);
    return p;
}

/* The shift of segment number. */
static unsigned shift_of_segment(size_t number)
{
    return number < 32 ? FIRST_SHIFT
        : number / 16 > LAST_SHIFT - FIRST_SHIFT ? LAST_SHIFT
        : FIRST_SHIFT - 1 + (unsigned) (number / 16);
}

/* Active becomes one more or one less. */
static void set_active(struct ets_hash *hash, size_t active)
{
    hash->active = active;
    if (active > hash->mask + 1)
        hash->mask = 2 * hash->mask + 1;
    else if (active <= hash->mask / 2 + 1)
        hash->mask /= 2;
}

size_t ets_hash_bucket_index(const struct ets_hash *hash, uint32_t value)
{
    size_t index = value & hash->mask;

    return index < hash->active ? index : index & (hash->mask >> 1);
}

struct ets_object **ets_hash_bucket_at(const struct ets_hash *hash, size_t index)
{
    struct place p = place_of(index);

    return &hash->segments[p.segment][p.within];
}

struct ets_object **ets_hash_piece(const struct ets_hash *hash, size_t index, size_t *count)
{
    struct place p = place_of(index);

    *count = ((size_t) 1 << p.shift) - p.within;
    if (*count > hash->active - index)
        *count = hash->active - index;
    return &hash->segments[p.segment][p.within];
}

struct ets_object **ets_hash_bucket(const struct ets_hash *hash, uint32_t value)
{
    return ets_hash_bucket_at(hash, ets_hash_bucket_index(hash, value));
}

bool ets_hash_same_key(const struct ets_table *table, const struct ets_object *a,
    const struct ets_object *b)
{
    return a->hash == b->hash
        && term_equal_exact(table->room->compare, ets_object_key(table, a), ets_object_key(table, b));
}

struct ets_object **ets_hash_find(const struct ets_table *table, term key, uint32_t value)
{
    struct ets_object **link = ets_hash_bucket(&table->hash, value), *at;

    while ((at = *link) != NULL
        && (at->hash != value
            || !term_equal_exact(table->room->compare, ets_object_key(table, at), key)))
        link = &at->next;
    return link;
}

/* ---- segments -------------------------------------------------------------------------- */

static size_t segment_bytes(unsigned shift)
{
    return sizeof(struct ets_object *) << shift;
}

static bool add_segment(struct ets_table *table, unsigned shift)
{
    struct ets_hash *hash = &table->hash;
    struct ets_object **segment;

    if (!vector_reserve(table_memory(table), MEMORY_ETS, (void **) (void *) &hash->segments,
            &hash->segment_capacity, hash->segment_count, 1, sizeof *hash->segments))
        return false;
    segment = memory_allocate_zeroed(table_memory(table), MEMORY_ETS, segment_bytes(shift));
    if (segment == NULL)
        return false;
    hash->segments[hash->segment_count++] = segment;
    hash->bytes += segment_bytes(shift);
    return true;
}

static void drop_segment(struct ets_table *table, unsigned shift)
{
    struct ets_hash *hash = &table->hash;
    size_t half = hash->segment_capacity / 2;
    void *smaller;

    memory_free(table_memory(table), MEMORY_ETS, hash->segments[--hash->segment_count],
        segment_bytes(shift));
    hash->bytes -= segment_bytes(shift);
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
    if (!add_segment(table, FIRST_SHIFT)) {
        ets_hash_deinit(table);
        return false;
    }
    table->hash.active = FIRST_BUCKETS;
    table->hash.mask = FIRST_BUCKETS - 1;
    return true;
}

void ets_hash_deinit(struct ets_table *table)
{
    struct ets_hash *hash = &table->hash;

    while (hash->segment_count > 0) {
        size_t last = --hash->segment_count;

        memory_free(table_memory(table), MEMORY_ETS, hash->segments[last],
            segment_bytes(shift_of_segment(last)));
    }
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
    struct place place = place_of(new_index);
    struct ets_object **from, **to;

    if (place.segment == hash->segment_count && !add_segment(table, place.shift))
        return false;
    set_active(hash, new_index + 1);
    old_index = new_index & (hash->mask >> 1);
    from = ets_hash_bucket_at(hash, old_index);
    to = &hash->segments[place.segment][place.within];
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
    size_t last = hash->active - 1;
    struct place place = place_of(last);
    struct ets_object **to = ets_hash_bucket_at(hash, last & (hash->mask >> 1));
    struct ets_object **from = &hash->segments[place.segment][place.within];

    while (*to != NULL)
        to = &(*to)->next;
    *to = *from;
    *from = NULL;
    set_active(hash, last);
    if (place.within == 0)
        drop_segment(table, place.shift);
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

    while (steps-- > 0 && table->hash.active > FIRST_BUCKETS
        && table->count < table->hash.active / 2 && table->fixes == NULL)
        merge_bucket(table);
}
