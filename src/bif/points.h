/* points.h - texts of Erlang that C hands on: lists of code points. */
#ifndef AVM_BIF_POINTS_H
#define AVM_BIF_POINTS_H

#include "base/vector.h"
#include "term/term.h"

/* Appends a list of code points and of such lists as UTF-8. False: it is none, or has a 0 or the point
** refused (0: no other). Without memory out->failed is set. */
bool points_get(struct byte_buffer *out, term list, uint32_t refused);

#endif
