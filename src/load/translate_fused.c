/* translate_fused.c - several ops in a row that have one instruction together: what functions over
** lists do on their way in and out, moves before a call of the same function, floats that are loaded,
** calculated with and stored.
**
** Always: a label between the ops keeps them apart, and each op leaves in registers what it would
** leave alone. */
#include "load/translate.h"

/* The op that many behind the current one if it is of that kind, with its operands; else NULL. */
static const struct operand *operands_of_next(const struct translator *t, size_t ahead,
    unsigned opcode)
{
    const struct generic_op *next = translate_next(t, ahead);

    return next != NULL && next->opcode == opcode
            && (opcode == OP_fmove || !(next->flags & GENERIC_UNPROVEN))
        ? translate_operands(t, next) : NULL;
}

/* ---- lists ---------------------------------------------------------------------- */

/* A cons or a jump; a frame; the cons taken apart. */
static bool fuse_list_entry(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    const struct operand *frame = operands_of_next(t, 1, OP_allocate);
    const struct operand *list = operands_of_next(t, 2, OP_get_list);

    if (op->opcode != OP_is_nonempty_list || frame == NULL || list == NULL || !is_x(&o[1])
        || !is_x(&list[0]) || list[0].value.number != o[1].value.number || !is_y(&list[1])
        || !is_x(&list[2]) || frame[0].value.number > 254 || frame[1].value.number > 255)
        return false;
    emit(t, INSTRUCTION_is_nonempty_allocate_get_list_xyx, number_of(&o[1]), number_of(&list[1]));
    emit_label(t, &o[0]);
    emit_number(t, number_of(&list[2]) | number_of(&frame[1]) << 8
        | (number_of(&frame[0]) + 1) << 16);
    t->op_index += 2;
    return true;
}

/* Room for a cons, the cons as result, the frame away, return. */
static bool fuse_list_exit(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    const struct operand *put = operands_of_next(t, 1, OP_put_list);
    const struct operand *frame = operands_of_next(t, 2, OP_deallocate);

    if (op->opcode != OP_test_heap || put == NULL || frame == NULL
        || operands_of_next(t, 3, OP_return) == NULL || !is_y(&put[0]) || !is_x(&put[1])
        || put[2].kind != OPERAND_X || put[2].value.number != 0 || o[0].value.number > 255
        || o[0].value.number < 2 || o[1].value.number > 255 || frame[0].value.number > 254)
        return false;
    emit(t, INSTRUCTION_put_list_yx_return, number_of(&put[0]), number_of(&put[1]));
    emit_number(t, number_of(&o[0]) | number_of(&o[1]) << 8 | (number_of(&frame[0]) + 1) << 16);
    t->op_index += 3;
    return true;
}

/* ---- moves and calls ----------------------------------------------------------------- */

/* 0: x to x, 1: x to y, 2: y to x; 3: another move, or none. */
static unsigned move_kind(const struct operand *o)
{
    if (o == NULL)
        return 3;
    if (is_x(&o[0]))
        return is_x(&o[1]) ? 0 : is_y(&o[1]) ? 1 : 3;
    return is_y(&o[0]) && is_x(&o[1]) ? 2 : 3;
}

/* One move (second: 3) or two by kind, then that call; bad_code: there is no such form. */
static enum instruction move_call_form(unsigned opcode, unsigned first, unsigned second)
{
    static const uint16_t call[3][4] = {
        { INSTRUCTION_call_xx_xx, INSTRUCTION_call_xx_xy, INSTRUCTION_call_xx_yx,
            INSTRUCTION_call_xx },
        { INSTRUCTION_call_xy_xx, INSTRUCTION_bad_code, INSTRUCTION_call_xy_yx,
            INSTRUCTION_call_xy },
        { INSTRUCTION_call_yx_xx, INSTRUCTION_call_yx_xy, INSTRUCTION_call_yx_yx,
            INSTRUCTION_call_yx } };
    static const uint16_t last[3][4] = {
        { INSTRUCTION_call_last_xx_xx, INSTRUCTION_bad_code, INSTRUCTION_call_last_xx_yx,
            INSTRUCTION_call_last_xx },
        { INSTRUCTION_bad_code, INSTRUCTION_bad_code, INSTRUCTION_bad_code, INSTRUCTION_bad_code },
        { INSTRUCTION_call_last_yx_xx, INSTRUCTION_bad_code, INSTRUCTION_call_last_yx_yx,
            INSTRUCTION_call_last_yx } };

    if (first == 3)
        return INSTRUCTION_bad_code;
    switch (opcode) {
    case OP_call:
        return call[first][second];
    case OP_call_last:
        return last[first][second];
    case OP_call_only:
        return first != 0 || (second != 0 && second != 3) ? INSTRUCTION_bad_code
            : second == 0 ? INSTRUCTION_call_only_xx_xx : INSTRUCTION_call_only_xx;
    default:
        return INSTRUCTION_bad_code;
    }
}

/* A move or two, and a call of a function of this module. The line is that of the call. */
static bool fuse_move_call(struct translator *t, const struct operand *o)
{
    const struct operand *second = operands_of_next(t, 1, OP_move), *line, *call_operands;
    size_t at = second != NULL ? 2 : 1;
    const struct generic_op *call;
    enum instruction form;
    struct function *callee;

    line = operands_of_next(t, at, OP_line);
    at += line != NULL;
    call = translate_next(t, at);
    if (call == NULL || (call->flags & GENERIC_NO_RETURN) || (second != NULL && move_kind(second) == 3))
        return false;
    form = move_call_form(call->opcode, move_kind(o), move_kind(second));
    if (form == INSTRUCTION_bad_code)
        return false;
    call_operands = translate_operands(t, call);
    callee = translate_callee(t, &call_operands[1]);
    if (callee == NULL || call_operands[0].value.number > 255 || (call->opcode == OP_call_last && call_operands[2].value.number > 254))
        return false;
    if (line != NULL)
        translate_line(t, (uint32_t) line[0].value.number);
    /* The form for the function itself is the next one. */
    emit(t, form + (callee == t->function), number_of(&o[0]), number_of(&o[1]));
    if (callee == t->function)
        emit_label(t, &call_operands[1]);
    else
        emit_pool(t, (uintptr_t) callee);
    emit_number(t, (second != NULL ? number_of(&second[0]) | number_of(&second[1]) << 8 : 0)
        | (call->opcode == OP_call_last ? (number_of(&call_operands[2]) + 1) << 16 : 0)
        | number_of(&call_operands[0]) << 24);
    t->op_index += at;
    return true;
}

/* ---- floats ------------------------------------------------------------------------- */

static enum instruction with_load(const struct generic_op *op, bool two)
{
    if (op == NULL)
        return INSTRUCTION_bad_code;
    switch (op->opcode) {
    case OP_fadd:
        return two ? INSTRUCTION_float_load2_add : INSTRUCTION_float_load_add;
    case OP_fsub:
        return two ? INSTRUCTION_float_load2_subtract : INSTRUCTION_float_load_subtract;
    case OP_fmul:
        return two ? INSTRUCTION_float_load2_multiply : INSTRUCTION_float_load_multiply;
    case OP_fdiv:
        return two ? INSTRUCTION_float_load2_divide : INSTRUCTION_float_load_divide;
    default:
        return INSTRUCTION_bad_code;
    }
}

/* Its form for what is loaded from an x or y register, two from x registers in the order of f. */
static enum instruction float_form(enum instruction general, const struct operand *f,
    const struct operand *one, const struct operand *two)
{
    bool in_order = two != NULL && one[0].kind == OPERAND_X && two[0].kind == OPERAND_X
        && same_register(&f[1], &one[1]) && same_register(&f[2], &two[1])
        && !same_register(&f[1], &f[2]);
    bool is_y_register = one[0].kind == OPERAND_Y;

    if (two != NULL ? !in_order : one[0].kind != OPERAND_X && !is_y_register)
        return general;
    switch (general) {
    case INSTRUCTION_float_load_add:
        return is_y_register ? INSTRUCTION_float_load_add_y : INSTRUCTION_float_load_add_x;
    case INSTRUCTION_float_load_multiply:
        return is_y_register ? INSTRUCTION_float_load_multiply_y : INSTRUCTION_float_load_multiply_x;
    case INSTRUCTION_float_load2_subtract:
        return INSTRUCTION_float_load2_subtract_xx;
    case INSTRUCTION_float_load2_multiply:
        return INSTRUCTION_float_load2_multiply_xx;
    default:
        return general;
    }
}

static bool is_float_load(const struct operand *o)
{
    return o != NULL && o[0].kind != OPERAND_FLOAT_REGISTER && o[1].kind == OPERAND_FLOAT_REGISTER;
}

static bool is_float_store(const struct operand *o, unsigned kind)
{
    return o != NULL && o[0].kind == OPERAND_FLOAT_REGISTER && is_small_register(&o[1], kind);
}

/* One float or two loaded, and calculated with at once. The line is that of the calculation. */
static bool fuse_float_load(struct translator *t, const struct operand *o)
{
    const struct operand *second = operands_of_next(t, 1, OP_fmove), *line, *f;
    bool two = is_float_load(second);
    size_t at = two ? 2 : 1;
    enum instruction instruction, form;
    bool swaps;

    line = operands_of_next(t, at, OP_line);
    at += line != NULL;
    instruction = with_load(translate_next(t, at), two);
    if (instruction == INSTRUCTION_bad_code)
        return false;
    f = translate_operands(t, translate_next(t, at));
    if (f[0].value.number != 0)
        return false;
    if (line != NULL)
        translate_line(t, (uint32_t) line[0].value.number);
    form = float_form(instruction, f, o, two ? second : NULL);
    /* Who takes what it loaded finds the other in slot a. */
    swaps = form != instruction && !two && same_register(&f[1], &o[1]);
    if (form != instruction && !two && !swaps && !same_register(&f[2], &o[1]))
        form = instruction;
    emit(t, form, number_of(&f[swaps ? 2 : 1]), number_of(&f[swaps ? 1 : 2]));
    emit_number(t, number_of(&f[3]) | number_of(&o[1]) << 8
        | (two ? number_of(&second[1]) << 16 : 0));
    emit_number(t, 0);
    emit_source(t, &o[0]);
    if (two)
        emit_source(t, &second[0]);
    t->op_index += at;
    return true;
}

static bool fuse_float_store(struct translator *t, const struct operand *o)
{
    const struct operand *second = operands_of_next(t, 1, OP_fmove);
    unsigned kind = o[1].kind;
    bool to_x = kind == OPERAND_X;

    if (!is_float_store(o, OPERAND_X) && !is_float_store(o, OPERAND_Y))
        return false;
    if (is_float_store(second, kind)) {
        emit(t, to_x ? INSTRUCTION_float_store2_x : INSTRUCTION_float_store2_y, number_of(&o[0]),
            number_of(&o[1]));
        emit_number(t, number_of(&second[0]) | number_of(&second[1]) << 8);
        t->op_index++;
    } else {
        emit(t, to_x ? INSTRUCTION_float_store_x : INSTRUCTION_float_store_y, number_of(&o[0]),
            number_of(&o[1]));
    }
    return true;
}

bool translate_fused(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    /* What loads a float looks whether it is one. */
    if ((op->flags & GENERIC_UNPROVEN) && op->opcode != OP_fmove)
        return false;
    switch (op->opcode) {
    case OP_is_nonempty_list:
        return fuse_list_entry(t, op, o);
    case OP_test_heap:
        return fuse_list_exit(t, op, o);
    case OP_move:
        return fuse_move_call(t, o);
    case OP_fmove:
        return is_float_load(o) ? fuse_float_load(t, o) : fuse_float_store(t, o);
    default:
        return false;
    }
}
