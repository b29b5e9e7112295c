/* pack/outline.h - what a compiled module says about itself, without loading it: its name, what it
** exports and imports, and the atoms in its code and literals.
**
** Owns the texts of its atoms; borrows the module's bytes until outline_close. Every index in the
** tables has been checked by outline_open. */
#ifndef AVM_PACK_OUTLINE_H
#define AVM_PACK_OUTLINE_H

#include "pack/iff.h"

struct outline_function {
    uint32_t module;            /* indices of atoms; of an export, the module itself */
    uint32_t name;
    uint32_t arity;
};

struct outline {
    struct memory *memory;
    struct iff iff;
    const char **atoms;         /* UTF-8, terminated; the first is the module's name */
    uint32_t atom_count;
    char *text;                 /* where they lie */
    size_t text_size;
    struct outline_function *exports;
    uint32_t export_count;
    struct outline_function *imports;
    uint32_t import_count;
};

/* NULL, or why not (a constant text) with *outline untouched. */
const char *outline_open(struct outline *outline, struct memory *memory, const void *bytes,
    size_t size);
void outline_close(struct outline *outline);

static inline const char *outline_module(const struct outline *outline)
{
    return outline->atoms[0];
}

bool outline_has_export(const struct outline *outline, const char *name, uint32_t arity);

/* What to do with an atom of a literal. is_fun: it is the module of an external fun. Returns false
** to end the walk. name is not terminated, and in UTF-8 or, when it is not valid as such, rubbish. */
typedef bool outline_atom_fn(void *user, const char *name, size_t size, bool is_fun);

/* Walks the atoms of all literals. NULL, or why not; a literal of an unknown kind is left out. */
const char *outline_walk_literals(const struct outline *outline, outline_atom_fn *visit,
    void *user);

#endif
