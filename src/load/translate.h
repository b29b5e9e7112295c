/* translate.h - what the files of the translator share: the units made so far, their labels, and
** what must be patched once all is laid out. Private to the room.
**
** A function is one allocation, words first:
**
**   | words ... | pool: terms, exports, functions, fun entries (pointers) | rows of lines |
**
** An instruction names its pool word by distance, so that code needs no register for tables and
** can move. The translator emits the general form of each op; translate_fused.c takes
** several ops at once where one instruction does their work. */
#ifndef AVM_LOAD_TRANSLATE_H
#define AVM_LOAD_TRANSLATE_H

#include "load/generic.h"
#include "opcode/instruction.h"
#include "opcode/opcode.h"

enum patch_kind {
    PATCH_LABEL,                /* unit = bytes from instruction at base to label */
    PATCH_LABEL_BEHIND_NIL,     /* the same to behind the is_nil_x that stands at the label */
    PATCH_LABEL_HALF,           /* the same in the low half of the unit */
    PATCH_LABEL_ABSOLUTE,       /* unit = word of label in the function */
    PATCH_POOL,                 /* unit = distance from the unit to pool word number */
    PATCH_POOL_OPERAND          /* the same as a source operand */
};

struct patch {
    uint8_t kind;
    uint32_t unit, base, number;
};

struct translator {
    struct memory *memory;
    const struct generic_function *generic;
    struct function *function;
    struct module *module;
    uint32_t *units;
    size_t unit_count, unit_capacity;
    struct patch *patches;
    size_t patch_count, patch_capacity;
    uintptr_t *pool;
    size_t pool_count, pool_capacity;
    struct function_line *lines;
    size_t line_count, line_capacity;
    uint32_t *labels;           /* word of label first_label + index; UINT32_MAX: not seen */
    uint32_t *label_ops;        /* index of that label's op */
    uint32_t first_label, label_count;
    uint32_t base;              /* unit where the instruction being emitted starts */
    enum instruction op;        /* that instruction */
    size_t op_index;            /* in generic->ops */
    bool no_memory;
    const char *refused;        /* static text */
};

/* Starts an instruction. */
void emit(struct translator *t, enum instruction op, unsigned a, unsigned b);
/* Adds one unit to it. */
void emit_number(struct translator *t, uint32_t number);
void emit_source(struct translator *t, const struct operand *operand);
void emit_destination(struct translator *t, const struct operand *operand);
void emit_label(struct translator *t, const struct operand *operand);   /* no label: 0 */
void emit_label_behind_nil(struct translator *t, const struct operand *operand);
void emit_label_half(struct translator *t, uint32_t label, unsigned high);
void emit_label_absolute(struct translator *t, const struct operand *operand);
void emit_constant(struct translator *t, term constant);                /* as a source operand */
void emit_pool(struct translator *t, uintptr_t word);
void translate_refuse(struct translator *t, const char *why);

static inline const struct operand *translate_operands(const struct translator *t,
    const struct generic_op *op)
{
    return t->generic->operands + op->first_operand;
}
/* The op after the current one, NULL at the end. */
static inline const struct generic_op *translate_next(const struct translator *t, size_t ahead)
{
    size_t index = t->op_index + ahead;

    return index < t->generic->op_count ? t->generic->ops + index : NULL;
}

/* The op behind a label of the function; NULL: there is none. */
const struct generic_op *translate_at_label(const struct translator *t, const struct operand *label);

/* A register whose number fits a slot. */
static inline bool is_small_register(const struct operand *o, unsigned kind)
{
    return o->kind == kind && o->value.number <= 255;
}
static inline bool is_x(const struct operand *o)
{
    return is_small_register(o, OPERAND_X);
}
static inline bool is_y(const struct operand *o)
{
    return is_small_register(o, OPERAND_Y);
}
static inline bool same_register(const struct operand *a, const struct operand *b)
{
    return a->kind == b->kind && a->value.number == b->value.number;
}
static inline unsigned number_of(const struct operand *o)
{
    return (unsigned) o->value.number;
}

/* The function of this module that a call to label enters; NULL: a native stands for it, or there is
** none. */
struct function *translate_callee(struct translator *t, const struct operand *label);

/* What follows stands in that line. */
void translate_line(struct translator *t, uint32_t line);

/* At the entry of a function that a native stands for: calls that, whoever came here (a fun does). */
void translate_stub(struct translator *t);

/* A term that fits a unit as an immediate. */
bool translate_is_immediate(term constant);
static inline bool is_immediate(const struct operand *o)
{
    return o->kind == OPERAND_CONSTANT && translate_is_immediate(o->value.constant);
}

/* One op each, by theme; false: not theirs. They may take further ops (t->op_index moves). */
bool translate_fused(struct translator *t, const struct generic_op *op, const struct operand *o);
bool translate_clause(struct translator *t, const struct generic_op *op, const struct operand *o);
bool translate_control(struct translator *t, const struct generic_op *op, const struct operand *o);
bool translate_data(struct translator *t, const struct generic_op *op, const struct operand *o);
bool translate_map(struct translator *t, const struct generic_op *op, const struct operand *o);
bool translate_native(struct translator *t, const struct generic_op *op, const struct operand *o);
bool translate_bits(struct translator *t, const struct generic_op *op, const struct operand *o);

#endif
