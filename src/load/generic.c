/* generic.c - decodes one function's ops. Owns the growth of a struct generic_function.
** Always: an operand that reaches the arrays is within its table and of a kind its letter allows. */
#include "load/internal.h"

#include "heap/heap.h"

struct decoder {
    struct memory *memory;
    struct function *function;
    struct module *module;
    struct generic_function *generic;
    struct load_error *error;
    struct cursor cursor;
    uint32_t offset;                /* of the op being decoded */
    const char *name;               /* of the op, for messages */
};

static bool fail(struct decoder *decoder, const char *why)
{
    return load_fail_at(decoder->error, decoder->function, decoder->offset, "%s: %s",
        decoder->name, why);
}

/* ---- The arrays ------------------------------------------------------------------------------ */

static bool begin_op(struct decoder *decoder, unsigned opcode)
{
    struct generic_function *generic = decoder->generic;
    void *items = generic->ops;
    struct generic_op *op;

    if (!vector_reserve(decoder->memory, MEMORY_CODE, &items, &generic->op_capacity,
            generic->op_count, 1, sizeof *generic->ops))
        return load_fail_memory(decoder->error);
    generic->ops = items;
    op = &generic->ops[generic->op_count++];
    memset(op, 0, sizeof *op);
    op->opcode = (uint8_t) opcode;
    op->first_operand = (uint32_t) generic->operand_count;
    op->offset = decoder->offset;
    return true;
}

static bool push_operand(struct decoder *decoder, const struct operand *operand)
{
    struct generic_function *generic = decoder->generic;
    void *items = generic->operands;

    if (!vector_reserve(decoder->memory, MEMORY_CODE, &items, &generic->operand_capacity,
            generic->operand_count, 1, sizeof *generic->operands))
        return load_fail_memory(decoder->error);
    generic->operands = items;
    generic->operands[generic->operand_count++] = *operand;
    generic->ops[generic->op_count - 1].operand_count++;
    return true;
}

static bool push_number(struct decoder *decoder, enum operand_kind kind, uint64_t number)
{
    struct operand operand = { .kind = (uint8_t) kind, .value.number = number };

    return push_operand(decoder, &operand);
}

/* ---- One operand ----------------------------------------------------------------------------- */

enum {
    IS_NUMBER = 1 << OPERAND_UNSIGNED, IS_CONSTANT = 1 << OPERAND_CONSTANT, IS_X = 1 << OPERAND_X,
    IS_Y = 1 << OPERAND_Y, IS_FLOAT_REGISTER = 1 << OPERAND_FLOAT_REGISTER,
    IS_LABEL = 1 << OPERAND_LABEL,
    IS_SOURCE = IS_CONSTANT | IS_X | IS_Y,
    IS_ANY = IS_SOURCE | IS_NUMBER | IS_FLOAT_REGISTER | IS_LABEL
};

static unsigned letter_kinds(char letter)
{
    switch (letter) {
    case 's': return IS_SOURCE;
    case 'd': return IS_X | IS_Y;
    case 'y': return IS_Y;
    case 'F': return IS_FLOAT_REGISTER;
    case 'm': return IS_SOURCE | IS_FLOAT_REGISTER;
    case 'M': return IS_X | IS_Y | IS_FLOAT_REGISTER;
    case 'a': case 'c': return IS_CONSTANT;
    case 'j': case 'f': return IS_LABEL;
    case 'o': return IS_LABEL | IS_CONSTANT;
    case 'S': return IS_SOURCE | IS_NUMBER;
    case 't': return IS_NUMBER | IS_CONSTANT;
    case '*': return IS_ANY;
    default: return IS_NUMBER;
    }
}

static bool take_integer(struct decoder *decoder, const struct compact *unit, size_t offset,
    struct operand *operand)
{
    const struct module *module = decoder->module;
    uint32_t low = 0, high = module->big_count;
    intptr_t small;

    if (compact_is_small(unit, &small)) {
        operand->value.constant = term_make_small(small);
        return true;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (module->big_offsets[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == module->big_count || module->big_offsets[low] != offset)
        return fail(decoder, "an integer too large");
    operand->value.constant = module->literals[module->literal_count + low];
    return true;
}

static bool take_register(struct decoder *decoder, enum operand_kind kind, uint64_t number,
    struct operand *operand)
{
    unsigned limit = kind == OPERAND_X ? GENERIC_X_MAX
        : kind == OPERAND_Y            ? GENERIC_Y_MAX
                                       : GENERIC_FLOAT_REGISTER_MAX;

    operand->kind = (uint8_t) kind;
    operand->value.number = number;
    return number < limit || fail(decoder, "a register out of range");
}

/* Turns unit, read at offset, into operand. */
static bool take_unit(struct decoder *decoder, const struct compact *unit, size_t offset,
    struct operand *operand)
{
    const struct module *module = decoder->module;

    memset(operand, 0, sizeof *operand);
    operand->kind = OPERAND_CONSTANT;
    switch (unit->tag) {
    case COMPACT_NUMBER:
        operand->kind = OPERAND_UNSIGNED;
        operand->value.number = unit->value;
        return true;
    case COMPACT_INTEGER:
        return take_integer(decoder, unit, offset, operand);
    case COMPACT_ATOM:
        if (unit->value >= module->atom_count)
            return fail(decoder, "an atom out of range");
        operand->value.constant = module->atoms[unit->value];
        return true;
    case COMPACT_LITERAL:
        if (unit->value >= module->literal_count)
            return fail(decoder, "a literal out of range");
        operand->value.constant = module->literals[unit->value];
        return true;
    case COMPACT_X:
        return take_register(decoder, OPERAND_X, unit->value, operand);
    case COMPACT_Y:
        return take_register(decoder, OPERAND_Y, unit->value, operand);
    case COMPACT_FLOAT_REGISTER:
        return take_register(decoder, OPERAND_FLOAT_REGISTER, unit->value, operand);
    case COMPACT_TYPED:
        operand->has_type = 1;
        operand->type_index = unit->type_index;
        return take_register(decoder,
            unit->register_tag == COMPACT_X ? OPERAND_X : OPERAND_Y, unit->value, operand);
    case COMPACT_LABEL:
        operand->kind = OPERAND_LABEL;
        operand->value.number = unit->value;
        return true;
    default:
        return fail(decoder, "an operand of no use here");
    }
}

/* A jump within the function; a call's label is checked by the verifier. */
static bool check_label(struct decoder *decoder, char letter, uint64_t label)
{
    if (label == 0)
        return letter == 'f' || letter == '*' || fail(decoder, "no label");
    if (label >= decoder->module->label_count
        || decoder->module->label_function[label] == UINT32_MAX)
        return fail(decoder, "a label that is nowhere");
    return true;
}

static bool check_index(struct decoder *decoder, const struct operand *operand, uint64_t limit)
{
    return operand->value.number < limit || fail(decoder, "an index out of range");
}

static bool check_operand(struct decoder *decoder, char letter, struct operand *operand)
{
    const struct module *module = decoder->module;

    if (!((1u << operand->kind) & letter_kinds(letter)))
        return fail(decoder, "an operand of the wrong kind");
    if (operand->kind == OPERAND_LABEL)
        return check_label(decoder, letter, operand->value.number);
    if (operand->kind == OPERAND_CONSTANT && (letter == 'a' || letter == 'o' || letter == 't'))
        return term_is_atom(operand->value.constant) || fail(decoder, "no atom");
    if (operand->kind != OPERAND_UNSIGNED)
        return true;
    switch (letter) {
    case 'i': return check_index(decoder, operand, module->import_count);
    case 'k': case 't': return check_index(decoder, operand, module->lambda_count);
    case 'p': return check_index(decoder, operand, module->label_count);
    case 'v': return check_index(decoder, operand, GENERIC_X_MAX);
    default: return true;
    }
}

/* Words of the heap need in an allocation list: words, floats and funs, in our sizes. */
static bool take_alloc_list(struct decoder *decoder, uint64_t pairs, struct operand *operand)
{
    static const uint8_t sizes[] = { 1, 1 + FLOAT_WORDS, 2 };
    uint64_t words = 0;

    while (pairs-- > 0) {
        uint32_t kind, count;

        if (!compact_read_number(&decoder->cursor, &kind)
            || !compact_read_number(&decoder->cursor, &count) || kind >= AVM_COUNT_OF(sizes))
            return fail(decoder, "a broken heap need");
        words += (uint64_t) count * sizes[kind];
        if (words > UINT32_MAX)
            return fail(decoder, "a heap need past all bounds");
    }
    operand->kind = OPERAND_UNSIGNED;
    operand->has_type = 0;
    operand->value.number = words;
    return true;
}

static bool decode_unit(struct decoder *decoder, char letter)
{
    size_t offset = cursor_offset(&decoder->cursor);
    struct compact unit;
    struct operand operand = { .kind = OPERAND_UNSIGNED };

    if (!compact_read(&decoder->cursor, &unit))
        return fail(decoder, "broken operands");
    if (letter == 'A' && unit.tag == COMPACT_ALLOC_LIST) {
        if (!take_alloc_list(decoder, unit.value, &operand))
            return false;
    } else if (!take_unit(decoder, &unit, offset, &operand)
        || !check_operand(decoder, letter, &operand)) {
        return false;
    }
    return push_operand(decoder, &operand);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* The letters of a list's elements, in turn; NULL: no list. */
static const char *element_letters(char letter)
{
    switch (letter) {
    case 'b': return "y";
    case 'z': case 'h': return "s";
    case 'q': return "sd";
    case 'w': return "ss";
    case 'e': return "cj";
    case 'g': return "uj";
    case 'U': return "us";
    case 'B': return "cu***S";
    case 'C': return "*";
    default: return NULL;
    }
}

static bool decode_list(struct decoder *decoder, const char *letters)
{
    struct compact unit;
    size_t period = strlen(letters);
    uint64_t at;

    if (!compact_read(&decoder->cursor, &unit) || unit.tag != COMPACT_LIST
        || unit.value > cursor_left(&decoder->cursor) || unit.value % period != 0)
        return fail(decoder, "a broken list");
    if (!push_number(decoder, OPERAND_LIST, unit.value))
        return false;
    for (at = 0; at < unit.value; at++)
        if (!decode_unit(decoder, letters[at % period]))
            return false;
    return true;
}

static bool decode_operands(struct decoder *decoder, const struct opcode_row *row)
{
    unsigned at;

    for (at = 0; at < row->arity; at++) {
        const char *letters = element_letters(row->operands[at]);

        if (letters != NULL ? !decode_list(decoder, letters)
                            : !decode_unit(decoder, row->operands[at]))
            return false;
    }
    return true;
}

/* ---- Old forms ------------------------------------------------------------------------------- */

static bool end_list(struct decoder *decoder, size_t at_operand, uint64_t count)
{
    decoder->generic->operands[at_operand].value.number = count;
    return true;
}

/* allocate_zero, allocate_heap_zero: allocate and init_yregs. */
static bool split_allocate_zero(struct decoder *decoder)
{
    struct generic_op *op = &decoder->generic->ops[decoder->generic->op_count - 1];
    uint64_t size = decoder->generic->operands[op->first_operand].value.number, at;

    op->opcode = op->opcode == OP_allocate_zero ? OP_allocate : OP_allocate_heap;
    if (size > GENERIC_Y_MAX)
        return fail(decoder, "a frame too large");
    if (size == 0)
        return true;
    if (!begin_op(decoder, OP_init_yregs) || !push_number(decoder, OPERAND_LIST, size))
        return false;
    for (at = 0; at < size; at++)
        if (!push_number(decoder, OPERAND_Y, at))
            return false;
    return true;
}

/* init: init_yregs with one register. */
static bool decode_init(struct decoder *decoder)
{
    return begin_op(decoder, OP_init_yregs) && push_number(decoder, OPERAND_LIST, 1)
        && decode_unit(decoder, 'y');
}

/* put_tuple and its puts: put_tuple2. */
static bool decode_put_tuple(struct decoder *decoder)
{
    uint32_t arity, at;
    size_t list, target;

    if (!compact_read_number(&decoder->cursor, &arity)
        || arity > cursor_left(&decoder->cursor))
        return fail(decoder, "broken operands");
    if (!begin_op(decoder, OP_put_tuple2) || !decode_unit(decoder, 'd'))
        return false;
    target = decoder->generic->operand_count - 1;
    list = decoder->generic->operand_count;
    if (!push_number(decoder, OPERAND_LIST, arity))
        return false;
    for (at = 0; at < arity; at++) {
        const struct operand *operands;

        if (cursor_u8(&decoder->cursor) != OP_put)
            return fail(decoder, "too few put");
        if (!decode_unit(decoder, 's'))
            return false;
        operands = decoder->generic->operands;
        if (operands[list + 1 + at].kind == operands[target].kind
            && operands[list + 1 + at].value.number == operands[target].value.number)
            return fail(decoder, "a tuple that holds itself");
    }
    return end_list(decoder, list, arity);
}

/* make_fun2: test_heap and make_fun3, its free variables in x registers. */
static bool decode_make_fun2(struct decoder *decoder)
{
    const struct module *module = decoder->module;
    uint32_t index, free_count, at;

    if (!compact_read_number(&decoder->cursor, &index) || index >= module->lambda_count)
        return fail(decoder, "an index out of range");
    free_count = module->lambdas[index]->identity.free_count;
    if (!begin_op(decoder, OP_test_heap)
        || !push_number(decoder, OPERAND_UNSIGNED, (uint64_t) free_count + 2)
        || !push_number(decoder, OPERAND_UNSIGNED, free_count)
        || !begin_op(decoder, OP_make_fun3) || !push_number(decoder, OPERAND_UNSIGNED, index)
        || !push_number(decoder, OPERAND_X, 0)
        || !push_number(decoder, OPERAND_LIST, free_count))
        return false;
    for (at = 0; at < free_count; at++)
        if (!push_number(decoder, OPERAND_X, at))
            return false;
    return true;
}

static bool skip(struct decoder *decoder, const struct opcode_row *row)
{
    return generic_skip_operands(&decoder->cursor, row) || fail(decoder, "broken operands");
}

/* line: its index within the module's table, or nothing when it says nothing. */
static bool decode_line(struct decoder *decoder)
{
    uint32_t index;

    if (!compact_read_number(&decoder->cursor, &index))
        return fail(decoder, "broken operands");
    if (index == 0 || index >= decoder->module->line_count)
        return true;
    return begin_op(decoder, OP_line) && push_number(decoder, OPERAND_UNSIGNED, index);
}

/* ---- Ops --------------------------------------------------------------------------------------- */

/* Whether a call of this import cannot come back. */
static bool is_exit(const struct export *import)
{
    if (import->identity.module != ATOM(erlang))
        return false;
    switch (import->identity.arity) {
    case 1:
        return import->identity.function == ATOM(error) || import->identity.function == ATOM(exit)
            || import->identity.function == ATOM(throw);
    case 2:
        return import->identity.function == ATOM(error);
    default:
        return false;
    }
}

static void mark_exit(struct decoder *decoder)
{
    struct generic_op *op = &decoder->generic->ops[decoder->generic->op_count - 1];
    const struct operand *operands = decoder->generic->operands + op->first_operand;

    if (is_exit(decoder->module->imports[operands[1].value.number]))
        op->flags |= GENERIC_NO_RETURN;
}

static bool decode_op(struct decoder *decoder)
{
    unsigned number = cursor_u8(&decoder->cursor);
    const struct opcode_row *row = opcode_find(number);

    if (row == NULL)
        return load_fail_at(decoder->error, decoder->function, decoder->offset,
            "unknown instruction %u", number);
    decoder->name = row->name;
    switch (number) {
    case OP_line:
        return decode_line(decoder);
    case OP_init:
        return decode_init(decoder);
    case OP_put_tuple:
        return decode_put_tuple(decoder);
    case OP_make_fun2:
        return decode_make_fun2(decoder);
    case OP_put:
    case OP_int_code_end:
        return fail(decoder, "out of place");
    case OP_on_load:
    case OP_nif_start:
    case OP_executable_line:
    case OP_debug_line:
    case OP_recv_mark:
    case OP_recv_set:
    case OP_fclearerror:
    case OP_fcheckerror:
        return skip(decoder, row);
    default:
        break;
    }
    if (!begin_op(decoder, number) || !decode_operands(decoder, row))
        return false;
    if (number == OP_allocate_zero || number == OP_allocate_heap_zero)
        return split_allocate_zero(decoder);
    if (number == OP_call_ext || number == OP_call_ext_last || number == OP_call_ext_only)
        mark_exit(decoder);
    return true;
}

bool generic_decode(struct memory *memory, struct function *function,
    struct generic_function *generic, struct load_error *error)
{
    struct module *module = function->module;
    struct decoder decoder = { .memory = memory, .function = function, .module = module,
        .generic = generic, .error = error, .cursor = module->code, .name = "" };

    memset(generic, 0, sizeof *generic);
    generic->function = function;
    cursor_skip(&decoder.cursor, function->code_start);
    decoder.cursor.end = decoder.cursor.start + function->code_end;
    while (cursor_left(&decoder.cursor) > 0) {
        decoder.offset = (uint32_t) cursor_offset(&decoder.cursor);
        if (!decode_op(&decoder)) {
            generic_deinit(memory, generic);
            return false;
        }
    }
    return true;
}

/* The operand that a straight-line op writes; -1: another op. */
static int written_operand(const struct generic_op *op)
{
    switch (op->opcode) {
    case OP_move:
    case OP_fmove:
    case OP_fconv:
        return 1;
    case OP_get_tuple_element:
    case OP_fnegate:
        return 2;
    case OP_fadd:
    case OP_fsub:
    case OP_fmul:
    case OP_fdiv:
        return 3;
    case OP_line:
        return 0;
    default:
        return -1;
    }
}

uint32_t generic_elements_read(const struct generic_function *generic, size_t op_index)
{
    const struct operand *tuple = generic->operands + generic->ops[op_index].first_operand;
    uint64_t elements = 0;

    for (size_t i = op_index; i < generic->op_count; i++) {
        const struct generic_op *op = &generic->ops[i];
        const struct operand *o = generic->operands + op->first_operand;
        int written = written_operand(op);

        if (written < 0)
            break;
        if (op->opcode == OP_get_tuple_element && o[0].kind == tuple->kind
            && o[0].value.number == tuple->value.number && o[1].value.number >= elements)
            elements = o[1].value.number + 1;
        if (o[written].kind == tuple->kind && o[written].value.number == tuple->value.number)
            break;
    }
    return elements > UINT32_MAX ? UINT32_MAX : (uint32_t) elements;
}

void generic_deinit(struct memory *memory, struct generic_function *generic)
{
    memory_free(memory, MEMORY_CODE, generic->ops, generic->op_capacity * sizeof *generic->ops);
    memory_free(memory, MEMORY_CODE, generic->operands,
        generic->operand_capacity * sizeof *generic->operands);
    memset(generic, 0, sizeof *generic);
}
