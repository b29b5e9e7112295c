/* inspect.h - look into packs and modules, check them, and make packs.
**
** What takes no avm_vm needs none, keeps nothing beyond its object, and gets its memory from the
** allocator it is given (NULL: realloc and free). */
#ifndef ATOMVM_INSPECT_H
#define ATOMVM_INSPECT_H

#include "atomvm/atomvm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Packs: reading --------------------------------------------------------------------- */

typedef struct avm_pack avm_pack;

enum { AVM_SECTION_START = 1, AVM_SECTION_MODULE = 2, AVM_SECTION_FILE = 4 };

typedef struct avm_section {
    const char *name;         /* "MODULE.beam", or "APP/priv/PATH" */
    unsigned flags;           /* AVM_SECTION_..., together */
    const void *data;         /* the module, or the bytes of the file */
    size_t size;
    size_t offset;            /* of the section in the pack */
} avm_section;

/* Whether the bytes begin as a pack, or as a module, does; says nothing about the rest. */
AVM_API bool avm_is_pack(const void *data, size_t size);
AVM_API bool avm_is_module(const void *data, size_t size);

/* Checks every size in it. data is borrowed until avm_pack_close. */
AVM_API avm_status avm_pack_open(const avm_allocator *allocator, const void *data, size_t size,
    avm_pack **pack, avm_error *error);
AVM_API void avm_pack_close(avm_pack *pack);    /* NULL is ignored */
AVM_API size_t avm_pack_count(const avm_pack *pack);
AVM_API void avm_pack_section(const avm_pack *pack, size_t index, avm_section *section);
/* The first section of that name; false, with *section untouched, when there is none. */
AVM_API bool avm_pack_find(const avm_pack *pack, const char *name, avm_section *section);

/* ---- Packs: making ---------------------------------------------------------------------- */

/* A builder holds what was added: the program. avm_pack_build adds to it every module that the
** program can reach, as the finder gives them, and writes the pack. What is reached is found
** function by function, beginning with all that the program exports:
**  - what a reached function calls, makes a fun of, or has as a fun in a literal;
**  - where it mentions the name of a module that is not a stock one, or one of Elixir: all of that
**    module's exports (and a module that is not stock is always reached as a whole);
**  - where it mentions the name of a stock module and the name of one of its functions (in a literal
**    one after the other), as for apply or a supervisor's child: that function;
**  - where it mentions a stock module with init/1 and starts a gen_server or the like, or its own
**    module and calls sys, gen or proc_lib: all of that module's exports;
**  - with a protocol of Elixir, its implementations.
** Stock modules are those of Erlang/OTP and Elixir: their many atoms are names of modules by chance.
** A module of which a function is reached goes in as a whole. What a program calls by a name that it
** computes is added by hand. */
typedef struct avm_pack_builder avm_pack_builder;

typedef struct avm_pack_options {
    size_t struct_size;               /* set by the caller */
    const char *start;                /* the start module; NULL: the first added with start/0 */
    bool no_prune;                    /* true: what was added, and nothing else */
    bool by_any_atom;                 /* true: every atom that names a module counts */
    avm_find_module_fn *find;         /* where reached modules come from; NULL: nowhere */
    /* Whether a found module belongs to Erlang/OTP or Elixir; NULL: none does. */
    bool (*is_stock)(void *user, const char *module);
    /* Calls found for each module whose name begins with prefix; NULL: not known. */
    void (*list)(void *user, const char *prefix,
        void (*found)(void *found_user, const char *module), void *found_user);
    /* Told of each module that goes in beyond what was added, and of the module that reached it; and
    ** of each imported module that was not found (is_found false). NULL: nobody is. */
    void (*report)(void *user, const char *module, const char *reached_by, bool is_found);
    void *user;
} avm_pack_options;

AVM_API avm_status avm_pack_builder_create(const avm_allocator *allocator,
    avm_pack_builder **builder);
AVM_API void avm_pack_builder_destroy(avm_pack_builder *builder);    /* NULL is ignored */

/* Each copies what it keeps. A module is rebuilt with only the chunks that running needs. Of two
** modules of one name the first stays. */
AVM_API avm_status avm_pack_builder_add_module(avm_pack_builder *builder, const void *data,
    size_t size, avm_error *error);
AVM_API avm_status avm_pack_builder_add_file(avm_pack_builder *builder, const char *name,
    const void *data, size_t size, avm_error *error);
/* All modules and files of another pack. */
AVM_API avm_status avm_pack_builder_add_pack(avm_pack_builder *builder, const void *data,
    size_t size, avm_error *error);

/* *data is borrowed until the builder is destroyed. */
AVM_API avm_status avm_pack_build(avm_pack_builder *builder, const avm_pack_options *options,
    const void **data, size_t *size, avm_error *error);

/* ---- Modules ---------------------------------------------------------------------------- */

/* What a module says about itself. Names are borrowed until avm_outline_close. */
typedef struct avm_outline avm_outline;

typedef struct avm_function {
    const char *module;
    const char *name;
    unsigned arity;
} avm_function;

AVM_API avm_status avm_outline_open(const avm_allocator *allocator, const void *data, size_t size,
    avm_outline **outline, avm_error *error);
AVM_API void avm_outline_close(avm_outline *outline);    /* NULL is ignored */
AVM_API const char *avm_outline_module(const avm_outline *outline);
AVM_API size_t avm_outline_export_count(const avm_outline *outline);
AVM_API void avm_outline_export(const avm_outline *outline, size_t index, avm_function *function);
AVM_API size_t avm_outline_import_count(const avm_outline *outline);
AVM_API void avm_outline_import(const avm_outline *outline, size_t index, avm_function *function);

/* ---- Checking and disassembling ------------------------------------------------------------ */

/* Something that the checker refuses. Texts are borrowed during the call only. */
typedef struct avm_finding {
    const char *module;       /* NULL when the file does not even say */
    const char *function;     /* NULL: about the module as a whole */
    unsigned arity;
    size_t offset;            /* in the Code chunk's instructions */
    const char *reason;
} avm_finding;

typedef struct avm_verify_counts {
    uint64_t functions;
    uint64_t instructions;
    uint64_t refused;         /* functions, or 1 for a module as a whole */
} avm_verify_counts;

typedef void avm_finding_fn(void *user, const avm_finding *finding);

/* Checks all of a module as loading it with verify_at_load would, and leaves nothing of it in the
** VM but its atoms. report may be NULL. AVM_BAD_CODE when something was refused, AVM_BAD_FILE when
** it is no module; error then has the first finding. *counts is filled in either way. */
AVM_API avm_status avm_verify(avm_vm *vm, const void *data, size_t size, avm_finding_fn *report,
    void *user, avm_verify_counts *counts, avm_error *error);

typedef enum avm_code_form {
    AVM_FORM_GENERIC,         /* as the compiler wrote it */
    AVM_FORM_TRANSLATED       /* as the VM runs it */
} avm_code_form;

/* Gets the text a piece at a time. Any status but AVM_OK ends the printing with it. */
typedef avm_status avm_write_fn(void *user, const char *text, size_t size);

/* Prints a module, or of it the function of that name (NULL: all) and arity (negative: any).
** AVM_NOT_FOUND when it has no such function. */
AVM_API avm_status avm_disassemble(avm_vm *vm, const void *data, size_t size, avm_code_form form,
    const char *function, int arity, avm_write_fn *write, void *user, avm_error *error);

#ifdef __cplusplus
}
#endif
#endif
