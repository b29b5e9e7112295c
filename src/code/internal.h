/* internal.h - the table of loaded code as the files of this room see it.
**
** Always: chains hang off exports and entries by hash; slots likewise; by_pc is sorted by words.
**
** With several schedulers all is changed under the lock of the VM. What is looked at without it: chains of
** exports, which are replaced whole (who misses one looks again under the lock); exports, entries and
** functions, whose pointers are published by one store each; by_pc, under its own lock. */
#ifndef AVM_CODE_INTERNAL_H
#define AVM_CODE_INTERNAL_H

#include "base/lock.h"
#include "base/reclaim.h"
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

struct export_chains {
#if AVM_SMP
    struct reclaimed gone;
#endif
    size_t count;                   /* a power of two */
    AVM_ATOMIC(struct export *) first[];
};

struct code_table {
    struct memory *memory;
    struct reclaim *reclaim;        /* of what several schedulers look at; NULL: nobody else does */
    struct atom_table *atoms;
    struct literal_ranges *literals;
    const int32_t *instructions;    /* distances of bodies; NULL: code says numbers */
    AVM_ATOMIC(struct export_chains *) exports;     /* NULL: none yet */
    size_t export_count;
    struct fun_entry **entries;
    size_t entry_chains, entry_count;
    struct slot_link **slots;
    size_t slot_chains, slot_count;
    struct linked_natives *natives;
    size_t native_count, native_capacity;
    code_gone_fn *gone;
    void *gone_user;
    AVM_ATOMIC(struct module *) purged;     /* through next_purged: to be freed once all stand */
    LOCK_MEMBER(pc_lock)                    /* of what follows */
    struct function **by_pc;
    size_t pc_count, pc_capacity, pc_last;
    struct made *made;              /* since code_begin_load */
    size_t made_count, made_capacity;
    bool is_loading;
};

/* Whether threads look at it that do not hold the lock of the VM. */
static inline bool code_is_shared(const struct code_table *table)
{
    (void) table;
    return memory_is_shared(table->memory);
}

/* The exports of a module get the natives that hold after a change of its versions. */
void code_relink(struct code_table *table, term module);

static inline struct module *function_module(const struct function *function)
{
    return function == NULL ? NULL : function->module;
}

#endif
