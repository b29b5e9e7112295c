/* pack_calls.c - takes a module's code apart as far as who mentions what.
**
** One pass over the code finds where functions begin and which labels they have; later a function
** is read again, unit by unit, when it is reached. Code that cannot be read ends the function. */
#include "api/pack_calls.h"

#include "load/compact.h"
#include "opcode/opcode.h"

static const char no_memory_text[] = "out of memory";
static const char code_text[] = "the code is damaged";

/* One instruction. Its units are read one after the other; elements of lists come in between. */
struct reader {
    struct cursor cursor;
    const struct opcode_row *row;
    unsigned opcode;
    uint64_t left;              /* units still to come */
    unsigned operand;           /* number of the operand to come, from 0 */
    uint64_t of_list;           /* of left, how many are elements */
};

static bool next_op(struct reader *reader)
{
    if (reader->cursor.failed || cursor_left(&reader->cursor) == 0)
        return false;
    reader->opcode = cursor_u8(&reader->cursor);
    reader->row = opcode_find(reader->opcode);
    if (reader->row == NULL)
        return false;
    reader->left = reader->row->arity;
    reader->operand = 0;
    reader->of_list = 0;
    return true;
}

/* The next unit of the instruction; *letter is that of its operand, or 0 for an element. */
static bool next_unit(struct reader *reader, struct compact *unit, char *letter)
{
    if (reader->left == 0 || !compact_read(&reader->cursor, unit))
        return false;
    reader->left--;
    if (reader->of_list > 0) {
        reader->of_list--;
        *letter = 0;
    } else {
        *letter = reader->row->operands[reader->operand++];
    }
    if (unit->tag == COMPACT_LIST || unit->tag == COMPACT_ALLOC_LIST) {
        uint64_t more = unit->tag == COMPACT_LIST ? unit->value : unit->value * 2;

        if (more > cursor_left(&reader->cursor))
            return false;
        reader->left += more;
        reader->of_list += more;
    }
    return true;
}

/* Passes the rest of the instruction; false when it cannot be read. */
static bool skip_units(struct reader *reader)
{
    struct compact unit;
    char letter;

    while (reader->left > 0)
        if (!next_unit(reader, &unit, &letter))
            return false;
    return true;
}

/* ---- Opening ------------------------------------------------------------------------------- */

static bool put_function(struct calls *calls, size_t start)
{
    struct calls_function function = { start, calls->code_size, false, false };
    void *items = calls->functions;

    if (!vector_reserve(calls->outline.memory, MEMORY_CODE, &items, &calls->function_capacity,
            calls->function_count, 1, sizeof function))
        return false;
    calls->functions = items;
    if (calls->function_count > 0)
        calls->functions[calls->function_count - 1].end = start;
    calls->functions[calls->function_count++] = function;
    return true;
}

/* The label before func_info belongs to the function that it begins. */
static const char *find_functions(struct calls *calls)
{
    struct reader reader;
    uint64_t label = 0;
    size_t start;

    reader.cursor = cursor_make(calls->code, calls->code_size);
    for (start = 0; next_op(&reader); start = cursor_offset(&reader.cursor)) {
        struct compact unit;
        char letter;

        if (reader.opcode == OP_label) {
            if (!next_unit(&reader, &unit, &letter) || unit.value >= calls->label_count)
                return code_text;
            label = unit.value;
            calls->label_functions[label] = (uint32_t) calls->function_count;
        } else if (reader.opcode == OP_func_info) {
            if (!put_function(calls, start))
                return no_memory_text;
            calls->label_functions[label] = (uint32_t) calls->function_count;
        } else if (reader.opcode == OP_on_load && calls->function_count > 0) {
            calls->functions[calls->function_count - 1].has_on_load = true;
        }
        if (!skip_units(&reader))
            return code_text;
    }
    return NULL;
}

static const char *open_code(struct calls *calls)
{
    struct iff_chunk chunk;
    struct cursor cursor;
    size_t head;
    uint32_t labels;

    if (!iff_find(&calls->outline.iff, "Code", &chunk))
        return "no code chunk";
    cursor = cursor_make(chunk.data, chunk.size);
    head = cursor_u32(&cursor);
    cursor_skip(&cursor, 8);    /* version, highest opcode */
    labels = cursor_u32(&cursor);
    if (cursor.failed || head < 12 || labels > chunk.size)
        return code_text;
    cursor_skip(&cursor, head - 12);
    if (cursor.failed)
        return code_text;
    calls->code = cursor.at;
    calls->code_size = cursor_left(&cursor);
    calls->label_functions = memory_allocate_zeroed(calls->outline.memory, MEMORY_CODE,
        ((size_t) labels + 1) * sizeof *calls->label_functions);
    if (calls->label_functions == NULL)
        return no_memory_text;
    calls->label_count = (size_t) labels + 1;
    return find_functions(calls);
}

static const char *open_lambdas(struct calls *calls)
{
    struct iff_chunk chunk;
    struct cursor cursor;
    uint32_t count, at;

    if (!iff_find(&calls->outline.iff, "FunT", &chunk))
        return NULL;
    cursor = cursor_make(chunk.data, chunk.size);
    count = cursor_u32(&cursor);
    if (count > cursor_left(&cursor) / 24)
        return "the table of funs is damaged";
    if (count == 0)
        return NULL;
    calls->lambda_labels = memory_allocate(calls->outline.memory, MEMORY_CODE,
        count * sizeof *calls->lambda_labels);
    if (calls->lambda_labels == NULL)
        return no_memory_text;
    calls->lambda_count = count;
    for (at = 0; at < count; at++) {
        cursor_skip(&cursor, 8);    /* name, arity */
        calls->lambda_labels[at] = cursor_u32(&cursor);
        cursor_skip(&cursor, 12);
    }
    return NULL;
}

const char *calls_open(struct calls *calls, struct memory *memory, const void *bytes, size_t size)
{
    struct calls opened;
    const char *why;

    memset(&opened, 0, sizeof opened);
    why = outline_open(&opened.outline, memory, bytes, size);
    if (why != NULL)
        return why;
    why = outline_open_literals(&opened.outline, &opened.literals);
    if (why == NULL)
        why = open_code(&opened);
    if (why == NULL)
        why = open_lambdas(&opened);
    if (why != NULL)
        calls_close(&opened);
    else
        *calls = opened;
    return why;
}

void calls_close(struct calls *calls)
{
    struct memory *memory = calls->outline.memory;

    if (memory == NULL)
        return;
    memory_free(memory, MEMORY_CODE, calls->functions,
        calls->function_capacity * sizeof *calls->functions);
    memory_free(memory, MEMORY_CODE, calls->label_functions,
        calls->label_count * sizeof *calls->label_functions);
    memory_free(memory, MEMORY_CODE, calls->lambda_labels,
        calls->lambda_count * sizeof *calls->lambda_labels);
    outline_close_literals(&calls->literals);
    outline_close(&calls->outline);
    memset(calls, 0, sizeof *calls);
}

/* ---- Asking -------------------------------------------------------------------------------- */

size_t calls_function_of_label(const struct calls *calls, uint64_t label)
{
    if (label >= calls->label_count || calls->label_functions[label] == 0)
        return SIZE_MAX;
    return calls->label_functions[label] - 1;
}

size_t calls_find_export(const struct calls *calls, const char *name, uint32_t arity)
{
    const struct outline *outline = &calls->outline;
    uint32_t at;

    for (at = 0; at < outline->export_count; at++)
        if (outline->exports[at].arity == arity
            && strcmp(outline->atoms[outline->exports[at].name], name) == 0)
            return calls_function_of_label(calls, outline->exports[at].label);
    return SIZE_MAX;
}

static void visit_label(const struct calls *calls, uint64_t label,
    const struct calls_visitor *visitor)
{
    size_t function = calls_function_of_label(calls, label);

    if (function != SIZE_MAX)
        visitor->local(visitor->user, function);
}

static void visit_number(const struct calls *calls, uint64_t number, char letter,
    const struct calls_visitor *visitor)
{
    if (letter == 'i' && number < calls->outline.import_count)
        visitor->import(visitor->user, &calls->outline.imports[number]);
    else if ((letter == 't' || letter == 'k') && number < calls->lambda_count)
        visit_label(calls, calls->lambda_labels[number], visitor);
}

/* Whether the instruction compares with its constants, and hands none of them on. */
static bool is_test(unsigned opcode)
{
    switch (opcode) {
        case OP_select_val:
        case OP_is_eq_exact:
        case OP_is_ne_exact:
        case OP_is_eq:
        case OP_is_ne:
        case OP_is_tagged_tuple:
        case OP_has_map_fields:
        case OP_get_map_elements: return true;
        default: return false;
    }
}

static void visit_unit(const struct calls *calls, const struct compact *unit, char letter,
    bool is_pattern, const struct calls_visitor *visitor)
{
    switch (unit->tag) {
        case COMPACT_NUMBER: visit_number(calls, unit->value, letter, visitor); break;
        case COMPACT_LABEL: visit_label(calls, unit->value, visitor); break;
        case COMPACT_ATOM:
            if (!is_pattern && unit->value > 0 && unit->value <= calls->outline.atom_count)
                visitor->atom(visitor->user, calls->outline.atoms[unit->value - 1]);
            break;
        case COMPACT_LITERAL:
            if (!is_pattern && unit->value < calls->literals.count)
                visitor->literal(visitor->user, (size_t) unit->value);
            break;
        default: break;
    }
}

void calls_visit(const struct calls *calls, size_t function, const struct calls_visitor *visitor)
{
    const struct calls_function *visited = &calls->functions[function];
    struct reader reader;
    struct compact unit;
    char letter;

    reader.cursor = cursor_make(calls->code + visited->start, visited->end - visited->start);
    while (next_op(&reader)) {
        if (reader.opcode == OP_func_info) {
            if (!skip_units(&reader))
                return;
            continue;
        }
        while (reader.left > 0) {
            if (!next_unit(&reader, &unit, &letter))
                return;
            visit_unit(calls, &unit, letter, is_test(reader.opcode), visitor);
        }
    }
}
