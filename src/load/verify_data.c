/* verify_data.c - tests, building and taking apart terms, maps, funs, floats, guard functions. */
#include "load/verify.h"

/* ---- Types that must be proven ------------------------------------------------------------------ */

/* Reads a source that the op takes to be of these kinds: marks the op when that is not certain. After
** the op's own check it is. */
static bool expect(struct verifier *v, const struct operand *operand, unsigned bits,
    struct value *value)
{
    if (!verify_source(v, operand, value))
        return false;
    if (value->bits & VALUE_ANY & ~bits) {
        v->op->flags |= GENERIC_UNPROVEN;
        verify_may_raise(v);
    }
    return true;
}

/* The path goes on only with a register of these kinds. */
static void keep_only(struct verifier *v, const struct operand *operand, unsigned bits)
{
    if (!verify_narrow(v, operand, bits))
        v->is_dead = true;
}

static void set_tuple(struct verifier *v, const struct operand *operand, uint64_t arity,
    bool is_exact)
{
    struct value *value = verify_register(v, operand);

    if (value == NULL || v->is_dead || arity > UINT16_MAX)
        return;
    if (is_exact || !(value->bits & VALUE_EXACT)) {
        if (is_exact || arity > value->arity)
            value->arity = (uint16_t) arity;
        if (is_exact)
            value->bits |= VALUE_EXACT;
    }
}

/* ---- Tests ------------------------------------------------------------------------------------- */

static unsigned tested_bits(unsigned opcode)
{
    switch (opcode) {
    case OP_is_integer: return VALUE_INTEGER;
    case OP_is_float: return VALUE_FLOAT;
    case OP_is_number: return VALUE_INTEGER | VALUE_FLOAT;
    case OP_is_atom: case OP_is_boolean: return VALUE_ATOM;
    case OP_is_pid: case OP_is_reference: case OP_is_port: return VALUE_OTHER;
    case OP_is_nil: return VALUE_NIL;
    case OP_is_binary: case OP_is_bitstr: return VALUE_BITS;
    case OP_is_list: return VALUE_NIL | VALUE_CONS;
    case OP_is_nonempty_list: return VALUE_CONS;
    case OP_is_tuple: case OP_is_tagged_tuple: return VALUE_TUPLE;
    case OP_is_function: case OP_is_function2: return VALUE_FUN;
    case OP_is_map: return VALUE_MAP;
    default: return VALUE_ANY;
    }
}

/* Whether failing the test tells that the kind is none of these. */
static bool is_complete_test(unsigned opcode)
{
    switch (opcode) {
    case OP_is_integer: case OP_is_float: case OP_is_number: case OP_is_atom: case OP_is_nil:
    case OP_is_bitstr: case OP_is_list: case OP_is_nonempty_list: case OP_is_tuple:
    case OP_is_function: case OP_is_map:
        return true;
    default:
        return false;
    }
}

static bool type_test(struct verifier *v)
{
    const struct operand *o = v->operands;
    unsigned bits = tested_bits(v->op->opcode);
    struct value *place = verify_register(v, &o[1]);
    struct value value;
    bool may_fail = true;

    if (!verify_source(v, &o[1], &value))
        return false;
    if (v->op->opcode == OP_is_function2 && !verify_sources(v, &o[2], 1))
        return false;
    if (is_complete_test(v->op->opcode))
        may_fail = verify_narrow(v, &o[1], VALUE_ANY & ~bits);
    if (may_fail && !verify_branch(v, o[0].value.number))
        return false;
    if (place != NULL)
        *place = value;
    keep_only(v, &o[1], bits);
    if (v->op->opcode == OP_is_tagged_tuple)
        set_tuple(v, &o[1], o[2].value.number, true);
    return true;
}

static bool test_arity(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value value;

    if (!expect(v, &o[1], VALUE_TUPLE, &value) || !verify_branch(v, o[0].value.number))
        return false;
    keep_only(v, &o[1], VALUE_TUPLE);
    set_tuple(v, &o[1], o[2].value.number, true);
    return true;
}

/* Comparisons: equality with a constant tells the kind. */
static bool compare(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value first, second;

    if (!verify_source(v, &o[1], &first) || !verify_source(v, &o[2], &second)
        || !verify_branch(v, o[0].value.number))
        return false;
    if (v->op->opcode != OP_is_eq_exact)
        return true;
    keep_only(v, &o[1], second.bits & VALUE_ANY);
    if (!v->is_dead)
        keep_only(v, &o[2], first.bits & VALUE_ANY);
    if (!v->is_dead && o[2].kind == OPERAND_CONSTANT && second.bits & VALUE_TUPLE)
        set_tuple(v, &o[1], second.arity, true);
    return true;
}

static bool select_value(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint64_t count = o[2].value.number, at;

    v->is_dead = true;
    if (!verify_sources(v, o, 1) || !verify_branch(v, o[1].value.number))
        return false;
    for (at = 0; at < count; at += 2)
        if (!verify_branch(v, o[3 + at + 1].value.number))
            return false;
    return true;
}

static bool select_arity(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint64_t count = o[2].value.number, at;
    struct value *place = verify_register(v, &o[0]);
    struct value value;

    if (!expect(v, &o[0], VALUE_TUPLE, &value) || !verify_branch(v, o[1].value.number))
        return false;
    for (at = 0; at < count; at += 2) {
        if (place != NULL) {
            *place = value;
            v->is_dead = false;
            keep_only(v, &o[0], VALUE_TUPLE);
            set_tuple(v, &o[0], o[3 + at].value.number, true);
        }
        if (!verify_branch(v, o[3 + at + 1].value.number))
            return false;
    }
    v->is_dead = true;
    return true;
}

/* ---- Moving, taking apart ------------------------------------------------------------------------ */

static bool move(struct verifier *v)
{
    struct value value;

    return verify_source(v, &v->operands[0], &value) && verify_set(v, &v->operands[1], value);
}

static bool swap(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value first, second;

    return verify_source(v, &o[0], &first) && verify_source(v, &o[1], &second)
        && verify_set(v, &o[0], second) && verify_set(v, &o[1], first);
}

static bool take_cons(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value value;

    if (!expect(v, &o[0], VALUE_CONS, &value))
        return false;
    keep_only(v, &o[0], VALUE_CONS);
    return verify_set_bits(v, &o[1], VALUE_ANY)
        && (v->op->opcode != OP_get_list || verify_set_bits(v, &o[2], VALUE_ANY));
}

static bool take_element(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint64_t index = o[1].value.number;
    struct value value;

    if (!expect(v, &o[0], VALUE_TUPLE, &value))
        return false;
    if (index >= value.arity) {
        v->op->flags |= GENERIC_UNPROVEN;
        verify_may_raise(v);
    }
    keep_only(v, &o[0], VALUE_TUPLE);
    if (v->op->flags & GENERIC_UNPROVEN && generic_elements_read(v->generic, v->op_index) > index)
        index = generic_elements_read(v->generic, v->op_index) - 1;
    set_tuple(v, &o[0], index + 1, false);
    return verify_set_bits(v, &o[2], VALUE_ANY);
}

static bool change_element(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value value;

    if (!verify_sources(v, o, 1) || !expect(v, &o[1], VALUE_TUPLE, &value))
        return false;
    if (!(value.bits & VALUE_FRESH))
        return verify_fail(v, "the tuple may be seen by others");
    if (o[2].value.number >= value.arity)
        v->op->flags |= GENERIC_UNPROVEN;
    keep_only(v, &o[1], VALUE_TUPLE);
    set_tuple(v, &o[1], o[2].value.number + 1, false);
    return true;
}

/* ---- Building ------------------------------------------------------------------------------------ */

static bool put_list(struct verifier *v)
{
    return verify_sources(v, v->operands, 2) && verify_take_heap(v, 2)
        && verify_set_bits(v, &v->operands[2], VALUE_CONS);
}

static bool put_tuple(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint64_t arity = o[1].value.number;
    struct value value = { VALUE_TUPLE, 0 };

    if (arity <= UINT16_MAX) {
        value.bits |= VALUE_EXACT;
        value.arity = (uint16_t) arity;
    }
    return verify_sources(v, &o[2], (size_t) arity) && verify_take_heap(v, arity + 1)
        && verify_set(v, &o[0], value);
}

static bool update_record(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint64_t size = o[1].value.number, count = o[4].value.number, at;
    struct value value, result = { VALUE_TUPLE, 0 };

    if (!expect(v, &o[2], VALUE_TUPLE, &value))
        return false;
    if (!(value.bits & VALUE_EXACT) || value.arity != size)
        v->op->flags |= GENERIC_UNPROVEN;
    if (size == 0 || size > UINT16_MAX)
        return verify_fail(v, "a record of impossible size");
    for (at = 0; at < count; at += 2)
        if (o[5 + at].value.number == 0 || o[5 + at].value.number > size
            || !verify_sources(v, &o[5 + at + 1], 1))
            return verify_fail(v, "a field outside of the record, or not written");
    result.bits |= VALUE_EXACT;
    result.arity = (uint16_t) size;
    return verify_take_heap(v, size + 1) && verify_set(v, &o[3], result);
}

static bool make_fun(struct verifier *v)
{
    const struct operand *o = v->operands;
    uint32_t count = v->module->lambdas[o[0].value.number]->identity.free_count;

    if (o[2].value.number != count)
        return verify_fail(v, "not as many free variables as the fun has");
    return verify_sources(v, &o[3], count) && verify_take_heap(v, (uint64_t) count + 2)
        && verify_set_bits(v, &o[1], VALUE_FUN);
}

/* ---- Maps and native records ---------------------------------------------------------------------- */

static bool put_map(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value value;

    if (!expect(v, &o[1], VALUE_MAP, &value)
        || !verify_sources(v, &o[5], (size_t) o[4].value.number)
        || !verify_collect(v, o[3].value.number))
        return false;
    return verify_branch_maybe(v, o[0].value.number) && verify_set_bits(v, &o[2], VALUE_MAP);
}

static bool has_fields(struct verifier *v)
{
    const struct operand *o = v->operands;

    return verify_sources(v, &o[1], 1) && verify_sources(v, &o[3], (size_t) o[2].value.number)
        && verify_branch(v, o[0].value.number);
}

/* What is no map has no key. On failure some of the targets may have been written. */
static bool get_fields(struct verifier *v, unsigned bits)
{
    const struct operand *o = v->operands;
    uint64_t count = o[2].value.number, at;

    if (!verify_sources(v, &o[1], 1))
        return false;
    for (at = 0; at < count; at += 2)
        if (!verify_sources(v, &o[3 + at], 1))
            return false;
    for (at = 0; at < count; at += 2) {
        struct value *target = verify_register(v, &o[3 + at + 1]);

        if (target != NULL && target->bits != 0 && !verify_set_bits(v, &o[3 + at + 1], VALUE_ANY))
            return false;
    }
    if (!verify_branch(v, o[0].value.number))
        return false;
    if (o[1].kind != OPERAND_CONSTANT)
        keep_only(v, &o[1], bits);
    for (at = 0; at < count; at += 2)
        if (!verify_set_bits(v, &o[3 + at + 1], VALUE_ANY))
            return false;
    return true;
}

static bool native_record(struct verifier *v)
{
    const struct operand *o = v->operands;

    switch (v->op->opcode) {
    case OP_get_record_elements:
        return get_fields(v, VALUE_ANY);
    case OP_put_record:
        return verify_sources(v, &o[1], 2)
            && verify_sources(v, &o[6], (size_t) o[5].value.number)
            && verify_collect(v, o[4].value.number) && verify_branch_maybe(v, o[0].value.number)
            && verify_set_bits(v, &o[3], VALUE_OTHER);
    case OP_get_record_field:
        return verify_sources(v, &o[1], 3) && verify_branch_maybe(v, o[0].value.number)
            && verify_set_bits(v, &o[4], VALUE_ANY);
    default:
        return verify_sources(v, &o[1], v->op->operand_count - 1)
            && verify_branch(v, o[0].value.number);
    }
}

/* ---- Floats ---------------------------------------------------------------------------------------- */

static bool read_float(struct verifier *v, const struct operand *operand)
{
    if (v->now->floats >> operand->value.number & 1)
        return true;
    return verify_fail(v, "fr(%u) is read but never written", (unsigned) operand->value.number);
}

static bool write_float(struct verifier *v, const struct operand *operand)
{
    v->now->floats |= (uint64_t) 1 << operand->value.number;
    return true;
}

static bool move_float(struct verifier *v)
{
    const struct operand *o = v->operands;
    struct value value;

    if (o[0].kind == OPERAND_FLOAT_REGISTER) {
        if (!read_float(v, &o[0]))
            return false;
        if (o[1].kind == OPERAND_FLOAT_REGISTER)
            return write_float(v, &o[1]);
        return verify_take_heap(v, 1 + FLOAT_WORDS) && verify_set_bits(v, &o[1], VALUE_FLOAT);
    }
    if (o[1].kind != OPERAND_FLOAT_REGISTER)
        return verify_fail(v, "no float register");
    if (!expect(v, &o[0], VALUE_FLOAT, &value))
        return false;
    if (o[0].kind != OPERAND_CONSTANT)
        keep_only(v, &o[0], VALUE_FLOAT);
    return write_float(v, &o[1]);
}

static bool calculate(struct verifier *v)
{
    const struct operand *o = v->operands;
    bool is_unary = v->op->opcode == OP_fnegate;

    return read_float(v, &o[1]) && (is_unary || read_float(v, &o[2]))
        && verify_branch_maybe(v, o[0].value.number) && write_float(v, &o[is_unary ? 2 : 3]);
}

/* ---- Guard functions --------------------------------------------------------------------------------- */

/* Functions of erlang that bif0..3 call and that leave the heap alone. */
static bool takes_no_heap(struct verifier *v, const struct export *import)
{
    static const char *const names[] = { "/=", "<", "=/=", "=:=", "=<", "==", ">", ">=", "and",
        "element", "get", "hd", "is_atom", "is_binary", "is_bitstring", "is_boolean", "is_float",
        "is_function", "is_integer", "is_list", "is_map", "is_map_key", "is_number", "is_pid",
        "is_port", "is_record", "is_reference", "is_tuple", "map_get", "map_size", "max", "min",
        "node", "not", "or", "self", "tl", "tuple_size", "xor" };
    size_t size, at;
    const uint8_t *text;

    if (import->identity.module != ATOM(erlang) || import->identity.arity == 0)
        return import->identity.function != ATOM(apply) && import->identity.module == ATOM(erlang);
    text = atom_text(code_atoms(v->module->table), term_atom_index(import->identity.function),
        &size);
    for (at = 0; at < AVM_COUNT_OF(names); at++)
        if (strlen(names[at]) == size && memcmp(names[at], text, size) == 0)
            return true;
    return false;
}

/* Where the operands of a guard function stand: import, first argument. */
static bool guard_function(struct verifier *v, unsigned import_at, unsigned arity, bool collects)
{
    const struct operand *o = v->operands;
    const struct export *import = v->module->imports[o[import_at].value.number];
    const struct operand *target = &o[import_at + 1 + arity];

    if (import->identity.arity != arity)
        return verify_fail(v, "the import has another arity");
    if (!verify_sources(v, &o[import_at + 1], arity))
        return false;
    if (collects) {
        if (!verify_collect(v, o[1].value.number))
            return false;
    } else if (v->now->heap > 0 && !takes_no_heap(v, import)) {
        v->now->heap = 0;
    }
    if (arity > 0 && !verify_branch_maybe(v, o[0].value.number))
        return false;
    return verify_set_bits(v, target, VALUE_ANY);
}

/* ---- All ----------------------------------------------------------------------------------------- */

static bool test_heap(struct verifier *v)
{
    if (v->operands[0].value.number > UINT32_MAX)
        return verify_fail(v, "a heap need past all bounds");
    if (!verify_collect(v, v->operands[1].value.number))
        return false;
    v->now->heap = (uint32_t) v->operands[0].value.number;
    return true;
}

bool verify_data(struct verifier *v)
{
    switch (v->op->opcode) {
    case OP_test_heap: return test_heap(v);
    case OP_bif0: return guard_function(v, 0, 0, false);
    case OP_bif1: return guard_function(v, 1, 1, false);
    case OP_bif2: return guard_function(v, 1, 2, false);
    case OP_bif3: return guard_function(v, 1, 3, false);
    case OP_gc_bif1: return guard_function(v, 2, 1, true);
    case OP_gc_bif2: return guard_function(v, 2, 2, true);
    case OP_gc_bif3: return guard_function(v, 2, 3, true);
    case OP_is_lt: case OP_is_ge: case OP_is_eq: case OP_is_ne: case OP_is_eq_exact:
    case OP_is_ne_exact:
        return compare(v);
    case OP_test_arity: return test_arity(v);
    case OP_select_val: return select_value(v);
    case OP_select_tuple_arity: return select_arity(v);
    case OP_move: return move(v);
    case OP_swap: return swap(v);
    case OP_get_list: case OP_get_hd: case OP_get_tl: return take_cons(v);
    case OP_get_tuple_element: return take_element(v);
    case OP_set_tuple_element: return change_element(v);
    case OP_put_list: return put_list(v);
    case OP_put_tuple2: return put_tuple(v);
    case OP_update_record: return update_record(v);
    case OP_make_fun3: return make_fun(v);
    case OP_put_map_assoc: case OP_put_map_exact: return put_map(v);
    case OP_has_map_fields: return has_fields(v);
    case OP_get_map_elements: return get_fields(v, VALUE_MAP);
    case OP_fmove: return move_float(v);
    case OP_fconv:
        verify_may_raise(v);
        return verify_sources(v, v->operands, 1) && write_float(v, &v->operands[1]);
    case OP_fadd: case OP_fsub: case OP_fmul: case OP_fdiv: case OP_fnegate:
        return calculate(v);
    case OP_is_any_native_record: case OP_is_native_record: case OP_get_record_elements:
    case OP_put_record: case OP_is_record_accessible: case OP_get_record_field:
        return native_record(v);
    default: return type_test(v);
    }
}
