/* translate_bits.c - matching and building of bitstrings; bs_match becomes a run of instructions. */
#include "data/bits.h"
#include "load/translate.h"

/* Flags of a field as the file has them. */
enum { FIELD_LITTLE = 2, FIELD_SIGNED = 4, FIELD_NATIVE = 16 };

static unsigned field_flags(uint64_t flags)
{
    return (flags & FIELD_LITTLE ? BITS_LITTLE : 0) | (flags & FIELD_SIGNED ? BITS_SIGNED : 0)
        | (flags & FIELD_NATIVE ? BITS_NATIVE : 0);
}

/* Flags as a list of atoms, or NIL. */
static unsigned listed_flags(const struct operand *o)
{
    unsigned flags = 0;

    if (o->kind == OPERAND_UNSIGNED)
        return field_flags(o->value.number);
    if (o->kind != OPERAND_CONSTANT)
        return 0;
    for (term list = o->value.constant; term_is_cons(list); list = term_tail(list)) {
        term flag = term_head(list);

        flags |= flag == ATOM(little) ? BITS_LITTLE : flag == ATOM(signed) ? BITS_SIGNED
            : flag == ATOM(native)                                        ? BITS_NATIVE
                                                                          : 0;
    }
    return flags;
}

static unsigned live_slot(struct translator *t, const struct operand *o)
{
    if (o->value.number > 254) {
        translate_refuse(t, "too many live registers");
        return 0;
    }
    return (unsigned) o->value.number;
}

static void check_match(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    if (op->flags & GENERIC_UNPROVEN) {
        emit(t, INSTRUCTION_check_match, 0, 0);
        emit_source(t, o);
    }
}

static void emit_unit(struct translator *t, const struct operand *o)
{
    if (o->value.number > 256)
        translate_refuse(t, "a unit above 256");
    emit_number(t, (uint32_t) o->value.number);
}

/* ---- matching --------------------------------------------------------------------- */

static bool are_x(const struct operand *a, const struct operand *b)
{
    return a->kind == OPERAND_X && b->kind == OPERAND_X && a->value.number <= 255
        && b->value.number <= 255;
}

static void translate_start_match(struct translator *t, const struct operand *o)
{
    if (are_x(&o[1], &o[3])) {
        emit(t, INSTRUCTION_bs_start_match_xx, (unsigned) o[1].value.number,
            (unsigned) o[3].value.number);
        emit_label(t, &o[0]);
        emit_number(t, live_slot(t, &o[2]));
        return;
    }
    emit(t, INSTRUCTION_bs_start_match, live_slot(t, &o[2]), 0);
    emit_label(t, &o[0]);
    emit_source(t, &o[1]);
    emit_destination(t, &o[3]);
}

/* A small unsigned big-endian integer of a size known now. */
static bool translate_get_fixed(struct translator *t, const struct operand *fail,
    const struct operand *context, const struct operand *live, const struct operand *size,
    uint64_t unit, unsigned flags, const struct operand *to)
{
    uint64_t bits, most = SMALL_BITS - 2 < 56 ? SMALL_BITS - 2 : 56;

    if (size->kind == OPERAND_UNSIGNED)
        bits = size->value.number;
    else if (size->kind == OPERAND_CONSTANT && term_is_small(size->value.constant)
        && term_small(size->value.constant) >= 0)
        bits = (uint64_t) term_small(size->value.constant);
    else
        return false;
    if (flags != 0 || bits == 0 || bits > most || unit == 0 || unit > most || bits * unit > most)
        return false;
    if (are_x(context, to)) {
        bool is_byte = bits * unit == 8;

        emit(t, is_byte ? INSTRUCTION_bs_get_byte_xx : INSTRUCTION_bs_get_integer_xx,
            (unsigned) context->value.number, (unsigned) to->value.number);
        emit_label(t, fail);
        if (!is_byte)
            emit_number(t, (uint32_t) (bits * unit));
        return true;
    }
    emit(t, INSTRUCTION_bs_get_integer_fixed, live_slot(t, live), (unsigned) (bits * unit));
    emit_label(t, fail);
    emit_source(t, context);
    emit_number(t, 0);
    emit_destination(t, to);
    return true;
}

/* Fail Ctx Live Size Unit Flags Dst */
static void translate_get(struct translator *t, enum instruction instruction,
    const struct operand *o)
{
    if (instruction == INSTRUCTION_bs_get_integer
        && translate_get_fixed(t, &o[0], &o[1], &o[2], &o[3], o[4].value.number,
            field_flags(o[5].value.number), &o[6]))
        return;
    emit(t, instruction, live_slot(t, &o[2]), field_flags(o[5].value.number));
    emit_label(t, &o[0]);
    emit_source(t, &o[1]);
    emit_source(t, &o[3]);
    emit_unit(t, &o[4]);
    emit_destination(t, &o[6]);
}

static void emit_context_number(struct translator *t, enum instruction instruction,
    const struct operand *context, const struct operand *fail, uint64_t number)
{
    if (number > (uint64_t) SMALL_MAX) {        /* more than any bitstring has */
        emit(t, INSTRUCTION_jump, 0, 0);
        emit_label(t, fail);
        return;
    }
    emit(t, instruction, 0, 0);
    emit_source(t, context);
    emit_label(t, fail);
    if (number > UINT32_MAX)
        translate_refuse(t, "a number of bits that is too large");
    emit_number(t, (uint32_t) number);
}

static void translate_skip(struct translator *t, const struct operand *o)
{
    emit(t, INSTRUCTION_bs_skip_bits, 0, 0);
    emit_label(t, &o[0]);
    emit_source(t, &o[1]);
    emit_source(t, &o[2]);
    emit_unit(t, &o[3]);
}

/* Fail Ctx Live Flags [Dst] */
static void translate_get_unicode(struct translator *t, enum instruction instruction,
    const struct operand *o, bool skip)
{
    struct operand none = { .kind = OPERAND_CONSTANT, .value = { .constant = TERM_NIL } };

    emit(t, instruction, 0, field_flags(o[3].value.number));
    emit_label(t, &o[0]);
    emit_source(t, &o[1]);
    emit_source(t, skip ? &none : &o[4]);
}

static void translate_match_string(struct translator *t, const struct operand *o)
{
    size_t bits = (size_t) o[2].value.number, offset = (size_t) o[3].value.number;
    size_t size = (size_t) (t->module->strings.end - t->module->strings.start);

    if (offset > size || bits > (size - offset) * 8)
        translate_refuse(t, "a string that is not in the string table");
    emit(t, INSTRUCTION_bs_match_string, 0, 0);
    emit_source(t, &o[1]);
    emit_label(t, &o[0]);
    emit_number(t, (uint32_t) bits);
    emit_pool(t, (uintptr_t) (t->module->strings.start + offset));
}

/* ---- bs_match: commands after fail and context ---------------------------------------- */

static uint64_t stride(const struct operand *o)
{
    return o->value.number;
}

/* Live Flags Size Unit Dst */
static void match_get(struct translator *t, enum instruction instruction, const struct operand *fail,
    const struct operand *context, const struct operand *o)
{
    if (instruction == INSTRUCTION_bs_get_integer
        && translate_get_fixed(t, fail, context, &o[0], &o[2], o[3].value.number,
            listed_flags(&o[1]), &o[4]))
        return;
    emit(t, instruction, live_slot(t, &o[0]), listed_flags(&o[1]));
    emit_label(t, fail);
    emit_source(t, context);
    emit_source(t, &o[2]);
    emit_unit(t, &o[3]);
    emit_destination(t, &o[4]);
}

static void match_tail(struct translator *t, const struct operand *context,
    const struct operand *live, const struct operand *to)
{
    emit(t, INSTRUCTION_bs_get_tail, live_slot(t, live), 0);
    emit_source(t, context);
    emit_destination(t, to);
}

/* Handles one command at o; gives how many operands it took, 0 when it is not known. */
static size_t match_command(struct translator *t, const struct operand *fail,
    const struct operand *context, const struct operand *o)
{
    term name = o[0].kind == OPERAND_CONSTANT ? o[0].value.constant : TERM_NIL;
    struct operand unit = { .kind = OPERAND_UNSIGNED, .value = { .number = 1 } };

    if (name == ATOM(ensure_at_least)) {
        emit_context_number(t, INSTRUCTION_bs_ensure_at_least, context, fail, stride(&o[1]));
        emit_unit(t, &o[2]);
        return 3;
    }
    if (name == ATOM(ensure_exactly)) {
        emit_context_number(t, INSTRUCTION_bs_ensure_exactly, context, fail, stride(&o[1]));
        return 2;
    }
    if (name == ATOM(integer) || name == ATOM(binary)) {
        match_get(t, name == ATOM(integer) ? INSTRUCTION_bs_get_integer : INSTRUCTION_bs_get_binary,
            fail, context, &o[1]);
        return 6;
    }
    if (name == ATOM(skip)) {
        emit(t, INSTRUCTION_bs_skip_bits, 0, 0);
        emit_label(t, fail);
        emit_source(t, context);
        emit_source(t, &o[1]);
        emit_unit(t, &unit);
        return 2;
    }
    if (name == ATOM(get_tail)) {
        match_tail(t, context, &o[1], &o[3]);
        return 4;
    }
    if (name == ATOM(eq_exact)) {
        emit(t, INSTRUCTION_bs_match_equal, live_slot(t, &o[1]), 0);
        emit_source(t, context);
        emit_label(t, fail);
        emit_number(t, (uint32_t) o[2].value.number);
        emit_source(t, &o[3]);
        return 4;
    }
    return 0;
}

static void translate_match(struct translator *t, const struct operand *o)
{
    size_t count = (size_t) o[2].value.number, taken;

    for (size_t at = 0; at < count; at += taken) {
        taken = match_command(t, &o[0], &o[1], &o[3 + at]);
        if (taken == 0) {
            translate_refuse(t, "a command of bs_match that the translator does not know");
            return;
        }
    }
}

static bool translate_matching(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_bs_start_match3:
    case OP_bs_start_match4:
        translate_start_match(t, op->opcode == OP_bs_start_match3
                ? o
                : (const struct operand[]) { o[0], o[2], o[1], o[3] });
        return true;
    case OP_bs_match:
        check_match(t, op, &o[1]);
        translate_match(t, o);
        return true;
    case OP_bs_get_tail:
        check_match(t, op, &o[0]);
        match_tail(t, &o[0], &o[2], &o[1]);
        return true;
    case OP_bs_get_position:
        check_match(t, op, &o[0]);
        if (are_x(&o[0], &o[1])) {
            emit(t, INSTRUCTION_bs_get_position_xx, number_of(&o[0]), number_of(&o[1]));
            emit_number(t, live_slot(t, &o[2]));
            return true;
        }
        emit(t, INSTRUCTION_bs_get_position, live_slot(t, &o[2]), 0);
        emit_source(t, &o[0]);
        emit_destination(t, &o[1]);
        return true;
    case OP_bs_set_position:
        check_match(t, op, &o[0]);
        emit(t, INSTRUCTION_bs_set_position, 0, 0);
        emit_source(t, &o[0]);
        emit_source(t, &o[1]);
        return true;
    default:
        return false;
    }
}

static bool translate_fields(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    if (op->opcode >= OP_bs_get_integer2 && op->opcode <= OP_bs_skip_utf32)
        check_match(t, op, &o[1]);
    switch (op->opcode) {
    case OP_bs_get_integer2:
        translate_get(t, INSTRUCTION_bs_get_integer, o);
        return true;
    case OP_bs_get_float2:
        translate_get(t, INSTRUCTION_bs_get_float, o);
        return true;
    case OP_bs_get_binary2:
        translate_get(t, INSTRUCTION_bs_get_binary, o);
        return true;
    case OP_bs_skip_bits2:
        translate_skip(t, o);
        return true;
    case OP_bs_test_tail2:
        emit_context_number(t, INSTRUCTION_bs_test_tail, &o[1], &o[0], o[2].value.number);
        return true;
    case OP_bs_test_unit:
        emit_context_number(t, INSTRUCTION_bs_test_unit, &o[1], &o[0], o[2].value.number);
        return true;
    case OP_bs_match_string:
        translate_match_string(t, o);
        return true;
    case OP_bs_get_utf8:
    case OP_bs_skip_utf8:
        translate_get_unicode(t, INSTRUCTION_bs_get_utf8, o, op->opcode == OP_bs_skip_utf8);
        return true;
    case OP_bs_get_utf16:
    case OP_bs_skip_utf16:
        translate_get_unicode(t, INSTRUCTION_bs_get_utf16, o, op->opcode == OP_bs_skip_utf16);
        return true;
    case OP_bs_get_utf32:
    case OP_bs_skip_utf32:
        translate_get_unicode(t, INSTRUCTION_bs_get_utf32, o, op->opcode == OP_bs_skip_utf32);
        return true;
    default:
        return false;
    }
}

/* ---- building ---------------------------------------------------------------------------- */

static void translate_put(struct translator *t, enum instruction instruction,
    const struct operand *o)
{
    if (instruction == INSTRUCTION_bs_put_binary)
        emit(t, instruction, 0, 0);
    else
        emit(t, instruction, 0, field_flags(o[3].value.number));
    emit_label(t, &o[0]);
    emit_source(t, &o[1]);
    emit_source(t, &o[4]);
    emit_unit(t, &o[2]);
}

/* Borrowed bytes of the string table. */
static void emit_string(struct translator *t, uint64_t offset, uint64_t size)
{
    uint64_t available = (uint64_t) (t->module->strings.end - t->module->strings.start);

    if (offset > available || size > available - offset)
        translate_refuse(t, "a string that is not in the string table");
    else
        emit_pool(t, (uintptr_t) (t->module->strings.start + offset));
}

static void translate_put_string(struct translator *t, const struct operand *o)
{
    emit(t, INSTRUCTION_bs_put_string, 0, 0);
    emit_number(t, (uint32_t) o[0].value.number);
    emit_string(t, o[1].value.number, o[0].value.number);
}

static void translate_init(struct translator *t, const struct operand *o, unsigned unit)
{
    emit(t, INSTRUCTION_bs_init, live_slot(t, &o[3]), unit);
    emit_label(t, &o[0]);
    emit_number(t, (uint32_t) o[2].value.number);
    emit_source(t, &o[1]);
    emit_destination(t, &o[5]);
}

/* Fail Size Extra Live Unit Src Flags Dst, or Fail Size Unit Src Flags Dst. */
static void translate_append(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    bool append = op->opcode == OP_bs_append;
    const struct operand *rest = append ? &o[4] : &o[2];

    emit(t, INSTRUCTION_bs_append, append ? live_slot(t, &o[3]) : INSTRUCTION_NO_LIVE, 0);
    emit_label(t, &o[0]);
    emit_source(t, &o[1]);
    emit_source(t, &rest[1]);
    emit_unit(t, &rest[0]);
    emit_number(t, append ? (uint32_t) o[2].value.number : 0);
    emit_destination(t, &rest[3]);
}

static const struct { uint32_t atom; uint8_t type; } segment_types[] = {
    { ATOM_INDEX_integer, SEGMENT_INTEGER }, { ATOM_INDEX_float, SEGMENT_FLOAT },
    { ATOM_INDEX_binary, SEGMENT_BINARY }, { ATOM_INDEX_append, SEGMENT_APPEND },
    { ATOM_INDEX_private_append, SEGMENT_PRIVATE_APPEND }, { ATOM_INDEX_string, SEGMENT_STRING },
    { ATOM_INDEX_utf8, SEGMENT_UTF8 }, { ATOM_INDEX_utf16, SEGMENT_UTF16 },
    { ATOM_INDEX_utf32, SEGMENT_UTF32 }
};

static int segment_type(const struct operand *o)
{
    for (size_t i = 0; i < AVM_COUNT_OF(segment_types); i++) {
        if (o[0].kind == OPERAND_CONSTANT
            && o[0].value.constant == term_make_atom(segment_types[i].atom))
            return segment_types[i].type;
    }
    return -1;
}

/* Bits of an integer that is written most significant first, when they are known now and 1..64; else 0. */
static unsigned known_bits(const struct operand *o)
{
    uint64_t bits, unit = o[2].value.number;

    if (segment_type(o) != SEGMENT_INTEGER || o[5].kind != OPERAND_CONSTANT
        || !term_is_small(o[5].value.constant) || term_small(o[5].value.constant) < 0 || unit > 64)
        return 0;
    bits = (uint64_t) term_small(o[5].value.constant);
    if (bits > 64 || bits * unit > 64
        || (bits * unit > 8 && (listed_flags(&o[3]) & (BITS_LITTLE | BITS_NATIVE)) != 0))
        return 0;
    return (unsigned) (bits * unit);
}

/* Type Seg Unit Flags Src Size: type and flags in one unit, known bits and unit in one, then source and
** size. */
static void emit_segment(struct translator *t, const struct operand *o)
{
    int type = segment_type(o);

    if (type < 0)
        translate_refuse(t, "a segment type that the translator does not know");
    emit_number(t, (unsigned) type | listed_flags(&o[3]) << 8);
    emit_number(t, known_bits(o) | (uint32_t) o[2].value.number << 16);
    if (type == SEGMENT_STRING) {
        uint64_t size = o[5].kind == OPERAND_CONSTANT
            ? (uint64_t) term_small(o[5].value.constant)
            : o[5].value.number;

        if (o[4].kind == OPERAND_CONSTANT)
            emit_string(t, (uint64_t) term_small(o[4].value.constant), size);
        else
            emit_string(t, o[4].value.number, size);
    } else {
        emit_source(t, &o[4]);
    }
    emit_source(t, &o[5]);
}

/* Bits of all segments when all are known, but for an append first, and fit a word; else 0. */
static unsigned all_known_bits(const struct operand *segments, uint64_t count)
{
    unsigned total = 0;

    for (uint64_t i = 0; i < count; i++) {
        int type = segment_type(&segments[6 * i]);
        unsigned bits = known_bits(&segments[6 * i]);

        if (i == 0 && (type == SEGMENT_APPEND || type == SEGMENT_PRIVATE_APPEND))
            continue;
        if (bits == 0 || total + bits > 64)
            return 0;
        total += bits;
    }
    return total;
}

/* Fail Alloc Live Unit Dst Segments */
static void translate_create(struct translator *t, const struct operand *o)
{
    uint64_t count = o[5].value.number / 6;
    unsigned bits = all_known_bits(&o[6], count);

    emit(t, bits != 0 ? INSTRUCTION_bs_create_fixed : INSTRUCTION_bs_create_bin,
        live_slot(t, &o[2]), bits);
    emit_label(t, &o[0]);
    emit_destination(t, &o[4]);
    emit_number(t, (uint32_t) o[1].value.number);
    emit_number(t, (uint32_t) count);
    for (uint64_t i = 0; i < count; i++)
        emit_segment(t, &o[6 + 6 * i]);
}

static void emit_label_source(struct translator *t, enum instruction instruction, unsigned flags,
    const struct operand *label, const struct operand *source)
{
    emit(t, instruction, 0, flags);
    emit_label(t, label);
    emit_source(t, source);
}

static bool translate_unicode(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    unsigned flags = op->operand_count > 1 && o[1].kind == OPERAND_UNSIGNED
        ? field_flags(o[1].value.number) : 0;

    switch (op->opcode) {
    case OP_bs_utf8_size:
    case OP_bs_utf16_size:
        emit_label_source(t, op->opcode == OP_bs_utf8_size ? INSTRUCTION_bs_utf8_size
                : INSTRUCTION_bs_utf16_size, 0, &o[0], &o[1]);
        emit_destination(t, &o[2]);
        return true;
    case OP_bs_put_utf8:
        emit_label_source(t, INSTRUCTION_bs_put_utf8, flags, &o[0], &o[2]);
        return true;
    case OP_bs_put_utf16:
        emit_label_source(t, INSTRUCTION_bs_put_utf16, flags, &o[0], &o[2]);
        return true;
    case OP_bs_put_utf32:
        emit_label_source(t, INSTRUCTION_bs_put_utf32, flags, &o[0], &o[2]);
        return true;
    default:
        return false;
    }
}

static bool translate_building(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_bs_create_bin:
        translate_create(t, o);
        return true;
    case OP_bs_init2:
    case OP_bs_init_bits:
        translate_init(t, o, op->opcode == OP_bs_init2 ? 8 : 1);
        return true;
    case OP_bs_append:
    case OP_bs_private_append:
        translate_append(t, op, o);
        return true;
    case OP_bs_add:
        emit_label_source(t, INSTRUCTION_bs_add, 0, &o[0], &o[1]);
        emit_source(t, &o[2]);
        emit_unit(t, &o[3]);
        emit_destination(t, &o[4]);
        return true;
    case OP_bs_put_integer:
        translate_put(t, INSTRUCTION_bs_put_integer, (const struct operand[]) {
            o[0], o[4], o[2], o[3], o[1] });
        return true;
    case OP_bs_put_float:
        translate_put(t, INSTRUCTION_bs_put_float, (const struct operand[]) {
            o[0], o[4], o[2], o[3], o[1] });
        return true;
    case OP_bs_put_binary:
        translate_put(t, INSTRUCTION_bs_put_binary, (const struct operand[]) {
            o[0], o[4], o[2], o[3], o[1] });
        return true;
    case OP_bs_put_string:
        translate_put_string(t, o);
        return true;
    case OP_bs_init_writable:
        emit(t, INSTRUCTION_bs_init_writable, 0, 0);
        return true;
    default:
        return translate_unicode(t, op, o);
    }
}

bool translate_bits(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    return translate_matching(t, op, o) || translate_fields(t, op, o)
        || translate_building(t, op, o);
}
