/* compare.h - the total order of terms, equality, hashing. Iterative: no depth limit.
** Order: number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring.
** Without memory for a deep walk a comparison falls back to bounded space (a second, slower walk)
** rather than fail: these functions never fail. */
#ifndef AVM_DATA_COMPARE_H
#define AVM_DATA_COMPARE_H

#include "atom/atom.h"
#include "heap/heap.h"

struct compare_context {
    struct memory *memory;
    const struct atom_table *atoms;
};

/* <0, 0, >0 as == orders (1 == 1.0); term_compare_exact: as =:= with integers before floats at
** equal value (map keys, erts_internal:cmp_term/2). */
int term_compare(const struct compare_context *context, term a, term b);
int term_compare_exact(const struct compare_context *context, term a, term b);
bool term_equal(const struct compare_context *context, term a, term b);        /* == */
bool term_equal_exact_slow(const struct compare_context *context, term a, term b);
static inline bool term_equal_exact(const struct compare_context *context, term a, term b)  /* =:= */
{
    if (a == b)
        return true;
    if (term_is_immediate(a) || term_is_immediate(b) || ((a ^ b) & 3) != 0)
        return false;
    return term_equal_exact_slow(context, a, b);
}

/* phash2's hash (of which erlang:phash2/1 gives 27 bits), phash/2's, and the hash of map keys
** (internal, any value). */
bool term_hash_phash2(const struct compare_context *context, term t, uint32_t *hash);
bool term_hash_phash(const struct compare_context *context, term t, uint32_t *hash);
uint32_t term_hash_internal(const struct compare_context *context, term t);

#endif
