/* instruction.c - the rows of our instructions, for whoever prints or walks them. */
#include "opcode/instruction.h"

const struct instruction_row instruction_rows[INSTRUCTION_COUNT] = {
#define I(name, units, operands) { #name, units, operands },
#include "opcode/instructions.def"
#undef I
};

bool instruction_distances_fit(const int32_t *distances)
{
    const int32_t most = INT16_MAX * INSTRUCTION_STEP;

    for (size_t op = 0; op < INSTRUCTION_COUNT; op++) {
        if (distances[op] % INSTRUCTION_STEP != 0 || distances[op] > most || distances[op] < -most)
            return false;
    }
    return distances[INSTRUCTION_process_exit] == 0;
}
