/* generic.h - one function's generic ops, decoded: what the verifier reads and the translator takes.
** Always: every operand is within its table (atoms, literals, imports, labels, lambdas, registers). */
#ifndef AVM_LOAD_GENERIC_H
#define AVM_LOAD_GENERIC_H

#include "code/code.h"

enum operand_kind {
    OPERAND_UNSIGNED,       /* value.number                                  */
    OPERAND_CONSTANT,       /* value.constant: small, atom, NIL, or a literal's term (in the module's area) */
    OPERAND_X,              /* value.number: register                        */
    OPERAND_Y,
    OPERAND_FLOAT_REGISTER,
    OPERAND_LABEL,          /* value.number; 0: no label (raise)             */
    OPERAND_LIST            /* value.number: how many operands follow as its elements */
};

struct operand {
    uint8_t kind;
    uint8_t has_type;       /* the compiler's hint: type_index into the Type chunk; never a proof */
    uint16_t type_index;
    union {
        uint64_t number;
        term constant;
    } value;
};

enum generic_flags {
    GENERIC_UNPROVEN = 1    /* the verifier could not prove its operands' types: emit the checked form */
};

struct generic_op {
    uint8_t opcode;         /* number of opcode/opcodes.def */
    uint8_t flags;
    uint16_t operand_count; /* OPERAND_LIST elements included */
    uint32_t first_operand; /* in operands */
    uint32_t offset;        /* in the Code chunk, for messages */
};

struct generic_function {
    struct function *function;
    struct generic_op *ops;
    size_t op_count, op_capacity;
    struct operand *operands;
    size_t operand_count, operand_capacity;
};

struct load_error {
    char text[200];         /* one line: what and why; function and offset when about a body */
};

/* Decodes function's ops. False with error set (bad code, or "out of memory"). */
bool generic_decode(struct memory *memory, struct function *function,
    struct generic_function *generic, struct load_error *error);
void generic_deinit(struct memory *memory, struct generic_function *generic);

/* Checks the body by abstract interpretation; sets flags on ops. False with error set. */
bool verify_function(struct memory *memory, struct generic_function *generic,
    struct load_error *error);

/* Emits instruction words: sets function->words, word_count, entry_word, lines. False with error. */
bool translate_function(struct memory *memory, struct generic_function *generic,
    struct load_error *error);

/* All three, at a function's first call. On refusal function->refused says why. */
bool load_translate(struct function *function, struct load_error *error);

#endif
