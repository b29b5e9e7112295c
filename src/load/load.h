/* load.h - from the bytes of a .beam to a struct module ready to be made current. */
#ifndef AVM_LOAD_LOAD_H
#define AVM_LOAD_LOAD_H

#include "load/generic.h"

enum load_status { LOAD_OK, LOAD_BAD_FILE, LOAD_BAD_CODE, LOAD_NO_MEMORY };

struct load_context {
    struct memory *memory;
    struct atom_table *atoms;
    struct code_table *code;
    struct heap_shared *heaps;
    struct literal_ranges *literals;
};

/* Reads all chunks and checks the module's structure; bodies wait for their first call (verify_all:
** all are verified and translated now). Takes bytes on success only. */
enum load_status load_module(const struct load_context *context, struct code_bytes bytes,
    bool verify_all, struct module **module, struct load_error *error);

#endif
