/* number_integer.h - integers as sign and magnitude, whatever they are made of. Room-internal. */
#ifndef AVM_DATA_NUMBER_INTEGER_H
#define AVM_DATA_NUMBER_INTEGER_H

#include "data/bigint.h"
#include "data/number.h"

/* A view of an integer: borrows the limbs of a big, holds that of a small. limbs may point into the
** view itself, so a view is never copied. size is trimmed, 0 for 0. */
struct integer {
    const limb *limbs;
    size_t size;
    bool negative;
    limb small;
};

static inline void integer_view_small(struct integer *view, intptr_t value)
{
    view->negative = value < 0;
    view->small = value < 0 ? -(limb) value : (limb) value;
    view->limbs = &view->small;
    view->size = value != 0;
}

/* False: t is no integer. */
static inline bool integer_view(struct integer *view, term t)
{
    const term *boxed;

    if (term_is_small(t)) {
        integer_view_small(view, term_small(t));
        return true;
    }
    if (!term_is_big(t))
        return false;
    boxed = term_boxed(t);
    view->negative = header_kind(boxed[0]) == BOXED_BIG_NEGATIVE;
    view->size = header_words(boxed[0]);
    view->limbs = boxed + 1;
    return true;
}

/* A result being made: capacity limbs on the heap. */
struct integer_builder {
    struct heap *heap;
    term *words;
    limb *limbs;
    size_t capacity;
};

/* capacity > 0. False without memory. */
bool integer_begin(struct integer_builder *builder, struct heap *heap, size_t capacity);
/* Makes the term of the first size limbs, canonical; what is not needed goes back to the heap. */
enum data_status integer_end(struct integer_builder *builder, size_t size, bool negative,
    term *result);
/* Gives everything back. */
void integer_cancel(struct integer_builder *builder);
/* The term of a value of one word. */
enum data_status integer_make_word(struct heap *heap, limb magnitude, bool negative, term *result);

/* A finite double as a float term; DATA_BAD_ARGUMENT when it is not finite. */
enum data_status float_make(struct heap *heap, double value, term *result);
/* The value of any number as a double; false for no number and integers past the range. */
bool number_get_double(term t, double *value);

#endif
