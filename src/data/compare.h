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
/* The same in slices: terms do not move meanwhile. */
struct term_hash {
    const struct compare_context *context;
    struct word_stack stack;
    uint32_t hash;              /* the whole 32 bits, once it is done */
    uint32_t pairs;             /* of the map being hashed, any order */
    bool failed;                /* no memory */
    bool is_old;                /* phash */
    bool in_bits;               /* a bitstring is under way: */
    const uint8_t *base;
    size_t offset, bits, left;  /* left: whole bytes */
    uint32_t mix[3];
};
void term_hash_init(struct term_hash *hash, const struct compare_context *context, term t, bool is_old);
/* True when it is done. *budget: terms, or stretches of many bytes; what is left of it. */
bool term_hash_run(struct term_hash *hash, size_t *budget);
void term_hash_deinit(struct term_hash *hash);
uint32_t term_hash_internal(const struct compare_context *context, term t);

#endif
