/* internal.h - the table of loaded code as the files of this room see it.
**
** Always: chains hang off exports and entries by hash; slots likewise; by_pc is sorted by words. */
#ifndef AVM_CODE_INTERNAL_H
#define AVM_CODE_INTERNAL_H

#include "base/vector.h"
#include "code/code.h"

struct slot_link {
    struct code_slot slot;
    struct slot_link *next;
};

struct linked_natives {
    term module;
    const struct native_table *natives;
    const struct module *owner;     /* the version that they belong to; NULL: all */
};

/* A function as it was; what stands in its words finds it by pc. */
struct retired_words {
    struct retired_words *next;
    struct function function;
};

struct made {                       /* one of the two */
    struct export *export;
    struct fun_entry *entry;
};

struct code_table {
    struct memory *memory;
    struct atom_table *atoms;
    struct literal_ranges *literals;
    struct export **exports;        /* chains; their number is a power of two, or 0 */
    size_t export_chains, export_count;
    struct fun_entry **entries;
    size_t entry_chains, entry_count;
    struct slot_link **slots;
    size_t slot_chains, slot_count;
    struct linked_natives *natives;
    size_t native_count, native_capacity;
    code_gone_fn *gone;
    void *gone_user;
    struct function **by_pc;
    size_t pc_count, pc_capacity;
    struct made *made;              /* since code_begin_load */
    size_t made_count, made_capacity;
    bool is_loading;
};

/* The exports of a module get the natives that hold after a change of its versions. */
void code_relink(struct code_table *table, term module);

static inline struct module *function_module(const struct function *function)
{
    return function == NULL ? NULL : function->module;
}

#endif
