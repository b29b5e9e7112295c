/* translate_data.c - moves, tests, selections, lists, tuples and records. */
#include "load/translate.h"

#include <stdlib.h>

/* What stands before an op whose operand's type the verifier could not prove. */
static void check_unproven(struct translator *t, const struct generic_op *op,
    enum instruction check, const struct operand *o)
{
    if (!(op->flags & GENERIC_UNPROVEN))
        return;
    emit(t, check, 0, 0);
    emit_source(t, o);
}

static void check_unproven_tuple(struct translator *t, const struct generic_op *op,
    const struct operand *o, uint64_t elements)
{
    check_unproven(t, op, INSTRUCTION_check_tuple, o);
    if (op->flags & GENERIC_UNPROVEN)
        emit_number(t, (uint32_t) elements);
}

/* ---- moves ---------------------------------------------------------------------- */

/* Kind of a move between registers that has a form for runs; COUNT: none. */
static unsigned run_kind(const struct generic_op *op, const struct operand *o)
{
    if (op == NULL || op->opcode != OP_move)
        return 3;
    if (is_small_register(&o[0], OPERAND_X))
        return is_small_register(&o[1], OPERAND_X) ? 0 : is_small_register(&o[1], OPERAND_Y) ? 1 : 3;
    return is_small_register(&o[0], OPERAND_Y) && is_small_register(&o[1], OPERAND_X) ? 2 : 3;
}

static uint32_t pair_of(const struct operand *o)
{
    return (uint32_t) o[0].value.number | (uint32_t) o[1].value.number << 8;
}

/* Takes two moves, or three of one kind, in a row; false: there is but one. */
static bool translate_move_run(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    static const uint16_t two[3][3] = {
        { INSTRUCTION_move2_xx, INSTRUCTION_move2_xx_xy, INSTRUCTION_move2_xx_yx },
        { INSTRUCTION_move2_xy_xx, INSTRUCTION_move2_xy, INSTRUCTION_move2_xy_yx },
        { INSTRUCTION_move2_yx_xx, INSTRUCTION_move2_yx_xy, INSTRUCTION_move2_yx } };
    static const uint16_t three[] = { INSTRUCTION_move3_xx, INSTRUCTION_move3_xy,
        INSTRUCTION_move3_yx };
    const struct generic_op *next = translate_next(t, 1), *third = translate_next(t, 2);
    const struct operand *n, *m;
    unsigned kind = run_kind(op, o), next_kind;
    bool is_three;

    if (kind == 3 || next == NULL || next->opcode != OP_move)
        return false;
    n = translate_operands(t, next);
    next_kind = run_kind(next, n);
    if (next_kind == 3)
        return false;
    m = third != NULL && third->opcode == OP_move ? translate_operands(t, third) : NULL;
    is_three = next_kind == kind && m != NULL && run_kind(third, m) == kind;
    emit(t, is_three ? three[kind] : two[kind][next_kind], (unsigned) o[0].value.number,
        (unsigned) o[1].value.number);
    emit_number(t, pair_of(n) | (is_three ? pair_of(m) << 16 : 0));
    t->op_index += is_three ? 2 : 1;
    return true;
}

/* y -> x0, the frame away, return. */
static bool translate_move_y_return(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1), *after = translate_next(t, 2);
    uint64_t count;

    if (next == NULL || next->opcode != OP_deallocate || after == NULL
        || after->opcode != OP_return || !is_small_register(&o[0], OPERAND_Y)
        || o[1].kind != OPERAND_X || o[1].value.number != 0)
        return false;
    count = translate_operands(t, next)[0].value.number;
    if (count > 254)
        return false;
    emit(t, INSTRUCTION_move_y_deallocate_return, (unsigned) o[0].value.number,
        (unsigned) count + 1);
    t->op_index += 2;
    return true;
}

/* A constant or an x register that is returned at once. */
static bool translate_move_return(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);

    if (translate_move_y_return(t, o))
        return true;
    if (next != NULL && next->opcode == OP_return && is_small_register(&o[0], OPERAND_X)
        && o[1].kind == OPERAND_X && o[1].value.number == 0) {
        emit(t, INSTRUCTION_move_x_return, (unsigned) o[0].value.number, 0);
        t->op_index++;
        return true;
    }
    if (next == NULL || next->opcode != OP_return || o[0].kind != OPERAND_CONSTANT
        || !translate_is_immediate(o[0].value.constant) || o[1].kind != OPERAND_X
        || o[1].value.number != 0)
        return false;
    emit(t, INSTRUCTION_move_i_return, 0, 0);
    emit_constant(t, o[0].value.constant);
    t->op_index++;
    return true;
}

static void translate_move(struct translator *t, const struct operand *from, const struct operand *to)
{
    unsigned a = (unsigned) from->value.number, b = (unsigned) to->value.number;
    bool from_x = is_small_register(from, OPERAND_X), from_y = is_small_register(from, OPERAND_Y);
    bool to_x = is_small_register(to, OPERAND_X), to_y = is_small_register(to, OPERAND_Y);

    if (from->kind == to->kind && a == b && from->kind != OPERAND_CONSTANT)
        return;
    if (from_x && to_x) {
        emit(t, INSTRUCTION_move_xx, a, b);
    } else if (from_x && to_y) {
        emit(t, INSTRUCTION_move_xy, a, b);
    } else if (from_y && to_x) {
        emit(t, INSTRUCTION_move_yx, a, b);
    } else if (from_y && to_y) {
        emit(t, INSTRUCTION_move_yy, a, b);
    } else if (from->kind == OPERAND_CONSTANT && translate_is_immediate(from->value.constant)
        && (to_x || to_y)) {
        emit(t, to_x ? INSTRUCTION_move_ix : INSTRUCTION_move_iy, b, 0);
        emit_constant(t, from->value.constant);
    } else if (from->kind == OPERAND_CONSTANT && to_x) {
        emit(t, INSTRUCTION_move_cx, b, 0);
        emit_pool(t, from->value.constant);
    } else {
        emit(t, INSTRUCTION_move, 0, 0);
        emit_source(t, from);
        emit_destination(t, to);
    }
}

static void translate_swap(struct translator *t, const struct operand *o)
{
    if (is_small_register(&o[0], OPERAND_X) && is_small_register(&o[1], OPERAND_X)) {
        emit(t, INSTRUCTION_swap_xx, (unsigned) o[0].value.number, (unsigned) o[1].value.number);
    } else if (is_small_register(&o[0], OPERAND_X) && is_small_register(&o[1], OPERAND_Y)) {
        emit(t, INSTRUCTION_swap_xy, (unsigned) o[0].value.number, (unsigned) o[1].value.number);
    } else if (is_small_register(&o[0], OPERAND_Y) && is_small_register(&o[1], OPERAND_X)) {
        emit(t, INSTRUCTION_swap_xy, (unsigned) o[1].value.number, (unsigned) o[0].value.number);
    } else {
        emit(t, INSTRUCTION_swap, 0, 0);
        emit_destination(t, &o[0]);
        emit_destination(t, &o[1]);
    }
}

/* ---- tests ------------------------------------------------------------------------ */

static const struct { uint8_t opcode; uint16_t instruction; } type_tests[] = {
    { OP_is_integer, INSTRUCTION_is_integer }, { OP_is_float, INSTRUCTION_is_float },
    { OP_is_number, INSTRUCTION_is_number }, { OP_is_atom, INSTRUCTION_is_atom },
    { OP_is_pid, INSTRUCTION_is_pid }, { OP_is_reference, INSTRUCTION_is_reference },
    { OP_is_port, INSTRUCTION_is_port }, { OP_is_nil, INSTRUCTION_is_nil },
    { OP_is_binary, INSTRUCTION_is_binary }, { OP_is_bitstr, INSTRUCTION_is_bitstr },
    { OP_is_list, INSTRUCTION_is_list }, { OP_is_nonempty_list, INSTRUCTION_is_nonempty_list },
    { OP_is_tuple, INSTRUCTION_is_tuple }, { OP_is_map, INSTRUCTION_is_map },
    { OP_is_boolean, INSTRUCTION_is_boolean }, { OP_is_function, INSTRUCTION_is_function }
};

static const struct { uint8_t opcode; uint16_t instruction; } comparisons[] = {
    { OP_is_lt, INSTRUCTION_is_lt }, { OP_is_ge, INSTRUCTION_is_ge }, { OP_is_eq, INSTRUCTION_is_eq },
    { OP_is_ne, INSTRUCTION_is_ne }, { OP_is_eq_exact, INSTRUCTION_is_eq_exact },
    { OP_is_ne_exact, INSTRUCTION_is_ne_exact }, { OP_is_function2, INSTRUCTION_is_function2 }
};

/* The forms of tests on an x register. */
static const struct { uint8_t opcode; uint16_t instruction; } register_tests[] = {
    { OP_is_integer, INSTRUCTION_is_integer_x }, { OP_is_atom, INSTRUCTION_is_atom_x },
    { OP_is_nil, INSTRUCTION_is_nil_x }, { OP_is_binary, INSTRUCTION_is_binary_x },
    { OP_is_list, INSTRUCTION_is_list_x }, { OP_is_nonempty_list, INSTRUCTION_is_nonempty_list_x },
    { OP_is_tuple, INSTRUCTION_is_tuple_x }, { OP_is_map, INSTRUCTION_is_map_x }
};

/* is_tuple with the test of its arity after it, is_nonempty_list with what takes it apart. */
static bool translate_fused_test(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);
    const struct operand *n;

    if (next == NULL || !is_x(&o[1]))
        return false;
    n = translate_operands(t, next);
    if (op->opcode == OP_is_tuple && next->opcode == OP_test_arity && same_register(&o[1], &n[1])
        && o[0].value.number == n[0].value.number && n[2].value.number <= 255) {
        emit(t, INSTRUCTION_is_tuple_of_arity_x, (unsigned) o[1].value.number,
            (unsigned) n[2].value.number);
        emit_label(t, &o[0]);
        t->op_index++;
        return true;
    }
    if (op->opcode == OP_is_nonempty_list && next->opcode == OP_get_list
        && same_register(&o[1], &n[0]) && is_x(&n[1]) && is_x(&n[2])) {
        emit(t, INSTRUCTION_is_nonempty_get_list_xxx, (unsigned) o[1].value.number,
            (unsigned) n[1].value.number);
        emit_label(t, &o[0]);
        emit_number(t, (uint32_t) n[2].value.number);
        t->op_index++;
        return true;
    }
    return false;
}

static bool translate_register_test(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    for (size_t i = 0; i < AVM_COUNT_OF(register_tests) && is_x(&o[1]); i++) {
        if (register_tests[i].opcode == op->opcode) {
            emit(t, register_tests[i].instruction, (unsigned) o[1].value.number, 0);
            emit_label(t, &o[0]);
            return true;
        }
    }
    return false;
}

/* op: one with both operands in registers, a register first, an immediate first. */
static bool emit_comparison(struct translator *t, enum instruction xx, enum instruction xi,
    enum instruction ix, const struct operand *o)
{
    if (is_x(&o[1]) && is_x(&o[2])) {
        emit(t, xx, (unsigned) o[1].value.number, (unsigned) o[2].value.number);
    } else if (is_x(&o[1]) && is_immediate(&o[2])) {
        emit(t, xi, (unsigned) o[1].value.number, 0);
        emit_source(t, &o[2]);
    } else if (is_x(&o[2]) && is_immediate(&o[1])) {
        emit(t, ix, (unsigned) o[2].value.number, 0);
        emit_source(t, &o[1]);
    } else {
        return false;
    }
    emit_label(t, &o[0]);
    return true;
}

static bool translate_register_comparison(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_is_lt:
        return emit_comparison(t, INSTRUCTION_is_lt_xx, INSTRUCTION_is_lt_xi, INSTRUCTION_is_lt_ix, o);
    case OP_is_ge:
        return emit_comparison(t, INSTRUCTION_is_ge_xx, INSTRUCTION_is_ge_xi, INSTRUCTION_is_ge_ix, o);
    case OP_is_eq_exact:
        return emit_comparison(t, INSTRUCTION_is_eq_exact_xx, INSTRUCTION_is_eq_exact_xi,
            INSTRUCTION_is_eq_exact_xi, o);
    case OP_is_ne_exact:
        return emit_comparison(t, INSTRUCTION_is_ne_exact_xx, INSTRUCTION_is_ne_exact_xi,
            INSTRUCTION_is_ne_exact_xi, o);
    default:
        return false;
    }
}

static bool translate_test(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    if ((op->opcode < OP_is_lt || op->opcode > OP_is_tuple) && op->opcode != OP_is_function
        && op->opcode != OP_is_boolean && op->opcode != OP_is_function2 && op->opcode != OP_is_map
        && op->opcode != OP_is_bitstr)
        return false;
    if (translate_fused_test(t, op, o) || translate_register_comparison(t, op, o)
        || translate_register_test(t, op, o))
        return true;
    for (size_t i = 0; i < AVM_COUNT_OF(type_tests); i++) {
        if (type_tests[i].opcode == op->opcode) {
            emit(t, type_tests[i].instruction, 0, 0);
            emit_source(t, &o[1]);
            emit_label(t, &o[0]);
            return true;
        }
    }
    for (size_t i = 0; i < AVM_COUNT_OF(comparisons); i++) {
        if (comparisons[i].opcode == op->opcode) {
            emit(t, comparisons[i].instruction, 0, 0);
            emit_source(t, &o[1]);
            emit_source(t, &o[2]);
            emit_label(t, &o[0]);
            return true;
        }
    }
    return false;
}

static void translate_test_arity(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    check_unproven_tuple(t, op, &o[1], 0);
    if (is_x(&o[1]) && o[2].value.number <= 255) {
        emit(t, INSTRUCTION_test_arity_x, (unsigned) o[1].value.number,
            (unsigned) o[2].value.number);
        emit_label(t, &o[0]);
        return;
    }
    emit(t, INSTRUCTION_test_arity, 0, 0);
    emit_source(t, &o[1]);
    emit_label(t, &o[0]);
    emit_number(t, (uint32_t) o[2].value.number);
}

static void translate_is_tagged_tuple(struct translator *t, const struct operand *o)
{
    bool immediate = translate_is_immediate(o[3].value.constant);

    if (immediate && is_x(&o[1]) && o[2].value.number <= 255 && o[2].value.number != 0) {
        emit(t, INSTRUCTION_is_tagged_tuple_x, (unsigned) o[1].value.number,
            (unsigned) o[2].value.number);
        emit_label(t, &o[0]);
        emit_constant(t, o[3].value.constant);
        return;
    }
    emit(t, immediate ? INSTRUCTION_is_tagged_tuple_i : INSTRUCTION_is_tagged_tuple, 0, 0);
    emit_source(t, &o[1]);
    emit_label(t, &o[0]);
    emit_number(t, (uint32_t) o[2].value.number);
    if (immediate)
        emit_constant(t, o[3].value.constant);
    else
        emit_pool(t, o[3].value.constant);
}

/* ---- selections --------------------------------------------------------------------- */

/* A value of select_val with its place among the operands. */
struct choice {
    int32_t value;
    uint32_t label;
};

static int compare_choices(const void *a, const void *b)
{
    int32_t x = ((const struct choice *) a)->value, y = ((const struct choice *) b)->value;

    return (x > y) - (x < y);
}

static void emit_choice_label(struct translator *t, uint32_t label)
{
    struct operand operand = { .kind = OPERAND_LABEL, .value = { .number = label } };

    emit_label(t, &operand);
}

/* Where all that is at label is the return of an immediate, gives that. */
static bool returned_at(const struct translator *t, uint32_t label, term *constant)
{
    struct operand operand = { .kind = OPERAND_LABEL, .value = { .number = label } };
    const struct generic_op *op = label != 0 ? translate_at_label(t, &operand) : NULL;
    const struct operand *o = op != NULL && op->opcode == OP_move ? translate_operands(t, op) : NULL;

    if (o == NULL || !is_immediate(&o[0]) || o[1].kind != OPERAND_X || o[1].value.number != 0
        || op + 1 == t->generic->ops + t->generic->op_count || op[1].opcode != OP_return)
        return false;
    *constant = o[0].value.constant;
    return true;
}

/* Whether each way does so. */
static bool all_return(const struct translator *t, const struct choice *choices, size_t count)
{
    term constant;

    for (size_t i = 0; i < count; i++) {
        if (!returned_at(t, choices[i].label, &constant))
            return false;
    }
    return true;
}

/* The label of a choice, or what it returns. */
static void emit_choice(struct translator *t, uint32_t label, bool returns)
{
    term constant;

    if (returns && returned_at(t, label, &constant))
        emit_constant(t, constant);
    else
        emit_choice_label(t, label);
}

static void select_linear(struct translator *t, const struct operand *o, size_t count)
{
    emit(t, INSTRUCTION_select_linear, 0, 0);
    emit_source(t, &o[0]);
    emit_label(t, &o[1]);
    emit_number(t, (uint32_t) count);
    for (size_t i = 0; i < count; i++) {
        emit_source(t, &o[3 + 2 * i]);
        emit_label(t, &o[4 + 2 * i]);
    }
}

/* Smalls that fill at least half of their range. */
static bool is_dense(const struct choice *choices, size_t count)
{
    int64_t range;

    for (size_t i = 0; i < count; i++) {
        if (!term_is_small((term) (intptr_t) choices[i].value))
            return false;
    }
    range = ((int64_t) choices[count - 1].value - choices[0].value) / 16 + 1;
    return range <= (int64_t) count * 2 + 2;
}

static void jump_table(struct translator *t, const struct operand *o, const struct choice *choices,
    size_t count)
{
    int32_t first = choices[0].value;
    uint32_t range = (uint32_t) (((int64_t) choices[count - 1].value - first) / 16 + 1);
    struct choice other = { 0, (uint32_t) o[1].value.number };
    bool returns = is_x(&o[0]) && all_return(t, choices, count) && (count == range || all_return(t, &other, 1));
    size_t at = 0;

    emit(t, returns ? INSTRUCTION_jump_table_return_x
            : is_x(&o[0]) ? INSTRUCTION_jump_table_x : INSTRUCTION_jump_table, 0, 0);
    emit_source(t, &o[0]);
    emit_label(t, &o[1]);
    emit_number(t, (uint32_t) first);
    emit_number(t, range);
    for (uint32_t i = 0; i < range; i++) {
        if (choices[at].value == (int32_t) (first + (int64_t) i * 16))
            emit_choice(t, choices[at++].label, returns);
        else
            emit_choice(t, other.label, returns);
    }
}

static void select_sorted(struct translator *t, const struct operand *o,
    const struct choice *choices, size_t count)
{
    emit(t, INSTRUCTION_select_sorted, 0, 0);
    emit_source(t, &o[0]);
    emit_label(t, &o[1]);
    emit_number(t, (uint32_t) count);
    for (size_t i = 0; i < count; i++) {
        emit_number(t, (uint32_t) choices[i].value);
        emit_choice_label(t, choices[i].label);
    }
}

/* Two or three values of an x register, one behind the other. */
static bool select_few(struct translator *t, const struct operand *o, const struct choice *choices,
    size_t count)
{
    if (count < 2 || count > 3 || !is_x(&o[0]))
        return false;
    emit(t, count == 2 ? INSTRUCTION_select2_x : INSTRUCTION_select3_x, number_of(&o[0]), 0);
    emit_label(t, &o[1]);
    for (size_t i = 0; i < count; i++) {
        emit_number(t, (uint32_t) choices[i].value);
        emit_choice_label(t, choices[i].label);
    }
    return true;
}

/* How many units of table a choice may cost, and how many ways to spread them are tried. */
#define HASHED_ROOM 4
#define HASHED_TRIES 24

/* A multiplier that sends each value to another place of a table of 1 << bits; 0: none was found. */
static uint32_t find_multiplier(const struct choice *choices, size_t count, unsigned bits)
{
    for (unsigned try = 0; try < HASHED_TRIES; try++) {
        /* First those that take bits of the number of a small or an atom as they are. */
        uint32_t multiplier = try == 0 ? 1u << (28 - bits) : try == 1 ? 1u << (26 - bits)
            : 0x9e3779b1u * (2 * try + 1);
        uint64_t taken[4] = { 0 };
        size_t i;

        for (i = 0; i < count; i++) {
            uint32_t slot = ((uint32_t) choices[i].value * multiplier) >> (32 - bits);

            if (taken[slot / 64] >> slot % 64 & 1)
                break;
            taken[slot / 64] |= (uint64_t) 1 << slot % 64;
        }
        if (i == count)
            return multiplier;
    }
    return 0;
}

/* False: there are too few values for a table, too many, or they do not spread. */
static bool select_hashed(struct translator *t, const struct operand *o,
    const struct choice *choices, size_t count)
{
    bool returns = is_x(&o[0]) && all_return(t, choices, count);
    uint32_t multiplier = 0;
    unsigned bits = 2;

    if (count < 4)
        return false;
    for (; bits <= 8 && (size_t) 1 << bits <= HASHED_ROOM * count && multiplier == 0; bits++)
        multiplier = count <= (size_t) 1 << bits ? find_multiplier(choices, count, bits) : 0;
    if (multiplier == 0)
        return false;
    bits--;
    emit(t, returns ? INSTRUCTION_select_hashed_return_x
            : is_x(&o[0]) ? INSTRUCTION_select_hashed_x : INSTRUCTION_select_hashed, 0, 0);
    emit_source(t, &o[0]);
    emit_label(t, &o[1]);
    emit_number(t, 32 - bits);
    emit_number(t, multiplier);
    emit_number(t, 1u << bits);
    for (uint32_t slot = 0; slot < 1u << bits; slot++) {
        size_t i = 0;

        while (i < count && ((uint32_t) choices[i].value * multiplier) >> (32 - bits) != slot)
            i++;
        /* An empty place has a value that is looked for elsewhere. */
        emit_number(t, (uint32_t) choices[i < count ? i : 0].value);
        if (i < count)
            emit_choice(t, choices[i].label, returns);
        else
            emit_choice_label(t, returns ? 0 : (uint32_t) o[1].value.number);
    }
    return true;
}

static size_t drop_repeated(struct choice *choices, size_t count)
{
    size_t kept = 1;

    for (size_t i = 1; i < count; i++) {
        if (choices[i].value != choices[kept - 1].value)
            choices[kept++] = choices[i];
    }
    return kept;
}

static void translate_select(struct translator *t, const struct operand *o)
{
    size_t count = (size_t) o[2].value.number / 2, kept;
    struct choice *choices;

    for (size_t i = 0; i < count; i++) {
        if (o[3 + 2 * i].kind != OPERAND_CONSTANT
            || !translate_is_immediate(o[3 + 2 * i].value.constant)) {
            select_linear(t, o, count);
            return;
        }
    }
    choices = count == 0 ? NULL : memory_allocate(t->memory, MEMORY_CODE, count * sizeof *choices);
    if (choices == NULL) {
        t->no_memory = count != 0;
        select_linear(t, o, 0);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        choices[i].value = (int32_t) (uint32_t) o[3 + 2 * i].value.constant;
        choices[i].label = (uint32_t) o[4 + 2 * i].value.number;
    }
    qsort(choices, count, sizeof *choices, compare_choices);
    kept = drop_repeated(choices, count);
    if (select_few(t, o, choices, kept))
        ;
    else if (is_dense(choices, kept))
        jump_table(t, o, choices, kept);
    else if (!select_hashed(t, o, choices, kept))
        select_sorted(t, o, choices, kept);
    memory_free(t->memory, MEMORY_CODE, choices, count * sizeof *choices);
}

static void translate_select_arity(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    size_t count = (size_t) o[2].value.number / 2;

    check_unproven_tuple(t, op, &o[0], 0);
    emit(t, INSTRUCTION_select_tuple_arity, 0, 0);
    emit_source(t, &o[0]);
    emit_label(t, &o[1]);
    emit_number(t, (uint32_t) count);
    for (size_t i = 0; i < count; i++) {
        emit_number(t, (uint32_t) o[3 + 2 * i].value.number);
        emit_label(t, &o[4 + 2 * i]);
    }
}

/* ---- lists and tuples ------------------------------------------------------------------ */

/* 0: x, 1: y; any other operand: 4. */
static unsigned small_kind(const struct operand *o)
{
    return is_small_register(o, OPERAND_X) ? 0 : is_small_register(o, OPERAND_Y) ? 1 : 4;
}

static enum instruction get_list_form(const struct operand *o)
{
    static const uint16_t forms[8] = { INSTRUCTION_get_list_xxx, INSTRUCTION_get_list_xxy,
        INSTRUCTION_get_list_xyx, INSTRUCTION_get_list_xyy, INSTRUCTION_get_list_yxx,
        INSTRUCTION_get_list_yxy, INSTRUCTION_get_list, INSTRUCTION_get_list };
    unsigned from = small_kind(&o[0]), head = small_kind(&o[1]), tail = small_kind(&o[2]);

    return (from | head | tail) > 1 ? INSTRUCTION_get_list : forms[from << 2 | head << 1 | tail];
}

static void translate_get_list(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    enum instruction form;
    enum instruction instruction = op->opcode == OP_get_hd ? INSTRUCTION_get_hd
        : op->opcode == OP_get_tl                          ? INSTRUCTION_get_tl
                                                           : INSTRUCTION_get_list;

    check_unproven(t, op, INSTRUCTION_check_cons, &o[0]);
    if (op->opcode != OP_get_list && is_x(&o[0]) && is_x(&o[1])) {
        emit(t, op->opcode == OP_get_hd ? INSTRUCTION_get_hd_xx : INSTRUCTION_get_tl_xx,
            (unsigned) o[0].value.number, (unsigned) o[1].value.number);
        return;
    }
    if (op->opcode == OP_get_list && (form = get_list_form(o)) != INSTRUCTION_get_list) {
        emit(t, form, (unsigned) o[0].value.number, (unsigned) o[1].value.number);
        emit_number(t, (uint32_t) o[2].value.number);
        return;
    }
    emit(t, instruction, 0, 0);
    emit_source(t, &o[0]);
    emit_destination(t, &o[1]);
    if (op->opcode == OP_get_list)
        emit_destination(t, &o[2]);
}

static void translate_tuple(struct translator *t, const struct operand *o)
{
    emit(t, INSTRUCTION_put_tuple, 0, 0);
    emit_destination(t, &o[0]);
    emit_number(t, (uint32_t) o[1].value.number);
    for (uint64_t i = 0; i < o[1].value.number; i++)
        emit_source(t, &o[2 + i]);
}

static void translate_put_list(struct translator *t, const struct operand *o)
{
    static const uint16_t forms[4] = { INSTRUCTION_put_list_xxx, INSTRUCTION_put_list_xyx,
        INSTRUCTION_put_list_yxx, INSTRUCTION_put_list_yyx };
    unsigned head = small_kind(&o[0]), tail = small_kind(&o[1]);

    if (head <= 1 && is_x(&o[2]) && o[1].kind == OPERAND_CONSTANT
        && o[1].value.constant == TERM_NIL) {
        emit(t, head == 0 ? INSTRUCTION_put_list_xnx : INSTRUCTION_put_list_ynx,
            (unsigned) o[0].value.number, (unsigned) o[2].value.number);
        return;
    }
    if (head <= 1 && tail <= 1 && is_x(&o[2])) {
        emit(t, forms[head << 1 | tail], (unsigned) o[0].value.number,
            (unsigned) o[1].value.number);
        emit_number(t, (uint32_t) o[2].value.number);
        return;
    }
    emit(t, INSTRUCTION_put_list, 0, 0);
    emit_source(t, &o[0]);
    emit_source(t, &o[1]);
    emit_destination(t, &o[2]);
}

/* A register that holds a tuple known to have that element; into an x register. */
static bool is_element_read(const struct generic_op *op, const struct operand *o)
{
    return is_x(&o[0]) && is_x(&o[2]) && o[1].value.number <= 255
        && op->opcode == OP_get_tuple_element;
}

/* Two reads of one tuple, the first of which does not overwrite it. */
static bool translate_two_elements(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);
    const struct operand *n;

    if (next == NULL || !is_element_read(op, o) || next->opcode != OP_get_tuple_element
        || (next->flags & GENERIC_UNPROVEN))
        return false;
    n = translate_operands(t, next);
    if (!is_element_read(next, n) || !same_register(&o[0], &n[0]) || same_register(&o[0], &o[2]))
        return false;
    emit(t, INSTRUCTION_get_element2_xxx, (unsigned) o[0].value.number, 0);
    emit_number(t, (uint32_t) o[1].value.number | (uint32_t) o[2].value.number << 8
        | (uint32_t) n[1].value.number << 16 | (uint32_t) n[2].value.number << 24);
    t->op_index++;
    return true;
}

static void translate_element(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    bool from_x = is_x(&o[0]), from_y = is_small_register(&o[0], OPERAND_Y);
    bool to_x = is_x(&o[2]), to_y = is_small_register(&o[2], OPERAND_Y);

    check_unproven_tuple(t, op, &o[0], generic_elements_read(t->generic, t->op_index));
    if (translate_two_elements(t, op, o))
        return;
    if ((from_x && (to_x || to_y)) || (from_y && to_x)) {
        emit(t, from_y ? INSTRUCTION_get_element_yx : to_y ? INSTRUCTION_get_element_xy
                : INSTRUCTION_get_element_xx,
            (unsigned) o[0].value.number, (unsigned) o[2].value.number);
    } else {
        emit(t, INSTRUCTION_get_tuple_element, 0, 0);
        emit_source(t, &o[0]);
        emit_destination(t, &o[2]);
    }
    emit_number(t, (uint32_t) o[1].value.number);
}

static void translate_update_record(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    uint32_t pairs = (uint32_t) o[4].value.number / 2;

    check_unproven_tuple(t, op, &o[2], o[1].value.number);
    emit(t, INSTRUCTION_update_record, 0, 0);
    emit_number(t, o[0].value.constant == ATOM(reuse));
    emit_source(t, &o[2]);
    emit_destination(t, &o[3]);
    emit_number(t, (uint32_t) o[1].value.number);
    emit_number(t, pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        emit_number(t, (uint32_t) o[5 + 2 * i].value.number);
        emit_source(t, &o[6 + 2 * i]);
    }
}

static bool translate_tuples(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_get_list:
    case OP_get_hd:
    case OP_get_tl:
        translate_get_list(t, op, o);
        return true;
    case OP_put_list:
        translate_put_list(t, o);
        return true;
    case OP_get_tuple_element:
        translate_element(t, op, o);
        return true;
    case OP_set_tuple_element:
        check_unproven_tuple(t, op, &o[1], o[2].value.number + 1);
        emit(t, INSTRUCTION_set_tuple_element, 0, 0);
        emit_source(t, &o[0]);
        emit_source(t, &o[1]);
        emit_number(t, (uint32_t) o[2].value.number);
        return true;
    case OP_put_tuple2:
        translate_tuple(t, o);
        return true;
    case OP_update_record:
        translate_update_record(t, op, o);
        return true;
    default:
        return false;
    }
}

/* ---- native records (OTP 29) --------------------------------------------------------------- */

static bool translate_records(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_is_any_native_record:
    case OP_is_native_record:
    case OP_is_record_accessible:
    case OP_get_record_elements:
        /* No value is a native record here, so each of these tests fails. */
        emit(t, INSTRUCTION_jump, 0, 0);
        emit_label(t, &o[0]);
        return true;
    case OP_put_record:
    case OP_get_record_field:
        emit(t, INSTRUCTION_badrecord, 0, 0);
        emit_source(t, op->opcode == OP_put_record ? &o[2] : &o[1]);
        return true;
    default:
        return false;
    }
}

bool translate_data(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    switch (op->opcode) {
    case OP_move:
        if (!translate_move_run(t, op, o) && !translate_move_return(t, o))
            translate_move(t, &o[0], &o[1]);
        return true;
    case OP_swap:
        translate_swap(t, o);
        return true;
    case OP_jump:
        emit(t, INSTRUCTION_jump, 0, 0);
        emit_label(t, &o[0]);
        return true;
    case OP_test_arity:
        translate_test_arity(t, op, o);
        return true;
    case OP_is_tagged_tuple:
        translate_is_tagged_tuple(t, o);
        return true;
    case OP_select_val:
        translate_select(t, o);
        return true;
    case OP_select_tuple_arity:
        translate_select_arity(t, op, o);
        return true;
    default:
        return translate_test(t, op, o) || translate_tuples(t, op, o)
            || translate_records(t, op, o);
    }
}
