/* verify_bits.c - matching bitstrings and building them. */
#include "load/verify.h"

/* ---- Matching ---------------------------------------------------------------------------------- */

/* Reads what the op takes to be a match context; marks the op when that is not certain. */
static bool context(struct verifier *v, const struct operand *operand)
{
    struct value value;

    if (!verify_source(v, operand, &value))
        return false;
    if ((value.bits & VALUE_ANY) != VALUE_MATCH) {
        v->op->flags |= GENERIC_UNPROVEN;
        verify_may_raise(v);
        if (!verify_narrow(v, operand, VALUE_MATCH))
            v->is_dead = true;
    }
    return true;
}

/* bs_start_match3: Fail Src Live Dst; bs_start_match4: Fail Live Src Dst. */
static bool start_match(struct verifier *v)
{
    const struct operand *o = v->operands;
    unsigned source = v->op->opcode == OP_bs_start_match3 ? 1 : 2;
    struct value value;

    if (!verify_source(v, &o[source], &value))
        return false;
    if (o[0].kind == OPERAND_CONSTANT && value.bits & VALUE_ANY & ~(VALUE_BITS | VALUE_MATCH)) {
        v->op->flags |= GENERIC_UNPROVEN;
        verify_may_raise(v);
    }
    if (!verify_collect(v, o[3 - source].value.number))
        return false;
    if (o[0].kind == OPERAND_LABEL && !verify_branch_maybe(v, o[0].value.number))
        return false;
    return verify_set_bits(v, &o[3], VALUE_MATCH);
}

/* Fail, Ctx, Live, then sources, then (unless target is NULL) what is written. */
static bool get_segment(struct verifier *v, const struct operand *size,
    const struct operand *target, unsigned bits)
{
    const struct operand *o = v->operands;

    return context(v, &o[1]) && (size == NULL || verify_sources(v, size, 1))
        && verify_collect(v, o[2].value.number) && verify_branch(v, o[0].value.number)
        && (target == NULL || verify_set_bits(v, target, bits));
}

/* size bits at the byte offset of the string table. */
static bool check_string(struct verifier *v, uint64_t bits, uint64_t offset)
{
    uint64_t left = cursor_left(&v->module->strings);

    if (offset <= left && bits <= UINT64_MAX - 7 && (bits + 7) / 8 <= left - offset)
        return true;
    return verify_fail(v, "outside of the string table");
}

static bool keep_position(struct verifier *v)
{
    const struct operand *o = v->operands;

    return context(v, &o[0]) && verify_collect(v, o[2].value.number)
        && verify_set_bits(v, &o[1],
            v->op->opcode == OP_bs_get_tail ? VALUE_BITS : VALUE_INTEGER | VALUE_OTHER);
}

/* ---- bs_match ------------------------------------------------------------------------------------ */

static bool is_named(struct verifier *v, const struct operand *operand, const char *name)
{
    size_t size;
    const uint8_t *text;

    if (operand->kind != OPERAND_CONSTANT || !term_is_atom(operand->value.constant))
        return false;
    text = atom_text(code_atoms(v->module->table), term_atom_index(operand->value.constant),
        &size);
    return strlen(name) == size && memcmp(name, text, size) == 0;
}

static bool need_numbers(struct verifier *v, const struct operand *operands, size_t count)
{
    size_t at;

    for (at = 0; at < count; at++)
        if (operands[at].kind != OPERAND_UNSIGNED)
            return verify_fail(v, "a command with broken operands");
    return true;
}

/* Takes bits of those that an ensure command has made sure of. */
static bool take_ensured(struct verifier *v, uint64_t *ensured, uint64_t size, uint64_t unit)
{
    if (size > UINT32_MAX || unit > 256 || size * unit > *ensured)
        return verify_fail(v, "more is read than was made sure of");
    *ensured -= size * unit;
    return true;
}

/* integer and binary: Live Flags Size Unit Dst. */
static bool match_segment(struct verifier *v, const struct operand *o, unsigned bits,
    uint64_t *ensured)
{
    if (o[0].kind != OPERAND_UNSIGNED || !need_numbers(v, &o[2], 2)
        || (o[4].kind != OPERAND_X && o[4].kind != OPERAND_Y))
        return verify_fail(v, "a command with broken operands");
    return take_ensured(v, ensured, o[2].value.number, o[3].value.number)
        && verify_collect(v, o[0].value.number) && verify_set_bits(v, &o[4], bits);
}

/* get_tail: Live Unit Dst. */
static bool match_tail(struct verifier *v, const struct operand *o)
{
    if (!need_numbers(v, o, 2) || (o[2].kind != OPERAND_X && o[2].kind != OPERAND_Y))
        return verify_fail(v, "a command with broken operands");
    return verify_collect(v, o[0].value.number) && verify_set_bits(v, &o[2], VALUE_BITS);
}

/* =:=: Live Size Value. */
static bool match_value(struct verifier *v, const struct operand *o, uint64_t *ensured)
{
    if (o[2].kind != OPERAND_UNSIGNED
        && (o[2].kind != OPERAND_CONSTANT || !term_is_integer(o[2].value.constant)))
        return verify_fail(v, "=:= without an integer");
    return need_numbers(v, &o[1], 1) && take_ensured(v, ensured, o[1].value.number, 1)
        && verify_branch(v, v->operands[0].value.number);
}

struct match_command {
    const char *name;
    uint8_t operands;
};

static const struct match_command commands[] = {
    { "ensure_at_least", 2 }, { "ensure_exactly", 1 }, { "integer", 5 }, { "binary", 5 },
    { "skip", 1 }, { "get_tail", 3 }, { "=:=", 3 },
};
enum { ENSURE_AT_LEAST, ENSURE_EXACTLY, INTEGER, BINARY, SKIP, GET_TAIL, EQUALS };

static bool match_command(struct verifier *v, unsigned command, const struct operand *o,
    uint64_t *ensured)
{
    switch (command) {
    case INTEGER:
        return match_segment(v, o, VALUE_INTEGER, ensured);
    case BINARY:
        return match_segment(v, o, VALUE_BITS, ensured);
    case GET_TAIL:
        return match_tail(v, o);
    case EQUALS:
        return match_value(v, o, ensured);
    case SKIP:
        return need_numbers(v, o, 1) && take_ensured(v, ensured, o[0].value.number, 1);
    default:
        if (!need_numbers(v, o, commands[command].operands))
            return false;
        *ensured = o[0].value.number;
        return verify_branch(v, v->operands[0].value.number);
    }
}

/* The commands run in turn; ensure and =:= may fail, after those before them have written. */
static bool match(struct verifier *v)
{
    const struct operand *o = v->operands + 3;
    uint64_t count = v->operands[2].value.number, ensured = 0, at = 0;

    if (!context(v, &v->operands[1]))
        return false;
    while (at < count) {
        unsigned command = 0;

        while (command < AVM_COUNT_OF(commands) && !is_named(v, &o[at], commands[command].name))
            command++;
        if (command == AVM_COUNT_OF(commands) || count - at - 1 < commands[command].operands)
            return verify_fail(v, "an unknown command");
        if (!match_command(v, command, &o[at + 1], &ensured))
            return false;
        at += 1u + commands[command].operands;
    }
    return true;
}

/* ---- Building ------------------------------------------------------------------------------------- */

static bool get_number(const struct operand *operand, uint64_t *number)
{
    if (operand->kind == OPERAND_UNSIGNED) {
        *number = operand->value.number;
        return true;
    }
    if (operand->kind != OPERAND_CONSTANT || !term_is_small(operand->value.constant)
        || term_small(operand->value.constant) < 0)
        return false;
    *number = (uint64_t) term_small(operand->value.constant);
    return true;
}

static bool is_segment_type(struct verifier *v, const struct operand *operand)
{
    static const char *const names[] = { "append", "binary", "float", "integer", "private_append",
        "string", "utf16", "utf32", "utf8" };
    size_t at;

    for (at = 0; at < AVM_COUNT_OF(names); at++)
        if (is_named(v, operand, names[at]))
            return true;
    return verify_fail(v, "a segment of no known type");
}

/* Type Seg Unit Flags Src Size. */
static bool check_segment(struct verifier *v, const struct operand *o, bool is_first)
{
    uint64_t offset, size;

    if (!is_segment_type(v, &o[0]))
        return false;
    if (o[2].kind != OPERAND_UNSIGNED && o[2].kind != OPERAND_CONSTANT)
        return verify_fail(v, "a segment with a broken unit");
    if (o[3].kind != OPERAND_CONSTANT && o[3].kind != OPERAND_UNSIGNED)
        return verify_fail(v, "a segment with broken flags");
    if (is_named(v, &o[0], "string"))
        return get_number(&o[4], &offset) && get_number(&o[5], &size) && size < UINT32_MAX
            ? check_string(v, size * 8, offset)
            : verify_fail(v, "a string without its place");
    if (!is_first && (is_named(v, &o[0], "append") || is_named(v, &o[0], "private_append")))
        return verify_fail(v, "append is not the first segment");
    if (o[4].kind > OPERAND_Y || o[4].kind == OPERAND_UNSIGNED)
        return verify_fail(v, "a segment without a value");
    return verify_sources(v, &o[4], 1)
        && (o[5].kind == OPERAND_UNSIGNED || verify_sources(v, &o[5], 1));
}

static bool create(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint64_t count = o[5].value.number, at;

    for (at = 0; at < count; at += 6)
        if (!check_segment(v, &o[6 + at], at == 0))
            return false;
    if (o[1].value.number > UINT32_MAX)
        return verify_fail(v, "a heap need past all bounds");
    if (!verify_collect(v, o[2].value.number) || !verify_branch_maybe(v, o[0].value.number))
        return false;
    v->now->heap = (uint32_t) o[1].value.number;
    return verify_set_bits(v, &o[4], VALUE_BITS);
}

static bool begin_building(struct verifier *v, uint64_t heap, const struct operand *target)
{
    if (heap > UINT32_MAX)
        return verify_fail(v, "a heap need past all bounds");
    v->now->heap = (uint32_t) heap;
    v->now->is_building = true;
    return verify_set_bits(v, target, VALUE_BITS);
}

/* bs_init2, bs_init_bits: Fail Size Words Live Flags Dst. */
static bool begin_new(struct verifier *v)
{
    const struct operand *o = v->operands;

    return (o[1].kind == OPERAND_UNSIGNED || verify_sources(v, &o[1], 1))
        && verify_collect(v, o[3].value.number) && verify_branch_maybe(v, o[0].value.number)
        && begin_building(v, o[2].value.number, &o[5]);
}

/* bs_append: Fail Size Words Live Unit Bin Flags Dst. */
static bool begin_append(struct verifier *v)
{
    const struct operand *o = v->operands;

    return verify_sources(v, &o[1], 1) && verify_sources(v, &o[5], 1)
        && verify_collect(v, o[3].value.number) && verify_branch_maybe(v, o[0].value.number)
        && begin_building(v, o[2].value.number, &o[7]);
}

/* bs_private_append: Fail Size Unit Bin Flags Dst. */
static bool begin_private_append(struct verifier *v)
{
    const struct operand *o = v->operands;

    return verify_sources(v, &o[1], 1) && verify_sources(v, &o[3], 1)
        && verify_branch_maybe(v, o[0].value.number) && begin_building(v, 0, &o[5]);
}

static bool put_segment(struct verifier *v)
{
    const struct operand *o = v->operands;

    if (!v->now->is_building)
        return verify_fail(v, "no bitstring is being built");
    switch (v->op->opcode) {
    case OP_bs_put_string:
        return o[0].value.number < UINT32_MAX
            ? check_string(v, o[0].value.number * 8, o[1].value.number)
            : verify_fail(v, "outside of the string table");
    case OP_bs_put_utf8: case OP_bs_put_utf16: case OP_bs_put_utf32:
        return verify_sources(v, &o[2], 1) && verify_branch_maybe(v, o[0].value.number);
    default:
        return verify_sources(v, &o[1], 1) && verify_sources(v, &o[4], 1)
            && verify_branch_maybe(v, o[0].value.number);
    }
}

bool verify_bits(struct verifier *v)
{
    const struct operand *o = v->operands;

    switch (v->op->opcode) {
    case OP_bs_start_match3: case OP_bs_start_match4:
        return start_match(v);
    case OP_bs_get_integer2:
        return get_segment(v, &o[3], &o[6], VALUE_INTEGER);
    case OP_bs_get_float2:
        return get_segment(v, &o[3], &o[6], VALUE_FLOAT);
    case OP_bs_get_binary2:
        return get_segment(v, &o[3], &o[6], VALUE_BITS);
    case OP_bs_get_utf8: case OP_bs_get_utf16: case OP_bs_get_utf32:
        return get_segment(v, NULL, &o[4], VALUE_INTEGER);
    case OP_bs_skip_utf8: case OP_bs_skip_utf16: case OP_bs_skip_utf32:
        return get_segment(v, NULL, NULL, 0);
    case OP_bs_skip_bits2:
        return context(v, &o[1]) && verify_sources(v, &o[2], 1)
            && verify_branch(v, o[0].value.number);
    case OP_bs_test_tail2: case OP_bs_test_unit:
        return context(v, &o[1]) && verify_branch(v, o[0].value.number);
    case OP_bs_match_string:
        return context(v, &o[1]) && check_string(v, o[2].value.number, o[3].value.number)
            && verify_branch(v, o[0].value.number);
    case OP_bs_get_tail: case OP_bs_get_position:
        return keep_position(v);
    case OP_bs_set_position:
        return context(v, &o[0]) && verify_sources(v, &o[1], 1);
    case OP_bs_match:
        return match(v);
    case OP_bs_create_bin:
        return create(v);
    case OP_bs_init2: case OP_bs_init_bits:
        return begin_new(v);
    case OP_bs_append:
        return begin_append(v);
    case OP_bs_private_append:
        return begin_private_append(v);
    case OP_bs_init_writable:
        if (!verify_collect(v, 1))
            return false;
        v->now->registers[0].bits = VALUE_BITS;
        return true;
    case OP_bs_add:
        return verify_sources(v, &o[1], 2) && verify_branch_maybe(v, o[0].value.number)
            && verify_set_bits(v, &o[4], VALUE_INTEGER);
    case OP_bs_utf8_size: case OP_bs_utf16_size:
        return verify_sources(v, &o[1], 1) && verify_set_bits(v, &o[2], VALUE_INTEGER);
    default:
        return put_segment(v);
    }
}
