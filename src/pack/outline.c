/* outline.c - reads the tables of a module, and nothing of its code.
**
** Two passes over the atoms: one measures and checks, one copies. A literal is walked by counting
** the terms still to come, never by recursion. */
#include "pack/outline.h"

static const char no_memory_text[] = "out of memory";
static const char atoms_text[] = "the atom table is damaged";

/* ---- Atoms --------------------------------------------------------------------------------- */

/* Before OTP 28 the length of an atom is a byte; since then the count is negated and the length
** is a small unsigned number in the compact form of operands. */
struct atom_reader {
    struct cursor cursor;
    uint32_t left;
    bool is_compact;
};

static uint32_t read_atom_size(struct atom_reader *reader)
{
    uint32_t byte = cursor_u8(&reader->cursor);

    if (!reader->is_compact)
        return byte;
    if ((byte & 7) != 0 || (byte & 0x18) == 0x18)
        reader->cursor.failed = true;
    if ((byte & 8) == 0)
        return byte >> 4;
    return (byte & 0xe0) << 3 | cursor_u8(&reader->cursor);
}

static bool open_atoms(struct atom_reader *reader, const struct iff *iff)
{
    struct iff_chunk chunk;
    uint32_t count;

    if (!iff_find(iff, "AtU8", &chunk))
        return false;
    reader->cursor = cursor_make(chunk.data, chunk.size);
    count = cursor_u32(&reader->cursor);
    reader->is_compact = count > INT32_MAX;
    reader->left = reader->is_compact ? 0 - count : count;
    return !reader->cursor.failed && reader->left != 0 && reader->left <= chunk.size;
}

/* The next atom; NULL at the end, or when the table is damaged (then failed is set). */
static const char *next_atom(struct atom_reader *reader, size_t *size)
{
    const uint8_t *text;

    if (reader->left == 0)
        return NULL;
    reader->left--;
    *size = read_atom_size(reader);
    text = cursor_take(&reader->cursor, *size);
    if (text != NULL && memchr(text, 0, *size) != NULL)
        reader->cursor.failed = true;    /* no name of a file or of a function has one */
    return reader->cursor.failed ? NULL : (const char *) text;
}

static const char *read_atoms(struct outline *outline)
{
    struct atom_reader first, second;
    const char *name;
    size_t size;
    uint32_t at = 0;

    if (!open_atoms(&first, &outline->iff))
        return atoms_text;
    second = first;
    outline->text_size = 0;
    while (next_atom(&first, &size) != NULL)
        outline->text_size += size + 1;
    if (first.cursor.failed)
        return atoms_text;
    outline->text = memory_allocate(outline->memory, MEMORY_CODE, outline->text_size);
    if (!size_multiply(second.left, sizeof *outline->atoms, &size))
        return no_memory_text;
    outline->atoms = memory_allocate(outline->memory, MEMORY_CODE, size);
    outline->atom_count = second.left;
    if (outline->text == NULL || outline->atoms == NULL)
        return no_memory_text;
    outline->text_size = 0;
    while ((name = next_atom(&second, &size)) != NULL) {
        outline->atoms[at++] = outline->text + outline->text_size;
        memcpy(outline->text + outline->text_size, name, size);
        outline->text[outline->text_size + size] = '\0';
        outline->text_size += size + 1;
    }
    return NULL;
}

/* ---- Exports and imports ------------------------------------------------------------------- */

/* Both tables are a count and then three numbers each. Checks that the atoms exist. */
static const char *read_functions(struct outline *outline, const char id[4],
    struct outline_function **functions, uint32_t *count)
{
    struct iff_chunk chunk;
    struct cursor cursor;
    uint32_t at, total;

    if (!iff_find(&outline->iff, id, &chunk))
        return NULL;
    cursor = cursor_make(chunk.data, chunk.size);
    total = cursor_u32(&cursor);
    if (total > cursor_left(&cursor) / 12)
        return "a table of functions is longer than its chunk";
    if (total == 0)
        return NULL;
    *functions = memory_allocate(outline->memory, MEMORY_CODE, total * sizeof **functions);
    if (*functions == NULL)
        return no_memory_text;
    *count = total;
    for (at = 0; at < total; at++) {
        struct outline_function *function = &(*functions)[at];
        uint32_t first = cursor_u32(&cursor), second = cursor_u32(&cursor);
        uint32_t third = cursor_u32(&cursor);
        bool is_import = id[0] == 'I';

        function->module = is_import ? first - 1 : 0;
        function->name = is_import ? second - 1 : first - 1;
        function->arity = is_import ? third : second;
        function->label = is_import ? 0 : third;
        if (function->module >= outline->atom_count || function->name >= outline->atom_count)
            return "a table of functions names an atom that is not there";
    }
    return NULL;
}

const char *outline_open(struct outline *outline, struct memory *memory, const void *bytes,
    size_t size)
{
    struct outline opened;
    const char *why;

    memset(&opened, 0, sizeof opened);
    opened.memory = memory;
    why = iff_open(&opened.iff, bytes, size);
    if (why == NULL)
        why = read_atoms(&opened);
    if (why == NULL)
        why = read_functions(&opened, "ExpT", &opened.exports, &opened.export_count);
    if (why == NULL)
        why = read_functions(&opened, "ImpT", &opened.imports, &opened.import_count);
    if (why != NULL)
        outline_close(&opened);
    else
        *outline = opened;
    return why;
}

void outline_close(struct outline *outline)
{
    struct memory *memory = outline->memory;

    memory_free(memory, MEMORY_CODE, outline->text, outline->text_size);
    memory_free(memory, MEMORY_CODE, outline->atoms, outline->atom_count * sizeof *outline->atoms);
    memory_free(memory, MEMORY_CODE, outline->exports,
        outline->export_count * sizeof *outline->exports);
    memory_free(memory, MEMORY_CODE, outline->imports,
        outline->import_count * sizeof *outline->imports);
    memset(outline, 0, sizeof *outline);
}

bool outline_has_export(const struct outline *outline, const char *name, uint32_t arity)
{
    uint32_t at;

    for (at = 0; at < outline->export_count; at++)
        if (outline->exports[at].arity == arity
            && strcmp(outline->atoms[outline->exports[at].name], name) == 0)
            return true;
    return false;
}

/* ---- Literals ------------------------------------------------------------------------------ */

enum etf_tag {
    ETF_NEW_FLOAT = 70, ETF_BIT_BINARY = 77, ETF_SMALL_INTEGER = 97, ETF_INTEGER = 98,
    ETF_FLOAT = 99, ETF_ATOM = 100, ETF_SMALL_TUPLE = 104, ETF_LARGE_TUPLE = 105, ETF_NIL = 106,
    ETF_STRING = 107, ETF_LIST = 108, ETF_BINARY = 109, ETF_SMALL_BIG = 110, ETF_LARGE_BIG = 111,
    ETF_EXPORT = 113, ETF_SMALL_ATOM = 115, ETF_MAP = 116, ETF_ATOM_UTF8 = 118,
    ETF_SMALL_ATOM_UTF8 = 119, ETF_VERSION = 131
};

struct literal_walk {
    outline_atom_fn *visit;
    void *user;
    struct cursor cursor;
    uint64_t left;              /* terms still to come */
    bool is_fun_next;           /* the next atom is the module of an external fun */
    bool is_ended;
};

static void visit_atom(struct literal_walk *walk, size_t size)
{
    const char *name = (const char *) cursor_take(&walk->cursor, size);

    if (name != NULL && !walk->visit(walk->user, name, size, walk->is_fun_next))
        walk->is_ended = true;
    walk->is_fun_next = false;
}

/* Passes one term's head; its elements, if any, are terms still to come. */
static void walk_term(struct literal_walk *walk)
{
    struct cursor *cursor = &walk->cursor;
    size_t size;

    switch (cursor_u8(cursor)) {
        case ETF_NIL: break;
        case ETF_SMALL_INTEGER: cursor_skip(cursor, 1); break;
        case ETF_INTEGER: cursor_skip(cursor, 4); break;
        case ETF_NEW_FLOAT: cursor_skip(cursor, 8); break;
        case ETF_FLOAT: cursor_skip(cursor, 31); break;
        case ETF_STRING: size = cursor_u16(cursor); cursor_skip(cursor, size); break;
        case ETF_BINARY: size = cursor_u32(cursor); cursor_skip(cursor, size); break;
        case ETF_BIT_BINARY:
            size = cursor_u32(cursor);
            cursor_skip(cursor, 1);
            cursor_skip(cursor, size);
            break;
        case ETF_SMALL_BIG:
            size = cursor_u8(cursor);
            cursor_skip(cursor, size + 1);
            break;
        case ETF_LARGE_BIG:
            size = cursor_u32(cursor);
            cursor_skip(cursor, 1);
            cursor_skip(cursor, size);
            break;
        case ETF_ATOM:
        case ETF_ATOM_UTF8: visit_atom(walk, cursor_u16(cursor)); break;
        case ETF_SMALL_ATOM:
        case ETF_SMALL_ATOM_UTF8: visit_atom(walk, cursor_u8(cursor)); break;
        case ETF_SMALL_TUPLE: walk->left += cursor_u8(cursor); break;
        case ETF_LARGE_TUPLE: walk->left += cursor_u32(cursor); break;
        case ETF_LIST: walk->left += (uint64_t) cursor_u32(cursor) + 1; break;
        case ETF_MAP: walk->left += (uint64_t) cursor_u32(cursor) * 2; break;
        case ETF_EXPORT:
            walk->left += 3;
            walk->is_fun_next = true;
            break;
        default: cursor->failed = true; break;
    }
}

void outline_walk_literal(const struct outline_literals *literals, size_t index,
    outline_atom_fn *visit, void *user)
{
    struct literal_walk walk = { visit, user, cursor_make("", 0), 1, false, false };

    walk.cursor = cursor_make(literals->data + literals->offsets[index],
        literals->offsets[index + 1] - literals->offsets[index]);
    cursor_skip(&walk.cursor, 4);    /* its size */
    if (cursor_u8(&walk.cursor) != ETF_VERSION)
        return;
    for (; walk.left > 0 && !walk.cursor.failed && !walk.is_ended; walk.left--)
        walk_term(&walk);
}

static const char *index_literals(struct outline_literals *literals)
{
    struct cursor cursor = cursor_make(literals->data, literals->size);
    uint32_t count = cursor_u32(&cursor);
    size_t size, at;

    if (cursor.failed || count > cursor_left(&cursor) / 4)
        return "the literal table is damaged";
    if (!size_multiply((size_t) count + 1, sizeof *literals->offsets, &size))
        return no_memory_text;
    literals->offsets = memory_allocate(literals->memory, MEMORY_CODE, size);
    if (literals->offsets == NULL)
        return no_memory_text;
    literals->count = count;
    for (at = 0; at < count; at++) {
        literals->offsets[at] = cursor_offset(&cursor);
        cursor_skip(&cursor, cursor_u32(&cursor));
    }
    literals->offsets[count] = cursor_offset(&cursor);
    return cursor.failed ? "the literal table is damaged" : NULL;
}

const char *outline_open_literals(const struct outline *outline, struct outline_literals *literals)
{
    struct outline_literals opened;
    const char *why;

    memset(&opened, 0, sizeof opened);
    opened.memory = outline->memory;
    why = iff_read_literals(&outline->iff, outline->memory, &opened.data, &opened.size,
        &opened.is_owned);
    if (why == NULL && opened.data != NULL)
        why = index_literals(&opened);
    if (why != NULL)
        outline_close_literals(&opened);
    else
        *literals = opened;
    return why;
}

void outline_close_literals(struct outline_literals *literals)
{
    if (literals->is_owned)
        memory_free(literals->memory, MEMORY_CODE, (void *) (uintptr_t) literals->data,
            literals->size);
    if (literals->offsets != NULL)
        memory_free(literals->memory, MEMORY_CODE, literals->offsets,
            (literals->count + 1) * sizeof *literals->offsets);
    memset(literals, 0, sizeof *literals);
}
