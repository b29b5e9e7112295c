/* tuple.h - making and changing tuples. Arities and indices are from 0 on. */
#ifndef AVM_DATA_TUPLE_H
#define AVM_DATA_TUPLE_H

#include "heap/heap.h"

#define TUPLE_MAX_ARITY ((size_t) 16777215)         /* OTP's limit */

/* All of these give TERM_NONE without memory. */
term tuple_make(struct heap *heap, const term *elements, size_t arity);
term tuple_make2(struct heap *heap, term first, term second);
term tuple_make3(struct heap *heap, term first, term second, term third);
term tuple_make4(struct heap *heap, term first, term second, term third, term fourth);
/* arity times the same element (erlang:make_tuple/2). */
term tuple_make_filled(struct heap *heap, size_t arity, term element);
/* From a proper list of arity cells. */
term tuple_from_list(struct heap *heap, term list, size_t arity);
term tuple_to_list(struct heap *heap, term tuple);
/* A copy with another element at index (setelement/3); index is below the arity. */
term tuple_replace(struct heap *heap, term tuple, size_t index, term element);
/* A copy with element put in before index (insert_element/3); index at most the arity. */
term tuple_insert(struct heap *heap, term tuple, size_t index, term element);
/* A copy without the element at index (delete_element/2). */
term tuple_remove(struct heap *heap, term tuple, size_t index);

#endif
