/* internal.h - what the files of the loader share. */
#ifndef AVM_LOAD_INTERNAL_H
#define AVM_LOAD_INTERNAL_H

#include "load/compact.h"
#include "load/load.h"
#include "opcode/opcode.h"

/* Sets error's text; gives false, so that a check is one return. */
bool load_fail(struct load_error *error, const char *format, ...) AVM_PRINTF(2, 3);
/* The same with module, function, arity and offset of the op in front. */
bool load_fail_at(struct load_error *error, const struct function *function, uint32_t offset,
    const char *format, ...) AVM_PRINTF(4, 5);
bool load_fail_memory(struct load_error *error);
bool load_is_memory(const struct load_error *error);

/* Skips the operands of an op; false when they are not well-formed. */
bool generic_skip_operands(struct cursor *cursor, const struct opcode_row *row);

/* Walks the Code chunk once: makes functions, label_function, and big_offsets (the integers that are
** no smalls), from module->code. header_functions and label_count come from the chunk's header. */
bool structure_read(struct memory *memory, struct module *module, uint32_t header_functions,
    struct load_error *error);

/* True when the integer at unit is a small. */
bool compact_is_small(const struct compact *unit, intptr_t *value);

#endif
