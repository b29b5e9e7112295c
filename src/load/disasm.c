/* disasm.c - generic ops as text. Owns nothing beyond a call. */
#include "load/disasm.h"

#include "load/internal.h"

static void put_atom(struct byte_buffer *out, const struct module *module, term atom)
{
    size_t size;
    const uint8_t *text = atom_text(code_atoms(module->table), term_atom_index(atom), &size);
    const char *quote = atom_is_bare(text, size) ? "" : "'";

    byte_buffer_text(out, quote);
    byte_buffer_append(out, text, size);
    byte_buffer_text(out, quote);
}

static const char *kind_text(term t)
{
    if (term_is_cons(t))
        return "list";
    if (term_is_float(t))
        return "float";
    if (term_is_big(t))
        return "integer";
    if (term_is_bitstring(t))
        return "bitstring";
    if (term_is_map(t))
        return "map";
    if (term_is_fun(t))
        return "fun";
    return term_is_tuple(t) ? "tuple" : "term";
}

static void put_constant(struct byte_buffer *out, const struct module *module, term t,
    const struct disasm_options *options)
{
    if (term_is_atom(t))
        put_atom(out, module, t);
    else if (term_is_small(t))
        byte_buffer_format(out, "%lld", (long long) term_small(t));
    else if (t == TERM_NIL)
        byte_buffer_text(out, "[]");
    else if (options != NULL && options->print_term != NULL)
        options->print_term(options->user, out, t);
    else
        byte_buffer_format(out, "<%s>", kind_text(t));
}

static void put_import(struct byte_buffer *out, const struct module *module, uint64_t index)
{
    const struct export *import = module->imports[index];

    put_atom(out, module, import->identity.module);
    byte_buffer_text(out, ":");
    put_atom(out, module, import->identity.function);
    byte_buffer_format(out, "/%u", (unsigned) import->identity.arity);
}

static void put_line(struct byte_buffer *out, const struct module *module, uint64_t index)
{
    const struct line_entry *line = &module->lines[index];
    const struct line_file *file = &module->line_files[line->file];

    byte_buffer_append(out, file->text, file->size);
    byte_buffer_format(out, ":%u", (unsigned) line->line);
}

/* Prints the operand at index and gives the next one's. letter: 0 when it is an element of a list. */
static uint32_t put_operand(struct byte_buffer *out, const struct module *module,
    const struct operand *operands, uint32_t index, char letter,
    const struct disasm_options *options)
{
    const struct operand *operand = &operands[index++];
    unsigned long long number = operand->value.number;
    uint64_t left;

    switch (operand->kind) {
    case OPERAND_CONSTANT:
        put_constant(out, module, operand->value.constant, options);
        break;
    case OPERAND_X:
        byte_buffer_format(out, "x%llu", number);
        break;
    case OPERAND_Y:
        byte_buffer_format(out, "y%llu", number);
        break;
    case OPERAND_FLOAT_REGISTER:
        byte_buffer_format(out, "f%llu", number);
        break;
    case OPERAND_LABEL:
        byte_buffer_format(out, number == 0 ? "-" : "L%llu", number);
        break;
    case OPERAND_LIST:
        byte_buffer_text(out, "[");
        for (left = number; left > 0; left--) {
            index = put_operand(out, module, operands, index, 0, options);
            if (left > 1)
                byte_buffer_text(out, ", ");
        }
        byte_buffer_text(out, "]");
        break;
    default:
        if (letter == 'i')
            put_import(out, module, number);
        else if (letter == 'n')
            put_line(out, module, number);
        else
            byte_buffer_format(out, letter == 'p' ? "L%llu" : "%llu", number);
        break;
    }
    return index;
}

static void put_op(struct byte_buffer *out, const struct generic_function *generic,
    const struct generic_op *op, const struct disasm_options *options)
{
    const struct module *module = generic->function->module;
    const struct operand *operands = generic->operands + op->first_operand;
    const struct opcode_row *row = opcode_find(op->opcode);
    const char *letter = row->operands;
    uint32_t index = 0;

    byte_buffer_format(out, op->opcode == OP_label ? "  %s" : "    %s", row->name);
    if (op->flags & GENERIC_UNPROVEN)
        byte_buffer_text(out, "?");
    if (op->flags & GENERIC_NO_RETURN)
        byte_buffer_text(out, "!");
    while (index < op->operand_count) {
        byte_buffer_text(out, index == 0 ? " " : ", ");
        index = put_operand(out, module, operands, index, *letter, options);
        letter += *letter != 0;
    }
    byte_buffer_text(out, "\n");
}

bool disasm_function(struct byte_buffer *out, struct function *function,
    const struct disasm_options *options, struct load_error *error)
{
    struct module *module = function->module;
    struct generic_function generic;
    bool is_good = generic_decode(out->memory, function, &generic, error);
    size_t at;

    put_atom(out, module, function->name);
    byte_buffer_format(out, "/%u\n", (unsigned) function->arity);
    if (is_good && options != NULL && options->verify
        && !verify_function(out->memory, &generic, error))
        byte_buffer_format(out, "    refused: %s\n", error->text);
    for (at = 0; at < generic.op_count; at++)
        put_op(out, &generic, &generic.ops[at], options);
    generic_deinit(out->memory, &generic);
    if (is_good && out->failed)
        return load_fail_memory(error);
    return is_good;
}

static bool is_wanted(const struct function *function, const struct disasm_options *options)
{
    size_t size;
    const uint8_t *name;

    if (options == NULL || options->function == NULL)
        return true;
    name = atom_text(code_atoms(function->module->table), term_atom_index(function->name), &size);
    return strlen(options->function) == size && memcmp(options->function, name, size) == 0;
}

bool disasm_module(struct byte_buffer *out, struct module *module,
    const struct disasm_options *options, struct load_error *error)
{
    uint32_t at;

    byte_buffer_text(out, "module ");
    put_atom(out, module, module->name);
    byte_buffer_text(out, "\n");
    for (at = 0; at < module->function_count; at++) {
        if (!is_wanted(&module->functions[at], options))
            continue;
        byte_buffer_text(out, "\n");
        if (!disasm_function(out, &module->functions[at], options, error))
            return false;
    }
    return true;
}
