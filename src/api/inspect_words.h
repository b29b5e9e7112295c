/* api/inspect_words.h - the text of a translated function: one instruction a line, from its row. */
#ifndef AVM_API_INSPECT_WORDS_H
#define AVM_API_INSPECT_WORDS_H

#include "code/code.h"
#include "data/compare.h"

/* Appends the function's head and, when it has words, its instructions. */
void inspect_print_words(struct byte_buffer *out, const struct function *function,
    const struct compare_context *context);

#endif
