/* fun.h - what comparing, hashing and printing need to know of a fun's entry and of an export: both
** structs (code/code.h) begin with these, so that data need not know code. */
#ifndef AVM_DATA_FUN_H
#define AVM_DATA_FUN_H

#include "term/term.h"

struct fun_identity {           /* first member of struct fun_entry */
    term module;
    uint32_t index;             /* in the module's table of lambdas */
    uint32_t uniq;              /* old_uniq of the chunk */
    uint32_t arity;             /* without the free variables */
    uint32_t free_count;
    uint8_t md5[16];            /* of the module's code, for the external format */
};

struct export_identity {        /* first member of struct export */
    term module;
    term function;
    uint32_t arity;
};

#endif
