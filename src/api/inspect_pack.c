/* inspect_pack.c - packs and the outlines of modules for the host, without a VM. Each object owns
** its allocator's counters, so that it can be freed with exact sizes. */
#include "api/inspect.h"
#include "api/vm.h"
#include "pack/pack.h"

struct avm_pack {
    struct memory memory;
    struct pack pack;
};

struct avm_outline {
    struct memory memory;
    struct outline outline;
};

bool avm_is_pack(const void *data, size_t size)
{
    return pack_is_pack(data, size);
}

bool avm_is_module(const void *data, size_t size)
{
    return iff_is_iff(data, size);
}

/* Allocates an object that begins with its own memory, all zeros behind it. */
void *inspect_create(const avm_allocator *allocator, size_t size)
{
    struct memory memory;
    void *object;

    memory_init(&memory, allocator == NULL ? NULL : allocator->resize,
        allocator == NULL ? NULL : allocator->user, 0);
    object = memory_allocate_zeroed(&memory, MEMORY_OTHER, size);
    if (object != NULL)
        memcpy(object, &memory, sizeof memory);
    return object;
}

void inspect_destroy(void *object, size_t size)
{
    struct memory memory;

    memcpy(&memory, object, sizeof memory);
    memory_free(&memory, MEMORY_OTHER, object, size);
}

avm_status inspect_fail(avm_error *error, const char *why)
{
    return vm_fail(error, strcmp(why, "out of memory") == 0 ? AVM_NO_MEMORY : AVM_BAD_FILE, "%s",
        why);
}

/* ---- Packs --------------------------------------------------------------------------------- */

avm_status avm_pack_open(const avm_allocator *allocator, const void *data, size_t size,
    avm_pack **pack, avm_error *error)
{
    avm_pack *opened = inspect_create(allocator, sizeof *opened);
    struct pack_error why;

    if (opened == NULL)
        return inspect_fail(error, "out of memory");
    if (!pack_open(&opened->pack, &opened->memory, data, size, &why)) {
        inspect_destroy(opened, sizeof *opened);
        return vm_fail(error, strcmp(why.why, "out of memory") == 0 ? AVM_NO_MEMORY : AVM_BAD_FILE,
            "%s at byte %zu", why.why, why.offset);
    }
    *pack = opened;
    return AVM_OK;
}

void avm_pack_close(avm_pack *pack)
{
    if (pack == NULL)
        return;
    pack_close(&pack->pack);
    inspect_destroy(pack, sizeof *pack);
}

size_t avm_pack_count(const avm_pack *pack)
{
    return pack->pack.count;
}

static void get_section(const struct pack_section *from, avm_section *section)
{
    section->name = from->name;
    section->flags = from->flags;
    section->data = from->data;
    section->size = from->size;
    section->offset = from->offset;
}

void avm_pack_section(const avm_pack *pack, size_t index, avm_section *section)
{
    get_section(&pack->pack.sections[index], section);
}

bool avm_pack_find(const avm_pack *pack, const char *name, avm_section *section)
{
    const struct pack_section *found = pack_find(&pack->pack, name, strlen(name));

    if (found != NULL)
        get_section(found, section);
    return found != NULL;
}

/* ---- Outlines ------------------------------------------------------------------------------ */

avm_status avm_outline_open(const avm_allocator *allocator, const void *data, size_t size,
    avm_outline **outline, avm_error *error)
{
    avm_outline *opened = inspect_create(allocator, sizeof *opened);
    const char *why;

    if (opened == NULL)
        return inspect_fail(error, "out of memory");
    why = outline_open(&opened->outline, &opened->memory, data, size);
    if (why != NULL) {
        inspect_destroy(opened, sizeof *opened);
        return inspect_fail(error, why);
    }
    *outline = opened;
    return AVM_OK;
}

void avm_outline_close(avm_outline *outline)
{
    if (outline == NULL)
        return;
    outline_close(&outline->outline);
    inspect_destroy(outline, sizeof *outline);
}

const char *avm_outline_module(const avm_outline *outline)
{
    return outline_module(&outline->outline);
}

static void get_function(const struct outline *outline, const struct outline_function *from,
    avm_function *function)
{
    function->module = outline->atoms[from->module];
    function->name = outline->atoms[from->name];
    function->arity = from->arity;
}

size_t avm_outline_export_count(const avm_outline *outline)
{
    return outline->outline.export_count;
}

void avm_outline_export(const avm_outline *outline, size_t index, avm_function *function)
{
    get_function(&outline->outline, &outline->outline.exports[index], function);
}

size_t avm_outline_import_count(const avm_outline *outline)
{
    return outline->outline.import_count;
}

void avm_outline_import(const avm_outline *outline, size_t index, avm_function *function)
{
    get_function(&outline->outline, &outline->outline.imports[index], function);
}
