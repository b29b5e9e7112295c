/* load.c - from bytes to a module; and a function's body at its first call.
** Always: a load that fails leaves nothing but atoms; the bytes are then still the caller's. */
#include "load/load.h"

#include "load/chunks.h"
#include "pack/inflate.h"

/* ---- Compressed files ------------------------------------------------------------------------- */

static void release_inflated(void *user, const void *data, size_t size)
{
    memory_free(user, MEMORY_CODE, (void *) (uintptr_t) data, size);
}

/* Whole files may be gzip'ed: inflated then replaces *bytes, and the caller's are not needed. */
static bool inflate_file(struct memory *memory, struct code_bytes *bytes, struct load_error *error)
{
    const char *why;
    size_t size;
    void *plain;

    if (!inflate_is_gzip(bytes->data, bytes->size, &size))
        return true;
    /* DEFLATE cannot do better than about 1 to 1032: a larger claim is a lie, not a need. */
    if (size == 0 || size / 1040 > bytes->size)
        return load_fail(error, "a compressed file of impossible size");
    plain = memory_allocate(memory, MEMORY_CODE, size);
    if (plain == NULL)
        return load_fail_memory(error);
    why = inflate_gzip(memory, bytes->data, bytes->size, plain, size);
    if (why != NULL) {
        memory_free(memory, MEMORY_CODE, plain, size);
        return load_fail(error, "%s", why);
    }
    bytes->data = plain;
    bytes->size = size;
    bytes->release = release_inflated;
    bytes->user = memory;
    return true;
}

/* ---- Modules ---------------------------------------------------------------------------------- */

static bool read_chunks(struct loader *loader)
{
    chunk_digest(&loader->iff, loader->module->md5);
    chunk_read_rest(loader);
    return chunk_read_atoms(loader) && chunk_read_literals_and_code(loader)
        && chunk_read_imports(loader) && chunk_read_exports(loader)
        && chunk_read_lambdas(loader) && chunk_read_lines(loader);
}

static bool translate_all(struct module *module, struct load_error *error)
{
    uint32_t at;

    for (at = 0; at < module->function_count; at++)
        if (!load_translate(&module->functions[at], error))
            return false;
    return true;
}

/* The module over bytes, which stay the caller's; NULL with error and *status set. */
static struct module *read_module(const struct load_context *context, struct code_bytes *bytes,
    bool verify_all, enum load_status *status, struct load_error *error)
{
    struct loader loader = { .context = context, .memory = context->memory, .error = error };
    const char *why = iff_open(&loader.iff, bytes->data, bytes->size);
    bool is_good;

    *status = LOAD_BAD_FILE;
    if (why != NULL) {
        load_fail(error, "%s", why);
        return NULL;
    }
    loader.module = memory_allocate_zeroed(context->memory, MEMORY_CODE, sizeof *loader.module);
    if (loader.module == NULL) {
        load_fail_memory(error);
        return NULL;
    }
    loader.module->table = context->code;
    code_begin_load(context->code);
    is_good = read_chunks(&loader);
    if (is_good && verify_all) {
        *status = LOAD_BAD_CODE;
        is_good = translate_all(loader.module, error);
    }
    if (is_good && code_put_slot(context->code, loader.module->name) == NULL)
        is_good = load_fail_memory(error);
    if (!is_good) {
        module_destroy(loader.module);
        loader.module = NULL;
    }
    code_end_load(context->code, is_good);
    return loader.module;
}

enum load_status load_module(const struct load_context *context, struct code_bytes bytes,
    bool verify_all, struct module **module, struct load_error *error)
{
    struct code_bytes kept = bytes;
    enum load_status status = LOAD_BAD_FILE;
    struct module *result = NULL;
    bool is_inflated;

    error->text[0] = 0;
    if (!inflate_file(context->memory, &kept, error))
        return load_is_memory(error) ? LOAD_NO_MEMORY : LOAD_BAD_FILE;
    is_inflated = kept.data != bytes.data;
    result = read_module(context, &kept, verify_all, &status, error);
    if (result == NULL) {
        if (is_inflated)
            kept.release(kept.user, kept.data, kept.size);
        return load_is_memory(error) ? LOAD_NO_MEMORY : status;
    }
    if (is_inflated && bytes.release != NULL)
        bytes.release(bytes.user, bytes.data, bytes.size);
    result->bytes = kept;
    *module = result;
    return LOAD_OK;
}

/* ---- Bodies ------------------------------------------------------------------------------------ */

/* Keeps why a body was refused, so that the next call need not look again. */
static void keep_refusal(struct function *function, const struct load_error *error)
{
    size_t size = strlen(error->text) + 1;

    if (load_is_memory(error))
        return;
    function->refused = memory_allocate(code_memory(function->module->table), MEMORY_CODE, size);
    if (function->refused != NULL)
        memcpy(function->refused, error->text, size);
}

bool load_verify(struct function *function, struct load_error *error)
{
    struct memory *memory = code_memory(function->module->table);
    struct generic_function generic;
    bool is_good;

    if (!generic_decode(memory, function, &generic, error))
        return false;
    is_good = verify_function(memory, &generic, error);
    generic_deinit(memory, &generic);
    return is_good;
}

bool load_translate(struct function *function, struct load_error *error)
{
    struct memory *memory = code_memory(function->module->table);
    struct generic_function generic;
    bool is_good;

    if (function->words != NULL)
        return true;
    if (function->refused != NULL)
        return load_fail(error, "%s", function->refused);
    is_good = generic_decode(memory, function, &generic, error);
    if (is_good) {
        is_good = verify_function(memory, &generic, error)
            && translate_function(memory, &generic, error);
        generic_deinit(memory, &generic);
    }
    if (is_good && !code_register_words(function->module->table, function)) {
        memory_free(memory, MEMORY_CODE, function->words, function->allocated);
        function->words = NULL;
        is_good = load_fail_memory(error);
    }
    if (!is_good)
        keep_refusal(function, error);
    return is_good;
}
