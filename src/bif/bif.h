/* bif.h - the list of all tables of natives. A new file of natives is one row in bif/tables.def:
** T(bif_lists). */
#ifndef AVM_BIF_BIF_H
#define AVM_BIF_BIF_H

#include "code/native.h"

/* NULL-terminated. */
extern const struct native_table *const bif_tables[];

#endif
