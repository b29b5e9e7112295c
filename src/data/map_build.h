/* map_build.h - whole maps from many pairs, in steps as small as the caller wants. Between two steps no
** term that the pairs are made of, and none that was made, may move. */
#ifndef AVM_DATA_MAP_BUILD_H
#define AVM_DATA_MAP_BUILD_H

#include "data/map.h"

struct map_slot {
    uint32_t path;                          /* the hash, its nibbles reversed: trie order */
    uint32_t pair;                          /* number of the pair */
};

enum map_build_phase {
    MAP_BUILD_HASH, MAP_BUILD_COUNT, MAP_BUILD_PLACE, MAP_BUILD_DROP, MAP_BUILD_NODES, MAP_BUILD_DONE
};

struct map_builder {
    const struct compare_context *context;
    const term *pairs;
    enum map_build_phase phase;
    struct map_slot *slots, *spare;
    struct map_slot *block;                 /* both; NULL: they are the caller's */
    size_t pair_count;
    size_t count;                           /* slots in use */
    size_t at;                              /* where the phase goes on */
    size_t kept;                            /* slots kept, then parts built */
    unsigned shift;                         /* byte of the path that is being sorted by */
    size_t starts[256];
    term *top;                              /* where the next node goes */
};

/* pairs: key, value, key, value...; of equal keys the last wins. The builder may be copied between steps.
** Fails with nothing to deinit. */
enum data_status map_builder_init(struct map_builder *builder,
    const struct compare_context *context, const term *pairs, size_t count);
/* Goes on for about *budget units, a few to each pair, and takes off what was done. Done when phase says so:
** *result is the map then, flat when few keys are different. */
enum data_status map_builder_step(struct map_builder *builder, struct heap *heap, size_t *budget,
    term *result);
void map_builder_deinit(struct map_builder *builder);

#endif
