/* chunks.c - reads the tables of a compiled module: atoms, imports, exports, lambdas, lines.
** Always: a table's size is held against the bytes it lies in before memory is asked for. */
#include "load/chunks.h"

#include "base/md5.h"

void *loader_array(struct loader *loader, size_t count, size_t item_size)
{
    size_t size;
    void *items = NULL;

    if (size_multiply(count, item_size, &size))
        items = memory_allocate_zeroed(loader->memory, MEMORY_CODE, size);
    if (items == NULL)
        load_fail_memory(loader->error);
    return items;
}

static bool find_chunk(struct loader *loader, const char *id, struct cursor *cursor)
{
    struct iff_chunk chunk;

    if (!iff_find(&loader->iff, id, &chunk)) {
        *cursor = cursor_make(NULL, 0);
        return false;
    }
    *cursor = cursor_make(chunk.data, chunk.size);
    return true;
}

/* Reads a table's count and checks that so many rows of row_size bytes follow. */
static bool read_count(struct loader *loader, struct cursor *cursor, size_t row_size,
    const char *what, uint32_t *count)
{
    *count = cursor_u32(cursor);
    if (cursor->failed || *count > cursor_left(cursor) / row_size)
        return load_fail(loader->error, "the table of %s is truncated", what);
    return true;
}

/* The atom at an index of the file, other than 0. */
static bool get_atom(struct loader *loader, uint32_t index, term *atom)
{
    if (index == 0 || index >= loader->module->atom_count)
        return load_fail(loader->error, "an atom out of range");
    *atom = loader->module->atoms[index];
    return true;
}

/* The function whose entry is label; NULL with error set when it is none, or not of that arity. */
static struct function *get_entry(struct loader *loader, uint32_t label, uint32_t arity,
    const char *what)
{
    struct module *module = loader->module;
    struct function *function = NULL;

    if (label < module->label_count && module->label_function[label] != UINT32_MAX)
        function = &module->functions[module->label_function[label]];
    if (function != NULL && function->entry_label == label && function->arity == arity)
        return function;
    load_fail(loader->error, "the table of %s names a label that is no function of that arity",
        what);
    return NULL;
}

/* ---- Atoms ----------------------------------------------------------------------------------- */

static bool put_atom(struct loader *loader, const uint8_t *text, size_t size, bool is_latin1,
    term *atom)
{
    struct atom_table *atoms = loader->context->atoms;
    uint32_t index;
    enum atom_status status = is_latin1 ? atom_put_latin1(atoms, text, size, &index)
                                        : atom_put(atoms, text, size, &index);

    switch (status) {
    case ATOM_OK:
        *atom = term_make_atom(index);
        return true;
    case ATOM_NO_MEMORY:
        return load_fail_memory(loader->error);
    case ATOM_TABLE_FULL:
        return load_fail(loader->error, "no more atoms are allowed");
    default:
        return load_fail(loader->error, "an atom that is no valid text");
    }
}

static bool read_atom_texts(struct loader *loader, struct cursor *cursor, bool is_latin1,
    bool is_long)
{
    struct module *module = loader->module;
    uint32_t at;

    module->atoms[0] = TERM_NIL;
    for (at = 1; at < module->atom_count; at++) {
        uint32_t size = 0;
        const uint8_t *text;

        if (!is_long)
            size = cursor_u8(cursor);
        else if (!compact_read_number(cursor, &size))
            cursor->failed = true;
        text = cursor_take(cursor, size);
        if (text == NULL)
            return load_fail(loader->error, "the table of atoms is truncated");
        if (!put_atom(loader, text, size, is_latin1, &module->atoms[at]))
            return false;
    }
    module->name = module->atoms[1];
    return true;
}

bool chunk_read_atoms(struct loader *loader)
{
    struct cursor cursor;
    bool is_utf8 = find_chunk(loader, "AtU8", &cursor);
    bool is_long;
    uint32_t count;

    if (!is_utf8 && !find_chunk(loader, "Atom", &cursor))
        return load_fail(loader->error, "not a module: no table of atoms");
    count = cursor_u32(&cursor);
    /* OTP 28 and later: a negative count, and lengths that may pass one byte. */
    is_long = is_utf8 && (count & 0x80000000u) != 0;
    if (is_long)
        count = 0 - count;
    if (cursor.failed || count > cursor_left(&cursor))
        return load_fail(loader->error, "the table of atoms is truncated");
    if (count == 0)
        return load_fail(loader->error, "the table of atoms is empty");
    loader->module->atoms = loader_array(loader, (size_t) count + 1, sizeof(term));
    if (loader->module->atoms == NULL)
        return false;
    loader->module->atom_count = count + 1;
    return read_atom_texts(loader, &cursor, !is_utf8, is_long);
}

/* ---- Imports, exports, lambdas --------------------------------------------------------------- */

bool chunk_read_imports(struct loader *loader)
{
    struct module *module = loader->module;
    struct cursor cursor;
    uint32_t count, at;

    if (!find_chunk(loader, "ImpT", &cursor))
        return true;
    if (!read_count(loader, &cursor, 12, "imports", &count) || count == 0)
        return count == 0;
    module->imports = loader_array(loader, count, sizeof *module->imports);
    if (module->imports == NULL)
        return false;
    module->import_count = count;
    for (at = 0; at < count; at++) {
        term name = TERM_NONE, function = TERM_NONE;
        uint32_t arity;

        if (!get_atom(loader, cursor_u32(&cursor), &name)
            || !get_atom(loader, cursor_u32(&cursor), &function))
            return false;
        arity = cursor_u32(&cursor);
        if (arity > 255)
            return load_fail(loader->error, "an import with too many arguments");
        module->imports[at] = code_put_export(module->table, name, function, arity);
        if (module->imports[at] == NULL)
            return load_fail_memory(loader->error);
    }
    return true;
}

static bool read_export(struct loader *loader, struct cursor *cursor, struct module_export *row)
{
    struct module *module = loader->module;
    const struct function *function;

    if (!get_atom(loader, cursor_u32(cursor), &row->function))
        return false;
    row->arity = cursor_u32(cursor);
    row->label = cursor_u32(cursor);
    function = get_entry(loader, row->label, row->arity, "exports");
    if (function == NULL)
        return false;
    if (function->name != row->function)
        return load_fail(loader->error, "the table of exports names another function");
    row->export = code_put_export(module->table, module->name, row->function, row->arity);
    return row->export != NULL || load_fail_memory(loader->error);
}

bool chunk_read_exports(struct loader *loader)
{
    struct module *module = loader->module;
    struct cursor cursor;
    uint32_t count, at;

    if (!find_chunk(loader, "ExpT", &cursor))
        return load_fail(loader->error, "not a module: no table of exports");
    if (!read_count(loader, &cursor, 12, "exports", &count) || count == 0)
        return count == 0;
    module->exports = loader_array(loader, count, sizeof *module->exports);
    if (module->exports == NULL)
        return false;
    module->export_count = count;
    for (at = 0; at < count; at++)
        if (!read_export(loader, &cursor, &module->exports[at]))
            return false;
    return true;
}

static bool read_lambda(struct loader *loader, struct cursor *cursor, uint32_t at)
{
    struct module *module = loader->module;
    struct fun_identity identity = { .module = module->name };
    uint32_t arity;
    term name;

    if (!get_atom(loader, cursor_u32(cursor), &name))
        return false;
    arity = cursor_u32(cursor);
    module->lambda_labels[at] = cursor_u32(cursor);
    identity.index = cursor_u32(cursor);
    identity.free_count = cursor_u32(cursor);
    identity.uniq = cursor_u32(cursor);
    if (get_entry(loader, module->lambda_labels[at], arity, "funs") == NULL)
        return false;
    if (identity.free_count > arity)
        return load_fail(loader->error, "a fun with more free variables than arguments");
    identity.arity = arity - identity.free_count;
    memcpy(identity.md5, module->md5, sizeof identity.md5);
    module->lambdas[at] = code_put_fun_entry(module->table, &identity);
    return module->lambdas[at] != NULL || load_fail_memory(loader->error);
}

bool chunk_read_lambdas(struct loader *loader)
{
    struct module *module = loader->module;
    struct cursor cursor;
    uint32_t count, at;

    if (!find_chunk(loader, "FunT", &cursor))
        return true;
    if (!read_count(loader, &cursor, 24, "funs", &count) || count == 0)
        return count == 0;
    module->lambdas = loader_array(loader, count, sizeof *module->lambdas);
    if (module->lambdas == NULL)
        return false;
    module->lambda_count = count;
    module->lambda_labels = loader_array(loader, count, sizeof *module->lambda_labels);
    if (module->lambda_labels == NULL)
        return false;
    for (at = 0; at < count; at++)
        if (!read_lambda(loader, &cursor, at))
            return false;
    return true;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* NAME.erl, the file of lines that name none. */
static bool make_source_name(struct loader *loader)
{
    struct module *module = loader->module;
    size_t size;
    const uint8_t *text = atom_text(loader->context->atoms, term_atom_index(module->name), &size);

    module->source_name = loader_array(loader, size + 4, 1);
    if (module->source_name == NULL)
        return false;
    module->source_name_size = (uint32_t) size + 4;
    memcpy(module->source_name, text, size);
    memcpy(module->source_name + size, ".erl", 4);
    return true;
}

static bool read_line_rows(struct loader *loader, struct cursor *cursor)
{
    struct module *module = loader->module;
    uint32_t file = 0, at = 1;

    while (at < module->line_count) {
        struct compact unit;
        int64_t line;

        if (!compact_read(cursor, &unit))
            return load_fail(loader->error, "the table of lines is truncated");
        if (unit.tag == COMPACT_ATOM && unit.value < module->line_file_count) {
            file = (uint32_t) unit.value;
        } else if (unit.tag == COMPACT_INTEGER && compact_integer(&unit, &line) && line >= 0
            && line <= UINT32_MAX) {
            module->lines[at].file = file;
            module->lines[at++].line = (uint32_t) line;
        } else {
            return load_fail(loader->error, "the table of lines is broken");
        }
    }
    return true;
}

static bool read_line_files(struct loader *loader, struct cursor *cursor)
{
    struct module *module = loader->module;
    uint32_t at;

    module->line_files[0].text = module->source_name;
    module->line_files[0].size = module->source_name_size;
    for (at = 1; at < module->line_file_count; at++) {
        size_t size = cursor_u16(cursor);

        module->line_files[at].text = (const char *) cursor_take(cursor, size);
        module->line_files[at].size = (uint32_t) size;
        if (module->line_files[at].text == NULL)
            return load_fail(loader->error, "the table of source files is truncated");
    }
    return true;
}

bool chunk_read_lines(struct loader *loader)
{
    struct module *module = loader->module;
    struct cursor cursor;
    uint32_t line_count, file_count;

    if (!find_chunk(loader, "Line", &cursor) || cursor_left(&cursor) == 0
        || cursor_u32(&cursor) != 0)
        return true;                /* none, or of a version to come: only a help */
    cursor_skip(&cursor, 8);
    line_count = cursor_u32(&cursor);
    file_count = cursor_u32(&cursor);
    if (cursor.failed || line_count > cursor_left(&cursor)
        || file_count > cursor_left(&cursor) / 2)
        return load_fail(loader->error, "the table of lines is truncated");
    if (!make_source_name(loader))
        return false;
    module->lines = loader_array(loader, (size_t) line_count + 1, sizeof *module->lines);
    if (module->lines == NULL)
        return false;
    module->line_count = line_count + 1;
    module->line_files = loader_array(loader, (size_t) file_count + 1,
        sizeof *module->line_files);
    if (module->line_files == NULL)
        return false;
    module->line_file_count = file_count + 1;
    return read_line_rows(loader, &cursor) && read_line_files(loader, &cursor);
}

/* ---- The rest -------------------------------------------------------------------------------- */

void chunk_read_rest(struct loader *loader)
{
    struct module *module = loader->module;

    find_chunk(loader, "StrT", &module->strings);
    find_chunk(loader, "Attr", &module->attributes);
    find_chunk(loader, "CInf", &module->compile);
    find_chunk(loader, "Type", &module->types);
}

/* The uniq of each row counts as 0. */
static void digest_lambdas(struct md5 *md5, const struct iff_chunk *chunk)
{
    static const uint8_t zero[4];
    size_t at;

    if (chunk->size < 4)
        return;
    md5_update(md5, chunk->data, 4);
    for (at = 4; at + 24 <= chunk->size; at += 24) {
        md5_update(md5, chunk->data + at, 20);
        md5_update(md5, zero, 4);
    }
}

void chunk_digest(const struct iff *iff, uint8_t *digest)
{
    static const char ids[][5] = { "AtU8", "Code", "StrT", "ImpT", "ExpT", "FunT", "LitT",
        "Meta" };
    struct md5 md5;
    size_t at;

    md5_init(&md5);
    for (at = 0; at < AVM_COUNT_OF(ids); at++) {
        struct iff_chunk chunk;

        if (!iff_find(iff, ids[at], &chunk))
            continue;
        if (strcmp(ids[at], "FunT") == 0)
            digest_lambdas(&md5, &chunk);
        else
            md5_update(&md5, chunk.data, chunk.size);
    }
    md5_finish(&md5, digest);
}
