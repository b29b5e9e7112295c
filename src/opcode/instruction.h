/* instruction.h - the numbers of our own instructions, and how a unit of code is taken apart. The
** rows and what their letters mean: opcode/instructions.def. */
#ifndef AVM_OPCODE_INSTRUCTION_H
#define AVM_OPCODE_INSTRUCTION_H

#include "base/compiler.h"

enum instruction {
#define I(name, units, operands) INSTRUCTION_##name,
#include "opcode/instructions.def"
#undef I
    INSTRUCTION_COUNT
};

struct instruction_row {
    const char *name;
    uint8_t units;              /* fixed part */
    char operands[12];
};
extern const struct instruction_row instruction_rows[INSTRUCTION_COUNT];

/* The kind of a source or destination unit. */
enum unit_kind { UNIT_X = 0, UNIT_Y = 1, UNIT_POOL = 2, UNIT_IMMEDIATE = 3 };

/* What stands for an instruction in its first unit: its number; or, where the engine gave distances,
** how many steps its body lies behind that of process_exit, which so is 0 either way. Code of one table
** of modules is of one kind (code_set_instructions). */
#define INSTRUCTION_STEP 8
#define INSTRUCTION_OP(unit) ((unit) & 0xffff)
#define INSTRUCTION_A(unit) (((unit) >> 16) & 0xff)
#define INSTRUCTION_B(unit) ((unit) >> 24)

static inline uint32_t instruction_make(const int32_t *distances, enum instruction op, unsigned a,
    unsigned b)
{
    uint32_t code = distances == NULL ? (uint32_t) op
        : (uint32_t) (distances[op] / INSTRUCTION_STEP) & 0xffff;

    return code | (uint32_t) a << 16 | (uint32_t) b << 24;
}
/* Whether all of them can be said so. */
bool instruction_distances_fit(const int32_t *distances);

/* Slot a of natives as operands: no live registers are known, nothing may be collected. */
#define INSTRUCTION_NO_LIVE 255

/* Segments of bs_create_bin; flags (enum bits_flags of data/bits.h) stand above the type. */
enum segment_type {
    SEGMENT_INTEGER, SEGMENT_FLOAT, SEGMENT_BINARY, SEGMENT_APPEND, SEGMENT_PRIVATE_APPEND,
    SEGMENT_STRING, SEGMENT_UTF8, SEGMENT_UTF16, SEGMENT_UTF32
};

#endif
