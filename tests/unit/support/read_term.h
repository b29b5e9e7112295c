/* read_term.h - terms written as Erlang text, for tests: integers, floats, atoms, strings, lists,
** tuples, maps, binaries and bitstrings (<<1,2:3>>, <<"text">>). */
#ifndef AVM_TESTS_READ_TERM_H
#define AVM_TESTS_READ_TERM_H

#include "data/map.h"

/* The term that text says, on heap; TERM_NONE when it says none, or without memory. */
term read_term(const struct compare_context *context, struct heap *heap, const char *text);

#endif
