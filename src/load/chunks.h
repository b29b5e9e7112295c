/* chunks.h - the readers of a module's chunks; load.c calls them in order. */
#ifndef AVM_LOAD_CHUNKS_H
#define AVM_LOAD_CHUNKS_H

#include "load/internal.h"
#include "pack/iff.h"

struct loader {
    const struct load_context *context;
    struct memory *memory;
    struct module *module;
    struct iff iff;
    struct load_error *error;
};

/* A zeroed array of MEMORY_CODE that the module owns; NULL with error set. count > 0. */
void *loader_array(struct loader *loader, size_t count, size_t item_size);

bool chunk_read_atoms(struct loader *loader);
bool chunk_read_literals_and_code(struct loader *loader);
bool chunk_read_imports(struct loader *loader);
bool chunk_read_exports(struct loader *loader);
bool chunk_read_lambdas(struct loader *loader);
bool chunk_read_lines(struct loader *loader);
void chunk_read_rest(struct loader *loader);
void chunk_digest(const struct iff *iff, uint8_t *digest);

#endif
