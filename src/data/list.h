/* list.h - what many rooms do with lists. None of these recurses; lengths are in cells. */
#ifndef AVM_DATA_LIST_H
#define AVM_DATA_LIST_H

#include "heap/heap.h"

/* Length of a proper list, SIZE_MAX when list is none. */
size_t list_length(term list);
/* Cells before what ends the list, proper or not; *end is that. */
size_t list_cells(term list, term *end);

/* The cell (head . tail); TERM_NONE without memory. */
term list_make_cell(struct heap *heap, term head, term tail);
/* A list of count elements before tail; TERM_NONE without memory. tail itself when count is 0. */
term list_from_array(struct heap *heap, const term *elements, size_t count, term tail);
/* The elements of a list of at least count cells. */
void list_to_array(term list, term *elements, size_t count);
/* The elements of list (proper) in reverse order before tail, as lists:reverse/2; TERM_NONE without
** memory. */
term list_reverse_onto(struct heap *heap, term list, term tail);
/* The first count cells of list copied before tail (a ++ b); TERM_NONE without memory. */
term list_copy_onto(struct heap *heap, term list, size_t count, term tail);
/* A list of the characters (bytes) of a text before tail; TERM_NONE without memory. */
term list_from_bytes(struct heap *heap, const uint8_t *bytes, size_t size, term tail);
/* Of UTF-8: its code points. TERM_NONE without memory, or when it is not valid UTF-8. */
term list_from_utf8(struct heap *heap, const uint8_t *bytes, size_t size, term tail);

#endif
