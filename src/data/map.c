/* map.c - flat maps, and the choice between them and tries. A flat map shares its tuple of keys with
** the map that it was made from whenever the keys are the same. */
#include "data/map.h"

#include "data/trie.h"

#define FLAT_WORK (2 * FLAT_MAP_MAX)        /* keys that merging on the C stack has room for */

static const term *flat_keys(const term *map)
{
    return term_boxed(map[1]) + 1;
}

static size_t flat_size(const term *map)
{
    return header_words(map[0]) - 1;
}

/* ---- finding ------------------------------------------------------------------------ */

/* Index of key among count keys, count when it is not there. */
static size_t find_key(const struct compare_context *context, const term *keys, size_t count,
    term key)
{
    size_t i;

    if (term_is_immediate(key)) {
        for (i = 0; i < count; i++) {
            if (keys[i] == key)
                break;
        }
        return i;
    }
    for (i = 0; i < count; i++) {
        if (keys[i] == key)
            return i;
    }
    for (i = 0; i < count; i++) {
        if (term_equal_exact(context, keys[i], key))
            break;
    }
    return i;
}

/* Where key belongs among keys in order. */
static size_t key_position(const struct compare_context *context, const term *keys, size_t count,
    term key)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (term_compare_exact(context, keys[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

term map_get_hashed(const struct compare_context *context, term map, term key, uint32_t hash)
{
    const term *boxed = term_boxed(map), *leaf;

    if (term_is_flat_map(map))
        return map_get(context, map, key);
    leaf = trie_find(context, boxed, key, hash);
    return leaf == NULL ? TERM_NONE : leaf[1];
}

term map_get(const struct compare_context *context, term map, term key)
{
    const term *boxed = term_boxed(map), *leaf;
    size_t i;

    if (term_is_flat_map(map)) {
        i = find_key(context, flat_keys(boxed), flat_size(boxed), key);
        return i < flat_size(boxed) ? boxed[2 + i] : TERM_NONE;
    }
    leaf = trie_find(context, boxed, key, term_hash_internal(context, key));
    return leaf == NULL ? TERM_NONE : leaf[1];
}

/* ---- making flat maps ------------------------------------------------------------------ */

/* A flat map of size keys and values to be filled in; keys is the tuple to share, or TERM_NONE: then
** *new_keys are to be filled in too. NULL without memory; *result is the map. */
static term *make_flat(struct heap *heap, size_t size, term keys, term **new_keys, term *result)
{
    size_t key_words = keys == TERM_NONE ? 1 + size : 0;
    term *to = heap_allocate(heap, key_words + 2 + size), *map;

    if (to == NULL)
        return NULL;
    map = to + key_words;
    if (keys == TERM_NONE) {
        to[0] = header_make(BOXED_TUPLE, size);
        keys = term_make_boxed(to);
        *new_keys = to + 1;
    }
    map[0] = header_make(BOXED_MAP, 1 + size);
    map[1] = keys;
    *result = term_make_boxed(map);
    return map + 2;
}

term map_empty(struct heap *heap)
{
    term *keys, map;

    return make_flat(heap, 0, TERM_NONE, &keys, &map) == NULL ? TERM_NONE : map;
}

enum data_status map_make_flat(const struct compare_context *context, struct heap *heap, term *pairs,
    size_t count, term *result)
{
    term *keys, *values;

    for (size_t i = 1; i < count; i++) {
        term key = pairs[2 * i], value = pairs[2 * i + 1];
        size_t at = i;

        for (; at > 0 && term_compare_exact(context, pairs[2 * at - 2], key) > 0; at--)
            memcpy(pairs + 2 * at, pairs + 2 * at - 2, 2 * sizeof(term));
        pairs[2 * at] = key;
        pairs[2 * at + 1] = value;
    }
    values = make_flat(heap, count, TERM_NONE, &keys, result);
    if (values == NULL)
        return DATA_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        keys[i] = pairs[2 * i];
        values[i] = pairs[2 * i + 1];
    }
    return DATA_OK;
}

/* ---- one key of a flat map ----------------------------------------------------------------- */

static enum data_status flat_replace(struct heap *heap, term map, size_t index, term value,
    term *result)
{
    const term *boxed = term_boxed(map);
    size_t size = flat_size(boxed);
    term *values;

    if (boxed[2 + index] == value) {
        *result = map;
        return DATA_OK;
    }
    values = make_flat(heap, size, boxed[1], NULL, result);
    if (values == NULL)
        return DATA_NO_MEMORY;
    memcpy(values, boxed + 2, size * sizeof(term));
    values[index] = value;
    return DATA_OK;
}

static enum data_status flat_insert(const struct compare_context *context, struct heap *heap,
    term map, term key, term value, term *result)
{
    const term *boxed = term_boxed(map), *keys = flat_keys(boxed);
    size_t size = flat_size(boxed), at = key_position(context, keys, size, key);
    term *new_keys, *values = make_flat(heap, size + 1, TERM_NONE, &new_keys, result);

    if (values == NULL)
        return DATA_NO_MEMORY;
    memcpy(new_keys, keys, at * sizeof(term));
    memcpy(values, boxed + 2, at * sizeof(term));
    new_keys[at] = key;
    values[at] = value;
    memcpy(new_keys + at + 1, keys + at, (size - at) * sizeof(term));
    memcpy(values + at + 1, boxed + 2 + at, (size - at) * sizeof(term));
    return DATA_OK;
}

/* A flat map's pairs, interleaved. */
static void flat_pairs(const term *boxed, term *pairs)
{
    for (size_t i = 0; i < flat_size(boxed); i++) {
        pairs[2 * i] = flat_keys(boxed)[i];
        pairs[2 * i + 1] = boxed[2 + i];
    }
}

/* One key more than a flat map holds. */
static enum data_status flat_to_trie(const struct compare_context *context, struct heap *heap,
    term map, term key, term value, term *result)
{
    term pairs[2 * (FLAT_MAP_MAX + 1)];
    size_t count = flat_size(term_boxed(map));

    flat_pairs(term_boxed(map), pairs);
    pairs[2 * count] = key;
    pairs[2 * count + 1] = value;
    return trie_build(context, heap, pairs, count + 1, result);
}

static enum data_status put_one(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, bool must_exist, term *result)
{
    const term *boxed = term_boxed(map);
    size_t size, index;

    if (!term_is_flat_map(map))
        return trie_put(context, heap, map, key, value, must_exist, result);
    size = flat_size(boxed);
    index = find_key(context, flat_keys(boxed), size, key);
    if (index < size)
        return flat_replace(heap, map, index, value, result);
    if (must_exist)
        return DATA_BAD_KEY;
    if (size == FLAT_MAP_MAX)
        return flat_to_trie(context, heap, map, key, value, result);
    return flat_insert(context, heap, map, key, value, result);
}

enum data_status map_put(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, term *result)
{
    return put_one(context, heap, map, key, value, false, result);
}

enum data_status map_update(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, term *result)
{
    return put_one(context, heap, map, key, value, true, result);
}

/* ---- removing ---------------------------------------------------------------------------------- */

static enum data_status flat_remove(struct heap *heap, term map, size_t index, term *result)
{
    const term *boxed = term_boxed(map), *keys = flat_keys(boxed);
    size_t size = flat_size(boxed) - 1;
    term *new_keys, *values = make_flat(heap, size, TERM_NONE, &new_keys, result);

    if (values == NULL)
        return DATA_NO_MEMORY;
    memcpy(new_keys, keys, index * sizeof(term));
    memcpy(values, boxed + 2, index * sizeof(term));
    memcpy(new_keys + index, keys + index + 1, (size - index) * sizeof(term));
    memcpy(values + index, boxed + 2 + index + 1, (size - index) * sizeof(term));
    return DATA_OK;
}

/* A trie of FLAT_MAP_MAX + 1 keys becomes flat without one of them. */
static enum data_status trie_to_flat(const struct compare_context *context, struct heap *heap,
    term map, term removed, term *result)
{
    term pairs[2 * FLAT_MAP_MAX];
    struct map_iterator iterator;
    size_t count = 0;
    term key, value;

    map_iterator_init(&iterator, map);
    while (count < FLAT_MAP_MAX && map_iterator_next(&iterator, &key, &value)) {
        if (term_equal_exact(context, key, removed))
            continue;
        pairs[2 * count] = key;
        pairs[2 * count + 1] = value;
        count++;
    }
    return map_make_flat(context, heap, pairs, count, result);
}

enum data_status map_remove(const struct compare_context *context, struct heap *heap, term map,
    term key, term *result, term *found)
{
    const term *boxed = term_boxed(map);
    term value = map_get(context, map, key);
    enum data_status status = DATA_OK;

    if (value == TERM_NONE)
        *result = map;
    else if (term_is_flat_map(map))
        status = flat_remove(heap, map, find_key(context, flat_keys(boxed), flat_size(boxed), key),
            result);
    else if (term_map_size(map) == FLAT_MAP_MAX + 1)
        status = trie_to_flat(context, heap, map, key, result);
    else
        status = trie_remove(context, heap, map, key, result);
    if (status == DATA_OK && found != NULL)
        *found = value;
    return status;
}

/* ---- many keys ------------------------------------------------------------------------------------ */

/* Keys in order with their values, on the C stack. */
struct work {
    term keys[FLAT_WORK], values[FLAT_WORK];
    size_t count;
    bool new_keys;
};

static void work_put(const struct compare_context *context, struct work *work, term key, term value)
{
    size_t at = find_key(context, work->keys, work->count, key);

    if (at == work->count) {
        at = key_position(context, work->keys, work->count, key);
        memmove(work->keys + at + 1, work->keys + at, (work->count - at) * sizeof(term));
        memmove(work->values + at + 1, work->values + at, (work->count - at) * sizeof(term));
        work->count++;
        work->new_keys = true;
        work->keys[at] = key;
    }
    work->values[at] = value;
}

/* What work holds as a map; first is the flat map that it began with. */
static enum data_status work_finish(const struct compare_context *context, struct heap *heap,
    const struct work *work, term first, term *result)
{
    term *keys = NULL, *values;

    if (work->count > FLAT_MAP_MAX) {
        term pairs[2 * FLAT_WORK];

        for (size_t i = 0; i < work->count; i++) {
            pairs[2 * i] = work->keys[i];
            pairs[2 * i + 1] = work->values[i];
        }
        return trie_build(context, heap, pairs, work->count, result);
    }
    values = make_flat(heap, work->count, work->new_keys ? TERM_NONE : term_boxed(first)[1], &keys,
        result);
    if (values == NULL)
        return DATA_NO_MEMORY;
    if (keys != NULL)
        memcpy(keys, work->keys, work->count * sizeof(term));
    memcpy(values, work->values, work->count * sizeof(term));
    return DATA_OK;
}

static enum data_status flat_put_pairs(const struct compare_context *context, struct heap *heap,
    term map, const term *pairs, size_t count, term *result)
{
    const term *boxed = term_boxed(map);
    struct work work;

    work.count = flat_size(boxed);
    work.new_keys = false;
    memcpy(work.keys, flat_keys(boxed), work.count * sizeof(term));
    memcpy(work.values, boxed + 2, work.count * sizeof(term));
    for (size_t i = 0; i < count; i++)
        work_put(context, &work, pairs[2 * i], pairs[2 * i + 1]);
    return work_finish(context, heap, &work, map, result);
}

/* All pairs of map into pairs. */
static void gather(term map, term *pairs)
{
    struct map_iterator iterator;

    map_iterator_init(&iterator, map);
    while (map_iterator_next(&iterator, &pairs[0], &pairs[1]))
        pairs += 2;
}

/* A new map of map's pairs and those after them: more, or all of second when that is a map. */
static enum data_status rebuild(const struct compare_context *context, struct heap *heap, term map,
    const term *more, term second, size_t count, term *result)
{
    size_t first = term_map_size(map), size;
    enum data_status status;
    term *pairs;

    if (!size_multiply(first + count, 2 * sizeof(term), &size))
        return DATA_NO_MEMORY;
    pairs = memory_allocate(context->memory, MEMORY_OTHER, size);
    if (pairs == NULL)
        return DATA_NO_MEMORY;
    gather(map, pairs);
    if (more != NULL)
        memcpy(pairs + 2 * first, more, 2 * count * sizeof(term));
    else
        gather(second, pairs + 2 * first);
    status = trie_build(context, heap, pairs, first + count, result);
    memory_free(context->memory, MEMORY_OTHER, pairs, size);
    return status;
}

static bool all_exist(const struct compare_context *context, term map, const term *pairs,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (map_get(context, map, pairs[2 * i]) == TERM_NONE)
            return false;
    }
    return true;
}

enum data_status map_put_pairs(const struct compare_context *context, struct heap *heap, term map,
    const term *pairs, size_t count, bool must_exist, term *result)
{
    size_t size = term_map_size(map);
    enum data_status status = DATA_OK;
    term now = map;

    if (count == 1)
        return put_one(context, heap, map, pairs[0], pairs[1], must_exist, result);
    if (must_exist && !all_exist(context, map, pairs, count))
        return DATA_BAD_KEY;
    if (term_is_flat_map(map) && size + count <= FLAT_WORK)
        return flat_put_pairs(context, heap, map, pairs, count, result);
    if (size == 0)
        return trie_build(context, heap, pairs, count, result);
    if (term_is_flat_map(map) || count > size / 4)
        return rebuild(context, heap, map, pairs, TERM_NONE, count, result);
    for (size_t i = 0; i < count && status == DATA_OK; i++)
        status = trie_put(context, heap, now, pairs[2 * i], pairs[2 * i + 1], false, &now);
    if (status == DATA_OK)
        *result = now;
    return status;
}

/* Puts each pair of few into many; those already there stay when keep. */
static enum data_status put_each(const struct compare_context *context, struct heap *heap, term many,
    term few, bool keep, term *result)
{
    struct map_iterator iterator;
    enum data_status status = DATA_OK;
    term key, value;

    map_iterator_init(&iterator, few);
    while (status == DATA_OK && map_iterator_next(&iterator, &key, &value)) {
        if (!keep || map_get(context, many, key) == TERM_NONE)
            status = map_put(context, heap, many, key, value, &many);
    }
    if (status == DATA_OK)
        *result = many;
    return status;
}

enum data_status map_merge(const struct compare_context *context, struct heap *heap, term first,
    term second, term *result)
{
    size_t first_size = term_map_size(first), second_size = term_map_size(second);
    term pairs[2 * FLAT_MAP_MAX];

    if (first_size == 0 || second_size == 0 || first == second) {
        *result = second_size == 0 ? first : second;
        return DATA_OK;
    }
    if (term_is_flat_map(first) && term_is_flat_map(second)) {
        flat_pairs(term_boxed(second), pairs);
        return flat_put_pairs(context, heap, first, pairs, second_size, result);
    }
    if (second_size <= first_size / 4)
        return put_each(context, heap, first, second, false, result);
    if (first_size <= second_size / 4)
        return put_each(context, heap, second, first, true, result);
    return rebuild(context, heap, first, NULL, second, second_size, result);
}

/* ---- the iterator ------------------------------------------------------------------------------------ */

void map_iterator_init(struct map_iterator *iterator, term map)
{
    iterator->map = map;
    iterator->index = 0;
    iterator->depth = 0;
    if (!term_is_flat_map(map)) {
        iterator->path[0].node = map;
        iterator->path[0].next = 0;
        iterator->depth = 1;
    }
}

bool map_iterator_next(struct map_iterator *iterator, term *key, term *value)
{
    const term *boxed = term_boxed(iterator->map);

    if (iterator->depth == 0) {
        if (!term_is_flat_map(iterator->map) || iterator->index >= flat_size(boxed))
            return false;
        *key = flat_keys(boxed)[iterator->index];
        *value = boxed[2 + iterator->index++];
        return true;
    }
    while (iterator->depth > 0) {
        const term *node = term_boxed(iterator->path[iterator->depth - 1].node);
        uint32_t next = iterator->path[iterator->depth - 1].next++;
        term child;

        if (next >= trie_child_count(node)) {
            iterator->depth--;
            continue;
        }
        child = node[trie_fixed_words(node) + next];
        if (term_is_cons(child)) {
            *key = term_head(child);
            *value = term_tail(child);
            return true;
        }
        iterator->path[iterator->depth].node = child;
        iterator->path[iterator->depth++].next = 0;
    }
    return false;
}
