/* assemble.c - text to chunks. */
#include "support/assemble.h"

#include <stdio.h>
#include <stdlib.h>

#include "opcode/opcode.h"
#include "pack/iff.h"

#define MAX_ATOMS 200
#define MAX_WORD 100

struct table {
    struct byte_buffer rows;
    uint32_t count;
};

struct assembler {
    struct memory *memory;
    char atoms[MAX_ATOMS][MAX_WORD];
    uint32_t atom_count;
    struct table imports, exports, lambdas, literals, lines;
    struct byte_buffer code, strings, files;
    uint32_t file_count, functions, labels;
    const char *at;
    const char *wrong;
};

/* ---- Bytes ------------------------------------------------------------------------------------ */

static void put_u32(struct byte_buffer *buffer, uint32_t value)
{
    byte_buffer_u8(buffer, (uint8_t) (value >> 24));
    byte_buffer_u8(buffer, (uint8_t) (value >> 16));
    byte_buffer_u8(buffer, (uint8_t) (value >> 8));
    byte_buffer_u8(buffer, (uint8_t) value);
}

static void put_bytes(struct byte_buffer *buffer, unsigned tag, const uint8_t *bytes, size_t size)
{
    if (size <= 8) {
        byte_buffer_u8(buffer, (uint8_t) ((size - 2) << 5 | 0x18 | tag));
    } else {
        byte_buffer_u8(buffer, (uint8_t) (0xf8 | tag));
        byte_buffer_u8(buffer, (uint8_t) ((size - 9) << 4));
    }
    byte_buffer_append(buffer, bytes, size);
}

static void put_compact(struct byte_buffer *buffer, unsigned tag, long long value)
{
    uint8_t bytes[9];
    int at;

    if (value >= 0 && value < 16) {
        byte_buffer_u8(buffer, (uint8_t) (value << 4 | tag));
    } else if (value >= 0 && value < 2048) {
        byte_buffer_u8(buffer, (uint8_t) ((value >> 8) << 5 | 8 | tag));
        byte_buffer_u8(buffer, (uint8_t) value);
    } else {
        bytes[0] = value < 0 ? 0xff : 0;
        for (at = 0; at < 8; at++)
            bytes[8 - at] = (uint8_t) ((unsigned long long) value >> (8 * at));
        put_bytes(buffer, tag, bytes, 9);
    }
}

/* ---- Words -------------------------------------------------------------------------------------- */

static bool get_word(struct assembler *a, char *word)
{
    size_t size = 0;

    while (*a->at == ' ')
        a->at++;
    while (*a->at != 0 && *a->at != '\n' && *a->at != ' ' && size < MAX_WORD - 1)
        word[size++] = *a->at++;
    word[size] = 0;
    return size > 0;
}

static uint32_t put_atom(struct assembler *a, const char *text)
{
    uint32_t at;

    for (at = 0; at < a->atom_count; at++)
        if (strcmp(a->atoms[at], text) == 0)
            return at + 1;
    if (a->atom_count < MAX_ATOMS)
        strcpy(a->atoms[a->atom_count++], text);
    return a->atom_count;
}

static uint32_t put_import(struct assembler *a, char *word)
{
    char *function = strrchr(word, ':'), *arity = strrchr(word, '/');

    *function++ = 0;
    *arity++ = 0;
    put_u32(&a->imports.rows, put_atom(a, word));
    put_u32(&a->imports.rows, put_atom(a, function));
    put_u32(&a->imports.rows, (uint32_t) atoi(arity));
    return a->imports.count++;
}

static void put_hex(struct byte_buffer *buffer, const char *hex, unsigned tag)
{
    uint8_t bytes[MAX_WORD / 2];
    size_t size = 0;
    unsigned byte;

    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        bytes[size++] = (uint8_t) byte;
        if (hex[1] == 0 || hex[2] == 0)
            break;
    }
    put_bytes(buffer, tag, bytes, size);
}

static void put_operand(struct assembler *a, char *word);

static void put_list(struct assembler *a, uint8_t head)
{
    struct byte_buffer outer = a->code;
    char word[MAX_WORD];
    uint32_t count = 0;

    byte_buffer_init(&a->code, a->memory, MEMORY_OTHER);
    while (get_word(a, word) && strcmp(word, "]") != 0) {
        put_operand(a, word);
        count++;
    }
    byte_buffer_u8(&outer, head);
    put_compact(&outer, 0, head == 0x37 ? count / 2 : count);
    byte_buffer_append(&outer, a->code.bytes, a->code.size);
    byte_buffer_deinit(&a->code);
    a->code = outer;
}

static bool is_register(const char *word, const char *name)
{
    size_t size = strlen(name);

    return strncmp(word, name, size) == 0 && word[size] >= '0' && word[size] <= '9';
}

static void put_operand(struct assembler *a, char *word)
{
    struct byte_buffer *code = &a->code;

    if (strcmp(word, "[") == 0)
        put_list(a, 0x17);
    else if (strcmp(word, "alloc[") == 0)
        put_list(a, 0x37);
    else if (strcmp(word, "-") == 0)
        put_compact(code, 5, 0);
    else if (strcmp(word, "nil") == 0)
        put_compact(code, 2, 0);
    else if (is_register(word, "x"))
        put_compact(code, 3, atoi(word + 1));
    else if (is_register(word, "y"))
        put_compact(code, 4, atoi(word + 1));
    else if (is_register(word, "fr")) {
        byte_buffer_u8(code, 0x27);
        put_compact(code, 0, atoi(word + 2));
    } else if (is_register(word, "L"))
        put_compact(code, 5, atoi(word + 1));
    else if (word[0] == '{') {
        byte_buffer_u8(code, 0x57);
        put_compact(code, word[1] == 'x' ? 3 : 4, atoi(word + 2));
        put_compact(code, 0, atoi(strchr(word, ':') + 1));
    } else if (word[0] == '#')
        put_compact(code, 0, strtoll(word + 1, NULL, 10));
    else if (word[0] == '$')
        put_hex(code, word + 1, 1);
    else if (word[0] == '@') {
        byte_buffer_u8(code, 0x47);
        put_compact(code, 0, atoi(word + 1));
    } else if ((word[0] >= '0' && word[0] <= '9') || (word[0] == '-' && word[1] != 0))
        put_compact(code, 1, strtoll(word, NULL, 10));
    else if (strchr(word, ':') != NULL && strchr(word, '/') != NULL && word[0] != '=')
        put_compact(code, 0, put_import(a, word));
    else
        put_compact(code, 2, put_atom(a, word));
}

/* ---- Lines -------------------------------------------------------------------------------------- */

static uint32_t get_number(struct assembler *a)
{
    char word[MAX_WORD];

    return get_word(a, word) ? (uint32_t) strtoul(word, NULL, 10) : 0;
}

static void put_label(struct assembler *a, uint32_t label)
{
    byte_buffer_u8(&a->code, OP_label);
    put_compact(&a->code, 0, label);
    if (label >= a->labels)
        a->labels = label + 1;
}

static void put_function(struct assembler *a)
{
    char name[MAX_WORD];
    uint32_t arity, label;

    get_word(a, name);
    arity = get_number(a);
    label = get_number(a);
    put_label(a, label);
    byte_buffer_u8(&a->code, OP_func_info);
    put_compact(&a->code, 2, 1);
    put_compact(&a->code, 2, put_atom(a, name));
    put_compact(&a->code, 0, arity);
    put_label(a, label + 1);
    put_u32(&a->exports.rows, put_atom(a, name));
    put_u32(&a->exports.rows, arity);
    put_u32(&a->exports.rows, label + 1);
    a->exports.count++;
    a->functions++;
}

static void put_lambda(struct assembler *a)
{
    uint32_t label = get_number(a), arity = get_number(a), free_count = get_number(a);

    put_u32(&a->lambdas.rows, 1);
    put_u32(&a->lambdas.rows, arity);
    put_u32(&a->lambdas.rows, label);
    put_u32(&a->lambdas.rows, a->lambdas.count++);
    put_u32(&a->lambdas.rows, free_count);
    put_u32(&a->lambdas.rows, 12345);
}

static void put_literal(struct assembler *a)
{
    char word[MAX_WORD];
    size_t size, at;

    get_word(a, word);
    size = strlen(word) / 2;
    put_u32(&a->literals.rows, (uint32_t) size);
    for (at = 0; at < size; at++) {
        unsigned byte = 0;

        (void) sscanf(word + 2 * at, "%2x", &byte);
        byte_buffer_u8(&a->literals.rows, (uint8_t) byte);
    }
    a->literals.count++;
}

static void put_op(struct assembler *a, const char *name)
{
    char word[MAX_WORD];
    unsigned number;

    for (number = 1; number < OPCODE_END; number++) {
        if (strcmp(opcode_find(number)->name, name) != 0)
            continue;
        byte_buffer_u8(&a->code, (uint8_t) number);
        while (get_word(a, word)) {
            if (number == OP_label && (uint32_t) atoi(word + 1) >= a->labels)
                a->labels = (uint32_t) atoi(word + 1) + 1;
            put_operand(a, word);
        }
        return;
    }
    a->wrong = a->at;
}

static void put_line(struct assembler *a)
{
    char word[MAX_WORD];

    if (!get_word(a, word))
        return;
    if (strcmp(word, "function") == 0) {
        put_function(a);
    } else if (strcmp(word, "lambda") == 0) {
        put_lambda(a);
    } else if (strcmp(word, "literal") == 0) {
        put_literal(a);
    } else if (strcmp(word, "strings") == 0) {
        get_word(a, word);
        byte_buffer_text(&a->strings, word);
    } else if (strcmp(word, "file") == 0) {
        get_word(a, word);
        byte_buffer_u8(&a->files, 0);
        byte_buffer_u8(&a->files, (uint8_t) strlen(word));
        byte_buffer_text(&a->files, word);
        put_compact(&a->lines.rows, 2, ++a->file_count);
    } else if (strcmp(word, "row") == 0) {
        put_compact(&a->lines.rows, 1, get_number(a));
        a->lines.count++;
    } else {
        put_op(a, word);
    }
}

/* ---- Chunks ------------------------------------------------------------------------------------- */

static void write_atoms(struct assembler *a, struct byte_buffer *out, unsigned form)
{
    struct byte_buffer chunk;
    bool is_long = (form & ASSEMBLE_LONG_ATOMS) != 0;
    uint32_t at;

    byte_buffer_init(&chunk, a->memory, MEMORY_OTHER);
    put_u32(&chunk, is_long ? 0 - a->atom_count : a->atom_count);
    for (at = 0; at < a->atom_count; at++) {
        if (is_long)
            put_compact(&chunk, 0, (long long) strlen(a->atoms[at]));
        else
            byte_buffer_u8(&chunk, (uint8_t) strlen(a->atoms[at]));
        byte_buffer_text(&chunk, a->atoms[at]);
    }
    iff_write_chunk(out, "AtU8", chunk.bytes, chunk.size);
    byte_buffer_deinit(&chunk);
}

static void write_code(struct assembler *a, struct byte_buffer *out)
{
    struct byte_buffer chunk;

    byte_buffer_init(&chunk, a->memory, MEMORY_OTHER);
    put_u32(&chunk, 16);
    put_u32(&chunk, 0);
    put_u32(&chunk, OPCODE_END - 1);
    put_u32(&chunk, a->labels);
    put_u32(&chunk, a->functions);
    byte_buffer_append(&chunk, a->code.bytes, a->code.size);
    byte_buffer_u8(&chunk, OP_int_code_end);
    iff_write_chunk(out, "Code", chunk.bytes, chunk.size);
    byte_buffer_deinit(&chunk);
}

static void write_table(struct assembler *a, struct byte_buffer *out, const char *id,
    struct table *table, bool is_padded)
{
    struct byte_buffer chunk;

    byte_buffer_init(&chunk, a->memory, MEMORY_OTHER);
    if (is_padded)
        put_u32(&chunk, 0);
    put_u32(&chunk, table->count);
    byte_buffer_append(&chunk, table->rows.bytes, table->rows.size);
    iff_write_chunk(out, id, chunk.bytes, chunk.size);
    byte_buffer_deinit(&chunk);
}

static void write_lines(struct assembler *a, struct byte_buffer *out)
{
    struct byte_buffer chunk;

    byte_buffer_init(&chunk, a->memory, MEMORY_OTHER);
    put_u32(&chunk, 0);
    put_u32(&chunk, 0);
    put_u32(&chunk, 0);
    put_u32(&chunk, a->lines.count);
    put_u32(&chunk, a->file_count);
    byte_buffer_append(&chunk, a->lines.rows.bytes, a->lines.rows.size);
    byte_buffer_append(&chunk, a->files.bytes, a->files.size);
    iff_write_chunk(out, "Line", chunk.bytes, chunk.size);
    byte_buffer_deinit(&chunk);
}

static void write_module(struct assembler *a, struct byte_buffer *out, unsigned form)
{
    size_t begin = iff_write_begin(out);

    write_atoms(a, out, form);
    write_code(a, out);
    iff_write_chunk(out, "StrT", a->strings.bytes, a->strings.size);
    write_table(a, out, "ImpT", &a->imports, false);
    write_table(a, out, "ExpT", &a->exports, false);
    if (a->lambdas.count > 0)
        write_table(a, out, "FunT", &a->lambdas, false);
    if (a->literals.count > 0)
        write_table(a, out, form & ASSEMBLE_PLAIN_LITERALS ? "LitT" : "LitU", &a->literals,
            (form & ASSEMBLE_PLAIN_LITERALS) != 0);
    if (a->lines.count > 0)
        write_lines(a, out);
    iff_write_end(out, begin);
}

const char *assemble(struct assembled *assembled, struct memory *memory, const char *text,
    unsigned form)
{
    struct assembler *a = calloc(1, sizeof *a);
    struct byte_buffer *const buffers[] = { &a->imports.rows, &a->exports.rows, &a->lambdas.rows,
        &a->literals.rows, &a->lines.rows, &a->code, &a->strings, &a->files };
    const char *wrong;
    size_t at;

    for (at = 0; at < AVM_COUNT_OF(buffers); at++)
        byte_buffer_init(buffers[at], memory, MEMORY_OTHER);
    a->memory = memory;
    a->at = text;
    a->labels = 1;
    put_atom(a, "m");
    while (*a->at != 0 && a->wrong == NULL) {
        put_line(a);
        while (*a->at == ' ')
            a->at++;
        if (*a->at != '\n' && *a->at != 0)
            a->wrong = a->at;
        a->at += *a->at == '\n';
    }
    byte_buffer_init(&assembled->bytes, memory, MEMORY_OTHER);
    write_module(a, &assembled->bytes, form);
    for (at = 0; at < AVM_COUNT_OF(buffers); at++)
        byte_buffer_deinit(buffers[at]);
    wrong = a->wrong;
    free(a);
    return wrong;
}

void assemble_deinit(struct assembled *assembled)
{
    byte_buffer_deinit(&assembled->bytes);
}
