/* match.h - match specifications, compiled once to a small program per clause: a pattern over the
** object, guards, a body. Used by tables and by whoever else matches terms.
**
** A pattern walks the object with one pointer and a stack of where it came from; how deep that gets is
** known when it is compiled, so a run allocates nothing but its result. Guards and bodies are a stack
** machine that calls the natives which guards may call. */
#ifndef AVM_ETS_MATCH_H
#define AVM_ETS_MATCH_H

#include "code/native.h"
#include "data/compare.h"
#include "data/status.h"

struct match_spec;

/* The native that a guard or body may call as name/arity; NULL: none. */
typedef const struct native *match_find_fn(void *user, term name, uint32_t arity);

struct match_source {
    struct heap_shared *heaps;
    const struct compare_context *compare;
    match_find_fn *find;
    void *user;
};

/* DATA_BAD_ARGUMENT: no specification. DATA_NO_MEMORY. */
enum data_status match_compile(const struct match_source *source, term list, struct match_spec **spec);
void match_destroy(struct match_spec *spec);

/* Matches object. TERM_NONE: no clause matches, or *failed: no memory for the result. copy: the result
** is whole on heap, as is needed when object is no part of it. s is what the natives get. */
term match_run(struct match_spec *spec, struct scheduler *s, struct heap *heap, term object, bool copy,
    bool *failed);
size_t match_clause_count(const struct match_spec *spec);
/* The constant that clause wants at position (from 1) of a tuple; TERM_NONE: none. */
term match_bound_element(const struct match_spec *spec, size_t clause, size_t position);

#endif
