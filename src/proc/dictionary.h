/* dictionary.h - the process dictionary: key and value pairs, found by hash.
**
** Pairs lie densely, so that all are one range of roots; beyond a few, an index of positions by hash
** goes with them. One allocation (MEMORY_DICTIONARY), none when empty. */
#ifndef AVM_PROC_DICTIONARY_H
#define AVM_PROC_DICTIONARY_H

#include "data/compare.h"
#include "data/status.h"

struct dictionary {
    uint32_t count, capacity;       /* pairs; capacity is a power of two */
    term pairs[];                   /* key, value; then capacity hashes and 2 * capacity positions */
};

/* All take the owner's pointer, which is NULL while there are no pairs. value TERM_NONE: no such key. */
term dictionary_get(const struct dictionary *dictionary, const struct compare_context *context,
    term key);
/* *old: what key had, TERM_NONE: nothing. DATA_NO_MEMORY changes nothing. */
enum data_status dictionary_put(struct dictionary **dictionary, const struct compare_context *context,
    term key, term value, term *old);
term dictionary_erase(struct dictionary **dictionary, const struct compare_context *context, term key);
void dictionary_clear(struct dictionary **dictionary, struct memory *memory);

#endif
