/* opcode.c - the rows of opcodes.def as a constant table. */
#include "opcode/opcode.h"

static const struct opcode_row rows[] = {
#define G(number, name, arity, operands) [number] = { #name, arity, operands },
#include "opcode/opcodes.def"
#undef G
};

const struct opcode_row *opcode_find(unsigned number)
{
    return number >= AVM_COUNT_OF(rows) || rows[number].name == NULL ? NULL : &rows[number];
}
