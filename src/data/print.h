/* print.h - terms as text, as erlang:display/1 writes them. Iterative: no depth limit. */
#ifndef AVM_DATA_PRINT_H
#define AVM_DATA_PRINT_H

#include "data/compare.h"

/* Appends t to out. Lists of printable Latin-1 characters appear as "...", binaries of printable ASCII
** as <<"...">>, floats with six decimals. After limit bytes the rest is "...": SIZE_MAX for none.
** False without memory (out->failed is set then). */
bool term_print(struct byte_buffer *out, const struct compare_context *context, term t,
    size_t limit);
/* Appends an atom's text, quoted where Erlang needs quotes. */
void atom_print(struct byte_buffer *out, const struct atom_table *atoms, term atom);

#endif
