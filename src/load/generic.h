/* generic.h - one function's generic ops, decoded: what the verifier reads and the translator takes.
**
** Always: every operand is within its table (atoms, literals, imports, labels, lambdas, lines,
** registers) and of a kind that its letter in opcode/opcodes.def allows; a label is one of this
** function's, or a function's entry for calls. Ops run from the label of func_info to the end; the
** last cannot fall through (but for GENERIC_NO_RETURN).
**
** Old forms are gone after decoding: init -> init_yregs; allocate_zero, allocate_heap_zero ->
** allocate, allocate_heap and init_yregs; put_tuple and its puts -> put_tuple2; make_fun2 ->
** test_heap and make_fun3; recv_mark, recv_set, fclearerror, fcheckerror, nif_start, debug_line,
** executable_line, line 0 are left out; a heap need is always a number of our words. The translator
** never meets these.
**
** What the checker takes for granted of the engine, beyond what each op says:
** - bs_create_bin, bs_init2, bs_init_bits, bs_append: their heap need is free in the block AFTER
**   the bitstring is made; test_heap and allocate_heap likewise.
** - an op with Live, a call, send, wait, loop_rec_end keeps only x 0..Live-1 (its arguments; none).
** - catch_end, try_end and try_case leave NIL in their y register.
** - sources may be x registers at or past Live: read before anything is collected.
** - bs_match reads no more bits than its last ensure command has made sure of.
** - at the label of a catch or try only x0..x2 hold what was caught; y registers are as they were.
** - terms of kind MATCH may turn up in any register: whatever looks at a term must be safe with one.
** - run-time checks stay in: raw stack traces, receive markers, positions of bs_set_position,
**   the room left for bs_put_*, the message of remove_message, funs and arities of calls. */
#ifndef AVM_LOAD_GENERIC_H
#define AVM_LOAD_GENERIC_H

#include "code/code.h"

enum operand_kind {
    OPERAND_UNSIGNED,       /* value.number: counts, indices, flags          */
    OPERAND_CONSTANT,       /* value.constant: small, atom, NIL, or a literal's term (in the module's area) */
    OPERAND_X,              /* value.number: register                        */
    OPERAND_Y,
    OPERAND_FLOAT_REGISTER,
    OPERAND_LABEL,          /* value.number; 0: no label (raise)             */
    OPERAND_LIST            /* value.number: how many operands follow as its elements */
};

/* Registers are below these. */
#define GENERIC_X_MAX 1024
#define GENERIC_Y_MAX 1024
#define GENERIC_FLOAT_REGISTER_MAX 64

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
    GENERIC_UNPROVEN = 1,   /* the verifier could not prove its operands' types: emit the checked form.
                               allocate, allocate_heap: something may raise before all y registers
                               are written: write NIL to all. wait_timeout: its register may be stale
                               (the op runs again after a wait, its timer set): look at the tag only */
    GENERIC_NO_RETURN = 2   /* a call that never returns (error/1 ...): what follows belongs to another
                               path or is nothing, and there may be no frame: emit a trap after it */
};

struct generic_op {
    uint8_t opcode;         /* number of opcode/opcodes.def */
    uint8_t flags;
    uint32_t operand_count; /* OPERAND_LIST elements included */
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

/* How many elements the ops from that get_tuple_element on read of its tuple before anything branches or
** the register is written: what one check makes sure of for all of them. */
uint32_t generic_elements_read(const struct generic_function *generic, size_t op_index);

/* Checks the body by abstract interpretation; sets flags on ops. False with error set. */
bool verify_function(struct memory *memory, struct generic_function *generic,
    struct load_error *error);

/* Emits instruction words: sets function->words, word_count, entry_word, lines, line_count and
** allocated (one MEMORY_CODE allocation, lines behind words). False with error, nothing changed. */
bool translate_function(struct memory *memory, struct generic_function *generic,
    struct load_error *error);

/* All three, at a function's first call, and the words are registered with the code table. On refusal
** function->refused says why; without memory nothing has changed. */
bool load_translate(struct function *function, struct load_error *error);
/* Decodes and verifies only; changes nothing. */
bool load_verify(struct function *function, struct load_error *error);

#endif
