/* bif.c - collects the tables of natives named in bif/tables.def. */
#include "bif/bif.h"

#define T(table) extern const struct native_table table;
#include "bif/tables.def"
#undef T

const struct native_table *const bif_tables[] = {
#define T(table) &table,
#include "bif/tables.def"
#undef T
    NULL
};
