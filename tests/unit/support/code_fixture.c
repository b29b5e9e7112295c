/* code_fixture.c - makes and unmakes tables; modules loaded here own copies of their bytes. */
#include "support/code_fixture.h"

#include <stdio.h>

#include "support/assemble.h"

bool code_fixture_init(struct code_fixture *f, struct memory *memory)
{
    memset(f, 0, sizeof *f);
    memory_init(&f->memory, NULL, NULL, 0);
    memory_init(&f->test_memory, NULL, NULL, 0);
    if (memory == NULL)
        memory = &f->memory;
    f->atoms = atom_table_create(memory, 1u << 20);
    f->literals = literal_ranges_create(memory);
    f->table = f->atoms == NULL ? NULL : code_table_create(memory, f->atoms, f->literals);
    f->heaps.memory = memory;
    f->heaps.literals = f->literals;
    f->context = (struct load_context) { memory, f->atoms, f->table, &f->heaps, f->literals };
    if (f->atoms != NULL && f->literals != NULL && f->table != NULL)
        return true;
    code_fixture_deinit(f);
    return false;
}

void code_fixture_deinit(struct code_fixture *f)
{
    code_table_destroy(f->table);
    literal_ranges_destroy(f->literals);
    if (f->atoms != NULL)
        atom_table_destroy(f->atoms);
}

term code_fixture_atom(struct code_fixture *f, const char *text)
{
    uint32_t index;

    return atom_put(f->atoms, (const uint8_t *) text, strlen(text), &index) == ATOM_OK
        ? term_make_atom(index)
        : TERM_NONE;
}

static void release_bytes(void *user, const void *data, size_t size)
{
    memory_free(user, MEMORY_OTHER, (void *) (uintptr_t) data, size);
}

struct module *code_fixture_load_bytes(struct code_fixture *f, const void *bytes, size_t size,
    enum load_status *status)
{
    uint8_t *copy = memory_allocate(&f->test_memory, MEMORY_OTHER, size);
    struct code_bytes code = { copy, size, release_bytes, &f->test_memory };
    struct module *module = NULL;

    memcpy(copy, bytes, size);
    *status = load_module(&f->context, code, false, &module, &f->error);
    if (*status != LOAD_OK)
        release_bytes(&f->test_memory, copy, size);
    return module;
}

struct module *code_fixture_load(struct code_fixture *f, const char *text, unsigned form)
{
    struct assembled assembled;
    const char *wrong = assemble(&assembled, &f->test_memory, text, form);
    enum load_status status;
    struct module *module = NULL;

    if (wrong != NULL)
        (void) snprintf(f->error.text, sizeof f->error.text, "cannot assemble: %.60s", wrong);
    else
        module = code_fixture_load_bytes(f, assembled.bytes.bytes, assembled.bytes.size, &status);
    assemble_deinit(&assembled);
    return module;
}

struct function *code_fixture_function(struct code_fixture *f, struct module *module,
    const char *name)
{
    term atom = code_fixture_atom(f, name);

    for (uint32_t at = 0; at < module->function_count; at++)
        if (module->functions[at].name == atom)
            return &module->functions[at];
    return NULL;
}
