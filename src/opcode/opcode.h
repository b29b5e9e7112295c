/* opcode.h - the generic instructions of compiled modules by number: name, arity, operand letters
** (what the letters mean: opcodes.def). */
#ifndef AVM_OPCODE_OPCODE_H
#define AVM_OPCODE_OPCODE_H

#include "base/compiler.h"

enum opcode {
#define G(number, name, arity, operands) OP_##name = number,
#include "opcode/opcodes.def"
#undef G
    OPCODE_END                  /* one past the last */
};

struct opcode_row {
    const char *name;
    uint8_t arity;
    char operands[10];          /* a letter each; begins with '-' when obsolete */
};

/* NULL: there is no such instruction. */
const struct opcode_row *opcode_find(unsigned number);
static inline bool opcode_is_obsolete(const struct opcode_row *row)
{
    return row->operands[0] == '-';
}

#endif
