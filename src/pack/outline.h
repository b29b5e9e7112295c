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
    uint32_t label;             /* of an export: where it begins */
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

/* The table of literals, made plain and indexed. */
struct outline_literals {
    struct memory *memory;
    const uint8_t *data;
    size_t size;
    bool is_owned;
    size_t *offsets;            /* count + 1: where each begins; the last is where they end */
    size_t count;
};

/* NULL, or why not with *literals untouched. Borrows the outline's bytes. */
const char *outline_open_literals(const struct outline *outline, struct outline_literals *literals);
void outline_close_literals(struct outline_literals *literals);

/* Gets the atoms of a literal, in order. An external fun is its module, with is_fun, and then its
** function and arity. Names are not terminated, and are UTF-8 or, when they are not valid, rubbish.
** Returns false to end the walk. */
typedef bool outline_atom_fn(void *user, const char *name, size_t size, bool is_fun);

/* Walks the atoms of one literal, index < count; ends early at a kind that no literal has. */
void outline_walk_literal(const struct outline_literals *literals, size_t index,
    outline_atom_fn *visit, void *user);

#endif
