/* translate_clause.c - what the clauses of functions over tuples and lists are made of, several ops at
** once: a test with the reads behind it, a list that is a cons or empty, room with what is built in
** it and returned.
**
** Always: as in translate_fused.c: a label between the ops keeps them apart, and each op leaves in
** registers what it would leave alone. */
#include "load/translate.h"

/* The op that many behind the current one if it is of that kind and needs no check; else NULL. */
static const struct generic_op *proven_next(const struct translator *t, size_t ahead, unsigned opcode)
{
    const struct generic_op *next = translate_next(t, ahead);

    return next != NULL && next->opcode == opcode && !(next->flags & GENERIC_UNPROVEN) ? next : NULL;
}

/* ---- elements of tuples ---------------------------------------------------------- */

/* An element of that tuple goes into an x register. */
static bool is_element_read(const struct operand *o, const struct operand *tuple)
{
    return same_register(&o[0], tuple) && is_x(&o[2]) && o[1].value.number <= 255;
}

static uint32_t read_bytes(const struct operand *o)
{
    return number_of(&o[1]) | number_of(&o[2]) << 8;
}

/* The reads of tuple from that op on, one or two, as the unit of GET_TWO; gives how many. The first need
** not be proven to be allowed. */
static size_t two_reads(const struct translator *t, size_t ahead, const struct operand *tuple,
    uint32_t *unit)
{
    const struct generic_op *first = translate_next(t, ahead), *second;
    const struct operand *o, *n;

    if (first == NULL || first->opcode != OP_get_tuple_element)
        return 0;
    o = translate_operands(t, first);
    if (!is_element_read(o, tuple))
        return 0;
    second = proven_next(t, ahead + 1, OP_get_tuple_element);
    n = second != NULL ? translate_operands(t, second) : NULL;
    if (n == NULL || !is_element_read(n, tuple) || same_register(&o[0], &o[2])) {
        *unit = read_bytes(o) | read_bytes(o) << 16;
        return 1;
    }
    *unit = read_bytes(o) | read_bytes(n) << 16;
    return 2;
}

static bool clause_tagged_tuple(struct translator *t, const struct operand *o)
{
    uint32_t unit;
    size_t reads;

    if (!is_x(&o[1]) || o[2].value.number > 255 || o[2].value.number == 0 || !is_immediate(&o[3])
        || proven_next(t, 1, OP_get_tuple_element) == NULL)
        return false;
    reads = two_reads(t, 1, &o[1], &unit);
    if (reads == 0)
        return false;
    emit(t, INSTRUCTION_is_tagged_tuple_get_x, number_of(&o[1]), number_of(&o[2]));
    emit_label(t, &o[0]);
    emit_constant(t, o[3].value.constant);
    emit_number(t, unit);
    t->op_index += reads;
    return true;
}

/* is_tuple, and the arity tested or chosen by. */
static bool clause_tuple(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = proven_next(t, 1, OP_test_arity);
    const struct operand *n;
    uint32_t unit;
    size_t reads;

    if (!is_x(&o[1]))
        return false;
    if (next != NULL) {
        n = translate_operands(t, next);
        reads = proven_next(t, 2, OP_get_tuple_element) != NULL ? two_reads(t, 2, &o[1], &unit) : 0;
        if (reads == 0 || !same_register(&n[1], &o[1]) || n[0].value.number != o[0].value.number
            || n[2].value.number > 255)
            return false;
        emit(t, INSTRUCTION_is_tuple_of_arity_get_x, number_of(&o[1]), number_of(&n[2]));
        emit_label(t, &o[0]);
        emit_number(t, unit);
        t->op_index += 1 + reads;
        return true;
    }
    next = proven_next(t, 1, OP_select_tuple_arity);
    n = next != NULL ? translate_operands(t, next) : NULL;
    if (n == NULL || !same_register(&n[0], &o[1]))
        return false;
    emit(t, INSTRUCTION_is_tuple_select_arity_x, number_of(&o[1]), 0);
    emit_label(t, &o[0]);
    emit_label(t, &n[1]);
    emit_number(t, (uint32_t) n[2].value.number / 2);
    for (uint64_t i = 0; i < n[2].value.number; i += 2) {
        emit_number(t, (uint32_t) n[3 + i].value.number);
        emit_label(t, &n[4 + i]);
    }
    t->op_index++;
    return true;
}

static bool clause_element(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);
    const struct operand *n = next != NULL ? translate_operands(t, next) : NULL;
    uint32_t unit;

    if (op->flags & GENERIC_UNPROVEN) {
        uint32_t elements = generic_elements_read(t->generic, t->op_index);
        size_t reads = (is_x(&o[0]) || is_y(&o[0])) && elements <= 255 ? two_reads(t, 0, &o[0], &unit) : 0;

        if (reads == 0)
            return false;
        emit(t, is_x(&o[0]) ? INSTRUCTION_check_get_elements_x : INSTRUCTION_check_get_elements_y,
            number_of(&o[0]), elements);
        emit_number(t, unit);
        t->op_index += reads - 1;
        return true;
    }
    if (next == NULL || next->opcode != OP_is_eq_exact || !is_x(&o[0]) || !is_x(&o[2])
        || !same_register(&n[1], &o[2]) || !is_immediate(&n[2]))
        return false;
    emit(t, INSTRUCTION_get_element_is_eq_exact_xi, number_of(&o[0]), number_of(&o[2]));
    emit_number(t, (uint32_t) o[1].value.number);
    emit_constant(t, n[2].value.constant);
    emit_label(t, &n[0]);
    t->op_index++;
    return true;
}

/* ---- lists ----------------------------------------------------------------------- */

/* Where it is no cons, the op that it goes to asks whether it is empty: gives that op's operands. */
static const struct operand *nil_test_at(const struct translator *t, const struct operand *o)
{
    const struct generic_op *other = o[0].value.number != 0 ? translate_at_label(t, &o[0]) : NULL;
    const struct operand *n = other != NULL && other->opcode == OP_is_nil
        ? translate_operands(t, other) : NULL;

    return n != NULL && same_register(&n[1], &o[1]) && n[0].value.number != 0 ? n : NULL;
}

static bool clause_list(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = proven_next(t, 1, OP_get_list);
    const struct operand *nil = is_x(&o[1]) ? nil_test_at(t, o) : NULL, *n;
    bool is_taken;

    if (nil == NULL)
        return false;
    n = next != NULL ? translate_operands(t, next) : NULL;
    is_taken = n != NULL && same_register(&n[0], &o[1]) && is_x(&n[1]) && is_x(&n[2]);
    emit(t, is_taken ? INSTRUCTION_is_nonempty_get_list_or_nil_xxx : INSTRUCTION_is_nonempty_list_or_nil_x,
        number_of(&o[1]), is_taken ? number_of(&n[1]) : 0);
    emit_label(t, &nil[0]);
    emit_label_behind_nil(t, &o[0]);
    if (is_taken)
        emit_number(t, number_of(&n[2]));
    t->op_index += is_taken;
    return true;
}

/* ---- room, and what is built in it ------------------------------------------------ */

static void emit_items(struct translator *t, const struct operand *tuple)
{
    emit_number(t, (uint32_t) tuple[1].value.number);
    for (uint64_t i = 0; i < tuple[1].value.number; i++)
        emit_source(t, &tuple[2 + i]);
}

/* A return that many ops ahead, with the frame before it: gives how many ops that are, 0: none. */
static size_t return_at(const struct translator *t, size_t ahead, unsigned *words)
{
    const struct generic_op *next = translate_next(t, ahead);
    size_t taken = 1;

    *words = 0;
    if (next != NULL && next->opcode == OP_deallocate) {
        const struct operand *o = translate_operands(t, next);

        if (o[0].value.number > 254)
            return 0;
        *words = number_of(&o[0]) + 1;
        next = translate_next(t, ahead + 1);
        taken = 2;
    }
    return next != NULL && next->opcode == OP_return ? taken : 0;
}

/* A tuple in x0 that is returned. */
static bool clause_tuple_return(struct translator *t, const struct operand *tuple, size_t ahead,
    unsigned live, uint32_t need)
{
    unsigned words;
    size_t taken = return_at(t, ahead, &words);

    if (taken == 0 || tuple[0].kind != OPERAND_X || tuple[0].value.number != 0)
        return false;
    emit(t, INSTRUCTION_put_tuple_return, live, words);
    emit_number(t, need);
    emit_items(t, tuple);
    t->op_index += ahead - 1 + taken;
    return true;
}

static bool clause_room_tuple(struct translator *t, const struct operand *o, const struct operand *tuple)
{
    if (o[1].value.number > 255)
        return false;
    if (clause_tuple_return(t, tuple, 2, number_of(&o[1]), (uint32_t) o[0].value.number))
        return true;
    emit(t, INSTRUCTION_put_tuple_room, number_of(&o[1]), 0);
    emit_number(t, (uint32_t) o[0].value.number);
    emit_destination(t, &tuple[0]);
    emit_items(t, tuple);
    t->op_index++;
    return true;
}

static bool clause_room_list(struct translator *t, const struct operand *o, const struct operand *list)
{
    bool is_last = list[1].kind == OPERAND_CONSTANT && list[1].value.constant == TERM_NIL && is_x(&list[0]);

    if (o[0].value.number > 255 || o[1].value.number > 255 || !is_x(&list[2])
        || (!is_last && (!is_x(&list[1]) || (!is_x(&list[0]) && !is_y(&list[0])))))
        return false;
    emit(t, is_last ? INSTRUCTION_put_list_room_xnx
            : is_x(&list[0]) ? INSTRUCTION_put_list_room_xxx : INSTRUCTION_put_list_room_yxx,
        number_of(&list[0]), is_last ? 0 : number_of(&list[1]));
    emit_number(t, number_of(&list[2]) | number_of(&o[0]) << 8 | number_of(&o[1]) << 16);
    t->op_index++;
    return true;
}

static bool clause_room(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);

    if (next == NULL || o[0].value.number > UINT32_MAX / 16)
        return false;
    if (next->opcode == OP_put_tuple2)
        return clause_room_tuple(t, o, translate_operands(t, next));
    if (next->opcode == OP_put_list)
        return clause_room_list(t, o, translate_operands(t, next));
    return false;
}

/* ---- frames -------------------------------------------------------------------------- */

/* The last of the moves that pack a frame, and the trim behind it. A call takes a trim itself. */
static bool clause_move_trim(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1), *after = translate_next(t, 2);

    if (next == NULL || next->opcode != OP_trim || !is_y(&o[0]) || !is_y(&o[1]))
        return false;
    if (after != NULL && after->opcode == OP_line)
        after = translate_next(t, 3);
    if (after != NULL && after->opcode == OP_call)
        return false;
    emit(t, INSTRUCTION_move_yy_trim, number_of(&o[0]), number_of(&o[1]));
    emit_number(t, (uint32_t) translate_operands(t, next)[0].value.number);
    t->op_index++;
    return true;
}

bool translate_clause(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    if ((op->flags & GENERIC_UNPROVEN) && op->opcode != OP_get_tuple_element)
        return false;
    switch (op->opcode) {
    case OP_is_tagged_tuple:
        return clause_tagged_tuple(t, o);
    case OP_is_tuple:
        return clause_tuple(t, o);
    case OP_get_tuple_element:
        return clause_element(t, op, o);
    case OP_is_nonempty_list:
        return clause_list(t, o);
    case OP_test_heap:
        return clause_room(t, o);
    case OP_put_tuple2:
        return clause_tuple_return(t, o, 1, 0, 0);
    case OP_move:
        return clause_move_trim(t, o);
    default:
        return false;
    }
}
