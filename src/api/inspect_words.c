/* inspect_words.c - prints instruction words by their rows in opcode/instructions.def.
**
** A label is printed as @ and the number of the unit it leads to, which is the number that stands in
** front of that line. */
#include "api/inspect_words.h"

#include "data/print.h"
#include "opcode/instruction.h"

#define TERM_LIMIT 200

struct words {
    struct byte_buffer *out;
    const struct function *function;
    const struct compare_context *context;
    uint32_t start;             /* unit of the instruction being printed */
    uint32_t at;                /* unit being printed */
};

static uint32_t unit_at(const struct words *words, uint32_t at)
{
    return at < words->function->word_count ? words->function->words[at] : 0;
}

static uintptr_t pool_at(const struct words *words, uint32_t distance)
{
    uintptr_t word;

    memcpy(&word, words->function->words + words->at + distance, sizeof word);
    return word;
}

static void print_mfa(const struct words *words, term module, term name, uint32_t arity)
{
    if (term_is_atom(module)) {
        atom_print(words->out, words->context->atoms, module);
        byte_buffer_text(words->out, ":");
    }
    atom_print(words->out, words->context->atoms, name);
    byte_buffer_format(words->out, "/%u", (unsigned) arity);
}

static void print_term(const struct words *words, term t)
{
    (void) term_print(words->out, words->context, t, TERM_LIMIT);
}

static void print_operand(const struct words *words, uint32_t unit)
{
    switch (unit & 3) {
    case UNIT_X:
        byte_buffer_format(words->out, "x%u", (unsigned) (unit >> 2));
        break;
    case UNIT_Y:
        byte_buffer_format(words->out, "y%u", (unsigned) (unit >> 2));
        break;
    case UNIT_POOL:
        print_term(words, pool_at(words, unit >> 2));
        break;
    default:
        print_term(words, (term) (intptr_t) (int32_t) unit);
        break;
    }
}

/* Two instructions name bytes, not a term, in their pool word. */
static bool is_string(const struct words *words)
{
    uint32_t op = INSTRUCTION_OP(unit_at(words, words->start));

    return op == INSTRUCTION_bs_match_string || op == INSTRUCTION_bs_put_string;
}

static void print_pool(const struct words *words, char letter, uint32_t unit)
{
    uintptr_t word = pool_at(words, unit);
    const struct export *export = (const struct export *) word;
    const struct function *function = (const struct function *) word;
    const struct fun_entry *entry = (const struct fun_entry *) word;

    if (letter == 'e')
        print_mfa(words, export->identity.module, export->identity.function,
            export->identity.arity);
    else if (letter == 'f')
        print_mfa(words, TERM_NONE, function->name, function->arity);
    else if (letter == 'k')
        byte_buffer_format(words->out, "fun %u", (unsigned) entry->identity.index);
    else if (is_string(words))
        byte_buffer_text(words->out, "(bytes)");
    else
        print_term(words, word);
}

static void print_unit(const struct words *words, char letter)
{
    uint32_t unit = unit_at(words, words->at);

    switch (letter) {
    case 's':
    case 'd':
        print_operand(words, unit);
        break;
    case 'l':
        if (unit == 0)
            byte_buffer_text(words->out, "-");
        else
            byte_buffer_format(words->out, "@%d",
                (int) words->start + (int32_t) unit / (int32_t) sizeof unit);
        break;
    case 'h':
        byte_buffer_format(words->out, "@%d, %u", (int) words->start + (int16_t) (unit & 0xffff),
            (unsigned) (unit >> 16));
        break;
    case 'r':
        byte_buffer_format(words->out, "%u.%u.%u.%u", (unsigned) (unit & 0xff),
            (unsigned) (unit >> 8 & 0xff), (unsigned) (unit >> 16 & 0xff),
            (unsigned) (unit >> 24));
        break;
    case 'e':
    case 'f':
    case 'k':
    case 'c':
        print_pool(words, letter, unit);
        break;
    default:
        byte_buffer_format(words->out, "%u", (unsigned) unit);
        break;
    }
}

static void print_slot(const struct words *words, char letter, unsigned value, bool *is_first)
{
    if (letter == '-' || letter == '\0')
        return;
    byte_buffer_text(words->out, *is_first ? " " : ", ");
    *is_first = false;
    if (letter == 'x' || letter == 'y' || letter == 'F')
        byte_buffer_format(words->out, "%c%u", letter == 'F' ? 'f' : letter, value);
    else
        byte_buffer_format(words->out, "%u", value);
}

/* Prints one unit for each letter; gives how many units that were. */
static void print_units(struct words *words, const char *letters, size_t count, bool *is_first)
{
    size_t at;

    for (at = 0; at < count; at++, words->at++) {
        byte_buffer_text(words->out, *is_first ? " " : ", ");
        *is_first = false;
        print_unit(words, letters[at]);
    }
}

static void print_instruction(struct words *words)
{
    uint32_t head = unit_at(words, words->start);
    const struct instruction_row *row = &instruction_rows[INSTRUCTION_OP(head)];
    const char *letters = row->operands + 2;
    const char *star = strchr(letters, '*');
    size_t fixed = star == NULL ? strlen(letters) : (size_t) (star - letters);
    bool is_first = true;

    byte_buffer_format(words->out, "%7u %s", (unsigned) words->start, row->name);
    print_slot(words, row->operands[0], INSTRUCTION_A(head), &is_first);
    print_slot(words, row->operands[1], INSTRUCTION_B(head), &is_first);
    words->at = words->start + 1;
    print_units(words, letters, fixed, &is_first);
    if (star != NULL) {
        uint32_t turns = unit_at(words, words->at - 1);

        for (; turns > 0 && words->at < words->function->word_count; turns--)
            print_units(words, star + 1, strlen(star + 1), &is_first);
    }
    if (words->at < words->start + row->units)
        words->at = words->start + row->units;
    byte_buffer_text(words->out, "\n");
}

static void print_line(const struct words *words, uint32_t *line)
{
    const struct function *function = words->function;
    const struct module *module = function->module;

    while (*line < function->line_count && function->lines[*line].word <= words->start) {
        const struct line_entry *entry = &module->lines[function->lines[*line].line];
        const struct line_file *file = &module->line_files[entry->file];

        byte_buffer_text(words->out, "        % ");
        byte_buffer_append(words->out, file->text, file->size);
        byte_buffer_format(words->out, ":%u\n", (unsigned) entry->line);
        (*line)++;
    }
}

void inspect_print_words(struct byte_buffer *out, const struct function *function,
    const struct compare_context *context)
{
    struct words words = { out, function, context, 0, 0 };
    uint32_t line = 0;

    print_mfa(&words, TERM_NONE, function->name, function->arity);
    byte_buffer_text(out, "\n");
    if (function->words == NULL)
        return;
    for (; words.start < function->word_count && !out->failed; words.start = words.at) {
        if (INSTRUCTION_OP(unit_at(&words, words.start)) >= INSTRUCTION_COUNT)
            return;
        print_line(&words, &line);
        if (words.start == function->entry_word)
            byte_buffer_text(out, "  entry\n");
        print_instruction(&words);
    }
}
