/* literals.c - the terms that belong to a module: its literal table, and the integers of its code
** that are no smalls. All lie in one literal area, made when the code has been walked over. */
#include "load/chunks.h"

#include "data/number.h"
#include "etf/etf.h"

static struct export *find_export(void *user, term module, term function, uint32_t arity)
{
    return code_put_export(user, module, function, arity);
}

static bool decode_literal(struct loader *loader, const struct etf_context *context,
    struct heap *env, struct cursor *cursor, term *literal)
{
    size_t size = cursor_u32(cursor);
    const uint8_t *bytes = cursor_take(cursor, size);

    if (bytes == NULL)
        return load_fail(loader->error, "the table of literals is truncated");
    switch (etf_decode(context, bytes, size, 0, env, literal, NULL)) {
    case ETF_OK:
        return true;
    case ETF_NO_MEMORY:
        return load_fail_memory(loader->error);
    default:
        return load_fail(loader->error, "a literal that is no term");
    }
}

/* Makes room for the literals and those of the code, then decodes the table's. */
static bool decode_table(struct loader *loader, struct heap *env, struct cursor *cursor,
    uint32_t count)
{
    struct module *module = loader->module;
    struct etf_context context = { .memory = loader->memory, .atoms = loader->context->atoms,
        .node = ATOM(nonode_at_nohost), .self = TERM_NONE, .user = module->table,
        .find_export = find_export };
    uint32_t at;

    for (at = 0; at < count; at++)
        if (!decode_literal(loader, &context, env, cursor, &module->literals[at]))
            return false;
    return true;
}

/* The integers at module->big_offsets. */
static bool decode_bigs(struct loader *loader, struct heap *env)
{
    struct module *module = loader->module;
    uint32_t at;

    for (at = 0; at < module->big_count; at++) {
        struct cursor cursor = module->code;
        struct compact unit;
        int64_t value;
        term *place = &module->literals[module->literal_count + at];
        enum data_status status = DATA_OK;

        cursor_skip(&cursor, module->big_offsets[at]);
        if (!compact_read(&cursor, &unit))
            return load_fail(loader->error, "a broken integer");
        if (compact_integer(&unit, &value))
            *place = integer_make_int64(env, value);
        else
            status = integer_from_bytes(env, unit.bytes, unit.size, true, true, place);
        if (status == DATA_NO_MEMORY || (status == DATA_OK && *place == TERM_NONE))
            return load_fail_memory(loader->error);
        if (status != DATA_OK)
            return load_fail(loader->error, "an integer past all bounds");
    }
    return true;
}

/* Moves what env holds into the module's literal area. */
static bool settle(struct loader *loader, struct heap *env)
{
    struct module *module = loader->module;

    if (env->fragment_words == 0) {
        heap_deinit(env);
        return true;
    }
    module->literal_area = literal_area_create(loader->context->literals, loader->context->heaps,
        env, module->literals, (size_t) module->literal_count + module->big_count);
    if (module->literal_area == NULL)
        return load_fail_memory(loader->error);
    return true;
}

static bool read_code_header(struct loader *loader, uint32_t *function_count)
{
    struct module *module = loader->module;
    struct iff_chunk chunk;
    struct cursor cursor;
    uint32_t head_size, opcode_max;

    if (!iff_find(&loader->iff, "Code", &chunk))
        return load_fail(loader->error, "not a module: no code");
    cursor = cursor_make(chunk.data, chunk.size);
    head_size = cursor_u32(&cursor);
    if (cursor_u32(&cursor) != 0)
        return load_fail(loader->error, "code of another instruction set");
    opcode_max = cursor_u32(&cursor);
    module->label_count = cursor_u32(&cursor);
    *function_count = cursor_u32(&cursor);
    if (cursor.failed || head_size < 16 || chunk.size - 4 < head_size)
        return load_fail(loader->error, "the code is truncated");
    if (opcode_max >= OPCODE_END)
        return load_fail(loader->error,
            "instructions up to %u, known are those up to %u: made by a newer compiler",
            (unsigned) opcode_max, (unsigned) OPCODE_END - 1);
    cursor_skip(&cursor, head_size - 16);
    module->code = cursor_make(cursor.at, cursor_left(&cursor));
    return true;
}

static bool read_both(struct loader *loader, struct cursor *table, struct heap *env)
{
    struct module *module = loader->module;
    uint32_t function_count = 0, count = 0;

    if (!read_code_header(loader, &function_count)
        || !structure_read(loader->memory, module, function_count, loader->error))
        return false;
    if (cursor_left(table) > 0)
        count = cursor_u32(table);
    if (table->failed || count > cursor_left(table) / 4)
        return load_fail(loader->error, "the table of literals is truncated");
    if ((size_t) count + module->big_count == 0)
        return true;
    module->literals = loader_array(loader, (size_t) count + module->big_count, sizeof(term));
    if (module->literals == NULL)
        return false;
    module->literal_count = count;
    return decode_table(loader, env, table, count) && decode_bigs(loader, env)
        && settle(loader, env);
}

bool chunk_read_literals_and_code(struct loader *loader)
{
    const uint8_t *data;
    size_t size;
    bool is_owned;
    struct cursor table;
    struct heap env;
    bool is_good;
    const char *why = iff_read_literals(&loader->iff, loader->memory, &data, &size, &is_owned);

    if (why != NULL)
        return load_fail(loader->error, "%s", why);
    table = cursor_make(data, size);
    heap_init_env(&env, loader->context->heaps, MEMORY_LITERAL);
    is_good = read_both(loader, &table, &env);
    if (!is_good)
        heap_deinit(&env);
    if (is_owned)
        memory_free(loader->memory, MEMORY_CODE, (void *) (uintptr_t) data, size);
    return is_good;
}
