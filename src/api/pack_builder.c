/* pack_builder.c - makes packs: holds what goes in, and writes it.
**
** Owns a copy of every module (stripped) and file. Always: names are unique among modules and
** among files; slot_count is more than twice module_count. */
#include "api/inspect.h"
#include "api/vm.h"
#include "pack/libs.h"
#include "pack/pack.h"

static const char no_memory_text[] = "out of memory";

avm_status avm_pack_builder_create(const avm_allocator *allocator, avm_pack_builder **builder)
{
    avm_pack_builder *created = inspect_create(allocator, sizeof *created);

    if (created == NULL)
        return AVM_NO_MEMORY;
    byte_buffer_init(&created->out, &created->memory, MEMORY_CODE);
    *builder = created;
    return AVM_OK;
}

static void free_module(struct memory *memory, struct builder_module *module)
{
    if (module->is_open)
        calls_close(&module->calls);
    memory_free(memory, MEMORY_CODE, module->name, module->name_size);
    memory_free(memory, MEMORY_CODE, module->bytes, module->size);
}

void avm_pack_builder_destroy(avm_pack_builder *builder)
{
    size_t at;

    if (builder == NULL)
        return;
    for (at = 0; at < builder->module_count; at++)
        free_module(&builder->memory, &builder->modules[at]);
    for (at = 0; at < builder->file_count; at++) {
        struct builder_file *file = &builder->files[at];

        memory_free(&builder->memory, MEMORY_CODE, file->name, file->name_size);
        memory_free(&builder->memory, MEMORY_CODE, file->bytes, file->size);
    }
    memory_free(&builder->memory, MEMORY_CODE, builder->modules,
        builder->module_capacity * sizeof *builder->modules);
    memory_free(&builder->memory, MEMORY_CODE, builder->files,
        builder->file_capacity * sizeof *builder->files);
    memory_free(&builder->memory, MEMORY_CODE, builder->slots,
        builder->slot_count * sizeof *builder->slots);
    byte_buffer_deinit(&builder->out);
    inspect_destroy(builder, sizeof *builder);
}

/* ---- Modules by name ----------------------------------------------------------------------- */

/* The slot of the name, or the free one where it would go. slot_count is not 0. */
static uint32_t *find_slot(const struct avm_pack_builder *builder, const char *name, size_t size)
{
    uint32_t hash = 2166136261u;    /* FNV-1a */
    size_t at;

    for (at = 0; at < size; at++)
        hash = (hash ^ (uint8_t) name[at]) * 16777619u;
    for (at = hash;; at++) {
        uint32_t *slot = &builder->slots[at & (builder->slot_count - 1)];
        const struct builder_module *module;

        if (*slot == 0)
            return slot;
        module = &builder->modules[*slot - 1];
        if (module->name_size == size + 1 && memcmp(module->name, name, size) == 0)
            return slot;
    }
}

static bool reserve_slot(struct avm_pack_builder *builder)
{
    uint32_t *old = builder->slots;
    size_t old_size = builder->slot_count * sizeof *old;
    size_t count = builder->slot_count == 0 ? 256 : builder->slot_count * 2;
    uint32_t *slots;
    size_t at;

    if (builder->module_count * 2 + 2 < builder->slot_count)
        return true;
    slots = memory_allocate_zeroed(&builder->memory, MEMORY_CODE, count * sizeof *slots);
    if (slots == NULL)
        return false;
    builder->slots = slots;
    builder->slot_count = count;
    for (at = 0; at < builder->module_count; at++)
        *find_slot(builder, builder->modules[at].name, builder->modules[at].name_size - 1)
            = (uint32_t) at + 1;
    memory_free(&builder->memory, MEMORY_CODE, old, old_size);
    return true;
}

struct builder_module *builder_find(const struct avm_pack_builder *builder, const char *name,
    size_t name_size)
{
    uint32_t slot = builder->slot_count == 0 ? 0 : *find_slot(builder, name, name_size);

    return slot == 0 ? NULL : &builder->modules[slot - 1];
}

/* Copies size bytes; NULL with *copy NULL for none. */
static bool copy_bytes(struct memory *memory, const void *data, size_t size, void *copy)
{
    void *bytes = NULL;

    if (size != 0) {
        bytes = memory_allocate(memory, MEMORY_CODE, size);
        if (bytes == NULL)
            return false;
        memcpy(bytes, data, size);
    }
    memcpy(copy, &bytes, sizeof bytes);
    return true;
}

static const char *strip(struct avm_pack_builder *builder, const void *data, size_t size,
    struct builder_module *module)
{
    struct byte_buffer buffer;
    struct iff iff;
    const char *why = iff_open(&iff, data, size);

    if (why != NULL)
        return why;
    byte_buffer_init(&buffer, &builder->memory, MEMORY_CODE);
    why = iff_write_stripped(&buffer, &iff);
    if (why == NULL && !copy_bytes(&builder->memory, buffer.bytes, buffer.size, &module->bytes))
        why = no_memory_text;
    if (why == NULL)
        module->size = buffer.size;
    byte_buffer_deinit(&buffer);
    return why;
}

const char *builder_put(struct avm_pack_builder *builder, const char *name, const void *data,
    size_t size)
{
    struct builder_module module;
    void *items = builder->modules;
    const char *why = NULL;

    memset(&module, 0, sizeof module);
    module.name_size = strlen(name) + 1;
    module.is_missing = data == NULL;
    if (!vector_reserve(&builder->memory, MEMORY_CODE, &items, &builder->module_capacity,
            builder->module_count, 1, sizeof module))
        return no_memory_text;
    builder->modules = items;
    if (!reserve_slot(builder)
        || !copy_bytes(&builder->memory, name, module.name_size, &module.name))
        return no_memory_text;
    if (data != NULL)
        why = strip(builder, data, size, &module);
    if (why != NULL) {
        free_module(&builder->memory, &module);
        return why;
    }
    builder->modules[builder->module_count++] = module;
    *find_slot(builder, module.name, module.name_size - 1) = (uint32_t) builder->module_count;
    return NULL;
}

/* ---- Adding -------------------------------------------------------------------------------- */

avm_status avm_pack_builder_add_module(avm_pack_builder *builder, const void *data, size_t size,
    avm_error *error)
{
    struct outline outline;
    const char *why = outline_open(&outline, &builder->memory, data, size);

    if (why != NULL)
        return inspect_fail(error, why);
    if (builder_find(builder, outline_module(&outline), strlen(outline_module(&outline))) == NULL) {
        why = builder_put(builder, outline_module(&outline), data, size);
        if (why == NULL) {
            struct builder_module *module = &builder->modules[builder->module_count - 1];

            module->is_used = true;
            module->has_start = outline_has_export(&outline, "start", 0);
        }
    }
    outline_close(&outline);
    return why == NULL ? AVM_OK : inspect_fail(error, why);
}

avm_status avm_pack_builder_add_file(avm_pack_builder *builder, const char *name,
    const void *data, size_t size, avm_error *error)
{
    struct builder_file file = { NULL, strlen(name) + 1, NULL, size };
    void *items = builder->files;
    size_t at;

    if (file.name_size == 1)
        return vm_fail(error, AVM_BAD_ARGUMENT, "a file in a pack needs a name");
    for (at = 0; at < builder->file_count; at++)
        if (strcmp(builder->files[at].name, name) == 0)
            return AVM_OK;
    if (!vector_reserve(&builder->memory, MEMORY_CODE, &items, &builder->file_capacity,
            builder->file_count, 1, sizeof file))
        return inspect_fail(error, no_memory_text);
    builder->files = items;
    if (!copy_bytes(&builder->memory, name, file.name_size, &file.name))
        return inspect_fail(error, no_memory_text);
    if (!copy_bytes(&builder->memory, data, size, &file.bytes)) {
        memory_free(&builder->memory, MEMORY_CODE, file.name, file.name_size);
        return inspect_fail(error, no_memory_text);
    }
    builder->files[builder->file_count++] = file;
    return AVM_OK;
}

static avm_status add_section(avm_pack_builder *builder, const struct pack_section *section,
    avm_error *error)
{
    avm_status status;

    if (!(section->flags & PACK_BEAM))
        return avm_pack_builder_add_file(builder, section->name, section->data, section->size,
            error);
    status = avm_pack_builder_add_module(builder, section->data, section->size, error);
    if (status == AVM_OK && section->flags & PACK_START && section->name_size > 5) {
        struct builder_module *module = builder_find(builder, section->name,
            section->name_size - 5);

        if (module != NULL)
            module->is_start = true;
    }
    return status;
}

avm_status avm_pack_builder_add_pack(avm_pack_builder *builder, const void *data, size_t size,
    avm_error *error)
{
    struct pack pack;
    struct pack_error why;
    avm_status status = AVM_OK;
    size_t at;

    if (!pack_open(&pack, &builder->memory, data, size, &why))
        return inspect_fail(error, why.why);
    for (at = 0; at < pack.count && status == AVM_OK; at++)
        status = add_section(builder, &pack.sections[at], error);
    pack_close(&pack);
    return status;
}

/* ---- Writing ------------------------------------------------------------------------------- */

/* Marks the one start module: the one named, or the one a pack marked, or the first that can be. */
static avm_status choose_start(struct avm_pack_builder *builder, const char *name,
    avm_error *error)
{
    struct builder_module *chosen = name == NULL ? NULL : builder_find(builder, name, strlen(name));
    size_t at;

    if (name != NULL && (chosen == NULL || chosen->is_missing))
        return vm_fail(error, AVM_NOT_FOUND, "%s: the start module is not among the files", name);
    if (name != NULL && !chosen->has_start)
        return vm_fail(error, AVM_NOT_FOUND, "%s: does not export start/0", name);
    for (at = 0; chosen == NULL && at < builder->module_count; at++)
        if (builder->modules[at].is_start)
            chosen = &builder->modules[at];
    for (at = 0; chosen == NULL && at < builder->module_count; at++)
        if (builder->modules[at].has_start)
            chosen = &builder->modules[at];
    for (at = 0; at < builder->module_count; at++)
        builder->modules[at].is_start = &builder->modules[at] == chosen;
    return AVM_OK;
}

static void write_module(struct byte_buffer *out, const struct builder_module *module)
{
    char name[255 * 4 + sizeof ".beam"];    /* an atom has at most 255 characters */
    size_t size = module->name_size - 1;

    if (size > sizeof name - sizeof ".beam") {
        out->failed = true;
        return;
    }
    memcpy(name, module->name, size);
    memcpy(name + size, ".beam", sizeof ".beam");
    pack_write_section(out, name, size + 5, PACK_BEAM | (module->is_start ? PACK_START : 0u),
        module->bytes, module->size);
}

/* The start module comes first, then the others as they were added or reached. */
static void write_pack(struct avm_pack_builder *builder)
{
    size_t at;
    int pass;

    builder->out.size = 0;
    pack_write_header(&builder->out);
    for (pass = 0; pass < 2; pass++) {
        for (at = 0; at < builder->module_count; at++) {
            const struct builder_module *module = &builder->modules[at];

            if (module->is_used && !module->is_ours && module->is_start == (pass == 0))
                write_module(&builder->out, module);
        }
    }
    for (at = 0; at < builder->file_count; at++)
        pack_write_file(&builder->out, builder->files[at].name, builder->files[at].name_size - 1,
            builder->files[at].bytes, builder->files[at].size);
    pack_write_end(&builder->out);
}

/* What the program is run by reaches modules too: it is in the VM, not in the pack. */
static avm_status add_ours(avm_pack_builder *builder, avm_error *error)
{
    size_t before = builder->module_count;
    avm_status status;

    if (pack_libs_size == 0)
        return AVM_OK;
    status = avm_pack_builder_add_pack(builder, pack_libs, pack_libs_size, error);
    for (; before < builder->module_count; before++) {
        builder->modules[before].is_ours = true;
        builder->modules[before].is_stock = true;
    }
    return status;
}

avm_status avm_pack_build(avm_pack_builder *builder, const avm_pack_options *given,
    const void **data, size_t *size, avm_error *error)
{
    avm_pack_options options;
    avm_status status;

    /* The host may have been compiled against a smaller struct: what it lacks is 0. */
    memset(&options, 0, sizeof options);
    memcpy(&options, given,
        given->struct_size < sizeof options ? given->struct_size : sizeof options);
    status = choose_start(builder, options.start, error);
    if (status == AVM_OK && !options.no_prune) {
        status = add_ours(builder, error);
        if (status == AVM_OK)
            status = builder_reach(builder, &options, error);
    }
    if (status != AVM_OK)
        return status;
    write_pack(builder);
    if (builder->out.failed)
        return inspect_fail(error, no_memory_text);
    *data = builder->out.bytes;
    *size = builder->out.size;
    return AVM_OK;
}
