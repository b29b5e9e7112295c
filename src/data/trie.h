/* trie.h - maps above FLAT_MAP_MAX keys: what map.c asks of trie.c.
**
** A trie of 16-way nodes over the 32 bits of term_hash_internal, low bits first. A child is a leaf (a
** cons cell of key and value) or a node. Below eight levels lie collision nodes, their leaves in the
** exact order of their keys.
** Always: a leaf lies as near to the root as its hash differs from all others, so that the shape
** depends on the keys alone, and equality may compare node by node. */
#ifndef AVM_DATA_TRIE_H
#define AVM_DATA_TRIE_H

#include "data/map.h"

#define TRIE_LEVELS 8
#define TRIE_STEP 4                         /* bits of the hash a level */

static inline size_t trie_fixed_words(const term *node)     /* before the children, header included */
{
    return (term_small(node[1]) & MAP_ROOT) != 0 ? 3 : 2;
}

static inline size_t trie_child_count(const term *node)
{
    return header_words(node[0]) + 1 - trie_fixed_words(node);
}

/* The leaf of key, NULL when there is none. */
const term *trie_find(const struct compare_context *context, const term *root, term key,
    uint32_t hash);
enum data_status trie_put(const struct compare_context *context, struct heap *heap, term map,
    term key, term value, bool must_exist, term *result);
/* Without key; it is there, and at least FLAT_MAP_MAX + 1 keys remain. */
enum data_status trie_remove(const struct compare_context *context, struct heap *heap, term map,
    term key, term *result);

/* A map of count pairs (key, value, key, value...); of equal keys the last wins. Flat when few are
** different. */
enum data_status trie_build(const struct compare_context *context, struct heap *heap,
    const term *pairs, size_t count, term *result);

/* The flat map of count <= FLAT_MAP_MAX different pairs; puts pairs into key order. */
enum data_status map_make_flat(const struct compare_context *context, struct heap *heap, term *pairs,
    size_t count, term *result);

#endif
