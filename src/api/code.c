/* code.c - code from the host: modules, packs, and the finder that is asked last. */
#include "api/vm.h"

#include "bif/prim_file.h"
#include "etf/etf.h"
#include "pack/iff.h"

#include <stdarg.h>
#include <stdio.h>

avm_status vm_fail(avm_error *error, avm_status status, const char *format, ...)
{
    va_list arguments;

    if (error == NULL)
        return status;
    error->status = status;
    va_start(arguments, format);
    (void) vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

avm_status vm_fail_status(avm_error *error, avm_status status)
{
    return vm_fail(error, status, "%s", avm_status_text(status));
}

static avm_status status_of_load(enum load_status status)
{
    switch (status) {
    case LOAD_OK:
        return AVM_OK;
    case LOAD_BAD_FILE:
        return AVM_BAD_FILE;
    case LOAD_BAD_CODE:
        return AVM_BAD_CODE;
    case LOAD_NO_MEMORY:
    default:
        return AVM_NO_MEMORY;
    }
}

bool vm_module_exports(const struct module *module, term function, uint32_t arity)
{
    uint32_t i;

    for (i = 0; i < module->export_count; i++) {
        if (module->exports[i].function == function && module->exports[i].arity == arity)
            return true;
    }
    return false;
}

/* A module with an on_load waits until the first call of one of its functions has run that. False: an
** earlier version is in the way. */
/* A module that was deleted comes back while its old code is still there. */
static bool put_module(struct avm_vm *vm, struct module *module)
{
    const struct code_slot *slot = code_find_slot(vm->node.code, module->name);

    if (slot != NULL && slot->current != NULL && slot->old != NULL)
        return false;
    if (module->on_load_label != 0)
        return code_make_pending(vm->node.code, module);
    code_make_current(vm->node.code, module);
    return true;
}

avm_status vm_load_bytes(struct avm_vm *vm, const char *name, struct code_bytes bytes,
    bool set_start, avm_error *error)
{
    struct load_error why;
    struct module *module;
    enum load_status status;
    avm_status linked;

    why.text[0] = '\0';
    status = load_module(&vm->load, bytes, vm->config.verify_at_load, &module, &why);
    if (status != LOAD_OK)
        return vm_fail(error, status_of_load(status), "%s: %s", name, why.text);
    linked = vm_link_natives(vm, module, error);
    if (linked != AVM_OK) {
        module->bytes.release = NULL;
        module_destroy(module);
        return linked;
    }
    if (!put_module(vm, module)) {
        module->bytes.release = NULL;
        module_destroy(module);
        return vm_fail(error, AVM_BUSY, "%s: the module has old code that was not purged", name);
    }
    if (set_start && vm->start_module == TERM_NONE && vm_module_exports(module, ATOM(start), 0))
        vm->start_module = module->name;
    return AVM_OK;
}

/* ---- packs ---------------------------------------------------------------------- */

static void free_pack(struct avm_vm *vm, struct vm_pack *pack)
{
    memory_free(&vm->memory, MEMORY_CODE, (void *) (uintptr_t) pack->name, pack->name_size);
    memory_free(&vm->memory, MEMORY_CODE, pack, sizeof *pack);
}

static struct vm_pack *new_pack(struct avm_vm *vm, const char *name)
{
    struct vm_pack *pack = memory_allocate_zeroed(&vm->memory, MEMORY_CODE, sizeof *pack);
    char *copy;

    if (pack == NULL)
        return NULL;
    pack->name_size = strlen(name) + 1;
    copy = memory_allocate(&vm->memory, MEMORY_CODE, pack->name_size);
    if (copy == NULL) {
        memory_free(&vm->memory, MEMORY_CODE, pack, sizeof *pack);
        return NULL;
    }
    memcpy(copy, name, pack->name_size);
    pack->name = copy;
    return pack;
}

/* NAME.beam -> the atom NAME, when the section has flag 1. */
static void set_start_of_pack(struct avm_vm *vm, const struct vm_pack *pack)
{
    const struct pack_section *start = pack_find_start(&pack->pack);
    uint32_t index;

    if (vm->start_module != TERM_NONE || start == NULL || start->name_size <= 5
        || memcmp(start->name + start->name_size - 5, ".beam", 5) != 0)
        return;
    if (atom_put(vm->node.atoms, (const uint8_t *) start->name, start->name_size - 5, &index)
        == ATOM_OK)
        vm->start_module = term_make_atom(index);
}

static avm_status load_pack(struct avm_vm *vm, const char *name, avm_blob blob, avm_error *error)
{
    struct vm_pack *pack = new_pack(vm, name), **last = &vm->packs;
    uint64_t failures = memory_failures(&vm->memory);
    struct pack_error why = { "out of memory", 0 };

    if (pack == NULL)
        return vm_fail(error, AVM_NO_MEMORY, "%s: out of memory", name);
    if (!pack_open(&pack->pack, &vm->memory, blob.data, blob.size, &why)) {
        free_pack(vm, pack);
        if (memory_failures(&vm->memory) != failures)
            return vm_fail(error, AVM_NO_MEMORY, "%s: out of memory", name);
        return vm_fail(error, AVM_BAD_FILE, "%s: %s at byte %zu", name, why.why, why.offset);
    }
    pack->blob = blob;
    while (*last != NULL)
        last = &(*last)->next;
    *last = pack;
    set_start_of_pack(vm, pack);
    return AVM_OK;
}

void vm_close_packs(struct avm_vm *vm)
{
    while (vm->packs != NULL) {
        struct vm_pack *pack = vm->packs;

        vm->packs = pack->next;
        pack_close(&pack->pack);
        if (pack->blob.release != NULL)
            pack->blob.release(pack->blob.user, pack->blob.data, pack->blob.size);
        free_pack(vm, pack);
    }
}

static avm_status load_blob(struct avm_vm *vm, const char *name, avm_blob blob, avm_error *error)
{
    struct code_bytes bytes = { blob.data, blob.size, blob.release, blob.user };

    if (pack_is_pack(blob.data, blob.size))
        return load_pack(vm, name, blob, error);
    return vm_load_bytes(vm, name, bytes, true, error);
}

/* With several schedulers others may run already. */
avm_status avm_load_blob(avm_vm *vm, const char *name, avm_blob blob, avm_error *error)
{
    avm_status status;

    node_hold(&vm->node);
    status = load_blob(vm, name, blob, error);
    node_let_go(&vm->node);
    return status;
}

avm_status avm_load_file(avm_vm *vm, const char *path, avm_error *error)
{
    char why[160] = "cannot be read";
    avm_blob blob;
    avm_status status = vm->node.platform->map_file(vm->node.platform_state, path, &blob, why,
        sizeof why);

    if (status != AVM_OK)
        return vm_fail(error, status, "%s: %s", path, why);
    status = avm_load_blob(vm, path, blob, error);
    if (status != AVM_OK && blob.release != NULL)
        blob.release(blob.user, blob.data, blob.size);
    return status;
}

void avm_set_module_finder(avm_vm *vm, avm_find_module_fn *find, void *user)
{
    vm->find = find;
    vm->find_user = user;
}

void avm_set_code_path(avm_vm *vm, avm_list_folders_fn *list, void *user)
{
    vm->node.list_folders = list;
    vm->node.list_folders_user = user;
}

/* ---- finding --------------------------------------------------------------------- */

/* The first pack that has it decides: a damaged module there is an error, and nobody else is asked. */
static bool find_in_packs(struct avm_vm *vm, const char *name, size_t size)
{
    struct vm_pack *pack;

    for (pack = vm->packs; pack != NULL; pack = pack->next) {
        const struct pack_section *section = pack_find_module(&pack->pack, name, size);
        struct code_bytes bytes = { NULL, 0, NULL, NULL };
        avm_error error;

        if (section == NULL)
            continue;
        bytes.data = section->data;
        bytes.size = section->size;
        if (vm_load_bytes(vm, name, bytes, false, &error) == AVM_OK)
            return true;
        (void) snprintf(vm->node.find_error, sizeof vm->node.find_error, "%.100s: %.150s", pack->name,
            error.message);
        return false;
    }
    return false;
}

static void release_copy(void *user, const void *data, size_t size)
{
    memory_free(user, MEMORY_CODE, (void *) (uintptr_t) data, size);
}

/* All of an open file, in memory of the VM; NULL: it cannot be read. */
static void *read_copy(struct avm_vm *vm, const avm_files *files, intptr_t file, size_t *size)
{
    void *state = vm->node.platform_state, *copy;
    avm_file_info info;

    if (files->get_info(state, file, &info) != AVM_FILE_OK || info.size == 0
        || info.size > SIZE_MAX / 2)
        return NULL;
    copy = memory_allocate(&vm->memory, MEMORY_CODE, (size_t) info.size);
    if (copy == NULL)
        return NULL;
    if (files->read(state, file, copy, (size_t) info.size, size) == AVM_FILE_OK
        && *size == info.size)
        return copy;
    release_copy(&vm->memory, copy, (size_t) info.size);
    return NULL;
}

/* A copy: the file of a module that a program has found may be written again while it runs. */
static bool load_path(struct avm_vm *vm, const avm_files *files, const char *path)
{
    struct code_bytes bytes = { NULL, 0, release_copy, &vm->memory };
    intptr_t file;

    if (files->open(vm->node.platform_state, path, AVM_FILE_READ, &file) != AVM_FILE_OK)
        return false;
    bytes.data = read_copy(vm, files, file, &bytes.size);
    (void) files->close(vm->node.platform_state, file);
    if (bytes.data == NULL)
        return false;
    if (vm_load_bytes(vm, path, bytes, false, NULL) == AVM_OK)
        return true;
    release_copy(&vm->memory, bytes.data, bytes.size);
    return false;
}

#define FOLDER_MOST 4096

/* In folders, each with its 0, size bytes in all. */
static bool find_in_folders(struct avm_vm *vm, const char *folders, size_t size, const char *name)
{
    const avm_files *files = file_platform(&vm->node);
    const char *folder;
    char path[FOLDER_MOST + ATOM_MAX_CHARACTERS * 4 + sizeof "/.beam"];

    if (files == NULL || strchr(name, '/') != NULL)
        return false;
    for (folder = folders; folder < folders + size; folder += strlen(folder) + 1) {
        if (strlen(folder) > FOLDER_MOST)
            continue;
        (void) snprintf(path, sizeof path, "%s/%s.beam", folder, name);
        if (load_path(vm, files, path))
            return true;
    }
    return false;
}

/* What a program has chosen comes before the host; the current folder, for a program with a path, after
** it: so no module of the host's is shadowed by chance. */
static bool find_by_path(struct avm_vm *vm, const char *name)
{
    return vm->node.code_path != NULL
        && find_in_folders(vm, vm->node.code_path, vm->node.code_path_size, name);
}

static bool find_here(struct avm_vm *vm, const char *name)
{
    return vm->node.list_folders != NULL && vm->node.code_path == NULL
        && find_in_folders(vm, ".", sizeof ".", name);
}

static bool find_by_host(struct avm_vm *vm, const char *name)
{
    struct code_bytes bytes;
    avm_blob blob;

    if (vm->find == NULL || vm->find(vm->find_user, name, &blob) != AVM_OK)
        return false;
    bytes = (struct code_bytes) { blob.data, blob.size, blob.release, blob.user };
    if (vm_load_bytes(vm, name, bytes, false, NULL) == AVM_OK)
        return true;
    if (blob.release != NULL)
        blob.release(blob.user, blob.data, blob.size);
    return false;
}

bool vm_find_module(void *user, struct node *node, term module)
{
    struct avm_vm *vm = user;
    struct code_slot *slot = code_find_slot(node->code, module);
    char name[ATOM_MAX_CHARACTERS * 4 + 1];
    const uint8_t *text;
    size_t size;

    if (slot != NULL && (slot->current != NULL || slot->pending != NULL))
        return true;
    text = atom_text(node->atoms, term_atom_index(module), &size);
    if (size >= sizeof name || memchr(text, '\0', size) != NULL)
        return false;
    memcpy(name, text, size);
    name[size] = '\0';
    node->find_error[0] = '\0';
    return find_in_packs(vm, name, size)
        || (node->find_error[0] == '\0'
            && (find_by_path(vm, name) || find_by_host(vm, name) || find_here(vm, name)));
}
