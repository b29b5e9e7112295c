/* fun.h - what order, hashing and printing know of a fun's code: who it is, not what it runs.
**
** Code structures lie floors above; each begins with its identity, and a FUN or EXPORT term's raw
** word points at that structure. Always: struct fun_identity is the first member of struct
** fun_entry, struct export_identity the first member of struct export. */
#ifndef AVM_DATA_FUN_H
#define AVM_DATA_FUN_H

#include "term/term.h"

struct fun_identity {
    term module;                /* atom */
    uint32_t index;             /* old_index: position in the module's fun table */
    uint32_t uniq;              /* old_uniq */
    uint32_t arity;             /* without the free variables */
    uint32_t free_count;
    uint8_t md5[16];            /* of the module's code, for the external format */
};

struct export_identity {
    term module, function;      /* atoms */
    uint32_t arity;
};

static inline const struct fun_identity *term_fun_identity(term fun)    /* of a local fun */
{
    return (const struct fun_identity *) (const void *) term_fun_entry(fun);
}

static inline const struct export_identity *term_export_identity(term fun)
{
    return (const struct export_identity *) (const void *) term_fun_export(fun);
}

#endif
