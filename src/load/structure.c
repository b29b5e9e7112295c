/* structure.c - finds the functions of a Code chunk: where each begins and ends, which labels are its
** own, and where integers stand that need a place among the literals. Every op is walked over once,
** so unknown ops and broken operands are found here. */
#include "load/internal.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- Errors ---------------------------------------------------------------------------------- */

static const char no_memory[] = "out of memory";

bool load_fail(struct load_error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool load_fail_memory(struct load_error *error)
{
    return load_fail(error, "%s", no_memory);
}

bool load_is_memory(const struct load_error *error)
{
    return strcmp(error->text, no_memory) == 0;
}

bool load_fail_at(struct load_error *error, const struct function *function, uint32_t offset,
    const char *format, ...)
{
    const struct module *module = function->module;
    struct atom_table *atoms = code_atoms(module->table);
    size_t module_size, name_size;
    const uint8_t *module_name = atom_text(atoms, term_atom_index(module->name), &module_size);
    const uint8_t *name = atom_text(atoms, term_atom_index(function->name), &name_size);
    size_t used;
    va_list arguments;

    (void) snprintf(error->text, sizeof error->text, "%.*s:%.*s/%u+%u: ",
        (int) (module_size < 40 ? module_size : 40), (const char *) module_name,
        (int) (name_size < 60 ? name_size : 60), (const char *) name, (unsigned) function->arity,
        (unsigned) (offset - function->code_start));
    used = strlen(error->text);
    va_start(arguments, format);
    (void) vsnprintf(error->text + used, sizeof error->text - used, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Operands -------------------------------------------------------------------------------- */

bool compact_is_small(const struct compact *unit, intptr_t *value)
{
    int64_t wide;

    if (!compact_integer(unit, &wide) || !small_fits(wide))
        return false;
    *value = (intptr_t) wide;
    return true;
}

struct walk {
    struct memory *memory;
    struct module *module;
    struct cursor cursor;
    struct load_error *error;
    void *bigs;                     /* uint32_t offsets */
    size_t big_count, big_capacity;
    uint32_t function_count;        /* found so far */
    uint32_t functions_expected;
    uint32_t last_label;
    uint32_t last_label_offset;     /* or that of the line op just before it */
    uint32_t line_offset;           /* of the op before, when it was a line op; else NO_LINE */
    bool is_prologue;               /* only line ops since last_label */
    bool is_entry_next;             /* func_info was the last op but for lines */
};

#define NO_LINE UINT32_MAX

static bool note_big(struct walk *walk, const struct compact *unit, size_t offset)
{
    intptr_t small;

    if (unit->tag != COMPACT_INTEGER || compact_is_small(unit, &small))
        return true;
    if (!vector_reserve(walk->memory, MEMORY_CODE, &walk->bigs, &walk->big_capacity,
            walk->big_count, 1, sizeof(uint32_t)))
        return false;
    ((uint32_t *) walk->bigs)[walk->big_count++] = (uint32_t) offset;
    return true;
}

/* Reads past one operand, a list with its elements. walk NULL: without noting integers. */
static bool skip_operand(struct cursor *cursor, struct walk *walk)
{
    struct compact unit;
    uint64_t left = 1;
    bool is_head = true;

    while (left-- > 0) {
        size_t offset = cursor_offset(cursor);

        if (compact_skip_short(cursor)) {
            is_head = false;
            continue;
        }
        if (!compact_read(cursor, &unit))
            return false;
        if (unit.tag == COMPACT_LIST || unit.tag == COMPACT_ALLOC_LIST) {
            if (!is_head || unit.value > cursor_left(cursor))
                return false;
            left = unit.tag == COMPACT_LIST ? unit.value : 2 * unit.value;
        } else if (walk != NULL && !note_big(walk, &unit, offset)) {
            return load_fail_memory(walk->error);
        }
        is_head = false;
    }
    return true;
}

bool generic_skip_operands(struct cursor *cursor, const struct opcode_row *row)
{
    unsigned at;

    for (at = 0; at < row->arity; at++)
        if (!skip_operand(cursor, NULL))
            return false;
    return true;
}

/* ---- Functions ------------------------------------------------------------------------------- */

#define NO_FUNCTION UINT32_MAX

static struct function *current_function(struct walk *walk)
{
    return walk->function_count == 0 ? NULL : &walk->module->functions[walk->function_count - 1];
}

static bool fail_structure(struct walk *walk, const char *why)
{
    if (walk->error->text[0] != 0)
        return false;
    return load_fail(walk->error, "bad code at offset %u: %s",
        (unsigned) cursor_offset(&walk->cursor), why);
}

static bool see_label(struct walk *walk, uint32_t offset)
{
    struct module *module = walk->module;
    uint32_t label;

    if (!compact_read_number(&walk->cursor, &label) || label == 0 || label >= module->label_count)
        return fail_structure(walk, "a label out of range");
    if (module->label_function[label] != NO_FUNCTION)
        return fail_structure(walk, "a label defined twice");
    module->label_function[label] = walk->function_count == 0 ? 0 : walk->function_count - 1;
    if (walk->is_entry_next) {
        current_function(walk)->entry_label = label;
        walk->is_entry_next = false;
    }
    walk->last_label = label;
    walk->last_label_offset = walk->line_offset != NO_LINE ? walk->line_offset : offset;
    walk->is_prologue = true;
    return true;
}

static bool read_atom(struct walk *walk, term *atom)
{
    struct compact unit;

    if (!compact_read(&walk->cursor, &unit) || unit.tag != COMPACT_ATOM || unit.value == 0
        || unit.value >= walk->module->atom_count)
        return false;
    *atom = walk->module->atoms[unit.value];
    return true;
}

static bool see_func_info(struct walk *walk)
{
    struct module *module = walk->module;
    struct function *function;
    term name, function_name;
    uint32_t arity;

    if (!read_atom(walk, &name) || !read_atom(walk, &function_name)
        || !compact_read_number(&walk->cursor, &arity) || arity > 255 || name != module->name)
        return fail_structure(walk, "a broken func_info");
    if (!walk->is_prologue)
        return fail_structure(walk, "func_info without a label");
    if (walk->function_count == walk->functions_expected)
        return fail_structure(walk, "more functions than the header says");
    if (walk->function_count > 0) {
        if (current_function(walk)->entry_label == 0)
            return fail_structure(walk, "a function without an entry");
        current_function(walk)->code_end = walk->last_label_offset;
    }
    module->label_function[walk->last_label] = walk->function_count;
    function = &module->functions[walk->function_count++];
    function->module = module;
    function->name = function_name;
    function->arity = arity;
    function->code_start = walk->last_label_offset;
    walk->is_entry_next = true;
    walk->is_prologue = false;
    return true;
}

static bool see_op(struct walk *walk, unsigned number, uint32_t offset)
{
    const struct opcode_row *row = opcode_find(number);
    unsigned at;

    if (row == NULL)
        return load_fail(walk->error,
            "unknown instruction %u at offset %u: made by a newer compiler?", number,
            (unsigned) offset);
    if (opcode_is_obsolete(row) && row->arity > 0)
        return load_fail(walk->error,
            "instruction %s at offset %u is of before OTP 23: compile again", row->name,
            (unsigned) offset);
    if (number == OP_label)
        return see_label(walk, offset);
    if (number == OP_func_info)
        return see_func_info(walk);
    if (number != OP_line) {
        if (walk->function_count == 0 || walk->is_entry_next)
            return fail_structure(walk, "code outside of a function");
        walk->is_prologue = false;
    }
    if (number == OP_on_load)
        walk->module->on_load_label = current_function(walk)->entry_label;
    for (at = 0; at < row->arity; at++)
        if (!skip_operand(&walk->cursor, walk))
            return fail_structure(walk, "broken operands");
    return true;
}

static bool walk_code(struct walk *walk)
{
    for (;;) {
        uint32_t offset = (uint32_t) cursor_offset(&walk->cursor);
        unsigned number = cursor_u8(&walk->cursor);

        if (walk->cursor.failed)
            return fail_structure(walk, "no end");
        if (number == OP_int_code_end) {
            if (walk->function_count == 0 || walk->is_entry_next
                || walk->function_count != walk->functions_expected)
                return fail_structure(walk, "fewer functions than the header says");
            current_function(walk)->code_end = offset;
            return true;
        }
        if (!see_op(walk, number, offset))
            return false;
        walk->line_offset = number == OP_line ? offset : NO_LINE;
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool allocate_tables(struct walk *walk, struct module *module)
{
    size_t size = cursor_left(&module->code);
    uint32_t at;

    /* A label takes two bytes, a function at least nine. */
    if (module->label_count > size + 2 || walk->functions_expected > size / 8
        || walk->functions_expected == 0)
        return load_fail(walk->error, "bad code: its header claims more than there is");
    module->functions = memory_allocate_zeroed(walk->memory, MEMORY_CODE,
        walk->functions_expected * sizeof *module->functions);
    if (module->functions == NULL)
        return load_fail_memory(walk->error);
    module->function_count = walk->functions_expected;
    module->label_function = memory_allocate(walk->memory, MEMORY_CODE,
        module->label_count * sizeof *module->label_function);
    if (module->label_function == NULL)
        return load_fail_memory(walk->error);
    for (at = 0; at < module->label_count; at++)
        module->label_function[at] = NO_FUNCTION;
    return true;
}

static bool keep_bigs(struct walk *walk)
{
    struct module *module = walk->module;
    uint32_t *kept;

    if (walk->big_count == 0)
        return true;
    kept = memory_resize(walk->memory, MEMORY_CODE, walk->bigs,
        walk->big_capacity * sizeof(uint32_t), walk->big_count * sizeof(uint32_t));
    if (kept == NULL)
        return load_fail_memory(walk->error);
    module->big_offsets = kept;
    module->big_count = (uint32_t) walk->big_count;
    walk->bigs = NULL;
    walk->big_capacity = 0;
    return true;
}

bool structure_read(struct memory *memory, struct module *module, uint32_t header_functions,
    struct load_error *error)
{
    struct walk walk = { .memory = memory, .module = module, .cursor = module->code,
        .error = error, .functions_expected = header_functions, .line_offset = NO_LINE };
    bool is_good;

    error->text[0] = 0;
    is_good = allocate_tables(&walk, module) && walk_code(&walk) && keep_bigs(&walk);
    memory_free(memory, MEMORY_CODE, walk.bigs, walk.big_capacity * sizeof(uint32_t));
    return is_good;
}
