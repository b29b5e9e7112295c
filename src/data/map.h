/* map.h - flat maps (to FLAT_MAP_MAX keys, keys sorted in term order) and hash tries above.
** Always: a map of at most FLAT_MAP_MAX keys is flat, a larger one is a trie; the order of a flat
** map's keys is OTP 25's (term_compare_exact). Old maps are never changed. */
#ifndef AVM_DATA_MAP_H
#define AVM_DATA_MAP_H

#include "data/compare.h"
#include "data/status.h"

/* The value under key, TERM_NONE when it is not there. */
term map_get(const struct compare_context *context, term map, term key);
/* As map_get with the hash known (term_hash_internal). */
term map_get_hashed(const struct compare_context *context, term map, term key, uint32_t hash);
enum data_status map_put(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, term *result);
/* DATA_BAD_KEY when key is not there. */
enum data_status map_update(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, term *result);
/* found may be NULL; *found is the removed value or TERM_NONE (result is map then). */
enum data_status map_remove(const struct compare_context *context, struct heap *heap, term map,
    term key, term *result, term *found);
/* pairs: key, value, key, value... count pairs; later ones win. Used by put_map_assoc, from_list. */
enum data_status map_put_pairs(const struct compare_context *context, struct heap *heap, term map,
    const term *pairs, size_t count, bool must_exist, term *result);
enum data_status map_merge(const struct compare_context *context, struct heap *heap, term first,
    term second, term *result);
term map_empty(struct heap *heap);                          /* TERM_NONE without memory */

/* Walks a map in its iteration order (for flat maps: key order). No allocation. */
struct map_iterator {
    term map;
    uint32_t depth;
    uint32_t index;                 /* flat: next key */
    struct { term node; uint32_t next; } path[10];
};
void map_iterator_init(struct map_iterator *iterator, term map);
bool map_iterator_next(struct map_iterator *iterator, term *key, term *value);

#endif
