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

/* What is wrong with a specification: [{error, Text}] on heap. */
struct match_errors {
    struct heap *heap;
    term list;                          /* TERM_NIL at first */
    term *last;                         /* its last cell; NULL at first */
};

/* DATA_BAD_ARGUMENT: no specification; errors, if not NULL, says why. DATA_NO_MEMORY. The empty list is
** a specification that nothing matches, but not where errors are asked for. keep: it may be used when
** list is gone; else it borrows list. */
enum data_status match_compile(const struct match_source *source, term list, bool keep,
    struct match_spec **spec, struct match_errors *errors);
void match_destroy(struct match_spec *spec);
#if AVM_SMP
/* The same with room of its own to run in, for one of several threads that have spec; it borrows all else from
** it. NULL without memory. */
struct match_spec *match_borrow(const struct match_spec *spec);
void match_return(struct match_spec *borrowed);
#endif

/* Matches object. TERM_NONE: no clause matches, or *failed: no memory for the result. copy: the result
** is whole on heap, as is needed when object is no part of it; unless it is object itself, which the
** caller copies then. s is what the natives get. */
term match_run(struct match_spec *spec, struct scheduler *s, struct heap *heap, term object, bool copy,
    bool *failed);
size_t match_clause_count(const struct match_spec *spec);

enum match_bound { MATCH_UNBOUND, MATCH_PARTLY_BOUND, MATCH_BOUND, MATCH_IMPOSSIBLE };

/* What clause wants at position (from 1) of a tuple: anything, one that fits the pattern *t, *t, or such
** a tuple is none that it matches. */
enum match_bound match_element(const struct match_spec *spec, size_t clause, size_t position, term *t);
/* Whether terms that fit pattern come before t in the order of terms (-1), behind it (1), or t may be
** among them (0). */
int match_compare(const struct match_spec *spec, term pattern, term t);
/* Whether every result of list for a tuple is sure to be a tuple with the same element at position. */
bool match_keeps_element(const struct match_source *source, term list, size_t position, bool *failed);

#endif
