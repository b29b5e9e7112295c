/* code_fixture.h - what a module needs around it, for tests of code and load. */
#ifndef AVM_TEST_CODE_FIXTURE_H
#define AVM_TEST_CODE_FIXTURE_H

#include "load/load.h"

struct code_fixture {
    struct memory memory;           /* all of what is tested */
    struct memory test_memory;      /* of the test itself */
    struct atom_table *atoms;
    struct literal_ranges *literals;
    struct code_table *table;
    struct heap_shared heaps;
    struct load_context context;
    struct load_error error;
};

/* False without memory: nothing is left. */
bool code_fixture_init(struct code_fixture *f, struct memory *memory);
void code_fixture_deinit(struct code_fixture *f);
/* Bytes of all that the tables made so far; equal again after whatever leaves nothing behind. */
term code_fixture_atom(struct code_fixture *f, const char *text);
/* Assembles and loads; NULL with f->error set. */
struct module *code_fixture_load(struct code_fixture *f, const char *text, unsigned form);
struct module *code_fixture_load_bytes(struct code_fixture *f, const void *bytes, size_t size,
    enum load_status *status);
/* The first function of that name. */
struct function *code_fixture_function(struct code_fixture *f, struct module *module,
    const char *name);

#endif
