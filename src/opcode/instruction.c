/* instruction.c - the rows of our instructions, for whoever prints or walks them. */
#include "opcode/instruction.h"

const struct instruction_row instruction_rows[INSTRUCTION_COUNT] = {
#define I(name, units, operands) { #name, units, operands },
#include "opcode/instructions.def"
#undef I
};
