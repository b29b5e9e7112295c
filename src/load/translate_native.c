/* translate_native.c - natives as operands (guard functions, arithmetic) and float instructions. */
#include "load/translate.h"

/* Natives of erlang that have an instruction; its operands are the same as those of the general
** form for that many arguments. */
static const struct {
    uint32_t function;
    uint8_t arity;
    uint16_t instruction;
} inlined[] = {
    { ATOM_INDEX_hd, 1, INSTRUCTION_bif_hd },
    { ATOM_INDEX_tl, 1, INSTRUCTION_bif_tl },
    { ATOM_INDEX_tuple_size, 1, INSTRUCTION_bif_tuple_size },
    { ATOM_INDEX_map_size, 1, INSTRUCTION_bif_map_size },
    { ATOM_INDEX_byte_size, 1, INSTRUCTION_bif_byte_size },
    { ATOM_INDEX_length, 1, INSTRUCTION_bif_length },
    { ATOM_INDEX_not, 1, INSTRUCTION_bif_not },
    { ATOM_INDEX_element, 2, INSTRUCTION_bif_element },
    { ATOM_INDEX_map_get, 2, INSTRUCTION_bif_map_get },
    { ATOM_INDEX_is_map_key, 2, INSTRUCTION_bif_is_map_key },
    { ATOM_INDEX_and, 2, INSTRUCTION_bif_and },
    { ATOM_INDEX_or, 2, INSTRUCTION_bif_or },
    { ATOM_INDEX_eq_exact, 2, INSTRUCTION_bif_eq_exact },
    { ATOM_INDEX_ne_exact, 2, INSTRUCTION_bif_ne_exact },
    { ATOM_INDEX_eq, 2, INSTRUCTION_bif_eq },
    { ATOM_INDEX_ne, 2, INSTRUCTION_bif_ne },
    { ATOM_INDEX_lt, 2, INSTRUCTION_bif_lt },
    { ATOM_INDEX_gt, 2, INSTRUCTION_bif_gt },
    { ATOM_INDEX_le, 2, INSTRUCTION_bif_le },
    { ATOM_INDEX_ge, 2, INSTRUCTION_bif_ge },
    { ATOM_INDEX_plus, 2, INSTRUCTION_add },
    { ATOM_INDEX_minus, 2, INSTRUCTION_subtract },
    { ATOM_INDEX_times, 2, INSTRUCTION_multiply },
    { ATOM_INDEX_div, 2, INSTRUCTION_int_div },
    { ATOM_INDEX_rem, 2, INSTRUCTION_int_rem },
    { ATOM_INDEX_band, 2, INSTRUCTION_int_band },
    { ATOM_INDEX_bor, 2, INSTRUCTION_int_bor },
    { ATOM_INDEX_bxor, 2, INSTRUCTION_int_bxor },
    { ATOM_INDEX_bsl, 2, INSTRUCTION_int_bsl },
    { ATOM_INDEX_bsr, 2, INSTRUCTION_int_bsr }
};

static enum instruction choose(const struct export *export, unsigned arity)
{
    if (export->identity.module == ATOM(erlang)) {
        uint32_t function = term_atom_index(export->identity.function);

        for (size_t i = 0; i < AVM_COUNT_OF(inlined); i++) {
            if (inlined[i].function == function && inlined[i].arity == arity)
                return inlined[i].instruction;
        }
    }
    return arity == 1 ? INSTRUCTION_bif1 : arity == 2 ? INSTRUCTION_bif2 : INSTRUCTION_bif3;
}

/* Registers of a form: bit 0 set where the first is a y register, bit 1 where the second is. */
static int register_kind(const struct operand *o)
{
    return o->value.number > 255 ? -1 : o->kind == OPERAND_X ? 0 : o->kind == OPERAND_Y ? 1 : -1;
}

/* The forms of a native for registers: with a small second, the first an x or a y register; with two
** registers, by the kinds of both. bad_code: there is none. */
static const struct {
    uint16_t general, small[2], both[2][2];
} arithmetic_forms[] = {
#define NONE INSTRUCTION_bad_code
#define X_FORMS(name, xxx)                                                                  \
    { INSTRUCTION_##name, { INSTRUCTION_##name##_xix, NONE }, { { xxx, NONE }, { NONE, NONE } } }
    { INSTRUCTION_add, { INSTRUCTION_add_xix, INSTRUCTION_add_yix },
        { { INSTRUCTION_add_xxx, INSTRUCTION_add_xyx },
            { INSTRUCTION_add_yxx, INSTRUCTION_add_yyx } } },
    { INSTRUCTION_subtract, { INSTRUCTION_subtract_xix, INSTRUCTION_subtract_yix },
        { { INSTRUCTION_subtract_xxx, INSTRUCTION_subtract_xyx },
            { INSTRUCTION_subtract_yxx, INSTRUCTION_subtract_yyx } } },
    X_FORMS(multiply, INSTRUCTION_multiply_xxx),
    X_FORMS(int_div, NONE),
    X_FORMS(int_rem, NONE),
    X_FORMS(int_band, INSTRUCTION_int_band_xxx),
    X_FORMS(int_bor, INSTRUCTION_int_bor_xxx),
    X_FORMS(int_bxor, INSTRUCTION_int_bxor_xxx),
    X_FORMS(int_bsl, NONE),
    X_FORMS(int_bsr, NONE)
#undef X_FORMS
};

/* Whether the form with that small second is defined for it. */
static bool small_is_taken(enum instruction general, term constant)
{
    intptr_t value = term_small(constant);

    switch (general) {
    case INSTRUCTION_int_div:
    case INSTRUCTION_int_rem:
        return value != 0 && value != -1;
    case INSTRUCTION_int_bsl:
    case INSTRUCTION_int_bsr:
        return value >= 0 && value < (intptr_t) SMALL_BITS - 1;
    default:
        return true;
    }
}

static bool translate_arithmetic(struct translator *t, enum instruction instruction,
    struct export *export, const struct operand *fail, unsigned live, const struct operand *o)
{
    int first = register_kind(&o[0]), second = register_kind(&o[1]);
    enum instruction form = NONE;
    bool is_small = o[1].kind == OPERAND_CONSTANT && term_is_small(o[1].value.constant)
        && translate_is_immediate(o[1].value.constant);
    size_t row = 0;

    while (row < AVM_COUNT_OF(arithmetic_forms) && arithmetic_forms[row].general != instruction)
        row++;
    if (row == AVM_COUNT_OF(arithmetic_forms) || first < 0 || register_kind(&o[2]) != 0)
        return false;
    if (is_small && small_is_taken(instruction, o[1].value.constant))
        form = arithmetic_forms[row].small[first];
    else if (second >= 0 && !is_small)
        form = arithmetic_forms[row].both[first][second];
    if (form == NONE)
        return false;
    emit(t, form, (unsigned) o[0].value.number,
        (unsigned) (is_small ? o[2].value.number : o[1].value.number));
    if (is_small)
        emit_source(t, &o[1]);
    else
        emit_number(t, (uint32_t) o[2].value.number | live << 8);
    emit_pool(t, (uintptr_t) export);
    emit_label(t, fail);
    if (is_small)
        emit_number(t, live);
    return true;
}
#undef NONE

/* Forms of natives of two arguments that are laid out as the general one, by the kinds of all three: x and
** y registers, i an immediate, c a term of the pool. */
static const struct {
    uint16_t general, form;
    char kinds[4];
} kind_forms[] = {
    { INSTRUCTION_add, INSTRUCTION_add_xxy, "xxy" },
    { INSTRUCTION_add, INSTRUCTION_add_yxy, "yxy" },
    { INSTRUCTION_add, INSTRUCTION_add_yiy, "yiy" },
    { INSTRUCTION_subtract, INSTRUCTION_subtract_yiy, "yiy" },
    { INSTRUCTION_int_band, INSTRUCTION_int_band_yix, "yix" },
    { INSTRUCTION_int_band, INSTRUCTION_int_band_xcx, "xcx" },
    { INSTRUCTION_int_rem, INSTRUCTION_int_rem_yix, "yix" },
    { INSTRUCTION_bif_eq_exact, INSTRUCTION_bif_eq_exact_xix, "xix" },
    { INSTRUCTION_bif_element, INSTRUCTION_bif_element_xxx, "xxx" },
    { INSTRUCTION_bif_element, INSTRUCTION_bif_element_xcx, "xcx" }
};

static char kind_of(const struct operand *o)
{
    return o->kind == OPERAND_X ? 'x' : o->kind == OPERAND_Y ? 'y' : is_immediate(o) ? 'i' : 'c';
}

static enum instruction form_of_kinds(enum instruction general, const struct operand *o)
{
    for (size_t i = 0; i < AVM_COUNT_OF(kind_forms); i++) {
        if (kind_forms[i].general == general && kind_of(&o[0]) == kind_forms[i].kinds[0]
            && kind_of(&o[1]) == kind_forms[i].kinds[1] && kind_of(&o[2]) == kind_forms[i].kinds[2]
            && (kind_of(&o[1]) != 'i' || general == INSTRUCTION_bif_eq_exact
                || (term_is_small(o[1].value.constant)
                    && small_is_taken(general, o[1].value.constant))))
            return kind_forms[i].form;
    }
    return general;
}

/* live: NULL when the op says none. o: the arguments, then the destination. */
static void translate_bif(struct translator *t, const struct operand *fail,
    const struct operand *live, const struct operand *import, const struct operand *o, unsigned arity)
{
    struct export *export = t->module->imports[import->value.number];
    unsigned slot = INSTRUCTION_NO_LIVE;

    if (export->identity.arity != arity) {
        translate_refuse(t, "a native with another number of arguments");
        return;
    }
    if (live != NULL && live->value.number < INSTRUCTION_NO_LIVE)
        slot = (unsigned) live->value.number;
    if (arity == 2 && translate_arithmetic(t, choose(export, arity), export, fail, slot, o))
        return;
    emit(t, arity == 2 ? form_of_kinds(choose(export, arity), o) : choose(export, arity), slot, 0);
    emit_pool(t, (uintptr_t) export);
    emit_label(t, fail);
    for (unsigned i = 0; i < arity; i++)
        emit_source(t, &o[i]);
    emit_destination(t, &o[arity]);
}

static void translate_bif0(struct translator *t, const struct operand *o)
{
    struct export *export = t->module->imports[o[0].value.number];

    if (export->identity.module == ATOM(erlang) && export->identity.function == ATOM(self)) {
        emit(t, INSTRUCTION_bif_self, 0, 0);
    } else {
        emit(t, INSTRUCTION_bif0, 0, 0);
        emit_pool(t, (uintptr_t) export);
    }
    emit_destination(t, &o[1]);
}

/* ---- floats ------------------------------------------------------------------------ */

/* Number of a float register; they all lie below FLOAT_REGISTERS of the engine. */
static unsigned float_register(struct translator *t, const struct operand *o)
{
    if (o->kind != OPERAND_FLOAT_REGISTER || o->value.number >= GENERIC_FLOAT_REGISTER_MAX) {
        translate_refuse(t, "a float register that does not exist");
        return 0;
    }
    return (unsigned) o->value.number;
}

static void translate_float_move(struct translator *t, const struct operand *o)
{
    if (o[0].kind == OPERAND_FLOAT_REGISTER && o[1].kind == OPERAND_FLOAT_REGISTER) {
        emit(t, INSTRUCTION_float_move, float_register(t, &o[0]), float_register(t, &o[1]));
    } else if (o[0].kind == OPERAND_FLOAT_REGISTER) {
        emit(t, INSTRUCTION_float_store, float_register(t, &o[0]), 0);
        emit_destination(t, &o[1]);
    } else {
        emit(t, INSTRUCTION_float_load, float_register(t, &o[1]), 0);
        emit_source(t, &o[0]);
    }
}

static void translate_float_binary(struct translator *t, enum instruction op,
    const struct operand *o)
{
    emit(t, op, float_register(t, &o[1]), float_register(t, &o[2]));
    emit_number(t, float_register(t, &o[3]));
    emit_label(t, &o[0]);
}

static bool translate_floats(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_fmove:
        translate_float_move(t, o);
        return true;
    case OP_fconv:
        emit(t, INSTRUCTION_float_convert, float_register(t, &o[1]), 0);
        emit_source(t, &o[0]);
        return true;
    case OP_fadd:
        translate_float_binary(t, INSTRUCTION_float_add, o);
        return true;
    case OP_fsub:
        translate_float_binary(t, INSTRUCTION_float_subtract, o);
        return true;
    case OP_fmul:
        translate_float_binary(t, INSTRUCTION_float_multiply, o);
        return true;
    case OP_fdiv:
        translate_float_binary(t, INSTRUCTION_float_divide, o);
        return true;
    case OP_fnegate:
        emit(t, INSTRUCTION_float_negate, float_register(t, &o[1]), float_register(t, &o[2]));
        return true;
    default:
        return false;
    }
}

bool translate_native(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    switch (op->opcode) {
    case OP_bif0:
        translate_bif0(t, o);
        return true;
    case OP_bif1:
        translate_bif(t, &o[0], NULL, &o[1], &o[2], 1);
        return true;
    case OP_bif2:
        translate_bif(t, &o[0], NULL, &o[1], &o[2], 2);
        return true;
    case OP_bif3:
        translate_bif(t, &o[0], NULL, &o[1], &o[2], 3);
        return true;
    case OP_gc_bif1:
        translate_bif(t, &o[0], &o[1], &o[2], &o[3], 1);
        return true;
    case OP_gc_bif2:
        translate_bif(t, &o[0], &o[1], &o[2], &o[3], 2);
        return true;
    case OP_gc_bif3:
        translate_bif(t, &o[0], &o[1], &o[2], &o[3], 3);
        return true;
    default:
        return translate_floats(t, op, o);
    }
}
