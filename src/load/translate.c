/* translate.c - from a function's verified generic ops to instruction words: emission, labels, the
** pool, the table of lines, and the layout of the result.
**
** Always: a function is translated whole or not at all; nothing of it is visible to the engine
** before function->entry is set. */
#include "load/translate.h"

#include <stdio.h>

/* ---- emission --------------------------------------------------------------- */

static void add_unit(struct translator *t, uint32_t unit)
{
    if (t->no_memory)
        return;
    if (!vector_reserve(t->memory, MEMORY_CODE, (void **) &t->units, &t->unit_capacity,
            t->unit_count, 1, sizeof *t->units)) {
        t->no_memory = true;
        return;
    }
    t->units[t->unit_count++] = unit;
}

static void add_patch(struct translator *t, enum patch_kind kind, uint32_t number)
{
    struct patch *patch;

    if (t->no_memory)
        return;
    if (!vector_reserve(t->memory, MEMORY_CODE, (void **) &t->patches, &t->patch_capacity,
            t->patch_count, 1, sizeof *t->patches)) {
        t->no_memory = true;
        return;
    }
    patch = &t->patches[t->patch_count++];
    patch->kind = (uint8_t) kind;
    patch->unit = (uint32_t) t->unit_count;
    patch->base = t->base;
    patch->number = number;
}

/* How far back an equal word is looked for. */
#define POOL_WINDOW 64

static uint32_t pool_index(struct translator *t, uintptr_t word)
{
    size_t end = t->pool_count;
    size_t start = end > POOL_WINDOW ? end - POOL_WINDOW : 0;

    while (end > start) {
        if (t->pool[--end] == word)
            return (uint32_t) end;
    }
    if (!vector_reserve(t->memory, MEMORY_CODE, (void **) &t->pool, &t->pool_capacity,
            t->pool_count, 1, sizeof *t->pool)) {
        t->no_memory = true;
        return 0;
    }
    t->pool[t->pool_count] = word;
    return (uint32_t) t->pool_count++;
}

void translate_refuse(struct translator *t, const char *why)
{
    if (t->refused == NULL)
        t->refused = why;
}

/* The instruction for two in a row; bad_code: there is none. */
static enum instruction pair_of(enum instruction first, enum instruction second)
{
    switch ((uint32_t) first << 16 | (uint32_t) second) {
#define I(name, units, operands)
#define PAIR(first, second, units, operands)                                    \
    case (uint32_t) INSTRUCTION_##first << 16 | (uint32_t) INSTRUCTION_##second: \
        return INSTRUCTION_##first##__##second;
#include "opcode/instructions.def"
#undef I
    default:
        return INSTRUCTION_bad_code;
    }
}

/* The last instruction goes on with op, which begins now, if they make a pair. */
static void pair_with(struct translator *t, enum instruction op)
{
    enum instruction pair = t->unit_count != 0 ? pair_of(t->op, op) : INSTRUCTION_bad_code;
    uint32_t *unit = pair != INSTRUCTION_bad_code && !t->no_memory ? &t->units[t->base] : NULL;

    if (unit != NULL)
        *unit = instruction_make(code_instructions(t->module->table), pair, INSTRUCTION_A(*unit),
            INSTRUCTION_B(*unit));
    t->op = op;
}

void emit(struct translator *t, enum instruction op, unsigned a, unsigned b)
{
    if (a > 255 || b > 255)
        translate_refuse(t, "a number does not fit its instruction");
    pair_with(t, op);
    t->base = (uint32_t) t->unit_count;
    add_unit(t, instruction_make(code_instructions(t->module->table), op, a & 255, b & 255));
}

void emit_number(struct translator *t, uint32_t number)
{
    add_unit(t, number);
}

void emit_pool(struct translator *t, uintptr_t word)
{
    uint32_t index = pool_index(t, word);

    add_patch(t, PATCH_POOL, index);
    add_unit(t, 0);
}

bool translate_is_immediate(term constant)
{
    return term_is_immediate(constant) && (term) (intptr_t) (int32_t) (uint32_t) constant == constant;
}

void emit_constant(struct translator *t, term constant)
{
    if (translate_is_immediate(constant)) {
        add_unit(t, (uint32_t) constant);
    } else {
        uint32_t index = pool_index(t, constant);

        add_patch(t, PATCH_POOL_OPERAND, index);
        add_unit(t, 0);
    }
}

void emit_source(struct translator *t, const struct operand *operand)
{
    switch (operand->kind) {
    case OPERAND_CONSTANT:
        emit_constant(t, operand->value.constant);
        break;
    case OPERAND_UNSIGNED:
        if (operand->value.number > (uint64_t) SMALL_MAX)
            translate_refuse(t, "a number that is too large");
        emit_constant(t, term_make_small((intptr_t) operand->value.number));
        break;
    default:
        emit_destination(t, operand);
        break;
    }
}

void emit_destination(struct translator *t, const struct operand *operand)
{
    if (operand->kind == OPERAND_X)
        add_unit(t, (uint32_t) operand->value.number << 2 | UNIT_X);
    else if (operand->kind == OPERAND_Y)
        add_unit(t, (uint32_t) operand->value.number << 2 | UNIT_Y);
    else
        translate_refuse(t, "an operand that is no register");
}

void emit_label(struct translator *t, const struct operand *operand)
{
    if (operand->kind == OPERAND_LABEL && operand->value.number != 0)
        add_patch(t, PATCH_LABEL, (uint32_t) operand->value.number);
    add_unit(t, 0);
}

void emit_label_behind_nil(struct translator *t, const struct operand *operand)
{
    add_patch(t, PATCH_LABEL_BEHIND_NIL, (uint32_t) operand->value.number);
    add_unit(t, 0);
}

void emit_label_half(struct translator *t, uint32_t label, unsigned high)
{
    add_patch(t, PATCH_LABEL_HALF, label);
    add_unit(t, (uint32_t) high << 16);
}

void emit_label_absolute(struct translator *t, const struct operand *operand)
{
    add_patch(t, PATCH_LABEL_ABSOLUTE, (uint32_t) operand->value.number);
    add_unit(t, 0);
}

/* ---- labels and lines --------------------------------------------------------- */

static bool prepare_labels(struct translator *t)
{
    const struct generic_function *generic = t->generic;
    uint32_t first = UINT32_MAX, last = 0;

    for (size_t i = 0; i < generic->op_count; i++) {
        if (generic->ops[i].opcode == OP_label) {
            uint32_t label = (uint32_t) translate_operands(t, &generic->ops[i])[0].value.number;

            first = label < first ? label : first;
            last = label > last ? label : last;
        }
    }
    if (first > last)
        return true;
    t->first_label = first;
    t->label_count = last - first + 1;
    t->labels = memory_allocate(t->memory, MEMORY_CODE, t->label_count * sizeof *t->labels);
    t->label_ops = memory_allocate(t->memory, MEMORY_CODE, t->label_count * sizeof *t->label_ops);
    if (t->labels == NULL || t->label_ops == NULL)
        return false;
    memset(t->labels, 0xff, t->label_count * sizeof *t->labels);
    memset(t->label_ops, 0xff, t->label_count * sizeof *t->label_ops);
    for (size_t i = 0; i < generic->op_count; i++) {
        if (generic->ops[i].opcode == OP_label)
            t->label_ops[(uint32_t) translate_operands(t, &generic->ops[i])[0].value.number - first]
                = (uint32_t) i;
    }
    return true;
}

const struct generic_op *translate_at_label(const struct translator *t, const struct operand *label)
{
    uint64_t index = label->value.number - t->first_label;

    if (label->kind != OPERAND_LABEL || label->value.number < t->first_label || index >= t->label_count
        || (size_t) t->label_ops[index] + 1 >= t->generic->op_count)
        return NULL;
    return t->generic->ops + t->label_ops[index] + 1;
}

static uint32_t label_word(struct translator *t, uint32_t label)
{
    uint32_t index = label - t->first_label;

    if (label < t->first_label || index >= t->label_count || t->labels[index] == UINT32_MAX) {
        translate_refuse(t, "a label that is not in the function");
        return 0;
    }
    return t->labels[index];
}

static void define_label(struct translator *t, uint32_t label)
{
    t->labels[label - t->first_label] = (uint32_t) t->unit_count;
    if (label == t->function->entry_label)
        t->function->entry_word = (uint32_t) t->unit_count;
}

void translate_line(struct translator *t, uint32_t line)
{
    if (t->line_count > 0 && t->lines[t->line_count - 1].line == line)
        return;
    if (t->line_count > 0 && t->lines[t->line_count - 1].word == t->unit_count) {
        t->lines[t->line_count - 1].line = line;
        return;
    }
    if (!vector_reserve(t->memory, MEMORY_CODE, (void **) &t->lines, &t->line_capacity,
            t->line_count, 1, sizeof *t->lines)) {
        t->no_memory = true;
        return;
    }
    t->lines[t->line_count].word = (uint32_t) t->unit_count;
    t->lines[t->line_count++].line = line;
}

/* ---- ops ------------------------------------------------------------------------ */

static void translate_op(struct translator *t, const struct generic_op *op)
{
    const struct operand *o = translate_operands(t, op);

    switch (op->opcode) {
    case OP_label:
        define_label(t, (uint32_t) o[0].value.number);
        if (o[0].value.number == t->function->entry_label)
            translate_stub(t);
        return;
    case OP_line:
        translate_line(t, (uint32_t) o[0].value.number);
        return;
    case OP_func_info:
        emit(t, INSTRUCTION_function_clause, 0, 0);
        return;
    case OP_on_load:
    case OP_nif_start:
    case OP_executable_line:
    case OP_debug_line:
    case OP_fclearerror:
    case OP_fcheckerror:
        return;
    case OP_int_code_end:
        emit(t, INSTRUCTION_bad_code, 0, 0);
        return;
    default:
        break;
    }
    if (!translate_fused(t, op, o) && !translate_clause(t, op, o) && !translate_map(t, op, o)
        && !translate_data(t, op, o) && !translate_control(t, op, o) && !translate_native(t, op, o)
        && !translate_bits(t, op, o))
        translate_refuse(t, "an instruction that the translator does not know");
    if (op->flags & GENERIC_NO_RETURN)
        emit(t, INSTRUCTION_bad_code, 0, 0);
}

static void translate_ops(struct translator *t, struct load_error *error)
{
    const struct generic_function *generic = t->generic;

    for (t->op_index = 0; t->op_index < generic->op_count && !t->no_memory; t->op_index++) {
        const struct generic_op *op = &generic->ops[t->op_index];

        translate_op(t, op);
        if (t->refused != NULL) {
            snprintf(error->text, sizeof error->text, "offset %u: %s", (unsigned) op->offset,
                t->refused);
            return;
        }
    }
    /* Nothing may run off the end. */
    emit(t, INSTRUCTION_bad_code, 0, 0);
}

/* ---- layout ----------------------------------------------------------------------- */

static void apply_patch(struct translator *t, const struct patch *patch, uint32_t pool_start)
{
    uint32_t *unit = &t->units[patch->unit];
    uint32_t distance;

    switch (patch->kind) {
    case PATCH_LABEL:
        *unit = (label_word(t, patch->number) - patch->base) * (uint32_t) sizeof *t->units;
        break;
    case PATCH_LABEL_BEHIND_NIL:
        *unit = (label_word(t, patch->number) + 2 - patch->base) * (uint32_t) sizeof *t->units;
        break;
    case PATCH_LABEL_HALF:
        distance = label_word(t, patch->number) - patch->base;
        if ((int32_t) distance != (int16_t) (uint16_t) distance)
            translate_refuse(t, "a jump that is too far");
        *unit |= distance & 0xffff;
        break;
    case PATCH_LABEL_ABSOLUTE:
        *unit = label_word(t, patch->number);
        break;
    default:
        distance = pool_start + patch->number * (uint32_t) (sizeof(term) / sizeof(uint32_t))
            - patch->unit;
        *unit = patch->kind == PATCH_POOL ? distance : distance << 2 | UNIT_POOL;
        break;
    }
}

static bool lay_out(struct translator *t)
{
    struct function *f = t->function;
    size_t units = t->unit_count, pool_bytes, line_bytes, total;
    uint8_t *block;

    while (units * sizeof(uint32_t) % sizeof(term) != 0)
        units++;
    pool_bytes = t->pool_count * sizeof(uintptr_t);
    line_bytes = t->line_count * sizeof *t->lines;
    total = units * sizeof(uint32_t) + pool_bytes + line_bytes;
    if (total > UINT32_MAX / 4)
        translate_refuse(t, "a function that is too large");
    for (size_t i = 0; i < t->patch_count && t->refused == NULL; i++)
        apply_patch(t, &t->patches[i], (uint32_t) units);
    if (t->refused != NULL)
        return true;
    block = memory_allocate(t->memory, MEMORY_CODE, total);
    if (block == NULL)
        return false;
    memcpy(block, t->units, t->unit_count * sizeof(uint32_t));
    if (pool_bytes != 0)
        memcpy(block + units * sizeof(uint32_t), t->pool, pool_bytes);
    f->lines = (void *) (block + units * sizeof(uint32_t) + pool_bytes);
    if (line_bytes != 0)
        memcpy(f->lines, t->lines, line_bytes);
    f->line_count = (uint32_t) t->line_count;
    f->words = (void *) block;
    f->word_count = (uint32_t) t->unit_count;
    f->allocated = (uint32_t) total;
    return true;
}

static void translator_deinit(struct translator *t)
{
    struct memory *m = t->memory;

    memory_free(m, MEMORY_CODE, t->units, t->unit_capacity * sizeof *t->units);
    memory_free(m, MEMORY_CODE, t->patches, t->patch_capacity * sizeof *t->patches);
    memory_free(m, MEMORY_CODE, t->pool, t->pool_capacity * sizeof *t->pool);
    memory_free(m, MEMORY_CODE, t->lines, t->line_capacity * sizeof *t->lines);
    memory_free(m, MEMORY_CODE, t->labels, t->label_count * sizeof *t->labels);
    memory_free(m, MEMORY_CODE, t->label_ops, t->label_count * sizeof *t->label_ops);
}

bool translate_function(struct memory *memory, struct generic_function *generic,
    struct load_error *error)
{
    struct translator t;
    bool done = false;

    memset(&t, 0, sizeof t);
    t.memory = memory;
    t.generic = generic;
    t.function = generic->function;
    t.module = generic->function->module;
    if (!prepare_labels(&t))
        t.no_memory = true;
    else
        translate_ops(&t, error);
    if (t.refused == NULL && !t.no_memory) {
        if (!lay_out(&t))
            t.no_memory = true;
        else if (t.refused != NULL)
            snprintf(error->text, sizeof error->text, "%s", t.refused);
        else
            done = true;
    }
    if (t.no_memory)
        snprintf(error->text, sizeof error->text, "out of memory");
    translator_deinit(&t);
    return done;
}
