/* search.h - finding byte strings in bytes: one by the Two-Way algorithm (Crochemore and Perrin,
** 1991), several at once by Aho and Corasick's automaton (1975). Time is linear in the text
** either way. */
#ifndef AVM_BIF_SEARCH_H
#define AVM_BIF_SEARCH_H

#include "base/memory.h"

struct search_needle {
    const uint8_t *bytes;
    size_t size;                    /* > 0 */
};

struct search_node;

struct search {
    /* one needle, borrowed */
    const uint8_t *bytes;
    size_t size;
    size_t critical, period;        /* its critical factorisation */
    bool is_periodic;
    uint8_t shift[256];             /* how far the window may move when it ends with that byte */
    size_t longest;                 /* bytes of the longest needle */
    /* several needles; NULL: one */
    struct search_node *nodes;
    size_t node_capacity;
    uint32_t roots[256];            /* the root's children, by byte */
};

/* The needle must stay where it is. */
void search_init(struct search *search, const uint8_t *needle, size_t size);
/* Copies the needles. False without memory. */
bool search_init_many(struct search *search, struct memory *memory,
    const struct search_needle *needles, size_t count);
void search_deinit(struct search *search, struct memory *memory);

/* The first place where a needle begins, and of those that begin there the longest. */
bool search_find(const struct search *search, const uint8_t *text, size_t size, size_t *at,
    size_t *length);

#endif
