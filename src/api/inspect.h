/* api/inspect.h - what the files behind inspect.h share.
**
** An object made without a VM begins with the struct memory that counts it. */
#ifndef AVM_API_INSPECT_H
#define AVM_API_INSPECT_H

#include "atomvm/inspect.h"
#include "api/pack_calls.h"

void *inspect_create(const avm_allocator *allocator, size_t size);
void inspect_destroy(void *object, size_t size);

/* AVM_NO_MEMORY or AVM_BAD_FILE, whichever the text of a parser means. */
avm_status inspect_fail(avm_error *error, const char *why);

/* A module of a pack that is being made. */
struct builder_module {
    char *name;
    size_t name_size;           /* with its NUL */
    uint8_t *bytes;             /* rebuilt with what running needs */
    size_t size;
    bool is_start;              /* the one start module */
    bool has_start;             /* it was added, and exports start/0 */
    bool is_used;               /* written to the pack */
    bool is_stock;              /* of Erlang/OTP or Elixir */
    bool is_ours;               /* of libs/: walked, not written */
    bool is_missing;            /* looked for and not found: only the name is kept */
    bool is_whole;              /* all of its exports have been reached */
    bool is_open;               /* calls is */
    struct calls calls;
};

struct builder_file {
    char *name;
    size_t name_size;
    uint8_t *bytes;
    size_t size;
};

struct avm_pack_builder {
    struct memory memory;
    struct builder_module *modules;
    size_t module_count, module_capacity;
    struct builder_file *files;
    size_t file_count, file_capacity;
    uint32_t *slots;            /* by name: number of a module + 1, 0 when free */
    size_t slot_count;
    struct byte_buffer out;
};

/* The module of that name, missing ones too, or NULL. */
struct builder_module *builder_find(const struct avm_pack_builder *builder, const char *name,
    size_t name_size);

/* Adds a module that is not there yet: stripped from its bytes, or, with data NULL, as missing.
** NULL, or why not. The pointers of all modules may change. */
const char *builder_put(struct avm_pack_builder *builder, const char *name, const void *data,
    size_t size);

/* Adds every module that those of the builder reach. */
avm_status builder_reach(struct avm_pack_builder *builder, const avm_pack_options *options,
    avm_error *error);

#endif
