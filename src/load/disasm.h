/* disasm.h - the text of a module's generic ops, one a line, as they are in the file after decoding. */
#ifndef AVM_LOAD_DISASM_H
#define AVM_LOAD_DISASM_H

#include "load/generic.h"

struct disasm_options {
    const char *function;           /* only functions of this name; NULL: all */
    bool verify;                    /* shows what the verifier says: marks unproven ops with "?" and
                                       those that never return with "!", leaves dead code out */
    /* Prints a term that is neither an atom nor a small integer; NULL: only its kind is shown. */
    void (*print_term)(void *user, struct byte_buffer *out, term t);
    void *user;
};

/* Appends the text to out. False without memory (or when a body cannot be decoded: error says why;
** what came before it is in out). options may be NULL. */
bool disasm_module(struct byte_buffer *out, struct module *module,
    const struct disasm_options *options, struct load_error *error);
bool disasm_function(struct byte_buffer *out, struct function *function,
    const struct disasm_options *options, struct load_error *error);

#endif
